"""The monitor names process 1 while that one may be running its command already: no order of their lines is certain."""

import os
import subprocess
import threading
from collections.abc import Iterator

import pytest

from lfsmake.sandbox.process import _await_running


@pytest.fixture
def child() -> Iterator[int]:
    """A process that lives until the test is over."""
    process = subprocess.Popen(["sleep", "60"])
    yield process.pid
    process.kill()
    process.wait()


@pytest.mark.parametrize(
    "lines",
    [
        ["pid\t{}\n", "running\n"],
        ["running\n", "pid\t{}\n"],
        ["running\n", "exit\t0\t0.0\t0.0\t1024\n", "pid\t{}\n"],
    ],
    ids=["pid first", "running first", "ended before the pid"],
)
@pytest.mark.parametrize("together", [True, False])
def test_the_monitor_is_told_that_its_line_was_read(child: int, lines: list[str], together: bool) -> None:
    """Without that byte it would wait for ever, and lfsmake for its end."""
    status, status_end = os.pipe()
    acknowledged, control = os.pipe()
    try:
        said = [line.format(child).encode() for line in lines]
        if together:
            os.write(status_end, b"".join(said))
        else:
            threading.Thread(target=lambda: [os.write(status_end, data) for data in said]).start()
        pid, pid_fd, seen = _await_running(control, status, "")
        os.close(pid_fd)
        assert pid == child
        assert os.read(acknowledged, 2) == b"a"
        assert b"running\n" in seen
    finally:
        for number in (status, status_end, acknowledged, control):
            os.close(number)
