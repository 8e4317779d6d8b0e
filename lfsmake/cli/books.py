"""What the commands about a book share. Knows the project's folder and the words of the command line."""

import os
import re
from pathlib import Path

from lfsmake.discover.book.model import Revision

_ARCH = re.compile(r"\A# LFS \S+, (?:sysv|systemd), (\S+):")
_INIT = re.compile(r"(?m)^option\s+init\s*=\s*(sysv|systemd)\b")


def ready_to_write() -> None:
    """Has the parser's tables from the user's cache, where recipes are laid out and compared."""
    from lfsmake.lang.syntax import prepare
    from lfsmake.store.place import cache_folder

    prepare(Path(cache_folder(os.environ)) / "nodes")


def revision_of(word: str) -> Revision:
    """The word as a revision; anything but systemd is sysv."""
    return "systemd" if word == "systemd" else "sysv"


def imported_revision(folder: Path) -> Revision:
    """The revision that the recipes in a folder were imported for; sysv where they do not say."""
    found = _INIT.search(_options(folder))
    return revision_of(found[1]) if found else "sysv"


def imported_arch(folder: Path) -> str:
    """The architecture that the recipes in a folder were imported for; x86_64 where they do not say."""
    found = _ARCH.match(_options(folder))
    return found[1] if found else "x86_64"


def _options(folder: Path) -> str:
    try:
        return (folder / "options.lfs").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
