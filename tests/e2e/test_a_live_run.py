"""A run under way: on a terminal a live line that Ctrl-C leaves clean; from another terminal it can be followed."""

import os
import subprocess
import sys

import pexpect
import pyte
import pytest

SLOW = """\
script slow {
    context host
    install:
        echo one
        sleep 600
}
"""


@pytest.fixture
def slow(project):
    project.main.write_text(SLOW)
    project.config.write_text('recipes = ["recipes"]\n')
    return project


def test_ctrl_c_leaves_the_terminal_clean_and_says_interrupted(slow):
    child = pexpect.spawn(
        sys.executable, ["-m", "lfsmake", "slow"], env={**os.environ, "TERM": "xterm"}, dimensions=(10, 60), timeout=60
    )
    child.expect_exact("[0/1] slow install 0:")
    child.sendintr()
    child.expect(pexpect.EOF)
    shown = child.before
    child.close()
    assert child.exitstatus == 130
    screen = pyte.Screen(60, 10)
    pyte.ByteStream(screen).feed(shown)
    rows = [row.rstrip() for row in screen.display if row.strip()]
    assert rows[-1].startswith("lfsmake: interrupted in 0:0")
    assert not any("[0/1]" in row for row in rows[1:])
    assert screen.cursor.x == 0


def test_a_log_is_followed_until_its_step_ends(slow, spawn):
    lfsmake = [sys.executable, "-m", "lfsmake"]
    with subprocess.Popen([*lfsmake, "slow", "-v"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as build:
        while build.stdout.readline() != "slow: install\n":
            pass
        status = spawn("status").stdout
        with subprocess.Popen([*lfsmake, "log", "slow", "-f"], stdout=subprocess.PIPE, text=True) as follower:
            while follower.stdout.readline() != "one\n":
                assert follower.poll() is None
            build.terminate()
            build.communicate(timeout=60)
            follower.communicate(timeout=60)
        assert follower.returncode == 0
    assert build.returncode == 130
    assert "\nnow     slow install 0:" in status
    assert ", running for 0:" in status
