"""Imported and merged files are written all together or not at all."""

from pathlib import Path

import pytest

from lfsmake.discover.book.site import put
from lfsmake.model.errors import HostError


def contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def test_files_are_written_replaced_and_removed(tmp_path: Path) -> None:
    put(tmp_path / "new", {"a.lfs": b"a\n", "site/patches/x.patch": b"x\n"})
    assert contents(tmp_path / "new") == {"a.lfs": "a\n", "site/patches/x.patch": "x\n"}
    put(tmp_path / "new", {"a.lfs": b"b\n", "site/patches/x.patch": None, "c.lfs": None})
    assert contents(tmp_path / "new") == {"a.lfs": "b\n"}


def test_when_one_cannot_be_written_all_stay_as_they_were(tmp_path: Path) -> None:
    (tmp_path / "a.lfs").write_text("old\n")
    (tmp_path / "gone.lfs").write_text("old\n")
    (tmp_path / "folder").write_text("a file where a folder is wanted\n")
    before = contents(tmp_path)
    with pytest.raises(HostError, match="cannot write to"):
        put(tmp_path, {"a.lfs": b"new\n", "gone.lfs": None, "folder/b.lfs": b"new\n"})
    assert contents(tmp_path) == before


def test_a_failure_half_way_puts_back_what_was_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.lfs").write_text("old\n")
    (tmp_path / "b.lfs").write_text("old\n")
    real = Path.rename

    def rename(self: Path, target: Path) -> Path:
        if target == tmp_path / "c.lfs":
            raise OSError(28, "No space left on device")
        return real(self, target)

    before = contents(tmp_path)
    monkeypatch.setattr(Path, "rename", rename)
    with pytest.raises(HostError, match="No space left on device"):
        put(tmp_path, {"a.lfs": b"new\n", "b.lfs": None, "c.lfs": b"new\n"})
    assert contents(tmp_path) == before
