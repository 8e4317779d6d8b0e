"""Files that readers find whole or not at all. Knows bytes, not what they say."""

import contextlib
import errno
import os
import stat
import tempfile
from pathlib import Path

from lfsmake.model.errors import HostError


def check_writable(path: str) -> None:
    """Raises HostError now rather than after hours, if a file could not be made there. Leaves nothing."""
    try:
        place = Path(os.path.realpath(path))
        if place.is_dir():
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), path)
        with tempfile.TemporaryFile(dir=place.parent):
            pass
    except OSError as error:
        raise _unwritable(path, error) from error


def save(path: str, data: bytes) -> None:
    """Writes a file beside its place and renames it there, mode 0644. Raises HostError.

    A link is followed, and what is no file, such as /dev/stdout, is written to.
    """
    try:
        place = Path(os.path.realpath(path))
        if place.exists() and not stat.S_ISREG(place.stat().st_mode):
            place.write_bytes(data)
            return
        _replace(place, data)
    except OSError as error:
        raise _unwritable(path, error) from error


def _unwritable(path: str, error: OSError) -> HostError:
    return HostError(
        f"{path} cannot be written: {(error.strerror or str(error)).lower()}",
        hint="name a file in a folder that exists and that you may write",
    )


def _replace(place: Path, data: bytes) -> None:
    # the dot keeps the node exporter, which reads *.prom, and people from seeing it
    handle, name = tempfile.mkstemp(prefix=f".{place.name}.", dir=place.parent)
    try:
        with open(handle, "wb") as file:  # noqa: PTH123 - a descriptor
            file.write(data)
            os.fchmod(file.fileno(), 0o644)
        os.rename(name, place)  # noqa: PTH104
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(name)  # noqa: PTH108
        raise
