"""A piece of shell to be judged: a script, or a body of a recipe, and what is known of how it runs. Judges nothing."""

import contextlib
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Literal

from msgspec import Struct

from lfsmake.discover.judge.findings import Edit, Finding, Rule, Severity
from lfsmake.discover.model import Fact, Script
from lfsmake.discover.shell.nodes import Assignment, Command, Shell
from lfsmake.discover.shell.parse import read_shell
from lfsmake.model.errors import Span
from lfsmake.model.step import ScriptFile, Step

_FACTS = ("name", "version")
# What packagers give the files they read, and these run under set -e.
_PACKAGED = frozenset(
    ("PKG", "SRC", "DESTDIR", "pkgdir", "srcdir", "startdir", "subpkgdir", "builddir", "name", "version", "release")
)


class Piece(Struct, frozen=True, kw_only=True):
    """`known`: variables that are there and not empty. `line`, `column`: added to places in the shell's text to get
    those in the file. `own`: names and versions of the step's own sources, for what is hard-coded."""

    subject: str
    kind: Literal["body", "script"]
    shell: Shell
    context: str  # host, lfs, chroot, root, target, or "" where it is not known
    role: str = "build"  # as of discover.model.Role
    phase: str = ""
    errexit: bool = False  # a command that fails ends it
    pipefail: bool = False
    nounset: bool = False  # a variable that is not set ends it
    known: frozenset[str] = frozenset()
    own: tuple[tuple[str, str], ...] = ()
    before: tuple[Command, ...] = ()  # what the step's bodies before this one do
    line: int = 0
    column: int = 0

    def place(self, span: Span) -> Span:
        """A place in the shell's text as one in the file."""
        return Span(
            span.file,
            span.line + self.line,
            span.column + self.column,
            (span.end_line or span.line) + self.line,
            span.end_column + self.column if span.end_column else 0,
        )

    def source(self, span: Span) -> str:
        """The line of the file at a place of the shell's text; what stands left of a body is blank."""
        lines = self.shell.text.split("\n")
        return " " * self.column + lines[span.line - 1] if 0 < span.line <= len(lines) else ""

    def finding(
        self,
        rule: Rule,
        message: str,
        span: Span,
        *,
        edits: tuple[Edit, ...] = (),
        severity: Severity | None = None,
    ) -> Finding:
        """A finding of `rule` at `span`, a place in the shell's text, as are those of `edits`."""
        moved = tuple(Edit(self.place(edit.span), edit.text) for edit in edits)
        return Finding(
            rule.id, severity or rule.severity, message, self.place(span), self.subject, rule.why, rule.mend, moved,
            self.source(span),
        )  # fmt: skip


def of_step(step: Step) -> Iterator[Piece]:
    """The bodies of a step, in the order they run."""
    exported = frozenset(name for name, value in step.env if value)
    known = exported | {name for name, value in step.facts if value} | {*_FACTS, "LFS"}
    resources = [step.source, *step.extras, *(unpack.resource for unpack in step.unpacks)]
    own = tuple((each.name, each.version) for each in resources if each is not None and each.version)
    if step.script is not None:
        shell = read_shell(step.script.file, step.script.text)
        yield Piece(
            subject=step.name,
            kind="script",
            shell=shell,
            context=step.context,
            phase="install",
            errexit=step.script.strict or sets(shell, "e", "errexit"),
            pipefail=sets(shell, "", "pipefail"),
            nounset=sets(shell, "u", "nounset"),
            known=exported | {"LFS"} | _read_in(shell, step.script),
            own=own,
        )
        return
    before: tuple[Command, ...] = ()
    for phase in step.phases:
        for body in phase.bodies:
            shell = read_shell(body.span.file, body.text)
            yield Piece(
                subject=step.name,
                kind="body",
                shell=shell,
                context=step.context,
                phase=phase.name,
                errexit=True,
                pipefail=True,
                nounset=sets(shell, "u", "nounset"),
                known=known,
                own=own,
                before=before,
                line=body.span.line - 1,
                column=max(0, body.span.column - 1),
            )
            before += shell.commands


def _read_in(shell: Shell, script: ScriptFile) -> frozenset[str]:
    """The variables that the files fill which a script sources, as far as its recipe says where they are."""
    names = {word.text.strip("\"'").rpartition("/")[2] for word in shell.sourced}
    found: frozenset[str] = frozenset()
    for read in script.reads:
        if Path(read.path).name in names:
            with contextlib.suppress(OSError):
                found |= filled(read_shell(read.file, Path(read.file).read_bytes()))
    return found


def of_script(script: Script, shell: Shell | None = None) -> Piece:
    """A script of a tree, whole; one that is a part of a file is judged with the file."""
    if shell is None:
        shell = read_shell(script.span.file, Path(script.span.file).read_bytes())
    name = script.name.value if script.name else ""
    packaged = for_packager(script)
    return Piece(
        subject=script.id,
        kind="script",
        shell=shell,
        context=script.context.value if script.context else "",
        role=script.role,
        errexit=packaged or sets(shell, "e", "errexit"),
        pipefail=sets(shell, "", "pipefail"),
        nounset=sets(shell, "u", "nounset"),
        known=_PACKAGED if packaged else frozenset(),
        own=((name, script.version.value),) if name and script.version and _surely(script.version) else (),
    )


def _surely(version: Fact) -> bool:
    """Whether a version is what is built: a heading, or a comment, is the first to stay behind."""
    return version.sure == "sure" or (version.sure == "likely" and not version.source.startswith("the text"))


def for_packager(script: Script) -> bool:
    """Whether a program reads the file and runs its functions, as it does with a Pkgfile or a PKGBUILD."""
    return re.fullmatch(r"a (?!file |folder ).+ a package", script.convention) is not None


def filled(shell: Shell) -> frozenset[str]:
    """The variables that a script surely gives a text, outside of functions."""
    return frozenset(given.name for given in shell.assignments if not given.function and has_text(given))


def has_text(given: Assignment) -> bool:
    """Whether the variable is surely not empty afterwards."""
    if given.value is None or given.conditional:
        return False
    rest = re.sub(r"\$\{\w+[^}]*\}|\$\w+|[\"']", "", given.value.text)
    return bool(rest) or bool(given.value.commands) or bool(re.search(r":-[^}]", given.value.text))


def sets(shell: Shell, letter: str, word: str) -> bool:
    """Whether the script switches an option of the shell on: in its first line, or with `set`."""
    first = shell.text.split("\n", 1)[0]
    if letter and first.startswith("#!") and any(_letter(part, letter) for part in first.split()[1:]):
        return True
    for command in shell.commands:
        if command.name != "set" or command.function or command.subshell:
            continue
        values = [part.value or "" for part in command.words[1:]]
        if letter and any(_letter(value, letter) for value in values):
            return True
        if any(value.startswith("-") and value.endswith("o") for value in values) and word in values:
            return True
    return False


def _letter(option: str, letter: str) -> bool:
    return option.startswith("-") and not option.startswith("--") and letter in option[1:]


def values(command: Command) -> list[str]:
    """The words behind a command's name, as far as they can be told, else as written."""
    return [word.text if word.value is None else word.value for word in command.words[1:]]


def options(command: Command) -> set[str]:
    """The letters and long words of its options: {"r", "f", "recursive"}."""
    found: set[str] = set()
    for value in values(command):
        if value == "--":
            break
        if value.startswith("--"):
            found.add(value[2:].partition("=")[0])
        elif value.startswith("-") and len(value) > 1:
            found.update(value[1:])
    return found


def operands(command: Command) -> list[str]:
    """Its words that are no options."""
    found, plain = [], False
    for value in values(command):
        if not plain and value == "--":
            plain = True
        elif plain or not value.startswith("-") or value == "-":
            found.append(value)
    return found


def other_text(piece: Piece) -> set[int]:
    """The lines that are text and no shell: of here-documents, and of words that go over several lines."""
    found: set[int] = set()
    for command in piece.shell.commands:
        for word in command.words:
            if word.span.end_line > word.span.line:
                found.update(range(word.span.line, word.span.end_line + 1))
        for redirect in command.redirects:
            if redirect.text:
                found.update(range(command.span.line + 1, command.span.line + 2 + redirect.text.count("\n")))
    return found


def status_readers(shell: Shell) -> Callable[[int], bool]:
    """A function that tells of a command, by its place, whether what follows asks how it ended: `[ $? -eq 0 ]`."""
    words = [word for command in shell.commands for word in command.words]
    words += [given.value for given in shell.assignments if given.value is not None]
    reads = sorted(word.start for word in words if "?" in word.names)

    def asked(at: int) -> bool:
        end = shell.commands[at].end
        following = next((each for each in islice(shell.commands, at + 1, None) if each.start >= end), None)
        place = bisect_left(reads, end)
        return place < len(reads) and (following is None or reads[place] < following.end)

    return asked
