"""Text to nodes: the parser and its errors. Knows one file at a time, and nothing of what names stand for."""

from functools import cache
from threading import Lock
from typing import TYPE_CHECKING

import msgspec

from lfsmake.lang.nodes import RecipeFile
from lfsmake.lang.shipped import shipped
from lfsmake.model.errors import Problem, RecipeErrors

if TYPE_CHECKING:
    from lark import Lark

    from lfsmake.lang.transform import Builder

OPTIONS = {"parser": "lalr", "lexer": "contextual", "maybe_placeholders": True}
_PARSING = Lock()  # the parser's builder holds the state of one file


def parse(path: str, text: str) -> RecipeFile:
    """The nodes of one recipe file; `path` is only for the spans.

    Raises RecipeErrors with every problem of syntax in the file, in the order of their places.
    """
    from lark.exceptions import UnexpectedInput

    from lfsmake.lang.transform import BadBodyError

    if "\0" in text:
        raise RecipeErrors((nul_byte(path, text),))
    text = text if text.endswith("\n") else text + "\n"
    lark, builder = machine()
    with _PARSING:
        builder.begin(path, text)
        try:
            items = lark.parse(text)
        except (UnexpectedInput, BadBodyError):
            from lfsmake.lang.diagnose import diagnose

            problems = diagnose(lark, builder, path, text)
        else:
            problems = builder.problems + builder.undigested
    if problems:
        raise RecipeErrors(in_order(problems, text))
    return RecipeFile(path, items)  # type: ignore[arg-type]


def in_order(problems: list[Problem], text: str) -> tuple[Problem, ...]:
    """`problems` by their places, each with the line it points at."""
    lines = text.split("\n")
    return tuple(
        [
            msgspec.structs.replace(problem, source=lines[problem.span.line - 1]) if problem.span else problem
            for problem in sorted(problems, key=_place)
        ]
    )


def _place(problem: Problem) -> tuple[int, int]:
    return (problem.span.line, problem.span.column) if problem.span else (0, 0)


@cache
def machine() -> tuple["Lark", "Builder"]:
    """The parser, and the builder it fills; made once, in 0.2 s or, from its stored tables, less."""
    from lark import Lark

    from lfsmake.lang.transform import Builder

    builder = Builder()
    grammar = (shipped("grammar") / "lfs.lark").read_text(encoding="utf-8")
    return Lark(grammar, transformer=builder, **OPTIONS), builder


def nul_byte(path: str, text: str) -> Problem:
    """The problem of a text with a NUL byte in it."""
    from lfsmake.model.errors import Span

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
