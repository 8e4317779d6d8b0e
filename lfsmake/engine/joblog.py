"""The log of a step: what its commands write, carried over a pipe. Knows bytes, not what they say."""

import contextlib
import os
import threading
from collections.abc import Iterator
from typing import Self

_TRIES = 3  # earlier tries of a step in one run whose logs are kept


class Log:
    """A log file that only we hold open.

    The commands write into a pipe: with the file itself as their output, an innocent `echo … > /dev/stderr` would open
    it anew and empty it, and a step could read and rewrite its own log.
    """

    def __init__(self, path: str) -> None:
        _make_room(path)
        self._file = open(path, "wb", buffering=0)  # noqa: SIM115 - closed by __exit__
        self._failure: OSError | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def position(self) -> int:
        """How many bytes it has by now; no pipe is open."""
        return self._file.tell()

    def write(self, text: str) -> None:
        """Adds a line of ours."""
        self._file.write(text.encode(errors="surrogateescape") + b"\n")

    @contextlib.contextmanager
    def pipe(self) -> Iterator["Pipe"]:
        """A pipe that ends in this log, for as long as anybody has it open. Raises what writing the log raised."""
        read, write = os.pipe()
        pipe = Pipe(write)
        thread = threading.Thread(target=self._carry, args=(read,), name="log")
        thread.start()
        try:
            yield pipe
        finally:
            pipe.close()
            thread.join()
            os.close(read)
        if self._failure is not None:
            raise self._failure

    def _carry(self, read: int) -> None:
        while data := os.read(read, 1 << 16):
            if self._failure is None:
                try:
                    self._file.write(data)
                except OSError as error:  # a full disk: the command is not to wait for a reader that has gone
                    self._failure = error


def _make_room(path: str) -> None:
    """An earlier try of the step in the same run keeps its log: X.log becomes X.log.1, and that X.log.2."""
    with contextlib.suppress(FileNotFoundError):
        if os.stat(path).st_size:
            for number in range(_TRIES - 1, -1, -1):
                with contextlib.suppress(FileNotFoundError):
                    os.rename(f"{path}.{number}" if number else path, f"{path}.{number + 1}")


class Pipe:
    """Our copy of the end that a command writes to."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def close(self) -> None:
        """Once the command has its own: the pipe ends when that is closed, too."""
        if self.descriptor >= 0:
            os.close(self.descriptor)
            self.descriptor = -1
