"""Control groups: found, made, read and removed; a sandbox is in its own, with all its processes."""

import os
from pathlib import Path

import pytest

from lfsmake.sandbox import Account, delegated
from lfsmake.sandbox import account as account_of
from lfsmake.sandbox.cgroup import own_group

MOUNTS = (
    "30 23 0:26 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
    "31 23 0:27 /user.slice /inner rw - cgroup2 cgroup2 rw\n",
)


def files(folder: Path, **texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in texts.items():
        (folder / name.replace("_", ".", 1)).write_text(text)
    return folder


@pytest.mark.parametrize(
    ("mounts", "own", "expected"),
    [
        (MOUNTS[:1], "0::/user.slice/me.scope\n", "/sys/fs/cgroup/user.slice/me.scope"),
        (MOUNTS[:1], "0::/\n", "/sys/fs/cgroup"),
        (MOUNTS[1:], "0::/user.slice/me.scope\n", "/inner/me.scope"),
        (MOUNTS[1:], "0::/user.slicer\n", ""),
        (MOUNTS[:1], "4:memory:/x\n0::/a b\n", "/sys/fs/cgroup/a b"),
        ((), "0::/x\n", ""),
    ],
)
def test_the_own_group_is_found(tmp_path: Path, mounts: tuple[str, ...], own: str, expected: str) -> None:
    (tmp_path / "cgroup").write_text(own)
    (tmp_path / "mountinfo").write_text("25 1 8:1 / / rw - ext4 /dev/sda rw\n" + "".join(mounts))
    assert own_group(str(tmp_path / "cgroup"), str(tmp_path / "mountinfo")) == expected


def test_an_account_says_what_the_kernel_tells(tmp_path: Path) -> None:
    group = files(
        tmp_path / "group",
        cpu_stat="usage_usec 2500000\nuser_usec 2000000\n",
        memory_current="1000\n",
        memory_peak="3000\n",
        memory_events="low 0\noom 2\noom_kill 1\n",
        io_stat="8:0 rbytes=10 wbytes=20 rios=1 wios=1\n8:16 rbytes=1 wbytes=2 rios=1 wios=1\n",
        pids_current="4\n",
    )
    assert account_of(str(group)) == Account(2.5, 1000, 3000, 11, 22, 4, 1)


def test_what_the_kernel_does_not_tell_is_unknown_not_nothing(tmp_path: Path) -> None:
    assert account_of(str(files(tmp_path / "group", memory_current="max\n"))) == Account()


def test_where_others_are_in_the_group_nothing_is_delegated(tmp_path: Path) -> None:
    """A plain folder stands for the group: writing to it works, but the controllers cannot be handed down."""
    own = files(tmp_path / "own", cgroup_controllers="memory io\n", cgroup_procs="1\n")
    (own / "cgroup.subtree_control").mkdir()  # cannot be written, as in a group with processes
    assert delegated("lfsmake-1", str(own)) is None
    assert not (own / "lfsmake-1").exists()


def real_groups() -> str:
    own = own_group()
    return own if own and os.access(own, os.W_OK) else ""


@pytest.mark.skipif(not real_groups(), reason="no control group (v2) of ours that may be written")
def test_real_groups_are_made_and_removed() -> None:
    groups = delegated(f"lfsmake-test-{os.getpid()}")
    if groups is None:
        pytest.skip("other processes are in our control group")
    path = groups.make("step.build")
    assert (Path(path) / "cgroup.procs").read_text() == ""
    assert account_of(path).cpu == 0.0
    assert groups.make("step.build") == "", "it is there already"
    groups.close()
    assert not Path(groups.folder).exists()


@pytest.mark.skipif(not real_groups(), reason="no control group (v2) of ours that may be written")
def test_a_sandbox_and_all_its_processes_are_in_the_group(account) -> None:
    if account.uid != os.geteuid():
        pytest.skip("the groups belong to who runs the tests")
    groups = delegated(f"lfsmake-test-{os.getpid()}")
    if groups is None:
        pytest.skip("other processes are in our control group")
    path = groups.make("step.build")
    try:
        done = account.run("i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done", cgroup=path)
        assert done.status == 0
        spent = account_of(path).cpu
        assert spent >= done.user + done.system > 0
        assert (Path(path) / "cgroup.procs").read_text() == ""
    finally:
        groups.close()
    assert not Path(groups.folder).exists()
