"""What a run's numbers mean: each step's share, against the book, the longest first. Knows records, no form of them."""

from collections.abc import Iterable, Sequence
from statistics import fmean

from msgspec import Struct

from lfsmake.model.events import StepFailed, TestsDone
from lfsmake.ui.records import RunRecord, StepRecord


class Figures(Struct, frozen=True):
    """A step that ran, in numbers. `took`: seconds of its last attempt; `share`: of the run's time, 0 to 1; `cores`:
    processors it kept busy on average; `sbu` measured, `book_sbu` as the recipe says, `ratio` of the two; 0 where not
    known. Sizes in bytes."""

    step: str
    state: str
    took: float
    share: float
    cpu: float
    cores: float
    rss: int
    read: int
    written: int
    size: int
    sbu: float
    book_sbu: float
    ratio: float
    book_disk: int


class Totals(Struct, frozen=True):
    """A run in numbers. `busy`: mean share of all processors, 0 to 1, None without samples; `parallel`: mean number of
    steps at once; `memory`: most that was in use on the machine. Bytes and seconds."""

    cpu: float
    parallel: float
    busy: float | None
    memory: int
    memory_total: int
    read: int
    written: int
    layers: int
    fetched: int


def figures(run: RunRecord) -> list[Figures]:
    """Of every step that ran, the longest first."""
    found = [_figures(step, run) for step in run.steps if step.attempts and step.state != "up-to-date"]
    return sorted(found, key=lambda one: -one.took)


def _figures(step: StepRecord, run: RunRecord) -> Figures:
    last = step.attempts[-1]
    took = max(0.0, (run.last if last.ended is None else last.ended) - last.started)
    sbu = step.wall / run.sbu if run.sbu > 0 and step.state in ("built", "unchanged") else 0.0
    return Figures(
        step=step.step,
        state=step.state,
        took=took,
        share=took / run.wall if run.wall > 0 else 0.0,
        cpu=step.cpu,
        cores=step.cpu / took if took > 0 else 0.0,
        rss=step.rss,
        read=step.read,
        written=step.written,
        size=step.size,
        sbu=sbu,
        book_sbu=step.sbu,
        ratio=sbu / step.sbu if step.sbu > 0 else 0.0,
        book_disk=round(step.disk * 1e6),
    )


def totals(run: RunRecord) -> Totals:
    """The whole run in numbers."""
    ran = [step for step in run.steps if step.attempts]
    spent = sum(
        max(0.0, (run.last if attempt.ended is None else attempt.ended) - attempt.started)
        for step in ran
        for attempt in step.attempts
    )
    active = sum(
        until[0] - since[0] for since, until in zip(run.parallel, run.parallel[1:], strict=False) if since[1]
    )
    return Totals(
        cpu=sum(step.cpu for step in ran),
        parallel=spent / active if active > 0 else 0.0,
        busy=fmean(sample.cpu for sample in run.machine) if run.machine else None,
        memory=max((sample.memory_total - sample.memory_free for sample in run.machine), default=0),
        memory_total=run.machine[-1].memory_total if run.machine else 0,
        read=sum(step.read for step in ran),
        written=sum(step.written for step in ran),
        layers=sum(step.size for step in ran),
        fetched=sum(fetch.size for fetch in run.fetches if fetch.ended is not None),
    )


def final_failures(run: RunRecord) -> list[StepFailed]:
    """Those that were not tried again, the first first."""
    return [failed for failed in run.failures if not failed.retrying]


def regressions(tests: Iterable[TestsDone]) -> int:
    """How many tests failed that were not expected to."""
    return sum(unexpected(test) for test in tests)


def unexpected(test: TestsDone) -> int:
    """How many of a step's tests failed beyond those that were expected to; names may be fewer than were counted."""
    return max(len(test.failed), test.failures - len(test.expected), 0)


def last_tests(run: RunRecord) -> list[TestsDone]:
    """Of each step the tests of its last attempt, in the order they ran."""
    newest: dict[str, TestsDone] = {}
    for test in run.tests:
        newest.pop(test.step, None)
        newest[test.step] = test
    return list(newest.values())


def capped(rows: Sequence[object], limit: int) -> int:
    """How many of the rows are beyond the limit."""
    return max(0, len(rows) - limit)
