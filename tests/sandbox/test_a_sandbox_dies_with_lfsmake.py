"""No process outlives lfsmake, however lfsmake or a part of the sandbox is killed."""

import json
import os
import select
import signal
import subprocess
from pathlib import Path

import pytest

from lfsmake.sandbox import start

SCRIPT = """
import json, os, sys, threading
from lfsmake.sandbox import Bind, Spec, Ways, start
words = json.loads(sys.argv[1])
for name in ("lowers", "mountpoints", "binds", "argv", "pass_fds"):
    words[name] = tuple(words[name])
words["env"] = tuple(map(tuple, words["env"]))
started = []
# From a thread that ends: the kernel's own "parent died" signal is about threads.
starter = threading.Thread(target=lambda: started.append(start(Spec(**words), ways=Ways(*json.loads(sys.argv[2])))))
starter.start()
starter.join()
print("up", flush=True)
print(started[0].wait())
"""


def _ends(read_end: int) -> bool:
    """Whether the last holder of a pipe goes away; half a minute is for a machine on its knees."""
    waiting = select.poll()
    waiting.register(read_end, select.POLLIN)
    return bool(waiting.poll(30_000)) and os.read(read_end, 1) == b""


def test_killing_lfsmake_kills_the_sandbox(account):
    read_end, write_end = os.pipe()
    spec = account.spec("", argv=("/bin/sh", "-c", "setsid sleep 1000 & exec sleep 1000"), pass_fds=(write_end,))
    arguments = [account.python, "-c", SCRIPT, json.dumps(spec._asdict()), json.dumps(account.ways)]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, pass_fds=(write_end,), **account.identity()) as lfsmake:
        os.close(write_end)
        assert lfsmake.stdout is not None
        assert lfsmake.stdout.readline() == b"up\n", "the sandbox outlives the thread that started it"
        assert not select.select([lfsmake.stdout], [], [], 0)[0]
        lfsmake.kill()
        assert _ends(read_end)
    os.close(read_end)


@pytest.mark.parametrize("part", ["monitor", "init", "command"])
def test_killing_a_part_of_the_sandbox_kills_all_of_it(me, part):
    read_end, write_end = os.pipe()
    command = ("/bin/sh", "-c", "setsid sleep 1000 & exec sleep 1000")
    process = start(me.spec("", argv=command, pass_fds=(write_end,)))
    os.close(write_end)
    status = Path(f"/proc/{process.pid}/status").read_text()
    monitor = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))
    child = int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])
    os.kill({"monitor": monitor, "init": process.pid, "command": child}[part], signal.SIGKILL)
    assert process.wait().status == -signal.SIGKILL
    os.set_blocking(read_end, False)
    assert os.read(read_end, 1) == b""
    os.close(read_end)


def test_a_dropped_process_is_killed(me):
    read_end, write_end = os.pipe()
    process = start(me.spec("exec sleep 1000", pass_fds=(write_end,)))
    os.close(write_end)
    monitor = process._monitor
    del process
    assert _ends(read_end)
    os.waitpid(monitor, 0)
    os.close(read_end)


def test_ctrl_c_at_the_terminal_is_not_for_the_sandbox(me):
    process = start(me.spec("exec sleep 1000"))
    for pid in (process.pid, int(Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()[0])):
        assert os.getsid(pid) != os.getsid(0)
    process.kill()
    process.wait()
