"""Problems as text: the place, the line with a caret, what was expected, what to do. Knows no streams."""

from collections.abc import Sequence

from lfsmake.model.errors import Problem, Span
from lfsmake.ui.color import paint
from lfsmake.ui.text import columns, nice_path, safe, several

_COLORS = {"error": "red", "warning": "yellow"}
_TAB = 4


def render(
    problem: Problem, color: bool = False, *, folder: str = "", columns_wide: int = 100, plain: bool = False
) -> str:
    """One problem, ready to print, without a last newline.

    Files below `folder` are shown relative to it; `plain` keeps our own marks to ASCII. A problem without a
    place starts with `lfsmake:`. A long line is cut to a window around its caret.
    """
    span = problem.span
    place = "lfsmake" if span is None else place_of(span, folder)
    severity = paint(f"{problem.severity}:", _COLORS.get(problem.severity, "bold"), color)
    lines = [f"{paint(f'{place}:', 'bold', color)} {severity} {_hanging(problem.message)}"]
    if span is not None and problem.source:
        text, start, length = _window(problem.source, span, columns_wide - 4, "..." if plain else "…")
        lines.append(f"  {text}")
        if span.column > 0:
            lines.append(f"  {' ' * start}{paint('^' * length, 'red', color)}")
    if problem.expected:
        lines.append(f"{paint('expected:', 'cyan', color)} {_hanging(problem.expected)}")
    if problem.hint:
        lines.append(f"{paint('hint:', 'cyan', color)} {_hanging(problem.hint)}")
    return "\n".join(lines)


def render_all(
    problems: Sequence[Problem],
    color: bool = False,
    *,
    folder: str = "",
    columns_wide: int = 100,
    plain: bool = False,
) -> str:
    """Several problems with a blank line between them, and at the end how many errors if more than one."""
    parts = [
        render(problem, color, folder=folder, columns_wide=columns_wide, plain=plain) for problem in problems
    ]
    errors = sum(problem.severity == "error" for problem in problems)
    if errors > 1:
        parts.append(f"{paint('lfsmake:', 'bold', color)} {several(errors, 'error')}")
    return "\n\n".join(parts)


def place_of(span: Span, folder: str = "") -> str:
    """`FILE:LINE:COL`, the parts that are known."""
    place = safe(nice_path(span.file, folder))
    if span.line > 0:
        place += f":{span.line}"
        if span.column > 0:
            place += f":{span.column}"
    return place


def _hanging(text: str) -> str:
    """Further lines of a message stand below its first, indented."""
    return safe(text).replace("\n", "\n  ")


def _window(source: str, span: Span, room: int, ellipsis: str) -> tuple[str, int, int]:
    """The line as shown, the column where the caret starts and how long it is, both in terminal columns."""
    line = source.rstrip("\r\n")
    first = max(0, span.column - 1)
    if span.end_line in (0, span.line) and span.end_column > span.column:
        last = span.end_column - 1
    elif span.end_line > span.line:
        last = max(first + 1, len(line))
    else:
        last = first + 1
    low = max(0, first - 4 * room)  # a line may have millions of characters: look only near the caret
    cells, starts = [], [0]
    for char in line[low : first + 4 * room]:
        shown = " " * (_TAB - starts[-1] % _TAB) if char == "\t" else safe(char)
        cells.append(shown)
        starts.append(starts[-1] + sum(map(columns, shown)))
    at, end = min(first - low, len(cells)), min(last - low, len(cells))
    begin, stop = starts[at], max(starts[end], starts[at] + 1)
    if low == 0 and starts[-1] <= room and len(line) <= first + 4 * room:
        return "".join(cells), begin, stop - begin
    left = 0 if low == 0 and begin < room * 2 // 3 else begin - room // 3
    head = ellipsis if left > 0 or low > 0 else ""
    tail_room = room - len(head) - len(ellipsis)
    pieces, shown_from, used = [], -1, 0
    cut = True
    for index, cell in enumerate(cells):
        if starts[index] < left:
            continue
        if shown_from < 0:
            shown_from = starts[index]
        if starts[index + 1] - shown_from > tail_room:
            break
        pieces.append(cell)
        used = starts[index + 1] - shown_from
    else:
        cut = first + 4 * room < len(line)
    shift = len(head) - max(shown_from, 0)
    length = max(1, min(stop, max(shown_from, 0) + used) - begin)
    return head + "".join(pieces) + (ellipsis if cut else ""), begin + shift, length
