"""`--fix`: edits of one file go together, overlap is left for the next look, rights change, what is read-only stays."""

import os
from pathlib import Path

import msgspec
import pytest

from lfsmake.discover.judge.findings import Edit, Finding
from lfsmake.discover.judge.mend import mended, write
from lfsmake.model.errors import Span


def finding(path: Path, *edits: tuple[int, int, int, str], rule: str = "x") -> Finding:
    """With edits of (line, column, end column, text)."""
    made = tuple(Edit(Span(str(path), line, first, line, last), text) for line, first, last, text in edits)
    return Finding(rule, "error", "m", Span(str(path), 1, 1), "", "", "", made)


def test_all_edits_of_a_file_go_together_and_keep_its_rights(tmp_path: Path) -> None:
    path = tmp_path / "a.sh"
    path.write_text("one two\nthree größer four\n", encoding="utf-8")
    path.chmod(0o750)
    (change,) = mended([finding(path, (2, 14, 18, "4")), finding(path, (1, 1, 4, "1"), (1, 5, 8, "2"))])
    assert change.after == "1 2\nthree größer 4\n"
    assert change.diff("a.sh").startswith("--- a.sh\n+++ a.sh\n")
    write(change)
    assert path.read_text(encoding="utf-8") == change.after
    assert path.stat().st_mode & 0o777 == 0o750
    assert not [other for other in tmp_path.iterdir() if other != path]


def test_of_two_that_overlap_the_first_counts(tmp_path: Path) -> None:
    path = tmp_path / "a.sh"
    path.write_text("abcdef\n")
    (change,) = mended([finding(path, (1, 1, 4, "X")), finding(path, (1, 3, 6, "Y"))])
    assert change.after == "Xdef\n"
    assert len(change.findings) == 1


def test_scripts_become_executable_for_those_who_may_read_them(tmp_path: Path) -> None:
    path = tmp_path / "a.sh"
    path.write_text("#!/bin/sh\n")
    path.chmod(0o640)
    (change,) = mended([finding(path, rule="not-executable")])
    assert change.diff("a.sh") == "mode of a.sh: 0750\n"
    write(change)
    assert path.stat().st_mode & 0o777 == 0o750
    assert [each.mode for each in mended([finding(path, rule="not-executable")])] == [None]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_what_may_not_be_written_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.sh"
    path.write_text("abc\n")
    path.chmod(0o400)
    assert mended([finding(path, (1, 1, 2, "X"))])[0].refused == "it is not writable"


def test_what_is_no_text_or_gone_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.sh"
    path.write_bytes(b"\xff\xfe")
    assert mended([finding(path, (1, 1, 2, "X"))])[0].refused == "it is no UTF-8"
    path.unlink()
    assert mended([finding(path, (1, 1, 2, "X"))])[0].refused == "No such file or directory"


def test_what_a_link_leads_to_is_mended_once_and_the_link_stays(tmp_path: Path) -> None:
    path, link = tmp_path / "a.sh", tmp_path / "b.sh"
    path.write_text("abc\n")
    link.symlink_to("a.sh")
    (change,) = mended([finding(path, (1, 1, 2, "X")), finding(link, (1, 1, 2, "X"))])
    write(change)
    assert link.is_symlink()
    assert path.read_text() == "Xbc\n"


def test_line_ends_of_windows_and_a_missing_last_one_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.sh"
    path.write_bytes(b"#!/bin/sh\r\nmake -j")
    (change,) = mended([finding(path, (2, 6, 8, '-j"$(nproc)"'), (1, 1, 10, "#!/bin/bash"))])
    write(change)
    assert path.read_bytes() == b'#!/bin/bash\r\nmake -j"$(nproc)"'


def test_a_file_that_changed_since_it_was_judged_is_left(tmp_path: Path) -> None:
    path = tmp_path / "a.sh"
    path.write_text("other text\n")
    found = msgspec.structs.replace(finding(path, (1, 1, 4, "X")), source="abc def")
    assert mended([found])[0].after == "other text\n"
    assert mended([found])[0].findings == ()


def test_the_owner_stays(tmp_path: Path) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    path = tmp_path / "a.sh"
    path.write_text("abc\n")
    os.chown(path, 12345, 12345)
    write(mended([finding(path, (1, 1, 2, "X"))])[0])
    assert (path.stat().st_uid, path.stat().st_gid) == (12345, 12345)
