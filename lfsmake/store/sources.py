"""Verified source files under their sha256, and the partial ones on the way there. Knows no origins."""

import hashlib
import os
from pathlib import Path

from lfsmake.store import disk


class Sources:
    """The sources of one store: `<sha256>`, `tmp/` (downloads), `quarantine/` (not what it should be)."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.downloads = folder / "tmp"
        self.rejected = folder / "quarantine"

    def path(self, sha256: str) -> Path:
        """Where the file with this digest is, or would be."""
        return self.folder / sha256

    def new_download(self, name: str) -> Path:
        """A place for the partial file of `name` (a URL, say): always the same, so that it can be resumed.

        It may exist already. Two processes must not write it at once: hold a lock for `name` meanwhile.
        """
        with disk.at(self.downloads):
            self.downloads.mkdir(0o700, exist_ok=True)
        return self.downloads / f"{hashlib.sha256(os.fsencode(name)).hexdigest()[:40]}.part"

    def add(self, part: Path, sha256: str) -> Path:
        """Give a download its place. The caller has verified that its content has this digest."""
        place = self.path(sha256)
        with disk.at(part):
            if place.exists():
                part.unlink()
                return place
            part.chmod(0o444)
            disk.fsync_file(part)
            part.rename(place)
            disk.fsync_folder(self.folder)
        return place

    def quarantine(self, part: Path, name: str, sha256: str) -> Path:
        """Keep a file that is not what it should be aside, under what it is; nothing reads it there."""
        place = self.rejected / f"{sha256[:16]}-{disk.file_name(name)}"
        with disk.at(part):
            self.rejected.mkdir(0o700, exist_ok=True)
            part.rename(place)
            disk.fsync_folder(self.rejected)
        return place
