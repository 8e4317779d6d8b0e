"""Text to nodes: the parser and its errors. Knows one file at a time, and nothing of what names stand for."""

from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from lfsmake.lang.nodes import Item, RecipeFile
from lfsmake.model.errors import Problem, RecipeErrors, Span

if TYPE_CHECKING:
    from lark import Lark

    from lfsmake.lang.transform import Builder

_PARSING = Lock()  # the parser's builder holds the state of one file
_MADE: list[tuple["Lark", "Builder"]] = []


def parse(path: str, text: str) -> RecipeFile:
    """The nodes of one recipe file; `path` is only for the spans.

    Raises RecipeErrors with every problem of syntax in the file, in the order of their places.
    """
    return parse_all([(path, text)])[0]


def prepare(cache_dir: Path) -> None:
    """Make the parser with its tables kept in `cache_dir`, for calls of `parse` and the formatter that follow."""
    with _PARSING:
        _machine(cache_dir)


def parse_all(files: list[tuple[str, str]], cache_dir: Path | None = None) -> list[RecipeFile]:
    """The nodes of several files, given as path and text; the parser's tables are kept in `cache_dir`.

    Raises RecipeErrors with every problem of syntax in any of them, file by file.
    """
    if not files:
        return []
    parsed: list[RecipeFile] = []
    problems: list[Problem] = []
    with _PARSING:
        lark, builder = _machine(cache_dir)
        for path, text in files:
            found, items = _read(lark, builder, path, text)
            problems += in_order(found, text)
            parsed.append(RecipeFile(path, items))
    if problems:
        raise RecipeErrors(tuple(problems))
    return parsed


def _read(lark: "Lark", builder: "Builder", path: str, text: str) -> tuple[list[Problem], tuple[Item, ...]]:
    from lark.exceptions import UnexpectedInput

    from lfsmake.lang.transform import BadBodyError

    if "\0" in text:
        return [nul_byte(path, text)], ()
    text = text if text.endswith("\n") else text + "\n"
    builder.begin(path, text)
    try:
        items: tuple[Item, ...] = lark.parse(text)  # type: ignore[assignment]
    except (UnexpectedInput, BadBodyError):
        from lfsmake.lang.diagnose import diagnose

        return diagnose(lark, builder, path, text), ()
    return builder.problems + builder.undigested, items


def tokens(path: str, text: str) -> list[tuple[str, str]]:
    """The tokens of a file as terminal and text, shell bodies dedented; comments are in the `_NL` tokens.

    Raises RecipeErrors as `parse` does.
    """
    parse(path, text)
    with _PARSING:
        lark, builder = _machine(None)
        builder.begin(path, text if text.endswith("\n") else text + "\n")
        parser = lark.parse_interactive(builder.text)
        out: list[tuple[str, str]] = []
        blank = ""
        for token in parser.iter_parse():
            value = blank + token
            blank = ""
            if token.type == "LINE":
                value = builder.line(token).text
            elif token.type == "SCRIPT":
                value = builder.script(token).text
                if not token.rpartition("\n")[2].strip():
                    blank = "\n"  # the token has taken the empty lines below the body
            out.append((token.type, value))
    return out


def in_order(problems: list[Problem], text: str) -> tuple[Problem, ...]:
    """`problems` by their places, each with the line it points at."""
    lines = text.split("\n")
    return tuple([_with_line(problem, lines) for problem in sorted(problems, key=_place)])


def _with_line(problem: Problem, lines: list[str]) -> Problem:
    if problem.source or problem.span is None:
        return problem
    return msgspec.structs.replace(problem, source=lines[problem.span.line - 1])


def _place(problem: Problem) -> tuple[int, int]:
    return (problem.span.line, problem.span.column) if problem.span else (0, 0)


def _machine(cache_dir: Path | None) -> tuple["Lark", "Builder"]:
    """The parser, and the builder it fills; made once."""
    if not _MADE:
        from lfsmake.lang.tables import make_parser
        from lfsmake.lang.transform import Builder

        builder = Builder()
        _MADE.append((make_parser(builder, cache_dir), builder))
    return _MADE[0]


def nul_byte(path: str, text: str) -> Problem:
    """The problem of a text with a NUL byte in it."""
    at = text.index("\0")
    line = text.count("\n", 0, at) + 1
    column = at - text.rfind("\n", 0, at)
    return Problem(
        "a NUL byte",
        Span(path, line, column, line, column + 1),
        "text",
        "this file is binary or damaged; no shell or recipe can hold a NUL byte",
        text.split("\n")[line - 1].replace("\0", "\ufffd"),
    )
