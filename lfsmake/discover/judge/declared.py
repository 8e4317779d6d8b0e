"""What steps declare besides their shell, and what their shell makes of it: environment, user."""

import contextlib
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.piece import Piece
from lfsmake.discover.judge.rules.danger import SECRET, secret
from lfsmake.discover.judge.rules.flow import ROOT_LFS
from lfsmake.discover.shell.nodes import Command
from lfsmake.model.errors import Span
from lfsmake.model.step import Step

WRONG_USER = Rule(
    "wrong-user",
    "warning",
    "a step that runs as another user than its commands want",
    "they look who runs them, and stop",
    'declare the user that they want: user "lfs" or user "root"',
)
RULES = (WRONG_USER,)

_NAMED = re.compile(r"\$\(whoami\)|`whoami`|\$\(id -un\)|\$\{?(?:USER|LOGNAME)\b")
_NUMBERED = re.compile(r"\$\{?E?UID\b|\$\(id -u\)|`id -u`")
_ENDS = frozenset(("exit", "return", "die", "fatal", "error", "abort"))


def findings(steps: Iterable[Step], pieces: Iterable[Piece]) -> Iterator[Finding]:
    """All findings of these rules. `pieces`: the shell of the steps."""
    users = {}
    for step in steps:
        users[step.name] = step.user
        yield from environment(step)
    for piece in pieces:
        if piece.subject in users:
            yield from _users(piece, users[piece.subject])


def environment(step: Step) -> Iterator[Finding]:
    """What a step gives its commands, and should not."""
    for name, value in step.env:
        if secret(name, value):
            message = f"{name} is given in the open to {step.name}"
            place = _place(step, name)
            yield Finding(SECRET.id, SECRET.severity, message, place, step.name, SECRET.why, SECRET.mend)
        if name == "LFS" and (not value.strip("/") or not value.startswith("/")):
            message, place = f'LFS is "{value}"', _place(step, name)
            yield Finding(ROOT_LFS.id, ROOT_LFS.severity, message, place, step.name, ROOT_LFS.why, ROOT_LFS.mend)


def _place(step: Step, name: str) -> Span:
    """Where the step gives the variable; the step's own place where a style does."""
    with contextlib.suppress(OSError, UnicodeDecodeError):
        lines = Path(step.span.file).read_text(encoding="utf-8").splitlines()
        for number, line in enumerate(lines[step.span.line :], step.span.line + 1):
            match = re.match(rf"\s+env\s+({re.escape(name)})\b", line)
            if match:
                return Span(step.span.file, number, match.start(1) + 1, number, match.end(1) + 1)
            if line.startswith("}"):
                break
    return step.span


def _users(piece: Piece, user: str) -> Iterator[Finding]:
    commands = piece.shell.commands
    for at, command in enumerate(commands):
        wanted = _wanted(command, commands[at + 1 : at + 4])
        if wanted and (wanted == "root") != (user == "root"):
            message = f"its commands want user {wanted}, and the step runs as {user}"
            yield piece.finding(WRONG_USER, message, command.span)
            return


def _wanted(command: Command, following: Sequence[Command]) -> str:
    """The user without whom the next commands end the script: a name, "root", "" where that cannot be told."""
    if command.name not in ("[", "[[", "test") or not command.tested:
        return ""
    texts = [word.text.strip("\"'") for word in command.words[1:]]
    texts = [text for text in texts if text not in ("]", "]]")]
    ends = any(each.name in _ENDS for each in following)
    if len(texts) != 3 or not (ends or command.fallback in _ENDS):
        return ""
    left, sign, right = texts
    if (sign in ("!=", "-ne")) == (command.fallback in _ENDS):  # it ends for that user, or goes on for the others
        return ""
    if _NAMED.match(left) and re.fullmatch(r"[a-z_][\w-]*", right):
        return right
    return "root" if _NUMBERED.match(left) and right == "0" else ""
