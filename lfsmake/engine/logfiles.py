"""The logs of steps that a store keeps: which there are, and where in one a phase stands. Knows files and bytes.

Nothing here reads a log as a whole or needs recipes.
"""

import os
import re
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from msgspec import Struct

from lfsmake.engine.runs import find_run
from lfsmake.model.errors import UsageError
from lfsmake.store.disk import file_name

_CHUNK = 1 << 20  # bytes
_LONGEST = 200  # bytes of the line that says which phase begins
_SHOWN = 5  # runs in a hint
_COUNTED = re.compile(r"-[0-9]{1,9}|0|latest")


class LogFile(Struct, frozen=True):
    """A step's log of one run. `size` in bytes, `written` the time it was last written to."""

    run: str
    path: str
    size: int
    written: float


class Section(Struct, frozen=True):
    """A phase's part of a log: from the line that says it begins to before the next such line."""

    phase: str
    start: int
    end: int


def logs_of(store: str, step: str) -> list[LogFile]:
    """The step's logs, the newest run's first."""
    found = []
    name = f"{file_name(step)}.log"
    for run in _children(f"{store}/logs"):
        path = f"{store}/logs/{run}/{name}"
        try:
            status = os.stat(path)
        except OSError:
            continue
        found.append(LogFile(run, path, status.st_size, status.st_mtime))
    return sorted(found, key=lambda log: log.run, reverse=True)


def steps_with_logs(store: str) -> set[str]:
    """The names of the steps that have any."""
    files = (file for run in _children(f"{store}/logs") for file in _children(f"{store}/logs/{run}"))
    return {file.removesuffix(".log") for file in files if file.endswith(".log")}


def choose(logs: Sequence[LogFile], step: str, word: str, runs: str) -> LogFile:
    """The one of `logs` that `--run` means: the run's name or a beginning of it, or a number as `lfsmake runs` has it.

    `runs` is the folder of the project's runs. Raises UsageError.
    """
    if _COUNTED.fullmatch(word):
        wanted = find_run(runs, word)
        found = [log for log in logs if log.run == wanted]
    else:
        found = [log for log in logs if log.run.startswith(word)]
        wanted = word
    exact = [log for log in found if log.run == word]
    if len(found) == 1 or exact:
        return (exact or found)[0]
    named = [log.run for log in (found or logs)[:_SHOWN]]
    rest = len(found or logs) - len(named)
    listed = " ".join(named) + (f" and {rest} more" if rest else "")
    if found:
        raise UsageError(f"{step} has logs of {len(found)} runs that begin with {word}", hint=f"write more: {listed}")
    which = f" ({wanted})" if wanted != word else ""
    message = f"{step} has no log of run {word}{which}"
    raise UsageError(message, expected="a run that built it", hint=f"it has {listed}")


def sections(stream: BinaryIO, step: str) -> list[Section]:
    """The parts of a log, in order. What stands before the first is in none."""
    whole = stream.seek(0, os.SEEK_END)
    begins = [*_begins(stream, step, whole)]
    ends = [start for _, start in begins[1:]] + [whole] * bool(begins)
    return [Section(phase, start, end) for (phase, start), end in zip(begins, ends, strict=True)]


def _begins(stream: BinaryIO, step: str, whole: int) -> Iterator[tuple[str, int]]:
    """(phase, place) of each line in the first `whole` bytes that says a phase begins.

    A find over bytes: a gigabyte takes half a second.
    """
    mark = f"==> {step}: ".encode(errors="surrogateescape")
    stream.seek(0)
    place, held = -1, b"\n"  # as if a newline stood in front of the first line
    while True:
        data = stream.read(min(_CHUNK, max(0, whole - stream.tell())))
        block = held + data
        at = block.find(b"\n" + mark)
        while at >= 0:
            end = block.find(b"\n", at + 1)
            if end < 0 and data and len(block) - at < _LONGEST:
                break  # the rest of the line comes with the next piece
            word = block[at + 1 + len(mark) : end if end >= 0 else len(block)]
            if re.fullmatch(rb"[a-z]{1,20}", word):
                yield word.decode(), place + at + 1
            at = block.find(b"\n" + mark, at + 1)
        if not data:
            return
        keep = len(block) - at if at >= 0 else min(len(block), len(mark))
        place, held = place + len(block) - keep, block[len(block) - keep :]


def last_lines(stream: BinaryIO, count: int, start: int, end: int) -> int:
    """Where the last `count` lines between two places begin; reads backwards from `end`."""
    place, left = end, count
    first = True
    while place > start:
        size = min(_CHUNK, place - start)
        stream.seek(place - size)
        block = stream.read(size)
        if first and block.endswith(b"\n"):
            block = block[:-1]
        first = False
        newlines = block.count(b"\n")
        if newlines < left:
            left -= newlines
            place -= size
            continue
        at = len(block)
        for _ in range(left):
            at = block.rfind(b"\n", 0, at)
        return place - size + at + 1
    return start


def _children(folder: str) -> list[str]:
    try:
        return os.listdir(folder)
    except (FileNotFoundError, NotADirectoryError):
        return []
