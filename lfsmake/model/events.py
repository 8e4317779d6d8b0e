"""Everything a run tells the world, one type each. The only thing `ui` sees, and, a line each, events.jsonl.

Times are seconds since the epoch. A reader must skip types it does not know: later versions add some.
"""

from msgspec import Struct

EVENTS_VERSION = 1


class Event(Struct, frozen=True, tag_field="event", kw_only=True):
    """`at` is when it happened."""

    at: float


class Cost(Struct, frozen=True):
    """What a step costs by its recipe, from the book: SBUs and megabytes of disk, 0 where it does not say."""

    sbu: float = 0.0
    disk: float = 0.0


class Invocation(Struct, frozen=True):
    """How a run was asked for, as far as its targets and jobs do not say it: enough to begin it again. Absolute paths.

    `on_failure`: "stop", "continue" or "ask". `goal`: the targets of the run whose failed steps this one is for, of
    `lfsmake retry`; empty otherwise.
    """

    files: tuple[str, ...] = ()  # -f
    options: dict[str, str] = {}  # --set
    store: str = ""
    on_failure: str = "stop"
    rebuild: tuple[str, ...] = ()
    goal: tuple[str, ...] = ()


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
    graph: dict[str, tuple[str, ...]] = {}  # every step that the targets need → those it waits for
    costs: dict[str, Cost] = {}  # what the recipes say that steps cost
    sbu: float = 0.0  # seconds that one SBU is on this machine, 0 if binutils-pass1 was never built
    invocation: Invocation = Invocation()
    new: tuple[str, ...] = ()  # of `maybe`, those that were never built: they will be, whatever comes out below them


class RunAdopted(Event, frozen=True, tag="run-adopted", kw_only=True):
    """Recipes were read anew under watch: what is to be built from here on, in place of what run-started said."""

    steps: int
    build: tuple[str, ...]
    maybe: tuple[str, ...]
    expected: dict[str, float]
    graph: dict[str, tuple[str, ...]] = {}
    new: tuple[str, ...] = ()


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


class FetchFailed(Event, frozen=True, tag="fetch-failed", kw_only=True):
    """No origin has the file; the steps that want it fail when their turn comes, with the reason."""

    file: str


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
    """How a phase went, whether it succeeded or not. `cpu` is user plus system of all its processes; `rss` the most
    memory they had together, as sampled; `read` and `written` what they moved from and to disks, in bytes."""

    step: str
    phase: str
    wall: float
    cpu: float
    rss: int = 0
    read: int = 0
    written: int = 0


class Sample(Event, frozen=True, tag="sample", kw_only=True):
    """Resource use of a running step, every few seconds: processor seconds and bytes of disk so far, of the phase
    that runs; memory and processes now. `rss` in bytes."""

    step: str
    cpu: float
    rss: int
    processes: int
    phase: str = ""
    read: int = 0
    written: int = 0


class Machine(Event, frozen=True, tag="machine", kw_only=True):
    """The machine as a whole, every few seconds while steps run. `cpu`: share of all processors that was busy since
    the last one, 0 to 1. `jobs`: of the jobserver's, how many are in use. `pressure_*`: share of the last ten
    seconds in which something waited for it (PSI), 0 to 1, or -1 where the kernel does not tell. Sizes in bytes."""

    cpu: float
    memory_free: int
    memory_total: int
    disk_free: int
    jobs: int
    pressure_cpu: float = -1.0
    pressure_memory: float = -1.0
    pressure_io: float = -1.0


class TestsDone(Event, frozen=True, tag="tests-done", kw_only=True):
    """What the check phase's output says of the package's own tests. Names where the output has them.

    `failed` are those that failed and were not expected to (regressions); `expected`: failed as the recipe says;
    `vanished`: the recipe says that they fail, and they did not.
    """

    step: str
    style: str  # whose summary it was: "automake", "dejagnu", …
    total: int
    passed: int
    skipped: int
    failed: tuple[str, ...] = ()
    expected: tuple[str, ...] = ()
    vanished: tuple[str, ...] = ()
    failures: int = 0  # as counted; names may be fewer


class Recovery(Event, frozen=True, tag="recovery", kw_only=True):
    """lfsmake does something about a failure or a shortage by itself, or has found out by it.

    `action`: "retry" (as before), "asked" (as before, since the user wants it), "serial" (with one job, for a race),
    "fewer-jobs" (after memory ran out), "collect" (what nothing needs was removed for room), "wait-memory",
    "wait-disk"; "flaky" (it failed, and passed unchanged), "race" (it failed with several jobs, and passed with one).
    """

    step: str
    action: str
    text: str
    delay: float = 0.0


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
    read: int = 0
    written: int = 0
    flaky: bool = False  # it failed in this run, and passed unchanged


class LogError(Struct, frozen=True):
    """The first real error of a log: what said it, which line of the log (from 1), the line itself, where it points."""

    tool: str  # "gcc", "ld", "make", "configure", "patch", …
    kind: str  # "missing-header", "missing-library", "syntax", …: a stable word
    text: str
    log_line: int
    file: str = ""  # in the sources, as the tool wrote it
    line: int = 0
    context: tuple[str, ...] = ()  # the lines around it, itself among them
    advice: str = ""  # what usually helps


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
    cause: str = ""  # within the class: "out-of-memory", "disk-full", "race", … or the LogError's kind
    error: LogError | None = None
    changes: tuple[str, ...] = ()  # what differs from the last success of the step, in words
    tried: tuple[str, ...] = ()  # what lfsmake did about it before it gave up


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
    | RunAdopted
    | Note
    | FetchStarted
    | FetchProgress
    | FetchDone
    | FetchFailed
    | StepStarted
    | PhaseStarted
    | PhaseDone
    | Sample
    | Machine
    | TestsDone
    | Recovery
    | StepDone
    | StepFailed
    | StepSkipped
    | StepCancelled
    | RunDone
)
