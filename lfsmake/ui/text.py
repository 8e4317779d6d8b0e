"""Text as a terminal shows it: columns, control characters, durations, sizes. Knows not what it says."""

import re
import unicodedata

# Control characters, and the marks that make a terminal write backwards (a name could lie with them).
_UNSAFE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
_PAINT = re.compile(r"\x1b\[[0-9;:]*m")


def _escape(match: re.Match[str]) -> str:
    code = ord(match.group())
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}"


def safe(text: str) -> str:
    """`text` with what could drive a terminal shown as escapes; tabs, newlines stay, colors are dropped."""
    return _UNSAFE.sub(_escape, _PAINT.sub("", text)) if text else text


def single(text: str) -> str:
    """`safe`, and in one line: newlines and tabs are shown as escapes, too."""
    return safe(text).replace("\n", "\\n").replace("\t", "\\t")


def columns(char: str) -> int:
    """How many columns a terminal gives a character: 0 for combining marks, 2 for wide ones."""
    if char < "\u0300":
        return 1
    if unicodedata.combining(char) or unicodedata.category(char) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def width(text: str) -> int:
    """Columns of a text without control characters."""
    return len(text) if text.isascii() else sum(map(columns, text))


def clip(text: str, limit: int, ellipsis: str = "…") -> str:
    """`text`, or its beginning and an ellipsis, in at most `limit` columns."""
    if width(text) <= limit:
        return text
    room = limit - width(ellipsis)
    if room < 0:
        return ""
    taken = 0
    for index, char in enumerate(text):
        taken += columns(char)
        if taken > room:
            return text[:index] + ellipsis
    return text


def encodes(text: str, encoding: str | None) -> bool:
    """Whether a stream of this encoding can show the text."""
    try:
        text.encode(encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def clock(seconds: float) -> str:
    """A duration as on a clock: `0:07`, `4:12`, `1:04:09`."""
    whole = max(0, int(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def about(seconds: float) -> str:
    """A duration roughly, for what is not known better: `40 s`, `21 min`, `3 h 10 min`."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(round(minutes, -1), 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


def size(count: int) -> str:
    """A number of bytes in short: `0 B`, `1.4 kB`, `12 MB`, `3.1 GB` (powers of 1000)."""
    value = float(count)
    units = iter(("B", "kB", "MB", "GB", "TB"))
    unit = next(units)
    while value >= 999.5 and unit != "TB":
        value /= 1000
        unit = next(units)
    return f"{value:.1f} {unit}" if unit != "B" and value < 9.95 else f"{value:.0f} {unit}"


def several(count: int, word: str, plural: str = "") -> str:
    """`1 step`, `2 steps`."""
    return f"{count:,} {word}" if count == 1 else f"{count:,} {plural or word + 's'}"


def nice_path(path: str, folder: str) -> str:
    """`path` relative to `folder` if it lies below it, so that it can be clicked and is short; "" is no folder."""
    if not folder:
        return path
    base = folder.rstrip("/") + "/"
    return path[len(base):] if path.startswith(base) and path != base else path
