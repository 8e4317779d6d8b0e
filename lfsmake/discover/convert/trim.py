"""Texts of statements, put right for a recipe: comments above them, options that lfsmake sets. Knows no build."""

import re
from collections.abc import Sequence

from lfsmake.discover.convert.statements import Statement
from lfsmake.discover.shell.nodes import Command


def close(comments: Sequence[Statement], one: Statement) -> tuple[str, ...]:
    """The comments right above a statement."""
    near: list[str] = []
    line = one.first
    for comment in reversed(comments):
        if comment.last not in (line - 1, line) or comment.text.startswith(("#!", "# shellcheck")):
            break
        near.append(comment.text)
        line = comment.first
    return tuple(reversed(near))


def without_jobs(text: str, commands: Sequence[Command]) -> str:
    """`make -j4` as `make`: how many jobs there are is lfsmake's to say."""
    if not any(command.name in ("make", "ninja") for command in commands):
        return text
    return re.sub(
        r"(?<=[ \t])-j *(?:\"\$\(nproc\)\"|\$\(nproc\)|`nproc`|\d+|\"?\$\{?[A-Za-z_]\w*\}?\"?)(?: +|(?=[\s;&|)]|$))",
        "",
        text,
    ).rstrip(" ")


def unquoted(text: str) -> str:
    """A text without what stands in single quotes."""
    return re.sub(r"'[^']*'", "", text)


def short(text: str) -> str:
    """A text as one line of at most 60 characters."""
    line = " ".join(text.split())
    return line if len(line) <= 60 else f"{line[:57]}…"


def relative(where: str, base: str) -> str:
    """The way from one folder to another, both below the same."""
    parts, start = [part for part in where.split("/") if part], [part for part in base.split("/") if part]
    while parts and start and parts[0] == start[0]:
        del parts[0], start[0]
    return "/".join([*([".."] * len(start)), *parts]) or "."
