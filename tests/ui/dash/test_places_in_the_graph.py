"""The picture of the graph: columns by depth, nothing on top of anything, lines that end at their boxes."""

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from lfsmake.ui.dash.layout import MOST, acyclic, depths, lay_out, reduced


@st.composite
def graphs(draw: st.DrawFn) -> dict[str, tuple[str, ...]]:
    count = draw(st.integers(min_value=1, max_value=40))
    return {
        f"s{at}": tuple(f"s{n}" for n in draw(st.sets(st.integers(min_value=0, max_value=at - 1), max_size=5)))
        if at
        else ()
        for at in range(count)
    }


@given(graphs())
def test_boxes_do_not_touch_and_lines_go_right(graph: dict[str, tuple[str, ...]]) -> None:
    layout = lay_out(graph)
    assert sorted(node.step for node in layout.nodes) == sorted(graph)
    columns: dict[float, list[float]] = {}
    boxes = {node.step: node for node in layout.nodes}
    for node in layout.nodes:
        columns.setdefault(node.x, []).append(node.y)
        assert 0 <= node.x <= node.x + node.width <= layout.width
        assert 13 <= node.y <= layout.height - 13
    for places in columns.values():
        places.sort()
        assert all(below - above >= 33.9 for above, below in pairwise(places))
    for edge in layout.edges:
        assert edge.points[0][0] == round(boxes[edge.needed].x + boxes[edge.needed].width, 1)
        assert edge.points[-1] == (boxes[edge.by].x, boxes[edge.by].y)
        across = [x for x, _ in edge.points]
        assert across == sorted(across)


@given(graphs())
def test_what_is_left_out_is_said_by_a_chain(graph: dict[str, tuple[str, ...]]) -> None:
    kept = reduced(acyclic(graph))

    def reached(graph: dict[str, tuple[str, ...]], step: str) -> set[str]:
        found: set[str] = set()
        todo = list(graph[step])
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += graph[name]
        return found

    for step in graph:
        assert reached(kept, step) == reached(graph, step)
        assert all(need not in reached(kept, other) for need in kept[step] for other in kept[step])


def test_columns_are_depths() -> None:
    graph = {"a": (), "b": ("a",), "c": ("b", "a"), "d": ("a",)}
    assert depths(acyclic(graph)) == {"a": 0, "b": 1, "c": 2, "d": 1}
    layout = lay_out(graph)
    x = {node.step: node.x for node in layout.nodes}
    assert x["a"] < x["b"] == x["d"] < x["c"]
    assert [(edge.needed, edge.by) for edge in layout.edges] == [("a", "b"), ("a", "d"), ("b", "c")]


def test_circles_and_unknown_names_of_a_damaged_file_do_no_harm() -> None:
    graph = {"a": ("b", "a"), "b": ("c", "nothing"), "c": ("a",)}
    assert acyclic(graph) == {"a": ("b",), "b": ("c",), "c": ()}
    assert {node.step for node in lay_out(graph).nodes} == {"a", "b", "c"}


def test_a_large_graph_is_a_grid_by_depth() -> None:
    numbers = random.Random(7)
    graph = {f"s{at}": tuple({f"s{numbers.randrange(at)}"} if at else ()) for at in range(10_000)}
    layout = lay_out(graph)
    depth = depths(graph)
    assert (layout.kind, layout.nodes, len(layout.order)) == ("grid", (), 10_000)
    assert [depth[step] for step in layout.order] == sorted(depth.values())


def test_a_run_without_a_graph_is_a_grid_too() -> None:
    assert lay_out({}, ["glibc", "gcc"]).order == ("glibc", "gcc")
    assert lay_out({}, ["glibc", "gcc"]).kind == "grid"


def test_the_densest_graph_that_is_drawn_is_drawn() -> None:
    graph = {f"s{at}": tuple(f"s{before}" for before in range(at)) for at in range(MOST)}
    layout = lay_out(graph)
    assert (len(layout.nodes), len(layout.edges)) == (MOST, MOST - 1)
