"""Verifying a layer lists every path that is not as its manifest says."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lfsmake.store import programs
from lfsmake.store.layers import Captured
from lfsmake.store.store import Store

Ask = Callable[[programs.Request], programs.Answer]
MakeLayer = Callable[[dict[str, str]], Captured]


@pytest.fixture
def verify(store: Store, ask: Ask) -> Callable[[str], programs.Verified]:
    def go(digest: str) -> programs.Verified:
        layer = store.layer_path(digest)
        return programs.verified(ask(programs.verify(layer, store.manifest_path(digest))), layer)

    return go


def test_a_whole_layer_has_no_differences(make_layer: MakeLayer, verify: Callable[[str], programs.Verified]) -> None:
    digest = make_layer({"usr/bin/cc": "x", "odd \\ \" name\n": "y"}).digest
    assert verify(digest) == programs.Verified(digest, digest, ())


def test_each_damage_is_named(
    store: Store, make_layer: MakeLayer, verify: Callable[[str], programs.Verified]
) -> None:
    digest = make_layer({"a": "1", "b": "2", "c/d": "3", "e": "4"}).digest
    layer = store.layer_path(digest)
    (layer / "a").write_text("0")
    (layer / "b").unlink()
    (layer / "c/new").write_text("")
    (layer / "e").chmod(0o600)
    found = verify(digest)
    assert found.manifest == digest
    assert found.digest != digest
    assert [(difference.path, difference.what) for difference in found.differences] == [
        ("a", "differs: sha256"),
        ("b", "missing"),
        ("e", "differs: mode"),
        ("c/new", "extra"),
    ]


def test_a_damaged_manifest_is_told_from_a_damaged_layer(
    store: Store, make_layer: MakeLayer, verify: Callable[[str], programs.Verified]
) -> None:
    digest = make_layer({"a": "1"}).digest
    manifest = store.manifest_path(digest)
    manifest.write_bytes(manifest.read_bytes().splitlines(keepends=True)[0] + b"garbage\n")
    found = verify(digest)
    assert found.digest == digest
    assert found.manifest != digest
    assert found.differences == (
        programs.Difference("line 2 of the manifest", "unreadable line"),
        programs.Difference("a", "extra"),
    )


def test_times_do_not_matter(
    store: Store, make_layer: MakeLayer, verify: Callable[[str], programs.Verified], tmp_path: Path
) -> None:
    digest = make_layer({"a": "1"}).digest
    (store.layer_path(digest) / "a").touch()
    assert verify(digest).differences == ()
