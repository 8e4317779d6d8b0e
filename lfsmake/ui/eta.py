"""How long a run still takes, from what its steps took before. Knows steps and seconds, no events and no clock.

What is left is scheduled once more on paper: the step with the longest path above it first, as many at once as the
machine has let run so far. That can never be less than the longest path of what is left.

Durations were recorded on a machine that other steps shared, so they are not divided by anything: a step that ran
beside another one then will do so now. What is learned while the run lasts:

- how many steps really run at once, seen while more of them could have started: make takes jobs too;
- the pace: what steps took against what they were expected to take;
- one SBU, from the first steps that say what they cost, where the machine has none recorded yet.

A step that waits may be spared: if what it needs comes out as it was, it is not built. So there are two answers, one
with all that may be spared and one without it. What is ready, or was never built, is never spared.
"""

import time
from collections.abc import Collection, Iterable, Mapping, Sequence
from heapq import heapify, heappop, heappush
from typing import NamedTuple

from lfsmake.model.events import Cost
from lfsmake.ui.text import about

SBU_STEP = "binutils-pass1"  # by the book's definition, one SBU is what this one takes
LATE = 0.1  # of what a late step has taken so far: what it is thought to take still
MATTERS = 0.9  # of what is left with all steps that may be spared: what is left without them is less, or not told
_TRUST = 60.0  # seconds of evidence before what is learned counts as much as what was recorded
_FRESH = 1.0  # seconds for which an answer is good
_SHARE = 400  # times the processor seconds an answer took: the same, so that asking costs a quarter percent at most


class Estimate(NamedTuple):
    """`seconds` that are left; `sure` if the duration of every step that is left is known, and none is late; `least`:
    seconds if every step is spared that may be."""

    seconds: float
    sure: bool
    least: float


def eta_text(estimate: Estimate | None, sbu: float = 0.0) -> str:
    """`ETA 21 min (4.3 SBU)`; `ETA ~3 h` where not all is known or something is late, `ETA ?` where too little is;
    `ETA 46 min to 2 h 30 min` where so many steps may be spared that it matters.

    `sbu`: seconds of one, 0 if nobody knows.
    """
    if estimate is None:
        return "ETA ?"
    most = estimate.seconds
    least = most if estimate.least > MATTERS * most else estimate.least
    text = f"ETA {'' if estimate.sure else '~'}{_span(about(least), about(most))}"
    return f"{text} ({_span(_units(least / sbu), _units(most / sbu))})" if sbu > 0 and most / sbu >= 0.05 else text


def _units(units: float) -> str:
    return f"{units:.{0 if units >= 9.95 else 1}f} SBU"


def _span(least: str, most: str) -> str:
    """`9 to 46 min`, `46 min to 2 h 30 min`, or what both are."""
    if least == most:
        return most
    count, _, unit = least.partition(" ")
    return f"{count if most.partition(' ')[2] == unit else least} to {most}"


def longest_first(needs: Mapping[str, Sequence[str]]) -> list[str]:
    """The steps, each before those it needs. What needs itself, which only a damaged record says, is left out."""
    above: dict[str, int] = dict.fromkeys(needs, 0)
    for below in needs.values():
        for name in below:
            if name in above:
                above[name] += 1
    order = [step for step, count in above.items() if count == 0]
    for step in order:  # grows while it is walked
        for name in needs[step]:
            if name in above:
                above[name] -= 1
                if above[name] == 0:
                    order.append(name)
    return order


def time_left(
    left: Mapping[str, float],
    needs: Mapping[str, Sequence[str]],
    *,
    running: Collection[str],
    slots: int,
    order: Sequence[str] | None = None,
) -> float:
    """Seconds until all is done that is `left` (step → seconds it takes still), `slots` at a time.

    `running` are those of `left` that have started. `order`: `longest_first(needs)`, if it is at hand.
    """
    steps = [step for step in (longest_first(needs) if order is None else order) if step in left]
    place = {step: index for index, step in enumerate(steps)}
    take = [left[step] for step in steps]
    path = take.copy()  # from the start of a step to the end of the last one above it
    above: list[list[int]] = [[] for _ in steps]
    blocked = [0] * len(steps)
    for index, step in enumerate(steps):
        along = path[index]
        for name in needs[step]:
            below = place.get(name)
            if below is not None:
                above[below].append(index)
                blocked[index] += 1
                if along + take[below] > path[below]:
                    path[below] = along + take[below]
    if slots >= len(steps):
        return max(path, default=0.0)
    busy = [(take[place[step]], place[step]) for step in running if step in place]
    started = {index for _, index in busy}
    heapify(busy)
    ready = [(-path[i], i) for i, count in enumerate(blocked) if count == 0 and i not in started]
    heapify(ready)
    now = 0.0
    while busy or ready:
        while ready and len(busy) < slots:
            index = heappop(ready)[1]
            heappush(busy, (now + take[index], index))
        now, index = heappop(busy)
        for other in above[index]:
            blocked[other] -= 1
            if blocked[other] == 0 and other not in started:
                heappush(ready, (-path[other], other))
    return now


class Forecast:
    """What is known of a run's steps: told of what starts and ends, it says how long the rest takes."""

    def __init__(self) -> None:
        self.jobs = 1
        self.sbu = 0.0  # seconds of one SBU, 0 while nobody knows
        self._needs: dict[str, Sequence[str]] = {}
        self._order: list[str] = []
        self._expected: dict[str, float] = {}
        self._costs: Mapping[str, Cost] = {}
        self._known = [0.0, 0.0]  # seconds expected of the steps that were built, seconds they took
        self._priced = [0.0, 0.0]  # SBUs of the steps that were built, seconds they took
        self._open: set[str] = set()
        self._may_be_spared: set[str] = set()
        self._above: dict[str, list[str]] = {}
        self._blocked: dict[str, int] = {}  # how many of those that are open it waits for
        self._free = 0  # open ones that wait for none
        self._full = [0.0, 0.0]  # seconds in which a step could have started and none did; of these times those running
        self._seen = 0.0
        self._good = (0.0, -1.0, False)  # from when, for how long, and for which question the last answer is good
        self._last: Estimate | None = None

    def begin(
        self,
        at: float,
        steps: Iterable[str],
        needs: Mapping[str, Sequence[str]],
        expected: Mapping[str, float],
        *,
        costs: Mapping[str, Cost] | None = None,
        sbu: float = 0.0,
        jobs: int = 0,
        may_be_spared: Iterable[str] = (),
    ) -> None:
        """A run starts, or goes on with other recipes: then what was learned stays. `steps` are to be built,
        `may_be_spared` of them only if what they need comes out otherwise than it was."""
        self._open = set(steps)
        self._may_be_spared = set(may_be_spared)
        self._needs = {**dict.fromkeys(self._open, ()), **needs}
        self._order = longest_first(self._needs)
        self._expected.update(expected)
        self._costs = self._costs if costs is None else costs
        self.sbu = sbu or self.sbu
        self.jobs = jobs or self.jobs
        self._above = {}
        self._blocked = {}
        for step in self._open:
            below = [name for name in self._needs[step] if name in self._open]
            self._blocked[step] = len(below)
            for name in below:
                self._above.setdefault(name, []).append(step)
        self._free = sum(count == 0 for count in self._blocked.values())
        self._seen = at
        self._good = (at, -1.0, False)

    def expects(self, step: str, seconds: float) -> None:
        """What is known of a step by now."""
        if seconds > 0:
            self._expected[step] = seconds

    def passed(self, at: float, running: int) -> None:
        """Time has passed with so many steps running: call it before whatever ends that."""
        spent = at - self._seen
        if spent > 0 and running and self._free > running:
            self._full[0] += spent
            self._full[1] += spent * running
        self._seen = max(at, self._seen)

    def closed(self, step: str) -> None:
        """The step is done, failed for good, or skipped."""
        if step not in self._open:
            return
        self._open.discard(step)
        self._free -= self._blocked[step] == 0
        for above in self._above.get(step, ()):
            self._blocked[above] -= 1
            self._free += self._blocked[above] == 0 and above in self._open

    def opened(self, step: str) -> None:
        """The step is to be built, again or after all."""
        if step in self._open:
            return
        if step not in self._needs:  # the plan did not foresee it
            self._needs[step] = ()
            self._order.append(step)
        self._open.add(step)
        self._free += self._blocked.setdefault(step, 0) == 0
        for above in self._above.get(step, ()):
            self._free -= self._blocked[above] == 0 and above in self._open
            self._blocked[above] += 1

    def took(self, step: str, seconds: float) -> None:
        """The step was built in so many seconds."""
        if step == SBU_STEP:
            self.sbu = seconds
        if (expected := self._expected.get(step, 0.0)) > 0:
            self._known[0] += expected
            self._known[1] += seconds
        if (cost := self._costs.get(step)) is not None and cost.sbu > 0:
            self._priced[0] += cost.sbu
            self._priced[1] += seconds

    @property
    def slots(self) -> int:
        """How many steps run at once where more could: the jobs, until the run shows that they are fewer."""
        mean = (self._full[1] + self.jobs * _TRUST / 3) / (self._full[0] + _TRUST / 3)
        return max(1, min(self.jobs, round(mean)))

    def pace(self, running: Mapping[str, float]) -> float:
        """What steps take against what was expected of them; one that runs counts as soon as it is late."""
        expected, took = self._known
        for step, spent in running.items():
            if 0 < (usual := self._expected.get(step, 0.0)) < spent:
                expected += usual
                took += spent
        return min(10.0, max(0.5, (took + _TRUST) / (expected + _TRUST)))

    def remaining(self, now: float, running: Mapping[str, float], *, only_these: bool = False) -> Estimate | None:
        """What is left at `now`, with what runs → seconds for which it has run; None if too little is known, or
        nothing is left. `only_these`: nothing else will be started."""
        steps = running.keys() if only_these else self._open
        start, good, these = self._good
        if not steps:
            return None
        if 0 <= now - start < good and these == only_these:
            return self._last
        began = time.thread_time()
        self._last = self._estimate(steps, running)
        self._good = (now, max(_FRESH, _SHARE * (time.thread_time() - began)), only_these)
        return self._last

    def _estimate(self, steps: Collection[str], running: Mapping[str, float]) -> Estimate | None:
        pace = self.pace(running)
        found = {step: self._duration(step, pace) for step in steps}
        known = [seconds for seconds in found.values() if seconds is not None]
        if 2 * len(known) < len(found):
            return None  # more would be guessed than is known
        guess = sorted(known)[len(known) // 2]  # the median: of what nothing is known, the most ordinary
        left: dict[str, float] = {}  # step → seconds
        for step, seconds in found.items():
            whole = guess if seconds is None else seconds
            spent = running.get(step)
            if spent is not None:
                whole = whole - spent if spent <= whole else LATE * spent
            left[step] = whole
        seconds = time_left(left, self._needs, running=running, slots=self.slots, order=self._order)
        sure = all(self._expected.get(step, 0.0) > running.get(step, 0.0) for step in found)
        return Estimate(seconds, sure, min(seconds, self._least(left, running, seconds)))

    def _least(self, left: Mapping[str, float], running: Collection[str], seconds: float) -> float:
        """Seconds without what may be spared; `seconds` are those with it."""
        spared = {
            step
            for step in left.keys() & self._may_be_spared
            if step not in running and self._blocked.get(step)
        }
        if not spared:
            return seconds
        least = {step: 0.0 if step in spared else whole for step, whole in left.items()}
        return time_left(least, self._needs, running=running, slots=self.slots, order=self._order)

    def _duration(self, step: str, pace: float) -> float | None:
        """What the step takes by all that is known; None if that is nothing."""
        expected = self._expected.get(step, 0.0)
        if expected > 0:
            return expected * pace
        cost = self._costs.get(step)
        sbus, seconds = self._priced
        unit = self.sbu or (seconds / sbus if sbus else 0.0)
        return cost.sbu * unit if cost is not None and cost.sbu > 0 and unit else None
