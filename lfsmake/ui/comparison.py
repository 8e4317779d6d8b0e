"""Two runs beside each other: what became slower, what failed anew, what was mended. Knows records, no form of them."""

from collections.abc import Mapping

from msgspec import Struct

from lfsmake.model.events import StepFailed, TestsDone
from lfsmake.ui.figures import Figures, figures, final_failures, last_tests, totals
from lfsmake.ui.records import Counts, RunRecord

COMPARISON_VERSION = 1

_MADE = ("built", "unchanged", "up-to-date")


class RunFacts(Struct, frozen=True):
    """One of the two runs. Seconds and bytes; `busy` None without samples of the machine."""

    run: str
    state: str
    targets: tuple[str, ...]
    started: float
    wall: float
    exit_code: int | None
    jobs: int
    lfsmake: str
    sbu: float
    counts: Counts
    cpu: float
    parallel: float
    busy: float | None
    memory: int
    layers: int


class StepChange(Struct, frozen=True):
    """A step in both runs; None where it did not run. `difference` in seconds, `factor` after / before, each None
    unless it ran to its end in both."""

    step: str
    before: Figures | None
    after: Figures | None
    difference: float | None = None
    factor: float | None = None


class TestChange(Struct, frozen=True):
    """A step's tests in both runs, None where there were none; `new` fail only after, `gone` only before."""

    step: str
    before: TestsDone | None
    after: TestsDone | None
    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()


class Comparison(Struct, frozen=True, kw_only=True):
    """`steps` by how much they differ, those that ran in one run only last. Of failures: those of the later run only,
    those that were mended (the step has a layer now), those of both; `lost`: failed before, not come to after."""

    version: int = COMPARISON_VERSION
    before: RunFacts
    after: RunFacts
    steps: tuple[StepChange, ...]
    failures_new: tuple[StepFailed, ...]
    failures_mended: tuple[StepFailed, ...]
    failures_both: tuple[StepFailed, ...]
    failures_lost: tuple[StepFailed, ...]
    tests: tuple[TestChange, ...]


def compare(before: RunRecord, after: RunRecord) -> Comparison:
    """Sets two runs beside each other."""
    old, new = _failed(before), _failed(after)
    states = {step.step: step.state for step in after.steps}
    gone = [failed for step, failed in old.items() if step not in new]
    return Comparison(
        before=_facts(before),
        after=_facts(after),
        steps=_steps(before, after),
        failures_new=tuple(failed for step, failed in new.items() if step not in old),
        failures_mended=tuple(failed for failed in gone if states.get(failed.step) in _MADE),
        failures_both=tuple(failed for step, failed in new.items() if step in old),
        failures_lost=tuple(failed for failed in gone if states.get(failed.step) not in _MADE),
        tests=_tests(before, after),
    )


def _facts(run: RunRecord) -> RunFacts:
    sums = totals(run)
    return RunFacts(
        run.run, run.state, run.targets, run.started, run.wall, run.exit_code, run.jobs, run.lfsmake, run.sbu,
        run.counts, sums.cpu, sums.parallel, sums.busy, sums.memory, sums.layers,
    )  # fmt: skip


def _failed(run: RunRecord) -> dict[str, StepFailed]:
    """The last failure of each step that stayed failed."""
    return {failed.step: failed for failed in final_failures(run)}


def _steps(before: RunRecord, after: RunRecord) -> tuple[StepChange, ...]:
    old = {one.step: one for one in figures(before)}
    new = {one.step: one for one in figures(after)}
    changes = [_change(step, old.get(step), new.get(step)) for step in dict.fromkeys((*new, *old))]
    return tuple(sorted(changes, key=_weight))


def _change(step: str, old: Figures | None, new: Figures | None) -> StepChange:
    if old is None or new is None or old.state not in _MADE or new.state not in _MADE:
        return StepChange(step, old, new)
    return StepChange(step, old, new, new.took - old.took, new.took / old.took if old.took > 0 else None)


def _weight(change: StepChange) -> tuple[int, float]:
    if change.difference is not None:
        return (0, -abs(change.difference))
    longest = max(one.took for one in (change.before, change.after) if one is not None)
    return (1 if change.before and change.after else 2, -longest)


def _tests(before: RunRecord, after: RunRecord) -> tuple[TestChange, ...]:
    old: Mapping[str, TestsDone] = {test.step: test for test in last_tests(before)}
    new: Mapping[str, TestsDone] = {test.step: test for test in last_tests(after)}
    out = []
    for step in dict.fromkeys((*new, *old)):
        one, two = old.get(step), new.get(step)
        was = set(one.failed) if one else set()
        now = set(two.failed) if two else set()
        both = one is not None and two is not None
        out.append(
            TestChange(step, one, two, tuple(sorted(now - was)), tuple(sorted(was - now)) if both else ())
        )
    return tuple(out)
