"""The records that the page gets as JSON, made from a run that is followed. Knows no HTTP.

Times are seconds since the epoch, durations seconds, sizes bytes. docs/dashboard.md describes every field.
"""

from msgspec import Struct

from lfsmake.model.events import Note, Recovery, StepFailed, TestsDone
from lfsmake.ui.records import Counts, Link, MachineSample, StepRecord

DASH_VERSION = 1  # of everything below; rises when a field changes its meaning or goes


class Ongoing(Struct, frozen=True):
    """A phase that ran, or runs: `wall` is None while it does."""

    phase: str
    started: float
    wall: float | None


class Try(Struct, frozen=True):
    """One time that a step ran."""

    started: float
    ended: float | None
    outcome: str
    phases: tuple[Ongoing, ...]


class StepLine(Struct, frozen=True, omit_defaults=True):
    """A step as lists and pictures need it; what is 0 or empty is left out. `cores` and `rss` are those of now while
    it runs, else the mean and the most of its last attempt."""

    step: str
    state: str
    phase: str = ""
    reason: str = ""
    expected: float = 0.0
    wall: float = 0.0
    cores: float = 0.0
    rss: int = 0
    size: int = 0
    flaky: bool = False
    retry_at: float = 0.0
    attempts: tuple[Try, ...] = ()


class Eta(Struct, frozen=True):
    """What the run takes still; `sure` if what every step takes is known; `least` if every step is spared that may
    be."""

    seconds: float
    sure: bool
    least: float


class Fetching(Struct, frozen=True):
    """A file that is on its way; `size` 0 if unknown."""

    file: str
    done: int
    size: int


class Header(Struct, frozen=True, kw_only=True):
    """The run in a few figures. `done` of `total` stale steps; `problem`: why its events cannot be read now;
    `program`: how a command line about this run begins; `again`: the one that goes on with it."""

    run: str
    state: str
    targets: tuple[str, ...]
    lfsmake: str
    jobs: int
    started: float
    ended: float | None
    exit_code: int | None
    wall: float
    sbu: float
    done: int
    total: int
    counts: Counts
    eta: Eta | None
    fetching: tuple[Fetching, ...]
    newer: bool
    damaged: int
    unknown: int
    problem: str
    program: str
    again: str
    now: float  # by the clock of the machine that the dashboard runs on


class Changes(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What changed since `since` (0: all there is). Lists that did not change are left out."""

    version: int
    since: int
    revision: int
    header: Header
    runs: str = ""  # changes whenever the list of runs does
    steps: tuple[StepLine, ...] = ()  # all of them for `since` 0
    machine: tuple[MachineSample, ...] = ()
    failures: tuple[StepFailed, ...] | None = None
    recoveries: tuple[Recovery, ...] | None = None
    tests: tuple[TestsDone, ...] | None = None
    notes: tuple[Note, ...] | None = None
    critical: tuple[Link, ...] | None = None


class StepDetail(Struct, frozen=True):
    """Everything known of a step: its record, the steps that wait for it, and its events."""

    record: StepRecord
    users: tuple[str, ...]
    failures: tuple[StepFailed, ...]
    recoveries: tuple[Recovery, ...]
    tests: tuple[TestsDone, ...]
    notes: tuple[Note, ...]


def step_line(record: StepRecord) -> StepLine:
    """The step in short."""
    attempts = tuple(
        Try(
            attempt.started,
            attempt.ended,
            attempt.outcome,
            tuple(Ongoing(phase.phase, phase.started, phase.wall) for phase in attempt.phases),
        )
        for attempt in record.attempts
    )
    running = record.state == "running"
    phases = attempts[-1].phases if attempts else ()
    latest = record.samples[-1] if record.samples else None
    cores = record.cpu / record.wall if record.wall > 0 else 0.0
    rss = record.rss
    if running:
        cores, rss = (latest.cores, latest.rss) if latest is not None else (0.0, 0)
    return StepLine(
        step=record.step,
        state=record.state,
        phase=phases[-1].phase if phases and (running or record.state in ("failed", "cancelled")) else "",
        reason=record.reason,
        expected=record.expected,
        wall=record.wall,
        cores=round(cores, 2),
        rss=rss,
        size=record.size,
        flaky=record.flaky,
        retry_at=record.retry_at,
        attempts=attempts,
    )
