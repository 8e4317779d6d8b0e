"""Orders and cycles of graphs given as name → names it needs. Knows nothing of recipes, steps or files."""

from collections import deque
from collections.abc import Mapping, Sequence
from heapq import heapify, heappop, heappush

Edges = Mapping[str, Sequence[str]]

# Names visited in search of the shortest cycle of one component: enough for what people write by hand. In a larger
# one the cycle is the shortest through the names that could be tried.
_VISITS = 100_000


def components(edges: Edges) -> list[list[str]]:
    """The strongly connected components, each in the graph's own order (Tarjan, not recursive).

    Components that are needed come before those that need them.

    Names that are needed but are no key of `edges` are ignored.
    """
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    on_stack: set[str] = set()
    stack: list[str] = []
    found: list[list[str]] = []
    rank = {name: number for number, name in enumerate(edges)}
    for root in edges:
        if root in index:
            continue
        index[root] = low[root] = len(index)
        stack.append(root)
        on_stack.add(root)
        work = [(root, iter(edges[root]))]
        while work:
            name, needs = work[-1]
            for need in needs:
                if need not in rank:
                    continue
                if need not in index:
                    index[need] = low[need] = len(index)
                    stack.append(need)
                    on_stack.add(need)
                    work.append((need, iter(edges[need])))
                    break
                if need in on_stack and index[need] < low[name]:
                    low[name] = index[need]
            else:
                work.pop()
                if work and low[name] < low[work[-1][0]]:
                    low[work[-1][0]] = low[name]
                if low[name] == index[name]:
                    members = [stack.pop()]
                    while members[-1] != name:
                        members.append(stack.pop())
                    on_stack.difference_update(members)
                    found.append(sorted(members, key=rank.__getitem__))
    return found


def cycles(edges: Edges) -> list[list[str]]:
    """One shortest cycle of every component that has any: `[a, b, c]` for a → b → c → a.

    It begins with the name the graph has first. A name that needs itself is the cycle `[name]`.
    Cycles come in the order of their first names in the graph.
    """
    found = []
    for members in components(edges):
        if len(members) > 1:
            found.append(_shortest(members, edges))
        elif members[0] in edges[members[0]]:
            found.append(members)
    rank = {name: number for number, name in enumerate(edges)}
    return sorted(found, key=lambda cycle: rank[cycle[0]])


def _shortest(members: list[str], edges: Edges) -> list[str]:
    inside = set(members)
    best: list[str] = []
    for name in members:
        if name in edges[name]:
            return [name]
    for start in members[: max(1, _VISITS // len(members))]:
        cycle = _from(start, inside, edges, len(best))
        if cycle:
            best = cycle
            if len(best) == 2:
                break
    on_cycle = set(best)
    first = best.index(next(name for name in members if name in on_cycle))
    return best[first:] + best[:first]


def _from(start: str, inside: set[str], edges: Edges, bound: int) -> list[str]:
    """The shortest cycle through `start` with fewer than `bound` names (0: any), or []."""
    came: dict[str, str] = {start: ""}
    queue = deque([(start, 1)])
    while queue:
        name, length = queue.popleft()
        if bound and length >= bound:
            return []
        for need in edges[name]:
            if need == start:
                path = [name]
                while came[path[-1]]:
                    path.append(came[path[-1]])
                return path[::-1]
            if need in inside and need not in came:
                came[need] = name
                queue.append((need, length + 1))
    return []


def order(edges: Edges) -> list[str]:
    """All names, needed ones first, otherwise as early as the graph's own order allows.

    Raises ValueError on a cycle.
    """
    rank = {name: number for number, name in enumerate(edges)}
    names = list(edges)
    waits = [0] * len(names)
    users: list[list[int]] = [[] for _ in names]
    for name, needs in edges.items():
        for need in set(needs):
            if need in rank:
                users[rank[need]].append(rank[name])
                waits[rank[name]] += 1
    ready = [number for number, count in enumerate(waits) if not count]
    heapify(ready)
    done = []
    while ready:
        number = heappop(ready)
        done.append(names[number])
        for user in users[number]:
            waits[user] -= 1
            if not waits[user]:
                heappush(ready, user)
    if len(done) < len(names):
        raise ValueError("the graph has a cycle: " + " → ".join(cycles(edges)[0]))
    return done
