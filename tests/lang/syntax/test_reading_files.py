"""A file that is no recipe is refused with its place, quickly, whatever is in it."""

import os
from pathlib import Path

import pytest

from lfsmake.lang.reading import LONGEST_LINE, read_file
from lfsmake.model.errors import RecipeError, Span


def refused(path: Path) -> RecipeError:
    with pytest.raises(RecipeError) as caught:
        read_file(path)
    return caught.value


def test_text_is_read_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "a.lfs"
    path.write_bytes("# é\u2028\r\nx\ty".encode())
    assert read_file(path) == "# é\u2028\r\nx\ty"


def test_a_byte_order_mark_is_no_part_of_the_text(tmp_path: Path) -> None:
    path = tmp_path / "a.lfs"
    path.write_bytes(b'\xef\xbb\xbfbook "12.3"\n')
    assert read_file(path) == 'book "12.3"\n'


def test_another_encoding_is_refused_at_its_first_byte(tmp_path: Path) -> None:
    path = tmp_path / "a.lfs"
    path.write_bytes("# é\n    summary é".encode() + "\u00fc\n".encode("latin-1") + b"\xff\n")
    error = refused(path)
    (problem,) = error.problems
    assert problem.message == "byte 0xfc is not UTF-8"
    assert problem.span == Span(str(path), 2, 14, 2, 15)
    assert problem.expected == "text in UTF-8"
    assert problem.hint == "if the file is in Latin-1: iconv -f LATIN1 -t UTF-8 a.lfs > a.lfs.utf8"
    assert problem.source == "    summary é\ufffd"
    assert error.exit_code == 2


def test_a_nul_byte_is_refused_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.lfs"
    path.write_bytes(b"script a {\n    build:\n        echo \0\n}\n")
    (problem,) = refused(path).problems
    assert problem.message == "a NUL byte"
    assert problem.span == Span(str(path), 3, 14, 3, 15)
    assert problem.hint == "the file is binary or damaged: no recipe and no shell can hold a NUL byte"
    assert problem.source == "        echo \ufffd"


def test_a_line_of_ten_megabytes_is_refused_at_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.lfs"
    path.write_bytes(b"# a\n" * 3 + b"x" * 10_000_000 + b"\nend\n")
    (problem,) = refused(path).problems
    assert problem.message == "a line longer than 1,000,000 bytes"
    assert problem.span == Span(str(path), 4, 1, 4, 1)
    assert problem.source == ""
    assert problem.hint == "keep data in a file of its own and give it to the step as a source"


@pytest.mark.parametrize("size", [LONGEST_LINE - 1, LONGEST_LINE])
@pytest.mark.parametrize("end", [b"", b"\n", b"\nx"])
def test_a_line_just_short_enough_is_read(tmp_path: Path, size: int, end: bytes) -> None:
    path = tmp_path / "a.lfs"
    path.write_bytes(b"#\n" + b"x" * size + end)
    assert len(read_file(path)) == 2 + size + len(end)


@pytest.mark.parametrize("end", [b"", b"\n", b"\nx"])
def test_a_line_just_too_long_is_refused(tmp_path: Path, end: bytes) -> None:
    path = tmp_path / "a.lfs"
    path.write_bytes(b"#\n" + b"x" * (LONGEST_LINE + 1) + end)
    (problem,) = refused(path).problems
    assert problem.span is not None
    assert problem.span.line == 2


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.lfs"
    error = refused(path)
    assert str(error) == f"cannot read {path}: No such file or directory"
    assert error.hint == "check the name"


def test_a_folder_is_refused(tmp_path: Path) -> None:
    error = refused(tmp_path)
    assert str(error) == f"cannot read {tmp_path}: it is a folder"


def test_a_pipe_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    assert str(refused(path)) == f"cannot read {path}: it is not a regular file"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.lfs"
    path.write_text("x")
    path.chmod(0)
    error = refused(path)
    assert str(error) == f"cannot read {path}: Permission denied"
    assert error.hint == "check its permissions"
