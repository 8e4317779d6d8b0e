"""The commands of a script or part as they would run, with the ways to them. Reads values; judges nothing."""

from msgspec import Struct

from lfsmake.discover.model import Script
from lfsmake.discover.shell.nodes import Command, Shell, Word
from lfsmake.discover.shell.scope import Scope
from lfsmake.discover.shell.values import END, Frame, Values
from lfsmake.discover.shell.walk import walk

UNKNOWN = "\ufffc"  # stands for what cannot be told within a word
_MOST = 6000  # commands looked at, functions entered: a driver of hundreds of packages has fewer


QUIET = frozenset(  # commands that neither unpack nor build, whatever their words
    (
        "[", "[[", "basename", "cat", "cd", "chgrp", "chmod", "chown", "cut", "date", "declare", "dirname",
        "echo", "exit", "export", "expr", "find", "grep", "head", "id", "ldconfig", "local", "ls",
        "md5sum", "mkdir", "mktemp", "nproc", "popd", "printf", "pushd", "pwd", "read", "return", "rm",
        "rmdir", "sed", "set", "sha256sum", "shift", "sleep", "sort", "stat", "strip", "tail", "tee",
        "test", "touch", "tr", "true", "umask", "uname", "unset", "wc", "whoami",
    )
)  # fmt: skip


class Line(Struct, frozen=True):
    """A command on one way to it. `own`: it stands in the script's own lines, not in a function it calls."""

    command: Command
    frame: Frame
    own: bool


class Lines:
    """What facts are looked for in: a script's commands, assignments and texts between its first and last line."""

    def __init__(self, script: Script, values: Values) -> None:
        self.script = script
        self.values = values
        self.shell: Shell = values.scope.shell
        self.first, self.last = script.span.line, max(script.span.end_line, script.span.line)
        whole = not script.part
        if whole:
            self.first, self.last = 0, END
        function = self._function(values.scope) if script.part else ""
        self.function = function
        self.lines: list[Line] = []
        for command, frame in walk(values, self.first, self.last, function):
            own = command.function == function and frame.scope is values.scope and frame.deep <= (1 if function else 0)
            self.lines.append(Line(command, frame, own or (whole and frame.caller is None)))
            if len(self.lines) >= _MOST:
                break
        self._words: dict[int, list[str]] = {}  # by id of a line, which this keeps alive
        self._texts: list[tuple[int, str]] | None = None
        self.own = [line for line in self.lines if line.own]

    def _function(self, scope: Scope) -> str:
        """The function that the part is; "" for a block of lines."""
        one = scope.functions.get(self.script.part)
        inside = (
            one is not None and one.span.line >= self.first and one.span.end_line <= self.last + 1
        )  # a makefile's target has no brace
        return self.script.part if inside else ""

    def within(self, line: int) -> bool:
        """Whether a line is the script's."""
        return self.first <= line <= self.last

    def value(self, word: Word, frame: Frame, *, globs: bool = True) -> str | None:
        """What a word stands for, defaults counted; UNKNOWN stands for what cannot be told within it."""
        return self.values.get(word, frame, likely=True, globs=globs, unknown=UNKNOWN)

    def words(self, line: Line) -> list[str]:
        """The words after the command's name; UNKNOWN stands for what cannot be told."""
        made = self._words.get(id(line))
        if made is not None:
            return made
        made = self._words[id(line)] = []
        for word in line.command.words[1:]:
            if word.value is not None:
                made.append(word.value)
            else:
                fields = self.values.fields(word, line.frame, likely=True, globs=True, unknown=UNKNOWN)
                made += [UNKNOWN if field is None else field for field in fields]
        return made

    def texts(self) -> list[tuple[int, str]]:
        """Comments, and what the script prints of itself, in order: line, text."""
        if self._texts is not None:
            return self._texts
        found = [(line, text) for line, text in self.shell.comments if self.within(line)]
        for line in self.own:
            if line.command.name in ("echo", "printf"):
                said = [word.value if word.value is not None else word.text for word in line.command.words[1:]]
                found.append((line.command.span.line, " ".join(said)))
        found.sort(key=lambda one: one[0])
        self._texts = found
        return found
