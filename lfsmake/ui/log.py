"""The end of a log file as text to show. Knows bytes and lines, no steps."""

import os
from pathlib import Path

_CHUNK = 65536
_MOST = 4_000_000  # bytes: more than any person reads, less than any machine minds


def tail(path: Path, lines: int) -> tuple[list[str], bool]:
    """The last `lines` lines without their newlines, and whether there are more; reads from the end only.

    Raises OSError. Bytes that are not UTF-8 become replacement characters. Of a line written over with
    carriage returns, what a terminal would show last is kept.
    """
    with path.open("rb") as stream:
        place = stream.seek(0, os.SEEK_END)
        parts: list[bytes] = []
        newlines = 0
        while place > 0 and newlines <= lines and len(parts) * _CHUNK < _MOST:
            step = min(_CHUNK, place)
            place -= step
            stream.seek(place)
            parts.append(stream.read(step))
            newlines += parts[-1].count(b"\n")
    data = b"".join(reversed(parts))
    found = data.split(b"\n")
    if found and not found[-1]:
        found.pop()
    more = place > 0 or len(found) > lines
    return [shown_line(line) for line in found[-lines:]], more


def shown_line(line: bytes) -> str:
    """One line of a log as text: decoded, and as carriage returns leave it."""
    return line.rstrip(b"\r").rsplit(b"\r", 1)[-1].decode("utf-8", "replace")
