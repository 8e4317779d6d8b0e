"""A run is named by its number from the newest, its name, or a beginning of it; what means none says so."""

import fcntl
from pathlib import Path

import msgspec
import pytest

from lfsmake.engine.runs import RunHead, find_run, heads
from lfsmake.model.errors import UsageError
from lfsmake.model.events import Note, RunDone, RunStarted

NAMES = ["20261122-120000-000001", "20261122-110000-000001", "20261121-100000-000001"]


def started(run: str) -> RunStarted:
    return RunStarted(
        at=5.0, run=run, lfsmake="1", targets=("all",), jobs=1, steps=1, build=("a",), maybe=(), expected={}
    )


def done(run: str, code: int = 0) -> RunDone:
    return RunDone(at=9.0, run=run, exit_code=code, built=1, unchanged=0, up_to_date=2, failed=0, skipped=0, wall=4.0)


def journal(folder: Path, run: str, *events: object) -> Path:
    path = folder / run / "events.jsonl"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"".join(msgspec.json.encode(event) + b"\n" for event in events))
    return path


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    for name in NAMES:
        journal(tmp_path, name, started(name), done(name))
    return tmp_path


@pytest.mark.parametrize(
    ("word", "place"),
    [("latest", 0), ("0", 0), ("-1", 1), ("-2", 2), ("20261121", 2), ("20261122-11", 1), (NAMES[0], 0)],
)
def test_what_names_a_run(runs: Path, word: str, place: int) -> None:
    assert find_run(str(runs), word) == NAMES[place]


@pytest.mark.parametrize(
    ("word", "message", "expected", "hint"),
    [
        ("-3", "there is no run -3: only 3 are kept", "0 to -2", "`lfsmake runs` lists them"),
        ("20261122", "2 runs begin with 20261122", "one run", f"such as {NAMES[0]} or {NAMES[1]}"),
        (
            "x/../..", 'there is no run "x/../.."',
            "a run's name, the beginning of one, -1 for the one before the newest, or latest",
            "`lfsmake runs` lists them",
        ),
        (
            "", 'there is no run ""',
            "a run's name, the beginning of one, -1 for the one before the newest, or latest",
            "`lfsmake runs` lists them",
        ),
    ],
)  # fmt: skip
def test_what_names_none(runs: Path, word: str, message: str, expected: str, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        find_run(str(runs), word)
    (problem,) = caught.value.problems
    assert (problem.message, problem.expected, problem.hint) == (message, expected, hint)


def test_where_there_is_none(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no run is kept here"):
        find_run(str(tmp_path / "nowhere"))


def test_each_run_by_its_first_and_last_event(tmp_path: Path) -> None:
    runs = {
        "7": (started("7"), done("7")),
        "6": (started("6"), Note(at=6.0, text="x" * 200_000), done("6", 1)),
        "5": (started("5"), done("5", 130)),
        "4": (started("4"), Note(at=6.0, text="killed now")),
        "3": (),
        "2": ({"event": "from the future"},),
    }
    for name, events in runs.items():
        journal(tmp_path, name, *events)
    with journal(tmp_path, "8", started("8")).open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        found = heads(str(tmp_path))
    assert [(head.run, head.number, head.state, head.exit_code, head.wall) for head in found] == [
        ("8", 0, "running", None, 0.0),
        ("7", -1, "done", 0, 4.0),
        ("6", -2, "failed", 1, 4.0),
        ("5", -3, "interrupted", 130, 4.0),
        ("4", -4, "killed", None, 0.0),
        ("3", -5, "unreadable", None, 0.0),
        ("2", -6, "unreadable", None, 0.0),
    ]
    assert found[1] == RunHead("7", -1, "done", ("all",), 5.0, 9.0, 4.0, 0, 1, 0, 2, 0, 0)


def test_a_folder_of_another_kind_is_no_run(runs: Path) -> None:
    journal(runs, "not a run", started("x"))
    assert find_run(str(runs)) == NAMES[0]
    assert len(heads(str(runs))) == 3


def test_a_run_that_goes_away_is_left_out(runs: Path) -> None:
    assert [head.run for head in heads(str(runs), [NAMES[0], "gone", NAMES[1]])] == NAMES[:2]
