"""Color or none, and the handful of colors there are. Knows streams, not what is shown on them."""

import os
from collections.abc import Mapping
from typing import TextIO

_CODES = {"red": "1;31", "green": "32", "yellow": "1;33", "cyan": "36", "bold": "1", "dim": "2"}


def paint(text: str, color: str, on: bool) -> str:
    """`text` in a color (red, green, yellow, cyan, bold, dim), or unchanged if not `on`."""
    return f"\x1b[{_CODES[color]}m{text}\x1b[0m" if on and text else text


def wants_color(mode: str, stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """`mode` is always, never or auto: a terminal that is not dumb, unless NO_COLOR is set (no-color.org)."""
    if mode != "auto":
        return mode == "always"
    return not environ.get("NO_COLOR") and is_terminal(stream, environ)


def is_terminal(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether a line may be redrawn in place there."""
    try:
        return stream.isatty() and environ.get("TERM", "dumb") not in ("", "dumb")
    except ValueError:  # closed
        return False
