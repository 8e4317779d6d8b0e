"""Digests of files outside the store, kept while their status is unchanged. Knows not what they are."""

from __future__ import annotations

import hashlib
import os
import threading
import time
from pathlib import Path

from lfsmake.store.database import Database

RACY = 2.0  # seconds: a file changed more recently may change again without its times telling
BATCH = 1000  # new digests before they are written without being asked


class FileDigests:
    """The stat cache of one store."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._known: dict[bytes, tuple[str, str]] | None = None  # path → stamp, sha256
        self._new: dict[bytes, tuple[str, str]] = {}

    def sha256(self, path: Path | str) -> str:
        """The digest of a file's content; read again only if its status differs. Raises OSError."""
        place = os.fspath(path)  # a project has thousands of files, and a Path takes longer than its status
        name = os.fsencode(place if place.startswith("/") else Path(place).absolute())
        stamp = to_stamp(os.stat(place))  # noqa: PTH116
        with self._lock:
            if self._known is None:
                rows = self._database.rows("SELECT path, stamp, sha256 FROM files")
                self._known = {row[0]: (row[1], row[2]) for row in rows}
            known = self._known.get(name)
        if known is not None and known[0] == stamp:
            return known[1]
        digest, stamp = hash_file(Path(place))
        if stamp:
            with self._lock:
                self._known[name] = self._new[name] = (stamp, digest)
                full = len(self._new) >= BATCH
            if full:
                self.flush()
        return digest

    def flush(self) -> None:
        """Write what is new, in one transaction."""
        with self._lock:
            new, self._new = self._new, {}
        if new:
            rows = [(path, stamp, digest) for path, (stamp, digest) in new.items()]
            with self._database.transaction() as connection:
                connection.executemany("INSERT OR REPLACE INTO files VALUES (?, ?, ?)", rows)

    def prune(self) -> int:
        """Forget files that are gone; gives how many."""
        rows = self._database.rows("SELECT path FROM files")
        gone = [(path,) for (path,) in rows if not os.path.lexists(path)]
        if gone:
            with self._database.transaction() as connection:
                connection.executemany("DELETE FROM files WHERE path = ?", gone)
        return len(gone)


def to_stamp(status: os.stat_result) -> str:
    """What must stay the same for the content to be taken as the same."""
    return f"{status.st_size}:{status.st_mtime_ns}:{status.st_ctime_ns}:{status.st_ino}:{status.st_dev}"


def hash_file(path: Path) -> tuple[str, str]:
    """The digest, and the stamp it may be kept under: "" if the file changes now or changed a moment ago."""
    with path.open("rb") as file:
        before = os.fstat(file.fileno())
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        after = os.fstat(file.fileno())
    stamp = to_stamp(before)
    if to_stamp(after) != stamp or max(after.st_mtime, after.st_ctime) > time.time() - RACY:
        return digest, ""
    return digest, stamp
