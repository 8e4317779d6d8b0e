"""Where a script goes on though something failed, stops before its end, or waits for an answer that nobody gives."""

import re
from collections.abc import Iterator

from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.piece import Piece, operands, options, other_text, status_readers, values
from lfsmake.discover.shell.nodes import Command
from lfsmake.model.errors import Span

NO_ERREXIT = Rule(
    "no-errexit",
    "warning",
    "a script that goes on after a failure",
    "a configure or make that failed is followed by the next command, and what is wrong shows hours later",
    "begin with: set -e",
    "#!/bin/bash\n./configure\nmake\nmake install",
    "#!/bin/bash\nset -e\n./configure\nmake\nmake install",
)
NO_PIPEFAIL = Rule(
    "no-pipefail",
    "warning",
    "a failure that a pipe hides",
    "a pipe fails only when its last command does: tee and tail never do",
    "set -o pipefail, or write to a file: make > log 2>&1",
    "make 2>&1 | tee build.log",
    "set -o pipefail\nmake 2>&1 | tee build.log",
)
SILENCED_TEST = Rule(
    "silenced-test",
    "warning",
    "tests whose failure is not looked at",
    "the failure that matters is not seen among those that do not",
    'name the tests that are known to fail: fails "TEST" because "…", and run the check plainly',
    "make -k check || true",
    "make check",
)
SILENCED_BUILD = Rule(
    "silenced-build",
    "warning",
    "a build whose failure is not looked at",
    "what is built and installed afterwards is half",
    "let it fail, or test for what may be missing",
    "make || true",
    "make",
)
UNCHECKED_CD = Rule(
    "unchecked-cd",
    "warning",
    "a folder is entered, and what follows runs even if that failed",
    "commands run in the wrong folder: rm and make install, too",
    "write: cd FOLDER || exit 1, or set -e",
    'cd "$SRC"\nrm -rf *',
    'cd "$SRC" || exit 1\nrm -rf ./*',
)
AFTER_EXEC = Rule(
    "after-exec",
    "warning",
    "commands after exec",
    "exec puts another program in the place of the shell: what follows never runs",
    "leave exec out, or put what follows before it",
    "exec /bin/bash --login +h\nmake",
    "make",
)
EARLY_EXIT = Rule(
    "early-exit",
    "note",
    "commands after exit",
    "they never run: a leftover of somebody who tried something",
    "take the exit out, or what follows",
    "make\nexit 0\nmake install",
    "make\nmake install",
)
PROMPT = Rule(
    "prompt",
    "warning",
    "a command that waits for an answer",
    "nobody sits in front of a build: it waits until its time is up, or reads the end of its input",
    "give the answer in the script: an option, a file, or a here-document",
    'read -p "Continue? " yes',
    ": yes",
)
LEFT_OVER = Rule(
    "left-over",
    "error",
    "a place that was to be filled in",
    "it reaches the program as it stands",
    "fill it in, or make it an option of the recipes",
    "PAGE=<paper_size> ./configure",
    "PAGE=A4 ./configure",
)
ROOT_LFS = Rule(
    "root-lfs",
    "error",
    "LFS is empty or the host's own root",
    "everything that is meant for the new system is written over the host",
    "export LFS=/mnt/lfs",
    "export LFS=/",
    "export LFS=/mnt/lfs",
)
RULES = (
    NO_ERREXIT, NO_PIPEFAIL, SILENCED_TEST, SILENCED_BUILD, UNCHECKED_CD, AFTER_EXEC, EARLY_EXIT, PROMPT, LEFT_OVER,
    ROOT_LFS,
)  # fmt: skip

_WORKING = frozenset(
    ("make", "ninja", "meson", "cmake", "configure", "cargo", "python", "python3", "perl", "gcc", "tar")
)
_TESTS = frozenset(("check", "test", "tests", "check-all", "installcheck", "test_harness"))
_EDITORS = frozenset(("vi", "vim", "nvim", "nano", "emacs", "joe", "mcedit", "less", "more", "top", "htop"))
_MENUS = frozenset(("menuconfig", "nconfig", "xconfig", "gconfig", "config"))
_LEFT = re.compile(
    r"\b(?:EDIT_?ME|CHANGE_?ME|FILL_?ME|REPLACE_?ME)\b"
    r"|(?<==)<[a-zA-Z][a-zA-Z0-9 _-]{1,40}>(?!\()|(?<=[\"'])<[a-zA-Z][a-zA-Z0-9 _-]{1,40}>(?=[\"'](?:\s|$))"
)


def findings(piece: Piece) -> Iterator[Finding]:
    """All findings of these rules."""
    commands = piece.shell.commands
    if piece.kind == "script" and piece.role == "build":
        yield from _errexit(piece)
    ended = False  # told once: what follows the first is dead as a whole
    for at, command in enumerate(commands):
        if not piece.pipefail and _hides(piece, at):
            message = f"whether {command.name} fails is hidden by the pipe"
            yield piece.finding(NO_PIPEFAIL, message, command.span)
        before = commands[at - 1].fallback if at else ""  # a && b || true: told once
        if command.fallback in ("true", ":", "echo") and not before and piece.role == "build":
            yield from _silenced(piece, command)
        if command.name == "cd" and not piece.errexit:
            yield from _cd(piece, at)
        if command.name in ("exec", "exit") and not ended:
            found = list(_end(piece, at))
            ended = bool(found)
            yield from found
        yield from _prompts(piece, command)
    for loop in piece.shell.loops:
        if loop.keyword == "select":
            yield piece.finding(
                PROMPT, "select waits for an answer", Span(loop.span.file, loop.span.line, loop.span.column)
            )
    yield from _switched_off(piece)
    yield from _left_over(piece)
    for given in piece.shell.assignments:
        value = given.value.value if given.value is not None else None
        if given.name == "LFS" and value is not None and (not value.strip("/") or not value.startswith("/")):
            yield piece.finding(ROOT_LFS, f'LFS is "{value}"', given.span)


def _works(command: Command) -> bool:
    return command.name in _WORKING or command.name.startswith("configure")


def _errexit(piece: Piece) -> Iterator[Finding]:
    if piece.errexit:
        return
    asked = status_readers(piece.shell)
    loose = [
        command
        for at, command in enumerate(piece.shell.commands)
        if _works(command) and not command.tested and not command.fallback and not asked(at)
    ]
    if len(loose) < 2:
        return
    first = Span(piece.shell.path, 1, 1, 1, 1)
    head = piece.shell.text.split("\n", 1)[0]
    if head.startswith("#!"):
        first = Span(piece.shell.path, 1, 1, 1, len(head) + 1)
    yield piece.finding(NO_ERREXIT, f"{len(loose)} commands that build may fail, and the script goes on", first)


def _hides(piece: Piece, at: int) -> bool:
    command = piece.shell.commands[at]
    if not (command.piped and command.pipeline and _works(command)) or piece.role != "build":
        return False
    if {"version", "help", "V"} & options(command):
        return False
    if command.name in ("python", "python3", "perl", "tar", "gcc"):
        return False  # their output is what is wanted
    following = [other for other in piece.shell.commands[at + 1 :] if other.pipeline == command.pipeline]
    return bool(following) and following[-1].name in ("tee", "tail", "head", "cat", "less", "grep", "sed", "awk", "ts")


def _switched_off(piece: Piece) -> Iterator[Finding]:
    """Tests between `set +e` and `set -e`, and make that is told to go on."""
    off = False
    for at, command in enumerate(piece.shell.commands):
        if command.name == "set" and not command.function:
            words = values(command)
            off = (off or "+e" in words) and "-e" not in words
        if piece.role != "build" or command.name not in ("make", "gmake", "ninja"):
            continue
        testing = bool({word.partition("-")[0] for word in operands(command)} & _TESTS)
        if {"i", "ignore-errors"} & options(command) and command.name != "ninja":
            rule = SILENCED_TEST if testing else SILENCED_BUILD
            yield piece.finding(rule, f"{command.name} -i goes on whatever fails", command.span)
        elif off and testing and piece.errexit and not command.tested and not status_readers(piece.shell)(at):
            yield piece.finding(SILENCED_TEST, "set +e hides whether tests fail", command.span)


def _silenced(piece: Piece, command: Command) -> Iterator[Finding]:
    words = {word.partition("-")[0] for word in operands(command)}
    if command.name in ("make", "ninja", "ctest", "meson", "prove", "pytest") and (
        words & _TESTS or command.name in ("ctest", "prove", "pytest")
    ):
        if piece.phase in ("", "check") or piece.kind == "body":
            yield piece.finding(SILENCED_TEST, f"|| {command.fallback} hides whether tests fail", command.span)
    elif command.name in ("make", "ninja") or command.name.startswith("configure"):
        yield piece.finding(SILENCED_BUILD, f"|| {command.fallback} hides whether {command.name} fails", command.span)


def _cd(piece: Piece, at: int) -> Iterator[Finding]:
    command = piece.shell.commands[at]
    if command.tested or command.fallback or command.subshell or not command.words[1:]:
        return
    target = command.words[1].value
    if target is not None and set(target.split("/")) <= {"..", ".", "-", "", "~"}:
        return
    following = piece.shell.commands[at + 1 : at + 4]
    risky = next((other for other in following if other.name in ("rm", "make", "mv", "chown", "chmod", "find")), None)
    if risky is not None and not risky.conditional:
        message = f"{risky.name} runs in whatever folder this is, if {command.words[1].text} cannot be entered"
        yield piece.finding(UNCHECKED_CD, message, command.span)


def _end(piece: Piece, at: int) -> Iterator[Finding]:
    command = piece.shell.commands[at]
    if command.conditional or command.function or command.subshell or command.pipeline or command.background:
        return
    if command.name == "exec" and len(command.words) == 1:  # only redirects: the shell goes on
        return
    after = [other for other in piece.shell.commands[at + 1 :] if not other.function and other.start > command.end]
    if after:
        rule = AFTER_EXEC if command.name == "exec" else EARLY_EXIT
        yield piece.finding(
            rule, f"{after[0].words[0].text if after[0].words else 'what follows'} never runs", command.span
        )


def _prompts(piece: Piece, command: Command) -> Iterator[Finding]:
    name = command.name
    if name == "read":
        given = options(command)
        plain = not (command.loop or command.function or command.tested or {"t", "u", "d", "a"} & given)
        if ("p" in given or plain) and not _fed(command):
            yield piece.finding(PROMPT, "read waits for an answer", command.span)
        return
    if piece.role != "build" or _fed(command):
        return
    words = values(command)
    if name in _EDITORS:
        yield piece.finding(PROMPT, f"{name} waits for somebody at the keyboard", command.span)
    elif name == "make" and _MENUS & set(words):
        yield piece.finding(PROMPT, f"make {next(iter(_MENUS & set(words)))} asks questions", command.span)
    elif name == "passwd" and not {"d", "l", "S", "delete", "lock", "status"} & options(command):
        yield piece.finding(PROMPT, "passwd asks for a password twice", command.span)
    elif name in ("rm", "cp", "mv") and "i" in options(command) and "f" not in options(command):
        yield piece.finding(PROMPT, f"{name} -i asks before each file", command.span)
    elif name in ("bash", "sh", "su") and not operands(command) and {"login", "l", "i"} & options(command):
        yield piece.finding(PROMPT, f"{name} starts a shell that waits for commands", command.span)
    elif name == "tzselect":
        yield piece.finding(PROMPT, "tzselect asks questions", command.span)


def _fed(command: Command) -> bool:
    """Whether its input comes from somewhere."""
    fed = any(redirect.operator.startswith("<") for redirect in command.redirects)
    return fed or (bool(command.pipeline) and not command.piped)


def _left_over(piece: Piece) -> Iterator[Finding]:
    comments = dict(piece.shell.comments)
    inside = other_text(piece)  # brackets are other programs' syntax there
    for number, line in enumerate(piece.shell.text.split("\n"), 1):
        if len(line) > 4096 or line.lstrip().startswith("#"):
            continue
        if number in comments:
            line = line[: max(0, line.rfind("#" + comments[number]))] or line.partition(" #")[0]
        match = _LEFT.search(line)
        if match and not (number in inside and match[0].startswith("<")):
            place = Span(piece.shell.path, number, match.start() + 1, number, match.end() + 1)
            yield piece.finding(LEFT_OVER, f"{match[0]} was to be filled in", place)
