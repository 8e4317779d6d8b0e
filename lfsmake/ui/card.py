"""The failure card: what failed, where, what it means, the commands to look and to go on. Knows `Failure`, no streams.

Prose is wrapped at words to the columns there are; commands and paths never are, so that they can be copied.
"""

import re
import signal
from collections.abc import Iterator
from typing import NamedTuple

from lfsmake.model.events import Failure
from lfsmake.ui.color import paint
from lfsmake.ui.text import nice_path, safe, width

CHANGES = 5  # differences from the last success that a card shows
NARROW = 48  # columns: below, the names of rows stand above what they say
_WORDS = re.compile(r" (?=(?:[^`]*`[^`]*`)*[^`]*$)")  # a space outside backquotes
_HANG = 11  # columns before what a row says


class Row(NamedTuple):
    """A row of a card: its name, "" for one that goes on; what it says; whether that is to be copied, not read."""

    name: str
    text: str
    literal: bool = False


def render_card(
    failure: Failure,
    color: bool = False,
    *,
    folder: str = "",
    program: str = "lfsmake",
    again: str = "lfsmake",
    columns: int | None = None,
    plain: bool = False,
) -> str:
    """The card without a last newline; only rows that are known.

    `program` begins the commands to look, such as `lfsmake -f my.lfs`; `again` is the command to go on. `columns`:
    None does not wrap. `plain` keeps our own marks to ASCII.
    """
    narrow = columns is not None and columns < NARROW
    place, message = place_of(failure, folder), message_of(failure)
    room = None if columns is None else columns - 2
    first = f"{safe(place)}: error: "
    head = _wrapped(first + safe(message), room, 2, keep=len(first))
    head = f"{paint(safe(place) + ':', 'bold', color)} {paint('error:', 'red', color)} {head[len(first):]}"
    lines = [head]
    for row in rows_of(failure, folder=folder, program=program, again=again):
        text = safe(row.text.rstrip("\n"))
        text = text.replace("→", "->") if plain else text
        indent = 4 if narrow else _HANG
        if row.literal:
            text = text.replace("\n", "\n" + " " * indent)
        else:
            text = _wrapped(text, None if columns is None else columns - indent, indent)
        if row.name == "error":
            text = paint(text, "red", color)
        if narrow:
            lines += [f"  {paint(row.name, 'dim', color)}"] if row.name else []
            lines.append(" " * indent + text)
        else:
            lines.append(f"  {paint(f'{row.name:<7}', 'dim', color)}  {text}")
    if failure.hint:
        lines.append(f"{paint('hint:', 'cyan', color)} {_wrapped('hint: ' + safe(failure.hint), room, 2, keep=6)[6:]}")
    return "\n".join(lines)


def place_of(failure: Failure, folder: str = "") -> str:
    """`FILE:LINE` of the recipe, or `lfsmake`."""
    if not failure.file:
        return "lfsmake"
    return nice_path(failure.file, folder) + (f":{failure.line}" if failure.line else "")


def message_of(failure: Failure) -> str:
    """What failed, in a sentence."""
    where = f" in its {failure.phase} phase" if failure.phase else ""
    message = f"{failure.step} failed{where}" if failure.step else "the run failed"
    return f"{message}: {failure.message}" if failure.message else message


def rows_of(
    failure: Failure, *, folder: str = "", program: str = "lfsmake", again: str = "lfsmake"
) -> Iterator[Row]:
    """The rows of the card that are known."""
    status = describe_status(failure.status)
    if failure.command:
        yield Row("command", failure.command, literal=True)
    if failure.error is not None:
        yield Row("error", f"{failure.error.text.strip()} (line {failure.error.log_line:,} of the log)")
        if failure.error.advice:
            yield Row("advice", failure.error.advice)
    if status and status != failure.message:
        yield Row("status", status)
    yield from _several("changed", changes_of(failure, program))
    yield from _several("tried", failure.tried)
    if failure.log:
        yield Row("log", nice_path(failure.log, folder), literal=True)
    if failure.work:
        yield Row("kept", nice_path(failure.work, folder), literal=True)
    looks = [f"{program} log {failure.step}"] if failure.log else []
    looks += [f"{program} shell {failure.step} --failed"] if failure.work else []
    yield from _several("look", looks, literal=True)
    yield Row("go on", again, literal=True)


def changes_of(failure: Failure, program: str = "lfsmake") -> list[str]:
    """What differs from the last success, as much as a person wants to read."""
    more = len(failure.changes) - CHANGES
    shown = list(failure.changes[:CHANGES])
    return [*shown, f"and {more:,} more: `{program} explain {failure.step}`"] if more > 0 else shown


def describe_status(status: int) -> str:
    """`exit status 2`, `killed by SIGKILL`; "" for 0, which says nothing."""
    if status >= 0:
        return f"exit status {status}" if status else ""
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def _several(name: str, texts: "list[str] | tuple[str, ...]", *, literal: bool = False) -> Iterator[Row]:
    for place, text in enumerate(texts):
        yield Row("" if place else name, text, literal)


def _wrapped(text: str, room: int | None, indent: int, *, keep: int = 0) -> str:
    """`text` in lines of at most `room` columns, broken at spaces but not inside `code`; all but the first indented.

    The first `keep` characters stay as they are. A word that is too long for any line stays whole.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        begin = keep if not lines else 0
        for place, word in enumerate(_WORDS.split(paragraph[begin:])):
            longer = f"{line} {word}" if place else f"{paragraph[:begin]}{word}"
            if place and line and room is not None and width(longer) > room:
                lines.append(line)
                longer = word
            line = longer
        lines.append(line)
    return ("\n" + " " * indent).join(lines)
