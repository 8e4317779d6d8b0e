"""What stands in the rows at the bottom of the terminal: how far, how long still, what runs. Knows a view, no stream.

The only part of lfsmake that needs rich, for the widths of characters: rich's own Live hides the cursor, which a
killed process cannot show again, and one of its tables takes 7 ms to lay out, most of what a second may cost.
"""

from collections.abc import Sequence
from typing import NamedTuple

from rich.cells import cell_len, set_cell_size

from lfsmake.ui.color import paint
from lfsmake.ui.eta import eta_text
from lfsmake.ui.live import Size
from lfsmake.ui.text import clock, safe, several, size
from lfsmake.ui.view import RunView

_LEAST = 5  # rows of a terminal on which there is one row for all
_NAME = 8  # columns below which a name is not cut for the sake of what stands behind it
_LATE = 1.5  # times what was expected


class Style(NamedTuple):
    """What the terminal can show."""

    color: bool
    dot: str
    ellipsis: str

    def cut(self, text: str, room: int) -> str:
        """The text, or its beginning and an ellipsis, in at most `room` columns."""
        if cell_len(text) <= room:
            return text
        rest = room - cell_len(self.ellipsis)
        return set_cell_size(text, rest).rstrip() + self.ellipsis if rest >= 0 else ""


class Row(NamedTuple):
    """One row as it is written, and how many columns it takes."""

    text: str
    width: int


class _Cells(NamedTuple):
    """A running step or download: its name, and what is shown behind it, the most important first."""

    name: str
    phase: str
    time: str
    expected: str
    cores: str
    memory: str
    late: bool = False


def rows_of(view: RunView, now: float, room: Size, style: Style) -> list[Row]:
    """The rows for a terminal of this size, at most half of it; none when nothing is under way."""
    if view.over or not (view.running or view.fetching or view.pending):
        return []
    columns = room.columns - 1
    lines = _lines(view, now)
    if room.rows <= _LEAST:
        return [_one_row(view, now, lines, columns, style)]
    most = room.rows // 2 - 1
    shown = lines if len(lines) <= most else lines[: most - 1]
    table = _table(shown, columns, style)
    if len(shown) < len(lines):
        more = style.cut(f"  +{len(lines) - len(shown):,} more", columns)
        table.append(Row(paint(more, "dim", style.color), cell_len(more)))
    return [_head(view, now, columns, style), *table]


def _head(view: RunView, now: float, columns: int, style: Style) -> Row:
    """Counts, the machine, the time left: as much of it as there is room for."""
    count = f"[{len(view.finished):,}/{view.total:,}]" if view.total else "fetching"
    failed = f"{len(view.failed):,} failed{', stopping' * view.stopping}" if view.failed else ""
    jobs = cpu = memory = ""
    if (machine := view.machine) is not None and view.running:
        jobs = f"{machine.jobs} of {several(view.jobs, 'job')}"
        cpu = f"CPU {100 * machine.cpu:.0f} %"
        used = 1 - machine.memory_free / machine.memory_total if machine.memory_total else 0.0
        memory = f"memory {100 * used:.0f} %"
    estimate = view.remaining(now) if view.total else None
    eta = eta_text(estimate) if view.total else ""
    long_eta = eta_text(estimate, view.sbu) if view.total else ""
    for parts in (
        (failed, jobs, cpu, memory, long_eta),
        (failed, jobs, cpu, long_eta),
        (failed, cpu, long_eta),
        (failed, long_eta),
        (failed, eta),
        (failed,),
    ):
        text = " ".join(filter(None, (count, style.dot.join(filter(None, parts)))))
        if cell_len(text) <= columns:
            break
    text = style.cut(text, columns)
    painted = paint(text, "cyan", style.color)
    if failed and failed in text and style.color:
        before, _, after = text.partition(failed)
        painted = "".join((paint(before, "cyan", True), paint(failed, "red", True), paint(after, "cyan", True)))
    return Row(painted, cell_len(text))


def _lines(view: RunView, now: float) -> list[_Cells]:
    """What runs, longest first, then what is fetched."""
    found = []
    for step, running in sorted(view.running.items(), key=lambda item: item[1].started):
        spent, expected = max(0.0, now - running.started), running.expected
        found.append(
            _Cells(
                _flat(step),
                _flat(running.phase),
                clock(spent),
                f"of {clock(expected)}" if expected >= 1 else "",
                f"{running.cores:.1f} CPU" if running.cores is not None else "",
                size(running.rss) if running.rss else "",
                late=0 < expected * _LATE < spent,
            )
        )
    for file, (done, whole) in view.fetching.items():
        share = f"{100 * done // whole} %" if whole else ""
        found.append(_Cells(_flat(file), "fetch", share, "", "", size(whole or done) if whole or done else ""))
    return found


def _flat(text: str) -> str:
    """The text in one row: a damaged record may say anything."""
    return safe(text.replace("\n", " ").replace("\t", " "))


# What may stand behind a name, from all of it to nothing; a narrow terminal gets the first that fits.
_COLUMNS: tuple[tuple[str, ...], ...] = (
    ("phase", "time", "expected", "cores", "memory"),
    ("phase", "time", "expected", "cores"),
    ("phase", "time", "expected"),
    ("phase", "time"),
    ("time",),
)


def _table(lines: Sequence[_Cells], columns: int, style: Style) -> list[Row]:
    """One row each, in columns."""
    if not lines:
        return []
    longest = max(cell_len(line.name) for line in lines)
    indent, gap = ("  ", "  ") if columns >= 40 else ("", " ")
    for shown in _COLUMNS:
        widths = [(name, max(cell_len(getattr(line, name)) for line in lines)) for name in shown]
        behind = sum(width + len(gap) for _, width in widths if width)
        if len(indent) + min(longest, max(_NAME, columns // 3)) + behind <= columns:
            break
    name_room = max(1, min(longest, columns - len(indent) - behind))
    rows = []
    for line in lines:
        name = set_cell_size(style.cut(line.name, name_room), name_room)
        plain, painted = indent + name, indent + paint(name, "bold", style.color)
        for column, width in widths:
            if not width:
                continue
            text: str = getattr(line, column)
            pad = " " * (width - cell_len(text))
            cell = gap + (text + pad if column in ("phase", "expected") else pad + text)
            plain += cell
            painted += paint(cell, "yellow", style.color) if column == "time" and line.late else cell
        if cell_len(plain) > columns:
            plain = painted = style.cut(plain, columns)
        rows.append(Row(painted.rstrip(), cell_len(plain.rstrip())))
    return rows


def _one_row(view: RunView, now: float, lines: Sequence[_Cells], columns: int, style: Style) -> Row:
    """Everything in one row, for a terminal with hardly any."""
    counts = f"[{len(view.finished):,}/{view.total:,}]" if view.total else ""
    failed = f"{len(view.failed):,} failed" if view.failed else ""
    head = " ".join(filter(None, (counts, failed)))
    estimate = view.remaining(now) if view.total else None
    end = style.dot + eta_text(estimate) if estimate is not None else ""
    text = _joined([_short(line) for line in lines] or ["waiting"], head, end, columns, style.dot)
    text = style.cut(text, columns)
    return Row(paint(text, "cyan", style.color), cell_len(text))


def _short(line: _Cells) -> str:
    return " ".join(filter(None, (line.name, line.phase, line.time)))


def _joined(parts: Sequence[str], head: str, end: str, room: int, dot: str) -> str:
    """`head part · part · +2 end` with as many of the parts as there is room for; `end` goes before the first does."""
    head = f"{head} " if head else ""
    text = head
    for count in range(len(parts), 0, -1):
        hidden = [f"+{len(parts) - count}"] if count < len(parts) else []
        text = head + dot.join([*parts[:count], *hidden])
        if cell_len(text + end) <= room:
            return text + end
    return text
