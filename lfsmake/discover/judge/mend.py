"""Applies the safe mends of findings to files: each file whole or not at all. Decides nothing about what is safe."""

import contextlib
import difflib
import os
from collections.abc import Iterable
from pathlib import Path

from msgspec import Struct

from lfsmake.discover.judge.findings import Edit, Finding
from lfsmake.store import disk


class Mended(Struct, frozen=True):
    """A file as it was and as it is to be. `mode`: the rights it is to have, None to leave them; `refused`: why it
    cannot be written, "" if it can."""

    path: str
    before: str
    after: str
    findings: tuple[Finding, ...]
    mode: int | None = None
    refused: str = ""

    def diff(self, name: str) -> str:
        """The change as a unified diff; `name` is how the file is called in it."""
        lines = difflib.unified_diff(
            self.before.splitlines(keepends=True), self.after.splitlines(keepends=True), name, name
        )
        text = "".join(line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines)
        return text + (f"mode of {name}: {self.mode:04o}\n" if self.mode is not None else "")


def mended(findings: Iterable[Finding]) -> tuple[Mended, ...]:
    """What the files would be with all mends, in the order of their paths. Edits that overlap: the first one counts,
    the other is found again by the next look."""
    by_file: dict[str, list[Finding]] = {}
    for finding in findings:
        if finding.span is not None and (finding.edits or finding.rule == "not-executable"):
            real = os.path.realpath(finding.span.file)  # what a link leads to is mended, the link stays
            by_file.setdefault(real, []).append(finding)
    return tuple(_of_file(path, found) for path, found in sorted(by_file.items()))


def _of_file(path: str, findings: list[Finding]) -> Mended:
    try:
        data = Path(path).read_bytes()
        before = data.decode()
        mode = os.stat(path).st_mode & 0o7777
    except (OSError, UnicodeDecodeError) as error:
        return Mended(path, "", "", tuple(findings), None, getattr(error, "strerror", None) or "it is no UTF-8")
    lines = before.split("\n")
    taken: list[tuple[int, int, str]] = []
    done = []
    for finding in findings:
        if not _still_there(lines, finding):
            continue
        places = [_place(lines, edit) for edit in finding.edits]
        if any(first < end and start < last for start, end, _ in places for first, last, _ in taken):
            continue
        taken += [place for place in places if place not in taken]
        done.append(finding)
    after = before
    for start, end, text in sorted(taken, reverse=True):
        after = after[:start] + text + after[end:]
    runs = any(finding.rule == "not-executable" for finding in done)
    wanted = mode | ((mode & 0o444) >> 2) if runs else mode
    return Mended(path, before, after, tuple(done), wanted if wanted != mode else None, _refused(path))


def _still_there(lines: list[str], finding: Finding) -> bool:
    """Whether the line of the finding is as it was when it was judged: else its edits are of another text."""
    span = finding.span
    if span is None or not finding.source:
        return True
    return span.line <= len(lines) and lines[span.line - 1].rstrip().endswith(finding.source.strip())


def _refused(path: str) -> str:
    if not os.access(path, os.W_OK):
        return "it is not writable"
    return "" if os.access(os.path.dirname(path), os.W_OK) else "its folder is not writable"


def _place(lines: list[str], edit: Edit) -> tuple[int, int, str]:
    def offset(line: int, column: int) -> int:
        return sum(len(each) + 1 for each in lines[: line - 1]) + column - 1

    span = edit.span
    return offset(span.line, span.column), offset(span.end_line or span.line, span.end_column or span.column), edit.text


def write(change: Mended) -> None:
    """Put the file there, for the owner it had. Raises OSError."""
    path = Path(change.path)
    if change.after != change.before:
        seen = path.stat()
        disk.write_whole(path, change.after.encode())
        if (seen.st_uid, seen.st_gid) != (os.geteuid(), os.getegid()):
            with contextlib.suppress(PermissionError):
                os.chown(path, seen.st_uid, seen.st_gid)
        path.chmod(seen.st_mode & 0o7777)
    if change.mode is not None:
        path.chmod(change.mode)
