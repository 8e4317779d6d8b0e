"""The rows are drawn when something changed, as the terminal can show them, and nothing of it is switched."""

import os
import struct
import termios
import threading
from fcntl import ioctl

from drawing import BUSY, feed, make
from run_events import done, failed, machine, over, started, step
from terminals import Terminal

from lfsmake.ui.line import StatusLine
from lfsmake.ui.live import size_of


def test_what_did_not_change_is_not_drawn_again(terminal):
    line = make(terminal)
    feed(line, *BUSY)
    terminal.lines()
    before = len(terminal.raw)
    line.tick()
    terminal.lines()
    assert len(terminal.raw) == before
    line.close()


def test_a_drawing_is_one_write_that_never_shows_an_empty_area(terminal):
    written = []
    line = make(terminal)
    write = terminal.stream.write
    terminal.stream.write = lambda text: written.append(text) or write(text)
    feed(line, *BUSY)
    feed(line, done("glibc"))
    assert len(written) == 3  # the rows; the line with the rows below it; the rows anew
    assert all(text.find("\x1b[J") in (-1, len(text) - 3) for text in written)  # erased is only what is below the rows
    line.close()


def test_nothing_is_hidden_or_switched_so_nothing_needs_restoring(terminal):
    line = make(terminal, color=True)
    feed(line, *BUSY)
    feed(line, done("glibc"), failed("gcc", work=""))
    feed(line, over(built=1))
    line.close()
    terminal.lines()
    assert b"\x1b[?" not in terminal.raw
    assert b"\x1b[1;31m1 failed, stopping\x1b[0m" in terminal.raw


def test_without_color_there_is_none(terminal):
    line = make(terminal, color=False)
    feed(line, *BUSY)
    feed(line, failed("gcc", work=""))
    line.close()
    terminal.lines()
    assert not [part for part in terminal.raw.split(b"\x1b[")[1:] if part.lstrip(b"0123456789;").startswith(b"m")]


def test_a_terminal_that_cannot_show_the_marks_gets_ascii():
    terminal = Terminal(40, 10)
    terminal.stream.reconfigure(encoding="ascii", errors="backslashreplace")
    line = make(terminal, live=True)
    name = "x" * 60
    feed(line, started(build=(name, "b"), maybe=(), expected={name: 1300.0, "b": 1.0}), step(name, at=1000), machine())
    assert terminal.lines() == ["[0/2] CPU 98 % | ETA 17 min", "x" * 22 + "... 4:12 of 21:40"]
    line.close()
    terminal.close()


def test_a_dumb_terminal_gets_plain_lines(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "dumb")
    line = make(terminal)
    feed(line, started(), step("glibc", at=1000), done("glibc"))
    line.close()
    terminal.lines()
    assert b"\x1b" not in terminal.raw
    assert b"\rg" not in terminal.raw
    assert b"glibc: started, never built" in terminal.raw


def test_a_terminal_that_does_not_tell_its_size_is_80_by_24(terminal):
    ioctl(terminal.other, termios.TIOCSWINSZ, struct.pack("HHHH", 0, 0, 0, 0))
    assert size_of(terminal.stream) == (80, 24)


def test_the_rows_are_drawn_while_nothing_happens_and_their_thread_ends(terminal):
    clock = iter(range(1000, 100_000))
    line = StatusLine(terminal.stream, now=lambda: float(next(clock)))
    for event in (started(), step("glibc", at=1000)):
        line(event)
    seen = set()
    while len(seen) < 2:  # each drawing is awaited, however long the machine takes
        data = os.read(terminal.main, 4096)
        seen |= {part for part in data.split(b"\n") if b"glibc" in part}
    thread = line._thread
    assert thread in threading.enumerate()
    line.close()
    assert not thread.is_alive()
    line.close()


def test_a_run_in_which_no_step_starts_has_no_thread_and_needs_no_rich(terminal):
    line = StatusLine(terminal.stream)
    for event in (started(), done("glibc", outcome="up-to-date"), over(up_to_date=3)):
        line(event)
    assert line._thread is None
    line.close()
    assert terminal.lines() == ["lfsmake: all is up to date (4 steps)"]
