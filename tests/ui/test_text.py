"""Durations, sizes, columns and control characters as a terminal shows them; the end of a log."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.ui.log import tail
from lfsmake.ui.text import about, clip, clock, nice_path, safe, several, size, width


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0, "0:00"), (7.9, "0:07"), (252, "4:12"), (3600, "1:00:00"), (3849, "1:04:09"), (-5, "0:00")],
)
def test_clock(seconds, shown):
    assert clock(seconds) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [(0.2, "1 s"), (40, "40 s"), (59.4, "59 s"), (60, "1 min"), (1260, "21 min"), (3599, "1 h"), (11400, "3 h 10 min")],
)
def test_about(seconds, shown):
    assert about(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1449, "1.4 kB"), (9960, "10 kB"), (12_000_000, "12 MB"),
        (999_600, "1.0 MB"), (3_140_000_000, "3.1 GB"), (5 * 10**15, "5000 TB"),
    ],
)  # fmt: skip
def test_size(count, shown):
    assert size(count) == shown


def test_several():
    assert [several(n, "step") for n in (0, 1, 2, 1234)] == ["0 steps", "1 step", "2 steps", "1,234 steps"]
    assert several(2, "entry", "entries") == "2 entries"


def test_only_what_lies_below_a_folder_is_shown_relative_to_it():
    assert nice_path("/a/b/c", "/a") == "b/c"
    assert nice_path("/ab/c", "/a") == "/ab/c"
    assert nice_path("/a", "/a") == "/a"
    assert nice_path("/a/b", "/") == "a/b"


@given(st.text())
def test_safe_text_cannot_drive_a_terminal(text):
    shown = safe(text)
    assert not any(c < " " and c not in "\t\n" for c in shown)
    assert not any("\x7f" <= c <= "\x9f" or "\u202a" <= c <= "\u202e" for c in shown)
    shown.encode()  # surrogates are escaped as well


@given(st.text(), st.integers(0, 40))
def test_clipped_text_fits(text, limit):
    text = safe(text).replace("\n", "").replace("\t", "")
    assert width(clip(text, limit)) <= limit
    if width(text) <= limit:
        assert clip(text, limit) == text


@given(st.lists(st.binary().filter(lambda b: b"\n" not in b and b"\r" not in b)), st.integers(1, 8), st.booleans())
def test_the_tail_of_a_log_is_its_last_lines(tmp_path_factory, lines, count, ended):
    path = tmp_path_factory.mktemp("logs") / "log"
    path.write_bytes(b"\n".join(lines) + (b"\n" if ended and lines else b""))
    data = path.read_bytes().split(b"\n")
    if not data[-1]:
        data.pop()
    found, more = tail(path, count)
    assert found == [line.decode("utf-8", "replace") for line in data[-count:]]
    assert more == (len(data) > count)


def test_a_tail_reads_no_more_than_it_must(tmp_path):
    path = tmp_path / "log"
    with path.open("wb") as stream:
        stream.truncate(20_000_000_000)  # sparse: 20 GB without a newline
        stream.seek(0, 2)
        stream.write(b"\nlast\n")
    found, more = tail(path, 2000)
    assert found[-1] == "last"
    assert more


def test_a_line_written_over_is_shown_as_it_ended(tmp_path):
    path = tmp_path / "log"
    path.write_bytes(b" 10 %\r 90 %\r100 %\nplain\r\n")
    assert tail(path, 9) == (["100 %", "plain"], False)
