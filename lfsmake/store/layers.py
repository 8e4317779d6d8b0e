"""Layers under their digests, plain trees, and the manifests beside them. Knows not how they were made."""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from lfsmake.store import disk
from lfsmake.store.works import Works


class Captured(Struct, frozen=True):
    """A tree that was normalised and hashed where it lies. `size` in bytes; `files`: what is no folder."""

    digest: str
    size: int
    files: int
    manifest: str  # path of the manifest, on the same file system as the store


class Layers:
    """The layers of one store."""

    def __init__(self, folder: Path, manifests: Path) -> None:
        self.folder = folder
        self.manifests = manifests

    def path(self, digest: str) -> Path:
        """Where the layer is, or would be."""
        return self.folder / digest

    def manifest(self, digest: str) -> Path:
        """Where the layer's manifest is, or would be."""
        return self.manifests / f"{digest}.jsonl"

    def digests(self) -> set[str]:
        """All layers there are."""
        with disk.at(self.folder):
            return set(os.listdir(self.folder))

    def add(self, upper: Path, captured: Captured) -> bool:
        """Move the captured tree into the store; False when the layer was there already, and `upper` stays.

        The manifest comes first: a layer that is there has one, whatever kills this process. The tree's
        contents are on the disk already, capturing saw to that.
        """
        place = self.path(captured.digest)
        if place.exists():
            return False
        manifest = Path(captured.manifest)
        with disk.at(manifest):
            disk.fsync_file(manifest)
            manifest.rename(self.manifest(captured.digest))
            disk.fsync_folder(self.manifests)
        with disk.at(place):
            disk.fsync_folder(upper)
            try:
                upper.rename(place)
            except OSError:
                if place.exists():  # another process was faster
                    return False
                raise
            disk.fsync_folder(self.folder)
        return True

    def mark_used(self, digests: Iterable[str]) -> None:
        """The layers are used now. That is the time of their manifests: their own must not change."""
        for digest in digests:
            with contextlib.suppress(OSError):  # not worth failing for
                os.utime(f"{self.manifests}/{digest}.jsonl")

    def last_used(self, digest: str) -> float:
        """When the layer was marked, or added: seconds since the epoch; 0 without a manifest."""
        try:
            return self.manifest(digest).stat().st_mtime
        except OSError:
            return 0.0

    def discard(self, digest: str, works: Works) -> Path:
        """Take the layer out of the store; gives the work folder of ours that it is in now, for removal."""
        work = works.adopt(self.path(digest), f"discarded-{digest[:12]}")
        with disk.at(self.manifest(digest)):
            self.manifest(digest).unlink(missing_ok=True)
            disk.fsync_folder(self.folder)
        return work
