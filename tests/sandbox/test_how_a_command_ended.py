"""Exit status, signal and resources of a command, told when nothing of it is left."""

import os
import select
import signal
import subprocess
from pathlib import Path

import pytest

from lfsmake.sandbox import start


@pytest.mark.parametrize("status", [0, 1, 77, 255])
def test_the_exit_status_is_reported(me, status):
    assert me.run(f"exit {status}").status == status


def test_a_signal_is_a_negative_status(me):
    assert me.run("kill -SEGV $$").status == -signal.SIGSEGV


def test_signals_have_their_defaults_and_none_is_blocked(me):
    result = me.run("", argv=("/bin/grep", "^Sig[BI]", "/proc/self/status"))
    blocked, ignored = (int(line.split()[1], 16) for line in result.out.splitlines())
    the_c_library_s_own = 0x180000000  # 32 and 33, which it lets nobody change
    assert (blocked, ignored & ~the_c_library_s_own) == (0, 0)


def test_cpu_time_is_that_of_all_processes_orphans_too(me):
    # Not how long, but that it is counted: a loop of 200,000 turns takes far more than what starting a shell does.
    loop = "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done"
    idle = me.run("true")
    busy = me.run(loop)
    orphan = me.run(f"mkfifo /tmp/done; (({loop}; echo >/tmp/done) & ); cat /tmp/done")
    assert idle.user + idle.system < busy.user + busy.system
    assert idle.user + idle.system < orphan.user + orphan.system
    assert busy.user + busy.system > 0.05
    assert orphan.user + orphan.system > 0.05


def test_memory_is_that_of_the_largest_process(me):
    small = me.run("true")
    large = me.run("head -c 100000000 /dev/zero | tail -n 1 | wc -c")
    assert small.rss < 50_000_000 < 100_000_000 < large.rss < 400_000_000


def test_every_process_is_dead_when_wait_returns(account):
    if account.uid != os.geteuid():
        pytest.skip("descriptors are passed within one process here")
    read_end, write_end = os.pipe()
    try:
        # A daemon: its own session, no parent left, deaf to polite signals.
        command = f"trap '' TERM HUP; (setsid sh -c 'exec >&-; sleep 1000' &) ; echo started >&{write_end}"
        process = start(account.spec(f'bash -c "{command}"', pass_fds=(write_end,)))
        os.close(write_end)
        write_end = -1
        assert process.wait().status == 0
        assert os.read(read_end, 100) == b"started\n"
        os.set_blocking(read_end, False)
        assert os.read(read_end, 100) == b"", "the daemon's copy of the pipe would make this raise BlockingIOError"
    finally:
        os.close(read_end)
        if write_end >= 0:
            os.close(write_end)


def test_wait_gives_up_after_its_timeout_and_can_be_called_again(me):
    process = start(me.spec("exec sleep 1000"))
    with pytest.raises(TimeoutError, match=r"^the sandbox still runs after 0\.01 s$"):
        process.wait(0.01)
    assert process.poll() is None
    process.kill()
    assert process.wait().status == -signal.SIGKILL
    assert process.wait() == process.poll() == process.wait(0)


def test_kill_ends_everything_and_does_not_mind_being_called_twice(me):
    read_end, write_end = os.pipe()
    process = start(
        me.spec(
            f"sleep 1000 & sleep 1000 & echo up >&{write_end}; wait",
            argv=("/bin/bash", "-c", f"sleep 1000 & sleep 1000 & echo up >&{write_end}; wait"),
            pass_fds=(write_end,),
        )
    )
    os.close(write_end)
    assert os.read(read_end, 10) == b"up\n"
    process.kill()
    process.kill()
    assert process.wait().status == -signal.SIGKILL
    process.kill()
    assert os.read(read_end, 10) == b""
    os.close(read_end)


def test_the_pid_is_the_one_the_host_knows_the_sandbox_by(me):
    process = start(me.spec("sleep 1000"))
    list_children = ["ps", "--ppid", str(process.pid), "-o", "comm="]
    children = subprocess.run(list_children, capture_output=True, text=True, check=True)
    process.kill()
    process.wait()
    assert children.stdout in ("sh\n", "sleep\n")  # a shell may become its last command


def test_the_process_can_be_waited_for_with_poll(me):
    process = start(me.spec("true"))
    waiting = select.poll()
    waiting.register(process.fileno(), select.POLLIN)
    assert waiting.poll(30_000)
    assert process.wait().status == 0


def test_the_kernel_short_of_memory_would_choose_the_command_first(me):
    own = int(Path("/proc/self/oom_score_adj").read_text())
    assert int(me.run("cat /proc/self/oom_score_adj").out) == min(1000, own + 200)
