"""Finds every problem of syntax in a text that does not parse. Knows one file at a time."""

from typing import TYPE_CHECKING

from lfsmake.model.errors import Problem, Span

if TYPE_CHECKING:
    from lark import Lark

    from lfsmake.lang.transform import Builder


def diagnose(lark: "Lark", builder: "Builder", path: str, text: str) -> list[Problem]:
    """The problems of `text`, which `lark` has refused."""
    from lark.exceptions import UnexpectedInput

    from lfsmake.lang.transform import BadBodyError

    builder.begin(path, text)
    try:
        lark.parse(text)
    except UnexpectedInput as error:
        builder.problems.append(Problem("syntax error", Span(path, max(error.line, 1), max(error.column, 1))))
    except BadBodyError as error:
        builder.problems.append(error.problem)
    return builder.problems
