"""A folder of runs that is not what it should be is no bug of ours."""

import os

import pytest

from lfsmake.engine.before import failed_before
from lfsmake.engine.journal import read_events, runs_in
from lfsmake.model.errors import HostError
from lfsmake.model.events import Note


def test_where_there_is_no_folder_there_is_no_run(tmp_path):
    (tmp_path / "file").write_text("")
    assert runs_in(str(tmp_path / "none")) == []
    assert runs_in(str(tmp_path / "file")) == []
    assert runs_in(str(tmp_path / "file" / "runs")) == []


def test_events_that_are_no_file_are_none(tmp_path):
    (tmp_path / "r" / "events.jsonl").mkdir(parents=True)
    assert list(read_events(str(tmp_path), "r")) == []
    assert list(read_events(str(tmp_path), "gone")) == []
    assert not failed_before(str(tmp_path), "s", ("all",))


def test_damaged_lines_are_passed_over(tmp_path):
    (tmp_path / "r").mkdir()
    lines = [
        b"\x00\xff", b"", b"[" * 100_000, b'{"event":"quantum","at":1}', b'{"event":"note","at":"x","text":""}',
        b'{"event":"note","at":1,"text":"\xff"}', b'{"event":"note","at":1,"text":"","later":' + b"[" * 200_000,
        b'{"event":"note","at":1,"text":"seen","later":{}}', b'{"event":"note","at":2,"te',
    ]  # fmt: skip
    (tmp_path / "r" / "events.jsonl").write_bytes(b"\n".join(lines))
    assert list(read_events(str(tmp_path), "r")) == [Note(at=1.0, text="seen")]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_what_may_not_be_read_is_named(tmp_path):
    (tmp_path / "r").mkdir()
    events = tmp_path / "r" / "events.jsonl"
    events.write_text("")
    events.chmod(0)
    with pytest.raises(HostError, match=r"cannot read .*: permission denied"):
        list(read_events(str(tmp_path), "r"))


RUN = b'{"event":"run-started","at":1,"run":"r","targets":["a","b"]}\n'


@pytest.mark.parametrize(
    ("runs", "failed"),
    [
        ({}, False),
        ({"1": (RUN, 1)}, True),
        ({"1": (RUN, 0)}, False),
        ({"1": (RUN, 1), "2": (RUN, 0)}, False),
        ({"1": (RUN, 0), "2": (RUN, 1)}, True),
        ({"1": (RUN, 1), "2": (RUN, 130)}, True),  # interrupted: says nothing
        ({"1": (RUN, 1), "2": (RUN, None)}, True),  # killed: neither
        ({"1": (RUN, 1), "2": (RUN.replace(b'"b"', b'"c"'), 0)}, True),  # of other targets
        ({"1": (RUN.replace(b'"a","b"', b'"b","a"'), 1)}, True),
        ({"9": (RUN, 1)}, False),  # it began later
        ({"1": (RUN.replace(b'["a","b"]', b'["x"],"invocation":{"goal":["a","b"],"on_failure":"stop"}'), 1)}, True),
        ({"1": (b"\x00garbage\n", 1)}, False),
    ],
)
def test_how_the_run_before_went(tmp_path, runs, failed):
    for name, (first, code) in runs.items():
        (tmp_path / name).mkdir()
        end = b"" if code is None else b'{"event":"run-done","at":2,"run":"r","exit_code":%d,"wall":1.5}\n' % code
        middle = b'{"event":"note","at":1,"text":"%s"}\n' % (b"x" * 100_000)
        (tmp_path / name / "events.jsonl").write_bytes(first + middle + end)
    assert failed_before(str(tmp_path), "5", ("a", "b")) is failed
