"""A failed step about which somebody is asked: what each answer does, whatever else happens meanwhile."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lfsmake.engine.execute import Running
from lfsmake.engine.graph import Graph
from lfsmake.engine.inputs import Inputs
from lfsmake.engine.jobserver import Jobserver
from lfsmake.engine.messages import Answer, Ended, Fetched, Hooks, Interrupt, Message
from lfsmake.engine.plan import Planner
from lfsmake.engine.schedule import Scheduler
from lfsmake.engine.state import State
from lfsmake.model.errors import Span
from lfsmake.model.events import Event, Failure, Recovery, StepDone, StepFailed, StepSkipped
from lfsmake.model.plan import CacheKey, PlanStep, Trace
from lfsmake.model.step import Digest, Need, Origin, Project, Resource, Step
from lfsmake.sources.choose import Known
from lfsmake.sources.lock import LockFile
from lfsmake.store.store import Store

PLACE = Span("/recipes/main.lfs", 1, 1)
Edges = dict[str, tuple[list[str], list[str]]]  # step → needs, comes after


class AnyOrder:
    """A queue of messages that come in an order that `choose` makes up: it is told how many there are, and says which.

    `coming` hears of each before the loop does.
    """

    def __init__(self, choose: Callable[[int], int], coming: Callable[[Message], None]) -> None:
        self.choose = choose
        self.coming = coming
        self.waiting: list[Message] = []

    def put(self, item: Message) -> None:
        self.waiting.append(item)

    def get(self, timeout: float | None = None) -> Message:
        assert self.waiting, "the loop waits for what never comes"
        message = self.waiting.pop(self.choose(len(self.waiting)))
        self.coming(message)
        return message


class World:
    """A run whose steps end as they are told to, and a user who answers so. Nothing is started."""

    def __init__(
        self,
        store: Store,
        edges: Edges,
        *,
        failures: Mapping[str, int],
        answers: Callable[[str], str],
        choose: Callable[[int], int] = lambda count: 0,
        jobs: int = 2,
        sources: Mapping[str, Resource] | None = None,
    ) -> None:
        self.failures = dict(failures)
        self.answers = answers
        self.events: list[Event] = []
        self.launched: list[str] = []
        self.fetched: list[str] = []
        self.asked: list[str] = []
        self.open: set[str] = set()  # asked about, and not answered yet
        self.quit = False
        self.lost = 1  # fetches that fail, at first
        self.messages = AnyOrder(choose, self.coming)
        steps = {
            name: Step(
                name, "script", "", "", "host", "root", "", (), PLACE, env=(("NAME", name),),
                needs=tuple(Need(need, "build", PLACE) for need in needs), after=tuple(after),
                source=(sources or {}).get(name),
            )
            for name, (needs, after) in edges.items()
        }  # fmt: skip
        project = Project("", steps, {}, {}, {}, {}, ())
        self.graph = Graph(project)
        inputs = Inputs(project, store, LockFile.load(store.path / "sources.lock"), "strict")
        self.jobserver = Jobserver(f"{store.path}/jobs", jobs)
        self.scheduler = Scheduler(
            targets=list(edges), graph=self.graph, inputs=inputs, planner=Planner(self.graph, inputs, store),
            store=store, jobserver=self.jobserver, messages=self.messages, keep_going=True,  # type: ignore[arg-type]
            hooks=Hooks(
                self.launch, self.fetch, self.emit, lambda step: "", lambda: False, lambda keys: 0, None, self.ask
            ),
        )  # fmt: skip

    def run(self) -> int:
        self.scheduler.start()
        try:
            return self.scheduler.run()
        finally:
            self.jobserver.__exit__()

    def emit(self, event: Event) -> None:
        self.events.append(event)

    def launch(
        self, name: str, plan: PlanStep, key: CacheKey, layers: Mapping[str, str], running: Running, log: str
    ) -> None:
        assert not self.open, "nothing starts while an answer is waited for"
        assert not self.quit, "nothing starts after the user has had enough"
        self.launched.append(name)
        if self.failures.get(name, 0):
            self.failures[name] -= 1
            failure = Failure("step", name, "install", "exit status 1")
            self.messages.put(Ended(name, running, failure=failure))
            return
        trace = Trace(plan.key, name, f"{name:0>64}", "", 0.0, 1.0, 1.0, 0, 0, "", {})
        self.messages.put(Ended(name, running, trace=trace, outcome="built"))

    def fetch(self, resource: Resource) -> None:
        self.fetched.append(resource.filename)
        if self.lost:
            self.lost -= 1
            self.messages.put(Fetched(resource, failure=Failure("source", "", "", "gone")))
            return
        self.messages.put(Fetched(resource, known=Known(resource.origins[0], "ab" * 32, "/there")))

    def ask(self, step: str, failure: Failure) -> None:
        self.asked.append(step)
        self.open.add(step)
        self.messages.put(Answer(step, self.answers(step)))

    def coming(self, message: Message) -> None:
        if isinstance(message, Answer):
            self.open.discard(message.step)
            if message.word == "quit":
                self.quit = True
                self.open.clear()

    def states(self, state: State) -> set[str]:
        return {name for name, found in self.scheduler.state.items() if found is state}

    def said(self, kind: type[Any]) -> list[str]:
        return [event.step for event in self.events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Nothing is recorded in it: all worlds may share it."""
    made = Store.open(tmp_path_factory.mktemp("asking") / "store")
    yield made
    made.close()


@st.composite
def small_worlds(draw: st.DrawFn) -> tuple[Edges, dict[str, int]]:
    """Steps with needs, and how often each fails before it would be built."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 6)))]
    found: Edges = {}
    for at, name in enumerate(names):
        below = st.lists(st.sampled_from(names[:at]), max_size=2, unique=True) if at else st.just([])
        found[name] = (draw(below), draw(below))
    return found, {name: draw(st.sampled_from((0, 0, 0, 1, 2, 3))) for name in names}


def needed(edges: Edges, name: str) -> set[str]:
    """Everything whose layer the step needs, at any depth."""
    return set().union(*({need} | needed(edges, need) for need in edges[name][0]))


@given(small_worlds(), st.data())
def test_a_step_is_tried_until_it_is_built_or_given_up(
    store: Store, world: tuple[Edges, dict[str, int]], data: st.DataObject
) -> None:
    edges, failures = world
    patience = {name: data.draw(st.integers(0, 3), label=f"retries of {name}") for name in edges}
    left = dict(patience)

    def answer(step: str) -> str:
        left[step] -= 1
        return "retry" if left[step] >= 0 else "continue"

    run = World(
        store, edges, failures=failures, answers=answer, jobs=data.draw(st.integers(1, 3)),
        choose=lambda count: data.draw(st.integers(0, count - 1)),
    )  # fmt: skip
    code = run.run()

    failed = {name for name in edges if patience[name] < failures[name]}
    doomed = {name for name in edges if needed(edges, name) & failed}
    failed -= doomed
    built = set(edges) - doomed - failed
    assert run.states(State.FAILED) == failed
    assert run.states(State.SKIPPED) == doomed
    assert run.states(State.DONE) == built
    assert code == (1 if failed else 0)
    assert (run.scheduler.totals.failed, run.scheduler.totals.skipped) == (len(failed), len(doomed))
    for name in built | failed:
        tries = min(failures[name], patience[name])
        assert run.launched.count(name) == tries + 1
        assert run.asked.count(name) == tries + (name in failed)
        assert run.said(StepFailed).count(name) == run.asked.count(name)
        assert run.said(Recovery).count(name) == tries + (tries > 0 and name in built)  # and that it is flaky
    assert {event.step for event in run.events if isinstance(event, StepDone) and event.flaky} == {
        name for name in built if failures[name]
    }
    assert sorted(run.said(StepSkipped)) == sorted(doomed)


@given(small_worlds(), st.data())
def test_after_quit_nothing_starts_and_the_run_ends(
    store: Store, world: tuple[Edges, dict[str, int]], data: st.DataObject
) -> None:
    edges, failures = world
    words = st.sampled_from(("retry", "continue", "quit"))
    run = World(
        store, edges, failures=failures, answers=lambda step: data.draw(words), jobs=data.draw(st.integers(1, 3)),
        choose=lambda count: data.draw(st.integers(0, count - 1)),
    )  # fmt: skip
    code = run.run()
    failed = run.states(State.FAILED)
    assert not run.states(State.ASKED) | run.states(State.RUNNING)
    assert code == (1 if failed else 0)
    assert run.scheduler.totals.failed == len(failed)
    if not run.quit:
        assert not run.states(State.WAITING) | run.states(State.READY)


def test_an_interrupt_ends_the_run_whatever_is_asked(store: Store) -> None:
    run = World(store, {"a": ([], []), "b": (["a"], [])}, failures={"a": 1}, answers=lambda step: "retry")
    run.ask = lambda step, failure: run.messages.put(Interrupt())  # type: ignore[method-assign]
    run.scheduler.hooks = replace(run.scheduler.hooks, ask=run.ask)
    assert run.run() == 130
    assert run.launched == ["a"]
    assert run.scheduler.totals.failed == 1


def test_a_source_that_could_not_be_had_is_fetched_again(store: Store) -> None:
    origin = Origin("https://example.org/a.tar", (Digest("sha256", "ab" * 32),), PLACE)
    source = Resource("a", "", "a.tar", (origin,), PLACE)
    run = World(
        store, {"a": ([], []), "b": (["a"], [])}, failures={}, answers=lambda step: "retry", sources={"a": source}
    )
    assert run.run() == 0
    assert run.fetched == ["a.tar", "a.tar"]
    assert run.asked == ["a"]
    assert run.launched == ["a", "b"]
    assert not any(event.flaky for event in run.events if isinstance(event, StepDone)), "the server was, if anything"


def test_who_quits_is_asked_no_more(store: Store) -> None:
    """Both steps have failed by the time of the first answer."""
    edges: Edges = {"a": ([], []), "b": ([], []), "c": ([], ["a"])}
    run = World(store, edges, failures={"a": 1, "b": 1}, answers=lambda step: "quit")
    run.messages.choose = lambda count: next(
        (at for at, message in enumerate(run.messages.waiting) if isinstance(message, Ended)), 0
    )
    assert run.run() == 1
    assert run.asked == ["a", "b"]
    assert run.states(State.FAILED) == {"a", "b"}
    assert run.scheduler.totals.failed == 2
    assert run.launched == ["a", "b"]
