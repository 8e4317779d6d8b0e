"""Capturing normalises a tree and gives it a digest of all that matters, and of nothing else."""

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.model.errors import StoreError
from lfsmake.store import programs, tree

root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: devices, owners, trusted attributes")


def lay_out(base: Path) -> Path:
    (base / "usr/bin").mkdir(parents=True)
    (base / "usr/bin/cc").write_text("compiler")
    (base / "usr/bin/gcc").symlink_to("cc")
    (base / "usr/lib").mkdir()
    (base / "usr/lib/libc.so").write_bytes(b"\0" * 300_000)
    os.link(base / "usr/bin/cc", base / "usr/bin/c99")
    return base


def capture(base: Path, **options: object) -> str:
    manifest = base.parent / f"{base.name}.manifest"
    return str(tree.capture(str(base), str(manifest), **options)["digest"])  # type: ignore[arg-type]


def lines(base: Path) -> dict[str, dict[str, object]]:
    text = (base.parent / f"{base.name}.manifest").read_bytes()
    return {entry["path"]: entry for entry in map(json.loads, text.splitlines())}


def test_the_digest_is_the_sha256_of_the_manifest(tmp_path: Path) -> None:
    base = lay_out(tmp_path / "a")
    counts = tree.capture(str(base), str(tmp_path / "m"))
    assert counts["digest"] == hashlib.sha256((tmp_path / "m").read_bytes()).hexdigest()
    assert (counts["files"], counts["entries"], counts["size"]) == (4, 8, 300_008)


def test_two_trees_made_in_another_order_and_at_another_time_are_the_same(tmp_path: Path) -> None:
    one = lay_out(tmp_path / "a")
    two = tmp_path / "b"
    (two / "usr/lib").mkdir(parents=True)
    (two / "usr/lib/libc.so").write_bytes(b"\0" * 300_000)
    (two / "usr/bin").mkdir()
    (two / "usr/bin/gcc").symlink_to("cc")
    (two / "usr/bin/c99").write_text("compiler")
    os.link(two / "usr/bin/c99", two / "usr/bin/cc")
    os.utime(two / "usr/bin/cc", (5, 5))
    assert capture(one, epoch=1_000) == capture(two, epoch=2_000)


def test_every_time_becomes_the_epoch(tmp_path: Path) -> None:
    base = lay_out(tmp_path / "a")
    (base / "tmp").mkdir()
    (base / "tmp/x").write_text("")
    capture(base, epoch=1_700_000_000, drop=["tmp/*"])
    times = {path.lstat().st_mtime_ns for path in [base, *base.rglob("*")]}
    assert times == {1_700_000_000 * 10**9}


CHANGES: dict[str, Callable[[Path], object]] = {
    "content": lambda base: (base / "usr/bin/cc").write_text("compileR"),
    "name": lambda base: (base / "usr/bin/gcc").rename(base / "usr/bin/cpp"),
    "link target": lambda base: ((base / "usr/bin/gcc").unlink(), (base / "usr/bin/gcc").symlink_to("c99")),
    "mode": lambda base: (base / "usr/bin/cc").chmod(0o4755),
    "folder mode": lambda base: (base / "usr/lib").chmod(0o700),
    "mode of the top": lambda base: base.chmod(0o711),
    "a new empty folder": lambda base: (base / "usr/share").mkdir(),
    "a broken hard link": lambda base: (
        (base / "usr/bin/c99").unlink(),
        (base / "usr/bin/c99").write_text("compiler"),
    ),
    "kind": lambda base: ((base / "usr/bin/gcc").unlink(), (base / "usr/bin/gcc").write_text("cc")),
    "a fifo": lambda base: os.mkfifo(base / "usr/fifo"),
    "attribute": lambda base: os.setxattr(base / "usr/bin/cc", "user.note", b"x"),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_matters_changes_the_digest(tmp_path: Path, change: str) -> None:
    base = lay_out(tmp_path / "a")
    before = capture(base)
    CHANGES[change](base)
    assert capture(base) != before


@root_only
def test_owners_devices_and_capabilities_change_the_digest(tmp_path: Path) -> None:
    base = lay_out(tmp_path / "a")
    seen = {capture(base)}
    os.chown(base / "usr/bin/cc", 12, -1)
    seen.add(capture(base))
    os.chown(base / "usr/bin/cc", 12, 34)
    seen.add(capture(base))
    capability = bytes.fromhex("0100000200200000000000000000000000000000")
    os.setxattr(base / "usr/bin/cc", "security.capability", capability)
    seen.add(capture(base))
    os.mknod(base / "null", 0o20666, os.makedev(1, 3))
    seen.add(capture(base))
    assert len(seen) == 5
    assert lines(base)["null"]["device"] == [1, 3]
    assert lines(base)["usr/bin/cc"]["xattrs"] == {"security.capability": capability.hex()}


@root_only
def test_whiteouts_are_one_kind_whatever_their_inode(tmp_path: Path) -> None:
    base = tmp_path / "a"
    base.mkdir()
    os.mknod(base / "gone", 0o20000, os.makedev(0, 0))
    alone = capture(base)
    (base / "gone").unlink()
    os.mknod(base / "gone", 0o20600, os.makedev(0, 0))
    os.link(base / "gone", base / "other")
    capture(base)
    assert lines(base)["gone"] == {"path": "gone", "kind": "whiteout"}
    assert lines(base)["other"] == {"path": "other", "kind": "whiteout"}
    (base / "other").unlink()
    assert capture(base) == alone


def mark(folder: Path) -> None:
    os.setxattr(folder, "user.overlay.opaque", b"y")


def test_overlay_bookkeeping_goes_but_a_folder_that_replaces_one_stays_opaque(tmp_path: Path) -> None:
    lower, base = tmp_path / "lower", tmp_path / "a"
    (lower / "usr/share/doc").mkdir(parents=True)
    for name in ("usr/share/doc", "usr/new"):
        (base / name).mkdir(parents=True)
        mark(base / name)
    os.setxattr(base / "usr", "user.overlay.impure", b"y")
    os.setxattr(base / "usr", "user.mine", b"1")
    capture(base, lowers=[str(lower)])
    assert lines(base)["usr/share/doc"].get("opaque") is True
    assert "opaque" not in lines(base)["usr/new"]
    assert os.listxattr(base / "usr/new") == []
    assert os.listxattr(base / "usr") == ["user.mine"]
    assert os.getxattr(base / "usr/share/doc", "user.overlay.opaque") == b"y"


def test_a_folder_hidden_in_the_lower_root_is_not_replaced(tmp_path: Path) -> None:
    lowest, middle, base = tmp_path / "1", tmp_path / "2", tmp_path / "a"
    (lowest / "d/x").mkdir(parents=True)
    (middle / "d").mkdir(parents=True)
    mark(middle / "d")  # hides d/x of the lowest
    (base / "d/x").mkdir(parents=True)
    mark(base / "d/x")
    assert tree.replaces_folder(b"d/x", [os.fsencode(lowest)])
    assert tree.replaces_folder(b"d", [os.fsencode(lowest), os.fsencode(middle)])
    assert not tree.replaces_folder(b"d/x", [os.fsencode(lowest), os.fsencode(middle)])
    (middle / "f").write_text("")
    assert not tree.replaces_folder(b"f", [os.fsencode(lowest), os.fsencode(middle)])


def test_volatile_paths_are_deleted(tmp_path: Path) -> None:
    base = tmp_path / "a"
    for name in ("tmp/a/b", "var/log/x.log", "var/log/sub/y.log", "var/keep", "etc/ld.so.cache"):
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text("")
    (base / "tmp/link").symlink_to(tmp_path)
    (tmp_path / "outside").write_text("")
    capture(base, drop=["/tmp/*", "var/log/*.log", "etc/**"])
    assert sorted(lines(base)) == [".", "etc", "tmp", "var", "var/keep", "var/log", "var/log/sub",
                                   "var/log/sub/y.log"]  # fmt: skip
    assert (tmp_path / "outside").exists()
    assert not (base / "tmp/a").exists()


def test_names_that_are_not_utf8_are_told_apart(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    for name in (b"\xff", b"\\xff", b'"', b"new\nline", "é".encode(), b"tab\t", b"\xed\xa0\x80"):
        (tmp_path / "a" / os.fsdecode(name)).touch()
    capture(tmp_path / "a")
    assert sorted(lines(tmp_path / "a")) == sorted(
        [".", "\\xff", "\\x5cxff", "\\x22", "new\\x0aline", "é", "tab\\x09", "\\xed\\xa0\\x80"]
    )


@given(st.binary())
def test_every_name_survives_the_manifest(name: bytes) -> None:
    text = tree.to_text(name)
    assert tree.to_bytes(text) == name
    assert '"' not in text
    assert text.isprintable() or all(ord(c) > 127 for c in text if not c.isprintable())
    assert json.loads(tree.quote(name)) == text


@given(
    st.lists(st.sampled_from(["a", "b", "*", "**", "?", "/", ".", "["]), max_size=6).map("".join),
    st.text("ab/.[", max_size=6),
)
def test_patterns_match_what_they_say(pattern: str, path: str) -> None:
    assert bool(re.fullmatch(tree.glob_regex([pattern]), path)) == matches(pattern.lstrip("/"), path)
    assert bool(re.fullmatch(tree.glob_regex(["zz", pattern]), path)) == matches(pattern.lstrip("/"), path)
    assert not re.fullmatch(tree.glob_regex([]), path)


def matches(pattern: str, path: str) -> bool:
    """The same, one character after the other."""
    if not pattern:
        return not path
    if pattern.startswith("**"):
        return any(matches(pattern[2:], path[n:]) for n in range(len(path) + 1))
    if pattern.startswith("*"):
        return any(matches(pattern[1:], path[n:]) for n in range(len(path.split("/")[0]) + 1))
    if not path or (pattern[0] != path[0] and pattern[0] != "?") or (pattern[0] == "?" and path[0] == "/"):
        return False
    return matches(pattern[1:], path[1:])


def test_large_sparse_and_empty_files_have_their_plain_digest(tmp_path: Path) -> None:
    base = tmp_path / "a"
    base.mkdir()
    contents = {"empty": b"", "block": b"x" * tree.BLOCK, "more": b"y" * (tree.BLOCK + 1), "z": b"\0" * 3_000_000}
    for name, content in contents.items():
        (base / name).write_bytes(content)
    with (base / "sparse").open("wb") as file:
        file.truncate(3_000_000)
    capture(base)
    found = {name: lines(base)[name]["sha256"] for name in contents}
    assert found == {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}
    assert lines(base)["sparse"]["sha256"] == found["z"]


def test_a_closed_top_folder_is_opened_for_its_owner(tmp_path: Path) -> None:
    base = tmp_path / "a"
    base.mkdir(0o555)
    capture(base)
    assert lines(base)["."]["mode"] == "0755"


def test_it_runs_alone_without_site_packages(tmp_path: Path, ask: Callable[..., programs.Answer]) -> None:
    base = lay_out(tmp_path / "a")
    answer = ask(programs.capture(base, tmp_path / "m", epoch=3))
    captured = programs.captured(answer, base, tmp_path / "m")
    assert captured.digest == hashlib.sha256((tmp_path / "m").read_bytes()).hexdigest()
    assert captured.manifest == str(tmp_path / "m")


def test_a_failure_names_the_path(tmp_path: Path, ask: Callable[..., programs.Answer]) -> None:
    answer = ask(programs.capture(tmp_path / "none", tmp_path / "m"))
    with pytest.raises(StoreError) as raised:
        programs.captured(answer, tmp_path / "none", tmp_path / "m")
    none = tmp_path / "none"
    assert str(raised.value) == (
        f"the layer in {none} cannot be captured: No such file or directory at {none}"
    )
    assert not (tmp_path / "m").exists()


def test_a_program_that_dies_is_reported_as_such(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as raised:
        programs.captured(programs.Answer(-9, b"", b""), tmp_path, tmp_path)
    assert str(raised.value) == (
        f"the layer in {tmp_path} cannot be captured: the program ended with signal 9: it said nothing"
    )


def test_nonsense_on_standard_input_is_an_error_not_a_traceback() -> None:
    done = subprocess.run([sys.executable, "-I", "-S", tree.__file__], input=b"[]", capture_output=True, check=False)
    assert done.returncode == 1
    assert json.loads(done.stderr)["error"].startswith("not a request")


def test_a_mount_inside_the_tree_is_refused(tmp_path: Path, in_private_mounts: Callable[[str], str]) -> None:
    (tmp_path / "a/proc").mkdir(parents=True)
    out = in_private_mounts(f"""
import subprocess
from lfsmake.store import tree
subprocess.run(["mount", "-t", "tmpfs", "none", {str(tmp_path / "a/proc")!r}], check=True)
try:
    tree.capture({str(tmp_path / "a")!r}, {str(tmp_path / "m")!r})
except tree.TreeError as failure:
    print(failure, failure.path)
""")
    assert out == "another file system is mounted here proc\n"
