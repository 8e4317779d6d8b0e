"""One budget of jobs for all running steps: a GNU make jobserver. Knows tokens, not steps."""

import array
import contextlib
import fcntl
import os
import termios
from typing import Self

_TOKEN = b"+"


class Jobserver:
    """A FIFO that holds a byte for every job that may run besides the first.

    One file serves both ways a client can ask for it: by inherited descriptors (make before 4.4, most others) and by
    its path (`--jobserver-auth=fifo:`). We are a client like any other: the first running step costs nothing, each
    further one takes a token for as long as it runs.
    """

    def __init__(self, path: str, jobs: int) -> None:
        self.path = path
        self.jobs = jobs
        os.mkfifo(path, 0o600)
        # Opened without blocking; every step opens the FIFO anew, since make changes the flags of what it is given.
        self._descriptor = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
        self._fill()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._descriptor)
        os.unlink(self.path)

    def _fill(self) -> None:
        self._put(self.jobs - 1)

    def _put(self, tokens: int) -> None:
        with contextlib.suppress(BlockingIOError):  # filled to the brim by a client that is broken: no token is missing
            os.write(self._descriptor, _TOKEN * tokens)

    def take(self) -> bool:
        """A token for one more running step, if there is one now."""
        try:
            return len(os.read(self._descriptor, 1)) == 1
        except BlockingIOError:
            return False

    def give(self) -> None:
        """Back with a token that `take` gave."""
        self._put(1)

    def used(self) -> int:
        """How many jobs there are now: those whose tokens are taken, and the one that needs none."""
        free = array.array("i", [0])
        fcntl.ioctl(self._descriptor, termios.FIONREAD, free)
        return max(1, self.jobs - free[0])

    def reset(self) -> None:
        """As many tokens as at the start: call it when nothing runs, since a killed make keeps what it held."""
        while True:
            try:
                if not os.read(self._descriptor, 4096):
                    break
            except BlockingIOError:
                break
        self._fill()

    def open_for_step(self) -> tuple[int, int]:
        """Descriptors (read, write) for one step; the caller closes them after the step."""
        read = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        write = os.open(self.path, os.O_RDWR | os.O_CLOEXEC)
        return read, write


def makeflags(jobs: int, descriptors: tuple[int, int] | None) -> str:
    """MAKEFLAGS for a step: its share of the jobserver, or `-jN` of its own."""
    if descriptors is None:
        return f"-j{jobs}"
    return f"-j{jobs} --jobserver-auth={descriptors[0]},{descriptors[1]}"
