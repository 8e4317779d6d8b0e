"""Failures that the shell keeps to itself: chains of `&&` that go on, tests that are none. Knows no other rule."""

import re
from collections.abc import Iterator

from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.piece import Piece, other_text, status_readers, values
from lfsmake.discover.shell.nodes import Command
from lfsmake.engine.chains import chains
from lfsmake.model.errors import Span

CHAIN = Rule(
    "chain-hides-failure",
    "warning",
    "a chain of && whose failure ends nothing",
    "even under set -e the shell goes on behind a chain that broke off: the script says that all is well",
    "write one command a line, or end the chain with: || exit 1",
    "set -e\ntar -xf a.tar.xz && cd a && ./configure && make && make install\necho done",
    "set -e\ntar -xf a.tar.xz\ncd a\n./configure\nmake\nmake install\necho done",
)
BROKEN_TEST = Rule(
    "broken-test",
    "error",
    "a test that cannot work, for want of a blank",
    "it always fails, which the shell takes for no: what it guards never happens",
    "put a blank on both sides of [ and ]",
    "make\nif [ $? -ne 0]; then exit 1; fi",
    "make\nif [ $? -ne 0 ]; then exit 1; fi",
)
RULES = (CHAIN, BROKEN_TEST)

_BUILDING = frozenset(
    ("make", "gmake", "ninja", "meson", "cmake", "cargo", "tar", "bsdtar", "unzip", "patch", "autoreconf", "waf")
)
_ASIDE = re.compile(r"(?:install)?check|tests?|check-.*|.*-check|test-.*|.*_test|(?:dist)?clean|mrproper")
_BEFORE = r"(?:^|[;&|!]|(?:^|[\s;])(?:if|elif|while|until|then|do|else)\s)\s*"  # where a command begins
_OPENED = re.compile(
    _BEFORE + r"(?P<at>\[\[?)(?:-[a-zA-Z]\s+\S|[$\"'\w][^\s\[\]]*\s+(?:-(?:eq|ne|gt|ge|lt|le|nt|ot|ef)|==?|!=|=~)\s)"
)
_CLOSED = re.compile(_BEFORE + r"\[\[?\s[^\[\]#;&|]*[^\s\[\]](?P<at>\]\]?)(?=\s*(?:$|[;&|]))")


def findings(piece: Piece) -> Iterator[Finding]:
    """All findings of these rules."""
    yield from _chains(piece)
    yield from _tests(piece)


def _chains(piece: Piece) -> Iterator[Finding]:
    """A chain once, at its first command that builds and is not its last."""
    weak = [command for command in piece.shell.commands if command.tested and _builds(command)]
    if not weak:
        return
    last_of = {command.span.end_line: at for at, command in enumerate(piece.shell.commands)}
    asked = status_readers(piece.shell)
    for first, last in chains(piece.shell.text.encode()):
        members = [each for each in weak if first <= each.span.line and each.span.end_line <= last]
        if not members or members[0].fallback or (last in last_of and asked(last_of[last])):
            continue
        names = list(dict.fromkeys(each.name for each in members))
        said = " or ".join((", ".join(names[:-1]), names[-1])) if names[1:] else names[0]
        message = f"where {said} fails, the chain breaks off, and what follows it runs all the same"
        yield piece.finding(CHAIN, message, members[0].span)


def _builds(command: Command) -> bool:
    if command.name in ("make", "gmake", "ninja") and any(_ASIDE.fullmatch(word) for word in values(command)):
        return False
    if any(word in ("--version", "--help", "-V") for word in values(command)):
        return False
    return command.name in _BUILDING or command.name.lower().startswith("configure")


def _tests(piece: Piece) -> Iterator[Finding]:
    foreign = other_text(piece)
    comments = dict(piece.shell.comments)
    for number, line in enumerate(piece.shell.text.split("\n"), 1):
        if number in foreign or len(line) > 4096 or "[" not in line:
            continue
        if number in comments:
            line = line[: max(0, line.rfind("#" + comments[number]))]
        opened, closed = _OPENED.search(line), _CLOSED.search(line)
        if opened is not None:
            name = line[opened.start("at") :].split()[0]
            message = f'there is no command "{name}": a blank is missing behind {opened["at"]}'
            yield piece.finding(BROKEN_TEST, message, _at(piece, number, opened.start("at"), len(name)))
        elif closed is not None:
            place = _at(piece, number, closed.start("at"), len(closed["at"]))
            yield piece.finding(BROKEN_TEST, f"a blank is missing before {closed['at']}", place)


def _at(piece: Piece, line: int, column: int, length: int) -> Span:
    return Span(piece.shell.path, line, column + 1, line, column + 1 + length)
