"""The trace has the form that viewers read: the Trace Event Format of Chrome, in short.

An object with `traceEvents`; each event has ph, name, pid, tid. X: ts and dur, µs, and those of one thread nest;
C: ts and args of numbers; i: ts and the scope s of g, p, t; M: args with a name or an index.
"""

import itertools
import json

from histories import T, ended, everything, failure, started, step
from hypothesis import given
from hypothesis import strategies as st
from test_run_history import record

from lfsmake.model.events import StepFailed
from lfsmake.ui.chrome import chrome_trace
from lfsmake.ui.lanes import lanes


def trace(run):
    """Its events, each looked at."""
    whole = json.loads(chrome_trace(run))
    assert set(whole) == {"traceEvents", "displayTimeUnit", "otherData"}
    assert whole["displayTimeUnit"] in ("ms", "ns")
    threads = {}
    for event in whole["traceEvents"]:
        assert isinstance(event["name"], str)
        assert isinstance(event["pid"], int)
        assert isinstance(event["tid"], int)
        if event["ph"] == "M":
            kind = event["name"].rpartition("_")[2]
            assert set(event["args"]) == ({"name"} if kind == "name" else {"sort_index"})
            continue
        assert event["ts"] >= 0
        if event["ph"] == "X":
            assert event["dur"] >= 0
            threads.setdefault((event["pid"], event["tid"]), []).append((event["ts"], event["ts"] + event["dur"]))
        elif event["ph"] == "C":
            assert all(isinstance(value, int | float) for value in event["args"].values())
        else:
            assert (event["ph"], event["s"] in ("g", "p", "t")) == ("i", True)
    for spans in threads.values():
        nested(spans)
    return whole["traceEvents"]


def nested(spans):
    """Of two spans of a thread either one is within the other, or they do not touch but at an edge."""
    stack = []
    for start, end in sorted(spans, key=lambda span: (span[0], -span[1])):
        while stack and stack[-1] <= start + 0.2:
            stack.pop()
        assert not stack or end <= stack[-1] + 0.2, (start, end, stack)
        stack.append(end)


def test_a_run_with_everything():
    events = trace(record(everything()))
    complete = [(e["cat"], e["name"], e["ts"], e["dur"], e["tid"]) for e in events if e["ph"] == "X"]
    assert ("step", "base", 4e6, 100e6, 1) in complete
    assert ("phase", "configure", 14e6, 20e6, 1) in complete
    assert ("download", "base.tar.xz", 0, 4e6, 10_000) in complete
    assert {tid for kind, name, _, _, tid in complete if name in ("lib", "tool") and kind == "step"} == {1, 2}
    instants = [(e["cat"], e["name"], e["ts"]) for e in events if e["ph"] == "i"]
    assert ("failure", "app failed", 200e6) in instants
    assert ("recovery", "tool: retry", 124e6) in instants
    counters = {e["name"]: e["args"] for e in events if e["ph"] == "C"}
    assert counters["processors"] == {"busy %": 50.0}
    assert counters["memory"] == {"used MB": 2000}
    assert counters["waiting for processors"] == {"%": 10.0}
    assert "waiting for memory" not in counters  # the kernel did not tell
    names = {(e["pid"], e["tid"]): e["args"]["name"] for e in events if e["name"] == "thread_name"}
    assert names == {(1, 1): "steps 1", (1, 2): "steps 2", (1, 10_000): "downloads 1"}
    assert {e["args"]["name"] for e in events if e["name"] == "process_name"} == {"lfsmake all", "machine"}


def test_phases_never_stick_out_of_their_step():
    events = [*step("a", T, 10, phases=(("build", 3.0), ("check", 1.0)))]
    trace(record([started(("a",)), *events, ended(T + 10)]))
    trace(record([started(("a",)), *events[:3]], live=True))
    trace(record([started(("a",), at=T + 100), *events]))


def test_a_failure_of_the_run_stands_over_all_of_it():
    events = trace(record([started(("a",)), StepFailed(at=T + 1, step="", failure=failure(""))]))
    found = next(event for event in events if event["ph"] == "i")
    assert (found["name"], found["s"], found["tid"]) == ("the run failed", "p", 0)


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(0, 20)), max_size=60))
def test_lanes_never_overlap_and_are_as_few_as_can_be(pairs):
    spans = [(start, start + length) for start, length in pairs]
    found = lanes(spans)
    for lane in set(found):
        mine = sorted(span for span, other in zip(spans, found, strict=True) if other == lane)
        assert all(one[1] <= two[0] for one, two in itertools.pairwise(mine))
    at_once = max((sum(a <= t < b or (a == b == t) for a, b in spans) for t, _ in spans), default=0)
    assert len(set(found)) <= max(at_once, 1) + sum(a == b for a, b in spans)
