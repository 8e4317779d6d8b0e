"""What determined a run's end, and what would with processors without limit. Knows records, not how they were made."""

from bisect import bisect_right
from collections.abc import Mapping, Sequence

from lfsmake.ui.records import FetchRecord, Link, StepRecord

_SOON = 1.0  # seconds within which a start follows from what ended before it


def critical_path(
    steps: Sequence[StepRecord], fetches: Sequence[FetchRecord], started: float, now: float
) -> tuple[Link, ...]:
    """From the step that ended last back to the start of the run; each link says why it began no earlier.

    A step began when the last step it waits for ended; if much later, when room was made by another step's end.
    `now` is the end of what still runs. Empty if nothing ran.
    """
    spans = _spans(steps, now)
    if not spans:
        return ()
    by_end = sorted(spans, key=lambda span: (span[1], span[0]))
    ends = [span[1] for span in by_end]
    last_of = {name: (begin, end) for begin, end, name in by_end}
    tried = _tried(spans)
    needs = {step.step: step.needs for step in steps}
    arrived = sorted((fetch.ended, fetch.file) for fetch in fetches if fetch.ended is not None)
    told = any(needs.values())
    chain: list[Link] = []
    begin, end, name = by_end[-1]
    while True:
        again = tried.get((name, begin))
        found = (*again, name) if again is not None else _before(name, begin, needs, last_of, by_end, ends)
        file = _file_before(arrived, begin, found[1] if found else started)
        if file is not None:
            chain.append(Link(name, begin, end, "source", file[1], max(0.0, begin - file[0])))
            found = None
        elif found is None:
            chain.append(Link(name, begin, end, "start", "", max(0.0, begin - started)))
        else:
            why = "need" if found[2] in needs.get(name, ()) else "room" if told else "order"
            why = "retry" if found[2] == name else why
            chain.append(Link(name, begin, end, why, found[2], max(0.0, begin - found[1])))
        if found is None or found[1] >= end or len(chain) > len(spans):
            return tuple(reversed(chain))
        begin, end, name = found


def longest_chain(steps: Sequence[StepRecord], now: float) -> tuple[tuple[str, ...], float]:
    """The chain of needs that took longest, and its seconds. What did not run counts nothing."""
    took: dict[str, float] = {}
    for begin, end, name in _spans(steps, now):
        took[name] = took.get(name, 0.0) + end - begin
    needs = {step.step: step.needs for step in steps}
    best: dict[str, float] = {}
    below: dict[str, str] = {}
    for root in needs:
        todo = [root]
        entered: set[str] = set()
        while todo:
            name = todo[-1]
            if name in best:
                todo.pop()
                continue
            unknown = [need for need in needs[name] if need in needs and need not in best and need not in entered]
            if unknown and name not in entered:
                entered.add(name)
                todo += unknown
                continue
            entered.add(name)
            todo.pop()
            known = [need for need in needs[name] if need in best]
            longest = max(known, key=best.__getitem__, default=None)
            if longest is not None and best[longest] > 0:
                below[name] = longest
            best[name] = took.get(name, 0.0) + (best[longest] if longest is not None else 0.0)
    top = max(best, key=best.__getitem__, default=None)
    if top is None or best[top] <= 0:
        return (), 0.0
    chain = [top]
    while chain[-1] in below:
        chain.append(below[chain[-1]])
    return tuple(name for name in reversed(chain) if took.get(name, 0.0) > 0), best[top]


def parallelism(steps: Sequence[StepRecord], now: float, limit: int = 2000) -> tuple[tuple[float, int], ...]:
    """(since when, how many steps ran) at each change; of many changes in a short time only the most is kept."""
    changes: list[tuple[float, int]] = []
    for begin, end, _ in _spans(steps, now):
        changes += [(begin, 1), (end, -1)]
    changes.sort()
    levels: list[tuple[float, int]] = []
    running = 0
    for at, change in changes:
        running += change
        if levels and levels[-1][0] == at:
            levels[-1] = (at, running)
        else:
            levels.append((at, running))
    while len(levels) > limit:  # the last one stays: there nothing runs any more
        pairs = [levels[at : at + 2] for at in range(0, len(levels) - 1, 2)]
        levels = [(pair[0][0], max(count for _, count in pair)) for pair in pairs] + [levels[-1]]
    return tuple(levels)


def _spans(steps: Sequence[StepRecord], now: float) -> list[tuple[float, float, str]]:
    """(start, end, step) of everything that ran."""
    return [
        (attempt.started, max(attempt.started, now if attempt.ended is None else attempt.ended), step.step)
        for step in steps
        for attempt in step.attempts
    ]


def _tried(spans: Sequence[tuple[float, float, str]]) -> dict[tuple[str, float], tuple[float, float]]:
    """(step, start of an attempt) → (start, end) of the step's attempt before it; none for the first."""
    found: dict[tuple[str, float], tuple[float, float]] = {}
    latest: dict[str, tuple[float, float]] = {}
    for begin, end, name in sorted(spans):
        if name in latest and latest[name][1] <= begin:
            found[name, begin] = latest[name]
        latest[name] = (begin, end)
    return found


def _before(
    name: str,
    begin: float,
    needs: Mapping[str, Sequence[str]],
    last_of: Mapping[str, tuple[float, float]],
    by_end: Sequence[tuple[float, float, str]],
    ends: Sequence[float],
) -> tuple[float, float, str] | None:
    """What ended last before the step began: one of its needs if that fits, else anything that made room."""
    spans = [(*last_of[need], need) for need in needs.get(name, ()) if need in last_of]
    own = max((span for span in spans if span[1] <= begin), key=lambda span: span[1], default=None)
    if own is not None and begin - own[1] <= _SOON:
        return own
    place = bisect_right(ends, begin) - 1
    other = by_end[place] if place >= 0 else None
    if other is None or (own is not None and own[1] >= other[1]):
        return own
    return other


def _file_before(arrived: Sequence[tuple[float, str]], begin: float, since: float) -> tuple[float, str] | None:
    """The file that came just before the step began, if nothing else ended later."""
    place = bisect_right(arrived, (begin, "\U0010ffff")) - 1
    if place < 0:
        return None
    at, file = arrived[place]
    return (at, file) if begin - at <= _SOON and at > since + _SOON else None
