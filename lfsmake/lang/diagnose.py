"""Finds every problem of syntax in a text that does not parse. Knows how to find them, not how to say them.

The text is parsed up to the first place that cannot be read; that is explained and put right in a draft of
the text, and the draft is parsed again, until all of it can be read. Only texts with problems pay for it.
"""

from typing import TYPE_CHECKING

from lark import Token
from lark.exceptions import UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from msgspec.structs import replace

from lfsmake.lang.draft import Draft
from lfsmake.lang.explain import explain
from lfsmake.lang.stop import Open, Stop
from lfsmake.lang.transform import BadBodyError
from lfsmake.model.errors import Problem, Span

if TYPE_CHECKING:
    from lark import Lark
    from lark.parsers.lalr_interactive_parser import InteractiveParser

    from lfsmake.lang.transform import Builder

MOST = 50  # problems reported for one file; nobody reads on, and each costs one more parse


def diagnose(lark: "Lark", builder: "Builder", path: str, text: str) -> list[Problem]:
    """The problems of `text`, which `lark` has refused, in the order they were found."""
    unsettled = _unsettled(path, text)
    if unsettled:
        return unsettled[:MOST]
    draft = Draft(text)
    problems: list[Problem] = []
    touched: set[int] = set()  # lines of the text that a repair has changed
    while len(problems) < MOST:
        before = draft.text()
        builder.begin(path, before)
        stop = _stop(lark, before)
        if stop is None:
            break
        lines = dict(zip(draft.numbers, draft.lines, strict=True))
        problems.append(_moved(explain(path, draft, stop), draft.numbers))
        if draft.text() == before:
            draft.blank(stop.line, stop.line + 1)
        after = dict(zip(draft.numbers, draft.lines, strict=True))
        touched |= {number + 1 for number in lines if lines[number] != after.get(number)}
        if draft.text() == before:
            break
    problems += [_moved(problem, draft.numbers) for problem in builder.problems]
    undigested = [_moved(problem, draft.numbers) for problem in builder.undigested]
    return problems + [problem for problem in undigested if not _hidden(problem, touched)]


def _unsettled(path: str, text: str) -> list[Problem]:
    """Where a merge, of git or of a book, has left both versions: all else in such a text follows from it."""
    if "\n>>>>>>> " not in text:
        return []
    return [
        Problem(
            "a merge has left both versions here",
            Span(path, line, 1, line, 8),
            expected="one of them, or something of both",
            hint="settle it, and take out the lines that begin with <<<<<<<, ======= and >>>>>>>",
        )
        for line, said in enumerate(text.split("\n"), start=1)
        if said.startswith("<<<<<<< ")
    ]


def _hidden(problem: Problem, touched: set[int]) -> bool:
    """Whether the line below was wrong: it may have been the digest."""
    return problem.span is not None and bool({problem.span.line, problem.span.line + 1} & touched)


def _moved(problem: Problem, numbers: list[int]) -> Problem:
    """`problem` with the lines of the text instead of the draft's."""
    span = problem.span
    if span is None:
        return problem
    last = len(numbers) - 1
    line, end = (numbers[min(max(number - 1, 0), last)] + 1 for number in (span.line, span.end_line or span.line))
    return replace(problem, span=Span(span.file, line, span.column, end, span.end_column))


def _stop(lark: "Lark", text: str) -> Stop | None:
    """The first place of `text` that cannot be read; None if all of it can."""
    state = _Reading()
    parser = lark.parse_interactive(text)
    token = None
    try:
        for token in parser.lexer_thread.lex(parser.parser_state):  # type: ignore[no-untyped-call]
            parser.feed_token(token)
            state.take(token)
        parser.feed_eof(token)  # type: ignore[no-untyped-call]
    except BadBodyError as error:
        problem = error.problem.span
        return state.stop(problem.line - 1 if problem else 0, 0, frozenset(), body=error)
    except UnexpectedCharacters as error:
        return state.stop(error.line - 1, error.column - 1, _accepted(parser))
    except UnexpectedToken as error:
        if error.token.type == "$END":
            lines = text.rstrip().split("\n")
            return state.stop(len(lines) - 1, len(lines[-1]), _accepted(parser), end=True)
        return state.stop(error.line - 1, error.column - 1, _accepted(parser))
    except UnexpectedInput as error:
        return state.stop(max(error.line - 1, 0), max(error.column - 1, 0), frozenset())
    return None


def _accepted(parser: "InteractiveParser") -> frozenset[str]:
    """The terminals that can follow: asked of the parser, as the lexer's are those of every similar place."""
    return frozenset(parser.accepts())  # type: ignore[no-untyped-call]


class _Reading:
    """What has been read so far."""

    def __init__(self) -> None:
        self.statement: list[Token] = []
        self.previous: tuple[Token, ...] = ()
        self.blocks: list[Open] = []
        self.closed: Open | None = None
        self.suspect: Open | None = None

    def take(self, token: Token) -> None:
        """One more token that the parser has accepted."""
        if token.type == "_NL":
            if self.statement:
                self.previous = tuple(self.statement)
            self.statement = []
            return
        if token.type == "LBRACE":
            line = (self.statement[0].line or 1) - 1
            self.blocks.append(Open(tuple(self.statement), token, line))
        elif token.type == "RBRACE":
            self.closed = self.blocks.pop()
            opening = self.closed.header[0].column or 0
            on_its_line = (token.line or 1) - 1 == self.closed.line
            if not on_its_line and (token.column or 0) < opening and self.suspect is None:
                self.suspect = self.closed
        self.statement.append(token)

    def stop(
        self,
        line: int,
        column: int,
        expected: frozenset[str],
        *,
        end: bool = False,
        body: BadBodyError | None = None,
    ) -> Stop:
        """The parser cannot go on here."""
        return Stop(
            line,
            column,
            expected,
            tuple(self.statement),
            self.previous,
            tuple(self.blocks),
            self.closed,
            self.suspect,
            end,
            body,
        )
