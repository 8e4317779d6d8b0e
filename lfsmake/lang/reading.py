"""Reads recipe files as text, or says why it cannot. Knows no syntax."""

import os
import stat
from pathlib import Path

from msgspec.structs import replace

from lfsmake.model.errors import Problem, RecipeError, Span

LONGEST_LINE = 1_000_000  # bytes; what is longer is no recipe, and would only choke what reads it


def read_file(path: Path) -> str:
    """The text of a recipe file, without a byte order mark.

    Raises RecipeError for a file that is missing, unreadable or not a regular file, is not UTF-8, holds a NUL
    byte, or has a line longer than `LONGEST_LINE` bytes.
    """
    data = _bytes(path)
    if data.startswith(b"\xef\xbb\xbf"):
        data = data[3:]
    _refuse_nul(path, data)
    _refuse_long_lines(path, data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _wrong_encoding(path, data, error.start) from None


def with_line(problem: Problem) -> Problem:
    """The problem with the text of its line, read now where whoever found it did not have it at hand."""
    span = problem.span
    if problem.source or span is None or span.line < 1:
        return problem
    try:
        line = read_file(Path(span.file)).split("\n")[span.line - 1]
    except (RecipeError, IndexError):
        return problem
    return replace(problem, source=line)


def _bytes(path: Path) -> bytes:
    try:
        # O_NONBLOCK, because opening a pipe without a writer would wait for one
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    except OSError as error:
        raise RecipeError(
            f"cannot read {path}: {error.strerror}",
            expected="a recipe file",
            hint="check the name" if isinstance(error, FileNotFoundError) else "check its permissions",
        ) from None
    try:
        mode = os.fstat(descriptor).st_mode
        if not stat.S_ISREG(mode):
            folder = stat.S_ISDIR(mode)
            raise RecipeError(
                f"cannot read {path}: it is {'a folder' if folder else 'not a regular file'}",
                expected="a recipe file",
                hint="name a file in it, or read all of it with -f" if folder else "check the name",
            )
        return _all_of(path, descriptor)
    finally:
        os.close(descriptor)


def _all_of(path: Path, descriptor: int) -> bytes:
    try:
        with open(descriptor, "rb", closefd=False) as file:
            return file.read()
    except OSError as error:
        raise RecipeError(f"cannot read {path}: {error.strerror}", hint="check the disk") from None


def _refuse_nul(path: Path, data: bytes) -> None:
    at = data.find(b"\0")
    if at < 0:
        return
    span, line = _place(path, data, at)
    raise RecipeError(
        "a NUL byte",
        span=span,
        expected="text",
        hint="the file is binary or damaged: no recipe and no shell can hold a NUL byte",
        source=line,
    )


def _refuse_long_lines(path: Path, data: bytes) -> None:
    start = 0
    while len(data) - start > LONGEST_LINE:
        end = data.rfind(b"\n", start, start + LONGEST_LINE + 1)
        if end < 0:
            number = data.count(b"\n", 0, start) + 1
            raise RecipeError(
                f"a line longer than {LONGEST_LINE:,} bytes",
                span=Span(str(path), number, 1, number, 1),
                expected="a recipe that people can read",
                hint="keep data in a file of its own and give it to the step as a source",
            )
        start = end + 1


def _wrong_encoding(path: Path, data: bytes, at: int) -> RecipeError:
    span, line = _place(path, data, at)
    return RecipeError(
        f"byte 0x{data[at]:02x} is not UTF-8",
        span=span,
        expected="text in UTF-8",
        hint=f"if the file is in Latin-1: iconv -f LATIN1 -t UTF-8 {path.name} > {path.name}.utf8",
        source=line,
    )


def _place(path: Path, data: bytes, at: int) -> tuple[Span, str]:
    """Where byte `at` stands, in characters, and the line it stands in."""
    start = data.rfind(b"\n", 0, at) + 1
    end = data.find(b"\n", at)
    number = data.count(b"\n", 0, at) + 1
    column = len(data[start:at].decode("utf-8", "replace")) + 1
    line = data[start : end if end >= 0 else len(data)].decode("utf-8", "replace")
    return Span(str(path), number, column, number, column + 1), line.replace("\0", "\ufffd")[:2000]
