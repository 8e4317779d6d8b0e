"""The events of a run as another process writes them: what is whole is read once, what is none of ours passed over."""

import msgspec
import pytest

from lfsmake.engine import follow
from lfsmake.engine.follow import Follower, newest_live
from lfsmake.engine.journal import Journal
from lfsmake.model.events import Note, RunStarted

RUN = "20260101-000000-000000"


@pytest.fixture
def journal(tmp_path):
    with Journal(str(tmp_path), RUN) as made:
        yield made


def note(text):
    return Note(at=1.0, text=text)


def test_what_is_added_is_read_once(journal, tmp_path):
    with Follower(str(tmp_path), RUN) as follower:
        assert list(follower.read()) == []
        journal(note("a"))
        journal(note("b"))
        assert list(follower.read()) == [note("a"), note("b")]
        journal(note("c"))
        assert list(follower.read()) == [note("c")]
        assert list(follower.read()) == []


def test_a_line_counts_once_its_end_is_written(journal, tmp_path):
    line = msgspec.json.encode(note("a")) + b"\n"
    with Follower(str(tmp_path), RUN) as follower, (tmp_path / RUN / "events.jsonl").open("ab", buffering=0) as file:
        for place in range(len(line)):
            file.write(line[place : place + 1])
            assert list(follower.read()) == ([note("a")] if place == len(line) - 1 else [])


def test_other_types_are_passed_over_and_what_is_no_json_is_counted(journal, tmp_path):
    with Follower(str(tmp_path), RUN) as follower, (tmp_path / RUN / "events.jsonl").open("ab", buffering=0) as file:
        file.write(b'{"event":"from-the-future","at":1}\n{"at":\n\x00\n[]\n')
        journal(note("a"))
        assert list(follower.read()) == [note("a")]
        assert follower.damaged == 2


def test_a_line_without_an_end_takes_no_memory_for_ever(journal, tmp_path, monkeypatch):
    monkeypatch.setattr(follow, "_CHUNK", 100)
    monkeypatch.setattr(follow, "_LONGEST", 1000)
    with Follower(str(tmp_path), RUN) as follower, (tmp_path / RUN / "events.jsonl").open("ab", buffering=0) as file:
        file.write(b"x" * 5000)
        assert list(follower.read()) == []
        assert len(follower._rest) <= 1100
        file.write(b"the end\n")
        journal(note("a"))
        assert list(follower.read()) == [note("a")]


def test_the_version_is_the_run_s(journal, tmp_path):
    with Follower(str(tmp_path), RUN) as follower:
        assert follower.version == 0
        journal(
            RunStarted(
                at=1.0, run=RUN, version=7, lfsmake="1", targets=(), jobs=1, steps=0, build=(), maybe=(), expected={}
            )
        )
        assert len(list(follower.read())) == 1
        assert follower.version == 7


def test_a_run_is_live_as_long_as_its_writer_and_gone_when_its_file_is(tmp_path):
    assert newest_live(str(tmp_path / "nothing")) is None
    journal = Journal(str(tmp_path), RUN)
    with Follower(str(tmp_path), RUN) as follower:
        assert newest_live(str(tmp_path)) == RUN
        assert (follower.live(), follower.gone()) == (True, False)
        journal.__exit__()
        assert newest_live(str(tmp_path)) is None
        assert (follower.live(), follower.gone()) == (False, False)
        (tmp_path / RUN / "events.jsonl").unlink()
        assert follower.gone()
