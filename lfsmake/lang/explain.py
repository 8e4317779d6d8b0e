"""Says what is wrong where the parser stopped, and puts the draft right. Knows words and layout, no files.

Each function gives the problem for one kind of mistake and changes the draft so that nothing follows from it.
"""

from itertools import pairwise

from msgspec.structs import replace

from lfsmake.lang.body import indentation
from lfsmake.lang.draft import Draft
from lfsmake.lang.expectation import links, shown, such_as
from lfsmake.lang.stop import Open, Stop, label
from lfsmake.lang.stopped import BELOW_SOURCE, WORD, Place
from lfsmake.lang.words import (
    BLOCKS,
    DECLARATIONS,
    EVERY_STATEMENT,
    PHASE_WORDS,
    STATEMENTS,
    USAGE,
    listed,
    meant,
    nearest,
)
from lfsmake.model.errors import Problem, Span

_SHELL_ENDS = "a shell body ends at the first line indented less than its first line"


def explain(path: str, draft: Draft, stop: Stop) -> Problem:
    """The problem at `stop`; afterwards the draft reads on behind it."""
    return _Explainer(path, draft, stop).problem()


class _Explainer(Place):
    """What is wrong at a stop."""

    def problem(self) -> Problem:
        stop = self.stop
        if stop.body is not None:
            return self._bad_body(stop.body.problem)
        if stop.end and not stop.statement:
            swallowed = self._swallowed()
            if swallowed and stop.suspect is None:
                return self._close(swallowed[0], swallowed[1].line)
            return self._unclosed(len(self.draft.lines))
        if self._left_the_shell():
            return self._after_shell()
        if self.rest.startswith('"') and self.found == '"':
            return self._unclosed_string()
        if self.found == "else":
            return self._else()
        return self._inside_statement() if stop.statement else self._at_start()

    # Shell bodies.

    def _bad_body(self, problem: Problem) -> Problem:
        draft = self.draft
        if "carriage return" in problem.message:
            draft.lines = [line.replace("\r", "") for line in draft.lines]
            return problem
        outer = len(draft.indent(self.start))
        after = draft.next_full(self.start + 1)
        ends = after == len(draft.lines) or len(draft.indent(after)) < outer
        draft.blank(self.start, self.start + 1 if ends else draft.after_shell(self.start + 1, outer))
        return problem

    def _left_the_shell(self) -> bool:
        """Whether the line stands where the shell body above it should go on."""
        previous, stop = self.stop.previous, self.stop
        if not previous or previous[-1].type not in ("LINE", "SCRIPT") or self.line[:1] == "}":
            return False
        if stop.statement and (stop.statement[0].line or 1) <= (previous[-1].end_line or 1):
            return False
        keyword = (previous[0].column or 1) - 1
        word = self.draft.word(self.start)
        known = word in EVERY_STATEMENT or word in DECLARATIONS or word == "else"
        indent = len(self.draft.indent(self.start))
        if indent > keyword:
            return True
        if known:
            return indent < keyword and bool(stop.statement)
        return not meant(word, self._legal())

    def _after_shell(self) -> Problem:
        body = self.stop.previous[-1]
        keyword = (self.stop.previous[0].column or 1) - 1
        indent = self.draft.indent(self.start)
        line = self.start + 1
        text = self.draft.lines[self.start]
        span = Span(self.path, line, len(indent) + 1, line, len(text.rstrip()) + 1)
        self.draft.blank(self.start, max(self.draft.after_shell(self.start + 1, keyword), self.start + 1))
        if body.type == "LINE":
            comment = body[1:].lstrip().startswith("#")
            return Problem(
                "the shell body above ends at the end of its line",
                span,
                "a statement",
                "what follows the colon is the body: put the comment on a line of its own"
                if comment
                else "a body of several lines starts on the line below the colon",
            )
        inner = next(indentation(part) for part in body.split("\n")[1:] if part.strip())
        if indent and not inner.startswith(indent):
            return Problem(
                "the indentation mixes tabs and spaces",
                Span(self.path, line, 1, line, len(indent) + 1),
                "the indentation of the first line of the body above",
                "use only spaces, or only tabs",
            )
        return Problem(
            "the shell body above ends before this line",
            span,
            "a statement, or shell indented like the first line of that body",
            f'{_SHELL_ENDS}; where it cannot be otherwise, start every line of the body with "|"',
        )

    # Braces.

    def _unclosed(self, before: int) -> Problem:
        """A block is open at the end of the file, or where line `before` declares something new."""
        draft, stop = self.draft, self.stop
        at_end = before >= len(draft.lines)
        outer = -1 if at_end else len(draft.indent(before))
        count = sum(len(draft.indent(block.line)) >= outer for block in stop.blocks)
        return self._close(stop.suspect or stop.blocks[-1], before, max(count, 1))

    def _close(self, blame: Open, before: int, count: int = 1) -> Problem:
        """The block `blame` lacks its brace; closes that many before line `before`."""
        draft = self.draft
        at_end = before >= len(draft.lines)
        line = 0 if at_end else draft.numbers[before] + 1
        draft.insert(len(draft.lines) - 1 if at_end else before, *["}"] * count)
        number, column = blame.brace.line or 1, blame.brace.column or 1
        name = label(blame)
        return Problem(
            f"the block of {name} is not closed",
            Span(self.path, number, column, number, column + 1),
            f'a "}}" before line {line}' if line else 'a "}" before the end of the file',
            f'add a line with "}}" where {name} ends',
        )

    def _swallowed(self) -> tuple[Open, Open] | None:
        """An open block and the first within it that is indented no more than it: the outer one was to end."""
        for outer, inner in pairwise(self.stop.blocks):
            if len(self.draft.indent(inner.line)) <= len(self.draft.indent(outer.line)):
                return outer, inner
        return None

    def _else(self) -> Problem:
        draft, stop = self.draft, self.stop
        closing = stop.previous[-1] if stop.previous else None
        if not stop.statement and closing == "}" and stop.closed is not None and stop.closed.kind == "when":
            draft.blank((closing.line or 1) - 1, closing.line or 1)
            draft.lines[stop.line] = "} else {"
            return self.make('"else" on a line of its own', 'the "}" of "when" before it', "write: } else {")
        if stop.statement and stop.suspect is not None and stop.blocks:
            return self._close(stop.suspect, stop.line)
        draft.blank(stop.line, draft.block_end(stop.line))
        if stop.statement:
            draft.lines[stop.line] = self.line[: stop.column]
        return self.make(
            '"else" without a "when"', such_as(self.kind), "only the block of a when can be followed by else"
        )

    # Strings.

    def _unclosed_string(self) -> Problem:
        self.skip_statement(digests=True)
        return self.make(
            "the string is not closed",
            'a " at its end, on the same line',
            r"a quote inside a string is written \"",
            len(self.rest.rstrip()),
        )

    # The first word of a line.

    def _legal(self) -> tuple[str, ...]:
        return STATEMENTS[self.kind] if self.kind else DECLARATIONS

    def _at_start(self) -> Problem:
        word = self.found
        if word == "}":
            self.draft.blank(self.stop.line, self.stop.line + 1)
            return self.make('a "}" without a "{"', such_as(self.kind), "every block before it is closed")
        if self.kind and word in DECLARATIONS and word != "style":
            return self._inner_declaration(word)
        if word in BELOW_SOURCE and word in self._legal():
            self.skip_statement()
            place = "a source or patch" if word == "origin" else "a source, patch or origin"
            return self.make(
                f'"{word}" does not follow {place}',
                such_as(self.kind),
                f"{USAGE[word]} stands on the line below {place}",
            )
        if not self.kind and word in EVERY_STATEMENT:
            return self._outside(word)
        return self._unknown(word)

    def _unknown(self, word: str) -> Problem:
        near = nearest(word, self._legal()) if WORD.fullmatch(word) else None
        hint = f'did you mean "{near}"?' if near else ""
        opens = self.line.rstrip().endswith("{")
        if opens and near in BLOCKS and not self.kind:
            self.draft.lines[self.stop.line] = f"{self.draft.indent(self.stop.line)}{near} _ {{"
        elif opens and word != "{":
            self.draft.blank(self.stop.line, self.draft.block_end(self.stop.line))
        else:
            self.skip_statement(digests=True)
        message = f'unknown word "{word}"' if WORD.fullmatch(word) else f"unexpected {shown(word)}"
        return self.make(message, such_as(self.kind), hint)

    def _inner_declaration(self, word: str) -> Problem:
        swallowed = self._swallowed()
        if swallowed:
            return self._close(swallowed[0], swallowed[1].line)
        outer = self.stop.blocks[-1]
        if len(self.draft.indent(self.stop.line)) <= len(self.draft.indent(outer.line)):
            return self._unclosed(self.stop.line)
        if word in ("book", "include", "option"):
            self.skip_statement()
        else:
            self.draft.blank(self.stop.line, self.draft.block_end(self.stop.line))
        return self._inside(word)

    def _inside(self, word: str) -> Problem:
        return self.make(
            f'"{word}" inside a {self.kind}',
            such_as(self.kind),
            f"declare it outside, after the }} of the {self.kind}",
        )

    def _outside(self, word: str) -> Problem:
        draft, at = self.draft, self.stop.line
        end = draft.statement_end(at)
        outer = len(draft.indent(at))
        while end < len(draft.lines):
            indent = len(draft.indent(end))
            if draft.declares(end) and (
                indent < outer or (indent == outer and draft.word(end) not in ("style", "when"))
            ):
                break
            end += 1
        draft.blank(at, end)
        homes = [f"a {kind}" for kind, words in STATEMENTS.items() if word in words]
        return self.make(
            f'"{word}" outside a block',
            such_as(self.kind),
            f"it stands between the {{ and }} of {listed(homes)}",
        )

    # Within a statement.

    def _inside_statement(self) -> Problem:
        stop = self.stop
        first, last = stop.statement[0], stop.statement[-1]
        if self.found == ":" and "LINE" in stop.expected:
            return self._empty_body()
        if first.type in ("PHASE", "HOOK", "_FIXUP"):
            return self._phase()
        if last.type == "LBRACE":
            return self._after_brace()
        if first == "style" and self.kind and self.opens():
            self.skip_header()
            self.stop = replace(stop, column=(first.column or 1) - 1)
            self.found = "style"
            return self._inside("style")
        if first.type == "RBRACE" and "_ELSE" in stop.expected and nearest(self.found, ["else"]):
            self.draft.lines[stop.line] = self.line[: stop.column] + "else {"
            return self.make(f'unexpected "{self.found}" after "}}"', self.expected(), 'did you mean "else"?')
        if first.type == "RBRACE" and "_NL" in stop.expected:
            self.draft.lines[stop.line] = self.line[: stop.column]
            self.draft.insert(stop.line + 1, self.rest)
            return self.make(f'unexpected {shown(self.found)} after "}}"', self.expected(), "start a new line")
        if "LBRACE" in stop.expected and not self.rest.strip(" \t\r").partition("#")[0]:
            return self._missing_brace()
        return self._general()

    def _general(self) -> Problem:
        stop = self.stop
        before = " ".join(str(token) for token in stop.statement[-2:])
        ends = self.found in ("", "#", "\\", "\r")
        message = f"the line ends after {shown(before)}" if ends else f"unexpected {shown(self.found)}"
        expected, hint = self.expected(), self._link() or self._quotes() or self.usage()
        self.skip_header() if self.opens() else self.skip_statement(digests=True)
        return self.make(message, expected, hint)

    def _link(self) -> str:
        """The keyword that was meant, by the word found or, where that is wrong after another, the one before."""
        words = links(self.stop.expected)
        before = self.stop.statement[-1]
        return meant(self.found, words) or (meant(before, words) if len(self.stop.statement) > 2 else "")

    def _quotes(self) -> str:
        if self.found.startswith('"') and "WORD" in self.stop.expected:
            return f"write it without quotes: {self.found[1:-1]}"
        if self.stop.expected == {"STRING"} and WORD.fullmatch(self.found):
            return f'write it in quotes: "{self.found}"'
        return ""

    def _phase(self) -> Problem:
        draft, expected = self.draft, self.expected()
        words = " ".join(str(token) for token in self.stop.statement)
        outer = len(draft.indent(self.start))
        draft.blank(self.start, draft.statement_end(self.start))
        if "PHASE" in self.stop.expected:
            known = WORD.fullmatch(self.found)
            message = f'unknown phase "{self.found}"' if known else f'no phase after "{words}"'
            usage = f"write: {USAGE[words]}"
            return self.make(message, listed(PHASE_WORDS), meant(self.found, PHASE_WORDS) or usage)
        after = draft.next_full(self.start + 1)
        if not self.rest.strip() and after < len(draft.lines) and len(draft.indent(after)) > outer:
            draft.blank(after, draft.after_shell(after, outer))
        return self.make(f'missing ":" after "{words}"', expected, f"write: {words}: {self.rest.strip() or 'shell'}")

    def _empty_body(self) -> Problem:
        words = " ".join(str(token) for token in self.stop.statement)
        self.draft.blank(self.start, self.stop.line + 1)
        return self.make(
            f'nothing follows "{words}:"',
            "the text on the same line, or below it, indented more",
            f"to leave the phase out, write: skip {words}" if words in PHASE_WORDS else "",
            1,
        )

    def _after_brace(self) -> Problem:
        draft, at = self.draft, self.stop.line
        head = self.line[: self.stop.column]
        closes = self.line.rstrip().endswith("}")
        draft.lines[at] = head + ("}" if closes else "")
        return self.make(
            f'unexpected {shown(self.found)} after "{{"',
            "the end of the line",
            "every statement has its own line",
        )

    def _missing_brace(self) -> Problem:
        draft, at = self.draft, self.stop.line
        after = draft.next_full(at + 1)
        message = f"the line ends after {shown(str(self.stop.statement[-1]))}"
        expected = self.expected()
        if after < len(draft.lines) and draft.lines[after].strip() == "{":
            draft.lines[at] = self.line[: self.stop.column].rstrip() + " {"
            draft.blank(after, after + 1)
            return self.make('the "{" stands on a line of its own', '"{" at the end of this line', self.usage(), 1)
        if after < len(draft.lines) and not draft.declares(after):
            draft.lines[at] = self.line[: self.stop.column].rstrip() + " {"
        else:
            draft.blank(at, at + 1)
        return self.make(message, expected, f"write: {USAGE.get(str(self.stop.statement[0]), '} else {')}", 1)
