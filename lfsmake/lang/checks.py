"""What is wrong with a statement whatever the rest of the recipes says, and the grammar cannot see.

Each check takes what the parser has and gives the problems it finds. Knows one statement at a time; what
depends on options, styles or rendered strings is for resolution.
"""

import re

from lfsmake.lang.nodes import DigestNode, Name, ReadsNode, Setting, Text
from lfsmake.lang.words import HEX_DIGITS, PHASE_WORDS, SCOPES, USAGE, listed, meant
from lfsmake.model.errors import Problem, Span

_NOT_HEX = re.compile(r"[^0-9a-fA-F]")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_GLUED = re.compile(r"([0-9]+(?:\.[0-9]+)?)([A-Za-z]+)")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):")
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
                "write: style NAME" if word == "style" else f"write: {USAGE[word]}",
            )
        ]
    if word in ("skip", "order"):
        return [problem for value in node.values for problem in _one_of(value, PHASE_WORDS, "phase")]
    return []


def _one_of(name: Name, known: tuple[str, ...], what: str) -> list[Problem]:
    if name.text in known:
        return []
    return [Problem(f'unknown {what} "{name.text}"', name.span, listed(known), meant(name.text, known))]


def undigested(key: Name, url: Text, digests: tuple[DigestNode, ...]) -> list[Problem]:
    """A download without a digest; whether it is one depends on what the lines below it turn out to be."""
    scheme = _SCHEME.match(url.text)
    if digests or scheme is None or scheme.group() == "file:":
        return []
    return [
        Problem(
            f"a {key.text} without a digest",
            url.span,
            "sha256, sha512, blake2b or md5 on the next line",
            "a download is used only if its digest is known beforehand: add sha256 and the 64 hex digits",
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


def scope(name: Name) -> list[Problem]:
    """The word after `needs`."""
    if name.text in SCOPES:
        return []
    hint = meant(name.text, SCOPES) or f"write: needs build {name.text}"
    return [Problem(f'unknown kind of need "{name.text}"', name.span, listed(SCOPES), hint)]


def reads(node: ReadsNode) -> list[Problem]:
    """One path alone can be had from another file."""
    if node.other is None or len(node.paths) == 1:
        return []
    return [
        Problem(
            f'{len(node.paths)} files cannot be "{node.other.text}"',
            node.paths[1].span,
            "one path before from",
            'write a line for each: reads "path" from "other"',
        )
    ]


def number(name: Name) -> list[Problem]:
    """A decimal number in front of a unit."""
    if _NUMBER.fullmatch(name.text):
        return []
    glued = _GLUED.fullmatch(name.text)
    hint = f"write: {glued.group(1)} {glued.group(2)}" if glued else "write the number, then its unit"
    return [Problem(f'"{name.text}" is not a number', name.span, "a number such as 2 or 0.1", hint)]
