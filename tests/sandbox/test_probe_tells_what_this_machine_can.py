"""`probe` starts a real sandbox, and `start` is cheap."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from lfsmake.model.errors import SandboxError
from lfsmake.sandbox import probe

SCRIPT = """
import json, sys
from lfsmake.sandbox import Ways, probe
print(json.dumps(probe(sys.argv[1], ways=Ways(*json.loads(sys.argv[2])))))
"""

COST = "files cannot be given to other users or groups (chown, chgrp, install -o, tar's owners)"


def test_probe_says_who_and_how(account):
    done = account.python_run(["-c", SCRIPT, str(account.folder), json.dumps(account.ways)])
    assert done.stderr == ""
    as_root, id_ranges, single_id_cost, overlay, append_lowers, kernel = json.loads(done.stdout)
    assert as_root == (account.kind == "root")
    assert id_ranges == (account.kind != "single")
    assert single_id_cost.startswith(COST) if account.kind == "single" else single_id_cost == ""
    assert overlay
    assert append_lowers == (tuple(map(int, kernel.split("-")[0].split(".")[:2])) >= (6, 5))
    assert kernel == os.uname().release
    assert os.listdir(account.folder) == []


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    with pytest.raises(SandboxError) as caught:
        probe(str(tmp_path / "nothing"))
    (problem,) = caught.value.problems
    assert problem.message == f"no layers can be made in {tmp_path}/nothing: No such file or directory"
    assert problem.hint == (
        "make the folder and give it to the user that runs lfsmake, or choose another with --store DIR"
    )


def test_switched_off_user_namespaces_are_named(make_account):
    """A limit of the user namespace around: the machine's own stays as it is."""
    account = make_account("single")
    limit = "/proc/sys/user/max_user_namespaces"
    script = f"""
import os, sys
from lfsmake.sandbox import kernel
from lfsmake.sandbox.entry import write_own_map
from lfsmake.model.errors import SandboxError
uid, gid = os.getuid(), os.getgid()
kernel.unshare(kernel.CLONE_NEWUSER)
write_own_map(uid, gid, 1000)
with open({limit!r}, "w") as file:
    file.write("0")
import lfsmake.sandbox
try:
    lfsmake.sandbox.probe(sys.argv[1])
except SandboxError as error:
    print(error, error.hint, sep="\\n")
"""
    done = account.python_run(["-c", script, str(account.folder)])
    assert done.stderr == ""
    assert done.stdout.splitlines() == [
        "making a user namespace: ENOSPC: user namespaces are switched off (user.max_user_namespaces = 0)",
        "as root: sysctl -w user.max_user_namespaces=15000, or run lfsmake as root",
    ]
    assert os.listdir(account.folder) == []


def test_the_program_inside_imports_next_to_nothing():
    """Each of these would be paid for at the start of every phase."""
    code = (
        f"import sys; sys.path.append({str(Path(__file__).parents[2])!r});"
        "from lfsmake.sandbox import entry; print(*sorted(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-I", "-S", "-c", code], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    costly = {"typing", "json", "re", "enum", "signal", "pathlib", "contextlib", "collections", "msgspec"}
    assert loaded & costly == set()
    assert {name for name in loaded if name.startswith("lfsmake")} == {
        "lfsmake",
        "lfsmake.sandbox",
        "lfsmake.sandbox.entry",
        "lfsmake.sandbox.kernel",
        "lfsmake.sandbox.root",
    }
