"""What a run left to be done, read from its journal. Knows events, no recipes and no store."""

from msgspec import Struct

from lfsmake.engine.journal import is_live, read_events, runs_in
from lfsmake.engine.runs import find_run
from lfsmake.model.errors import UsageError
from lfsmake.model.events import Invocation, RunDone, RunStarted, StepDone, StepFailed

_STATES = {0: "done", 130: "interrupted"}


class Left(Struct, frozen=True):
    """A run that is over. `state`: "done", "failed", "interrupted" or "killed". `failed`: the steps that failed for
    good, and were not built after that. `rebuild`: of those asked for, what was not built."""

    run: str
    state: str
    targets: tuple[str, ...]
    jobs: int
    invocation: Invocation
    failed: tuple[str, ...]
    rebuild: tuple[str, ...]


def left_by(runs: str, files: tuple[str, ...], word: str = "") -> Left:
    """What the run left that `word` means, as `find_run` has it; without one, the newest of these recipe files.

    Raises UsageError if there is none, if it still runs, or if it was of other recipe files.
    """
    if not word:
        return _newest(runs, files)
    run = find_run(runs, word)
    found = _read(runs, run)
    if found is None:
        raise UsageError(
            f"the events of {run} do not say what it was for", hint="name another run: `lfsmake runs` lists them"
        )
    if found.invocation.files != files:
        theirs = found.invocation.files
        how = f"say so: {' '.join(f'-f {file}' for file in theirs)}" if theirs else "leave out -f"
        raise UsageError(f"{run} was a run of other recipes", hint=how)
    if is_live(runs, run):
        raise UsageError(f"{run} still runs", hint="`lfsmake status` shows it")
    return found


def _newest(runs: str, files: tuple[str, ...]) -> Left:
    """The newest run of these recipe files, or of the project's where none are named."""
    for run in runs_in(runs):
        found = _read(runs, run)
        if found is None or found.invocation.files != files:
            continue
        if is_live(runs, run):
            raise UsageError(f"the newest run still runs: {run}", hint="`lfsmake status` shows it")
        return found
    raise UsageError(
        "no run of these recipes is kept" if files else "no run is kept here",
        expected="a project that was built",
        hint="`lfsmake` starts one; of a run with -f or --store, name these again",
    )


def _read(runs: str, run: str) -> Left | None:
    started: RunStarted | None = None
    ended: RunDone | None = None
    failed: dict[str, None] = {}
    built: set[str] = set()
    for event in read_events(runs, run):
        if isinstance(event, RunStarted):
            started = event
        elif isinstance(event, StepFailed) and not event.retrying:
            failed[event.step] = None
        elif isinstance(event, StepDone):
            failed.pop(event.step, None)
            built.add(event.step)
        elif isinstance(event, RunDone):
            ended = event
    if started is None:
        return None
    return Left(
        run=run,
        state=_STATES.get(ended.exit_code, "failed") if ended is not None else "killed",
        targets=started.targets,
        jobs=started.jobs,
        invocation=started.invocation,
        failed=tuple(failed),
        rebuild=tuple(step for step in started.invocation.rebuild if step not in built),
    )
