"""From a Python traceback to the exception at its end. Knows Python's way of printing one, nothing else."""

from lfsmake.engine.evidence.lines import clean

_LONGEST = 64 << 10  # bytes of a traceback


def end_of(path: str, offset: int) -> tuple[int, int, str] | None:
    """The exception of the traceback whose first line is at `offset`: how many lines below, its offset, its text.

    It is the first line that is indented no deeper than the traceback itself. None where the log ends before.
    """
    with open(path, "rb") as file:
        file.seek(offset)
        lines = file.read(_LONGEST).split(b"\n")
    depth = _indentation(lines[0])
    place = offset + len(lines[0]) + 1
    for number, line in enumerate(lines[1:], 1):
        if line.strip() and _indentation(line) <= depth:
            return number, place, clean(line)
        place += len(line) + 1
    return None


def _indentation(line: bytes) -> int:
    return len(line) - len(line.lstrip())
