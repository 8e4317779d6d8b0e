"""Work folders are removed behind a run, which waits for it; who interrupted the run does not wait for long."""

import threading
from pathlib import Path

import pytest

from lfsmake.engine import sweep
from lfsmake.engine.sweep import Sweeper
from lfsmake.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store.open(tmp_path / "store")


def filled(store: Store) -> Path:
    folder = store.new_work("a")
    (folder / "upper").mkdir()
    (folder / "upper" / "file").write_text("x")
    return folder


def test_the_end_waits_until_all_is_removed(store: Store) -> None:
    sweeper = Sweeper(store)
    folders = [filled(store) for _ in range(3)]
    for folder in folders:
        sweeper.remove(folder)
    assert sweeper.close(lambda: False) == ()
    assert not any(folder.exists() for folder in folders)
    assert not sweeper.busy


def test_the_end_of_an_interrupted_run_does_not_wait_for_a_slow_disk(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, began = threading.Event(), threading.Event()
    real = sweep.remove_tree

    def remove(folder: Path) -> None:
        began.set()
        slow.wait()
        real(folder)

    monkeypatch.setattr(sweep, "remove_tree", remove)
    sweeper = Sweeper(store)
    folder = filled(store)
    sweeper.remove(folder)
    began.wait()
    assert sweeper.close(lambda: True, patience=0.01) == ()
    assert sweeper.busy
    assert folder.exists()
    slow.set()
    assert sweeper.close(lambda: False) == ()
    assert not folder.exists()


def test_what_dead_runs_left_is_removed_and_what_a_live_one_holds_is_not(store: Store) -> None:
    held, left = filled(store), filled(store)
    store.release_work(left)
    sweeper = Sweeper(Store.open(store.path))
    sweeper.remove_dead()
    assert sweeper.close(lambda: False) == ()
    assert held.exists()
    assert not left.exists()


def test_a_run_without_work_has_nothing_to_wait_for(store: Store) -> None:
    assert Sweeper(store).close(lambda: False) == ()
