"""What is added to a run's file of events, whatever happens to that file. Knows bytes, no events."""

import os
import stat
from typing import BinaryIO

CHUNK = 2_000_000  # bytes a look reads at most: a long file must not keep others waiting


class Tail:
    """Reads on from where the last look ended.

    `problem`: why the file cannot be read now, "" if it can. `restarted`: it is not the file it was, or is shorter
    than it was: what is read is its beginning.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self.problem = ""
        self.restarted = False
        self._identity: tuple[int, int] | None = None
        self._offset = 0

    def read(self) -> bytes:
        """What was added since the last look, at most a chunk. Never raises OSError."""
        self.restarted = False
        try:
            with open(self.path, "rb", opener=open_regular) as file:
                data = self._read(file)
        except OSError as error:
            self.problem = why(error)
            return b""
        self.problem = ""
        return data

    def _read(self, file: BinaryIO) -> bytes:
        found = os.fstat(file.fileno())
        identity = (found.st_dev, found.st_ino)
        if self._identity not in (None, identity) or found.st_size < self._offset:
            self.restarted = True
            self._offset = 0
        self._identity = identity
        file.seek(self._offset)
        data = file.read(CHUNK)
        self._offset += len(data)
        return data


def why(error: OSError) -> str:
    """An error of the system in words."""
    text = error.strerror or str(error)
    return text[:1].lower() + text[1:]


def open_regular(path: str, flags: int) -> int:
    """An opener that does not wait, and refuses what is no file: a pipe would keep its reader for ever."""
    descriptor = os.open(path, flags | os.O_NONBLOCK | os.O_CLOEXEC)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(0, "not a regular file")
    return descriptor
