"""What a command can see and do: its root, and nothing else of the machine."""

import os
import socket
from pathlib import Path

import pytest


def test_the_host_is_read_only_even_for_root(account):
    result = account.run(
        """for path in / /usr /etc /dev /proc/sys/kernel/hostname /home /root /mnt; do
             if [ -d $path ]; then echo >$path/made; else echo x >$path; fi 2>/dev/null && echo "wrote $path"
           done
           for path in /tmp /run /dev/shm /mnt/lfs; do echo >$path/made || echo "could not write $path"; done
           mount -t tmpfs none /mnt 2>/dev/null && echo mounted
           mount -o remount,bind,rw /usr 2>/dev/null && echo remounted
           umount /usr 2>/dev/null && echo unmounted
           mknod /tmp/disk b 254 0 2>/dev/null && echo "made a device"
           :"""
    )
    assert (result.out, result.err) == ("", "")


def test_the_host_s_other_folders_are_hidden(account):
    result = account.run("ls -A / ; ls -A /home /root /run /tmp; test -e " + str(account.folder) + " && echo seen")
    usual = {"bin", "dev", "etc", "home", "lib", "mnt", "proc", "root", "run", "sbin", "tmp", "usr"}
    seen = set(result.out.split())
    assert seen - {"lib32", "lib64", "libx32"} == usual | {"/home:", "/root:", "/run:", "/tmp:"}


def test_there_is_no_network_but_loopback(account):
    script = (
        "import socket; s = socket.create_server(('127.0.0.1', 0));"
        "c = socket.create_connection(s.getsockname()); print('loopback', socket.if_nameindex());"
        "u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.connect(('192.0.2.1', 9))"
    )
    result = account.run("python3 -uc \"$SCRIPT\" 2>&1 | grep -v '^ '", env=(("SCRIPT", script), ("PATH", "/usr/bin")))
    if "not found" in result.out:
        pytest.skip("no python3 among the host's tools")
    lines = result.out.splitlines()
    assert lines[0] == "loopback [(1, 'lo')]"
    assert lines[-1] == "OSError: [Errno 101] Network is unreachable"


def test_a_server_of_the_host_is_out_of_reach_unless_the_network_is_asked_for(me):
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = f"bash -c 'exec 3<>/dev/tcp/127.0.0.1/{server.getsockname()[1]}' 2>/dev/null"
        assert me.run(command).status != 0
        assert me.run(command, network=True).status == 0


def test_host_name_processes_and_environment_are_its_own(account):
    result = account.run("hostname; cat /proc/1/comm >/dev/null; ls -d /proc/[0-9]*; env | sort", hostname="tower")
    lines = result.out.splitlines()
    assert lines[0] == "tower"
    assert [line for line in lines if line.startswith("/proc/")] == ["/proc/1", "/proc/2"]  # and the shell is 2
    names = {line.split("=")[0] for line in lines if "=" in line}
    assert names <= {"PATH", "LC_ALL", "PWD", "OLDPWD", "SHLVL", "_"}


def test_no_descriptors_leak(me):
    read_end, write_end = os.pipe()
    try:
        os.set_inheritable(write_end, True)  # as a jobserver's would be
        command = "ls /proc/self/fd"
        bare, passed = me.run(command), me.run(command, pass_fds=(write_end,))
    finally:
        os.close(read_end)
        os.close(write_end)
    # The last one is what ls reads the folder through.
    assert bare.out.split() == ["0", "1", "2", "3"]
    assert {int(number) for number in passed.out.split()} - {3, 4} == {0, 1, 2, write_end} - {3, 4}


def test_passed_descriptors_work_under_their_numbers(me):
    read_end, write_end = os.pipe()
    try:
        os.set_inheritable(write_end, False)
        assert me.run(f"bash -c 'echo token >&{write_end}'", pass_fds=(write_end,)).status == 0
        os.close(write_end)
        write_end = -1
        assert os.read(read_end, 100) == b"token\n"
        assert os.read(read_end, 100) == b"", "nobody of the sandbox holds the pipe any more"
    finally:
        os.close(read_end)
        if write_end >= 0:
            os.close(write_end)


def test_starting_leaves_no_descriptor_behind(me):
    me.run("true")
    before = os.listdir("/proc/self/fd")
    me.run("true")
    me.run("true", lowers=("/nowhere",))
    assert os.listdir("/proc/self/fd") == before


def test_user_1000_is_an_ordinary_user(account):
    account.mkdir("lower")
    (account.folder / "lower").chmod(0o755)
    result = account.run("id -u; id -g; grep CapEff /proc/self/status; umask; mkdir mine; hostname x 2>&1", user=1000)
    lines = result.out.splitlines()
    assert lines[:4] == ["1000", "1000", "CapEff:\t0000000000000000", "0022"]
    assert "must be root" in lines[4] or "permitted" in lines[4]
    assert (account.folder / "upper/mine").is_dir()


def test_root_keeps_only_what_installing_needs(account):
    result = account.run("grep CapEff /proc/self/status")
    assert result.out == "CapEff:\t00000000a00425fb\n"


def test_binds_are_read_only_unless_said_otherwise(account):
    for name in ("closed", "open"):
        account.write(account.mkdir(name) / "file", name)
    account.write(account.folder / "single", "one file\n")
    result = account.run(
        "cat /tmp/single sources/file /tmp/open/file;"
        "for file in sources/file /tmp/open/file /tmp/single; do echo x >$file; done",
        binds=(
            (str(account.folder / "closed"), "/mnt/lfs/sources", True),
            (str(account.folder / "open"), "/tmp/open", False),
            (str(account.folder / "single"), "/tmp/single", True),
        ),
    )
    assert result.out == "one file\nclosedopen"
    assert result.err.count("Read-only file system") == 2
    assert (account.folder / "open/file").read_text() == "x\n"


def test_a_bind_takes_the_place_of_the_temporary_folder(account):
    scratch = account.mkdir("scratch")
    assert account.run("echo >/tmp/made", binds=((str(scratch), "/tmp", False),)).status == 0
    assert os.listdir(scratch) == ["made"]


def test_in_the_target_context_the_layers_are_all_there_is(account, tiny_root):
    changes = tiny_root(account)
    result = account.run("ls /; echo >/made; echo >/tmp/gone; echo >/run/gone; cat /etc/passwd 2>&1", **changes)
    seen = set(result.out.splitlines())
    assert "cat: /etc/passwd: No such file or directory" in seen
    assert seen & {"etc", "home", "mnt", "root", "var", "work"} == set()
    assert {"dev", "proc", "run", "tmp", "usr"} <= seen
    assert os.listdir(account.folder / "upper") == ["made"]


def test_a_layer_s_symlink_cannot_lead_a_bind_out_of_the_root(me, tiny_root):
    changes = tiny_root(me)
    (me.folder / "base/mnt").symlink_to("/../../../../usr/share")
    me.write(me.mkdir("given") / "lent", "given")
    changes["binds"] = (*changes["binds"], (str(me.folder / "given"), "/mnt", True))
    result = me.run("cat /usr/share/lent", **changes)
    assert result.out == "given"
    assert not Path("/usr/share/lent").exists()


def test_devices_and_terminals_work(account):
    result = account.run(
        "echo x >/dev/null && head -c 3 /dev/zero | wc -c && head -c 1 /dev/urandom | wc -c"
        " && test -c /dev/full && { echo y >/dev/stdout; } | cat && ls /dev/pts && test -L /dev/ptmx"
        " && script -qc 'tty' /dev/null </dev/null"
    )
    assert result.out.splitlines()[:4] == ["3", "1", "y", "ptmx"]
    if "not found" not in result.err:
        assert "/dev/pts/0" in result.out
