"""Two unrelated layers that bring one path with different contents are a conflict naming both."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from lfsmake.model.errors import StoreError
from lfsmake.store import tree
from lfsmake.store.conflict import Conflict, ConflictFinder, Part

MakePart = Callable[[str, dict[str, str]], Part]


@pytest.fixture
def part(tmp_path: Path) -> MakePart:
    """A layer of these files; a name that ends in "/" is a folder with that mode, "=" opaque; "@" a link."""

    def make(step: str, files: dict[str, str]) -> Part:
        base = tmp_path / step
        base.mkdir()
        for name, text in files.items():
            path = base / name
            path.parent.mkdir(parents=True, exist_ok=True)
            if name.endswith("/"):
                path.mkdir(exist_ok=True)
                path.chmod(int(text.rstrip("="), 8))
                if text.endswith("="):
                    (tmp_path / f"{step}-lower" / name).mkdir(parents=True)
                    os.setxattr(path, "user.overlay.opaque", b"y")
            elif text.startswith("@"):
                path.symlink_to(text[1:])
            else:
                path.write_text(text)
        manifest = tmp_path / f"{step}.jsonl"
        lower = tmp_path / f"{step}-lower"
        digest = tree.capture(str(base), str(manifest), lowers=[str(lower)] if lower.exists() else [])["digest"]
        return Part(step, str(digest), manifest)

    return make


def test_different_contents_of_unrelated_layers_conflict(part: MakePart) -> None:
    parts = [part("a", {"usr/bin/x": "1", "usr/only": ""}), part("b", {"usr/bin/x": "2"})]
    assert ConflictFinder().find(parts, set()) == [Conflict("usr/bin/x", "a", "b")]


def test_equal_contents_and_equal_folders_do_not(part: MakePart) -> None:
    parts = [part("a", {"usr/bin/x": "1", "l": "@t"}), part("b", {"usr/bin/x": "1", "usr/bin/y": "", "l": "@t"})]
    assert ConflictFinder().find(parts, set()) == []


def test_a_layer_may_replace_what_it_was_built_on_or_says_it_replaces(part: MakePart) -> None:
    parts = [part("a", {"x": "1"}), part("b", {"x": "2"}), part("c", {"x": "3"})]
    finder = ConflictFinder()
    assert finder.find(parts, {("b", "a"), ("c", "b"), ("c", "a")}) == []
    assert finder.find(parts, {("b", "a"), ("c", "a")}) == [Conflict("x", "b", "c")]
    assert finder.find(parts, {("c", "b"), ("c", "a")}) == [Conflict("x", "a", "b")]


def test_every_provider_of_equal_contents_must_be_replaceable(part: MakePart) -> None:
    parts = [part("a", {"x": "1"}), part("b", {"x": "1"}), part("c", {"x": "2"})]
    assert ConflictFinder().find(parts, {("c", "b")}) == [Conflict("x", "a", "c")]


def test_shared_paths_never_conflict(part: MakePart) -> None:
    parts = [part("a", {"etc/ld.so.cache": "1", "usr/info/dir": "1", "z": "1"}),
             part("b", {"etc/ld.so.cache": "2", "usr/info/dir": "2", "z": "2"})]  # fmt: skip
    found = ConflictFinder().find(parts, set(), ["/etc/ld.so.cache", "usr/*/dir"])
    assert found == [Conflict("z", "a", "b")]


def test_folders_of_different_mode_and_other_kinds_conflict(part: MakePart) -> None:
    parts = [
        part("a", {"var/": "755", "lib": "@usr/lib", "gone/": "755", "gone/f": ""}),
        part("b", {"var/": "700", "lib/libc": "", "gone/": "755="}),
    ]
    assert ConflictFinder().find(parts, set()) == [
        Conflict("gone", "a", "b"), Conflict("lib", "a", "b"), Conflict("var", "a", "b"),
    ]  # fmt: skip


def test_how_hard_links_are_stored_is_no_difference(part: MakePart, tmp_path: Path) -> None:
    first = part("a", {"gcc": "1"})
    base = tmp_path / "b"
    base.mkdir()
    (base / "cc").write_text("1")
    os.link(base / "cc", base / "gcc")
    manifest = tmp_path / "b.jsonl"
    second = Part("b", str(tree.capture(str(base), str(manifest))["digest"]), manifest)
    assert '"hardlink":"cc"' in manifest.read_text()
    assert ConflictFinder().find([first, second], set()) == []


def test_a_damaged_manifest_is_an_error(tmp_path: Path) -> None:
    manifest = tmp_path / "m"
    manifest.write_text("nonsense\n")
    with pytest.raises(StoreError) as raised:
        ConflictFinder().find([Part("a", "0" * 64, manifest)], set())
    assert str(raised.value) == f"the manifest {manifest} is damaged"
    assert raised.value.hint == "run `lfsmake store verify` to find and drop damaged layers"


def test_many_large_layers_are_compared_in_one_pass(tmp_path: Path) -> None:
    parts = []
    for number in range(20):
        manifest = tmp_path / f"{number}"
        rows = ['{"path":"usr","kind":"directory","mode":"0755","uid":0,"gid":0}\n']
        rows += [
            f'{{"path":"usr/{number}-{n}","kind":"file","mode":"0644","uid":0,"gid":0,"size":1,"sha256":"{n:064x}"}}\n'
            for n in range(2000)
        ]
        rows.append(f'{{"path":"usr/same","kind":"symlink","target":"{number == 13}"}}\n')
        manifest.write_text("".join(rows))
        parts.append(Part(f"s{number}", f"{number}", manifest))
    found = ConflictFinder().find(parts, {("s14", "s13")})
    assert [(c.lower, c.upper) for c in found] == [(f"s{n}", "s13") for n in range(13)]
