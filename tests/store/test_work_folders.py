"""Work folders are held as long as their process lives, and no longer."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from lfsmake.store.store import Store

HOLDER = (
    "import sys; from pathlib import Path; from lfsmake.store.store import Store\n"
    "print(Store.open(Path(sys.argv[1])).new_work('gcc'), flush=True); sys.stdin.read()"
)


def holder(store: Store) -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(store.path)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert process.stdout
    return process, Path(process.stdout.readline().strip())


def test_a_work_folder_is_dead_when_its_process_was_killed(store: Store) -> None:
    process, work = holder(store)
    (work / "half").write_text("done")
    assert store.dead_works() == []
    process.kill()
    process.communicate()
    assert store.dead_works() == [work]


def test_a_dead_work_folder_belongs_to_whoever_found_it(store: Store) -> None:
    process, work = holder(store)
    process.kill()
    process.communicate()
    other = Store.open(store.path)
    assert store.dead_works() == [work]
    assert store.dead_works() == []
    assert other.dead_works() == []
    store.close()
    assert other.dead_works() == [work]
    other.close()


def test_ones_own_folders_are_live_until_released(store: Store) -> None:
    work = store.new_work("glibc")
    assert work.name.startswith("glibc.")
    assert os.listdir(work) == [".lock"]
    other = Store.open(store.path)
    assert other.dead_works() == []
    store.release_work(work)
    assert other.dead_works() == [work]
    other.close()


def test_a_folder_killed_before_its_lock_existed_is_dead(store: Store) -> None:
    (store.path / "work/x.123").mkdir()
    (store.path / "work/stray-file").write_text("")
    assert store.dead_works() == [store.path / "work/x.123"]


def test_the_newest_failure_is_kept_and_the_older_given_back(store: Store) -> None:
    first = store.new_work("gcc")
    (first / "n").write_text("1")
    kept = store.keep_failed(first, "gcc")
    assert (kept.path, kept.old) == (store.failed_work("gcc"), None)
    second = store.new_work("gcc")
    (second / "n").write_text("2")
    kept = store.keep_failed(second, "gcc")
    assert (kept.path / "n").read_text() == "2"
    assert kept.old is not None
    assert (kept.old / "n").read_text() == "1"
    assert store.dead_works() == []
    other = Store.open(store.path)
    assert other.dead_works() == []  # the old one is still ours to remove, the kept one is not for removal
    store.close()
    assert other.dead_works() == [kept.old]
    other.close()


@pytest.mark.parametrize("step", ["gcc", "failed", "../up", "a/b", ".", "x" * 300, "%2e"])
def test_every_step_name_is_one_folder(store: Store, step: str) -> None:
    work = store.new_work(step)
    assert work.parent == store.path / "work"
    assert store.keep_failed(work, step).path.parent == store.path / "work/failed"
    assert store.log_path("r1", step).parent == store.path / "logs/r1"
