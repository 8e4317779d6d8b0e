"""Durable writes, and what their failures mean. Knows files and folders, not what they hold."""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lfsmake.model.errors import DiskFullError, HostError, StoreError

FULL = (errno.ENOSPC, errno.EDQUOT)
UNITS = ("bytes", "kB", "MB", "GB", "TB")


def failed_write(failure: OSError, path: Path) -> HostError:
    """The error that a failed operation on `path` is for the user."""
    return explain(failure.errno or 0, failure.strerror or str(failure), path)


def explain(number: int, text: str, path: Path) -> HostError:
    """The error for errno `number` at `path`; `text` is what the system calls it."""
    if number in FULL:
        what = "the disk quota is used up" if number == errno.EDQUOT else "no space left"
        return DiskFullError(
            f"{what} while writing {path} ({free_text(path)})",
            hint="free some space there, or run `lfsmake store gc` to remove layers that nothing needs",
        )
    if number == errno.EROFS:
        return StoreError(
            f"the store cannot be written: {path} is on a read-only file system",
            hint="mount it read-write, or choose another folder with --store",
        )
    if number in (errno.EACCES, errno.EPERM):
        return StoreError(
            f"the store cannot be used: permission denied at {path}",
            hint="make it yours (chown), or choose another folder with --store",
        )
    return StoreError(
        f"the store cannot be used: {text} at {path}",
        hint="look at that path, or choose another folder with --store",
    )


@contextmanager
def at(path: Path) -> Iterator[None]:
    """Turn an OSError inside into the LfsmakeError that names `path`."""
    try:
        yield
    except OSError as failure:
        raise failed_write(failure, path) from failure


def free_bytes(path: Path) -> int:
    """Bytes an ordinary user can still write at `path` (or its nearest existing parent); -1 if unknown."""
    for folder in (path, *path.parents):
        try:
            status = os.statvfs(folder)
        except OSError:
            continue
        return status.f_bavail * status.f_frsize
    return -1


def free_text(path: Path) -> str:
    """How much is free at `path`, in words."""
    free = free_bytes(path)
    return "free space unknown" if free < 0 else f"{size_text(free)} free"


def size_text(size: float) -> str:
    """A size in bytes for people: powers of 1000, one decimal below 10."""
    unit = 0
    while size >= 1000 and unit < len(UNITS) - 1:
        size /= 1000
        unit += 1
    return f"{size:.1f} {UNITS[unit]}" if unit and size < 10 else f"{size:.0f} {UNITS[unit]}"


def fsync_folder(path: Path) -> None:
    """Have the names in a folder on the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def fsync_file(path: Path) -> None:
    """Have a file's content on the disk."""
    fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that at any instant it is either absent, the old one, or whole. Raises OSError."""
    part = path.with_name(f"{path.name}.{os.urandom(6).hex()}.tmp")
    try:
        with part.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.rename(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    fsync_folder(path.parent)


def file_name(text: str) -> str:
    """A name that is safe as one path component, different for different texts, readable where it can be."""
    if text and text[0] not in ".%" and all(c.isascii() and (c.isalnum() or c in "._+-@:,=") for c in text):
        name = text
    else:
        safe = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-@:,=")
        name = "%" + "".join(chr(c) if c in safe else f"%{c:02x}" for c in os.fsencode(text))
    if len(name) <= 120:
        return name
    import hashlib

    return f"%{name[:50]}-{hashlib.sha256(os.fsencode(text)).hexdigest()[:32]}"
