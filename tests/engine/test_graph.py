"""Properties of the graph of steps, tried on random ones against definitions that are short and slow."""

from collections.abc import Mapping
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lfsmake.engine.explain import explain
from lfsmake.engine.graph import Graph
from lfsmake.model.errors import Span
from lfsmake.model.plan import Plan, PlanStep, Reason, State
from lfsmake.model.step import Need, Project, Step

PLACE = Span("/recipes/main.lfs", 1, 1)
Edges = dict[str, dict[str, list[str]]]  # step → build, run, test, after → names


@st.composite
def edges(draw: st.DrawFn) -> Edges:
    """Steps in an order of declaration that says nothing of their needs."""
    names = [f"s{number}" for number in range(draw(st.integers(1, 7)))]
    found: Edges = {}
    for at, name in enumerate(names):
        below = st.lists(st.sampled_from(names[:at]), max_size=3, unique=True) if at else st.just([])
        found[name] = {kind: draw(below) for kind in ("build", "run", "test", "after")}
    return {name: found[name] for name in draw(st.permutations(names))}


def project(edges: Mapping[str, Mapping[str, list[str]]], checked: bool = True) -> Project:
    steps = {}
    for name, kinds in edges.items():
        needs = tuple(Need(need, scope, PLACE) for scope in ("build", "run", "test") for need in kinds[scope])  # type: ignore[arg-type]
        steps[name] = Step(
            name, "script", "", "", "host", "root", "", (), PLACE,
            needs=needs, after=tuple(kinds["after"]), check=checked,
        )  # fmt: skip
    return Project("", steps, {}, {}, {}, {}, ())


def reach(edges: Edges, name: str, kinds: tuple[str, ...]) -> set[str]:
    """Everything below, by these kinds of edges, with the step itself."""
    return {name}.union(*(reach(edges, need, kinds) for kind in kinds for need in edges[name][kind]))


ALL = ("build", "run", "test")


@given(edges(), st.data())
def test_a_closure_is_complete_and_can_be_built_in_its_order(edges: Edges, data: st.DataObject) -> None:
    targets = data.draw(st.lists(st.sampled_from(list(edges)), min_size=1, unique=True))
    graph = Graph(project(edges))
    order = graph.closure(targets)
    assert len(set(order)) == len(order)
    assert set(order) == set().union(*(reach(edges, target, ALL) for target in targets))
    place = {name: at for at, name in enumerate(order)}
    for name in order:
        for need in graph.waits_for(name):
            assert need not in place or place[need] < place[name]
        assert set(graph.root_of(name)) <= set(order)


@given(edges())
def test_a_check_that_does_not_run_needs_nothing(edges: Edges) -> None:
    graph = Graph(project(edges, checked=False))
    for name in edges:
        assert graph.needs(name) == tuple(edges[name]["build"])
        assert set(graph.closure([name])) == reach(edges, name, ("build", "run"))


@given(edges())
def test_a_root_holds_the_run_closure_of_the_needs_lowest_first(edges: Edges) -> None:
    graph = Graph(project(edges))
    for name in edges:
        root = graph.root_of(name)
        direct = {*edges[name]["build"], *edges[name]["test"]}
        assert set(root) == set().union(*(reach(edges, need, ("run",)) for need in direct))
        assert list(root) == sorted(root, key=lambda member: (graph.depth(member), member))
        for at, low in enumerate(root):
            assert not any(high in reach(edges, low, ALL) for high in root[at + 1 :]), "needs lie below"


@given(edges(), st.data())
def test_unrelated_steps_change_no_root(edges: Edges, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(edges)))
    related = reach(edges, name, ALL)
    alone = {
        step: {kind: [need for need in needs if need in related] for kind, needs in kinds.items()}
        for step, kinds in edges.items()
        if step in related
    }
    turned = dict(reversed(alone.items()))
    roots = {Graph(project(some)).root_of(name) for some in (edges, alone, turned)}
    assert len(roots) == 1


@given(edges())
def test_depth_is_the_longest_chain_of_needs(edges: Edges) -> None:
    def longest(name: str) -> int:
        return 1 + max((longest(need) for kind in ALL for need in edges[name][kind]), default=-1)

    for start in edges:  # a fresh graph each: what was asked before must not matter
        assert Graph(project(edges)).depth(start) == longest(start)


@given(edges())
def test_below_is_everything_needed(edges: Edges) -> None:
    graph = Graph(project(edges))
    for name in edges:
        assert graph.below(name) == reach(edges, name, ALL) - {name}


@given(edges())
def test_a_chain_is_one_of_the_shortest(edges: Edges) -> None:
    graph = Graph(project(edges))

    def distance(above: str, below: str) -> float:
        if above == below:
            return 0
        return 1 + min((distance(need, below) for kind in ALL for need in edges[above][kind]), default=float("inf"))

    for above in edges:
        for below in edges:
            chain = graph.chain(above, below)
            if above == below or distance(above, below) == float("inf"):
                assert chain == ()
                continue
            assert len(chain) == distance(above, below)
            assert (chain[0][0], chain[-1][2]) == (above, below)
            assert all(upper[2] == lower[0] for upper, lower in pairwise(chain))
            assert all(need in edges[name][scope] for name, scope, need in chain)


class Own:
    """Answers as a planner: what changed in the steps themselves."""

    def __init__(self, changed: set[str]) -> None:
        self.changed = changed

    def own_changes(self, name: str) -> tuple[Reason, ...]:
        text = "the phase build changed"
        return (Reason("changed", text, field="phases", name="build"),) if name in self.changed else ()


@given(edges(), st.data())
def test_an_explanation_tells_causes_from_what_follows(edges: Edges, data: st.DataObject) -> None:
    """Steps changed at random; what sees one of them waits. A step is a cause exactly when it changed itself."""
    graph = Graph(project(edges))
    target = data.draw(st.sampled_from(list(edges)))
    changed = set(data.draw(st.lists(st.sampled_from(list(edges)))))
    own = Own(changed)
    plan = []
    for name in graph.closure([target]):
        waits = tuple(Reason("needs", f"waits for {need}", step=need) for need in graph.root_of(name))
        waits = tuple(reason for reason in waits if reason.step in {p.name for p in plan if p.state != "up-to-date"})
        state: State = "waiting" if waits else "build" if name in changed else "up-to-date"
        plan.append(PlanStep(name, state, waits or own.own_changes(name), (), ""))
    found = {step.step: step for step in explain(graph, own, target, Plan((target,), tuple(plan))).steps}  # type: ignore[arg-type]
    assert list(found) == [step.name for step in plan]
    for step in plan:
        said = found[step.name]
        if step.state == "up-to-date":
            assert said.role == "up to date"
        elif step.name in changed:
            assert (said.role, said.reasons) == ("root cause", own.own_changes(step.name))
        else:
            assert said.role == "follows"
            assert set(said.because) == {name for name in graph.below(step.name) if name in changed and name in found}
