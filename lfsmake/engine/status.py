"""The state of a project in one look: its newest run, read from its journal, and its plan in numbers."""

from collections.abc import Iterable

from msgspec import Struct

from lfsmake.engine.journal import is_live, read_events, runs_in
from lfsmake.model.events import (
    Event,
    PhaseStarted,
    RunDone,
    RunStarted,
    StepCancelled,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
)
from lfsmake.model.plan import Plan


class RunningStep(Struct, frozen=True):
    """A step that runs: since when (seconds since the epoch), in which phase."""

    step: str
    started: float
    phase: str


class RunSummary(Struct, frozen=True):
    """A run as its events tell it. `ended` and `exit_code` are None while it lives, or if it was killed."""

    run: str
    targets: tuple[str, ...]
    started: float
    ended: float | None
    exit_code: int | None
    live: bool
    running: tuple[RunningStep, ...]
    done: int
    total: int
    failed: tuple[str, ...]


class Status(Struct, frozen=True):
    """The newest run, and how many steps of the targets are in which state. Sizes in bytes."""

    run: RunSummary | None
    targets: tuple[str, ...]
    up_to_date: int
    stale: int
    waiting: int
    store: str


def status(runs: str, store: str, plan: Plan) -> Status:
    """Puts a status together from the newest run's journal and a plan."""
    newest = next(iter(runs_in(runs)), None)
    summary = summarise(newest, read_events(runs, newest), live=is_live(runs, newest)) if newest else None
    states = [step.state for step in plan.steps]
    return Status(
        run=summary,
        targets=plan.targets,
        up_to_date=states.count("up-to-date"),
        stale=states.count("build"),
        waiting=states.count("waiting"),
        store=store,
    )


def summarise(run: str, events: Iterable[Event], *, live: bool) -> RunSummary | None:
    """A run's events in one record; None if they do not even say that it started."""
    started: RunStarted | None = None
    ended: RunDone | None = None
    running: dict[str, RunningStep] = {}
    done = 0
    failed: dict[str, None] = {}
    for event in events:
        if isinstance(event, RunStarted):
            started = event
        elif isinstance(event, StepStarted):
            running[event.step] = RunningStep(event.step, event.at, "")
        elif isinstance(event, PhaseStarted) and event.step in running:
            running[event.step] = RunningStep(event.step, running[event.step].started, event.phase)
        elif isinstance(event, StepDone | StepFailed | StepCancelled | StepSkipped):
            running.pop(event.step, None)
            done += isinstance(event, StepDone)
            if isinstance(event, StepFailed) and not event.retrying:
                failed[event.step] = None
        elif isinstance(event, RunDone):
            ended = event
    if started is None:
        return None
    return RunSummary(
        run=run,
        targets=started.targets,
        started=started.at,
        ended=ended.at if ended else None,
        exit_code=ended.exit_code if ended else None,
        live=live and ended is None,
        running=tuple(running.values()) if live and ended is None else (),
        done=done,
        total=len(started.build) + len(started.maybe),
        failed=tuple(failed),
    )
