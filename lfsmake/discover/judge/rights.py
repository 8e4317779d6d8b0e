"""Who may change what is run as root: the rights and owners of scripts, recipes and their folders. Reads no content."""

import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.model import Script
from lfsmake.model.errors import Span

WORLD_WRITABLE = Rule(
    "world-writable",
    "error",
    "a file that everybody may change, and that is run",
    "whoever has an account on the machine decides what the build does",
    "chmod o-w",
)
FOREIGN_OWNER = Rule(
    "foreign-owner",
    "warning",
    "a file of another user, run as root",
    "its owner can change it between the look and the run",
    "chown it to root, or run lfsmake as its owner",
)
NOT_EXECUTABLE = Rule(
    "not-executable",
    "note",
    "a script that cannot be run by its name",
    "who calls it as ./script gets: Permission denied",
    "chmod +x, or `lfsmake check --fix`",
)
RULES = (WORLD_WRITABLE, FOREIGN_OWNER, NOT_EXECUTABLE)


def findings(files: Iterable[str], subjects: dict[str, str], uid: int) -> Iterator[Finding]:
    """Of files that are run or read as recipes, and of the folders they lie in. `subjects`: file → subject."""
    folders: dict[str, None] = {}
    for file in dict.fromkeys(files):
        folders.setdefault(str(Path(file).parent))
        yield from _of(file, subjects.get(file, ""), uid)
    for folder in folders:
        yield from _of(folder, "", uid)


def _of(path: str, subject: str, uid: int) -> Iterator[Finding]:
    try:
        seen = os.stat(path)
    except OSError:
        return
    sticky = stat.S_ISDIR(seen.st_mode) and seen.st_mode & stat.S_ISVTX
    if seen.st_mode & stat.S_IWOTH and not sticky:
        yield _finding(WORLD_WRITABLE, "everybody may write here", path, subject)
    if uid == 0 and seen.st_uid != 0:
        yield _finding(FOREIGN_OWNER, f"user {seen.st_uid} owns what root runs", path, subject)


def scripts(found: Iterable[Script]) -> Iterator[Finding]:
    """Build scripts and drivers that begin with `#!` and cannot be run."""
    for script in found:
        if script.part or script.role not in ("build", "driver", "host", "download", "cleanup"):
            continue
        try:
            mode = os.stat(script.span.file).st_mode
            with open(script.span.file, "rb") as file:
                begins = file.read(2) == b"#!"
        except OSError:
            continue
        if begins and not mode & 0o111:
            yield _finding(NOT_EXECUTABLE, f"{script.path} is not executable", script.span.file, script.id)


def _finding(rule: Rule, message: str, path: str, subject: str) -> Finding:
    return Finding(rule.id, rule.severity, message, Span(path, 0, 0), subject, rule.why, rule.mend)
