"""Collects everything that is wrong, so that one run names it all. Knows no syntax and no meaning."""

import os
from collections.abc import Callable, Collection, Mapping, Sequence

from msgspec.structs import replace

from lfsmake.lang.nodes import Name, Text
from lfsmake.lang.template import TemplateError, Templates
from lfsmake.lang.words import listed, nearest
from lfsmake.model.errors import Problem, RecipeErrors, Span

_HINTS = 40  # nearest-word searches in one run: each compares with every known word
_NAMED = 8  # known words listed in an expectation
_LINE = 400  # characters of a source line kept with a problem


class Report:
    """Problems as they are found. `incomplete`: a file did not parse, so unknown names may stand in it."""

    def __init__(self, roots: Sequence[str] = ()) -> None:
        self.roots = tuple(roots)
        self.problems: list[Problem] = []
        self.incomplete = False
        self._hints = _HINTS

    def add(self, message: str, span: Span | None = None, *, expected: str = "", hint: str = "") -> None:
        """One more problem."""
        self.problems.append(Problem(message, span, expected, hint))

    def unknown(
        self, kind: str, name: Name, known: Collection[str], *, expected: str = "", hint: str = ""
    ) -> None:
        """A `kind` of that name does not exist. Dropped where a broken file may declare it."""
        if not self.incomplete:
            self.add(
                f'unknown {kind} "{name.text}"',
                name.span,
                expected=expected or one_of(known),
                hint=self.nearest(name.text, known) or hint,
            )

    def nearest(self, word: str, known: Collection[str]) -> str:
        """`did you mean …`, or "" without a near word."""
        if self._hints <= 0:
            return ""
        self._hints -= 1
        near = nearest(word, known)
        return f'did you mean "{near}"?' if near else ""

    def place(self, span: Span) -> str:
        """`file:line:column`, the file below the project's folder."""
        return f"{self.short(span.file)}:{span.line}:{span.column}"

    def short(self, path: str) -> str:
        """`path` below the project's folder, or as it is."""
        for root in self.roots:
            if path.startswith(root + os.sep):
                return path[len(root) + 1 :]
        return path

    def errors(self, lines: Callable[[str], Sequence[str]]) -> RecipeErrors | None:
        """All problems as one error, each with its source line, ordered by place; None if there is none."""
        if not self.problems:
            return None
        order = sorted(dict.fromkeys(self.problems), key=_by_place)
        return RecipeErrors(tuple(_with_source(problem, lines) for problem in order))


class Strings:
    """Renders strings and reports what is wrong with them at their place."""

    def __init__(self, report: Report, templates: Templates) -> None:
        self._report = report
        self._templates = templates

    def render(self, text: Text, names: Mapping[str, str]) -> str:
        """The string with its names put in; as written when it cannot be rendered."""
        try:
            return self._templates.render(text.text, names)
        except TemplateError as error:
            self._add(error, text.span, names)
            return text.text

    def render_file(self, path: str, text: str, names: Mapping[str, str]) -> str:
        """A template file's text with its names put in; problems point into that file."""
        try:
            return self._templates.render(text, names)
        except TemplateError as error:
            self._add(error, Span(path, max(error.line, 1), 1), names)
            return text

    def _add(self, error: TemplateError, span: Span, names: Mapping[str, str]) -> None:
        hint = self._report.nearest(error.name, names) if error.name else ""
        self._report.add(error.message, span, expected=error.expected, hint=hint or error.hint)


def one_of(words: Collection[str]) -> str:
    """`a, b or c` where the words are few, else ""."""
    if not words or len(words) > _NAMED:
        return ""
    return listed(words)


def file_lines(path: str) -> list[str]:
    """The file's lines for showing; what cannot be read or decoded is left out."""
    try:
        with open(path, encoding="utf-8", errors="replace") as file:  # noqa: PTH123 - spans hold plain strings
            return file.read().split("\n")
    except OSError:
        return []


def _by_place(problem: Problem) -> tuple[str, int, int]:
    span = problem.span
    return (span.file, span.line, span.column) if span else ("", 0, 0)


def _with_source(problem: Problem, lines: Callable[[str], Sequence[str]]) -> Problem:
    if problem.source or problem.span is None or not problem.span.file:
        return problem
    text = lines(problem.span.file)
    if not 0 < problem.span.line <= len(text):
        return problem
    return replace(problem, source=text[problem.span.line - 1][:_LINE].rstrip("\r"))
