"""Parts of a log as lines of plain text, from any place of a file of any size. Knows bytes, no steps."""

import os
import re
from pathlib import Path

from msgspec import Struct

from lfsmake.ui.dash.follow import open_regular
from lfsmake.ui.text import safe

PART = 65536  # bytes of one part
_LONGEST_LINE = 4000  # characters that are shown of one line

# What drives a terminal: CSI, OSC and its kin up to their end, and two-character escapes.
_SEQUENCE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\|$)|[ -/]*[0-~])")


class LogPart(Struct, frozen=True):
    """Lines of a log. `start` and `end` are offsets in bytes: the next part begins at `end`, the one before ends at
    `start`. `rest` is the last line as far as it is written, "" if it is whole. `replaced`: the file is shorter than
    where the reader stood, so this is its end anew."""

    size: int
    start: int
    end: int
    lines: tuple[str, ...]
    rest: str = ""
    replaced: bool = False


def is_log_of(path: str, run: str) -> bool:
    """Whether the file lies where a store keeps the logs of that run, all links followed."""
    return Path(os.path.realpath(path)).parts[-3:-1] == ("logs", run)


def read_part(path: str, *, start: int | None = None, before: int | None = None, most: int = PART) -> LogPart:
    """The part that begins at `start`, or ends at `before`, or else the end of the log. Raises OSError."""
    with open(path, "rb", opener=_open_log) as file:
        size = os.fstat(file.fileno()).st_size
        replaced = start is not None and start > size
        if before is not None:
            end = max(0, min(before, size))
            begin = max(0, end - most)
        elif start is None or replaced:
            begin, end = max(0, size - most), size
        else:
            begin, end = max(0, start), min(size, max(0, start) + most)
        file.seek(begin)
        data = file.read(end - begin)
    if begin > 0 and (start is None or replaced):  # the first line is cut, unless it fills the whole part
        cut = data.find(b"\n") + 1
        begin, data = begin + cut, data[cut:]
    whole = data.rfind(b"\n") + 1
    rest = b""
    if begin + len(data) >= size and before is None:
        rest, data = data[whole:], data[:whole]
    elif whole and before is None:
        data = data[:whole]
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    return LogPart(
        size=size,
        start=begin,
        end=begin + len(data),
        lines=tuple(plain(line) for line in lines),
        rest=plain(rest) if rest else "",
        replaced=replaced,
    )


def plain(line: bytes) -> str:
    """A line as text to read: no escape sequences, as carriage returns leave it, odd bytes made visible."""
    if b"\x1b" in line:
        line = _SEQUENCE.sub(b"", line)
    text = safe(line.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode("utf-8", "replace"))
    if len(text) > _LONGEST_LINE:
        text = f"{text[:_LONGEST_LINE]} … {len(text) - _LONGEST_LINE:,} more characters"
    return text


def _open_log(path: str, flags: int) -> int:
    """Opens nothing but a file that is called as logs are: the path came from a file of events, which may be odd."""
    if not path.endswith(".log"):
        raise OSError(0, "not a log")
    return open_regular(path, flags | os.O_NOFOLLOW)
