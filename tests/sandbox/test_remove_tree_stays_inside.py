"""`remove_tree` deletes all of a tree, and nothing else whatever the tree holds."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfsmake.model.errors import SandboxError
from lfsmake.sandbox import remove_tree
from lfsmake.sandbox.remove import mounts_below

SCRIPT = "import sys; from lfsmake.sandbox import remove_tree; remove_tree(sys.argv[1])"

# Inside a new mount namespace, with `outside` mounted at `tree/mounted`: what is said, by the check and without it.
MOUNTED = """
import ctypes, json, os, sys
from lfsmake.model.errors import SandboxError
from lfsmake.sandbox import kernel, remove_tree
from lfsmake.sandbox.ids import id_map
from lfsmake.sandbox.entry import write_own_map
import lfsmake.sandbox.remove as remove
tree = sys.argv[1]
flags = kernel.CLONE_NEWNS
uid, gid = os.getuid(), os.getgid()
if uid:
    kernel.unshare(kernel.CLONE_NEWUSER)
    write_own_map(uid, gid, 0)
kernel.unshare(flags)
kernel.mount("none", "/", "none", kernel.MS_REC | kernel.MS_PRIVATE)
point = os.open(f"{tree}/mounted", os.O_PATH)
kernel.attach(kernel.clone_mount(sys.argv[2]), point)
os.close(point)
said = []
for check in (True, False):
    if not check:
        remove.mounts_below = lambda path: []
    try:
        remove_tree(tree)
    except SandboxError as error:
        said.append([str(error), error.hint])
print(json.dumps(said))
"""


def test_a_mount_inside_is_neither_crossed_nor_emptied(account):
    tree, outside = account.mkdir("tree"), account.mkdir("outside")
    account.mkdir("tree/mounted")
    account.write(outside / "precious", "text")
    done = account.python_run(["-c", MOUNTED, str(tree), str(outside)])
    assert done.stderr == ""
    checked, unchecked = json.loads(done.stdout)
    assert checked == [
        f"will not remove {tree}: {tree}/mounted is a mount point",
        f"unmount it first: umount {tree}/mounted",
    ]
    assert unchecked == [
        f"cannot remove {tree}: something is mounted at 'mounted'",
        "unmount it, then run the same command again",
    ]
    assert (outside / "precious").read_text() == "text"


def test_symlinks_are_deleted_not_followed(tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").touch()
    tree = tmp_path / "tree"
    (tree / "folder").mkdir(parents=True)
    (tree / "link").symlink_to(outside)
    (tree / "folder/link").symlink_to("../../outside/precious")
    (tree / "dangling").symlink_to("nowhere")
    remove_tree(tree)
    assert sorted(os.listdir(tmp_path)) == ["outside"]
    assert os.listdir(outside) == ["precious"]


def test_the_root_and_symlinks_are_refused(tmp_path):
    for path in ("/", "//", "/usr/../", "/."):
        with pytest.raises(SandboxError, match=r"^will not remove /$"):
            remove_tree(path)
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to("folder")
    with pytest.raises(SandboxError) as caught:
        remove_tree(tmp_path / "link")
    assert str(caught.value) == f"will not remove {tmp_path}/link: it is a symlink"
    assert (tmp_path / "folder").is_dir()


def test_a_mount_point_of_the_system_is_refused():
    with pytest.raises(SandboxError, match=r"^will not remove /proc: /proc is a mount point$"):
        remove_tree("/proc")


def test_what_is_not_there_is_removed_already(tmp_path):
    remove_tree(tmp_path / "nothing")
    remove_tree(tmp_path / "nothing/at/all")


def test_a_file_is_not_a_tree(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(SandboxError, match=r"^cannot remove .*/file: Not a directory at 'file'$"):
        remove_tree(tmp_path / "file")
    assert (tmp_path / "file").exists()


def test_folders_that_nobody_may_read_or_write_are_removed(account):
    for name, mode in (("none", 0o000), ("read-only", 0o555), ("write-only", 0o200)):
        folder = account.mkdir(f"tree/{name}/below")
        account.write(folder / "file")
        folder.chmod(mode)
        folder.parent.chmod(mode)
    done = account.python_run(["-c", SCRIPT, str(account.folder / "tree")])
    assert done.stderr == ""
    assert os.listdir(account.folder) == []


def test_what_a_sandbox_leaves_is_removed(account):
    account.write(account.mkdir("lower") / "gone")
    owner = "" if account.kind == "single" else "chown -R 5:6 deep; chmod 000 deep/er;"
    result = account.run(f"mkdir -p deep/er/still; echo >deep/er/file; rm gone; mkfifo pipe; {owner}")
    assert (result.status, result.err) == (0, "")
    for name in ("upper", "work"):
        done = account.python_run(["-c", SCRIPT, str(account.folder / name)])
        assert done.stderr == ""
    assert os.listdir(account.folder) == ["lower"]


def test_another_s_files_are_an_error_not_a_traceback(make_account):
    account = make_account("single")
    if os.geteuid() != 0:
        pytest.skip("not root: nobody else's files can be made")
    tree = account.mkdir("tree")
    (tree / "folder").mkdir()
    (tree / "folder/file").touch()
    done = account.python_run(["-c", SCRIPT, str(tree)])
    message = f"lfsmake.model.errors.SandboxError: cannot remove {tree}: Operation not permitted at "
    assert done.stderr.splitlines()[-1].startswith(message)
    assert (tree / "folder/file").exists()


def test_a_tree_a_thousand_deep_is_removed_with_few_descriptors(tmp_path):
    tree = tmp_path / "tree"
    tree.mkdir()
    here = os.open(tree, os.O_RDONLY)
    for number in range(1000):
        os.mkdir("confdir3", dir_fd=here)
        if number % 200 == 0:
            os.close(os.open("file", os.O_CREAT, dir_fd=here))
        below = os.open("confdir3", os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = below
    os.close(here)
    limited = f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (200, 200)); {SCRIPT}"
    repository = Path(__file__).parents[2]
    subprocess.run([sys.executable, "-c", limited, str(tree)], check=True, env={"PYTHONPATH": str(repository)})
    assert not tree.exists()


LETTERS = st.characters(exclude_characters="/\0", exclude_categories=("Cs",))
NAMES = st.text(LETTERS, min_size=1, max_size=20).filter(lambda name: name not in (".", ".."))
TREES = st.recursive(st.booleans(), lambda below: st.dictionaries(NAMES, below, max_size=4), max_leaves=20)


def _make(path, tree):
    if isinstance(tree, dict):
        path.mkdir()
        for name, below in tree.items():
            _make(path / name, below)
    elif tree:
        path.touch()
    else:
        path.symlink_to("/")


@given(st.dictionaries(NAMES, TREES, max_size=5))
@settings(max_examples=25, deadline=None)
def test_any_tree_is_removed(tmp_path_factory, tree):
    top = tmp_path_factory.mktemp("any")
    _make(top / "tree", tree)
    remove_tree(top / "tree")
    assert os.listdir(top) == []


def test_mounts_are_found_by_whole_names():
    mountinfo = (
        "21 1 254:0 / / rw - ext4 /dev/vda rw\n"
        "22 21 0:20 / /a/tree rw - tmpfs none rw\n"
        "23 21 0:20 / /a/tree/x\\040y rw - tmpfs none rw\n"
        "24 21 0:20 / /a/tree2 rw - tmpfs none rw\n"
    )
    assert mounts_below("/a/tree", mountinfo) == ["/a/tree", "/a/tree/x y"]
    assert mounts_below("/a/tre", mountinfo) == []
    assert len(mounts_below("/", mountinfo)) == len(mountinfo.splitlines())
    assert mounts_below("/a", mountinfo) == ["/a/tree", "/a/tree/x y", "/a/tree2"]
