"""Locks: one holder per key over processes and threads; a collection and a run exclude each other."""

import fcntl
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from lfsmake.model.errors import InterruptedRun, StoreError
from lfsmake.store import locks
from lfsmake.store.store import Store

HOLDER = (
    "import sys; from pathlib import Path; from lfsmake.store.store import Store\n"
    "store = Store.open(Path(sys.argv[1]))\n"
    "with {}:\n    print('held', flush=True); sys.stdin.read()"
)


def holder(store: Store, lock: str) -> subprocess.Popen[str]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER.format(lock), str(store.path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout
    assert process.stdout.readline() == "held\n"
    return process


def test_a_key_held_by_another_process_is_waited_for_and_said_once(store: Store) -> None:
    process = holder(store, "store.lock_step('k')")
    waits: list[int] = []

    def on_wait() -> None:
        waits.append(1)
        process.kill()  # the kernel releases the lock

    with store.lock_step("k", on_wait=on_wait):
        assert waits == [1]
    process.communicate()
    assert os.listdir(store.path / "locks") == []


def test_waiting_can_be_cancelled(store: Store) -> None:
    process = holder(store, "store.lock_step('k')")
    path = store.path / "locks/k"
    with pytest.raises(InterruptedRun) as raised, store.lock_step("k", cancelled=lambda: True):
        pass
    assert str(raised.value) == f"stopped while waiting for another lfsmake to release {path}"
    process.communicate("")


def test_other_keys_do_not_wait(store: Store) -> None:
    with store.lock_step("a"), store.lock_step("b", cancelled=lambda: True):
        pass


def test_many_threads_and_removed_lock_files_never_let_two_in(store: Store) -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        for _ in range(25):
            with store.lock_step("k"):
                inside.append(1)
                most.append(len(inside))
                inside.pop()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 100
    assert os.listdir(store.path / "locks") == []


def test_a_lock_on_a_file_that_was_removed_meanwhile_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "key"
    real = fcntl.flock

    def late(fd: int, how: int) -> None:
        path.unlink()  # its holder leaves between our open and our lock, and another one comes
        path.touch()
        real(fd, how)

    monkeypatch.setattr(fcntl, "flock", late)
    assert locks.try_lock(path) is None
    monkeypatch.undo()
    fd = locks.try_lock(path)
    assert fd is not None
    assert locks.try_lock(path) is None
    os.close(fd)


def test_many_processes_never_let_two_in(store: Store, tmp_path: Path) -> None:
    program = (
        "import os, sys; from pathlib import Path; from lfsmake.store.store import Store\n"
        "store = Store.open(Path(sys.argv[1])); mark = sys.argv[2]\n"
        "for _ in range(30):\n"
        "    with store.lock_step('k'):\n"
        "        os.close(os.open(mark, os.O_CREAT | os.O_EXCL)); os.unlink(mark)\n"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(store.path), str(tmp_path / "mark")], cwd=Path(__file__).parents[2]
        )
        for _ in range(3)
    ]
    assert [run.wait() for run in runs] == [0, 0, 0]


def test_runs_share_the_store_and_keep_a_collection_out(store: Store) -> None:
    process = holder(store, "store.use()")
    with store.use():
        pass
    with pytest.raises(StoreError) as raised, store.exclusive():
        pass
    assert str(raised.value) == f"the store {store.path} is in use by another lfsmake"
    assert raised.value.hint == "wait until it has ended, then try again"
    process.communicate("")
    with store.exclusive():
        pass


def test_a_run_waits_for_a_collection(store: Store) -> None:
    process = holder(store, "store.exclusive()")
    with store.use(on_wait=process.kill):
        pass
    process.communicate()
