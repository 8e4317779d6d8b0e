"""Writes a recipe the way recipes are written. Knows tokens and comments; no meaning, and no shell.

Text → rows of cells → text. Neighbouring rows have their cells in columns; a blank line, a block or a shell body ends
the neighbourhood. Strings, comments and shell stay as they are; what a recipe says is never changed.
"""

from collections.abc import Iterator
from itertools import zip_longest

from msgspec import Struct

from lfsmake.lang.body import embed

INDENT = "    "
WIDTH = 100  # of a line made of words; what holds a longer string is longer


class Word(Struct, frozen=True):
    """A token as far as it matters here. `kind` is its terminal's name; a shell body's text is dedented."""

    kind: str
    text: str


class Row(Struct):
    """One statement, or the line of a brace, or a comment; `cells` are lined up with those of the rows around.

    `words` are those of the last cell where it may be broken into several lines, `below` a shell body to indent.
    """

    depth: int
    cells: list[str]
    words: list[str]
    comment: str = ""
    below: str | None = None
    alone: bool = False  # a brace's line: in no columns
    blank: bool = False  # an empty line goes before it

    @property
    def is_comment(self) -> bool:
        """Whether it is nothing but a comment."""
        return not self.cells


def format_text(path: str, text: str) -> str:
    """`text` as `lfsmake fmt` writes it; says the same, and formatting it again changes nothing.

    Raises RecipeErrors where the text does not parse.
    """
    from lfsmake.lang.syntax import tokens

    rows = list(_rows(Word(kind, value) for kind, value in tokens(path, text)))
    lines: list[str] = []
    start = 0
    for end in range(1, len(rows) + 1):
        if end == len(rows) or _apart(rows[end - 1], rows[end]):
            lines += _run(rows[start:end])
            start = end
    return "\n".join(lines) + "\n" if lines else ""


def _apart(above: Row, below: Row) -> bool:
    """Whether the rows have no columns in common."""
    return below.blank or above.depth != below.depth or above.alone or below.alone or above.below is not None


# Tokens to rows.


def _rows(words: Iterator[Word]) -> Iterator[Row]:
    depth = 0
    line: list[Word] = []
    blank = False
    opened = True  # no empty line at the top of the file or of a block
    for word in words:
        if word.kind != "_NL":
            line.append(word)
            continue
        first, *others = word.text.split("\n")[:-1]
        if line:
            closing, opening = line[0].kind == "RBRACE", line[-1].kind == "LBRACE"  # a shell body may be one, too
            depth -= closing
            row = _row(depth, line)
            row.comment = first.strip()
            row.blank = blank and not opened and not closing
            yield row
            depth += opening
            line, blank, opened = [], False, opening
        else:
            others.insert(0, first)
        for other in others:
            comment = other.strip()
            if not comment:
                blank = True
                continue
            yield Row(depth, [], [], comment, blank=blank and not opened)
            blank, opened = False, False


def _row(depth: int, line: list[Word]) -> Row:
    last = line[-1]
    if last.kind == "SCRIPT":
        return Row(depth, [_spaced(line[:-1]) + ":"], [], below=last.text)
    if last.kind == "LINE":
        return Row(depth, [_spaced(line[:-1]) + ":", last.text], [])
    if last.text in ("{", "}"):
        return Row(depth, [_spaced(line)], [], alone=True)
    cells, words = _cells([word.text for word in line])
    return Row(depth, cells, words)


def _spaced(line: list[Word]) -> str:
    """The words of a brace's line or in front of a colon."""
    text = ""
    for word in line:
        glued = not text or word.text in "=|" or text[-1] in "=|" or text[-1] + word.text == "{}"
        text += word.text if glued else f" {word.text}"
    return text


def _cells(words: list[str]) -> tuple[list[str], list[str]]:
    """The cells of a statement, and the words of the last one where there may be many."""
    key, rest = words[0], words[1:]
    match key:
        case "needs":
            requirements = _requirements(rest[1:])
            return [f"needs {rest[0]}", " ".join(requirements)], requirements
        case "option":
            return [key, rest[0], "= " + "".join(rest[2:])], []
        case "env" | "unpack" | "alias":
            return [key, *rest], []
        case "tool":
            requirement, *_ = _requirements(rest)
            name, _, version = requirement.partition(" ")
            clauses = rest[3:] if version else rest[1:]
            pairs = [f"{word} {text}" for word, text in zip(clauses[::2], clauses[1::2], strict=True)]
            return [key, name, version, *pairs], []
        case "fails" | "allow" | "differs":
            tests, reason = (rest[:-2], [" ".join(rest[-2:])]) if "because" in rest else (rest, [])
            return [key, " ".join(tests + reason)], tests + reason
        case _:
            return [key, " ".join(rest)] if rest else [key], rest


def _requirements(words: list[str]) -> list[str]:
    """Names, each together with its operator and version."""
    out: list[str] = []
    rest = iter(words)
    for word in rest:
        if word in (">=", "<=", ">", "<", "="):
            out[-1] += f" {word} {next(rest)}"
        else:
            out.append(word)
    return out


# Rows to lines.


def _run(rows: list[Row]) -> Iterator[str]:
    """The lines of rows that share their columns."""
    if rows[0].blank:
        yield ""
    texts = [_texts(row, widths) for row, widths in zip(rows, _widths(rows), strict=True)]
    for at, (row, lines) in enumerate(zip(rows, texts, strict=True)):
        *before, last = lines
        yield from before
        if row.comment and not row.is_comment:
            last = f"{last:<{_comment_column(rows, texts, at)}}{row.comment}"
        yield last
        if row.below is not None:
            yield from embed(row.below, INDENT * (row.depth + 1)).split("\n")


def _comment_column(rows: list[Row], texts: list[list[str]], at: int) -> int:
    """Where the comment of row `at` starts: in one column with those right above and below."""
    first = last = at
    while first and rows[first - 1].comment and not rows[first - 1].is_comment:
        first -= 1
    while last + 1 < len(rows) and rows[last + 1].comment and not rows[last + 1].is_comment:
        last += 1
    return max(len(lines[-1]) for lines in texts[first : last + 1]) + 2


def _widths(rows: list[Row]) -> list[list[int]]:
    """For each row the widths of its cells but the last: the first of all rows, the others of rows with that word."""
    inside = [row for row in rows if row.depth]  # declarations of a line each have nothing in common
    first = max((len(row.cells[0]) for row in inside if len(row.cells) > 1), default=0)
    columns: dict[str, list[int]] = {}
    for row in rows:
        if len(row.cells) > 2:
            own = [len(cell) for cell in row.cells[1:-1]]
            held = columns.get(row.cells[0], [])
            columns[row.cells[0]] = [max(pair) for pair in zip_longest(own, held, fillvalue=0)]
    return [[first, *columns.get(row.cells[0], [])] if row.cells else [] for row in rows]


def _texts(row: Row, widths: list[int]) -> list[str]:
    """The lines of one row, without its comment and its body."""
    indent = INDENT * row.depth
    if row.is_comment:
        return [indent + row.comment]
    if row.alone or len(row.cells) == 1:
        return [indent + row.cells[0]]
    text = indent
    for cell, width in zip(row.cells[:-1], widths, strict=False):
        text += f"{cell:<{width}} " if cell or width else ""
    return _broken(text, row.words) if len(row.words) > 1 else [text + row.cells[-1]]


def _broken(start: str, words: list[str]) -> list[str]:
    """`start` and the words, continued below each other where they are too many for one line."""
    lines, line = [], start + words[0]
    for at, word in enumerate(words[1:], 2):
        if len(line) + 1 + len(word) + (2 if at < len(words) else 0) > WIDTH:
            lines.append(line + " \\")
            line = " " * len(start) + word
        else:
            line += " " + word
    return [*lines, line]
