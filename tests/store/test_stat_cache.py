"""A file is hashed again only when its status changed, and never trusted while it is fresh."""

import hashlib
import os
import time
from pathlib import Path

import pytest

from lfsmake.store import files
from lfsmake.store.store import Store


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The files that were really read, in order."""
    read: list[Path] = []
    real = files.hash_file

    def noting(path: Path) -> tuple[str, str]:
        read.append(path)
        return real(path)

    monkeypatch.setattr(files, "hash_file", noting)
    return read


@pytest.fixture
def old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file that counts as written long ago: ctime cannot be set, so the clock is an hour ahead."""
    now = time.time
    monkeypatch.setattr(time, "time", lambda: now() + 3600)
    path = tmp_path / "source"
    path.write_text("one")
    return path


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def test_an_unchanged_file_is_read_once_even_by_the_next_run(store: Store, old: Path, hashed: list[Path]) -> None:
    assert [store.file_sha256(old) for _ in range(3)] == [sha256("one")] * 3
    store.close()
    again = Store.open(store.path)
    assert again.file_sha256(old) == sha256("one")
    again.close()
    assert hashed == [old]


def test_a_touched_file_is_read_again_and_is_the_same(store: Store, old: Path, hashed: list[Path]) -> None:
    first = store.file_sha256(old)
    os.utime(old, (1, 1))
    assert store.file_sha256(old) == first
    assert len(hashed) == 2


def test_a_change_that_restores_size_and_mtime_is_seen(store: Store, old: Path) -> None:
    store.file_sha256(old)
    before = old.stat()
    old.write_text("two")
    os.utime(old, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert store.file_sha256(old) == sha256("two")


def test_a_replaced_file_is_seen(store: Store, old: Path, tmp_path: Path) -> None:
    store.file_sha256(old)
    (tmp_path / "new").write_text("two")
    (tmp_path / "new").rename(old)
    assert store.file_sha256(old) == sha256("two")


def test_a_fresh_file_is_read_every_time(store: Store, tmp_path: Path, hashed: list[Path]) -> None:
    path = tmp_path / "fresh"
    path.write_text("one")
    store.file_sha256(path)
    store.file_sha256(path)
    assert len(hashed) == 2


def test_files_that_are_gone_are_forgotten(store: Store, old: Path, tmp_path: Path) -> None:
    (tmp_path / "stays").write_text("")
    store.file_sha256(old)
    store.file_sha256(tmp_path / "stays")
    store.flush()
    old.unlink()
    assert store.prune_files() == 1
    assert store.prune_files() == 0
    with pytest.raises(FileNotFoundError):
        store.file_sha256(old)
