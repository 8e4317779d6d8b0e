"""Opening a store: what is made, what is refused, and in which words."""

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from lfsmake.model.errors import EXIT_ENVIRONMENT, StoreError
from lfsmake.model.plan import Trace
from lfsmake.store.store import Store


def refused(path: Path) -> StoreError:
    with pytest.raises(StoreError) as raised:
        Store.open(path)
    assert raised.value.exit_code == EXIT_ENVIRONMENT
    return raised.value


def test_a_new_store_belongs_to_its_owner_alone(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "a/b/store")
    folders = [store.path, *(path for path in store.path.iterdir() if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    assert (store.path / "VERSION").read_text() == "1\n"
    assert store.layer_digests() == set()
    store.close()


def test_a_store_opens_again_and_an_interrupted_first_run_is_finished(tmp_path: Path) -> None:
    Store.open(tmp_path / "s").close()
    Store.open(tmp_path / "s").close()
    half = tmp_path / "half"
    half.mkdir()
    (half / "layers").mkdir()
    (half / "VERSION.0123.tmp").write_text("")
    Store.open(half).close()
    assert (half / "VERSION").read_text() == "1\n"


def test_a_newer_format_is_refused_naming_both(tmp_path: Path) -> None:
    Store.open(tmp_path / "s").close()
    (tmp_path / "s/VERSION").write_text("7\n")
    error = refused(tmp_path / "s")
    assert str(error) == f"the store {tmp_path / 's'} has format 7; this lfsmake knows up to 1"
    assert error.hint == "upgrade lfsmake, or choose another folder with --store"


def test_a_newer_database_is_refused_naming_both(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "s")
    store.remember("a", "b", "c")
    store.close()
    connection = sqlite3.connect(tmp_path / "s/traces.sqlite")
    connection.execute("PRAGMA user_version=9")
    connection.close()
    store = Store.open(tmp_path / "s")
    with pytest.raises(StoreError) as raised:
        store.summaries()
    path = tmp_path / "s/traces.sqlite"
    assert str(raised.value) == f"the store's database {path} has version 9; this lfsmake knows up to 1"


def test_a_folder_with_other_things_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("")
    error = refused(tmp_path)
    assert str(error) == f"{tmp_path} is not a store of lfsmake: it has no VERSION, but 'thesis.txt'"
    assert os.listdir(tmp_path) == ["thesis.txt"]
    (tmp_path / "VERSION").write_text("thesis v2\n")
    assert str(refused(tmp_path)) == f"{tmp_path} is not a store of lfsmake: its VERSION says 'thesis v2'"


def test_a_file_is_not_a_store(tmp_path: Path) -> None:
    (tmp_path / "f").write_text("")
    assert str(refused(tmp_path / "f")) == f"the store {tmp_path / 'f'} is not a folder"
    below = tmp_path / "f/store"
    assert str(refused(below)) == f"the store cannot be used: Not a directory at {below}"


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to give a folder away")
def test_another_users_store_is_refused(tmp_path: Path) -> None:
    Store.open(tmp_path / "s").close()
    os.chown(tmp_path / "s", 4321, -1)
    error = refused(tmp_path / "s")
    assert str(error) == f"the store {tmp_path / 's'} belongs to user 4321, and lfsmake runs as user 0"


def test_a_read_only_file_system_is_said(tmp_path: Path, in_private_mounts: Callable[[str], str]) -> None:
    Store.open(tmp_path / "s").close()
    out = in_private_mounts(f"""
import subprocess
from pathlib import Path
from lfsmake.model.errors import StoreError
from lfsmake.store.store import Store
where = {str(tmp_path)!r}
subprocess.run(["mount", "--bind", where, where], check=True)
subprocess.run(["mount", "-o", "remount,bind,ro", where], check=True)
for name in ("s", "new"):
    try:
        Store.open(Path(where) / name)
    except StoreError as failure:
        print(failure, failure.hint, sep="; ")
""")
    rest = "is on a read-only file system; mount it read-write, or choose another folder with --store\n"
    assert out == (
        f"the store cannot be written: {tmp_path}/s {rest}the store cannot be written: {tmp_path}/new {rest}"
    )


def test_a_damaged_database_is_said_with_the_cure(tmp_path: Path, make_trace: Callable[..., Trace]) -> None:
    store = Store.open(tmp_path / "s")
    store.record(make_trace("k"))
    store.close()
    path = tmp_path / "s/traces.sqlite"
    path.write_bytes(b"this is no database " * 1000)
    store = Store.open(tmp_path / "s")
    with pytest.raises(StoreError) as raised:
        store.summaries()
    assert str(raised.value) == f"the store's database {path} is damaged: file is not a database"
    assert raised.value.hint == f"move it away (`rm {path}*`): sources are kept, what was built is built again"
    path.unlink()
    assert store.summaries() == {}
    store.close()


def test_a_torn_database_is_an_error_not_a_traceback(tmp_path: Path, make_trace: Callable[..., Trace]) -> None:
    store = Store.open(tmp_path / "s")
    for number in range(40):
        store.record(make_trace(f"{number:064}"))
    store.close()
    path = tmp_path / "s/traces.sqlite"
    content = path.read_bytes()
    path.write_bytes(content[:8192] + os.urandom(len(content) - 8192))
    store = Store.open(tmp_path / "s")
    with pytest.raises(StoreError, match="is damaged: "):
        store.last_trace("glibc")
    store.close()


def test_first_runs_at_the_same_time_make_one_store(tmp_path: Path) -> None:
    program = (
        "import sys; from pathlib import Path; from lfsmake.store.store import Store\n"
        "sys.stdin.read(1)\n"
        "store = Store.open(Path(sys.argv[1])); store.remember('who', sys.argv[2], 'here')\n"
        "print(store.generation()); store.close()"
    )
    runs = [
        subprocess.Popen(
            [sys.executable, "-c", program, str(tmp_path / "s"), str(number)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2],
        )
        for number in range(4)
    ]  # fmt: skip
    for run in runs:
        assert run.stdin
        run.stdin.write("x")
        run.stdin.flush()
    said = {run.communicate()[0] for run in runs}
    assert [run.returncode for run in runs] == [0] * 4
    assert len(said) == 1
    store = Store.open(tmp_path / "s")
    assert [store.recall("who", str(number)) for number in range(4)] == ["here"] * 4
    store.close()
