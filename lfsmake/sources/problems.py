"""Failures of sources, several at once, each with the recipe's line. Knows no origin and no network."""

from pathlib import Path

import msgspec

from lfsmake.model.errors import Problem, SourceError, Span

UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)  # JSON from others, broken in any way


class SourcesError(SourceError):
    """Several problems found in one go; the exception's text is the first one's."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


def line_at(span: Span | None) -> str:
    """The text of the line that `span` starts on, "" where it cannot be read: it only decorates a message."""
    if span is None or span.line < 1:
        return ""
    try:
        with Path(span.file).open(encoding="utf-8", errors="replace") as file:
            for number, text in enumerate(file, start=1):
                if number == span.line:
                    return text.rstrip("\r\n")
    except OSError:
        pass
    return ""


def placed(error: SourceError, span: Span) -> tuple[Problem, ...]:
    """The problems of `error`; those without a place are put at `span`."""
    return tuple(
        problem
        if problem.span is not None
        else Problem(problem.message, span, problem.expected, problem.hint, line_at(span), problem.severity)
        for problem in error.problems
    )


def refused(url: str, why: str, hint: str = "") -> SourceError:
    """The error of one origin that gave nothing."""
    return SourceError(f"{url}: {why}", hint=hint)
