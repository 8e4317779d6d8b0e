"""Kernel locks (flock): they die with their holder, so nothing stale is ever left. Knows no steps."""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lfsmake.model.errors import InterruptedRun, StoreError
from lfsmake.store import disk

SHORTEST, LONGEST = 0.01, 0.2  # seconds between two looks at a lock that another process holds


def nothing() -> None:
    """The default of `on_wait`."""


def never() -> bool:
    """The default of `cancelled`."""
    return False


def try_lock(path: Path, *, shared: bool = False, create: bool = True) -> int | None:
    """Lock the file `path`; gives its descriptor, or None when another holds it. Raises OSError."""
    flags = os.O_RDWR | os.O_CLOEXEC | os.O_NOFOLLOW | (os.O_CREAT if create else 0)
    fd = os.open(path, flags, 0o600)
    try:
        fcntl.flock(fd, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError as failure:
        os.close(fd)
        if failure.errno in (errno.EWOULDBLOCK, errno.EACCES):
            return None
        raise
    except BaseException:
        os.close(fd)
        raise
    if is_current(fd, path):
        return fd
    os.close(fd)  # its last holder removed the file between our open and our lock
    return None


def is_current(fd: int, path: Path) -> bool:
    """Whether the open file is still the one that `path` names."""
    try:
        named = path.stat(follow_symlinks=False)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(fd), named)


def wait_for(
    path: Path,
    *,
    shared: bool = False,
    on_wait: Callable[[], None] = nothing,
    cancelled: Callable[[], bool] = never,
) -> int:
    """Lock the file `path` and give its descriptor, however long that takes.

    `on_wait` is called once if it is not had at once. Raises InterruptedRun if `cancelled` says so, OSError.
    """
    fd = try_lock(path, shared=shared)
    if fd is not None:
        return fd
    on_wait()
    pause = SHORTEST
    while True:
        fd = try_lock(path, shared=shared)
        if fd is not None:
            return fd
        if cancelled():
            raise InterruptedRun(f"stopped while waiting for another lfsmake to release {path}")
        time.sleep(pause)
        pause = min(pause * 1.5, LONGEST)


@contextmanager
def key_lock(
    path: Path, *, on_wait: Callable[[], None] = nothing, cancelled: Callable[[], bool] = never
) -> Iterator[None]:
    """Hold the lock file `path` alone. The file is removed on the way out, while it is still locked: whoever
    waited on it finds out that the name is gone (`is_current`) and looks again."""
    with disk.at(path):
        fd = wait_for(path, on_wait=on_wait, cancelled=cancelled)
    try:
        yield
    finally:
        try:
            path.unlink(missing_ok=True)
        finally:
            os.close(fd)


@contextmanager
def shared_lock(
    path: Path, *, on_wait: Callable[[], None] = nothing, cancelled: Callable[[], bool] = never
) -> Iterator[int]:
    """Hold the lock file `path` together with others that share it; it stays. Gives the descriptor."""
    with disk.at(path):
        fd = wait_for(path, shared=True, on_wait=on_wait, cancelled=cancelled)
    try:
        yield fd
    finally:
        os.close(fd)


@contextmanager
def raised(fd: int, path: Path) -> Iterator[None]:
    """Hold our shared lock `fd` of the file `path` with nobody else. StoreError when others share it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        fcntl.flock(fd, fcntl.LOCK_SH)  # the attempt gave up the one we had
        raise in_use(path) from None
    try:
        yield
    finally:
        fcntl.flock(fd, fcntl.LOCK_SH)


def in_use(path: Path) -> StoreError:
    """Others use the store."""
    return StoreError(
        f"the store {path.parent} is in use by another lfsmake",
        hint="wait until it has ended, then try again",
    )


@contextmanager
def lone_lock(path: Path, *, wait: bool = False) -> Iterator[None]:
    """Hold the lock file `path` with nobody else; it stays. StoreError when others hold it and not `wait`."""
    with disk.at(path):
        fd = wait_for(path) if wait else try_lock(path)
    if fd is None:
        raise in_use(path)
    try:
        yield
    finally:
        os.close(fd)
