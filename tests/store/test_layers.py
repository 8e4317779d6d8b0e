"""Layers enter the store whole, once, and leave it through a work folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lfsmake.model.errors import StoreError
from lfsmake.store import tree
from lfsmake.store.layers import Captured
from lfsmake.store.store import Store

MakeLayer = Callable[[dict[str, str]], Captured]


def test_a_layer_lies_under_its_digest_with_its_manifest(store: Store, make_layer: MakeLayer) -> None:
    before = store.generation()
    captured = make_layer({"usr/x": "1"})
    assert store.layer_digests() == {captured.digest}
    assert (store.layer_path(captured.digest) / "usr/x").read_text() == "1"
    assert store.manifest_path(captured.digest).exists()
    assert store.generation() != before


def test_the_same_layer_again_changes_nothing(store: Store, make_layer: MakeLayer) -> None:
    first = make_layer({"usr/x": "1"})
    inode = store.layer_path(first.digest).stat().st_ino
    generation = store.generation()
    assert make_layer({"usr/x": "1"}).digest == first.digest
    assert store.layer_path(first.digest).stat().st_ino == inode
    assert store.generation() == generation


def test_an_empty_layer_is_a_layer(store: Store, make_layer: MakeLayer) -> None:
    digests = {make_layer({}).digest, make_layer({}).digest}
    assert store.layer_digests() == digests


def test_a_discarded_layer_is_ours_to_remove(store: Store, make_layer: MakeLayer) -> None:
    digest = make_layer({"usr/x": "1"}).digest
    before = store.generation()
    work = store.discard_layer(digest)
    assert (work / "tree/usr/x").exists()
    assert work.parent == store.path / "work"
    assert store.layer_digests() == set()
    assert not store.manifest_path(digest).exists()
    assert store.generation() != before
    make_layer({"usr/x": "1"})
    assert store.layer_digests() == {digest}


def test_a_tree_that_is_gone_is_an_error_and_nothing_enters(store: Store, tmp_path: Path) -> None:
    upper = tmp_path / "upper"
    upper.mkdir()
    counts = tree.capture(str(upper), str(tmp_path / "m"))
    upper.rmdir()
    captured = Captured(str(counts["digest"]), 0, 0, str(tmp_path / "m"))
    with pytest.raises(StoreError, match="No such file or directory"):
        store.add_layer(upper, captured)
    assert store.layer_digests() == set()
