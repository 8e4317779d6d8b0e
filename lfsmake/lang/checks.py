"""What the grammar alone cannot see in a statement: values out of a closed set, digests, numbers, places.

Each check takes what the parser has and gives the problems it finds. Knows one statement or block at a time.
"""

import re
from collections.abc import Iterator

from lfsmake.lang.nodes import (
    AliasNode,
    CostNode,
    DigestNode,
    Env,
    Field,
    FileNode,
    Limit,
    Name,
    Needs,
    PhaseNode,
    Provides,
    Setting,
    Source,
    Statement,
    Text,
    ToolNode,
    UnpackNode,
    When,
)
from lfsmake.lang.words import CONTEXTS, HEX_DIGITS, PHASE_WORDS, SCOPES, STATEMENTS, USAGE, listed, meant
from lfsmake.model.errors import Problem, Span

_NOT_HEX = re.compile(r"[^0-9a-fA-F]")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_GLUED = re.compile(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]+)")
_MODE = re.compile(r"[0-7]{3,4}")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_ONE_WORD = frozenset({"context", "style", "tests", "retry", "kernel"})


def escape(text: str, span: Span) -> list[Problem]:
    """An escape in a string that means nothing."""
    return [
        Problem(
            f"unknown escape {text} in a string",
            span,
            r"one of \" \\ \n \t",
            r"a backslash itself is written \\",
        )
    ]


def setting(node: Setting) -> list[Problem]:
    """How many words a setting takes, and which."""
    word = node.key.text
    first = node.values[0]
    if word in _ONE_WORD and len(node.values) > 1:
        extra = node.values[1]
        return [
            Problem(
                f'unexpected "{extra.text}" after "{word} {first.text}"',
                extra.span,
                "the end of the line",
                f"write: {USAGE[word]}",
            )
        ]
    if word == "context":
        return _one_of(first, CONTEXTS, "context")
    if word == "tests":
        return _one_of(first, ("critical",), "kind of tests")
    if word == "retry" and not first.text.isdecimal():
        return [Problem(f'"{first.text}" is not a number', first.span, "a whole number", "write: retry 2")]
    if word in ("skip", "order"):
        return [problem for value in node.values for problem in _one_of(value, PHASE_WORDS, "phase")]
    return []


def _one_of(name: Name, known: tuple[str, ...], what: str) -> list[Problem]:
    if name.text in known:
        return []
    return [Problem(f'unknown {what} "{name.text}"', name.span, listed(known), meant(name.text, known))]


def source(node: Source) -> list[Problem]:
    """The strip of a patch, and what `signed` stands below."""
    problems = signed(node.url, node.digests)
    strip = node.strip
    if strip is not None and not strip.text.isdecimal():
        usage = f"write: {USAGE['patch']}"
        problems.append(Problem(f'"{strip.text}" is not a number', strip.span, "a whole number", usage))
    return problems


def signed(url: Text, digests: tuple[DigestNode, ...]) -> list[Problem]:
    """Only a debian: address has a signed index."""
    scheme = _SCHEME.match(url.text)
    if scheme is None or scheme.group() == "debian:":
        return []
    return [
        Problem(
            f'"signed" below an address that starts with "{scheme.group()}"',
            digest.algorithm.span,
            "sha256, sha512, blake2b or md5",
            "only debian: has a signed index that gives the digest",
        )
        for digest in digests
        if digest.algorithm.text == "signed"
    ]


def undigested(what: str, url: Text, digests: tuple[DigestNode, ...]) -> list[Problem]:
    """A download without a digest; whether it is one depends on what the lines below it turn out to be."""
    scheme = _SCHEME.match(url.text)
    if digests or scheme is None or scheme.group() == "file:":
        return []
    return [
        Problem(
            f'{what} "{url.text}" has no digest',
            url.span,
            "sha256, sha512, blake2b or md5 on the next line",
            "a download is used only if its digest is known: add sha256 and the 64 hex digits",
        )
    ]


def digest(algorithm: str, value: str, span: Span) -> list[Problem]:
    """The digits of a digest: hex, and as many as the algorithm gives."""
    length = HEX_DIGITS[algorithm]
    wrong = _NOT_HEX.search(value)
    again = f"copy the {algorithm} of the file again"
    if wrong:
        column = span.column + wrong.start()
        place = Span(span.file, span.line, column, span.line, column + 1)
        return [Problem(f'"{wrong.group()}" is not a hex digit', place, f"{length} of 0-9 and a-f", again)]
    if len(value) == length:
        return []
    others = [other for other, size in HEX_DIGITS.items() if size == len(value)]
    return [
        Problem(
            f"{algorithm} has {length} hex digits, this has {len(value)}",
            span,
            f"{length} hex digits",
            f"{listed(others)} has {len(value)}" if others else again,
        )
    ]


def file(node: FileNode) -> list[Problem]:
    """The path and the mode of a file."""
    problems = []
    path, mode = node.path, node.mode
    if not path.text.startswith("/"):
        problems.append(
            Problem(
                f'"{path.text}" is not an absolute path',
                path.span,
                "a path that starts with /",
                f"write: file /{path.text}",
            )
        )
    if mode is not None and not _MODE.fullmatch(mode.text):
        hint = "write: mode 0644"
        problems.append(Problem(f'"{mode.text}" is not a mode', mode.span, "3 or 4 octal digits", hint))
    return problems


def scope(name: Name) -> list[Problem]:
    """The word after `needs`."""
    if name.text in SCOPES:
        return []
    hint = meant(name.text, SCOPES) or f"write: needs build {name.text}"
    return [Problem(f'unknown kind of need "{name.text}"', name.span, listed(SCOPES), hint)]


def variable(name: Name) -> list[Problem]:
    """The name of an environment variable."""
    if _VARIABLE.fullmatch(name.text):
        return []
    usage = f"write: {USAGE['env']}"
    return [Problem(f'"{name.text}" cannot name a variable', name.span, "letters, digits and _", usage)]


def number(name: Name) -> list[Problem]:
    """A decimal number in front of a unit."""
    if _NUMBER.fullmatch(name.text):
        return []
    glued = _GLUED.fullmatch(name.text)
    hint = f"write: {glued.group(1)} {glued.group(2)}" if glued else "write the number, then its unit"
    return [Problem(f'"{name.text}" is not a number', name.span, "a number such as 2 or 0.1", hint)]


def places(kind: str, body: tuple[Statement, ...]) -> list[Problem]:
    """The statements of a block, also those inside `when`, that have no meaning in a block of this kind."""
    allowed = STATEMENTS[kind]
    return [
        Problem(
            f'"{word}" cannot stand in a {kind}',
            span,
            f"a statement of a {kind}: {listed(allowed)}",
            f"it can stand in {listed([f'a {other}' for other in STATEMENTS if word in STATEMENTS[other]])}",
        )
        for word, span in _keywords(body)
        if word not in allowed
    ]


def _keywords(body: tuple[Statement, ...]) -> Iterator[tuple[str, Span]]:
    for statement in body:
        if isinstance(statement, When):
            yield from _keywords(statement.then)
            yield from _keywords(statement.otherwise)
        else:
            yield _keyword(statement)


def _keyword(statement: Statement) -> tuple[str, Span]:
    """The word a statement opens with, and the first place in it that is known."""
    match statement:
        case Field() | Setting() | Source() | Limit():
            return statement.key.text, statement.key.span
        case PhaseNode():
            return statement.phase.text, statement.phase.span
        case UnpackNode():
            return "unpack", statement.resource.span
        case FileNode():
            return "file", statement.path.span
        case Needs():
            return "needs", statement.scope.span
        case Provides():
            return "provides", statement.name.span
        case Env():
            return "env", statement.name.span
        case CostNode():
            return "cost", statement.quantities[0].number.span
        case ToolNode():
            return "tool", statement.requirement.name.span
        case AliasNode():
            return "alias", statement.name.span
        case When():
            return "when", statement.condition.option.span
