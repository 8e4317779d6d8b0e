"""The state of a project in one look: its newest run, read from its journal, and its plan in numbers."""

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from lfsmake.engine.journal import is_live, read_events, runs_in
from lfsmake.model.events import (
    Event,
    Machine,
    PhaseStarted,
    Recovery,
    RunAdopted,
    RunDone,
    RunStarted,
    Sample,
    StepCancelled,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
)
from lfsmake.model.plan import Plan


class RunningStep(Struct, frozen=True):
    """A step that runs: since when (seconds since the epoch), in which phase; seconds it is expected to take and
    memory in bytes, 0 where they are not known."""

    step: str
    started: float
    phase: str
    expected: float = 0.0
    rss: int = 0


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
    jobs: int = 0
    sbu: float = 0.0  # seconds of one, 0 if not known
    flaky: tuple[str, ...] = ()
    machine: Machine | None = None  # as it was last seen, while the run lives


class Status(Struct, frozen=True):
    """The newest run, and how many steps of the targets are in which state. Sizes in bytes."""

    run: RunSummary | None
    targets: tuple[str, ...]
    up_to_date: int
    stale: int
    waiting: int
    store: str


def status(runs: str, store: str, plan: Plan) -> Status:
    """Puts a status together from a plan and the journal of the newest run that can be read."""
    read = (summarise(run, read_events(runs, run), live=is_live(runs, run)) for run in runs_in(runs))
    summary = next((found for found in read if found is not None), None)
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
    done, total = 0, 0
    failed: dict[str, None] = {}
    flaky: dict[str, None] = {}
    machine: Machine | None = None
    for event in events:
        if isinstance(event, RunStarted):
            started = event
            total = len(event.build) + len(event.maybe)
        elif isinstance(event, RunAdopted):
            total = done + len(event.build) + len(event.maybe)
        elif isinstance(event, StepStarted):
            running[event.step] = RunningStep(event.step, event.at, "", event.expected)
            failed.pop(event.step, None)
        elif isinstance(event, PhaseStarted) and event.step in running:
            running[event.step] = replace(running[event.step], phase=event.phase)
        elif isinstance(event, Sample) and event.step in running:
            running[event.step] = replace(running[event.step], rss=event.rss)
        elif isinstance(event, Machine):
            machine = event
        elif isinstance(event, Recovery) and event.action == "flaky":
            flaky[event.step] = None
        elif isinstance(event, StepDone | StepFailed | StepCancelled | StepSkipped):
            running.pop(event.step, None)
            if isinstance(event, StepDone):
                done += 1
                failed.pop(event.step, None)
            if isinstance(event, StepFailed) and not event.retrying:
                failed[event.step] = None
        elif isinstance(event, RunDone):
            ended = event
    if started is None:
        return None
    alive = live and ended is None
    return RunSummary(
        run=run,
        targets=started.targets,
        started=started.at,
        ended=ended.at if ended else None,
        exit_code=ended.exit_code if ended else None,
        live=alive,
        running=tuple(running.values()) if alive else (),
        done=done,
        total=total,
        failed=tuple(failed),
        jobs=started.jobs,
        sbu=started.sbu,
        flaky=tuple(flaky),
        machine=machine if alive else None,
    )
