"""Work folders: where a step runs, one each, held by a lock that dies with its holder. Knows no sandbox."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from lfsmake.store import disk, locks

HELD = ".lock"  # in each work folder
FAILED = "failed"


class KeptWork(Struct, frozen=True):
    """A failed step's work folder, kept at `path`; `old` is the one it replaced, for the caller to remove."""

    path: Path
    old: Path | None


class Works:
    """The work folders of one store."""

    def __init__(self, folder: Path, guard: Path) -> None:
        self.folder = folder
        self._guard = guard  # held while the list of folders changes or is looked through
        self._held: dict[Path, int] = {}
        self._lock = threading.RLock()

    def new(self, step: str) -> Path:
        """An empty folder (but for its lock file) that is ours until `release` or our death."""
        with disk.at(self.folder), self._guarded():
            path = self._fresh(step)
            path.mkdir(0o700)
            self._hold(path)
            return path

    def release(self, path: Path) -> None:
        """No longer hold the folder; the caller has removed it, or leaves it to the next run."""
        with self._lock:
            fd = self._held.pop(path, None)
            if fd is not None:
                os.close(fd)

    def dead(self, *, claim: bool = True) -> list[Path]:
        """Folders whose holder is gone. If claimed they are ours now, so that no two processes remove them."""
        with disk.at(self.folder), self._guarded():
            names = sorted(name for name in os.listdir(self.folder) if name != FAILED)
            found = [path for name in names if self._hold(path := self.folder / name)]
            if not claim:
                for path in found:
                    self.release(path)
            return found

    def keep_failed(self, path: Path, step: str) -> KeptWork:
        """Put our folder aside as the step's failed one, and stop holding it."""
        place = self.failed(step)
        with disk.at(place), self._guarded():
            place.parent.mkdir(0o700, exist_ok=True)
            old: Path | None = None
            if place.exists():
                old = self._fresh(step)
                place.rename(old)
                if not self._hold(old):  # somebody looks at it: `dead` finds it when they have left
                    old = None
            path.rename(place)
            self.release(path)
            return KeptWork(place, old)

    def failed(self, step: str) -> Path:
        """Where the step's failed work folder is, if there is one."""
        return self.folder / FAILED / disk.file_name(step)

    def adopt(self, tree: Path, name: str) -> Path:
        """Move a tree of the store into a new work folder of ours, to be removed there; gives it."""
        path = self.new(name)
        with disk.at(tree):
            tree.rename(path / "tree")
        return path

    def close(self) -> None:
        """Release everything."""
        with self._lock:
            for path in list(self._held):
                self.release(path)

    def _fresh(self, step: str) -> Path:
        return self.folder / f"{disk.file_name(step)}.{os.urandom(6).hex()}"

    def _hold(self, path: Path) -> bool:
        """Lock the folder for us; False when it is held, by another process or by us, or is no folder."""
        if path in self._held:
            return False
        try:
            fd = locks.try_lock(path / HELD)
        except (NotADirectoryError, FileNotFoundError):
            return False
        if fd is None:
            return False
        self._held[path] = fd
        return True

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        with self._lock:
            fd = locks.wait_for(self._guard)
            try:
                yield
            finally:
                os.close(fd)
