"""What a run looks like, folded from events: counts, what runs, and the time it is expected to take still."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from run_events import done, failed, over, phase, skipped, started, step

from lfsmake.model.events import Event, FetchDone, FetchProgress, FetchStarted, StepCancelled
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


def test_nothing_runs_after_the_end():
    view = view_of(started(), step("glibc"), phase("glibc", "build"), over(130))
    assert view.over
    assert not view.running


def test_an_unknown_event_changes_nothing():
    view = view_of(started(), Event(at=1))
    assert view.total == 3


def test_remaining_is_what_is_left_over_what_runs_at_once():
    view = view_of(
        started(expected={"glibc": 100.0, "gcc": 300.0, "app": 50.0}), step("glibc", at=1000), step("gcc", at=1000)
    )
    assert view.remaining(1060.0) == 240.0  # (40 + 240 + 50) / 2 is less than gcc alone still takes


def test_remaining_is_unknown_when_a_step_was_never_timed():
    assert view_of(started(expected={"glibc": 1.0, "gcc": 1.0})).remaining(1000.0) is None


def test_a_step_that_takes_longer_than_expected_counts_as_nothing_left():
    view = view_of(started(build=("glibc",), maybe=(), expected={"glibc": 10.0}), step("glibc", at=1000))
    assert view.remaining(1060.0) == 0.0


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
    assert view.remaining(now) >= 0
