"""The runs that are kept: how one is named, and what its first and last event say. Knows journals, folds nothing."""

import os
import re
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from lfsmake.engine.journal import is_live, runs_in
from lfsmake.model.errors import UsageError
from lfsmake.model.events import AnyEvent, Event, RunDone, RunStarted

_TAIL = 1 << 16  # bytes at the end of a journal in which its last event surely is


class RunHead(Struct, frozen=True):
    """A run by its first and its last event. `number` counts back from the newest: 0, -1, …

    `state`: "running", "done", "failed", "interrupted", "killed" (nobody writes it, and it has no end) or
    "unreadable". `wall` is 0 and the counts are None unless it ended by itself. Times are seconds since the epoch.
    """

    run: str
    number: int
    state: str
    targets: tuple[str, ...] = ()
    started: float = 0.0
    ended: float | None = None
    wall: float = 0.0
    exit_code: int | None = None
    built: int | None = None
    unchanged: int | None = None
    up_to_date: int | None = None
    failed: int | None = None
    skipped: int | None = None


def find_run(runs: str, word: str = "latest") -> str:
    """The run that a word means: `latest` or `0`, `-1` for the one before it and so on, its name, or a beginning of
    it that no other run has. Raises UsageError."""
    names = runs_in(runs)
    if not names:
        raise UsageError("no run is kept here", expected="a project that was built", hint="`lfsmake` starts one")
    if word == "latest":
        return names[0]
    if re.fullmatch(r"-[0-9]{1,9}|0", word):
        back = -int(word)
        if back < len(names):
            return names[back]
        raise UsageError(
            f"there is no run {word}: {_kept(len(names))}",
            expected=f"0 to {1 - len(names)}" if len(names) > 1 else "0",
            hint="`lfsmake runs` lists them",
        )
    found = [name for name in names if word and name.startswith(word)]
    if len(found) == 1 or word in found:
        return word if word in found else found[0]
    if found:
        raise UsageError(
            f"{len(found)} runs begin with {word}", expected="one run", hint=f"such as {found[0]} or {found[-1]}"
        )
    raise UsageError(
        f'there is no run "{word}"',
        expected="a run's name, the beginning of one, -1 for the one before the newest, or latest",
        hint="`lfsmake runs` lists them",
    )


def _kept(count: int) -> str:
    return "only one is kept" if count == 1 else f"only {count} are kept"


def events_path(runs: str, run: str) -> str:
    """The file of a run's events."""
    return f"{runs}/{run}/events.jsonl"


def heads(runs: str, names: Sequence[str] | None = None) -> tuple[RunHead, ...]:
    """The runs that are kept, newest first. A run that goes away meanwhile is left out."""
    out = []
    for back, run in enumerate(runs_in(runs) if names is None else names):
        found = _head(runs, run, -back)
        if found is not None:
            out.append(found)
    return tuple(out)


def _head(runs: str, run: str, number: int) -> RunHead | None:
    live = is_live(runs, run)  # asked first: a run that ends meanwhile has its last line by then
    try:
        with open(events_path(runs, run), "rb") as file:
            first = _decoded(file.readline(1 << 24))
            size = os.fstat(file.fileno()).st_size
            file.seek(max(0, size - _TAIL))
            last = _decoded(file.read().rstrip(b"\n").rpartition(b"\n")[2])
    except FileNotFoundError:
        return None
    except OSError:
        return RunHead(run, number, "unreadable")
    if not isinstance(first, RunStarted):
        return RunHead(run, number, "running" if live else "unreadable")
    if not isinstance(last, RunDone):
        return RunHead(run, number, "running" if live else "killed", first.targets, first.at)
    state = {0: "done", 130: "interrupted"}.get(last.exit_code, "failed")
    return RunHead(
        run, number, state, first.targets, first.at, last.at, last.wall, last.exit_code,
        last.built, last.unchanged, last.up_to_date, last.failed, last.skipped,
    )  # fmt: skip


def _decoded(line: bytes) -> Event | None:
    try:
        return msgspec.json.decode(line, type=AnyEvent)  # type: ignore[no-any-return]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
