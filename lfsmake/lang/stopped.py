"""A place where the parser stopped: the words around it, how the draft reads on behind it. Knows not what is wrong."""

import re

from lfsmake.lang.draft import Draft
from lfsmake.lang.expectation import missing
from lfsmake.lang.stop import Stop
from lfsmake.lang.words import BLOCKS, DIGEST_WORDS, USAGE
from lfsmake.model.errors import Problem, Span

WORD = re.compile(r"[\w/$~@+.\-%,]+")
BELOW_SOURCE = ("origin", "fixup", *DIGEST_WORDS)  # these go on with a source
_OPERATOR = re.compile(r"[<>=]+")
_STRING = re.compile(r'"(?:[^"\\\r]|\\[^\r])*"')


class Place:
    """One stop, its draft, and the words around it."""

    def __init__(self, path: str, draft: Draft, stop: Stop) -> None:
        self.path = path
        self.draft = draft
        self.stop = stop
        self.line = draft.lines[stop.line]
        self.rest = self.line[stop.column :]
        word = WORD.match(self.rest)
        other = _STRING.match(self.rest) or _OPERATOR.match(self.rest)
        self.found = other.group() if other else word.group() if word else self.rest[:1]
        self.kind = next((block.kind for block in reversed(stop.blocks) if block.kind in BLOCKS), "")
        self.start = (stop.statement[0].line or 1) - 1 if stop.statement else stop.line

    def usage(self) -> str:
        """How the statement is written."""
        first = str(self.stop.statement[0])
        if first == "style" and self.kind:
            return "write: style NAME"
        return f"write: {USAGE.get(first, '} else {')}"

    def make(self, message: str, expected: str = "", hint: str = "", width: int = 0) -> Problem:
        """A problem with what stands here, or with `width` columns from here on."""
        line, column = self.stop.line + 1, self.stop.column + 1
        width = width or max(len(self.found), 1)
        return Problem(message, Span(self.path, line, column, line, column + width), expected, hint)

    def expected(self) -> str:
        """What could go on here."""
        return missing(self.stop.expected, tuple(str(token) for token in self.stop.statement))

    def opens(self) -> bool:
        """Whether the line opens a block."""
        return self.line.partition("#")[0].rstrip().endswith("{")

    def skip_header(self) -> None:
        """Read on inside the block whose header is wrong."""
        draft, first = self.draft, str(self.stop.statement[0])
        indent = draft.indent(self.start)
        nested = bool(self.kind) and first != "when" and first != "}"
        draft.blank(self.start + 1, self.stop.line + 1)
        if nested or (first not in BLOCKS and first not in ("when", "}")):
            draft.blank(self.start, draft.block_end(self.stop.line))
        elif first == "when":
            draft.lines[self.start] = f"{indent}when _=_ {{"
        elif first == "}":
            draft.lines[self.start] = f"{indent}}} else {{"
        else:
            draft.lines[self.start] = f"{indent}{first} _ {{"

    def skip_statement(self, digests: bool = False) -> None:
        """Read on at the next statement; with `digests` after the lines that belong to a source."""
        self.draft.skip(self.start, self.stop.line, BELOW_SOURCE if digests else ())
