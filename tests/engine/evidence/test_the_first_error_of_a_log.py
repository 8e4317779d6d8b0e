"""The first real error is found in any log: long, binary, coloured, parallel, ignored."""

import tempfile
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfsmake.engine.evidence import lines
from lfsmake.engine.evidence.first import first_error


def found(folder: Path, text: str | bytes) -> tuple[str, int, str] | None:
    """Kind, line and text of the first error of a log with this text."""
    path = folder / "log"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    error = first_error(str(path))
    return None if error is None else (error.kind, error.log_line, error.text)


def test_the_compiler_not_make_is_to_blame(tmp_path: Path) -> None:
    log = tmp_path / "log"
    log.write_text(
        "==> thing: build\n"
        "gcc -c -o a.o a.c\n"
        "a.c: In function 'main':\n"
        "a.c:3:5: warning: unused variable 'error' [-Wunused-variable]\n"
        "a.c:4:12: error: 'no_such_name' undeclared (first use in this function)\n"
        "    4 |     return no_such_name;\n"
        "      |            ^~~~~~~~~~~~\n"
        "make[1]: *** [Makefile:12: a.o] Error 1\n"
        "make[1]: *** Waiting for unfinished jobs....\n"
        "make: *** [Makefile:3: all] Error 2\n",
        encoding="utf-8",
    )
    error = first_error(str(log))
    assert error is not None
    assert (error.tool, error.kind, error.file, error.line, error.log_line) == ("gcc", "undeclared", "a.c", 4, 5)
    assert error.text == "a.c:4:12: error: 'no_such_name' undeclared (first use in this function)"
    assert error.context == (
        "gcc -c -o a.o a.c",
        "a.c: In function 'main':",
        "a.c:3:5: warning: unused variable 'error' [-Wunused-variable]",
        "a.c:4:12: error: 'no_such_name' undeclared (first use in this function)",
        "    4 |     return no_such_name;",
        "      |            ^~~~~~~~~~~~",
        "make[1]: *** [Makefile:12: a.o] Error 1",
        "make[1]: *** Waiting for unfinished jobs....",
        "make: *** [Makefile:3: all] Error 2",
    )
    assert error.advice == "a header is not included, or the sources are for another version of a library"


def test_a_log_without_errors_has_none(tmp_path: Path) -> None:
    quiet = "checking for error.h... no\nchecking whether strerror is declared... yes\n  CC  error.o\nerrors.c\n"
    assert found(tmp_path, quiet) is None
    assert found(tmp_path, "") is None
    assert first_error(str(tmp_path / "no-such-log")) is None


def test_what_an_earlier_phase_wrote_does_not_count(tmp_path: Path) -> None:
    log = "==> a: configure\nx.c:1:1: error: expected ';'\n==> a: build\n"
    log += "ld: cannot find -lz: No such file or directory\n"
    assert found(tmp_path, log) == ("missing-library", 4, "ld: cannot find -lz: No such file or directory")


def test_an_error_that_make_ignores_is_none(tmp_path: Path) -> None:
    log = (
        "p.c:1:1: error: expected ';'\nmake: [Makefile:4: probe] Error 1 (ignored)\n"
        "m.c:2:2: error: stray '@' in program\nmake: *** [Makefile:7: main] Error 1\n"
    )
    assert found(tmp_path, log) == ("syntax", 3, "m.c:2:2: error: stray '@' in program")


def test_of_several_jobs_the_first_that_failed_counts(tmp_path: Path) -> None:
    log = (
        "b.c:1:1: error: expected ';'\nmake[2]: *** [Makefile:4: b.o] Error 1\n"
        + "cc -c other.c\n" * 1000
        + "c.c:9:9: error: stray '@' in program\nmake[3]: *** [Makefile:4: c.o] Error 1\n"
        + "make[1]: *** [Makefile:2: sub] Error 2\nmake: *** [Makefile:1: all] Error 2\n"
    )
    assert found(tmp_path, log) == ("syntax", 1, "b.c:1:1: error: expected ';'")


def test_a_traceback_is_told_by_its_exception(tmp_path: Path) -> None:
    log = (
        'Traceback (most recent call last):\n  File "g.py", line 3, in <module>\n    f()\n  File "g.py", line 2, in f\n'
        "    raise ValueError('bad table')\nValueError: bad table\nmake: *** [Makefile:2: t.h] Error 1\n"
    )
    assert found(tmp_path, log) == ("exception", 6, "ValueError: bad table")


def test_a_full_disk_explains_what_comes_long_after(tmp_path: Path) -> None:
    log = (
        "==> a: build\ncp: error writing 'x': No space left on device\n"
        + "going on\n" * 5000
        + "a.c:1:1: error: expected ';'\n"
    )
    assert found(tmp_path, log) == ("disk-full", 2, "cp: error writing 'x': No space left on device")


def test_a_command_that_says_nothing_is_named_by_its_rule(tmp_path: Path) -> None:
    log = "make[1]: *** [Makefile:7: check-version] Error 1\nmake: *** [Makefile:2: all] Error 2\n"
    assert found(tmp_path, log) == ("command-failed", 1, "make[1]: *** [Makefile:7: check-version] Error 1")


def test_colours_progress_and_bytes_do_not_hide_it(tmp_path: Path) -> None:
    log = (
        b"\x1b[2K 10%\r 50%\r\x1b[01m\x1b[Ka.c:1:2:\x1b[m\x1b[K \x1b[01;31m\x1b[Kerror: \x1b[m\x1b[Kexpected ';'\r\n"
        b"\xff\xfe\x00binary\n" + b"x" * 3_000_000 + b"\nmake: *** [Makefile:1: all] Error 1\n"
    )
    assert found(tmp_path, log) == ("syntax", 1, "a.c:1:2: error: expected ';'")


def test_line_numbers_are_right_beyond_what_is_looked_into(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "WINDOW", 50_000)
    log = "==> a: build\n" + "x" * 99 + "\n" + "cc -c file.c\n" * 100_000 + "a.c:1:1: error: expected ';'\n"
    assert found(tmp_path, log) == ("syntax", 100_003, "a.c:1:1: error: expected ';'")


@pytest.mark.slow
def test_two_gigabytes_are_read_in_little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "WINDOW", 2 << 20)
    with tempfile.TemporaryFile() as file:
        file.write(b"==> a: build\n")
        file.seek(2 << 30)
        file.write(b"\na.c:1:1: error: expected ';'\nmake: *** [Makefile:1: all] Error 1\n")
        file.flush()
        import tracemalloc

        tracemalloc.start()
        error = first_error(f"/proc/self/fd/{file.fileno()}")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert error is not None
    assert (error.kind, error.log_line) == ("syntax", 3)
    assert peak < 64 << 20


NOISE = st.sampled_from(
    [b"error: ", b"Error ", b"make: *** [", b"] Error 1", b"\n", b"\r", b"\x1b[", b"==> a: build", b"FAILED: ",
     b"Traceback (most recent call last):", b"  Stop.", b"No such file or directory",
     b"a.c:1:1: ", b" ", b"\x00", b"\xff"]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(NOISE | st.binary(max_size=20), max_size=60))
def test_no_log_is_too_strange(pieces: list[bytes]) -> None:
    content = b"".join(pieces)
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/log"
        Path(path).write_bytes(content)
        error = first_error(path)
    if error is not None:
        assert 1 <= error.log_line <= content.count(b"\n") + 1
        assert not any(unicodedata.category(letter) == "Cc" for letter in error.text)
