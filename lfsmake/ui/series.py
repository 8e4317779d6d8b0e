"""Series of samples of bounded length, however long a run takes. Knows no event and no file."""

from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from lfsmake.ui.records import MachineSample, StepSample

LIMIT = 600  # points of a series

T = TypeVar("T")


class Series(Generic[T]):
    """Points in the order of time. When there are too many, neighbours are merged: each point stands for twice as
    many samples from then on, so that all of them keep standing for the same span."""

    def __init__(self, merge: Callable[[Sequence[T]], T], limit: int = LIMIT) -> None:
        self._merge = merge
        self._limit = limit
        self._points: list[T] = []
        self._open: list[T] = []  # samples of the point that is not full yet
        self._stride = 1

    def add(self, sample: T) -> None:
        """One more sample."""
        if self._stride == 1:
            self._points.append(sample)
        else:
            self._open.append(sample)
            if len(self._open) < self._stride:
                return
            self._points.append(self._merge(self._open))
            self._open.clear()
        if len(self._points) >= self._limit:
            self._points = [self._merge(self._points[at : at + 2]) for at in range(0, len(self._points), 2)]
            self._stride *= 2

    def points(self) -> tuple[T, ...]:
        """At most the limit; the last stands for what there is of it."""
        return (*self._points, self._merge(self._open)) if self._open else tuple(self._points)


def merge_steps(samples: Sequence[StepSample]) -> StepSample:
    """The mean of what was busy, the most of what was held, the last of what only grows."""
    last = samples[-1]
    return StepSample(
        last.at,
        sum(sample.cores for sample in samples) / len(samples),
        max(sample.rss for sample in samples),
        max(sample.processes for sample in samples),
        last.read,
        last.written,
    )


def merge_machine(samples: Sequence[MachineSample]) -> MachineSample:
    """The mean of what was busy, the least of what was free."""
    last, count = samples[-1], len(samples)
    return MachineSample(
        last.at,
        sum(sample.cpu for sample in samples) / count,
        min(sample.memory_free for sample in samples),
        last.memory_total,
        min(sample.disk_free for sample in samples),
        sum(sample.jobs for sample in samples) / count,
        max(sample.pressure_cpu for sample in samples),
        max(sample.pressure_memory for sample in samples),
        max(sample.pressure_io for sample in samples),
    )
