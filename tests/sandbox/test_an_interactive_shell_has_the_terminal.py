"""`tty=True`: job control and Ctrl-C reach the shell inside, and lfsmake gets its terminal back."""

import json
from pathlib import Path

import pexpect
import pytest

SCRIPT = """
import json, os, sys
from lfsmake.sandbox import Spec, start
words = json.loads(sys.argv[1])
for name in ("lowers", "mountpoints", "binds", "argv", "pass_fds"):
    words[name] = tuple(words[name])
words["env"] = tuple(map(tuple, words["env"]))
ended = start(Spec(**words)).wait()
print("ended", ended.status, os.tcgetpgrp(0) == os.getpgrp(), flush=True)
"""


def test_ctrl_c_stops_a_command_and_not_the_shell(me):
    if not Path("/bin/bash").exists():
        pytest.skip("no bash on this host")
    environment = (("PS1", "ready> "), ("PATH", "/usr/bin:/bin"))
    spec = me.spec("", argv=("/bin/bash", "--norc", "-i"), env=environment, tty=True)
    arguments = ["-c", SCRIPT, json.dumps(spec._asdict())]
    with pexpect.spawn(me.python, arguments, env=me.identity()["env"], cwd="/", timeout=30, encoding="utf-8") as shell:
        assert shell.expect_exact(["no job control", "ready> "]) == 1
        shell.sendline("sleep 1000")
        shell.expect_exact("sleep 1000\r\n")
        # Sent again until the sleep is in the foreground to get it: there is no event to wait for.
        while shell.expect_exact(["ready> ", pexpect.TIMEOUT], timeout=0.2):
            shell.sendintr()
        shell.sendline("test -t 0 && exit 5")
        shell.expect_exact("ended 5 True")
