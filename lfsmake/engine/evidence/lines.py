"""A log as the lines in which something was found, in bounded memory. Knows needles, not what errors are.

A log may have 2 GB, one line of 10 MB, no line end, escape sequences, progress bars written over with
carriage returns, and any bytes. Only its last WINDOW bytes are looked into; of what lies before, the lines are counted.
"""

import io
import re
from collections.abc import Iterator, Sequence

from msgspec import Struct

WINDOW = 32 << 20
_BLOCK = 1 << 20
_LONGEST = 4096  # bytes of a line that are looked at, on either side of a needle
_SHOWN = 1000  # characters of a line that are kept, and that patterns see
_HEADER = re.compile(rb"^==> ([^\n]{1,200}): ([a-z]+)$", re.MULTILINE)
_ESCAPE = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|[@-Z\\-_])")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Line(Struct, frozen=True):
    """A line with at least one needle. `number` from 1, `offset` in bytes, `found`: indices of the needles."""

    number: int
    offset: int
    text: str
    found: tuple[int, ...]


class Header(Struct, frozen=True):
    """The line of ours that begins a phase."""

    phase: str


def clean(raw: bytes) -> str:
    """The text of a line without what a terminal would obey."""
    return _CONTROL.sub("", _ESCAPE.sub("", raw.decode("utf-8", "replace")).replace("\t", "    ").rstrip())[
        :_SHOWN
    ]


def read(path: str, needles: Sequence[str]) -> Iterator[Line | Header]:
    """The lines with needles in them, in order, and the headers of phases."""
    wanted = [needle.encode() for needle in needles]
    with open(path, "rb", buffering=0) as file:
        size = file.seek(0, 2)
        file.seek(0)
        offset, number, header = _skip(file, size - WINDOW)
        if header is not None:
            yield header
        rest = b""
        while block := file.read(_BLOCK):
            block = rest + block
            end = block.rfind(b"\n") + 1
            if end == 0 or len(block) - end > _BLOCK:  # a line that is longer than anybody reads
                end = len(block)
            rest = block[end:]
            block = block[:end]
            yield from _look(block, offset, number, wanted)
            offset += len(block)
            number += block.count(b"\n")
        if rest:
            yield from _look(rest, offset, number, wanted)


def _skip(file: io.FileIO, until: int) -> tuple[int, int, Header | None]:
    """Reads on to a line's beginning near `until`: its offset, its number, and the last header before it."""
    offset, number = 0, 1
    header = None
    rest = b""
    while offset < until and (block := file.read(min(_BLOCK, until - offset))):
        offset += len(block)
        number += block.count(b"\n")
        if b"==> " in block or b"==> " in rest:
            for match in _HEADER.finditer(rest + block):
                header = Header(match[2].decode())
        rest = block[-256:]
    return offset, number, header


def _look(block: bytes, offset: int, number: int, wanted: Sequence[bytes]) -> Iterator[Line | Header]:
    """What is in one block of whole lines that begins at `offset` with line `number`."""
    lines: dict[int, list[int]] = {}
    ends: dict[int, int] = {}
    for index, needle in enumerate(wanted):
        place = block.find(needle)
        while place >= 0:
            begin, end = _bounds(block, place)
            lines.setdefault(begin, []).append(index)
            ends[begin] = end
            place = block.find(needle, end)
    found = _HEADER.finditer(block) if b"==> " in block else ()
    headers = {match.start(): match[2].decode() for match in found}
    counted = 0
    for begin in sorted({*lines, *headers}):
        number += block.count(b"\n", counted, begin)
        counted = begin
        if begin in headers:
            yield Header(headers[begin])
        else:
            text = clean(block[begin : ends[begin]])
            yield Line(number, offset + begin, text, tuple(lines[begin]))


def _bounds(block: bytes, place: int) -> tuple[int, int]:
    """Where the line around `place` begins and ends. What was written over with a carriage return is one, too."""
    low, high = max(0, place - _LONGEST), min(len(block), place + _LONGEST)
    begin = max(block.rfind(b"\n", low, place), block.rfind(b"\r", low, place), low - 1) + 1
    end = block.find(b"\n", place, high)
    end = high if end < 0 else end
    other = block.find(b"\r", place, end)
    return begin, end if other < 0 else other


def around(path: str, offset: int, before: int, after: int) -> tuple[str, ...]:
    """The line at `offset` with at most so many lines before and after it, of the same phase."""
    with open(path, "rb") as file:
        begin = max(0, offset - _LONGEST)
        file.seek(begin)
        head = file.read(offset - begin).split(b"\n")[:-1]
        tail = file.read(2 * _LONGEST).split(b"\n")
    if begin > 0:
        head = head[1:]
    for place in range(len(head) - 1, -1, -1):
        if _HEADER.match(head[place]):
            head = head[place + 1 :]
            break
    if tail and not tail[-1]:
        tail.pop()
    tail = tail[: after + 1]
    for place, line in enumerate(tail[1:], 1):
        if _HEADER.match(line):
            tail = tail[:place]
            break
    return tuple(clean(line.split(b"\r")[-1] or line) for line in (*head[-before:], *tail))
