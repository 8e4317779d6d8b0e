"""Files of events in any state: the follower reads what can be read, says what cannot, and goes on."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run
from scene import RUN, begun, built, line, started

from lfsmake.ui.dash import board as boards
from lfsmake.ui.dash.board import Board, Followed
from lfsmake.ui.dash.follow import Tail


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every look is a new one."""
    monkeypatch.setattr(boards, "_FRESH", 0.0)


def follow(runs: Path) -> Followed:
    found = Board(str(runs)).follow("latest")
    assert found is not None
    return found


def test_lines_that_are_no_events_are_passed_over(runs: Path, begin: Callable[..., Run]) -> None:
    run = begin()
    run.tell(started(1000.0))
    run.raw(b'{"event":"step-done","at":"yesterday"}\n{"event":"later","at":1.0}\n\x00\xff\n[1]\n\n{"event":"note"')
    header = follow(runs).changes().header
    assert (header.damaged, header.unknown, header.total) == (3, 1, 14)


def test_a_line_that_is_cut_off_is_read_when_it_is_whole(runs: Path, begin: Callable[..., Run]) -> None:
    run = begin()
    text = line(begun("layout", 1001.0))
    run.raw(line(started(1000.0)) + text[:40])
    followed = follow(runs)
    assert followed.changes().header.counts.running == 0
    run.raw(text[40:])
    followed.look()
    header = followed.changes().header
    assert (header.counts.running, header.damaged) == (1, 0)


def test_a_newer_version_is_said(runs: Path, begin: Callable[..., Run]) -> None:
    run = begin()
    run.raw(line(started(1000.0)).replace(b'"version":1', b'"version":7'))
    header = follow(runs).changes().header
    assert (header.newer, header.total) == (True, 14)


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\x00" * 5000, b"nonsense\n" * 100])
def test_a_file_without_a_beginning_is_an_unknown_run(text: bytes, runs: Path, begin: Callable[..., Run]) -> None:
    begin().raw(text)
    followed = follow(runs)
    changes = followed.changes()
    assert (changes.header.run, changes.header.targets, changes.steps) == (RUN, (), ())
    assert followed.layout().order == ()
    assert followed.record().steps == ()
    assert "lfsmake_run_running" in followed.metrics()


def test_a_run_that_is_removed_stays_as_it_was_read(runs: Path, begin: Callable[..., Run]) -> None:
    run = begin()
    run.tell(started(1000.0), begun("layout", 1001.0))
    board = Board(str(runs))
    assert board.follow("latest") is not None
    run.path.unlink()
    run.folder.rmdir()
    followed = board.follow(RUN)
    assert followed is not None
    changes = followed.changes()
    assert (changes.header.problem, changes.header.total) == ("no such file or directory", 14)
    assert board.list() == ()
    assert board.newest() == ""


def test_a_file_that_is_begun_anew_is_read_anew(runs: Path, begin: Callable[..., Run]) -> None:
    run = begin()
    run.tell(started(1000.0), begun("layout", 1001.0), built("layout", 1002.0, 1.0))
    followed = follow(runs)
    before = followed.revision
    other = runs / "other"
    other.write_bytes(line(started(2000.0, {"a": ()})))
    other.rename(run.path)
    followed.look()
    changes = followed.changes(before)
    assert (changes.since, [step.step for step in changes.steps]) == (0, ["a"])
    assert followed.revision > before


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "events.jsonl"
    os.mkfifo(pipe)
    tail = Tail(str(pipe))
    assert (tail.read(), tail.problem) == (b"", "not a regular file")


def test_few_runs_are_kept_in_memory(runs: Path, begin: Callable[..., Run]) -> None:
    names = [f"2026110{day}-000000-000000" for day in range(1, 8)]
    for name in names:
        begin(name, live=False).tell(started(1000.0, run=name))
    board = Board(str(runs))
    for name in names:
        assert board.follow(name) is not None
    assert len(board._followed) == 4
