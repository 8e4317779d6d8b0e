"""Rows at the bottom of a terminal, drawn again in place, with plain lines scrolling by above. Knows no run.

Nothing is hidden, switched or reserved: a process that is killed leaves rows of text and the cursor below them,
nothing to restore. A drawing is one write that overwrites what is there, so that it does not flicker.
"""

import os
from collections.abc import Mapping, Sequence
from typing import NamedTuple, TextIO


class Size(NamedTuple):
    """Of a terminal, in characters."""

    columns: int
    rows: int


def size_of(stream: TextIO) -> Size:
    """The terminal's size, 80 by 24 where it does not tell (a serial line says 0 by 0)."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except (OSError, ValueError):
        columns, rows = 0, 0
    return Size(columns or 80, rows or 24)


def terminal_columns(stream: TextIO) -> int | None:
    """How wide the terminal is that the stream writes to; None if it is none, or will not say."""
    try:
        return os.get_terminal_size(stream.fileno()).columns or None
    except (OSError, ValueError):
        return None


def reflows(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal wraps what is on it anew when it becomes narrower, as most do, or cuts it off."""
    term = environ.get("TERM", "")
    if "TMUX" in environ:
        return True
    return "XTERM_VERSION" not in environ and not term.startswith(("linux", "screen", "vt", "rxvt"))


class Area:
    """The rows, and what is known of how they lie. All methods give the text to write, they write nothing.

    No row may be as wide as the terminal: then none wraps, and the cursor is where it is thought to be.
    """

    def __init__(self, reflows: bool) -> None:
        self._reflows = reflows
        self._rows: list[str] = []
        self._widths: list[int] = []
        self._columns = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is shown."""
        return not self._rows

    def show(self, rows: Sequence[str], widths: Sequence[int], columns: int) -> str:
        """Draws `rows`, of these widths, on a terminal so wide; "" if they stand there already."""
        if list(rows) == self._rows and columns == self._columns:
            return ""
        up = self._up(columns)
        self._rows, self._widths, self._columns = list(rows), list(widths), columns
        return up + self._drawn()

    def above(self, text: str, columns: int) -> str:
        """Writes whole lines above the rows, which move down."""
        if self.empty:
            return text
        up = self._up(columns)
        self._columns = columns
        return up + text.replace("\n", "\x1b[K\n") + self._drawn()

    def clear(self, columns: int) -> str:
        """Takes the rows away; the cursor is where the first one was."""
        up = self._up(columns)
        shown, self._rows, self._widths = not self.empty, [], []
        return up + "\x1b[J" if shown else ""

    def _drawn(self) -> str:
        """Each row over what stood there, and nothing left below."""
        return "".join(f"{row}\x1b[K\n" for row in self._rows) + "\x1b[J"

    def _up(self, columns: int) -> str:
        """To the first row of what is shown, on a terminal that may have become narrower since."""
        lines = len(self._rows)
        if self._reflows and columns < self._columns:
            lines = sum(max(1, -(-width // columns)) for width in self._widths)
        return f"\x1b[{lines}A\r" if lines else ""
