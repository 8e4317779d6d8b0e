"""sources.lock: stable text, comments kept, hand edits that break it named at their line."""

import threading
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfsmake.model.errors import HostError, RecipeError, SourceError
from lfsmake.sources.lock import HEADER, LockFile

A, B, C = "a" * 64, "b" * 64, "c" * 64
TOP = "\n".join(HEADER) + "\n\n"


def test_entries_are_written_sorted_below_a_header(tmp_path: Path) -> None:
    path = tmp_path / "project" / "sources.lock"
    lock = LockFile.load(path)
    assert lock.get("https://host/z.tar") is None
    lock.put("https://host/z.tar", "z.tar", A)
    lock.put("file:///a%20b.tar", "a b.tar", B)
    assert not path.exists()
    lock.save()
    assert path.read_text() == f"{TOP}{B}  a b.tar  file:///a%20b.tar\n{A}  z.tar  https://host/z.tar\n"


def test_comments_move_with_the_entry_below_them(tmp_path: Path) -> None:
    path = tmp_path / "sources.lock"
    path.write_text(f"# ours\n\n# why z\n{A}  z.tar  https://host/z.tar\n# the end\n")
    lock = LockFile.load(path)
    lock.put("https://host/a.tar", "a.tar", B)
    lock.save()
    assert path.read_text() == (
        f"# ours\n# the end\n\n{B}  a.tar  https://host/a.tar\n# why z\n{A}  z.tar  https://host/z.tar\n"
    )


def test_saving_nothing_new_touches_nothing(tmp_path: Path) -> None:
    path = tmp_path / "sources.lock"
    text = f"{B}  b  https://host/b\n\n{A}  a  https://host/a\n"
    path.write_text(text)
    lock = LockFile.load(path)
    lock.put("https://host/a", "a", A)
    lock.save()
    assert path.read_text() == text


def test_two_processes_do_not_lose_each_other_s_entries(tmp_path: Path) -> None:
    path = tmp_path / "sources.lock"
    locks = [LockFile.load(path) for _ in range(8)]

    def write(number: int) -> None:
        locks[number].put(f"https://host/{number}", f"{number}", A)
        locks[number].save()

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert all(LockFile.load(path).get(f"https://host/{number}") == A for number in range(8))
    assert [file.name for file in tmp_path.iterdir()] == ["sources.lock"]


def test_another_digest_for_a_recorded_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sources.lock"
    ours, theirs = LockFile.load(path), LockFile.load(path)
    theirs.put("https://host/a", "a", B)
    theirs.save()
    ours.put("https://host/a", "a", A)
    with pytest.raises(SourceError) as caught:
        ours.save()
    assert str(caught.value) == f"sha256 of a from https://host/a is {A}, not {B} as recorded in {path}"
    assert caught.value.hint == (
        "the file changed since it was recorded; if that is right, remove its line from sources.lock"
    )
    with pytest.raises(SourceError):
        LockFile.load(path).put("https://host/a", "a", C)


def test_every_broken_line_is_named(tmp_path: Path) -> None:
    path = tmp_path / "sources.lock"
    path.write_text(
        f"{A}  a  https://host/a\n{A} b https://host/b\n<<<<<<< mine\n{B}  a  https://host/a\n{A[:-1]}G  c  d\n"
    )
    with pytest.raises(RecipeError) as caught:
        LockFile.load(path)
    assert [
        (problem.span.line, problem.message, problem.hint)
        for problem in caught.value.problems
        if problem.span and problem.span.file == str(path)
    ] == [
        (2, "this line is not an entry of a lock file", "remove the line; the next fetch writes it again"),
        (3, "a merge conflict is left in the lock file", "keep the lines of both sides, remove the marks"),
        (4, "two digests for https://host/a, the other on line 1", "remove the line that is wrong"),
        (5, "this line is not an entry of a lock file", "remove the line; the next fetch writes it again"),
    ]
    assert caught.value.problems[0].source == f"{A} b https://host/b"


def test_bytes_that_are_no_text_are_a_broken_line(tmp_path: Path) -> None:
    path = tmp_path / "sources.lock"
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RecipeError, match="this line is not an entry of a lock file"):
        LockFile.load(path)


def test_a_lock_file_that_cannot_be_had_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecipeError, match=f"cannot read {tmp_path}: Is a directory"):
        LockFile.load(tmp_path)
    (tmp_path / "file").write_text("")
    lock = LockFile(tmp_path / "file" / "sources.lock")
    lock.put("https://host/a", "a", A)
    with pytest.raises(HostError, match=f"cannot write {tmp_path}/file/sources.lock: "):
        lock.save()


WORD = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1).filter(
    lambda text: text.isprintable()
)
FILE = st.builds(" ".join, st.lists(WORD, min_size=1, max_size=3))
ENTRIES = st.dictionaries(WORD, st.tuples(FILE, st.binary(min_size=32, max_size=32)))


@settings(deadline=None, max_examples=50)
@given(ENTRIES)
def test_what_is_saved_is_what_is_loaded(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, tuple[str, bytes]]
) -> None:
    path = tmp_path_factory.mktemp("lock") / "sources.lock"
    lock = LockFile.load(path)
    for url, (file, digest) in entries.items():
        lock.put(url, file, digest.hex())
    lock.save()
    loaded = LockFile.load(path)
    assert {url: loaded.get(url) for url in entries} == {
        u: digest.hex() for u, (_, digest) in entries.items()
    }
