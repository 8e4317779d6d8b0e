"""The loop that runs steps, and the one writer of their state. Knows readiness and order; not shells, not screens.

run():
    while some step is neither done nor given up:
        start every ready step there is room for, the longest remaining path first
        wait for the next message: a step ended, a source arrived, a file changed
        apply it
"""

import queue
import threading
import time
from collections.abc import Iterable, Sequence

import msgspec

from lfsmake.engine.announce import adopted, ended
from lfsmake.engine.changes import changes
from lfsmake.engine.execute import Running
from lfsmake.engine.failures import POLICIES
from lfsmake.engine.fetches import Fetches
from lfsmake.engine.frontier import Frontier
from lfsmake.engine.gate import Gate
from lfsmake.engine.graph import Graph
from lfsmake.engine.inputs import Inputs
from lfsmake.engine.jobserver import Jobserver
from lfsmake.engine.key import all_resources
from lfsmake.engine.messages import Answer, Changed, Ended, Fetched, Hooks, Interrupt, Message, Retry
from lfsmake.engine.plan import Planner
from lfsmake.engine.recover import Remedies
from lfsmake.engine.state import ENDED, State, Totals
from lfsmake.model.errors import EXIT_INTERRUPTED, EXIT_OK
from lfsmake.model.events import Failure, Recovery, StepCancelled, StepDone, StepFailed, StepSkipped, StepStarted
from lfsmake.model.plan import Plan, PlanStep, Trace
from lfsmake.model.step import Resource
from lfsmake.store.store import Store


class Scheduler:
    """One run over a plan. All state of the run is in here and written by the thread that calls `run`."""

    def __init__(
        self,
        *,
        targets: Sequence[str],
        graph: Graph,
        inputs: Inputs,
        planner: Planner,
        store: Store,
        jobserver: Jobserver,
        messages: queue.SimpleQueue[Message],
        hooks: Hooks,
        keep_going: bool,
        rebuild: Iterable[str] = (),
    ) -> None:
        self.targets = tuple(targets)
        self.store = store
        self.jobserver = jobserver
        self.hooks = hooks
        self.keep_going = keep_going
        self.totals = Totals()
        self.exit_code = EXIT_OK
        self.messages = messages
        self._forced = set(graph.expand(rebuild))
        self._running: dict[str, tuple[str, Running]] = {}  # step → (key, handle)
        self._fetches = Fetches(hooks.fetch)
        self._asked: dict[str, Failure] = {}  # failed steps about which the user is asked: nothing starts meanwhile
        self._remedies = Remedies()
        self._gate = Gate(store, jobserver, self._remedies, hooks)
        self._stopping = False
        self._launched: dict[str, float] = {}  # when, on the clock that only goes on
        self._threads = 0  # steps that run or are being cancelled; each but one holds a token
        self._began = False
        self._adopt(graph, inputs, planner)

    # --- what is to be done -------------------------------------------------------------------------------------

    def _adopt(self, graph: Graph, inputs: Inputs, planner: Planner) -> None:
        """Takes these recipes as what is to be built. Running steps whose key is the same go on."""
        self.graph, self.inputs, self.planner = graph, inputs, planner
        self.names = graph.closure(graph.expand(self.targets))
        self.layers: dict[str, str] = {}
        self._plans: dict[str, PlanStep] = {}
        self._frontier = Frontier(self.names, graph.waits_for, planner.expected)
        self._open = len(self.names)
        self.state: dict[str, State] = dict.fromkeys(self.names, State.WAITING)
        self._settle_due()

    # --- transitions --------------------------------------------------------------------------------------------

    def _set(self, name: str, state: State) -> None:
        """The only place where a step's state changes."""
        before = self.state[name]
        self.state[name] = state
        if state in ENDED and before not in ENDED:
            self._open -= 1

    def _settle(self, name: str) -> None:
        """Everything below the step is done: is it up to date, or ready, or does it wait for a source?"""
        step = self.graph.step(name)
        lost = self._fetches.lost(all_resources(step))
        judged = self.planner.judge(name, self.layers, forced=name in self._forced)
        self._plans[name] = judged
        if judged.state == "up-to-date":
            if name in self._running:  # adopted anew, and somebody else has built it
                self._cancel(name, "it is up to date by now")
            if self._began:
                self.totals.up_to_date += 1
                self.hooks.emit(
                    StepDone(at=time.time(), step=name, outcome="up-to-date", key=judged.key, layer=judged.layer)
                )
            self._done(name, judged.layer)
            return
        missing = self.inputs.missing(step)
        if missing and lost is not None:
            self._fail(name, msgspec.structs.replace(lost, step=name), 0.0)
            return
        if missing:
            self._set(name, State.FETCHING)
            self._want(missing)
            return
        if name in self._running:
            if self._running[name][0] == judged.key:
                self._set(name, State.RUNNING)
                return
            self._cancel(name, "its recipe changed")
        self._set(name, State.READY)
        self._frontier.ready(name)

    def _done(self, name: str, layer: str) -> None:
        self.layers[name] = layer
        self._set(name, State.DONE)
        for above in self._frontier.above[name]:
            self._frontier.unblock(above)

    def _settle_due(self) -> None:
        """Settles what became free, which may free more."""
        while (name := self._frontier.next_due()) is not None:
            if self.state[name] is State.WAITING:
                self._settle(name)

    def _fail(self, name: str, failure: Failure, wall: float) -> None:
        """Nothing is left that could be done about it, unless the user knows something."""
        self.hooks.emit(StepFailed(at=time.time(), step=name, failure=failure, wall=wall))
        if self.hooks.ask is None or self._stopping:
            self._give_up(name, failure)
            return
        self._asked[name] = failure
        self._set(name, State.ASKED)
        self.hooks.ask(name, failure)

    def _give_up(self, name: str, failure: Failure) -> None:
        self.totals.failed += 1
        if self.exit_code == EXIT_OK:
            self.exit_code = POLICIES[failure.failure_class].exit_code
        self._set(name, State.FAILED)
        self._stopping = self._stopping or not self.keep_going
        self._skip_above(name)

    def _skip_above(self, failed: str) -> None:
        """What needs the failed step is skipped; what only comes after it, or after a skipped one, goes on."""
        fallen, released = self._frontier.fallen(
            failed,
            ended=lambda name: self.state[name] in ENDED,
            sees=lambda above, below: below in self.graph.root_of(above),
        )
        for above in fallen:
            self._set(above, State.SKIPPED)
            self.totals.skipped += 1
            self.hooks.emit(StepSkipped(at=time.time(), step=above, because=failed))
        for above in released if not self._stopping else ():
            self._frontier.unblock(above)

    def _cancel(self, name: str, reason: str) -> None:
        _, running = self._running.pop(name)
        running.cancel()
        self.hooks.emit(StepCancelled(at=time.time(), step=name, reason=reason))

    # --- the loop -----------------------------------------------------------------------------------------------

    def start(self) -> Plan:
        """What the run begins with, for its first event: the plan as it stands."""
        self._began = True
        self.totals.up_to_date = sum(self.state[name] is State.DONE for name in self.names)
        return self._plan()

    def _plan(self) -> Plan:
        judged = (self._plans.get(name) or self.planner.judge(name, self.layers) for name in self.names)
        return Plan(self.targets, tuple(judged))

    def running(self) -> dict[str, Running]:
        """The steps that run now; may be called from another thread."""
        return {name: running for name, (_, running) in self._running.copy().items()}

    def unfinished(self) -> list[str]:
        """The steps that are not done."""
        return [name for name in self.names if self.state[name] is not State.DONE]

    def run(self) -> int:
        """Runs until nothing is left to do, or may be started any more. Returns the exit code."""
        self._prefetch()
        try:
            while self._advance():
                self._apply(self._next())
        except KeyboardInterrupt:
            self.exit_code = EXIT_INTERRUPTED
            self._stop_all()
        return self.exit_code

    def _advance(self) -> bool:
        """Settles and starts what can be. False when there is nothing to wait for."""
        self._settle_due()
        self._start_ready()
        return self._open > 0 and not (self._stopping and not self._running)

    def _prefetch(self) -> None:
        """Asks early for what later steps will need, so that downloads run beside the first builds."""
        for name in self.names:
            if self.state[name] in (State.WAITING, State.FETCHING):
                self._want(self.inputs.missing(self.graph.step(name)))

    def _want(self, resources: Iterable[Resource]) -> None:
        if self._began:
            self._fetches.want(resources)

    @property
    def _held(self) -> bool:
        """Whether no step may start."""
        return self._stopping or bool(self._asked)

    def _start_ready(self) -> None:
        while not self._held and (name := self._frontier.first()) is not None:
            if self.state[name] is not State.READY:  # settled otherwise since it was queued
                self._frontier.drop_first()
                continue
            answer = self._gate.opens(self.graph.step(name), self._threads, self._keys)
            if answer is False:
                return
            self._frontier.drop_first()
            if isinstance(answer, Failure):
                self._fail(name, answer, 0.0)
                self._settle_due()
            else:
                self._launch(name)

    def _launch(self, name: str) -> None:
        judged = self._plans[name]
        key = self.planner.key(name, self.layers)
        assert key is not None  # noqa: S101 - a ready step has all it needs, by _settle
        running = Running(self._remedies.jobs(name, self.jobserver.jobs))
        self._launched[name] = time.monotonic()
        self._threads += 1
        self._running[name] = (judged.key, running)
        self._set(name, State.RUNNING)
        log = self.hooks.log_path(name)
        reason = judged.reasons[0].text if judged.reasons else ""
        expected = judged.expected or 0.0
        self.hooks.emit(
            StepStarted(at=time.time(), step=name, key=judged.key, reason=reason, log=log, expected=expected)
        )
        self.hooks.launch(name, judged, key, dict(self.layers), running, log)

    def _next(self) -> Message | None:
        """The next message; None after a moment in which a ready step could not get a token."""
        try:
            return self.messages.get(timeout=None if self._held or self._frontier.first() is None else 0.05)
        except queue.Empty:
            return None

    def _apply(self, message: Message | None) -> None:
        if isinstance(message, Ended):
            self._ended(message)
        elif isinstance(message, Fetched):
            self._fetched(message)
        elif isinstance(message, Changed):
            self._changed(message)
        elif isinstance(message, Retry):
            if self.state.get(message.step) is State.READY:
                self._frontier.ready(message.step)
        elif isinstance(message, Answer):
            self._answered(message)
        elif isinstance(message, Interrupt):
            raise KeyboardInterrupt
        elif message is not None:
            self.hooks.emit(message)

    def _ended(self, message: Ended) -> None:
        name = message.step
        self._threads -= 1
        if self._threads:
            self.jobserver.give()
        current = self._running.get(name)
        if current is None or current[1] is not message.running:
            return  # it was cancelled: nobody waits for it any more
        del self._running[name]
        if message.trace is not None:
            self._built(name, message.trace, message.outcome, message.running)
        elif message.failure is not None:
            self._retry_or_fail(name, message.failure)
        else:
            self._set(name, State.CANCELLED)

    def _built(self, name: str, trace: Trace, outcome: str, running: Running) -> None:
        """The trace may be another step's: what has the same key is the same, whatever it is called."""
        self.planner.built(trace.key, trace.layer, trace.check)
        self._forced.discard(name)
        self.totals.built += outcome == "built"
        self.totals.unchanged += outcome == "unchanged"
        if outcome == "up-to-date":
            self.totals.up_to_date += 1
        proof = self._remedies.proof(name)
        if proof is not None:
            self.hooks.emit(proof)
        flaky = proof is not None and proof.action == "flaky"
        self.hooks.emit(ended(name, trace, outcome, running, flaky=flaky))
        self._done(name, trace.layer)

    def _retry_or_fail(self, name: str, failure: Failure) -> None:
        step = self.graph.step(name)
        wall = time.monotonic() - self._launched[name]
        failure = msgspec.structs.replace(
            failure, tried=self._remedies.tried(name), changes=changes(self.planner, name, self.layers)
        )
        jobs = self._remedies.jobs(name, step.limits.jobs or self.jobserver.jobs)
        found = None if self._stopping else self._remedies.find(failure, retry=step.retry, jobs=jobs)
        if found is None:
            self._fail(name, failure, wall)
            return
        now = time.time()
        self.hooks.emit(StepFailed(at=now, step=name, failure=failure, wall=wall, retrying=True, delay=found.delay))
        self.hooks.emit(Recovery(at=now, step=name, action=found.action, text=found.text, delay=found.delay))
        self._set(name, State.READY)
        timer = threading.Timer(found.delay, self.messages.put, [Retry(name)])
        timer.daemon = True
        timer.start()

    def _answered(self, message: Answer) -> None:
        """The user has said what becomes of a failed step."""
        failure = self._asked.pop(message.step, None)
        if failure is None:
            return  # recipes were read anew meanwhile
        if message.word == "retry":
            remedy = self._remedies.asked(message.step, failure)
            self.hooks.emit(Recovery(at=time.time(), step=message.step, action=remedy.action, text=remedy.text))
            self._fetches.forget(all_resources(self.graph.step(message.step)))
            self._set(message.step, State.WAITING)
            self._frontier.due(message.step)
            return
        given_up = {message.step: failure}
        if message.word == "quit":
            self._stopping = True
            given_up |= self._asked
            self._asked.clear()
        for name, why in given_up.items():
            self._give_up(name, why)

    def _keys(self) -> list[str]:
        """The keys of what this run has built, or needs."""
        return [plan.key for plan in self._plans.values() if plan.key]

    def _fetched(self, message: Fetched) -> None:
        self._fetches.ended(message)
        if message.known is not None:
            self.inputs.learned(message.resource, message.known)
        for name in self.names:
            if self.state[name] is State.FETCHING and message.resource in all_resources(self.graph.step(name)):
                waits = self._fetches.coming(self.inputs.missing(self.graph.step(name)))
                if not waits or message.failure is not None:
                    self._set(name, State.WAITING)
                    self._settle(name)

    def _changed(self, message: Changed) -> None:
        if self.hooks.reload is None:
            return
        loaded = self.hooks.reload(message.paths)
        if loaded is None:
            return
        self._fetches.forget()
        self._asked.clear()
        self._remedies.clear()
        self._stopping = False
        self.exit_code = EXIT_OK  # what failed is judged anew
        self.totals.failed = self.totals.skipped = 0
        self._adopt(*loaded)
        self.hooks.emit(adopted(self._plan(), self.planner))
        for name in list(self._running):
            if self.state.get(name) is not State.RUNNING:
                self._cancel(name, "its recipe changed")
        self._prefetch()

    def _stop_all(self) -> None:
        """Every running step dies; returns when all are dead."""
        self.totals.failed += len(self._asked)
        for name in list(self._running):
            self._cancel(name, "interrupted")
            self._set(name, State.CANCELLED)
        while self._threads:
            self._threads -= isinstance(self.messages.get(), Ended)
