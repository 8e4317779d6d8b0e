"""A run folded from its events, while it lasts or afterwards: everything that a picture of it needs. Knows no screen.

    history = History()
    history.feed(bytes of events.jsonl)   # as often as some come; or history.apply(event)
    history.record(live=True)             # a RunRecord, see records.py
"""

import time
from collections.abc import Callable
from typing import Any

import msgspec

from lfsmake.model.events import (
    EVENTS_VERSION,
    AnyEvent,
    Event,
    FetchDone,
    FetchFailed,
    FetchProgress,
    FetchStarted,
    Machine,
    Note,
    PhaseDone,
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
    TestsDone,
)
from lfsmake.ui.clipping import clipped
from lfsmake.ui.critical import critical_path, longest_chain, parallelism
from lfsmake.ui.folding import Fetch, Step
from lfsmake.ui.records import Counts, MachineSample, RunRecord, StepRecord
from lfsmake.ui.series import Series, merge_machine

__all__ = ["History", "history_of"]

_LONGEST = 1 << 24  # bytes of a line: what is longer is no event
_CHUNK = 1 << 20
_KEPT = 2000  # failures, recoveries, notes of a run, each at most


class History:
    """Everything known of one run. `apply` is the only writer; its order of events is the file's."""

    def __init__(self) -> None:
        self.run: RunStarted | None = None
        self.done: RunDone | None = None
        self.last = 0.0  # when the last event happened
        self.steps: dict[str, Step] = {}
        self.fetches: dict[str, Fetch] = {}
        self.failures: list[StepFailed] = []
        self.recoveries: list[Recovery] = []
        self.tests: list[TestsDone] = []
        self.notes: list[Note] = []
        self.machine: Series[MachineSample] = Series(merge_machine)
        self.damaged = 0
        self.unknown = 0
        self.sbu = 0.0  # seconds of one SBU on this machine, 0 if unknown
        self._failed: set[str] = set()  # steps whose last failure seemed to be the end of it
        self._rest = b""
        self._too_long = False
        self._decode = msgspec.json.Decoder(AnyEvent).decode
        self._handlers: dict[type, Callable[[Any], None]] = {
            RunStarted: self._started,
            RunAdopted: self._adopted,
            Note: lambda event: _keep(self.notes, event),
            FetchStarted: self._fetch_started,
            FetchProgress: self._fetch_progress,
            FetchDone: self._fetch_done,
            FetchFailed: lambda event: None,  # what began to come has no end, which says the same
            StepStarted: self._step_started,
            PhaseStarted: lambda event: self._step(event.step).start_phase(event),
            PhaseDone: lambda event: self._step(event.step).end_phase(event),
            Sample: lambda event: self._step(event.step).sample(event),
            Machine: self._machine,
            TestsDone: lambda event: _keep(self.tests, event),
            Recovery: lambda event: _keep(self.recoveries, event),
            StepDone: self._step_done,
            StepFailed: self._step_failed,
            StepSkipped: lambda event: self._step(event.step).skip(event),
            StepCancelled: lambda event: self._step(event.step).cancel(event),
            RunDone: self._run_done,
        }

    def feed(self, data: bytes) -> None:
        """More bytes of events.jsonl, cut anywhere. What is no event, or none we know, is counted and passed over."""
        lines = (self._rest + data).split(b"\n")
        self._rest = lines.pop()
        for line in lines:
            if self._too_long:
                self._too_long = False  # its rest
            elif line:
                self._line(line)
        if len(self._rest) > _LONGEST:
            self.damaged += not self._too_long
            self._too_long, self._rest = True, b""

    def _line(self, line: bytes) -> None:
        try:
            event = self._decode(line)
        except msgspec.ValidationError as error:
            if str(error).endswith("`$.event`"):
                self.unknown += 1
            else:
                self.damaged += 1
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.damaged += 1
        else:
            self.apply(event)

    def apply(self, event: Event) -> None:
        """Take in one event; types it does not know change nothing."""
        handler = self._handlers.get(type(event))
        if handler is None:
            return
        if isinstance(event, Note | Recovery | StepFailed):
            event = clipped(event)
        self.last = max(self.last, event.at)
        handler(event)

    def record(self, *, live: bool = False, run: str = "") -> RunRecord:
        """All of it as it stands. `live`: somebody still writes its events; `run`: its name if known."""
        begun = self.run
        state = self._state(live)
        over = state != "running"
        # what was killed ended with its last sign of life
        steps = [step.record(cut_off=self.last if over else None) for step in self.steps.values()]
        steps.sort(key=_first_start)
        started = begun.at if begun else min((_first_start(step) for step in steps if step.attempts), default=self.last)
        now = max(started, self.done.at if self.done else self.last if over else time.time())
        fetches = tuple(fetch.record() for fetch in self.fetches.values())
        chain, chain_wall = longest_chain(steps, now)
        return RunRecord(
            run=run or (begun.run if begun else ""),
            state=state,
            targets=begun.targets if begun else (),
            lfsmake=begun.lfsmake if begun else "",
            jobs=begun.jobs if begun else 0,
            started=started,
            last=self.last,
            ended=self.done.at if self.done else self.last if over else None,
            wall=self.done.wall if self.done else now - started,
            exit_code=self.done.exit_code if self.done else None,
            sbu=self.sbu,
            counts=_counts(steps),
            steps=tuple(steps),
            critical=critical_path(steps, fetches, started, now),
            chain=chain,
            chain_wall=chain_wall,
            parallel=parallelism(steps, now),
            machine=self.machine.points(),
            fetches=fetches,
            failures=tuple(self.failures),
            recoveries=tuple(self.recoveries),
            tests=tuple(self.tests),
            notes=tuple(self.notes),
            newer=begun is not None and begun.version > EVENTS_VERSION,
            damaged=self.damaged,
            unknown=self.unknown,
        )

    def _state(self, live: bool) -> str:
        if self.done is None:
            return "running" if live else "killed"
        return {0: "done", 130: "interrupted"}.get(self.done.exit_code, "failed")

    def _step(self, name: str) -> Step:
        step = self.steps.get(name)
        if step is None:
            step = self.steps[name] = Step(name)
        return step

    def _started(self, event: RunStarted) -> None:
        self.run = event
        self.sbu = event.sbu
        self._plan(event)
        for name, cost in event.costs.items():
            self._step(name).cost = cost

    def _adopted(self, event: RunAdopted) -> None:
        if event.graph:
            for name in [name for name, step in self.steps.items() if not step.attempts]:
                if name not in event.graph:
                    del self.steps[name]
        self._plan(event)

    def _plan(self, event: RunStarted | RunAdopted) -> None:
        """What is to be done from here on: what the plan names waits, what it does not is up to date."""
        stale = {*event.build, *event.maybe}
        for name in event.graph or stale:
            self._step(name).plan(name in stale, event.graph.get(name, ()), event.expected.get(name, 0.0))

    def _fetch_started(self, event: FetchStarted) -> None:
        self.fetches[event.file] = Fetch(event.file, event.url, event.at, event.size)

    def _fetch_progress(self, event: FetchProgress) -> None:
        fetch = self.fetches.setdefault(event.file, Fetch(event.file, "", event.at, event.size))
        fetch.done, fetch.size = event.done, event.size or fetch.size

    def _fetch_done(self, event: FetchDone) -> None:
        fetch = self.fetches.setdefault(event.file, Fetch(event.file, event.url, event.at, event.size))
        fetch.url, fetch.ended, fetch.done, fetch.size = event.url, event.at, event.size, event.size

    def _machine(self, event: Machine) -> None:
        self.machine.add(
            MachineSample(
                event.at, event.cpu, event.memory_free, event.memory_total, event.disk_free, event.jobs,
                event.pressure_cpu, event.pressure_memory, event.pressure_io,
            )
        )  # fmt: skip

    def _step_started(self, event: StepStarted) -> None:
        self._tried_again(event.step)
        self._step(event.step).start(event)

    def _tried_again(self, step: str) -> bool:
        """A failure that seemed final was not: somebody asked for the step again. Whether there was one."""
        if step not in self._failed:
            return False
        self._failed.discard(step)
        for at, failed in enumerate(self.failures):
            if failed.step == step and not failed.retrying:
                self.failures[at] = msgspec.structs.replace(failed, retrying=True)
        return True

    def _step_done(self, event: StepDone) -> None:
        self._tried_again(event.step)
        self._step(event.step).finish(event)
        if event.step == "binutils-pass1" and event.outcome != "up-to-date" and event.wall > 0:
            self.sbu = event.wall  # what it took here and now is nearer than what it took before

    def _step_failed(self, event: StepFailed) -> None:
        self._tried_again(event.step)
        _keep(self.failures, event)
        if event.step:
            if not event.retrying:
                self._failed.add(event.step)
            self._step(event.step).fail(event)

    def _run_done(self, event: RunDone) -> None:
        self.done = event


def history_of(path: str) -> History:
    """The history of a whole events.jsonl. Raises OSError if it cannot be read."""
    history = History()
    with open(path, "rb") as file:  # noqa: PTH123 - a place is a string wherever runs are named
        while chunk := file.read(_CHUNK):
            history.feed(chunk)
    return history


def _keep(events: list[Any], event: Event) -> None:
    """Appends, as long as there is room: a run under watch may go on for weeks."""
    if len(events) >= _KEPT:
        del events[_KEPT // 2 : _KEPT // 2 + 1]  # the first ones and the last ones say most
    events.append(event)


def _first_start(step: StepRecord) -> float:
    return step.attempts[0].started if step.attempts else float("inf")


def _counts(steps: list[StepRecord]) -> Counts:
    states: dict[str, int] = {}
    for step in steps:
        states[step.state] = states.get(step.state, 0) + 1
    return Counts(
        total=len(steps),
        waiting=states.get("waiting", 0),
        running=states.get("running", 0),
        built=states.get("built", 0),
        unchanged=states.get("unchanged", 0),
        up_to_date=states.get("up-to-date", 0),
        failed=states.get("failed", 0),
        skipped=states.get("skipped", 0),
        cancelled=states.get("cancelled", 0),
        flaky=sum(step.flaky for step in steps),
    )
