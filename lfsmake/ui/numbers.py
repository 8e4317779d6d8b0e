"""Numbers as reports write them. Knows no record."""

import time

from lfsmake.ui.text import clock, size

NONE = "–"


def took(seconds: float | None) -> str:
    """A duration so that short ones differ: `0.4 s`, `42 s`, `4:12`, `1:04:09`; `–` where it is not known."""
    if seconds is None:
        return NONE
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s"
    return f"{seconds:.0f} s" if seconds < 59.5 else clock(seconds + 0.5)


def size_or_none(count: int | None) -> str:
    """A number of bytes; `–` for none."""
    return size(count) if count else NONE


def percent(share: float | None) -> str:
    """A share of 1 in hundredths: `38 %`, `<1 %`; `–` where it is not known."""
    if share is None:
        return NONE
    return "<1 %" if 0 < share < 0.005 else f"{share * 100:.0f} %"


def decimal(value: float | None, places: int = 1) -> str:
    """A number with so many places; `–` for none and 0."""
    return f"{value:,.{places}f}" if value else NONE


def difference(seconds: float | None) -> str:
    """A difference with its sign: `+4:12`, `−0.4 s`, `±0`."""
    if seconds is None:
        return NONE
    if abs(seconds) < 0.05:
        return "±0"
    return ("+" if seconds > 0 else "−") + took(abs(seconds))


def moment(at: float) -> str:
    """A time of the day where the reader is: `2026-11-22 16:18`."""
    try:
        return time.strftime("%Y-%m-%d %H:%M", time.localtime(at))
    except (ValueError, OverflowError, OSError):  # a damaged record may say anything
        return "at an unknown time"
