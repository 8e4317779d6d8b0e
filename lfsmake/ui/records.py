"""A run as records: what reports, the dashboard and metrics show, and `report --json` prints. Knows no event's form
beyond those it keeps whole, and computes nothing.

Times are seconds since the epoch, durations seconds, sizes bytes.
"""

from msgspec import Struct

from lfsmake.model.events import Note, Recovery, StepFailed, TestsDone

HISTORY_VERSION = 1  # of RunRecord; rises when a field changes its meaning or goes


class StepSample(Struct, frozen=True, array_like=True):
    """What a step used around `at`; in JSON an array in this order. `cores`: processors busy with it since the sample
    before; `rss`: memory of all its processes; `read`, `written`: bytes of disk so far in its phase."""

    at: float
    cores: float
    rss: int
    processes: int
    read: int
    written: int


class MachineSample(Struct, frozen=True, array_like=True):
    """The machine around `at`; in JSON an array in this order. `cpu`: share of all processors that was busy, 0 to 1;
    `jobs` in use; `pressure_*`: share of time in which something waited, 0 to 1, -1 where the kernel does not tell."""

    at: float
    cpu: float
    memory_free: int
    memory_total: int
    disk_free: int
    jobs: float
    pressure_cpu: float
    pressure_memory: float
    pressure_io: float


class PhaseRecord(Struct, frozen=True):
    """A phase of one attempt. `wall` is None while it runs, or if nothing says how it ended."""

    phase: str
    started: float
    wall: float | None = None
    cpu: float = 0.0
    rss: int = 0
    read: int = 0
    written: int = 0


class Attempt(Struct, frozen=True):
    """One time that a step ran. `ended` is None while it runs; `outcome` is then "running", else "built", "unchanged",
    "up-to-date", "failed" or "cancelled"."""

    started: float
    ended: float | None
    outcome: str
    phases: tuple[PhaseRecord, ...] = ()


class StepRecord(Struct, frozen=True):
    """A step of a run.

    `state`: "up-to-date" (also cut off early), "waiting" (not started; after the run: never was), "running", "built",
    "unchanged" (built, and its layer is the same as before), "failed", "skipped", "cancelled".
    """

    step: str
    state: str
    needs: tuple[str, ...] = ()  # the steps it waits for
    reason: str = ""  # why it was built, why it was cancelled, or which failed step it was skipped for
    expected: float = 0.0  # seconds, 0 if unknown
    sbu: float = 0.0  # by the recipe, 0 where it does not say
    disk: float = 0.0  # by the recipe, in MB
    key: str = ""
    layer: str = ""
    log: str = ""
    wall: float = 0.0  # of what its last attempt took; `attempts` has them all
    cpu: float = 0.0
    rss: int = 0
    size: int = 0  # of its layer
    read: int = 0
    written: int = 0
    flaky: bool = False
    retry_at: float = 0.0  # when it starts again, if it waits for that
    attempts: tuple[Attempt, ...] = ()
    samples: tuple[StepSample, ...] = ()


class FetchRecord(Struct, frozen=True):
    """A source file that was fetched. `ended` is None if it did not get here. `size` and `done` in bytes, 0 if
    unknown."""

    file: str
    url: str
    started: float
    ended: float | None = None
    size: int = 0
    done: int = 0


class Link(Struct, frozen=True):
    """A step of the critical path. `after` is the step or file that it waited for last.

    `why` it started no earlier: "need" (`after`, which it needs, ended then), "room" (there was no job, memory or disk
    for it before `after` ended), "order" (`after` ended then, and these events do not say what needs what), "source"
    (the file `after` came then), "retry" (it had failed before), "start" (of the run).
    """

    step: str
    started: float
    ended: float
    why: str
    after: str = ""
    waited: float = 0.0  # seconds between the end of `after` and its start


class Counts(Struct, frozen=True):
    """How many steps are in which state."""

    total: int = 0
    waiting: int = 0
    running: int = 0
    built: int = 0
    unchanged: int = 0
    up_to_date: int = 0
    failed: int = 0
    skipped: int = 0
    cancelled: int = 0
    flaky: int = 0


class RunRecord(Struct, frozen=True, kw_only=True):
    """A run, as far as its events go.

    `state`: "running", "done", "failed", "interrupted", or "killed" (nobody writes its events, and no last one is
    there). `failures`, `recoveries`, `tests` and `notes` are the events themselves, in the order of time: a step's are
    those that name it. `newer`: a later version of lfsmake wrote them, and may mean more. `damaged`: lines that could
    not be read; `unknown`: lines of kinds that this version does not know.
    """

    version: int = HISTORY_VERSION
    run: str
    state: str
    targets: tuple[str, ...] = ()
    lfsmake: str = ""
    jobs: int = 0
    started: float = 0.0
    last: float = 0.0  # when the last event happened
    ended: float | None = None
    wall: float = 0.0  # of the whole run so far
    exit_code: int | None = None
    sbu: float = 0.0  # seconds of one SBU on this machine, 0 if unknown
    counts: Counts = Counts()
    steps: tuple[StepRecord, ...] = ()  # in the order of their first start, then of the plan
    critical: tuple[Link, ...] = ()  # the chain of steps that determined the end, first to last
    chain: tuple[str, ...] = ()  # the longest chain of needs: no number of processors makes the run shorter
    chain_wall: float = 0.0  # seconds of that
    parallel: tuple[tuple[float, int], ...] = ()  # (since when, how many steps ran)
    machine: tuple[MachineSample, ...] = ()
    fetches: tuple[FetchRecord, ...] = ()
    failures: tuple[StepFailed, ...] = ()
    recoveries: tuple[Recovery, ...] = ()
    tests: tuple[TestsDone, ...] = ()
    notes: tuple[Note, ...] = ()
    newer: bool = False
    damaged: int = 0
    unknown: int = 0
