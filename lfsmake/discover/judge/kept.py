"""Keeps what slow programs said of a text, in the user's own cache folder, by the text's digest. Knows no program."""

import hashlib
from pathlib import Path

from lfsmake.lang.folder import own_folder, write


class Kept:
    """Answers by what was asked. Without a folder nothing is kept, and nothing fails."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = own_folder(folder) if folder is not None else None

    def get(self, asked: str, text: str) -> bytes | None:
        """What was said; None where that is not known."""
        if self._folder is None:
            return None
        try:
            return (self._folder / _name(asked, text)).read_bytes()
        except OSError:
            return None

    def put(self, asked: str, text: str, said: bytes) -> None:
        """Keep what was said."""
        if self._folder is not None:
            write(self._folder / _name(asked, text), said)


def _name(asked: str, text: str) -> str:
    return hashlib.sha256(f"{asked}\0{text}".encode(errors="replace")).hexdigest()
