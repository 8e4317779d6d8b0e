"""What a download needs around it: patience, progress, cancellation, disk space. Knows no protocol."""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from lfsmake.model.errors import DiskFullError, InterruptedRun
from lfsmake.model.events import Event, FetchProgress, FetchStarted, Note
from lfsmake.store import disk, locks

_BETWEEN_PROGRESS = 0.25  # seconds between two progress events of one file
_SLICE = 0.1  # seconds a wait sleeps before it looks for a cancellation


class Patience(Struct, frozen=True):
    """How long a download is given. Times in seconds."""

    connect: float = 15.0
    stall: float = 30.0  # without a byte
    tries: int = 5  # without a new byte in between
    pause: float = 0.5  # before the second try; doubled for each further one
    longest_pause: float = 60.0  # also the longest Retry-After that is obeyed
    probe: float = 4.0  # for a server to answer at all, where another origin could be used instead


class Transfer:
    """One file on its way. `emit` and `cancelled` are the caller's."""

    def __init__(
        self,
        file: str,
        emit: Callable[[Event], None],
        cancelled: Callable[[], bool],
        patience: Patience,
    ) -> None:
        self.file = file
        self.emit = emit
        self.cancelled = cancelled
        self.patience = patience
        self._shown = 0.0

    def check(self) -> None:
        """Raises InterruptedRun if the user stopped the run."""
        if self.cancelled():
            raise InterruptedRun("interrupted")

    def wait(self, seconds: float) -> None:
        """Sleeps, but not past a cancellation. Raises InterruptedRun."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            self.check()
            time.sleep(min(left, _SLICE))
        self.check()

    def back_off(self, attempt: int, why: str, asked: float = 0.0) -> None:
        """Tells why, and waits before try number `attempt` + 1: the seconds the server `asked` for, or a pause that
        doubles, with jitter, since many clients must not come back at once."""
        import random

        pause = min(self.patience.pause * 2 ** (attempt - 1), self.patience.longest_pause)
        seconds = asked or pause * random.uniform(0.5, 1.0)  # noqa: S311 - jitter, not a secret
        self.note(f"{self.file}: {why}; again in {seconds:.1f} s")
        self.wait(seconds)

    def note(self, text: str, level: str = "info") -> None:
        """Tells the user something that is not a failure."""
        self.emit(Note(at=time.time(), text=text, level=level))

    def started(self, url: str, size: int) -> None:
        """A server began to answer. `size` in bytes, 0 if unknown."""
        self.emit(FetchStarted(at=time.time(), file=self.file, url=url, size=size))

    def progress(self, done: int, size: int) -> None:
        """Counts bytes; most calls emit nothing."""
        now = time.monotonic()
        if now - self._shown >= _BETWEEN_PROGRESS:
            self._shown = now
            self.emit(FetchProgress(at=time.time(), file=self.file, done=done, size=size))


def need_space(folder: Path, size: int, file: str) -> None:
    """Raises DiskFullError if fewer than `size` bytes are free at `folder`."""
    if size > disk.free_bytes(folder) >= 0:
        raise disk_full(folder, file, size)


@contextmanager
def disk_guarded(path: Path, file: str) -> Iterator[None]:
    """Turns a failed write of `path` into the user's error; on a full disk `path`, which filled it, goes."""
    try:
        yield
    except OSError as error:
        if error.errno not in disk.FULL:
            raise disk.failed_write(error, path) from error
        path.unlink(missing_ok=True)
        raise disk_full(path.parent, file, 0) from error


def disk_full(folder: Path, file: str, size: int) -> DiskFullError:
    """The error for a file of `size` bytes (0 if unknown) that does not fit into `folder`."""
    needs = f"needs {disk.size_text(size)}" if size else "does not fit"
    return DiskFullError(
        f"no space for {file}: it {needs} at {folder} ({disk.free_text(folder)})",
        hint="free some space there, or run `lfsmake store gc` to remove layers that nothing needs",
    )


@contextmanager
def turn(path: Path, transfer: Transfer, waiting: str) -> Iterator[int]:
    """Holds the kernel lock on the file `path` alone; gives its descriptor.

    A child that inherits the descriptor keeps the lock when this process dies. `waiting` is noted if
    another process holds it. The file is removed at the end, as the store's own locks do it.
    """
    with _turn_of_thread(path, transfer):
        with disk.at(path):
            descriptor = locks.wait_for(
                path, on_wait=lambda: transfer.note(waiting), cancelled=transfer.cancelled
            )
        try:
            yield descriptor
        finally:
            path.unlink(missing_ok=True)
            os.close(descriptor)


_threads: dict[Path, threading.Lock] = {}


@contextmanager
def _turn_of_thread(path: Path, transfer: Transfer) -> Iterator[None]:
    """Threads of one process wait here, quicker than at the kernel's lock and without a note."""
    lock = _threads.setdefault(path, threading.Lock())
    while not lock.acquire(timeout=_SLICE):
        transfer.check()
    try:
        yield
    finally:
        lock.release()


def child_environment() -> dict[str, str]:
    """For the package tools we start: their messages in English, because we read them."""
    return {**os.environ, "LC_ALL": "C.UTF-8", "LANGUAGE": ""}
