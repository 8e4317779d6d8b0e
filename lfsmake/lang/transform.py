"""Builds the nodes while the parser runs, and has them checked. Knows one file at a time.

Each method is named after the rule of the grammar it is called for, with the rule's tokens and nodes.
"""

# mypy: disable-error-code="no-untyped-call"

import re
from collections.abc import Iterable

from lark import Token, Transformer, v_args
from msgspec.structs import replace

from lfsmake.lang import checks
from lfsmake.lang.body import dedent, indentation, unbar, without_trailing_blanks
from lfsmake.lang.nodes import (
    AliasNode,
    Amend,
    Block,
    Book,
    Condition,
    CostNode,
    DigestNode,
    Env,
    Fails,
    Field,
    FileNode,
    Include,
    Item,
    Limit,
    MeantNode,
    Name,
    Needs,
    OptionNode,
    OriginNode,
    PhaseNode,
    Provides,
    Quantity,
    ReadsNode,
    Requirement,
    Setting,
    Shell,
    Source,
    Statement,
    StrictNode,
    Text,
    ToolNode,
    UnpackNode,
    When,
    WhenItems,
)
from lfsmake.model.errors import Problem, Span

_ESCAPE = re.compile(r"\\(.)")
_ESCAPES = {'"': '"', "\\": "\\", "n": "\n", "t": "\t"}


class BadBodyError(Exception):
    """A shell body that cannot be read; what follows it in the file means nothing until it is put right."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.message)
        self.problem = problem


@v_args(inline=True)
class Builder(Transformer):  # type: ignore[type-arg]
    """Nodes of the file set by `begin`; `problems` gathers what is wrong with them."""

    def begin(self, path: str, text: str) -> None:
        """Start a file."""
        self.path = path
        self.text = text
        self.problems: list[Problem] = []
        self.undigested: list[Problem] = []

    # Leaves.

    def _span(self, token: Token) -> Span:
        return Span(self.path, token.line, token.column, token.end_line, token.end_column)  # type: ignore[arg-type]

    def _name(self, token: Token) -> Name:
        return Name(str(token), self._span(token))

    def _maybe(self, token: Token | None) -> Name | None:
        return None if token is None else self._name(token)

    def _names(self, tokens: Iterable[Token]) -> tuple[Name, ...]:
        return tuple([self._name(token) for token in tokens])

    def _string(self, token: Token) -> Text:
        text = token[1:-1]
        if "\\" in text:
            text = _ESCAPE.sub(lambda found: self._escape(token, found), text)
        return Text(text, self._span(token))

    def _maybe_string(self, token: Token | None) -> Text | None:
        return None if token is None else self._string(token)

    def _escape(self, token: Token, found: re.Match[str]) -> str:
        known = _ESCAPES.get(found.group(1))
        if known is None:
            column = (token.column or 0) + 1 + found.start()
            line = token.line or 0
            self.problems += checks.escape(found.group(), Span(self.path, line, column, line, column + 2))
        return known or found.group()

    # Shell bodies.

    def line(self, token: Token) -> Shell:
        text = token[1:].lstrip(" \t\r")
        column = (token.column or 0) + len(token) - len(text)
        self._refuse_return(text.split("\n"), token.line or 0)
        line = token.line or 0
        return Shell(text, True, Span(self.path, line, column, line, column + len(text.partition("\n")[0])))

    def script(self, token: Token) -> Shell:
        lines = without_trailing_blanks(token.split("\n"))
        start = 1
        while not lines[start].strip(" \t\r"):
            start += 1
        at = (token.line or 0) + start
        lines = lines[start:]
        indent = indentation(lines[0])
        self._require_deeper(token, indent, at, lines[0])
        self._refuse_return(lines, at)
        barred = lines[0].startswith("|", len(indent))
        span = Span(self.path, at, len(indent) + 1 + barred, at, len(lines[0]) + 1)
        if not barred:
            return Shell(dedent(indent, lines), False, span)
        self._require_bars(lines, indent, at)
        return Shell(unbar(lines), False, span)

    def _require_deeper(self, token: Token, indent: str, at: int, first: str) -> None:
        opening = self.text[self.text.rfind("\n", 0, token.start_pos or 0) + 1 : token.start_pos]
        outer = indentation(opening)
        if indent.startswith(outer) and len(indent) > len(outer):
            return
        keyword = opening[len(outer) :]
        span = Span(self.path, at, len(indent) + 1, at, len(first) + 1)
        if len(indent.expandtabs()) > len(outer.expandtabs()):
            raise BadBodyError(
                Problem(
                    "the indentation mixes tabs and spaces",
                    Span(self.path, at, 1, at, len(indent) + 1),
                    f'the indentation of the "{keyword}:" above it, and more',
                    "use only spaces, or only tabs",
                )
            )
        raise BadBodyError(
            Problem(
                f'"{keyword}:" has no shell body',
                span,
                f'a line indented more than "{keyword}:"',
                "a shell body ends at the first line indented less than its first line",
            )
        )

    def _refuse_return(self, lines: list[str], at: int) -> None:
        for number, text in enumerate(lines, at):
            column = text.find("\r") + 1
            if column:
                raise BadBodyError(
                    Problem(
                        "a carriage return in a shell body",
                        Span(self.path, number, column, number, column + 1),
                        "lines that end in a newline alone",
                        "bash would read it as part of the word before it; convert the file with dos2unix",
                    )
                )

    def _require_bars(self, lines: list[str], indent: str, at: int) -> None:
        for number, text in enumerate(lines, at):
            if not text.startswith("|", len(indent)) or not text.startswith(indent):
                column = len(indentation(text)) + 1
                raise BadBodyError(
                    Problem(
                        "a line without its bar in a body with a margin",
                        Span(self.path, number, column, number, max(len(text), column) + 1),
                        'a "|" below the one of the first line',
                        "where the first line of a body starts with a bar, every line does",
                    )
                )

    # Statements.

    def field(self, key: Token, value: Token) -> Field:
        return Field(self._name(key), self._string(value))

    def setting(self, key: Token, *values: Token) -> Setting:
        node = Setting(self._name(key), self._names(values))
        self.problems += checks.setting(node)
        return node

    def source(self, key: Token, url: Token, alias: Token | None, *rest: object) -> Source:
        return self._source(key, url, alias, None, rest)

    def patch(self, key: Token, url: Token, strip: Token | None, *rest: object) -> Source:
        return self._source(key, url, None, strip, rest)

    def _source(
        self, key: Token, url: Token, alias: Token | None, strip: Token | None, rest: tuple[object, ...]
    ) -> Source:
        text = self._string(url)
        digests = tuple([part for part in rest if isinstance(part, DigestNode)])
        origins = tuple([part for part in rest if isinstance(part, OriginNode)])
        node = Source(self._name(key), text, self._maybe(alias), self._maybe(strip), digests, _fixup(rest), origins)
        self.undigested += checks.undigested(node.key, text, digests)
        return node

    def origin(self, url: Token, *rest: object) -> OriginNode:
        text = self._string(url)
        digests = tuple([part for part in rest if isinstance(part, DigestNode)])
        return OriginNode(text, digests, _fixup(rest))

    def digest(self, algorithm: Token, value: Token | None = None) -> DigestNode:
        name = self._name(algorithm)
        if value is None:
            return DigestNode(name, "")
        self.problems += checks.digest(name.text, str(value), self._span(value))
        return DigestNode(name, value.lower())

    def fixup(self, body: Shell) -> Shell:
        return body

    def unpack(self, resource: Token, folder: Token) -> UnpackNode:
        return UnpackNode(self._name(resource), self._string(folder))

    def file_from(self, path: Token, template: Token, mode: Token | None) -> FileNode:
        return FileNode(self._name(path), self._string(template), self._maybe(mode), None)

    def file_text(self, path: Token, mode: Token | None, body: Shell) -> FileNode:
        return FileNode(self._name(path), None, self._maybe(mode), body)

    def needs(self, scope: Token, *requirements: Requirement) -> Needs:
        name = self._name(scope)
        self.problems += checks.scope(name)
        return Needs(name, requirements)

    def requirement(self, name: Token, operator: Token | None, version: Token | None) -> Requirement:
        return Requirement(self._name(name), str(operator or ""), self._maybe(version))

    def provides(self, name: Token, version: Token | None) -> Provides:
        return Provides(self._name(name), self._maybe(version))

    def env(self, name: Token, value: Token) -> Env:
        return Env(self._name(name), self._string(value))

    def cost(self, *quantities: Quantity) -> CostNode:
        return CostNode(quantities)

    def quantity(self, number: Token, unit: Token) -> Quantity:
        node = Quantity(self._name(number), self._name(unit))
        self.problems += checks.number(node.number)
        return node

    def limit(self, key: Token, number: Token, unit: Token | None) -> Limit:
        nothing = Name("", Span(self.path, number.end_line or 0, number.end_column or 0))
        node = Limit(self._name(key), Quantity(self._name(number), self._maybe(unit) or nothing))
        self.problems += checks.number(node.quantity.number)
        return node

    def fails(self, *texts: Token | None) -> Fails:
        *tests, reason = texts
        return Fails(tuple([self._string(test) for test in tests if test is not None]), self._maybe_string(reason))

    def meant(self, key: Token, what: Token, reason: Token) -> MeantNode:
        return MeantNode(self._name(key), self._name(what), self._string(reason))

    def reads(self, *texts: Token | None) -> ReadsNode:
        *paths, other = texts
        found = tuple([self._string(path) for path in paths if path is not None])
        node = ReadsNode(found, self._maybe_string(other))
        self.problems += checks.reads(node)
        return node

    def strict(self, key: Token) -> StrictNode:
        return StrictNode(self._name(key))

    def phase(self, hook: Token | None, phase: Token, body: Shell) -> PhaseNode:
        return PhaseNode(self._maybe(hook), self._name(phase), body)

    def tool(
        self,
        name: Token,
        operator: Token | None,
        version: Token | None,
        command: Token | None,
        package: Token | None,
    ) -> ToolNode:
        # not a `requirement` in the grammar: its parser state would be shared with `needs`, where run is a name
        requirement = self.requirement(name, operator, version)
        return ToolNode(requirement, self._maybe_string(command), self._maybe_string(package))

    def alias(self, name: Token, tool: Token) -> AliasNode:
        return AliasNode(self._name(name), self._name(tool))

    # Blocks and declarations.

    def choices(self, *names: Token) -> tuple[Name, ...]:
        return self._names(names)

    def condition(self, option: Token, choices: tuple[Name, ...]) -> Condition:
        return Condition(self._name(option), choices)

    def stmts(self, *statements: Statement) -> tuple[Statement, ...]:
        return statements

    def items(self, *items: Item) -> tuple[Item, ...]:
        return items

    def when(self, condition: Condition, then: tuple[Statement, ...], otherwise: tuple[Statement, ...] | None) -> When:
        return When(condition, then, otherwise or ())

    def when_items(self, condition: Condition, then: tuple[Item, ...], otherwise: tuple[Item, ...] | None) -> WhenItems:
        return WhenItems(condition, then, otherwise or ())

    def package(
        self,
        kind: Token,
        name: Token,
        version: Token | None,
        parent: Token | None,
        title: Token | None,
        body: tuple[Statement, ...],
    ) -> Block:
        return self._block(kind, name, version, parent, title, body)

    def resource(self, kind: Token, name: Token, version: Token | None, body: tuple[Statement, ...]) -> Block:
        return self._block(kind, name, version, None, None, body)

    def declared(
        self, kind: Token, name: Token, path: Token | None, title: Token | None, body: tuple[Statement, ...]
    ) -> Block:
        block = self._block(kind, name, None, None, title, body)
        return block if path is None else replace(block, path=self._string(path))

    def titled(self, kind: Token, name: Token, title: Token | None, body: tuple[Statement, ...]) -> Block:
        return self._block(kind, name, None, None, title, body)

    def style(self, kind: Token, name: Token, parent: Token | None, body: tuple[Statement, ...]) -> Block:
        return self._block(kind, name, None, parent, None, body)

    def _block(
        self,
        kind: Token,
        name: Token,
        version: Token | None,
        parent: Token | None,
        title: Token | None,
        body: tuple[Statement, ...],
    ) -> Block:
        return Block(
            self._name(kind),
            self._name(name),
            self._maybe(version),
            self._maybe(parent),
            self._maybe_string(title),
            body,
        )

    def amends(self, *parts: OriginNode | Statement) -> tuple[OriginNode | Statement, ...]:
        return parts

    def amended(self, kind: Token) -> Token:
        return kind

    def amend(self, key: Token, kind: Token, name: Token, parts: tuple[OriginNode | Statement, ...]) -> Amend:
        origins = tuple([part for part in parts if isinstance(part, OriginNode)])
        body = tuple([part for part in parts if not isinstance(part, OriginNode)])
        return Amend(self._name(key), self._name(kind), self._name(name), origins, body)

    def book(self, version: Token) -> Book:
        return Book(self._string(version))

    def include(self, path: Token) -> Include:
        return Include(self._string(path))

    def option(self, name: Token, choices: tuple[Name, ...]) -> OptionNode:
        return OptionNode(self._name(name), choices)

    def start(self, *items: Item) -> tuple[Item, ...]:
        return items


def _fixup(parts: tuple[object, ...]) -> Shell | None:
    return next((part for part in parts if isinstance(part, Shell)), None)
