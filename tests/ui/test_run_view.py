"""What a run looks like, folded from events: counts, what runs, and the time it is expected to take still."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_events import done, failed, over, phase, sample, skipped, started, step

from lfsmake.model.events import (
    Event,
    FetchDone,
    FetchFailed,
    FetchProgress,
    FetchStarted,
    Invocation,
    Recovery,
    RunAdopted,
    StepCancelled,
)
from lfsmake.ui.report import Line, lines_of
from lfsmake.ui.view import RunView


def view_of(*events):
    view = RunView()
    for event in events:
        view.apply(event)
    return view


def test_counts_follow_the_steps():
    view = view_of(started(), step("glibc"), done("glibc"), step("gcc"), failed("gcc"), skipped("app", "gcc"))
    assert (len(view.finished), view.total, view.running, view.pending) == (3, 3, {}, set())


def test_a_step_that_is_tried_again_is_not_finished():
    view = view_of(started(), step("glibc"), failed("glibc", retrying=True))
    assert "glibc" in view.pending
    assert not view.finished


def test_a_cancelled_step_is_pending_again():
    view = view_of(started(), step("glibc"), StepCancelled(at=1, step="glibc", reason="r"))
    assert "glibc" in view.pending
    assert not view.running


def test_a_download_is_shown_until_it_is_done():
    view = view_of(FetchStarted(at=1, file="a", url="u", size=10), FetchProgress(at=2, file="a", done=4))
    assert view.fetching == {"a": (4, 10)}
    view.apply(FetchDone(at=3, file="a", url="u", size=10))
    assert view.fetching == {}


def test_a_download_that_failed_is_shown_no_longer_and_told_at_once():
    view = view_of(FetchStarted(at=1, file="a", url="u", size=10))
    failed = FetchFailed(at=2, file="a")
    view.apply(failed)
    assert view.fetching == {}
    assert lines_of(failed, view, live=False, verbose=False) == [Line("a: cannot be had", "warning")]


def test_nothing_runs_after_the_end():
    view = view_of(started(), step("glibc"), phase("glibc", "build"), over(130))
    assert view.over
    assert not view.running


def test_an_unknown_event_changes_nothing():
    view = view_of(started(), Event(at=1))
    assert view.total == 3


def test_what_is_left_follows_the_graph():
    graph = {"glibc": (), "gcc": (), "app": ("gcc",)}
    view = view_of(
        started(expected={"glibc": 100.0, "gcc": 300.0, "app": 50.0}, graph=graph), step("glibc", at=1000),
        step("gcc", at=1000),
    )  # fmt: skip
    assert view.remaining(1060.0) == (290.0, True, 240.0)  # gcc, then app; glibc is done long before


def test_what_was_never_built_is_not_spared():
    graph = {"glibc": (), "gcc": (), "app": ("gcc",)}
    view = view_of(started(expected={"glibc": 100.0, "gcc": 300.0, "app": 50.0}, graph=graph, new=("app",)))
    assert view.remaining(1000.0) == (350.0, True, 350.0)


def test_what_is_left_is_unknown_when_no_step_was_ever_timed():
    assert view_of(started()).remaining(1000.0) is None


def test_after_a_failure_only_what_runs_is_waited_for_unless_the_run_keeps_going():
    graph = {"glibc": (), "gcc": (), "app": ("gcc",)}
    events = [
        started(expected={"glibc": 100.0, "gcc": 300.0, "app": 50.0}, graph=graph), step("glibc", at=1000),
        step("gcc", at=1000), failed("gcc"),
    ]  # fmt: skip
    assert view_of(*events).remaining(1060.0) == (40.0, True, 40.0)
    events[0] = msgspec.structs.replace(events[0], invocation=Invocation(on_failure="continue"))
    assert view_of(*events).remaining(1060.0) == (50.0, True, 50.0)


def test_the_processors_that_a_step_uses_are_those_since_the_sample_before_in_its_phase():
    view = view_of(started(), step("gcc", at=1000), phase("gcc", "build", at=1010))
    view.apply(sample("gcc", at=1012, cpu=3.0, rss=5))
    gcc = view.running["gcc"]
    assert (gcc.cores, gcc.rss) == (1.5, 5)
    view.apply(sample("gcc", at=1014, cpu=7.0, rss=6))
    assert (gcc.cores, gcc.rss) == (2.0, 6)
    view.apply(phase("gcc", "install", at=1015))
    view.apply(sample("gcc", at=1016, cpu=0.5))
    assert gcc.cores == 0.5
    view.apply(sample("gcc", at=1016, cpu=0.9))  # in the same moment: nothing to divide by
    view.apply(sample("gcc", at=1018, cpu=0.1))  # who used the rest has left
    assert gcc.cores == 0.0


def test_failed_steps_are_counted_until_they_are_built_after_all():
    view = view_of(started(), step("gcc"), failed("gcc"))
    assert view.failed == {"gcc"}
    view.apply(step("gcc"))
    assert view.failed == set()


def test_a_failure_without_a_step_counts_no_step():
    view = view_of(started(), failed(""))
    assert (view.finished, view.failed) == (set(), set())


def test_flaky_steps_are_remembered():
    view = view_of(started(), Recovery(at=1, step="gcc", action="flaky", text="t"))
    assert view.flaky == {"gcc"}


def test_recipes_read_anew_change_what_is_counted():
    view = view_of(started(), step("glibc"), done("glibc"), step("gcc"))
    view.apply(RunAdopted(at=2, steps=5, build=("gcc", "new"), maybe=("app",), expected={}, graph={}))
    assert (view.total, len(view.finished), view.pending, view.steps) == (4, 1, {"new", "app"}, 5)


@given(st.lists(st.tuples(st.sampled_from("abcd"), st.sampled_from(["start", "done", "fail", "retry", "skip"]))))
def test_counts_never_exceed_the_total(moves):
    view = view_of(started(build=("a", "b"), maybe=("c",)))
    for name, move in moves:
        view.apply(
            {
                "start": step(name), "done": done(name), "fail": failed(name),
                "retry": failed(name, retrying=True), "skip": skipped(name, "x"),
            }[move]
        )  # fmt: skip
        assert len(view.finished) <= view.total
        assert not view.finished & view.pending
        assert not view.finished & view.running.keys()


@pytest.mark.parametrize("now", [0.0, 1e12])
def test_remaining_is_never_negative(now):
    view = view_of(started(expected={"glibc": 5.0, "gcc": 5.0, "app": 5.0}), step("glibc"))
    assert view.remaining(now).seconds >= 0
