"""What a run looks like now, folded from its events. Knows no stream and no clock: the time is given."""

from lfsmake.model.events import (
    Event,
    FetchDone,
    FetchProgress,
    FetchStarted,
    PhaseStarted,
    RunDone,
    RunStarted,
    StepCancelled,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
)


class Running:
    """A step that runs: since when (seconds since the epoch), in which phase, how long it is to take."""

    def __init__(self, started: float, expected: float) -> None:
        self.started = started
        self.expected = expected
        self.phase = ""


class RunView:
    """Counts and names. `apply` is the only writer."""

    def __init__(self) -> None:
        self.targets: tuple[str, ...] = ()
        self.steps = 0  # that the targets need
        self.total = 0  # stale, or perhaps stale, when the run started
        self.jobs = 1
        self.expected: dict[str, float] = {}
        self.pending: set[str] = set()
        self.finished: set[str] = set()
        self.running: dict[str, Running] = {}
        self.fetching: dict[str, tuple[int, int]] = {}  # file → bytes there, size (0: unknown)
        self.over = False

    def apply(self, event: Event) -> None:
        """Take in one event; types it does not know change nothing."""
        if isinstance(event, RunStarted):
            self.targets, self.steps, self.jobs = event.targets, event.steps, max(1, event.jobs)
            self.expected = event.expected
            self.pending = {*event.build, *event.maybe}
            self.finished, self.running = set(), {}
            self.total = len(self.pending)
            self.over = False
        elif isinstance(event, StepStarted):
            self.pending.discard(event.step)
            self.finished.discard(event.step)
            expected = event.expected or self.expected.get(event.step, 0.0)
            self.running[event.step] = Running(event.at, expected)
        elif isinstance(event, PhaseStarted):
            if event.step in self.running:
                self.running[event.step].phase = event.phase
        elif isinstance(event, (StepDone, StepSkipped)):
            self._finish(event.step)
        elif isinstance(event, StepFailed):
            if event.retrying:
                self._wait(event.step)
            else:
                self._finish(event.step)
        elif isinstance(event, StepCancelled):
            self._wait(event.step)
        elif isinstance(event, (FetchStarted, FetchProgress)):
            known = self.fetching.get(event.file, (0, 0))
            done = event.done if isinstance(event, FetchProgress) else 0
            self.fetching[event.file] = (done, event.size or known[1])
        elif isinstance(event, FetchDone):
            self.fetching.pop(event.file, None)
        elif isinstance(event, RunDone):
            self.running, self.fetching = {}, {}
            self.over = True

    def _wait(self, step: str) -> None:
        self.running.pop(step, None)
        self.finished.discard(step)
        self.pending.add(step)
        self._count()

    def _finish(self, step: str) -> None:
        self.running.pop(step, None)
        self.pending.discard(step)
        self.finished.add(step)
        self._count()

    def _count(self) -> None:
        """Steps that the plan did not foresee count from when they are heard of."""
        self.total = max(self.total, len(self.finished) + len(self.pending) + len(self.running))

    def remaining(self, now: float) -> float | None:
        """Seconds the run is expected to take still; None if a step's duration is unknown or nothing is left.

        Recorded durations are of steps that shared the machine, so the work is divided by the steps that run
        now, not by the jobs; no answer is below the longest single step.
        """
        if not self.running and not self.pending:
            return None
        single = []
        for running in self.running.values():
            if running.expected <= 0:
                return None
            single.append(max(0.0, running.started + running.expected - now))
        for step in self.pending:
            expected = self.expected.get(step, 0.0)
            if expected <= 0:
                return None
            single.append(expected)
        return max(sum(single) / max(1, len(self.running)), *single, 0.0)
