"""Which events are worth telling. Folds a run's events; knows no receiver, no clock and no thread."""

from collections.abc import Callable

from msgspec import Struct

from lfsmake.model.events import (
    Event,
    Machine,
    RunAdopted,
    RunDone,
    RunStarted,
    Sample,
    StepCancelled,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
    TestsDone,
)
from lfsmake.ui.alerts.message import (
    Alert,
    Place,
    Progress,
    end_alert,
    failure_alert,
    low,
    regression_alert,
    trouble_alert,
)
from lfsmake.ui.text import clock

EXIT_INTERRUPTED = 130
OVERDUE = 60.0  # seconds that a step must be late before it is slow: short ones vary
RECOVERED = 1.25  # how many times its threshold must be free before a shortage counts as over


class Limits(Struct, frozen=True):
    """From when on it is worth telling: times the expected duration, bytes free."""

    slow: float
    disk: int
    memory: int


class Rules:
    """`apply` is the only writer. `failed_before(run, targets)`: whether the run of these targets before it failed."""

    def __init__(
        self, limits: Limits, place: Place, failed_before: Callable[[str, tuple[str, ...]], bool]
    ) -> None:
        self._limits = limits
        self._place = place
        self._failed_before = failed_before
        self._low: set[str] = set()  # which shortages were told and are not over
        self._begin(0.0)

    def _begin(self, at: float) -> None:
        self._began = at
        self._progress = Progress()
        self._expected: dict[str, float] = {}
        self._running: dict[str, tuple[float, float]] = {}  # step → when it started, seconds it is to take
        self._slow: set[str] = set()
        self._failed: list[str] = []
        self._finished: set[str] = set()

    def apply(self, event: Event) -> list[Alert]:
        """The alerts that an event gives rise to."""
        if isinstance(event, Sample | Machine):
            return self._measured(event)
        if isinstance(event, StepStarted):
            expected = event.expected or self._expected.get(event.step, 0.0)
            self._running[event.step] = (event.at, expected)
        elif isinstance(event, StepFailed):
            return self._step_failed(event)
        elif isinstance(event, StepDone | StepSkipped | StepCancelled):
            self._running.pop(event.step, None)
            if isinstance(event, StepDone):
                self._finished.add(event.step)
        elif isinstance(event, TestsDone):
            if event.failed or event.failures:
                return [regression_alert(event, self._place, self._far(event.at))]
        elif isinstance(event, RunStarted):
            self._begin(event.at)
            goal = event.invocation.goal or event.targets
            total = len(event.build) + len(event.maybe)
            self._progress = Progress(run=event.run, targets=goal, total=total)
            self._expected = event.expected
        elif isinstance(event, RunAdopted):
            self._expected = event.expected
        elif isinstance(event, RunDone):
            return self._run_done(event)
        return []

    def _far(self, at: float) -> Progress:
        so_far = self._progress
        done = len(self._finished)
        return Progress(so_far.run, so_far.targets, done, max(done, so_far.total), at - self._began)

    def _step_failed(self, event: StepFailed) -> list[Alert]:
        self._running.pop(event.step, None)
        if event.retrying:
            return []
        words = ("failure",) if self._failed else ("failure", "first-failure")
        self._failed.append(event.step or "a source")
        return [failure_alert(words, event.failure, self._place, self._far(event.at))]

    def _measured(self, event: Sample | Machine) -> list[Alert]:
        found = []
        for step, (started, expected) in self._running.items():
            taken = event.at - started
            late = expected > 0 and taken > expected * self._limits.slow and taken - expected >= OVERDUE
            if late and step not in self._slow:
                self._slow.add(step)
                what = f"{step} runs for {clock(taken)}, expected were {clock(expected)}"
                found.append(self._trouble("slow", what, event.at))
        if isinstance(event, Machine):
            for kind, name, free, limit in (
                ("low-disk", "disk", event.disk_free, self._limits.disk),
                ("low-memory", "memory", event.memory_free, self._limits.memory),
            ):
                if free < limit and kind not in self._low:
                    self._low.add(kind)
                    found.append(self._trouble(kind, low(name, free, limit), event.at))
                elif free >= limit * RECOVERED:
                    self._low.discard(kind)
        return found

    def _trouble(self, kind: str, what: str, at: float) -> Alert:
        return trouble_alert((kind,), what, self._place, self._far(at))

    def _run_done(self, event: RunDone) -> list[Alert]:
        far = self._far(event.at)
        self._running = {}
        if event.exit_code == EXIT_INTERRUPTED:
            return []  # who stopped it knows
        if event.exit_code:
            broken = () if self._failed else ("failure", "first-failure")
            return [end_alert(("end", *broken), event, self._failed, self._place, far)]
        fixed = self._failed_before(event.run, far.targets)
        if not fixed and not event.built and not event.unchanged:
            return []  # nothing was to be done
        return [end_alert(("fixed", "end") if fixed else ("end",), event, (), self._place, far)]
