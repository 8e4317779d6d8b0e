"""With a quota, what nothing needs goes only as far as it must, the least recently used first."""

import os
import shutil
from collections.abc import Callable

from lfsmake.model.plan import Trace
from lfsmake.store.collect import Collected, Policy, collect, plan_collection, total, usage
from lfsmake.store.layers import Captured
from lfsmake.store.store import Store

MakeLayer = Callable[[dict[str, str]], Captured]
MakeTrace = Callable[..., Trace]
MB = 1_000_000


def built(store: Store, make_layer: MakeLayer, make_trace: MakeTrace, step: str, used: int) -> str:
    """A step with a layer of 1 MB that was used at that time."""
    layer = make_layer({f"usr/{step}": step[:1] * MB}).digest
    store.record(make_trace(f"key-{step}", step=step, layer=layer))
    os.utime(store.manifest_path(layer), (used, used))
    return layer


def collected(store: Store, policy: Policy) -> Collected:
    """What a collection removes; the plan must have said the same, and the store must take what it says."""
    plan = plan_collection(store, policy)
    done = collect(store, policy, shutil.rmtree)
    assert done == plan
    assert done.left is not None
    small = 100_000  # folders, manifests, the database
    assert abs(total(usage(store)) - done.left) < small
    return done


def names(done: Collected) -> list[str]:
    return [thing.path.name for thing in done.things]


def test_the_least_recently_used_goes_first_and_no_more_than_must(
    store: Store, make_layer: MakeLayer, make_trace: MakeTrace
) -> None:
    layers = {step: built(store, make_layer, make_trace, step, used) for step, used in
              (("bash", 300), ("gcc", 100), ("sed", 200), ("tar", 400))}  # fmt: skip
    within = total(usage(store)) - 2 * MB + 1000
    assert names(collected(store, Policy(steps=(), sources=(), quota=within + 2 * MB))) == []
    assert names(collected(store, Policy(steps=(), sources=(), quota=within))) == [layers["gcc"], layers["sed"]]
    assert set(store.summaries()) == {"key-bash", "key-tar"}


def test_a_mark_makes_a_layer_used_now(store: Store, make_layer: MakeLayer, make_trace: MakeTrace) -> None:
    old = built(store, make_layer, make_trace, "old", 100)
    new = built(store, make_layer, make_trace, "new", 200)
    store.mark_used([old, "0" * 64])
    within = total(usage(store)) - MB + 1000
    assert names(collected(store, Policy(steps=(), sources=(), quota=within))) == [new]


def test_what_is_needed_never_goes_and_what_is_left_is_said(
    store: Store, make_layer: MakeLayer, make_trace: MakeTrace
) -> None:
    kept = built(store, make_layer, make_trace, "gcc", 1)
    rooted = built(store, make_layer, make_trace, "sed", 2)
    built(store, make_layer, make_trace, "tar", 3)
    done = collected(store, Policy(roots=("key-sed",), steps=("gcc",), sources=(), quota=0))
    assert store.layer_digests() == {kept, rooted}
    assert done.traces == ("key-tar",)
    assert done.left is not None
    assert done.left >= 2 * MB


def test_sources_and_folders_of_failures_go_too_unless_they_are_needed(store: Store) -> None:
    for letter, used in (("a", 100), ("b", 200), ("c", 50)):
        part = store.new_download(letter)
        part.write_bytes(b"x" * MB)
        os.utime(store.add_source(part, letter * 64), (used, used))
    for step, used in (("gcc", 150), ("tar", 10)):
        (work := store.new_work(step)).joinpath("upper").write_bytes(b"x" * MB)
        os.utime(store.keep_failed(work, step).path, (used, used))
    policy = Policy(steps=("tar",), sources=("c" * 64,), quota=0)
    assert names(collected(store, policy)) == ["a" * 64, "gcc", "b" * 64]
    assert store.has_source("c" * 64)
    assert store.failed_work("tar").is_dir()


def test_a_layer_that_no_trace_names_goes_whatever_the_quota(store: Store, make_layer: MakeLayer) -> None:
    loose = make_layer({"usr/x": "x"}).digest
    assert names(collected(store, Policy(steps=(), sources=(), quota=10**12))) == [loose]
