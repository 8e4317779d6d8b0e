"""The lines of a failed step's log that are worth seeing. Knows `Failure` and log files, no streams."""

from pathlib import Path
from typing import NamedTuple

from lfsmake.model.events import Failure
from lfsmake.ui.log import tail
from lfsmake.ui.text import several

WHOLE = 60  # lines: a log that is no longer is shown from its beginning
LAST = 20  # lines from the end of a longer one
MOST = 2000  # lines when everything is asked for


class Part(NamedTuple):
    """Some lines, what they are, and which of them is the error, -1 for none."""

    title: str
    lines: list[str]
    error: int = -1


def excerpt(failure: Failure, *, everything: bool = False) -> list[Part]:
    """The first real error with the lines around it, and the end of the log: together, where they are.

    A short log is shown whole; so is, up to `MOST` lines, any where `everything` is asked for.
    """
    lines, more = list(failure.tail), bool(failure.tail)
    if failure.log:
        try:
            lines, more = tail(Path(failure.log), MOST if everything else WHOLE)
        except OSError:
            return _end(failure, lines, f"; the whole: {failure.log}") if lines else []
    if not lines:
        return []
    if not more or everything:
        where = f", its last {several(len(lines), 'line')}; the whole: {failure.log}" if more else ""
        return [Part(f"log of {failure.step}{where}", lines, _place(failure, lines))]
    context = list(failure.error.context) if failure.error is not None else []
    place = next((at for at in range(len(lines)) if context and lines[at : at + len(context)] == context), None)
    if place is not None:
        return _end(failure, lines[min(place, len(lines) - LAST) :])
    parts = _end(failure, lines[-LAST:])
    if failure.error is None:
        return _end(failure, lines[-2 * LAST :])
    shown = context or [failure.error.text]
    head = f"log of {failure.step}, line {failure.error.log_line:,}"
    return [Part(head, shown, _place(failure, shown)), *parts]


def _end(failure: Failure, lines: list[str], more: str = "") -> list[Part]:
    title = f"log of {failure.step}, its last {several(len(lines), 'line')}{more}"
    return [Part(title, lines, _place(failure, lines))]


def _place(failure: Failure, lines: list[str]) -> int:
    text = failure.error.text if failure.error is not None else None
    return lines.index(text) if text is not None and text in lines else -1
