"""How the run before went, from the first and the last line of its events. Reads no more of them than that."""

import os

import msgspec

from lfsmake.engine.journal import runs_in
from lfsmake.model.errors import EXIT_INTERRUPTED, EXIT_OK

_FILE = "events.jsonl"
_END = 64 << 10  # bytes: no line that ends a run is longer


class _Goal(msgspec.Struct, frozen=True):
    goal: tuple[str, ...] = ()


class _Line(msgspec.Struct, frozen=True):
    """What is read of a line of events; all else in it is passed over."""

    event: str
    targets: tuple[str, ...] = ()
    invocation: _Goal = _Goal()
    exit_code: int = 0


def failed_before(runs: str, run: str, targets: tuple[str, ...]) -> bool:
    """Whether the newest run before `run` with the same targets failed; one that was interrupted or killed says
    nothing, the one before it counts then. `runs` is the folder of all runs."""
    for name in runs_in(runs):
        if name >= run:
            continue
        first, last = _ends(f"{runs}/{name}/{_FILE}")
        if first is None or last is None or last.event != "run-done" or last.exit_code == EXIT_INTERRUPTED:
            continue
        if set(first.invocation.goal or first.targets) == set(targets):
            return last.exit_code != EXIT_OK
    return False


def _ends(path: str) -> tuple[_Line | None, _Line | None]:
    """The first line and the last one; None for one that is cut off, damaged or gone."""
    try:
        with open(path, "rb") as file:
            first = file.readline()
            file.seek(max(0, os.fstat(file.fileno()).st_size - _END))
            last = file.read().rstrip(b"\n").rpartition(b"\n")[2]
    except OSError:
        return None, None
    return _decoded(first), _decoded(last)


def _decoded(line: bytes) -> _Line | None:
    try:
        return msgspec.json.decode(line, type=_Line)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
