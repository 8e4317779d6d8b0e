"""Which lane each of some spans of time stands in, so that none overlaps another. Knows times only."""

import heapq
from collections.abc import Sequence


def lanes(spans: Sequence[tuple[float, float]]) -> list[int]:
    """The lane of each (start, end), from 0: the lowest that is free at its start. As many as there are at once."""
    out = [0] * len(spans)
    free: list[int] = []
    busy: list[tuple[float, int]] = []
    count = 0
    for place in sorted(range(len(spans)), key=lambda place: spans[place]):
        start, end = spans[place]
        while busy and busy[0][0] <= start:
            heapq.heappush(free, heapq.heappop(busy)[1])
        if free:
            lane = heapq.heappop(free)
        else:
            lane, count = count, count + 1
        out[place] = lane
        heapq.heappush(busy, (max(start, end), lane))
    return out
