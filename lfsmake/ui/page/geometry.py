"""Where things of a run stand on a page: the axis of time, bars, curves. Knows records, no HTML.

What stands on the axis is in percent of its length; a curve is in a box of 1000 by 100, y downwards.
"""

import math
from collections.abc import Iterable, Sequence

from msgspec import Struct

from lfsmake.ui.numbers import took
from lfsmake.ui.records import Attempt, RunRecord, StepRecord
from lfsmake.ui.text import clock

ROWS = 150  # of the timeline
_WIDE = 1000.0
_HIGH = 100.0
_STEPS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
_PHASES = ("unpack", "prepare", "configure", "build", "check", "install", "capture")


class Tick(Struct, frozen=True):
    """A mark of the axis, where it stands, and what it says: the time since the start."""

    x: float
    label: str


class Bar(Struct, frozen=True):
    """A piece of a row; `kind` names its look, `title` is what it says when pointed at."""

    x: float
    width: float
    kind: str
    title: str


class Row(Struct, frozen=True):
    """A step on the timeline."""

    step: str
    state: str
    took: float
    critical: bool
    bars: tuple[Bar, ...]


class Curve(Struct, frozen=True):
    """A line and the area below it, as SVG paths; `most` is what the top of the box stands for."""

    line: str
    area: str
    most: float


class Axis:
    """A run's time, from its start to its end."""

    def __init__(self, started: float, ended: float) -> None:
        self.started = started
        self.span = max(ended - started, 0.001)

    def place(self, at: float) -> float:
        """Percent; never outside, whatever a damaged record says."""
        return round(min(100.0, max(0.0, (at - self.started) / self.span * 100)), 3)

    def ticks(self, most: int = 7) -> list[Tick]:
        """Some marks at round times."""
        step = next((step for step in _STEPS if self.span / step <= most), None) or self.span / most
        count = int(self.span / step) + 1
        return [
            Tick(self.place(self.started + at * step), _label(at * step, step))
            for at in range(count)
            if at == 0 or at * step < self.span * 0.97
        ]


def _label(seconds: float, step: float) -> str:
    if not seconds:
        return "0"
    if step >= 3600:
        return f"{seconds / 3600:.0f} h"
    return clock(seconds)


def axis_of(run: RunRecord) -> Axis:
    """From the start to the last sign of life, without the time before the first step where that is long."""
    ended = run.ended if run.ended is not None else max(run.last, run.started + run.wall)
    return Axis(run.started, max(ended, run.started))


def rows_of(run: RunRecord, axis: Axis, limit: int = ROWS) -> tuple[list[Row], int]:
    """The steps that ran, by their start, and how many are left out: the shortest that are not critical."""
    critical = {link.step for link in run.critical}
    ran = [step for step in run.steps if step.attempts]
    left_out = max(0, len(ran) - limit)
    if left_out:
        chosen = sorted(ran, key=lambda step: (step.step not in critical, -step.wall))[:limit]
        names = {step.step for step in chosen}
        ran = [step for step in ran if step.step in names]
    return [_row(step, axis, run, step.step in critical) for step in ran], left_out


def _row(step: StepRecord, axis: Axis, run: RunRecord, critical: bool) -> Row:
    last = step.attempts[-1]
    seconds = (run.last if last.ended is None else last.ended) - last.started
    bars = tuple(bar for attempt in step.attempts for bar in _bars(attempt, axis, run.last))
    return Row(step.step, step.state, seconds, critical, bars)


def _bars(attempt: Attempt, axis: Axis, now: float) -> Iterable[Bar]:
    ended = now if attempt.ended is None else attempt.ended
    yield _bar(axis, attempt.started, ended, f"whole {attempt.outcome}", f"{attempt.outcome}, {_took(attempt, now)}")
    for phase in attempt.phases:
        until = ended if phase.wall is None else phase.started + phase.wall
        kind = phase.phase if phase.phase in _PHASES else "other"
        yield _bar(axis, phase.started, until, kind, f"{phase.phase}, {took(until - phase.started)}")
    if attempt.outcome == "failed":
        at = axis.place(ended)
        yield Bar(max(0.0, at - 0.25), 0.5, "mark", "failed here")


def _took(attempt: Attempt, now: float) -> str:
    return took((now if attempt.ended is None else attempt.ended) - attempt.started)


def _bar(axis: Axis, since: float, until: float, kind: str, title: str) -> Bar:
    x = axis.place(since)
    return Bar(x, round(max(0.08, axis.place(until) - x), 3), kind, title)


def curve(points: Sequence[tuple[float, float]], axis: Axis, most: float = 0.0) -> Curve | None:
    """(time, value) as a line through all points; None if there are too few to be one."""
    if len(points) < 2:
        return None
    top = max(most, *(value for _, value in points)) or 1.0
    places = [(_across(axis, at), _up(value, top)) for at, value in points]
    return _curve(places, top)


def stairs(levels: Sequence[tuple[float, float]], axis: Axis, most: float = 0.0) -> Curve | None:
    """(since when, value) as steps."""
    if len(levels) < 2:
        return None
    top = max(most, *(value for _, value in levels)) or 1.0
    places: list[tuple[float, float]] = []
    for (at, value), (until, _) in zip(levels, [*levels[1:], (math.inf, 0.0)], strict=True):
        if until - at < axis.span / _WIDE:
            continue  # not to be seen, but for a needle
        if places:
            places.append((_across(axis, at), places[-1][1]))
        places.append((_across(axis, at), _up(value, top)))
    return _curve(places, top)


def _curve(places: Sequence[tuple[float, float]], top: float) -> Curve:
    line = "M" + "L".join(f"{x:g} {y:g}" for x, y in places)
    return Curve(line, f"{line}L{places[-1][0]:g} {_HIGH:g}L{places[0][0]:g} {_HIGH:g}Z", top)


def _across(axis: Axis, at: float) -> float:
    return round(axis.place(at) / 100 * _WIDE, 1)


def _up(value: float, top: float) -> float:
    return round(_HIGH - min(1.0, max(0.0, value / top)) * _HIGH, 1)
