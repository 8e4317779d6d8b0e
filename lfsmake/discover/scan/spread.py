"""Work on many things, spread over the processors by fork. Knows nothing of the work; every answer is a record."""

import contextlib
import os
import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

FEWEST = 400  # things below which another process is not worth its start


def spread(things: Sequence[T], work: Callable[[Sequence[T]], Sequence[R]], answer: type[R]) -> list[R]:
    """`work(things)`, in order; `answer` is the kind of record it gives. What a process fails to do is done here."""
    workers = min(len(os.sched_getaffinity(0)), 8)
    if len(things) < FEWEST or workers < 2 or threading.active_count() > 1:
        return list(work(things))
    size = -(-len(things) // workers)
    shares = [things[at : at + size] for at in range(0, len(things), size)]
    started = [_start(share, work) for share in shares[1:]]
    found = list(work(shares[0]))
    for share, process in zip(shares[1:], started, strict=True):
        told = _answer(process, answer)
        found += told if told is not None and len(told) == len(share) else work(share)
    return found


def _start(share: Sequence[T], work: Callable[[Sequence[T]], Sequence[R]]) -> tuple[int, int]:
    """A child that works and writes its answer into a pipe: its process id and the end to read."""
    import msgspec

    reading, writing = os.pipe()
    child = os.fork()
    if child:
        os.close(writing)
        return child, reading
    code = 1
    with contextlib.suppress(BaseException):  # nothing of the parent may run on in the child
        os.close(reading)
        told = msgspec.msgpack.encode(list(work(share)))
        with open(writing, "wb") as pipe:
            pipe.write(told)
        code = 0
    os._exit(code)


def _answer(process: tuple[int, int], answer: type[R]) -> list[R] | None:
    """What a child wrote; None if it failed. Reads to the end, so that the child can end."""
    import msgspec

    child, reading = process
    with open(reading, "rb") as pipe:
        told = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status):
        return None
    try:
        return msgspec.msgpack.decode(told, type=list[answer])  # type: ignore[valid-type]
    except msgspec.DecodeError:
        return None
