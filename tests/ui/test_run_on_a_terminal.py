"""On a terminal the run is one live line, redrawn in place, below a line for each step that ended."""

import os
import pty
import struct
import termios
from fcntl import ioctl

import pyte
import pytest
from run_events import done, failed, over, phase, started, step

from lfsmake.model.events import FetchProgress, FetchStarted
from lfsmake.ui.line import StatusLine


class Terminal:
    """A real pseudo-terminal whose screen can be read."""

    def __init__(self, columns=80, rows=12):
        self.main, self.other = pty.openpty()
        self.resize(columns, rows)
        self.screen = pyte.Screen(columns, rows)
        self.bytes = pyte.ByteStream(self.screen)
        self.stream = open(self.other, "w", encoding="utf-8", closefd=False)  # noqa: SIM115
        self.raw = b""

    def resize(self, columns, rows=12):
        ioctl(self.other, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def lines(self):
        """The rows that are not empty. What was written is there: a pseudo-terminal has no delay."""
        os.set_blocking(self.main, False)
        while True:
            try:
                data = os.read(self.main, 65536)
            except BlockingIOError:
                break
            self.raw += data
            self.bytes.feed(data)
        return [line.rstrip() for line in self.screen.display if line.strip()]

    def close(self):
        self.stream.close()
        os.close(self.main)
        os.close(self.other)


@pytest.fixture
def terminal(monkeypatch):
    monkeypatch.setenv("TERM", "xterm")
    made = Terminal()
    yield made
    made.close()


def make(terminal, now=1252.0, **options):
    return StatusLine(terminal.stream, now=lambda: now, ticking=False, **options)


TIMES = {"glibc": 451.0, "gcc": 1168.0, "app": 60.0}


def test_the_live_line_says_how_far_what_runs_and_how_long_still(terminal):
    line = make(terminal)
    for event in (
        started(expected=TIMES), step("glibc", at=1000), phase("glibc", "build"), step("gcc", at=1221),
        phase("gcc", "configure"),
    ):  # fmt: skip
        line(event)
    line.draw()
    assert terminal.lines() == ["[0/3] glibc build 4:12 · gcc configure 0:31 · ETA ~19 min"]
    line.close()
    assert terminal.lines() == []


def test_ended_steps_stay_above_the_live_line(terminal):
    line = make(terminal)
    for event in (started(), step("glibc", at=1000)):
        line(event)
    line.draw()
    for event in (done("glibc"), step("gcc", at=1240)):
        line(event)
    line.draw()
    assert terminal.lines() == ["[1/3] glibc: built in 4:31 (12 MB layer 3f2a91)", "[1/3] gcc 0:12"]
    line(over(built=1))
    line.draw()
    line.close()
    assert terminal.lines() == [
        "[1/3] glibc: built in 4:31 (12 MB layer 3f2a91)",
        "lfsmake: 1 built in 12:34",
    ]


def test_the_line_is_never_wider_than_a_narrow_terminal(terminal):
    terminal.resize(24)
    line = make(terminal)
    for event in (started(expected=TIMES), step("glibc", at=1000), phase("glibc", "build"), step("gcc", at=1221)):
        line(event)
    line.draw()
    assert terminal.lines() == ["[0/3] glibc build 4:12…"]
    line.close()


def test_a_resized_terminal_gets_the_next_line_in_its_new_width(terminal):
    times = iter((1252.0, 1253.0))
    line = StatusLine(terminal.stream, now=lambda: next(times), ticking=False)
    for event in (started(expected=TIMES), step("glibc", at=1000), step("gcc", at=1221)):
        line(event)
    line.draw()
    terminal.resize(36)
    line.draw()
    assert terminal.lines() == ["[0/3] glibc 4:13 · +1 · ETA ~19 min"]
    line.close()


def test_downloads_are_in_the_line(terminal):
    line = make(terminal)
    line(FetchStarted(at=1, file="gcc.tar.xz", url="u", size=200))
    line(FetchProgress(at=1, file="gcc.tar.xz", done=90, size=200))
    line.draw()
    assert terminal.lines() == ["fetch gcc.tar.xz 45 %"]
    line.close()


def test_escape_sequences_of_a_log_are_shown_not_obeyed(terminal, tmp_path):
    log = tmp_path / "l"
    log.write_bytes(b"\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2Jgone?\n")
    line = make(terminal)
    line(failed("gcc", log, work="", file="", command=""))
    line.close()
    shown = terminal.lines()
    assert shown[:3] == ["── log of gcc ──", "red \\x1b]0;title\\x07 \\x1b[2Jgone?", "────"]


def test_the_line_is_erased_before_a_failure_on_the_same_terminal(terminal):
    line = make(terminal, color=False)
    for event in (started(), step("glibc", at=1000)):
        line(event)
    line.draw()
    line(failed("glibc", work="", file="", command=""))
    line.draw()
    assert terminal.lines() == [
        "lfsmake: error: glibc failed in its build phase: exit status 2",
        "  go on    lfsmake",
        "[1/3] waiting",
    ]
    line.close()


def test_what_did_not_change_is_not_drawn_again(terminal):
    line = make(terminal)
    for event in (started(), step("glibc", at=1000)):
        line(event)
    line.draw()
    terminal.lines()
    before = len(terminal.raw)
    line.draw()
    terminal.lines()
    assert len(terminal.raw) == before
    line.close()


def test_the_cursor_is_never_hidden_so_nothing_needs_restoring(terminal):
    line = make(terminal, color=True)
    for event in (started(), step("glibc", at=1000), done("glibc"), over(built=1)):
        line(event)
        line.draw()
    line.close()
    terminal.lines()
    assert b"\x1b[?" not in terminal.raw


def test_a_dumb_terminal_gets_plain_lines(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    line = make(terminal)
    for event in (started(), step("glibc", at=1000), done("glibc")):
        line(event)
    line.draw()
    line.close()
    terminal.lines()
    assert b"\x1b" not in terminal.raw
    assert b"\rg" not in terminal.raw
    assert b"glibc: started, never built" in terminal.raw


def test_the_line_ticks_while_nothing_happens_and_its_thread_ends(terminal):
    clock = iter(range(1000, 2000))
    line = StatusLine(terminal.stream, now=lambda: float(next(clock)))
    for event in (started(), step("glibc", at=1000)):
        line(event)
    seen = set()
    while len(seen) < 2:  # each drawing is awaited, however long the machine takes
        data = os.read(terminal.main, 4096)
        seen |= {part for part in data.split(b"\r") if b"glibc" in part}
    thread = line._thread
    line.close()
    assert not thread.is_alive()
    line.close()
