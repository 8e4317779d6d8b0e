"""Errors of real sandboxes: the operation, the cause, the cure, and nothing left behind."""

import json
import os
import socket
from pathlib import Path

import pytest

from lfsmake.model.errors import EXIT_ENVIRONMENT, SandboxError
from lfsmake.sandbox import start


@pytest.mark.parametrize(
    ("changes", "message", "hint"),
    [
        (
            {"argv": ("/no/such/program",)},
            "executing /no/such/program: ENOENT",
            "the root has no such program, or not the interpreter or dynamic loader that it names",
        ),
        (
            {"argv": ("no-such-program",)},
            "executing no-such-program: ENOENT",
            "the root has no such program, or not the interpreter or dynamic loader that it names",
        ),
        ({"argv": ("/etc/passwd",)}, "executing /etc/passwd: EACCES", ""),
        ({"cwd": "/no/such/folder"}, "entering /no/such/folder: ENOENT", ""),
        (
            {"lowers": ("/no/such/layer",)},
            "mounting overlay with 1 layer at /mnt/lfs: ENOENT: there is no folder /no/such/layer",
            "",
        ),
        (
            {"binds": (("/no/such/source", "/tmp/there", True),)},
            "binding /no/such/source to /tmp/there: ENOENT",
            "the source does not exist on the host, or its place does not in the root",
        ),
        (
            {"binds": (("/etc", "/usr/no/such/place", True),)},
            "binding /etc to /usr/no/such/place: ENOENT",
            "the source does not exist on the host, or its place does not in the root",
        ),
    ],
)
def test_the_failing_operation_is_named(me, changes, message, hint):
    result = me.run("true", **changes)
    assert (result.error, result.hint, result.err) == (message, hint, "")


@pytest.mark.parametrize("append_lowers", [None, False])
def test_a_layer_given_twice_is_refused_by_name(me, append_lowers):
    layer = str(me.mkdir("lower"))
    result = me.run("true", lowers=(layer, layer), append_lowers=append_lowers)
    assert result.error.startswith("mounting overlay with 2 layers at /mnt/lfs: ELOOP")


def test_an_upper_folder_where_overlayfs_cannot_write_is_refused(me):
    result = me.run("true", lowers=(), upper="/proc/self/fdinfo", work="/proc/self/task")
    assert result.error.startswith("mounting overlay with 0 layers at /mnt/lfs: ")


def test_a_closed_descriptor_cannot_be_passed(me):
    read_end, write_end = os.pipe()
    os.close(read_end)
    os.close(write_end)
    with pytest.raises(SandboxError, match=rf"^descriptor {write_end} cannot be passed to the command: Bad file des"):
        start(me.spec("true", pass_fds=(write_end,)))


def test_it_is_an_environment_s_failure(me):
    with pytest.raises(SandboxError) as caught:
        start(me.spec("true", cwd="/no/such/folder"))
    assert caught.value.exit_code == EXIT_ENVIRONMENT
    assert caught.value.failure_class == "environment"


def test_no_process_is_left_after_an_error(me):
    children = Path(f"/proc/self/task/{os.getpid()}/children")
    before = children.read_text()
    me.run("true", lowers=("/no/such/layer",))
    assert children.read_text() == before


def test_a_stream_of_lfsmake_s_own_may_be_closed(me):
    """Pipes made then have the numbers 0 to 2, which the command's streams are put over."""
    script = (
        "import os, sys; from lfsmake.sandbox import Spec, start; import json\n"
        "words = json.loads(sys.argv[1])\n"
        "for name in ('lowers', 'mountpoints', 'binds', 'argv', 'pass_fds'): words[name] = tuple(words[name])\n"
        "words['env'] = tuple(map(tuple, words['env']))\n"
        "os.close(0); os.close(1)\n"
        "os._exit(start(Spec(**words), stderr=2).wait().status)"
    )
    done = me.python_run(["-c", script, json.dumps(me.spec("exit 9")._asdict())])
    assert (done.returncode, done.stderr) == (9, "")


def test_a_socket_may_be_the_command_s_stream(me):
    ours, theirs = socket.socketpair()
    with ours, theirs:
        assert start(me.spec("echo hello"), stdout=theirs.fileno()).wait().status == 0
        assert ours.recv(100) == b"hello\n"


def test_a_user_s_sandbox_names_the_failing_operation_too(make_account):
    result = make_account("single").run("true", cwd="/no/such/folder")
    assert (result.error, result.err) == ("entering /no/such/folder: ENOENT", "")
