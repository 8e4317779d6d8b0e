"""On a terminal what runs stands in rows at the bottom, drawn again in place, below a line for each step that ended."""

import re

from drawing import BUSY, RUN, feed, make
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from run_events import done, failed, machine, over, phase, sample, skipped, started, step

from lfsmake.model.events import FetchProgress, FetchStarted, Note
from lfsmake.ui.line import StatusLine
from lfsmake.ui.live import Size
from lfsmake.ui.live_rows import Style, rows_of
from lfsmake.ui.view import RunView


def test_the_rows_say_how_far_how_long_still_and_what_each_step_uses(terminal):
    line = make(terminal)
    feed(line, *BUSY)
    assert terminal.lines() == [
        "[0/3] 2 of 2 jobs · CPU 98 % · memory 38 % · ETA 20 min (10 SBU)",
        "  glibc  build      4:12  of 7:31   1.9 CPU  412 MB",
        "  gcc    configure  0:31  of 19:28",
    ]
    line.close()
    assert terminal.lines() == []
    assert (terminal.screen.cursor.x, terminal.screen.cursor.y) == (0, 0)


def test_on_40_by_10_what_matters_less_is_left_out(terminal):
    terminal.resize(40, 10)
    line = make(terminal)
    feed(line, *BUSY)
    assert terminal.lines() == [
        "[0/3] CPU 98 % · ETA 20 min (10 SBU)",
        "glibc build     4:12 of 7:31  1.9 CPU",
        "gcc   configure 0:31 of 19:28",
    ]
    line.close()


def test_on_20_columns_a_step_keeps_its_time(terminal):
    terminal.resize(20, 24)
    line = make(terminal)
    feed(line, *BUSY)
    assert terminal.lines() == ["[0/3] ETA 20 min", "glibc 4:12", "gcc   0:31"]
    line.close()


def test_on_3_rows_there_is_one(terminal):
    terminal.resize(60, 3)
    line = make(terminal)
    feed(line, *BUSY)
    assert terminal.lines() == ["[0/3] glibc build 4:12 · gcc configure 0:31 · ETA 20 min"]
    terminal.resize(20, 3)
    line.tick()
    assert terminal.lines() == ["[0/3] glibc build…"]
    line.close()
    assert terminal.lines() == []


def test_the_longest_stand_first_and_those_without_room_are_counted(terminal):
    terminal.resize(60, 10)
    names = tuple(f"step{n}" for n in range(7))
    line = make(terminal)
    feed(line, started(build=names, maybe=()), *(step(name, at=1200 - at) for at, name in enumerate(names)))
    assert terminal.lines() == [
        "[0/7] ETA ?",
        "  step6  0:58",
        "  step5  0:57",
        "  step4  0:56",
        "  +4 more",
    ]
    line.close()


def test_a_name_that_is_too_long_is_cut(terminal):
    name = "x" * 58 + "yz"
    line = make(terminal)
    feed(line, started(build=(name,), maybe=()), step(name, at=1000), phase(name, "configure", at=1000))
    assert terminal.lines()[1] == f"  {name}  configure  4:12"
    terminal.resize(40, 10)
    line.tick()
    assert terminal.lines()[1] == "xxxxxxxxxxxxxxxxxxxxxxx… configure 4:12"
    terminal.resize(20, 10)
    line.tick()
    assert terminal.lines()[1] == "xxxxxxxxxxxxx… 4:12"
    line.close()


def test_wide_characters_take_the_columns_they_take(terminal):
    terminal.resize(40, 10)
    name = "日本語の名前がとても長いステップ"
    line = make(terminal)
    feed(line, started(build=(name, "e\u0301tude"), maybe=()), step(name, at=1000), step("e\u0301tude", at=1000))
    shown = [row.replace("\0", "") for row in terminal.lines()]
    assert shown[1:] == ["日本語の名前がとても長いステップ 4:12", "étude                            4:12"]
    terminal.resize(24, 10)
    line.tick()
    shown = [row.replace("\0", "") for row in terminal.lines()]
    assert shown[1:] == ["日本語の名前がと…  4:12", "étude              4:12"]
    line.close()


NAMES = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=70)
PLAIN = Style(False, " · ", "…")


@given(
    st.lists(NAMES, min_size=1, max_size=12, unique=True), st.integers(1, 130), st.integers(1, 50), st.booleans(),
    st.integers(0, 10**7),
)  # fmt: skip
def test_rows_fit_any_terminal_whatever_the_steps_are_called(names, columns, rows, color, spent):
    view = RunView()
    for event in (
        started(build=tuple(names), maybe=(), expected=dict.fromkeys(names, 50.0), sbu=3.0),
        *(step(name, at=1000.0) for name in names), sample(names[0], at=1002.0, cpu=3.0, rss=10**9), machine(),
        failed(names[-1]), FetchStarted(at=1, file="日本.tar", url="u", size=10**9),
    ):  # fmt: skip
        view.apply(event)
    shown = rows_of(view, 1000.0 + spent, Size(columns, rows), PLAIN._replace(color=color))
    assert 1 <= len(shown) <= max(1, rows // 2)
    for row in shown:
        assert row.width == cell_len(re.sub("\x1b\\[[0-9;]*m", "", row.text)) <= max(0, columns - 1)
        assert color or "\x1b" not in row.text
        assert not set(row.text) & set("\n\r\t\b")


def test_ended_steps_scroll_by_above(terminal):
    line = make(terminal)
    feed(line, *BUSY)
    line(done("glibc"))
    first = "[1/3] glibc: built in 4:31 (12 MB layer 3f2a91)"
    assert terminal.lines() == [  # at once: what ended is in no row any more
        first,
        "[1/3] 2 of 2 jobs · CPU 98 % · memory 38 % · ETA 20 min (10 SBU)",
        "  gcc  configure  0:31  of 19:28",
    ]
    feed(line, over(built=1))
    line.close()
    assert terminal.lines() == [first, "lfsmake: 1 built in 12:34"]


def test_more_lines_than_the_screen_has_are_all_in_its_history(terminal):
    terminal.resize(80, 10)
    names = tuple(f"s{n}" for n in range(40))
    line = make(terminal)
    feed(line, started(build=("slow", *names), maybe=()), step("slow", at=1000))
    for name in names:
        feed(line, step(name, at=1250), done(name, wall=1))
    feed(line, done("slow"), over(built=41))
    line.close()
    terminal.lines()
    history = ["".join(row[x].data for x in range(80)).rstrip() for row in terminal.screen.history.top]
    shown = [*history, *(row.rstrip() for row in terminal.screen.display)]
    ended = [f"[{n + 1}/41] s{n}: built in 0:01 (12 MB layer 3f2a91)" for n in range(40)]
    assert [row for row in shown if row] == [
        *ended, "[41/41] slow: built in 4:31 (12 MB layer 3f2a91)", "lfsmake: 41 built in 12:34",
    ]  # fmt: skip


def test_a_row_that_is_resized_is_drawn_in_its_new_width_and_nothing_of_the_old_is_left(terminal):
    times = iter((1000.0, 1252.0, 1253.0, 1254.0))
    line = StatusLine(terminal.stream, now=lambda: next(times), ticking=False)
    feed(line, *BUSY[:-1])
    terminal.resize(36, 24)
    line.tick()
    assert terminal.lines() == [
        "[0/3] ETA 20 min (10 SBU)", "glibc build     4:13 of 7:31", "gcc   configure 0:32 of 19:28",
    ]  # fmt: skip
    terminal.resize(80, 12)
    line.tick()
    assert terminal.lines()[0] == "[0/3] ETA 20 min (10 SBU)"
    line.close()
    assert terminal.lines() == []


def test_a_terminal_that_wraps_anew_has_its_wrapped_rows_drawn_over(terminal, monkeypatch):
    monkeypatch.setenv("TERM", "xterm-256color")
    line = make(terminal)
    feed(line, *BUSY)
    terminal.lines()
    terminal.resize(36, 24)
    before = len(terminal.raw)
    line.tick()
    terminal.lines()
    assert terminal.raw[before:].startswith(b"\x1b[5A\r")  # 64, 51 and 34 columns: two, two and one row of 36
    line.close()


def test_downloads_are_among_the_rows(terminal):
    line = make(terminal)
    feed(
        line, RUN, FetchStarted(at=1, file="gcc.tar.xz", url="u", size=92_000_000),
        FetchProgress(at=1, file="gcc.tar.xz", done=41_400_000, size=92_000_000),
    )  # fmt: skip
    assert terminal.lines() == ["[0/3] ETA 20 min (10 SBU)", "  gcc.tar.xz  fetch  45 %  92 MB"]
    line.close()


def test_a_failure_is_counted_and_what_still_runs_is_all_that_is_waited_for(terminal):
    line = make(terminal)
    feed(line, *BUSY)
    feed(line, failed("gcc", work="", file="", command=""))
    assert terminal.lines() == [
        "lfsmake: error: gcc failed in its build phase: exit status 2",
        "  go on    lfsmake",
        "[1/3] 1 failed, stopping · 2 of 2 jobs · CPU 98 % · ETA 3 min (1.7 SBU)",
        "  glibc  build  4:12  of 7:31  1.9 CPU  412 MB",
    ]
    line.close()


def test_a_failure_on_another_stream_does_not_move_the_rows(terminal, tmp_path):
    with (tmp_path / "errors").open("w+", encoding="utf-8") as errors:
        line = make(terminal, errors=errors)
        feed(line, *BUSY)
        line(failed("gcc", work="", file="", command=""))
        assert terminal.lines()[0].startswith("[1/3] 1 failed")
        line.close()
        errors.seek(0)
        assert errors.read().startswith("lfsmake: error: gcc failed in its build phase: exit status 2\n")


def test_a_second_stream_to_the_same_terminal_is_recognised(terminal):
    with open(terminal.other, "w", encoding="utf-8", closefd=False) as errors:
        line = make(terminal, errors=errors)
        feed(line, *BUSY)
        feed(line, Note(at=1, text="the disk is slow", level="warning"))
        assert terminal.lines()[:2] == [
            "lfsmake: warning: the disk is slow",
            "[0/3] 2 of 2 jobs · CPU 98 % · memory 38 % · ETA 20 min (10 SBU)",
        ]
        line.close()


def test_while_somebody_else_has_the_terminal_nothing_is_written_and_afterwards_all(terminal):
    line = make(terminal)
    feed(line, *BUSY)
    with line.paused():
        assert terminal.lines() == []
        feed(line, done("glibc"), skipped("app", "x"))
        assert terminal.lines() == []
    line.tick()
    assert terminal.lines()[:2] == [
        "[1/3] glibc: built in 4:31 (12 MB layer 3f2a91)", "[2/3] app: skipped, x failed",
    ]  # fmt: skip
    assert terminal.lines()[2].startswith("[2/3] 2 of 2 jobs")
    line.close()


def test_what_came_while_paused_is_not_lost_at_the_end(terminal):
    line = make(terminal)
    with line.paused():
        line(done("glibc"))
        line.close()
    assert terminal.lines() == ["[1/1] glibc: built in 4:31 (12 MB layer 3f2a91)"]


def test_escape_sequences_of_a_log_are_shown_not_obeyed(terminal, tmp_path):
    log = tmp_path / "l"
    log.write_bytes(b"\x1b[31mred\x1b[0m \x1b]0;title\x07 \x1b[2Jgone?\n")
    line = make(terminal)
    line(failed("gcc", log, work="", file="", command=""))
    line.close()
    shown = terminal.lines()
    assert shown[:3] == ["── log of gcc ──", "red \\x1b]0;title\\x07 \\x1b[2Jgone?", "────"]


def test_escape_sequences_of_names_are_shown_not_obeyed(terminal):
    line = make(terminal)
    feed(line, started(build=("a\x1b[2Jb",), maybe=()), step("a\x1b[2Jb", at=1250))
    assert terminal.lines() == ["[0/1] ETA ?", "  a\\x1b[2Jb  0:02"]
    line.close()
