"""Projects made at random: cycles are reported exactly where there are some, and the order of files means nothing."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lfsmake.lang.load import load_project
from lfsmake.lang.nodes import Block, Item, Name, Needs, RecipeFile, Requirement, Setting
from lfsmake.model.errors import RecipeErrors, Span
from lfsmake.model.step import Project

Graph = dict[str, dict[str, list[str]]]  # step → build, run, before → names


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    names = [f"s{number}" for number in range(draw(st.integers(1, 7)))]
    picks = st.lists(st.sampled_from(names), max_size=2, unique=True)
    return {name: {kind: draw(picks) for kind in ("build", "run", "before")} for name in names}


def block(name: str, edges: dict[str, list[str]]) -> Block:
    span = Span(f"/recipes/{name}.lfs", 1, 1)

    def word(text: str) -> Name:
        return Name(text, span)

    body: list[Needs | Setting] = [
        Needs(word(scope), tuple(Requirement(word(need), "", None) for need in edges[scope]))
        for scope in ("build", "run")
        if edges[scope]
    ]
    if edges["before"]:
        body.append(Setting(word("before"), tuple(word(other) for other in edges["before"])))
    return Block(word("script"), word(name), None, None, None, tuple(body))


def resolve(folder: Path, items: list[Item]) -> Project:
    """Each item as a file of its own, in this order."""
    paths = []
    for at, _ in enumerate(items):
        paths.append(folder / f"{at}.lfs")
        paths[-1].touch()
    return load_project(
        paths, parse=lambda _: [RecipeFile(str(path), (item,)) for path, item in zip(paths, items, strict=True)]
    )


def waits_for(graph: Graph) -> dict[str, set[str]]:
    edges = {name: {*kinds["build"], *kinds["run"]} for name, kinds in graph.items()}
    for name, kinds in graph.items():
        for other in kinds["before"]:
            edges[other].add(name)
    return edges


def has_cycle(edges: dict[str, set[str]]) -> bool:
    """Takes away what waits for nothing until nothing is left, or nothing can be taken."""
    edges = {name: set(needs) for name, needs in edges.items()}
    while free := [name for name, needs in edges.items() if not needs]:
        for name in free:
            del edges[name]
        for needs in edges.values():
            needs.difference_update(free)
    return bool(edges)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(graphs())
def test_a_cycle_is_reported_exactly_where_there_is_one(tmp_path: Path, graph: Graph) -> None:
    items: list[Item] = [block(name, edges) for name, edges in graph.items()]
    try:
        project = resolve(tmp_path, items)
    except RecipeErrors as caught:
        assert has_cycle(waits_for(graph))
        texts = [problem.message for problem in caught.problems]
        kinds = ("steps need each other: ", "needs itself", "cannot come before itself")
        assert all(any(kind in text for kind in kinds) for text in texts)
        return
    assert not has_cycle(waits_for(graph))
    for name, step in project.steps.items():
        assert {need.name for need in step.needs} | set(step.after) == waits_for(graph)[name]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(graphs(), st.randoms(use_true_random=False))
def test_the_order_of_declarations_means_nothing(tmp_path: Path, graph: Graph, random: object) -> None:
    def outcome(names: list[str]) -> object:
        try:
            project = resolve(tmp_path, [block(name, graph[name]) for name in names])
        except RecipeErrors as caught:
            return len(caught.problems)
        return {name: (step.needs, sorted(step.after), step.env, step.facts) for name, step in project.steps.items()}

    names = list(graph)
    turned = list(names)
    random.shuffle(turned)  # type: ignore[attr-defined]
    assert outcome(names) == outcome(turned)
