"""The store's SQLite file: opening, schema, transactions, and what its failures mean. Knows no traces."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lfsmake.model.errors import HostError, StoreError
from lfsmake.store import disk, locks

if TYPE_CHECKING:
    import sqlite3

VERSION = 1  # of the schema
BUSY = 60.0  # seconds to wait for another process's transaction, which takes milliseconds
ROOM = 1 << 20  # below so many free bytes an I/O error of SQLite means a full disk
SCHEMA = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value NOT NULL) WITHOUT ROWID;
CREATE TABLE traces (
    id INTEGER PRIMARY KEY AUTOINCREMENT,  -- grows: a step's newest trace has its highest, whatever the clock
    key TEXT NOT NULL UNIQUE, step TEXT NOT NULL, layer TEXT NOT NULL, "check" TEXT NOT NULL,
    built REAL NOT NULL, wall REAL NOT NULL, cpu REAL NOT NULL, rss INTEGER NOT NULL, size INTEGER NOT NULL,
    log TEXT NOT NULL, run TEXT NOT NULL
);
CREATE INDEX traces_step ON traces (step, id);
CREATE TABLE parts (id INTEGER PRIMARY KEY, parts BLOB NOT NULL);  -- apart: scans of traces stay short
CREATE TABLE facts (kind TEXT, name TEXT, value TEXT NOT NULL, PRIMARY KEY (kind, name)) WITHOUT ROWID;
CREATE TABLE files (path BLOB PRIMARY KEY, stamp TEXT NOT NULL, sha256 TEXT NOT NULL) WITHOUT ROWID;
"""


class Database:
    """One connection, opened at the first use, shared by the threads of this process."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.mark = path.with_name("generation")  # a file whose status changes with the generation
        self._lock = threading.RLock()
        self._connection: sqlite3.Connection | None = None

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """All rows of a query. Raises StoreError, DiskFullError."""
        with self._lock, self._errors():
            return self._connect().execute(sql, values).fetchall()

    @contextmanager
    def transaction(self, *, bump: bool = False) -> Iterator[sqlite3.Connection]:
        """All of it or nothing; on the disk when it ends. `bump`: it changes the generation.

        Raises StoreError, DiskFullError.
        """
        with self._lock, self._errors():
            connection = self._connect()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                if bump:
                    self._bump(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            if bump:
                os.utime(self.mark)  # what was concluded from the old rows since `_bump` does not hold either

    def generation(self) -> str:
        """A text that differs after every bump by any process, and from any other store's."""
        found = dict(self.rows("SELECT name, value FROM meta"))
        return f"{found['store']}.{found['generation']}"

    def _bump(self, connection: sqlite3.Connection) -> None:
        sql = "UPDATE meta SET value = value + 1 WHERE name = 'generation' RETURNING value"
        value = connection.execute(sql).fetchall()[0][0]
        # Before the commit: a reader that trusts the file's status must not outlive the rows it has read.
        disk.write_whole(self.mark, f"{value}\n".encode())

    def close(self) -> None:
        """Close the connection; a later use opens it again."""
        with self._lock, self._errors():
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _connect(self) -> sqlite3.Connection:
        if self._connection is None:
            import sqlite3

            connection = sqlite3.connect(
                self.path, timeout=BUSY, isolation_level=None, check_same_thread=False, cached_statements=32
            )
            try:
                self._prepare(connection)
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _prepare(self, connection: sqlite3.Connection) -> None:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            # Changing to WAL needs the file alone and does not wait for it; two first runs must not collide.
            fd = locks.wait_for(self.path.with_suffix(".lock"))
            try:
                version = self._create(connection)
            finally:
                os.close(fd)
        if version > VERSION:
            raise StoreError(
                f"the store's database {self.path} has version {version}; this lfsmake knows up to {VERSION}",
                hint="upgrade lfsmake, or choose another folder with --store",
            )
        connection.execute("PRAGMA synchronous=FULL")  # the last trace survives a power failure

    def _create(self, connection: sqlite3.Connection) -> int:
        version = int(connection.execute("PRAGMA user_version").fetchone()[0])
        if version:
            return version
        connection.execute("PRAGMA journal_mode=WAL")
        identity = os.urandom(8).hex()
        try:
            connection.executescript(
                f"BEGIN IMMEDIATE;{SCHEMA}"  # noqa: S608 (our own constants and a hexadecimal number)
                f"INSERT INTO meta VALUES ('store', '{identity}'), ('generation', 0);"
                f"PRAGMA user_version={VERSION};COMMIT;"
            )
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        return VERSION

    @contextmanager
    def _errors(self) -> Iterator[None]:
        import sqlite3

        try:
            yield
        except sqlite3.Error as failure:
            raise self._explain(failure) from failure
        except OSError as failure:
            raise disk.failed_write(failure, self.path) from failure

    def _explain(self, failure: sqlite3.Error) -> HostError:
        import sqlite3

        code = getattr(failure, "sqlite_errorcode", 0) & 0xFF
        trouble = (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
        if code == sqlite3.SQLITE_FULL or (code in trouble and 0 <= disk.free_bytes(self.path) < ROOM):
            return disk.explain(errno.ENOSPC, "", self.path)
        if code == sqlite3.SQLITE_READONLY:
            return disk.explain(errno.EACCES, "", self.path)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return StoreError(
                f"the store's database {self.path} was kept locked by another process for {BUSY:.0f} seconds",
                hint="look for an lfsmake that hangs or is stopped, and end it",
            )
        if code in trouble:
            return StoreError(
                f"the store's database {self.path} cannot be used: {failure}",
                hint="look at that path and at the disk's health, or choose another folder with --store",
            )
        return StoreError(
            f"the store's database {self.path} is damaged: {failure}",
            hint=f"move it away (`rm {self.path}*`): sources are kept, what was built is built again",
        )
