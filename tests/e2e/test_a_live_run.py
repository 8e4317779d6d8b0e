"""A run under way: on a terminal rows that whatever ends it leaves clean; a log can be followed from another one."""

import re
import signal
import subprocess
import sys
import termios

import pytest
from screens import Screen

pytestmark = pytest.mark.slow

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


def test_what_runs_is_on_the_screen(slow):
    screen = Screen("slow")
    screen.wait_for("  slow  install  0:0")
    screen.wait_for("memory")  # once the machine was looked at
    head, row = screen.rows()
    assert re.fullmatch(r"\[0/1\] 1 of \d+ jobs? · CPU \d+ % · memory \d+ % · ETA \?", head)
    assert re.fullmatch(r"  slow  install  0:\d\d(  \d+\.\d CPU)?(  [\d.]+ MB)?", row)
    screen.child.sendintr()
    screen.ended()


def test_ctrl_c_leaves_the_terminal_clean_and_says_interrupted(slow):
    screen = Screen("slow", columns=60, rows=10)
    screen.wait_for("slow  install  0:0")
    screen.child.sendintr()
    assert screen.ended() == 130
    rows = screen.rows()
    assert rows[0] in ("^C", "^Cslow: stopped, interrupted", "slow: stopped, interrupted")
    assert rows[-1].startswith("lfsmake: interrupted in 0:0")
    assert not any("[0/1]" in row for row in rows)
    assert screen.screen.cursor.x == 0
    assert b"\x1b[?" not in screen.raw


def test_kill_9_leaves_rows_of_text_and_the_cursor_below_them(slow):
    screen = Screen("slow", columns=60, rows=10)
    screen.wait_for("slow  install  0:0")
    screen.child.kill(signal.SIGKILL)
    modes = termios.tcgetattr(screen.child.child_fd)
    assert screen.ended() == -signal.SIGKILL
    assert modes == screen.modes
    assert (screen.screen.cursor.x, screen.screen.cursor.y) == (0, 2)
    assert len(screen.rows()) == 2
    assert b"\x1b[?" not in screen.raw  # nothing was hidden or switched
    assert b"\x1b[r" not in screen.raw


@pytest.mark.parametrize(("columns", "rows"), [(40, 10), (20, 3)])
def test_a_small_terminal_is_never_filled_beyond_its_size(slow, columns, rows):
    screen = Screen("slow", columns=columns, rows=rows)
    screen.wait_for("[0/1] slow" if rows < 6 else "slow install 0:02")
    assert len(screen.rows()) <= rows // 2 + (rows < 6)
    assert not screen.screen.history.top
    screen.child.sendintr()
    assert screen.ended() == 130


def test_a_resize_while_it_runs_leaves_one_picture(slow):
    screen = Screen("slow", columns=80, rows=24)
    screen.wait_for("memory")
    for columns, rows in ((30, 12), (100, 30), (20, 3), (60, 10)):
        screen.resize(columns, rows)
        before = len(screen.raw)
        while b"slow" not in screen.raw[before:]:
            screen._read()
        assert sum("[0/1]" in row for row in screen.rows()) == 1
    screen.wait_for("  slow  install  0:")
    screen.child.sendintr()
    assert screen.ended() == 130


def test_no_color_means_none(slow):
    screen = Screen("slow", NO_COLOR="1")
    screen.wait_for("slow  install  0:0")
    screen.child.sendintr()
    screen.ended()
    assert not re.search(rb"\x1b\[[0-9;]*m", screen.raw)
    assert b"\x1b[" in screen.raw  # the rows are drawn all the same


def test_a_dumb_terminal_gets_lines_and_no_escape_sequence(slow):
    screen = Screen("slow", TERM="dumb")
    screen.wait_for("slow: started, never built")
    screen.child.sendintr()
    assert screen.ended() == 130
    assert b"\x1b" not in screen.raw


def test_a_terminal_without_utf_8_gets_ascii(slow):
    screen = Screen("slow", PYTHONIOENCODING="ascii", columns=100)
    screen.wait_for("memory")
    assert " | CPU " in screen.rows()[0]
    screen.child.sendintr()
    screen.ended()
    assert screen.raw.isascii()


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
