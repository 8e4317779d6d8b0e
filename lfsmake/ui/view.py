"""What a run looks like now, folded from its events. Knows no stream and no clock: the time is given."""

from lfsmake.model.events import (
    Event,
    FetchDone,
    FetchFailed,
    FetchProgress,
    FetchStarted,
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
from lfsmake.ui.eta import Estimate, Forecast


class Running:
    """A step that runs: since when (seconds since the epoch), in which phase, how long it is to take (0: unknown),
    how many processors it uses (None before that was measured), its memory in bytes (0: not measured)."""

    def __init__(self, started: float, expected: float) -> None:
        self.started = started
        self.expected = expected
        self.phase = ""
        self.cores: float | None = None
        self.rss = 0
        self._cpu = (started, 0.0)  # when its processor time was last seen, and what it was

    def enter(self, phase: str, at: float) -> None:
        """Another phase starts, and its processor time at 0."""
        self.phase = phase
        self._cpu = (at, 0.0)

    def saw(self, sample: Sample) -> None:
        """Takes in a sample."""
        at, cpu = self._cpu
        if sample.at > at:
            self.cores = max(0.0, sample.cpu - cpu) / (sample.at - at)
            self._cpu = (sample.at, sample.cpu)
        self.rss = sample.rss


class RunView:
    """Counts and names. `apply` is the only writer."""

    def __init__(self) -> None:
        self.run = ""
        self.targets: tuple[str, ...] = ()
        self.steps = 0  # that the targets need
        self.total = 0  # stale, or perhaps stale, when the run started
        self.jobs = 1
        self.started = 0.0
        self.expected: dict[str, float] = {}
        self.pending: set[str] = set()
        self.finished: set[str] = set()
        self.failed: set[str] = set()
        self.flaky: set[str] = set()
        self.running: dict[str, Running] = {}
        self.fetching: dict[str, tuple[int, int]] = {}  # file → bytes there, size (0: unknown)
        self.machine: Machine | None = None
        self.over = False
        self._stops = False  # whether nothing is started any more once a step has failed
        self._forecast = Forecast()

    @property
    def stopping(self) -> bool:
        """Whether only what runs now is still to be waited for."""
        return self._stops and bool(self.failed)

    @property
    def sbu(self) -> float:
        """Seconds of one SBU, 0 if nobody knows."""
        return self._forecast.sbu

    def apply(self, event: Event) -> None:
        """Take in one event; types it does not know change nothing."""
        if isinstance(event, Sample):
            if event.step in self.running:
                self.running[event.step].saw(event)
        elif isinstance(event, Machine):
            self.machine = event
        elif isinstance(event, RunStarted):
            self._begin(event)
        elif isinstance(event, RunAdopted):
            self._adopt(event)
        elif isinstance(event, StepStarted):
            self._start(event)
        elif isinstance(event, PhaseStarted):
            if event.step in self.running:
                self.running[event.step].enter(event.phase, event.at)
        elif isinstance(event, StepDone):
            if event.outcome != "up-to-date":
                self._forecast.took(event.step, event.wall)
            self._finish(event.step, event.at)
            self.flaky |= {event.step} if event.flaky else set()
        elif isinstance(event, StepSkipped):
            self._finish(event.step, event.at)
        elif isinstance(event, StepFailed):
            self._fail(event)
        elif isinstance(event, StepCancelled):
            self._wait(event.step, event.at)
        elif isinstance(event, Recovery):
            self.flaky |= {event.step} if event.action == "flaky" else set()
        elif isinstance(event, (FetchStarted, FetchProgress)):
            known = self.fetching.get(event.file, (0, 0))
            done = event.done if isinstance(event, FetchProgress) else 0
            self.fetching[event.file] = (done, event.size or known[1])
        elif isinstance(event, (FetchDone, FetchFailed)):
            self.fetching.pop(event.file, None)
        elif isinstance(event, RunDone):
            self.running, self.fetching = {}, {}
            self.over = True

    def _begin(self, event: RunStarted) -> None:
        self.run, self.targets, self.steps, self.jobs = event.run, event.targets, event.steps, max(1, event.jobs)
        self.started = event.at
        self.expected = event.expected
        self.pending = {*event.build, *event.maybe}
        self.finished, self.failed, self.flaky, self.running, self.fetching = set(), set(), set(), {}, {}
        self.total = len(self.pending)
        self.machine = None
        self.over = False
        self._stops = event.invocation.on_failure == "stop"
        self._forecast = Forecast()
        self._forecast.begin(
            event.at, self.pending, event.graph, event.expected, costs=event.costs, sbu=event.sbu, jobs=self.jobs,
            may_be_spared={*event.maybe} - {*event.new},
        )  # fmt: skip

    def _adopt(self, event: RunAdopted) -> None:
        """What is to be built anew; what runs goes on, or is cancelled by an event of its own."""
        self.steps, self.expected = event.steps, event.expected
        stale = {*event.build, *event.maybe}
        self.pending = stale - self.running.keys()
        self.finished -= stale
        self.failed -= stale
        self.total = 0
        self._count()
        spared = {*event.maybe} - {*event.new}
        self._forecast.begin(
            event.at, stale | self.running.keys(), event.graph, event.expected, may_be_spared=spared
        )

    def _start(self, event: StepStarted) -> None:
        self._forecast.passed(event.at, len(self.running))
        self.pending.discard(event.step)
        self.finished.discard(event.step)
        self.failed.discard(event.step)
        expected = event.expected or self.expected.get(event.step, 0.0)
        self._forecast.expects(event.step, expected)
        self._forecast.opened(event.step)
        self.running[event.step] = Running(event.at, expected)
        self._count()

    def _fail(self, event: StepFailed) -> None:
        if not event.step:  # a source, say
            return
        if event.retrying:
            self._wait(event.step, event.at)
        else:
            self._finish(event.step, event.at)
            self.failed.add(event.step)

    def _wait(self, step: str, at: float) -> None:
        self._forecast.passed(at, len(self.running))
        self._forecast.opened(step)
        self.running.pop(step, None)
        self.finished.discard(step)
        self.pending.add(step)
        self._count()

    def _finish(self, step: str, at: float) -> None:
        self._forecast.passed(at, len(self.running))
        self._forecast.closed(step)
        self.running.pop(step, None)
        self.pending.discard(step)
        self.failed.discard(step)
        self.finished.add(step)
        self._count()

    def _count(self) -> None:
        """Steps that the plan did not foresee count from when they are heard of."""
        self.total = max(self.total, len(self.finished) + len(self.pending) + len(self.running))

    def remaining(self, now: float) -> Estimate | None:
        """What the run takes still; None if nothing is known of it, or nothing is left."""
        if self.over:
            return None
        spent = {step: max(0.0, now - running.started) for step, running in self.running.items()}
        return self._forecast.remaining(now, spent, only_these=self.stopping)
