"""Traces: what is recorded is found again, the newest by the order of recording."""

import tempfile
from collections.abc import Callable
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lfsmake.model.plan import Trace
from lfsmake.store.store import Store

MakeTrace = Callable[..., Trace]


def test_a_trace_comes_back_as_it_went(store: Store, make_trace: MakeTrace) -> None:
    trace = make_trace("k" * 64, log="logs/r1/glibc.log")
    store.record(trace)
    store.close()
    assert store.traces(["k" * 64, "other"]) == {"k" * 64: trace}
    assert store.last_trace("glibc") == trace
    assert store.last_trace("gcc") is None
    assert store.summaries() == {"k" * 64: ("0" * 64, "")}
    assert store.durations() == {"glibc": 1.5}


def test_the_newest_trace_is_the_one_recorded_last_whatever_its_clock(store: Store, make_trace: MakeTrace) -> None:
    store.record(make_trace("a", wall=1.0))
    store.record(make_trace("b", wall=2.0))
    store.record(make_trace("a", wall=3.0))
    assert store.durations() == {"glibc": 3.0}
    assert store.last_trace("glibc") == make_trace("a", wall=3.0)
    assert len(store.summaries()) == 2


def test_more_keys_than_one_query_takes(store: Store, make_trace: MakeTrace) -> None:
    store.record(make_trace("7"))
    store.record(make_trace("39999"))
    assert set(store.traces(str(number) for number in range(40_000))) == {"7", "39999"}


def test_the_generation_changes_with_every_trace_and_not_else(store: Store, make_trace: MakeTrace) -> None:
    other = Store.open(store.path)
    seen = [store.generation()]
    assert not store.generation_path.exists()
    store.record(make_trace("a"))
    seen.append(other.generation())
    store.remember("x", "y", "z")
    store.summaries()
    before = store.generation_path.stat()
    assert store.generation() == seen[-1]
    other.record(make_trace("a"))
    after = store.generation_path.stat()
    assert (before.st_ino, before.st_ctime_ns) != (after.st_ino, after.st_ctime_ns)
    seen.append(store.generation())
    store.forget(["a"])
    seen.append(other.generation())
    other.close()
    assert len(set(seen)) == 4
    empty = Store.open(store.path.with_name("another"))
    assert empty.generation() not in seen
    empty.close()


def test_facts_are_remembered_by_kind_and_name(store: Store) -> None:
    store.remember("origin", "glibc", "debian")
    store.remember("origin", "glibc", "upstream")
    store.remember("other", "glibc", "x")
    assert store.recall("origin", "glibc") == "upstream"
    assert store.recall("origin", "gcc") is None


class TracesModel(RuleBasedStateMachine):
    """Two processes' stores on one folder against a list."""

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.TemporaryDirectory()
        self.stores = [Store.open(Path(self.folder.name) / "s") for _ in range(2)]
        self.known: dict[str, Trace] = {}

    @rule(who=st.integers(0, 1), key=st.sampled_from("abcd"), step=st.sampled_from("xy"), wall=st.floats(0, 9))
    def record(self, who: int, key: str, step: str, wall: float) -> None:
        trace = Trace(key, step, key * 64, "", 0.0, wall, 0.0, 0, 0, "", {"f": {"n": step}})
        self.known.pop(key, None)
        self.known[key] = trace
        self.stores[who].record(trace)

    @rule(who=st.integers(0, 1), keys=st.sets(st.sampled_from("abcd")))
    def forget(self, who: int, keys: set[str]) -> None:
        self.stores[who].forget(keys)
        for key in keys:
            self.known.pop(key, None)

    @rule(who=st.integers(0, 1))
    def reopen(self, who: int) -> None:
        self.stores[who].close()

    @invariant()
    def same(self) -> None:
        for store in self.stores:
            assert store.traces("abcde") == self.known
            assert store.summaries() == {key: (t.layer, t.check) for key, t in self.known.items()}
            newest = {trace.step: trace for trace in self.known.values()}
            assert {step: store.last_trace(step) for step in newest} == newest
            assert store.durations() == {step: trace.wall for step, trace in newest.items()}
            assert store.last_trace("x") == newest.get("x")
            assert [row[0] for row in store.trace_index()] == list(reversed(self.known))

    def teardown(self) -> None:
        for store in self.stores:
            store.close()
        self.folder.cleanup()


TracesModel.TestCase.settings = settings(max_examples=10, stateful_step_count=10, deadline=None)
TestTracesModel = TracesModel.TestCase
