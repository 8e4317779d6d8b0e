"""Merging composes layers as overlayfs shows them, and never reaches outside the destination."""

import os
import stat
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lfsmake.model.errors import StoreError
from lfsmake.store import merge, programs

Ask = Callable[[programs.Request], programs.Answer]
root_only = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: whiteouts, owners, devices")


def whiteout(path: Path) -> None:
    os.mknod(path, 0o20000, os.makedev(0, 0))


def opaque(path: Path) -> None:
    os.setxattr(path, "user.overlay.opaque", b"y")


def fill(base: Path, files: dict[str, str]) -> Path:
    base.mkdir(exist_ok=True)
    for name, text in files.items():
        (base / name).parent.mkdir(parents=True, exist_ok=True)
        (base / name).write_text(text)
    return base


def view(base: Path) -> dict[str, str]:
    """Path → what is there, of everything below."""
    found: dict[str, str] = {}
    for path in sorted(base.rglob("*")):
        mode = path.lstat().st_mode
        name = str(path.relative_to(base))
        if stat.S_ISLNK(mode):
            found[name] = f"-> {path.readlink()}"
        elif stat.S_ISDIR(mode):
            found[name] = "/"
        else:
            found[name] = path.read_text()
    return found


def test_higher_layers_win_and_folders_merge(tmp_path: Path) -> None:
    low = fill(tmp_path / "1", {"usr/bin/cc": "old", "usr/bin/ld": "ld", "etc/x": "x"})
    high = fill(tmp_path / "2", {"usr/bin/cc": "new", "usr/share/doc": "d"})
    result = merge.merge([str(low), str(high)], str(tmp_path / "out"))
    assert view(tmp_path / "out") == {
        "etc": "/", "etc/x": "x", "usr": "/", "usr/bin": "/", "usr/bin/cc": "new", "usr/bin/ld": "ld",
        "usr/share": "/", "usr/share/doc": "d",
    }  # fmt: skip
    assert result == {"files": 4, "size": 7, "skipped": [], "owners_kept": True}


@root_only
def test_whiteouts_delete_and_opaque_folders_replace(tmp_path: Path) -> None:
    low = fill(tmp_path / "1", {"a/x": "1", "b/y": "2", "c": "3", "d/z": "4"})
    high = fill(tmp_path / "2", {"b/new": "5", "d": "now a file"})
    opaque(high / "b")
    whiteout(high / "a")
    whiteout(high / "c")
    top = fill(tmp_path / "3", {"a/back": "6"})
    merge.merge([str(low), str(high), str(top)], str(tmp_path / "out"))
    assert view(tmp_path / "out") == {
        "a": "/", "a/back": "6", "b": "/", "b/new": "5", "d": "now a file",
    }  # fmt: skip


def test_a_link_of_a_lower_layer_is_never_written_through(tmp_path: Path) -> None:
    outside = fill(tmp_path / "outside", {"precious": "mine"})
    low = fill(tmp_path / "1", {})
    (low / "lib").symlink_to(outside)
    (low / "file").symlink_to(outside / "precious")
    high = fill(tmp_path / "2", {"lib/precious": "theirs", "file": "theirs"})
    merge.merge([str(low), str(high)], str(tmp_path / "out"))
    assert view(tmp_path / "out") == {"lib": "/", "lib/precious": "theirs", "file": "theirs"}
    assert view(outside) == {"precious": "mine"}


def test_a_destination_that_is_a_link_or_holds_something_is_refused(tmp_path: Path) -> None:
    low = fill(tmp_path / "1", {"a": "1"})
    fill(tmp_path / "full", {"b": "2"})
    (tmp_path / "empty").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "empty")
    with pytest.raises(merge.MergeError, match=r"^the destination is not empty$"):
        merge.merge([str(low)], str(tmp_path / "full"))
    with pytest.raises(merge.MergeError, match=r"^the destination is not a folder$"):
        merge.merge([str(low)], str(tmp_path / "link"))
    merge.merge([str(low)], str(tmp_path / "empty"))
    assert view(tmp_path / "empty") == {"a": "1"}


def test_hard_links_stay_links_of_each_other_but_not_of_the_store(tmp_path: Path) -> None:
    low = fill(tmp_path / "1", {"d/a": "1", "solo": "2"})
    os.link(low / "d/a", low / "b")
    os.link(low / "solo", tmp_path / "elsewhere")
    merge.merge([str(low)], str(tmp_path / "out"))
    out = tmp_path / "out"
    assert (out / "d/a").stat().st_ino == (out / "b").stat().st_ino != (low / "b").stat().st_ino
    assert (out / "solo").stat().st_nlink == 1


@root_only
def test_attributes_are_kept(tmp_path: Path) -> None:
    low = fill(tmp_path / "1", {"su": "x", "dir/f": "y"})
    capability = bytes.fromhex("0100000200200000000000000000000000000000")
    os.chown(low / "su", 7, 8)
    (low / "su").chmod(0o4755)
    os.setxattr(low / "dir/f", "security.capability", capability)
    (low / "dir").chmod(0o1777)
    os.mknod(low / "null", 0o20666, os.makedev(1, 3))
    (low / "link").symlink_to("nowhere")
    os.chown(low / "link", 9, 9, follow_symlinks=False)
    for path in ("su", "dir/f", "dir", "link"):
        os.utime(low / path, (77, 77), follow_symlinks=False)
    merge.merge([str(low)], str(tmp_path / "out"))
    out = tmp_path / "out"
    su = (out / "su").stat()
    assert (su.st_uid, su.st_gid, stat.S_IMODE(su.st_mode), su.st_mtime) == (7, 8, 0o4755, 77)
    assert os.getxattr(out / "dir/f", "security.capability") == capability
    assert (stat.S_IMODE((out / "dir").stat().st_mode), (out / "dir").stat().st_mtime) == (0o1777, 77)
    assert (out / "null").stat().st_rdev == os.makedev(1, 3)
    assert ((out / "link").lstat().st_uid, (out / "link").lstat().st_mtime) == (9, 77)


def test_holes_stay_holes(tmp_path: Path) -> None:
    low = fill(tmp_path / "1", {})
    with (low / "disk").open("wb") as file:
        file.seek(5_000_000)
        file.write(b"data")
        file.truncate(20_000_000)
    merge.merge([str(low)], str(tmp_path / "out"))
    copy = tmp_path / "out/disk"
    assert copy.read_bytes() == (low / "disk").read_bytes()
    assert copy.stat().st_blocks <= (low / "disk").stat().st_blocks


def test_a_failure_leaves_no_destination(tmp_path: Path, ask: Ask) -> None:
    low = fill(tmp_path / "1", {"a/b": "1"})
    answer = ask(programs.merge([low, tmp_path / "none"], tmp_path / "out"))
    with pytest.raises(StoreError) as raised:
        programs.merged(answer, tmp_path / "out")
    assert str(raised.value) == (
        f"the layers cannot be written to {tmp_path / 'out'}: No such file or directory at {tmp_path / 'none'}"
    )
    assert sorted(path.name for path in tmp_path.iterdir()) == ["1"]


def test_names_that_are_not_utf8_are_merged(tmp_path: Path, ask: Ask) -> None:
    low = fill(tmp_path / "1", {os.fsdecode(b"\xff\n"): "1"})
    done = programs.merged(ask(programs.merge([low], tmp_path / "out")), tmp_path / "out")
    assert done == programs.Merged(files=1, size=1, skipped=(), owners_kept=True)
    assert os.listdir(os.fsencode(tmp_path / "out")) == [b"\xff\n"]


NAMES = st.sampled_from(["a", "b", "c"])
Tree = dict[str, object]  # name → text, None (whiteout), or (opaque, tree)
TREES: st.SearchStrategy[Tree] = st.recursive(
    st.dictionaries(NAMES, st.one_of(st.text("xy", max_size=2), st.none()), max_size=3),
    lambda below: st.dictionaries(
        NAMES, st.one_of(st.text("xy", max_size=2), st.none(), st.tuples(st.booleans(), below)), max_size=3
    ),
    max_leaves=8,
)


def model(lower: Tree, upper: Tree) -> Tree:
    """What overlayfs shows, told on dictionaries; a shown tree has neither whiteouts nor opaque folders."""
    shown = dict(lower)
    for name, what in upper.items():
        if what is None:
            shown.pop(name, None)
        elif isinstance(what, tuple):
            hides, below = what
            before = shown.get(name)
            shown[name] = (False, model(before[1] if isinstance(before, tuple) and not hides else {}, below))
        else:
            shown[name] = what
    return shown


def build(base: Path, what: Tree) -> None:
    base.mkdir()
    for name, content in what.items():
        if content is None:
            whiteout(base / name)
        elif isinstance(content, tuple):
            build(base / name, content[1])
            if content[0]:
                opaque(base / name)
        else:
            (base / name).write_text(str(content))


def flat(what: Tree, prefix: str = "") -> dict[str, str]:
    found: dict[str, str] = {}
    for name, content in what.items():
        if isinstance(content, tuple):
            found[prefix + name] = "/"
            found.update(flat(content[1], f"{prefix}{name}/"))
        else:
            found[prefix + name] = str(content)
    return found


@root_only
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(TREES, min_size=1, max_size=4))
def test_any_stack_of_layers_is_shown_as_overlayfs_does(layers: list[Tree]) -> None:
    with tempfile.TemporaryDirectory() as name:
        top = Path(name)
        shown: Tree = {}
        for number, layer in enumerate(layers):
            build(top / str(number), layer)
            shown = model(shown, layer)
        merge.merge([str(top / str(number)) for number in range(len(layers))], str(top / "out"))
        assert view(top / "out") == flat(shown)


@root_only
def test_overlayfs_itself_shows_the_same(tmp_path: Path, in_private_mounts: Callable[[str], str]) -> None:
    low = fill(tmp_path / "1", {"a/x": "1", "a/y": "1", "b/y": "2", "c": "3", "d/z": "4", "e/deep/f": "5"})
    high = fill(tmp_path / "2", {"b/new": "5", "a/x": "changed", "d": "file"})
    opaque(high / "b")
    whiteout(high / "c")
    whiteout(high / "a/y")
    (high / "e").mkdir()
    whiteout(high / "e/deep")
    merge.merge([str(low), str(high)], str(tmp_path / "out"))
    (tmp_path / "mnt").mkdir()
    out = in_private_mounts(f"""
import subprocess, sys
from pathlib import Path
done = subprocess.run(["mount", "-t", "overlay", "-o", "userxattr,lowerdir={high}:{low}", "none", "{tmp_path}/mnt"])
if done.returncode:
    print("none")
else:
    base = Path("{tmp_path}/mnt")
    print(sorted((str(p.relative_to(base)), p.read_text() if p.is_file() else "/") for p in base.rglob("*")))
""")
    if out == "none\n":
        pytest.skip("overlayfs cannot be mounted here")
    assert out.strip() == str(sorted(view(tmp_path / "out").items()))
