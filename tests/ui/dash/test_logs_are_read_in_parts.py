"""Any part of any log: from its end on, backwards, while it grows, whatever is in it."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.ui.dash.logs import LogPart, plain, read_part


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One folder for all examples of a property."""
    return tmp_path_factory.mktemp("logs")


def test_the_end_of_a_log_and_what_is_added(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_bytes(b"one\ntwo\nthr")
    first = read_part(str(log))
    assert first == LogPart(size=11, start=0, end=8, lines=("one", "two"), rest="thr")
    with log.open("ab") as file:
        file.write(b"ee\nfour\n")
    assert read_part(str(log), start=first.end) == LogPart(size=19, start=8, end=19, lines=("three", "four"))
    assert read_part(str(log), start=19) == LogPart(size=19, start=19, end=19, lines=())


def test_only_whole_lines_begin_a_part(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_bytes(b"".join(b"line %d\n" % number for number in range(1000)))
    end = read_part(str(log), most=40)
    assert end.lines == ("line 996", "line 997", "line 998", "line 999")
    before = read_part(str(log), before=end.start, most=40)
    assert before.lines == ("line 992", "line 993", "line 994", "line 995")
    assert before.end == end.start


def test_a_log_that_was_begun_anew_is_shown_from_its_end(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_bytes(b"new\n")
    assert read_part(str(log), start=5000) == LogPart(size=4, start=0, end=4, lines=("new",), replaced=True)


@given(
    st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=30),
    st.integers(min_value=8, max_value=64),
)
def test_forwards_every_line_comes_once(
    shared: Path, lines: list[bytes], most: int
) -> None:
    log = shared / "x.log"
    lines = [line[: most - 2] for line in lines]
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    seen: list[str] = []
    place = 0
    while True:
        part = read_part(str(log), start=place, most=most)
        assert not part.rest
        seen += part.lines
        if part.end == part.size:
            break
        assert part.end > place
        place = part.end
    assert seen == [plain(line) for line in lines]


@given(
    st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line), max_size=30),
    st.integers(min_value=8, max_value=64),
)
def test_backwards_every_line_comes_once(
    shared: Path, lines: list[bytes], most: int
) -> None:
    log = shared / "x.log"
    lines = [line[: most - 2] for line in lines]
    log.write_bytes(b"".join(line + b"\n" for line in lines))
    seen: list[str] = []
    place = log.stat().st_size
    while place > 0:
        part = read_part(str(log), before=place, most=most)
        assert part.start < place
        seen = [*part.lines, *seen]
        place = part.start
    assert seen == [plain(line) for line in lines]


def test_a_line_longer_than_a_part_comes_in_pieces(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    log.write_bytes(b"a" * 100 + b"\nend\n")
    seen: list[str] = []
    place = 0
    while place < 105:
        part = read_part(str(log), start=place, most=40)
        seen += part.lines
        assert part.end > place
        place = part.end
    assert seen == ["a" * 40, "a" * 40, "a" * 20, "end"]


def test_two_gigabytes_are_read_at_their_end_only(tmp_path: Path) -> None:
    log = tmp_path / "x.log"
    with log.open("wb") as file:
        os.truncate(file.fileno(), 2_000_000_000)
        file.seek(0, os.SEEK_END)
        file.write(b"\nmake: *** [all] Error 2\n")
    part = read_part(str(log))
    assert part.lines[-1] == "make: *** [all] Error 2"
    assert sum(map(len, part.lines)) < 10_000


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b"\x1b[1;31merror:\x1b[0m no", "error: no"),
        (b"\x1b]0;title\x07text", "text"),
        (b"\x1b]8;;http://example.org\x1b\\link\x1b]8;;\x1b\\", "link"),
        (b"\x1b(Bplain\x1b=", "plain"),
        (b" 10%\r 50%\r100%", "100%"),
        (b"crlf\r", "crlf"),
        (b"\xff\xfe caf\xc3\xa9", "\ufffd\ufffd café"),
        (b"nul\x00bell\x07", "nul\\x00bell\\x07"),
        ("\u202egnp.exe".encode(), "\\u202egnp.exe"),
        (b"y" * 5000, "y" * 4000 + " … 1,000 more characters"),
    ],
)  # fmt: skip
def test_what_a_log_may_contain_is_text(line: bytes, text: str) -> None:
    assert plain(line) == text


@given(st.binary(max_size=200))
def test_no_bytes_make_control_characters(line: bytes) -> None:
    assert not [char for char in plain(line.replace(b"\n", b"")) if ord(char) < 32 and char != "\t"]


def test_what_is_no_log_is_refused(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("x")
    (tmp_path / "link.log").symlink_to(tmp_path / "secret")
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "folder.log").mkdir()
    for name, reason in (
        ("secret", "not a log"),
        ("link.log", "Too many levels of symbolic links"),
        ("pipe.log", "not a regular file"),
        ("folder.log", "not a regular file"),
        ("none.log", "No such file or directory"),
    ):
        with pytest.raises(OSError, match=reason):
            read_part(str(tmp_path / name))
