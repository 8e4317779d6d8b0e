"""Everything a run tells the world, one type each. The only thing `ui` sees, and, a line each, events.jsonl.

Times are seconds since the epoch. A reader must skip types it does not know: later versions add some.
"""

from msgspec import Struct

EVENTS_VERSION = 1


class Event(Struct, frozen=True, tag_field="event", kw_only=True):
    """`at` is when it happened."""

    at: float


class RunStarted(Event, frozen=True, tag="run-started", kw_only=True):
    """The first line of every run. `expected` maps steps to seconds from earlier traces or costs."""

    run: str
    version: int = EVENTS_VERSION
    lfsmake: str
    targets: tuple[str, ...]
    jobs: int
    steps: int  # that the targets need
    build: tuple[str, ...]  # stale when the run started, in the order of the plan
    maybe: tuple[str, ...]  # waiting on those: stale only if a layer below them changes
    expected: dict[str, float]


class Note(Event, frozen=True, tag="note", kw_only=True):
    """Something the user should know that is not a failure: an origin chosen, an alias bound, a wait."""

    text: str
    level: str = "info"  # or "warning"
    step: str = ""


class FetchStarted(Event, frozen=True, tag="fetch-started", kw_only=True):
    """A download began. `size` in bytes, 0 if unknown."""

    file: str
    url: str
    size: int = 0


class FetchProgress(Event, frozen=True, tag="fetch-progress", kw_only=True):
    """At most a few a second and file."""

    file: str
    done: int
    size: int = 0


class FetchDone(Event, frozen=True, tag="fetch-done", kw_only=True):
    """The file is verified and in the store."""

    file: str
    url: str
    size: int


class StepStarted(Event, frozen=True, tag="step-started", kw_only=True):
    """`log` is absolute. `reason` is the plan's first reason in words."""

    step: str
    key: str
    reason: str
    log: str
    expected: float = 0.0


class PhaseStarted(Event, frozen=True, tag="phase-started", kw_only=True):
    """Besides the language's phases: "unpack" and "capture"."""

    step: str
    phase: str


class PhaseDone(Event, frozen=True, tag="phase-done", kw_only=True):
    """`cpu` is user plus system of all processes of the phase."""

    step: str
    phase: str
    wall: float
    cpu: float


class Sample(Event, frozen=True, tag="sample", kw_only=True):
    """Resource use of a running step, every few seconds. `rss` in bytes."""

    step: str
    cpu: float
    rss: int
    processes: int


class StepDone(Event, frozen=True, tag="step-done", kw_only=True):
    """`outcome`: "built", "unchanged" (built, and its layer is the same as before), "up-to-date" (cut off early)."""

    step: str
    outcome: str
    key: str
    layer: str
    wall: float = 0.0
    cpu: float = 0.0
    rss: int = 0
    size: int = 0


class Failure(Struct, frozen=True):
    """What is known of a failure: its class, where, and how to look. The whole of a failure card."""

    failure_class: str
    step: str
    phase: str
    message: str
    command: str = ""  # the failing command as bash saw it
    file: str = ""  # recipe
    line: int = 0
    status: int = 0  # exit status, or minus the signal
    log: str = ""
    tail: tuple[str, ...] = ()
    work: str = ""  # the kept build folder
    hint: str = ""


class StepFailed(Event, frozen=True, tag="step-failed", kw_only=True):
    """`retrying`: it starts again after `delay` seconds."""

    step: str
    failure: Failure
    wall: float = 0.0
    retrying: bool = False
    delay: float = 0.0


class StepSkipped(Event, frozen=True, tag="step-skipped", kw_only=True):
    """Not built because `because` failed."""

    step: str
    because: str


class StepCancelled(Event, frozen=True, tag="step-cancelled", kw_only=True):
    """Stopped by the user, or because its recipe changed under watch."""

    step: str
    reason: str


class RunDone(Event, frozen=True, tag="run-done", kw_only=True):
    """The last line of every run that ended. `exit_code` is the process's."""

    run: str
    exit_code: int
    built: int
    unchanged: int
    up_to_date: int
    failed: int
    skipped: int
    wall: float


AnyEvent = (
    RunStarted
    | Note
    | FetchStarted
    | FetchProgress
    | FetchDone
    | StepStarted
    | PhaseStarted
    | PhaseDone
    | Sample
    | StepDone
    | StepFailed
    | StepSkipped
    | StepCancelled
    | RunDone
)
