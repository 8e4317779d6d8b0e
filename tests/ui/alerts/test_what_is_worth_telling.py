"""Which events give rise to alerts, and which do not."""

import pytest
from run_events import done, failed, over, phase, skipped, started, step

from lfsmake.model import events as model
from lfsmake.model.events import Invocation, Machine, RunAdopted, Sample, StepCancelled
from lfsmake.ui.alerts.message import Alert, Place
from lfsmake.ui.alerts.rules import Limits, Rules

GB = 1 << 30


class Told(Rules):
    """Rules for a test; `before` is what the run before was."""

    def __init__(self, before: bool = False) -> None:
        self.asked: list[tuple[str, tuple[str, ...]]] = []

        def failed_before(run: str, targets: tuple[str, ...]) -> bool:
            self.asked.append((run, targets))
            return before

        super().__init__(Limits(2.0, 2 * GB, GB), Place("host", "/p"), failed_before)

    def all(self, *events) -> list[tuple[tuple[str, ...], str]]:
        return [(alert.words, alert.what) for event in events for alert in self.apply(event)]


def sample(at, step="gcc"):
    return Sample(at=at, step=step, cpu=1.0, rss=1, processes=1)


def machine(at, disk=9 * GB, memory=9 * GB):
    return Machine(at=at, cpu=0.5, memory_free=memory, memory_total=16 * GB, disk_free=disk, jobs=1)


def checked(failed=(), failures=0):
    counts = {"total": 9, "passed": 8, "skipped": 0, "failures": failures}
    return model.TestsDone(at=1.0, step="gcc", style="dejagnu", failed=failed, **counts)


def test_a_run_that_goes_well_is_told_when_it_ends():
    assert Told().all(started(), step("gcc"), phase("gcc", "build"), done("gcc"), over(built=1)) == [
        (("end",), "all is done after 12:34")
    ]


def test_nothing_done_is_nothing_told():
    assert Told().all(started(build=(), maybe=()), over(up_to_date=3)) == []


def test_a_run_that_was_interrupted_is_not_told():
    cancelled = StepCancelled(at=1001.0, step="gcc", reason="interrupted")
    assert Told(before=True).all(started(), step("gcc"), cancelled, over(code=130)) == []


def test_the_first_failure_of_a_run_is_both():
    told = Told()
    events = (started(), step("a"), failed("a"), step("b"), failed("b"), skipped("c", "b"), over(code=1, failed=2))
    assert told.all(*events) == [
        (("failure", "first-failure"), "a failed in build"),
        (("failure",), "b failed in build"),
        (("end",), "all failed after 12:34"),
    ]
    assert told.all(started(), failed("a"))[0][0] == ("failure", "first-failure"), "the next run has its own first one"


def test_a_step_that_is_tried_again_has_not_failed():
    assert Told().all(started(), step("a"), failed("a", retrying=True), step("a"), done("a")) == []


def test_a_run_that_broke_off_without_a_failed_step_is_a_failure():
    assert Told().all(started(), over(code=3)) == [
        (("end", "failure", "first-failure"), "all failed after 12:34")
    ]


def test_a_source_that_cannot_be_had_fails_the_run():
    assert Told().all(started(), failed("", phase="")) == [(("failure", "first-failure"), "the run failed")]


def test_success_after_failure_is_told_once():
    told = Told(before=True)
    assert told.all(started(), done("gcc"), over(built=1)) == [(("fixed", "end"), "all is fixed after 12:34")]
    assert told.asked == [("r", ("all",))]


def test_success_after_failure_counts_even_if_nothing_was_left_to_build():
    assert Told(before=True).all(started(build=(), maybe=()), over()) == [
        (("fixed", "end"), "all is fixed after 12:34")
    ]


def test_a_retry_stands_for_the_run_whose_steps_it_builds():
    from msgspec.structs import replace

    told = Told()
    told.all(replace(started(targets=("gcc",)), invocation=Invocation(goal=("all",))), done("gcc"), over(built=1))
    assert told.asked == [("r", ("all",))]


def test_a_step_is_slow_once_it_takes_twice_its_time_and_a_minute_more():
    told = Told()
    told.all(started(), step("gcc", at=1000.0, expected=100.0))
    assert told.all(sample(1200.0)) == []
    assert told.all(sample(1201.0), sample(1300.0)) == [(("slow",), "gcc runs for 3:21, expected were 1:40")]


def test_short_steps_vary():
    told = Told()
    assert told.all(started(), step("gcc", at=1000.0, expected=10.0), sample(1069.0)) == []
    assert told.all(sample(1070.0)) == [(("slow",), "gcc runs for 1:10, expected were 0:10")]


def test_a_step_of_which_nothing_is_known_is_never_slow():
    assert Told().all(started(), step("gcc"), sample(99_999.0)) == []


def test_what_a_run_expects_counts_where_the_step_does_not_say():
    told = Told()
    told.all(started(expected={"gcc": 100.0}), step("gcc"))
    assert len(told.all(machine(1300.0))) == 1


def test_recipes_read_anew_bring_new_expectations():
    told = Told()
    told.all(started(expected={"gcc": 1e6}))
    told.all(RunAdopted(at=1.0, steps=1, build=("gcc",), maybe=(), expected={"gcc": 100.0}), step("gcc"))
    assert len(told.all(machine(1300.0))) == 1


@pytest.mark.parametrize("end", [done("gcc"), failed("gcc", retrying=True), skipped("gcc", "x")])
def test_a_step_that_is_over_is_not_slow(end):
    told = Told()
    assert told.all(started(), step("gcc", expected=100.0), end, sample(5000.0), machine(6000.0)) == []


def test_what_is_low_is_told_once_until_it_is_over():
    told = Told()
    assert told.all(machine(1.0, disk=2 * GB), machine(2.0, disk=2 * GB - 1), machine(3.0, disk=1)) == [
        (("low-disk",), "disk is low: 2.1 GB are free, less than 2.1 GB")
    ]
    assert told.all(machine(4.0, disk=2 * GB + 1), machine(5.0, disk=1)) == [], "it goes up and down a little"
    assert len(told.all(machine(6.0, disk=3 * GB), machine(7.0, disk=1))) == 1
    assert told.all(machine(8.0, disk=3 * GB, memory=GB // 2)) == [
        (("low-memory",), "memory is low: 537 MB are free, less than 1.1 GB")
    ]


def test_only_tests_that_were_not_expected_to_fail_are_told():
    assert Told().all(checked()) == []
    assert Told().all(checked(failed=("a", "b"))) == [
        (("regression",), "2 tests of gcc failed, not expected to")
    ]
    assert Told().all(checked(failures=1)) == [(("regression",), "1 test of gcc failed, not expected to")]


def test_every_alert_has_a_word_of_the_configuration():
    from lfsmake.lang.alerts import EVENTS

    told, found = Told(before=True), []
    for event in (
        started(), step("gcc", expected=1.0), sample(9e9), machine(9e9, disk=0, memory=0), failed("gcc"), over(code=1),
        checked(failures=1), over(),
    ):  # fmt: skip
        found += told.apply(event)
    assert all(isinstance(alert, Alert) for alert in found)
    assert {word for alert in found for word in alert.words} == set(EVENTS)
