"""Which steps are free to be looked at, and in which order ready ones start. Counts and queues; knows no states.

A step is due once nothing below it is open. Of the ready ones, the one with the longest remaining path is the first.
"""

import heapq
from collections import deque
from collections.abc import Callable, Sequence


class Frontier:
    """The steps of one plan. `names`: those it needs, needs first. `below`: what a step waits for, perhaps others too.

    `expected`: seconds a step will take, None where nothing is known, which counts as one second.
    """

    def __init__(
        self,
        names: Sequence[str],
        below: Callable[[str], Sequence[str]],
        expected: Callable[[str], float | None],
    ) -> None:
        self._place = {name: place for place, name in enumerate(names)}
        self.above: dict[str, list[str]] = {name: [] for name in names}
        self._blocked: dict[str, int] = {}  # how many steps below must still be done
        self._due: deque[str] = deque()
        self._ready: list[tuple[float, int, str]] = []
        for name in names:
            needs = [need for need in below(name) if need in self._place]
            self._blocked[name] = len(needs)
            for need in needs:
                self.above[need].append(name)
            if not needs:
                self._due.append(name)
        self._path: dict[str, float] = {}  # seconds from the start of the step to the end of the last one above it
        for name in reversed(names):
            longest = max((self._path[other] for other in self.above[name]), default=0.0)
            self._path[name] = longest + (expected(name) or 1.0)

    def unblock(self, name: str) -> None:
        """One step less to wait for."""
        self._blocked[name] -= 1
        if self._blocked[name] == 0:
            self._due.append(name)

    def fallen(
        self, failed: str, *, ended: Callable[[str], bool], sees: Callable[[str, str], bool]
    ) -> tuple[list[str], list[str]]:
        """(the steps that fall with one that failed, the lowest first; those that only come after one of these, once
        for each). `sees(above, below)`: whether a step has the other one in its root."""
        fallen: dict[str, None] = {}
        released: list[str] = []
        todo = [failed]
        while todo:
            below = todo.pop()
            for above in self.above[below]:
                if above in fallen or ended(above):
                    continue
                if sees(above, below):
                    fallen[above] = None
                    todo.append(above)
                else:
                    released.append(above)
        return list(fallen), released

    def due(self, name: str) -> None:
        """The step is to be looked at once more."""
        self._due.append(name)

    def next_due(self) -> str | None:
        """The next step to look at. A queue, since a chain may be longer than Python's stack."""
        return self._due.popleft() if self._due else None

    def ready(self, name: str) -> None:
        """The step could start."""
        heapq.heappush(self._ready, (-self._path[name], self._place[name], name))

    def first(self) -> str | None:
        """The ready step that should start first."""
        return self._ready[0][2] if self._ready else None

    def drop_first(self) -> None:
        """It started, or is not ready any more."""
        heapq.heappop(self._ready)
