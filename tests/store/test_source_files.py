"""Sources get a name once verified; partial and wrong ones stay apart."""

import stat
from pathlib import Path

import pytest

from lfsmake.model.errors import StoreError
from lfsmake.store.store import Store

SHA = "ab" * 32


def test_a_download_keeps_its_place_until_it_is_added(store: Store) -> None:
    part = store.new_download("https://example.org/x.tar.xz")
    part.write_bytes(b"half")
    assert store.new_download("https://example.org/x.tar.xz").read_bytes() == b"half"
    assert store.new_download("https://example.org/y.tar.xz") != part
    assert not store.has_source(SHA)
    place = store.add_source(part, SHA)
    assert place == store.source_path(SHA)
    assert store.has_source(SHA)
    assert stat.S_IMODE(place.stat().st_mode) == 0o444
    assert not part.exists()


def test_a_source_that_is_there_stays(store: Store) -> None:
    for content in (b"one", b"two"):
        part = store.new_download("x")
        part.write_bytes(content)
        store.add_source(part, SHA)
        assert not part.exists()
    assert store.source_path(SHA).read_bytes() == b"one"


def test_a_wrong_file_is_kept_aside_under_any_name(store: Store) -> None:
    for name in ("x.tar.xz", "../../etc/passwd", "", ".", "a/b", "n" * 400):
        part = store.new_download(name)
        part.write_bytes(b"bad")
        kept = store.quarantine(part, name, SHA)
        assert kept.parent == store.path / "sources/quarantine"
        assert kept.read_bytes() == b"bad"
    assert len(list((store.path / "sources/quarantine").iterdir())) == 6
    assert not store.has_source(SHA)


def test_a_missing_download_is_an_error(store: Store, tmp_path: Path) -> None:
    with pytest.raises(StoreError) as raised:
        store.add_source(tmp_path / "none", SHA)
    assert str(raised.value) == f"the store cannot be used: No such file or directory at {tmp_path / 'none'}"
