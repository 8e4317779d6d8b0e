"""Collection removes what nothing needs, says so before, and never what a newest trace needs."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from lfsmake.model.errors import StoreError
from lfsmake.model.plan import Trace
from lfsmake.store.collect import Policy, collect, plan_collection, usage
from lfsmake.store.layers import Captured
from lfsmake.store.store import Store

MakeLayer = Callable[[dict[str, str]], Captured]
MakeTrace = Callable[..., Trace]


def removed(store: Store, policy: Policy, now: float | None = None) -> list[tuple[str, str]]:
    """Kind and name of what a collection removes; the plan must have said the same."""
    plan = plan_collection(store, policy, now)
    done = collect(store, policy, shutil.rmtree, now)
    assert [(t.kind, t.path) for t in done.things] == [(t.kind, t.path) for t in plan.things]
    assert done.traces == plan.traces
    assert not any(thing.path.exists() for thing in done.things)
    assert plan_collection(store, policy, now).things == ()
    return [(thing.kind, thing.path.name) for thing in done.things]


def test_layers_of_older_traces_go_with_them(store: Store, make_layer: MakeLayer, make_trace: MakeTrace) -> None:
    old, new, loose = (make_layer({"usr/x": text}).digest for text in "123")
    store.record(make_trace("k1", layer=old))
    store.record(make_trace("k2", layer=new))
    assert removed(store, Policy(traces=2)) == [("layer", loose)]
    assert removed(store, Policy()) == [("layer", old)]
    assert set(store.summaries()) == {"k2"}
    assert store.layer_digests() == {new}


def test_roots_keep_their_layers(store: Store, make_layer: MakeLayer, make_trace: MakeTrace) -> None:
    old, new = (make_layer({"usr/x": text}).digest for text in "12")
    store.record(make_trace("k1", layer=old))
    store.record(make_trace("k2", layer=new))
    assert removed(store, Policy(roots=("k1",))) == []
    assert set(store.summaries()) == {"k1", "k2"}


def test_a_trace_without_its_layer_goes_and_the_one_before_it_stays(
    store: Store, make_layer: MakeLayer, make_trace: MakeTrace
) -> None:
    old, new = (make_layer({"usr/x": text}).digest for text in "12")
    store.record(make_trace("k1", layer=old))
    store.record(make_trace("k2", layer=new))
    shutil.rmtree(store.discard_layer(new))
    assert removed(store, Policy()) == []
    assert set(store.summaries()) == {"k1"}


def test_dead_work_folders_go_and_failed_ones_when_asked(store: Store) -> None:
    live = store.new_work("live")
    dead = store.new_work("dead")
    store.keep_failed(store.new_work("gcc"), "gcc")
    store.release_work(dead)
    assert [thing.path for thing in plan_collection(store, Policy()).things] == [dead]
    assert removed(store, Policy(failed=False)) == [("work", dead.name), ("failed", "gcc")]
    assert live.exists()


def test_only_old_downloads_go(store: Store) -> None:
    for name in ("old", "new"):
        store.new_download(name).write_bytes(b"x")
    os.utime(store.new_download("old"), (1000, 1000))
    assert removed(store, Policy(download_age=50)) == [("download", store.new_download("old").name)]
    assert store.new_download("new").exists()


def test_logs_above_the_count_go_unless_a_trace_names_them(
    store: Store, make_layer: MakeLayer, make_trace: MakeTrace
) -> None:
    for number in range(4):
        for step in ("gcc", "glibc"):
            log = store.log_path(f"r{number}", step)
            log.write_text("log")
            os.utime(log, (number, number))
    store.record(make_trace("k", layer=make_layer({}).digest, log="logs/r1/glibc.log"))
    assert removed(store, Policy(logs=2)) == [("log", "gcc.log"), ("log", "r0")]
    assert (store.path / "logs/r1/glibc.log").exists()


def test_sources_go_only_when_told_which_to_keep(store: Store) -> None:
    for letter in "ab":
        part = store.new_download(letter)
        part.write_bytes(b"x")
        store.add_source(part, letter * 64)
    assert removed(store, Policy()) == []
    assert removed(store, Policy(sources=("a" * 64,))) == [("source", "b" * 64)]


def test_leftovers_of_killed_runs_go(store: Store) -> None:
    (store.path / "manifests" / f"{'0' * 64}.jsonl").write_text("")
    (store.path / "locks/key").write_text("")
    (store.path / "generation.0123.tmp").write_text("")
    assert removed(store, Policy()) == [("manifest", f"{'0' * 64}.jsonl")]
    assert [name for name in os.listdir(store.path / "locks") if not name.startswith(".")] == []
    assert not (store.path / "generation.0123.tmp").exists()


def test_a_store_in_use_is_not_collected(store: Store, make_layer: MakeLayer) -> None:
    digest = make_layer({}).digest
    other = Store.open(store.path)
    with other.use(), pytest.raises(StoreError, match="is in use by another lfsmake"):
        collect(store, Policy(), shutil.rmtree)
    other.close()
    assert store.layer_digests() == {digest}


def test_an_interrupted_collection_is_finished_by_the_next(
    store: Store, make_layer: MakeLayer, make_trace: MakeTrace
) -> None:
    old, new = (make_layer({"usr/x": text}).digest for text in "12")
    store.record(make_trace("k1", layer=old))
    store.record(make_trace("k2", layer=new))

    def stop(_: Path) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        collect(store, Policy(), stop)
    store.close()
    assert set(store.summaries()) == {"k2"}
    done = collect(store, Policy(), shutil.rmtree)
    assert [thing.kind for thing in done.things] == ["work"]
    assert store.layer_digests() == {new}


def test_sizes_are_told(store: Store, make_layer: MakeLayer) -> None:
    make_layer({"a": "x" * 100_000, "b": "y" * 50_000})
    part = store.new_download("u")
    part.write_bytes(b"z" * 9000)
    used = usage(store)
    assert used.layers == 150_000
    assert used.downloads >= 9000
    assert used.free > 0
    (thing,) = plan_collection(store, Policy()).things
    assert (thing.kind, thing.size) == ("layer", 150_000)
