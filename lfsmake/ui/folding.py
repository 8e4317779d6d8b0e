"""The parts of a history that change: a step and a file while their events come. Knows no run."""

from lfsmake.model.events import (
    Cost,
    PhaseDone,
    PhaseStarted,
    Sample,
    StepCancelled,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
)
from lfsmake.ui.records import Attempt, FetchRecord, PhaseRecord, StepRecord, StepSample
from lfsmake.ui.series import Series, merge_steps

_NOTHING = Cost()
_ATTEMPTS = 50  # of one step: under watch it may run a thousand times


class Fetch:
    """A file on its way."""

    def __init__(self, file: str, url: str, started: float, size: int) -> None:
        self.file, self.url, self.started, self.size = file, url, started, size
        self.done = 0
        self.ended: float | None = None

    def record(self) -> FetchRecord:
        """As it stands."""
        return FetchRecord(self.file, self.url, self.started, self.ended, self.size, self.done)


class Step:
    """A step on its way. Every method but `record` changes it."""

    __slots__ = (
        "_record", "_running", "_samples", "_seen", "attempts", "cost", "done", "expected", "flaky", "key", "log",
        "name", "needs", "reason", "retry_at", "state", "used",
    )  # fmt: skip

    def __init__(self, name: str) -> None:
        self.name = name
        self.state = "waiting"
        self.needs: tuple[str, ...] = ()
        self.reason = ""
        self.expected = 0.0
        self.cost = _NOTHING
        self.key = ""
        self.log = ""
        self.flaky = False
        self.retry_at = 0.0
        self.done: StepDone | None = None
        self.used = (0.0, 0.0, 0, 0, 0)  # wall, cpu, rss, read, written of the last attempt
        self.attempts: list[Attempt] = []
        self._running: tuple[float, list[PhaseRecord]] | None = None
        self._samples: Series[StepSample] | None = None
        self._seen: tuple[str, float, float] = ("", 0.0, 0.0)  # phase, time, cpu of the sample before
        self._record: StepRecord | None = None

    @property
    def running_since(self) -> float | None:
        """When it started, if it runs."""
        return None if self._running is None else self._running[0]

    @property
    def phase(self) -> str:
        """The phase that runs, or ran last; "" if none."""
        phases = self._running[1] if self._running is not None else ()
        return phases[-1].phase if phases else ""

    def plan(self, stale: bool, needs: tuple[str, ...], expected: float) -> None:
        """What the plan says of it, at the start or under watch."""
        self._record = None
        self.needs, self.expected = needs, expected
        if self._running is None:
            self.state = "waiting" if stale else self.state if self.state in ("built", "unchanged") else "up-to-date"

    def start(self, event: StepStarted) -> None:
        """It runs, for the first time or again."""
        self._record = None
        self._end(event.at, "cancelled")
        self.state, self.reason, self.key, self.log = "running", event.reason, event.key, event.log
        self.expected = event.expected or self.expected
        self.retry_at = 0.0
        self._running = (event.at, [])
        self._seen = ("", event.at, 0.0)

    def start_phase(self, event: PhaseStarted) -> None:
        """A phase of it begins."""
        self._record = None
        if self._running is not None:
            self._running[1].append(PhaseRecord(event.phase, event.at))
            self._seen = (event.phase, event.at, 0.0)

    def end_phase(self, event: PhaseDone) -> None:
        """A phase of it is over."""
        if self._running is None:
            return
        self._record = None
        phases = self._running[1]
        begun = event.at - event.wall
        if phases and phases[-1].phase == event.phase and phases[-1].wall is None:
            begun = phases.pop().started
        phases.append(
            PhaseRecord(event.phase, begun, event.wall, event.cpu, event.rss, event.read, event.written)
        )

    def sample(self, event: Sample) -> None:
        """What it uses."""
        self._record = None
        phase, at, cpu = self._seen
        if event.phase != phase and event.phase:
            at, cpu = (at, 0.0) if self._running is not None else (event.at, event.cpu)
        passed = event.at - at
        cores = max(0.0, event.cpu - cpu) / passed if passed > 0.05 else 0.0
        self._seen = (event.phase or phase, event.at, event.cpu)
        if self._samples is None:
            self._samples = Series(merge_steps)
        self._samples.add(StepSample(event.at, cores, event.rss, event.processes, event.read, event.written))

    def finish(self, event: StepDone) -> None:
        """It has its layer."""
        self._record = None
        self.state, self.done, self.key = event.outcome, event, event.key
        self.flaky = self.flaky or event.flaky
        self.used = (event.wall, event.cpu, event.rss, event.read, event.written)
        self._end(event.at, event.outcome)

    def fail(self, event: StepFailed) -> None:
        """It failed, and may be tried again."""
        self._record = None
        self.state = "waiting" if event.retrying else "failed"
        self.retry_at = event.at + event.delay if event.retrying else 0.0
        if self._running is not None:
            phases = self._running[1]
            self.used = (
                event.wall or event.at - self._running[0],
                sum(phase.cpu for phase in phases),
                max((phase.rss for phase in phases), default=0),
                sum(phase.read for phase in phases),
                sum(phase.written for phase in phases),
            )
        self._end(event.at, "failed")

    def skip(self, event: StepSkipped) -> None:
        """It does not run, since what it needs failed."""
        self._record = None
        self.state, self.reason = "skipped", event.because

    def cancel(self, event: StepCancelled) -> None:
        """It was stopped."""
        self._record = None
        self.state, self.reason = "cancelled", event.reason
        self._end(event.at, "cancelled")

    def _end(self, at: float, outcome: str) -> None:
        if self._running is None:
            return
        begun, phases = self._running
        self._running = None
        if len(self.attempts) >= _ATTEMPTS:
            del self.attempts[1]
        self.attempts.append(Attempt(begun, at, outcome, tuple(phases)))

    def record(self, cut_off: float | None = None) -> StepRecord:
        """As it stands. `cut_off`: the run is over since then, and what still seems to run was killed."""
        if self._running is not None and cut_off is not None:
            return self._made("cancelled", "lfsmake was killed", cut_off)
        if self._record is None:
            self._record = self._made(self.state, self.reason, None)
        return self._record

    def _made(self, state: str, reason: str, ended: float | None) -> StepRecord:
        attempts = tuple(self.attempts)
        if self._running is not None:
            outcome = "running" if ended is None else state
            attempts += (Attempt(self._running[0], ended, outcome, tuple(self._running[1])),)
        wall, cpu, rss, read, written = self.used if self._running is None else self._so_far()
        done = self.done
        return StepRecord(
            step=self.name, state=state, needs=self.needs, reason=reason, expected=self.expected,
            sbu=self.cost.sbu, disk=self.cost.disk, key=self.key, layer=done.layer if done else "", log=self.log,
            wall=wall, cpu=cpu, rss=rss, size=done.size if done else 0, read=read, written=written,
            flaky=self.flaky, retry_at=self.retry_at, attempts=attempts,
            samples=self._samples.points() if self._samples is not None else (),
        )  # fmt: skip

    def _so_far(self) -> tuple[float, float, int, int, int]:
        """Wall, cpu, rss, read, written of the attempt that runs: its phases that are over, and the last sample."""
        begun, phases = self._running or (0.0, [])
        last = self._samples.points()[-1:] if self._samples is not None else ()
        in_phase = bool(phases) and phases[-1].wall is None
        now = [sample for sample in last if in_phase and sample.at > begun]
        used: list[PhaseRecord | StepSample] = [*phases, *now]
        return (
            max(0.0, self._seen[1] - begun),
            sum(phase.cpu for phase in phases) + (self._seen[2] if now else 0.0),
            max((one.rss for one in used), default=0),
            sum(one.read for one in used),
            sum(one.written for one in used),
        )
