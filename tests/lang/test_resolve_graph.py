"""Cycles are found exactly where there are some, named whole and shortest; orders put the needed first."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.lang.graph import components, cycles, order

Edges = dict[str, list[str]]


@st.composite
def graphs(draw: st.DrawFn) -> Edges:
    names = [f"n{number}" for number in range(draw(st.integers(1, 9)))]
    return {name: draw(st.lists(st.sampled_from(names), max_size=4)) for name in names}


def reachable(edges: Edges, start: str) -> set[str]:
    seen: set[str] = set()
    todo = list(edges[start])
    while todo:
        name = todo.pop()
        if name not in seen:
            seen.add(name)
            todo += edges[name]
    return seen


def distance(edges: Edges, start: str) -> int | None:
    """Length of the shortest cycle through `start`."""
    wave, seen, length = set(edges[start]), set(), 1
    while wave:
        if start in wave:
            return length
        seen |= wave
        wave = {need for name in wave for need in edges[name]} - seen
        length += 1
    return None


@given(graphs())
def test_components_are_the_names_that_reach_each_other(edges: Edges) -> None:
    reach = {name: reachable(edges, name) | {name} for name in edges}
    expected = {frozenset(b for b in edges if b in reach[a] and a in reach[b]) for a in edges}
    found = components(edges)
    assert {frozenset(members) for members in found} == expected
    assert sorted(name for members in found for name in members) == sorted(edges)
    for at, members in enumerate(found):
        later = {name for others in found[at + 1 :] for name in others}
        assert not any(need in later for name in members for need in edges[name])


@given(graphs())
def test_one_shortest_cycle_for_every_knot(edges: Edges) -> None:
    found = cycles(edges)
    knots = [set(members) for members in components(edges) if members[0] in reachable(edges, members[0])]
    assert len(found) == len(knots)
    for cycle in found:
        assert all(b in edges[a] for a, b in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
        assert len(set(cycle)) == len(cycle)
        (knot,) = [members for members in knots if cycle[0] in members]
        assert len(cycle) == min(length for name in knot if (length := distance(edges, name)))
        assert cycle[0] == min(cycle, key=list(edges).index)


@given(graphs())
def test_an_order_puts_the_needed_first_or_there_is_a_cycle(edges: Edges) -> None:
    if cycles(edges):
        with pytest.raises(ValueError, match="the graph has a cycle: n"):
            order(edges)
        return
    found = order(edges)
    assert sorted(found) == sorted(edges)
    assert all(found.index(need) < found.index(name) for name in edges for need in edges[name])


def test_without_needs_the_order_is_that_of_the_graph() -> None:
    assert order({"c": [], "a": [], "b": ["c"]}) == ["c", "a", "b"]


def test_a_chain_of_20000_is_no_recursion() -> None:
    edges = {f"n{number}": [f"n{number + 1}"] for number in range(20_000)}
    edges["n20000"] = []
    assert cycles(edges) == []
    edges["n20000"] = ["n0"]
    assert len(cycles(edges)[0]) == 20_001
