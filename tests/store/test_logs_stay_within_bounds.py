"""Logs are kept for so many runs and so many bytes; what is in use goes last, and the newest run's never."""

import os
from pathlib import Path

import pytest

from lfsmake.store.logs import rotate


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """Runs r1 to r4, the newest; a log of 100 bytes of step a in each, and one of b in r2."""
    for run in ("r1", "r2", "r3", "r4"):
        folder = tmp_path / "logs" / run
        folder.mkdir(parents=True)
        (folder / "a.log").write_bytes(b"x" * 100)
    (tmp_path / "logs" / "r2" / "b.log").write_bytes(b"x" * 100)
    return tmp_path


def left(store: Path) -> list[str]:
    return sorted(str(path.relative_to(store / "logs")) for path in (store / "logs").rglob("*") if path.is_file())


def test_within_its_bounds_nothing_goes(store: Path) -> None:
    assert rotate(str(store), runs=4, size=500, newest="r4") == ()
    assert len(left(store)) == 5


def test_the_oldest_runs_go_and_their_folders(store: Path) -> None:
    assert sorted(rotate(str(store), runs=2, size=500, newest="r4")) == [
        "logs/r1/a.log",
        "logs/r2/a.log",
        "logs/r2/b.log",
    ]
    assert sorted(os.listdir(store / "logs")) == ["r3", "r4"]


def test_what_is_in_use_outlives_its_run(store: Path) -> None:
    rotate(str(store), runs=1, size=500, newest="r4", kept={"logs/r2/b.log"})
    assert left(store) == ["r2/b.log", "r4/a.log"]


def test_over_the_size_the_oldest_go_and_what_is_in_use_last(store: Path) -> None:
    rotate(str(store), runs=4, size=250, newest="r4", kept={"logs/r1/a.log"})
    assert left(store) == ["r1/a.log", "r4/a.log"]
    rotate(str(store), runs=4, size=150, newest="r4", kept={"logs/r1/a.log"})
    assert left(store) == ["r4/a.log"]


def test_the_newest_run_s_logs_stay_however_large(store: Path) -> None:
    rotate(str(store), runs=4, size=1, newest="r4")
    assert left(store) == ["r4/a.log"]


def test_without_logs_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert rotate(str(tmp_path), runs=1, size=1, newest="r1") == ()


def test_a_link_in_the_place_of_a_run_is_left_alone(store: Path, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "c.log").write_bytes(b"x")
    (store / "logs" / "r0").symlink_to(outside)
    rotate(str(store), runs=1, size=1, newest="r4")
    assert (outside / "c.log").exists()
