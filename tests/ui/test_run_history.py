"""A run's events fold into one record, whole or in pieces, sound or damaged."""

import msgspec
from histories import RUN, T, ended, everything, failure, started, step, written
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.model.events import Note, Recovery, RunAdopted, Sample, StepCancelled, StepDone, StepFailed, StepStarted
from lfsmake.ui.figures import final_failures
from lfsmake.ui.history import History
from lfsmake.ui.markdown import run_markdown
from lfsmake.ui.page import run_page
from lfsmake.ui.records import Counts, RunRecord, StepSample
from lfsmake.ui.series import LIMIT, Series, merge_steps
from lfsmake.ui.summary import summary


def record(events, *, live=False) -> RunRecord:
    history = History()
    for event in events:
        history.apply(event)
    return history.record(live=live)


def test_states_and_counts():
    run = record(everything())
    assert {one.step: one.state for one in run.steps} == {
        "base": "built", "lib": "built", "tool": "built", "app": "failed", "top": "skipped",
    }  # fmt: skip
    assert run.counts == Counts(total=5, built=3, failed=1, skipped=1, flaky=1)
    assert (run.run, run.state, run.exit_code, run.wall, run.sbu) == (RUN, "failed", 1, 200.0, 100.0)
    assert [one.step for one in run.steps] == ["base", "lib", "tool", "app", "top"]  # as they started
    assert run.steps[-1].reason == "app"


def test_every_attempt_is_kept_with_its_phases():
    tool = next(one for one in record(everything()).steps if one.step == "tool")
    assert [(one.started - T, (one.ended or 0) - T, one.outcome) for one in tool.attempts] == [
        (104, 124, "failed"),
        (124, 154, "built"),
    ]
    assert tool.flaky
    assert [phase.phase for phase in tool.attempts[1].phases] == ["build"]
    base = record(everything()).steps[0]
    assert [(phase.phase, phase.started - T, phase.wall) for phase in base.attempts[0].phases] == [
        ("unpack", 4, 10), ("configure", 14, 20), ("build", 34, 70),
    ]  # fmt: skip


def test_the_critical_path_says_why_each_step_began_no_earlier():
    run = record(everything())
    assert [(link.step, link.why, link.after) for link in run.critical] == [
        ("base", "source", "base.tar.xz"),
        ("lib", "need", "base"),
        ("app", "need", "lib"),
    ]
    assert run.chain == ("base", "lib", "app")
    assert run.chain_wall == 196.0


def test_a_step_that_had_no_room_follows_the_one_that_made_it():
    graph = {"a": (), "b": ()}
    run = record([started(graph, graph=graph), *step("a", T, 10), *step("b", T + 10.01, 5), ended(T + 15.01)])
    assert [(link.step, link.why, link.after) for link in run.critical] == [("a", "start", ""), ("b", "order", "a")]
    graph = {"a": (), "b": (), "c": ("a",)}
    run = record([
        started(graph, graph=graph), *step("a", T, 10), *step("b", T + 10.01, 5), *step("c", T + 15.02, 1),
        ended(T + 16.02),
    ])  # fmt: skip
    assert [(link.step, link.why) for link in run.critical] == [("a", "start"), ("b", "room"), ("c", "room")]


def test_a_step_that_is_tried_again_follows_its_own_failure():
    graph = {"a": (), "b": ()}
    run = record([
        started(graph, graph=graph), *step("a", T, 10, fails=(failure("a"), True)), *step("b", T, 11),
        *step("a", T + 12, 10), ended(T + 22),
    ])  # fmt: skip
    assert [(link.step, link.why, link.after, link.waited) for link in run.critical] == [
        ("a", "start", "", 0.0),
        ("a", "retry", "a", 2.0),
    ]


def asked_again():
    """A step fails for good, one is asked about it, it is tried again, fails, is tried again and built."""
    graph = {"a": (), "b": ("a",)}
    again = Recovery(at=T + 10, step="a", action="asked", text="again, as you asked")
    return [
        started(graph, graph=graph), *step("a", T, 10, fails=(failure("a"), False)), again,
        *step("a", T + 12, 10, fails=(failure("a", message="killed"), False)),
        msgspec.structs.replace(again, at=T + 22), *step("a", T + 24, 10),
        *step("b", T + 34, 10, fails=(failure("b"), False)), ended(T + 44, 1, built=1, failed=1),
    ]  # fmt: skip


def test_a_step_that_was_asked_about_and_then_built_did_not_fail():
    run = record(asked_again())
    assert [(failed.step, failed.retrying) for failed in run.failures] == [("a", True), ("a", True), ("b", False)]
    assert [failed.step for failed in final_failures(run)] == ["b"]
    assert (run.counts.built, run.counts.failed) == (1, 1)
    until = asked_again()[: 1 + 5 + 1 + 5]
    assert [failed.failure.message for failed in final_failures(record(until))] == ["killed"], "only the last one"
    assert final_failures(record([*until, *asked_again()[12:14]])) == [], "it is being tried again"


def test_no_report_lists_it_as_failed():
    run = record(asked_again())
    assert [line for line in summary(run) if line.startswith(("failed", "again"))] == [
        "failed    /p/app.lfs:7: b failed in its build phase: exit status 2"
    ]
    page, text = run_page(run), run_markdown(run)
    for shown in (page, text):
        assert "b failed in its build phase" in shown
        assert "a failed in its build phase" not in shown
        assert "again, as you asked" in shown


def test_parallelism_is_a_staircase():
    run = record(everything())
    assert [(at - T, count) for at, count in run.parallel] == [
        (4, 1), (104, 2), (124, 2), (154, 1), (164, 1), (200, 0),
    ]  # fmt: skip


def test_what_is_not_stale_is_up_to_date():
    graph = {"a": (), "b": ("a",), "c": ("b",)}
    run = record([started(("b",), maybe=("c",), graph=graph)], live=True)
    assert {one.step: one.state for one in run.steps} == {"a": "up-to-date", "b": "waiting", "c": "waiting"}


def test_a_live_run_runs_and_a_dead_one_was_killed():
    events = list(everything())[:12]
    running = next(one.step for one in record(events, live=True).steps if one.state == "running")
    live, dead = record(events, live=True), record(events)
    assert (live.state, live.ended, live.counts.running) == ("running", None, 1)
    assert (dead.state, dead.ended, dead.counts.running) == ("killed", dead.last, 0)
    cut = next(one for one in dead.steps if one.step == running)
    assert (cut.state, cut.reason, cut.attempts[-1].ended) == ("cancelled", "lfsmake was killed", dead.last)
    assert all(one.state != "running" for one in dead.steps)


def test_looking_at_a_dead_run_does_not_change_what_is_known():
    history = History()
    for event in list(everything())[:12]:
        history.apply(event)
    history.record()
    assert history.record(live=True).counts.running == 1


def test_recipes_read_anew_replace_the_plan():
    graph = {"a": (), "b": ("a",)}
    run = record([
        started(("a", "b"), graph=graph),
        *step("a", T, 5),
        StepStarted(at=T + 5, step="b", key="k", reason="never built", log=""),
        StepCancelled(at=T + 6, step="b", reason="its recipe changed"),
        RunAdopted(at=T + 6, steps=2, build=("c",), maybe=(), expected={"c": 3.0}, graph={"a": (), "c": ("a",)}),
    ], live=True)  # fmt: skip
    assert {one.step: one.state for one in run.steps} == {"a": "built", "b": "cancelled", "c": "waiting"}
    assert next(one.expected for one in run.steps if one.step == "c") == 3.0


def test_one_sbu_is_what_binutils_took_in_this_run():
    run = record([started(("binutils-pass1",), sbu=100.0), *step("binutils-pass1", T, 150), ended(T + 150)])
    assert run.sbu == 150


def test_processors_in_use_come_from_differences():
    run = record([
        started(("a",)),
        StepStarted(at=T, step="a", key="k", reason="", log=""),
        Sample(at=T + 10, step="a", cpu=15, rss=1, processes=1, phase="build"),
        Sample(at=T + 20, step="a", cpu=35, rss=2, processes=1, phase="build"),
        Sample(at=T + 30, step="a", cpu=5, rss=3, processes=1, phase="install"),
    ], live=True)  # fmt: skip
    assert [sample.cores for sample in run.steps[0].samples] == [1.5, 2.0, 0.5]


def test_damaged_and_unknown_lines_are_counted_and_passed_over():
    lines = written(everything()).splitlines(keepends=True)
    odd = [
        b'{"event":"from-the-future","at":1.0}\n', b"\xff\xfe\x00\n", b"{}\n", b"[1,2]\n", b"\n",
        b'{"event":"step-done","at":"never"}\n', b"[" * 5000 + b"\n", lines[3][:20] + b"\n",
    ]  # fmt: skip
    history = History()
    history.feed(b"".join([*lines[:5], *odd, *lines[5:], lines[0][:30]]))
    run = history.record()
    assert run.unknown + run.damaged == 7
    assert run.unknown >= 1
    assert msgspec.structs.replace(run, unknown=0, damaged=0) == record(everything())


def test_a_line_without_an_end_takes_no_memory():
    history = History()
    lines = written(everything()).splitlines(keepends=True)
    history.feed(b"".join(lines[:5]) + b"x" * (1 << 24))
    for _ in range(3):
        history.feed(b"y" * (1 << 20))
    history.feed(b"\n" + b"".join(lines[5:]))
    run = history.record()
    assert run.damaged == 1
    assert msgspec.structs.replace(run, damaged=0) == record(everything())


def test_unknown_fields_are_skipped_and_a_newer_version_is_told():
    line = msgspec.json.decode(written([started(("a",), version=2)]))
    history = History()
    history.feed(msgspec.json.encode({**line, "colour": "blue"}) + b"\n")
    run = history.record()
    assert run.newer
    assert run.damaged == 0


@given(st.lists(st.integers(1, 4000), max_size=30))
def test_bytes_may_come_in_any_pieces(cuts):
    data = written(everything())
    history, at = History(), 0
    for cut in cuts:
        history.feed(data[at : at + cut])
        at += cut
    history.feed(data[at:])
    assert history.record() == record(everything())


@given(st.permutations(everything()))
def test_events_in_any_order_make_some_record(events):
    """A damaged file may lack any line: what is left must not end in a traceback."""
    for part in (events, events[: len(events) // 2]):
        msgspec.json.encode(record(part))
        msgspec.json.encode(record(part, live=True))


@given(st.integers(1, 5000))
def test_a_series_is_bounded_and_keeps_its_end(count):
    series = Series(merge_steps)
    for at in range(count):
        series.add(StepSample(at, 1.0, at, 1, at, at))
    points = series.points()
    assert len(points) <= LIMIT
    assert points[-1].at == count - 1
    assert all(point.cores == 1.0 for point in points)
    assert max(point.rss for point in points) == count - 1
    assert [point.at for point in points] == sorted(point.at for point in points)


def test_ten_thousand_steps_fold():
    names = [f"s{at}" for at in range(10_000)]
    graph = {name: tuple(names[max(0, at - 2) : at]) for at, name in enumerate(names)}
    history = History()
    history.apply(started(names, graph=graph))
    for at, name in enumerate(names):
        history.apply(StepStarted(at=T + at, step=name, key="k", reason="", log=""))
        history.apply(StepDone(at=T + at + 1, step=name, outcome="built", key="k", layer="l", wall=1.0))
    history.apply(ended(T + 10_000, built=10_000))
    run = history.record()
    assert run.counts.built == 10_000
    assert len(run.critical) == 10_000
    assert run.chain_wall == 10_000


def test_needs_in_a_circle_end():
    graph = {"a": ("b",), "b": ("a",)}
    run = record([started(("a", "b"), graph=graph), *step("a", T, 5), *step("b", T + 5, 5), ended(T + 10)])
    assert len(run.critical) <= 2
    assert run.chain_wall >= 5


def test_a_failure_of_no_step_belongs_to_the_run():
    run = record([started(("a",)), StepFailed(at=T, step="", failure=failure("", failure_class="source"))])
    assert [one.failure.failure_class for one in run.failures] == ["source"]
    assert [one.step for one in run.steps] == ["a"]


def test_what_a_running_step_used_so_far():
    events = [*step("a", T, 10, phases=(("configure", 0.4), ("build", 0.6)))][:6]  # up to the sample of its build
    running = record([started(("a",)), *events], live=True).steps[0]
    assert (running.state, running.cpu, running.rss, running.read) == ("running", 4 + 3, 60_000_000, 1_000_000)


def test_very_long_texts_are_cut_and_say_so():
    line = "x" * 3_000_000
    bad = failure("a", tail=("short", line), message=line)
    run = record([started(("a",)), Note(at=T, text=line), StepFailed(at=T, step="a", failure=bad)])
    cut = "x" * 4000 + "… (2,996,000 more characters)"
    assert run.notes[0].text == cut
    assert run.failures[0].failure == failure("a", tail=("short", cut), message=cut)
