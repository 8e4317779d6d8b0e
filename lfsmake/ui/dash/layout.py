"""Places of steps in a picture of their graph: columns by depth, few crossings, short lines. Knows no states.

The method is Sugiyama's: columns by the longest chain below a step, long lines led through the columns between,
order in a column by the mean place of the neighbours, then places as near to the neighbours as the order allows.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

MOST = 400  # steps: beyond, lines tell nothing, and a grid of states is shown
_MOST_BENDS = 8000
_ROW = 34.0  # from one step to the one below it, in pixels
_BEND = 14.0  # the room of a line that passes through
_GAP = 56.0  # between two columns
_LETTER = 7.2  # width of one, about
_PAD = 30.0
_MARGIN = 12.0
_LONGEST_NAME = 24
_SWEEPS = 8


class Node(Struct, frozen=True):
    """A step's box: its left edge, its middle, its width."""

    step: str
    x: float
    y: float
    width: float


class Edge(Struct, frozen=True):
    """A line from what is needed to what needs it, through points (x, y)."""

    needed: str
    by: str
    points: tuple[tuple[float, float], ...]


class Layout(Struct, frozen=True):
    """A picture: `kind` is "layers" with nodes and edges, or "grid" with the steps in order only."""

    kind: str
    width: float = 0.0
    height: float = 0.0
    nodes: tuple[Node, ...] = ()
    edges: tuple[Edge, ...] = ()
    order: tuple[str, ...] = ()


def lay_out(graph: Mapping[str, Sequence[str]], order: Iterable[str] = ()) -> Layout:
    """The picture of a graph of step → steps it waits for. `order`: steps to show where no graph is known."""
    if not graph or len(graph) > MOST:
        return Layout(kind="grid", order=tuple(dict.fromkeys((*(graph and columns_order(graph)), *order))))
    needs = reduced(acyclic(graph))
    depth = depths(needs)
    columns, lines = _columns(needs, depth)
    _untangle(columns, lines)
    return _placed(needs, columns, lines)


def columns_order(graph: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The steps by depth, those that wait for nothing first; as given within a depth."""
    depth = depths(acyclic(graph))
    return tuple(sorted(depth, key=depth.__getitem__))


def acyclic(graph: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The graph without needs that lead out of it or round in a circle (the file may be anything)."""
    result: dict[str, list[str]] = {}
    state: dict[str, int] = {}  # 1: on the path that is walked, 2: walked
    for start in graph:
        if start in state:
            continue
        path = [(start, iter(graph[start]))]
        state[start], result[start] = 1, []
        while path:
            step, left = path[-1]
            for need in left:
                if need not in graph or state.get(need) == 1 or need in result[step]:
                    continue
                result[step].append(need)
                if need not in state:
                    state[need], result[need] = 1, []
                    path.append((need, iter(graph[need])))
                    break
            else:
                state[step] = 2
                path.pop()
    return {step: tuple(result[step]) for step in graph}


def depths(needs: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Step → length of the longest chain below it; the graph has no circles."""
    above: dict[str, list[str]] = {step: [] for step in needs}
    for step, below in needs.items():
        for need in below:
            above[need].append(step)
    waiting = {step: len(below) for step, below in needs.items()}
    depth = dict.fromkeys(needs, 0)
    ready = [step for step, count in waiting.items() if not count]
    for step in ready:  # grows while it is walked
        for user in above[step]:
            depth[user] = max(depth[user], depth[step] + 1)
            waiting[user] -= 1
            if not waiting[user]:
                ready.append(user)
    return depth


def reduced(needs: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The graph without needs that a chain of others says already."""
    depth = depths(needs)
    bit = {step: 1 << place for place, step in enumerate(needs)}
    below: dict[str, int] = {}
    result = {}
    for step in sorted(needs, key=depth.__getitem__):
        kept, reached = [], 0
        for need in sorted(needs[step], key=depth.__getitem__, reverse=True):
            if not reached & bit[need]:
                kept.append(need)
                reached |= below[need] | bit[need]
        below[step], result[step] = reached, tuple(kept)
    return result


_Key = tuple[str, str, int] | str  # a step, or the bend of the line (needed, by) in a column
_Lines = dict[tuple[str, str], list[_Key]]


def _columns(needs: Mapping[str, Sequence[str]], depth: Mapping[str, int]) -> tuple[list[list[_Key]], _Lines]:
    """The columns with what passes through them, and every line as its stations."""
    columns: list[list[_Key]] = [[] for _ in range(max(depth.values()) + 1)]
    for step in needs:
        columns[depth[step]].append(step)
    lines: _Lines = {}
    bends = sum(depth[step] - depth[need] - 1 for step, below in needs.items() for need in below)
    for step, below in needs.items():
        for need in below:
            stations: list[_Key] = [need]
            if bends <= _MOST_BENDS:
                for column in range(depth[need] + 1, depth[step]):
                    bend = (need, step, column)
                    columns[column].append(bend)
                    stations.append(bend)
            lines[need, step] = [*stations, step]
    return columns, lines


def _neighbours(lines: _Lines) -> tuple[dict[_Key, list[_Key]], dict[_Key, list[_Key]]]:
    left: dict[_Key, list[_Key]] = {}
    right: dict[_Key, list[_Key]] = {}
    for stations in lines.values():
        for a, b in pairwise(stations):
            right.setdefault(a, []).append(b)
            left.setdefault(b, []).append(a)
    return left, right


def _untangle(columns: list[list[_Key]], lines: _Lines) -> None:
    """Orders every column by the mean place of its neighbours, from left to right and back, several times."""
    left, right = _neighbours(lines)
    for sweep in range(_SWEEPS):
        side, walk = (left, columns[1:]) if sweep % 2 == 0 else (right, columns[-2::-1])
        place = {key: index for column in columns for index, key in enumerate(column)}
        for column in walk:
            mean = {
                key: sum(place[other] for other in side[key]) / len(side[key]) if key in side else place[key]
                for key in column
            }
            column.sort(key=mean.__getitem__)
            place.update({key: index for index, key in enumerate(column)})


def _placed(needs: Mapping[str, Sequence[str]], columns: list[list[_Key]], lines: _Lines) -> Layout:
    left, right = _neighbours(lines)
    y: dict[_Key, float] = {}
    for column in columns:
        at = 0.0
        for key in column:
            y[key] = at
            at += _ROW if isinstance(key, str) else _BEND
    for sweep in range(_SWEEPS):
        side, walk = (left, columns) if sweep % 2 == 0 else (right, columns[::-1])
        for column in walk:
            wish = [sum(y[o] for o in side[key]) / len(side[key]) if key in side else y[key] for key in column]
            for key, place in zip(column, _spread(column, wish), strict=True):
                y[key] = place
    top = min(y.values()) - _ROW / 2 - _MARGIN
    x = _MARGIN
    nodes: dict[str, Node] = {}
    bends: dict[_Key, tuple[float, float]] = {}
    for column in columns:
        names = [key for key in column if isinstance(key, str)]
        wide = max((min(len(name), _LONGEST_NAME) for name in names), default=0) * _LETTER + _PAD
        for key in column:
            if isinstance(key, str):
                nodes[key] = Node(key, round(x, 1), round(y[key] - top, 1), round(wide, 1))
            else:
                bends[key] = (round(x + wide / 2, 1), round(y[key] - top, 1))
        x += wide + _GAP
    edges = tuple(
        Edge(need, by, (_right_of(nodes[need]), *(bends[key] for key in stations[1:-1]), (nodes[by].x, nodes[by].y)))
        for (need, by), stations in lines.items()
    )
    height = max(y.values()) - top + _ROW / 2 + _MARGIN
    ordered = tuple(nodes[key] for column in columns for key in column if isinstance(key, str))
    return Layout("layers", round(x - _GAP + _MARGIN, 1), round(height, 1), ordered, edges, tuple(needs))


def _right_of(node: Node) -> tuple[float, float]:
    return round(node.x + node.width, 1), node.y


def _spread(column: Sequence[_Key], wish: Sequence[float]) -> list[float]:
    """Places as near to the wished ones as order and room allow: least squares, by pooling what overlaps."""
    offset, offsets = 0.0, []
    for index, key in enumerate(column):
        if index:
            offset += _ROW if isinstance(key, str) or isinstance(column[index - 1], str) else _BEND
        offsets.append(offset)
    blocks: list[tuple[float, int]] = []  # (sum of wishes less offsets, how many)
    for want, room in zip(wish, offsets, strict=True):
        total, count = want - room, 1
        while blocks and blocks[-1][0] / blocks[-1][1] > total / count:
            before, many = blocks.pop()
            total, count = total + before, count + many
        blocks.append((total, count))
    means = [total / count for total, count in blocks for _ in range(count)]
    return [mean + room for mean, room in zip(means, offsets, strict=True)]
