"""What single statements do, as far as an import cares: unpack, enter, leave, tell, ask. Keeps no state."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import fnmatchcase

from lfsmake.discover.convert.statements import Statement
from lfsmake.discover.facts.lines import UNKNOWN, Line
from lfsmake.discover.facts.names import is_archive
from lfsmake.discover.facts.phases import kind_of
from lfsmake.discover.shell.nodes import Command, Word
from lfsmake.discover.shell.values import Frame, Values

TELLS = frozenset(("echo", "printf"))
LEAVES = frozenset(("cd", "pushd", "popd", "pushdq", "popdq"))
_STEMS = re.compile(r"\.(?:tar(?:\.\w+)?|t[gx]z|tbz2?|tzst|zip)$")
_SILENT = frozenset(
    ("", "clear", "sleep", "date", "pwd", "tput", "trap", "sync", "set", "shopt", "}", "umask", "hash",
     ":", "true", "sleep", "whoami", "local", "return")
)  # fmt: skip
_GUARDS = frozenset(
    ("[", "[[", "test", "exit", "return", "echo", "printf", "false", "true", "id", "whoami", "cat",
     "grep", "mountpoint", "local", "date", "tput",
     "shift", "die", "command", "type", "which", "stat", "ls", "wc", "read", "sleep", "tee", "head", "tail",
     "cut", "sort", "uname", "basename", "dirname")
)  # fmt: skip
_UNPACKERS = frozenset(("tar", "bsdtar", "unzip"))
_FETCHERS = frozenset(
    (
        "wget",
        "curl",
        "aria2c",
        "axel",
        "download",
        "fetch",
        "md5sum",
        "sha256sum",
        "sha512sum",
        "b2sum",
        "sha1sum",
        "gpg",
    )
)
_OPENS = frozenset(
    (
        *_UNPACKERS,
        *_FETCHERS,
        *LEAVES,
        *_GUARDS,
        "rm",
        "mkdir",
        "mv",
        "find",
        "xz",
        "gzip",
        "bzip2",
        "awk",
        "sed",
        "export",
        "chown",
    )
)
_LOOKS = re.compile(
    r"(?i)(?:is|has|get|check|verify|assert|require|validate|ensure|print|show|log|msg|report)[_-]|\w+_errors?"
)
_CHANGES = frozenset(
    ("make", "ninja", "gmake", "meson", "cmake", "configure", "python", "python3", "pip3", "perl", "gcc", "cc", "c++",
     "cp", "mv", "rm", "ln", "mkdir", "install", "touch", "chmod", "chown", "dd", "patch", "source", ".", "exec",
     "eval", "useradd", "groupadd", "mount", "umount", "mknod", "cd", "pushd", "export", "set", "ldconfig", "sudo",
     "su", "chroot", "bash", "sh", UNKNOWN, *_UNPACKERS)
)  # fmt: skip
_HELPS = re.compile(r"download|fetch|unpack|extract|untar", re.IGNORECASE)


class Said:
    """The commands of one script by their places, with the values of their words. `programs`: those of its tree."""

    def __init__(self, values: Values, programs: frozenset[str] = frozenset()) -> None:
        self.values = values
        self.programs = programs
        self.shell = values.scope.shell
        self.raw = self.shell.text.encode("utf-8", "replace")
        self._starts = sorted((command for command in self.shell.commands), key=lambda one: one.start)
        self._kinds: dict[int, str] = {}

    def commands(self, statement: Statement) -> list[Command]:
        """Every command within a statement."""
        return [one for one in self._starts if statement.start <= one.start < statement.end]

    def command(self, statement: Statement) -> Command | None:
        """The command that a statement is; None for anything more than one."""
        if statement.kind != "command":
            return None
        found = [one for one in self.commands(statement) if one.words]
        outer = [one for one in found if one.words[0].start <= min(other.words[0].start for other in found)]
        return outer[0] if outer else None

    def value(self, word: Word) -> str:
        """What a word stands for; UNKNOWN for what cannot be told in it."""
        frames = self.values.frames(word)
        found = self.values.get(word, frames[0], likely=True, globs=True, unknown=UNKNOWN) if frames else None
        return UNKNOWN if found is None else found

    def words(self, command: Command) -> list[str]:
        """The words after its name."""
        made: list[str] = []
        frames = self.values.frames(command.words[0]) if command.words else []
        for word in command.words[1:]:
            if word.value is not None or not frames:
                made.append(word.value or "")
                continue
            fields = self.values.fields(word, frames[0], likely=True, globs=True, unknown=UNKNOWN)
            made += [UNKNOWN if field is None else field for field in fields]
        return made

    def name(self, name: str, at: int) -> str | None:
        """The value of a variable at a place, if it is certain."""
        return self.values.name(name, at=at, likely=True)

    def phase(self, statement: Statement) -> str | None:
        """The phase that a statement belongs to by itself: the last that one of its commands does."""
        order = ("prepare", "configure", "build", "check", "install")
        found: str | None = None
        for command in self.commands(statement):
            if not command.words:
                continue
            line = Line(command, Frame(self.values.scope), True)
            kind = kind_of(line, self.words(command)) if command.name not in TELLS else None
            if kind is not None and (found is None or order.index(kind) > order.index(found)):
                found = kind
        return found

    # what a statement is

    def tells_only(self, statement: Statement) -> bool:
        """Whether it only says something, waits, or looks whether it may run: nothing of what it builds needs it."""
        if statement.text in ("}", "time {", "{"):
            return True
        if statement.kind in ("comment", "function_definition"):
            return True
        commands = [one for one in self.commands(statement) if one.words or one.redirects]
        if any(_writes(one) for one in commands):
            return False
        names = {called(one) for one in commands}
        if statement.kind == "command":
            command = self.command(statement)
            if command is None:
                return False
            if called(command) in TELLS or called(command) in _SILENT:
                return True
            return self.helper(command) == "tells"
        if statement.kind == "if_statement" or statement.kind in ("list", "test_command", "negated_command"):
            guarded = names & {"exit", "return", "echo", "printf", "die", "false"} or statement.kind == "test_command"
            return bool(guarded) and names <= _GUARDS
        if statement.kind == "pipeline" and commands and called(commands[-1]) in ("grep", "test", "["):
            return False  # `echo "$x" | grep -q y` says nothing, it stops the script
        return bool(names) and names <= _GUARDS and bool(names & TELLS) and "exit" not in names

    def pauses(self, command: Command) -> str | None:
        """The variable that a `read` reads, "" for none; None if the command is none."""
        if command.name != "read" or any(one.operator == "<" for one in command.redirects):
            return None
        names = [word for word in self.words(command) if word.isidentifier()]
        return names[-1] if names and not (command.words[-1].quoted) else ""

    def helper(self, command: Command) -> str:
        """What a function that a command calls is for: "opens", "leaves", "tells", "unclear"; "" if it is none."""
        scope = self.values.function(command.name, self.values.scope)
        if scope is None:
            return ""
        inner = [one for one in scope.bodies.get(command.name, ()) if one.words]
        names = {called(one) for one in inner}
        if any(self.values.function(name, scope) is not None for name in names):
            names |= {
                called(one) for name in tuple(names) if (other := self.values.function(name, scope)) is not None
                for one in other.bodies.get(name, ()) if one.words
            }  # fmt: skip
            names = {name for name in names if self.values.function(name, scope) is None}
        changes = any(_writes(one) for one in inner)
        if names & _UNPACKERS and names <= _OPENS and not any(_edits(one) for one in inner):
            return "opens"
        if names <= (_GUARDS | _SILENT) or (_LOOKS.match(command.name) and not names & _CHANGES and not changes):
            return "tells"
        if names <= (_GUARDS | _SILENT | LEAVES | {"rm"}):
            return "leaves"
        return "unclear"

    def enters(self, command: Command) -> bool:
        """Whether a function that opens also enters the folder."""
        scope = self.values.function(command.name, self.values.scope)
        return scope is not None and any(one.name in ("cd", "pushd") for one in scope.bodies.get(command.name, ()))

    def unpacked(self, command: Command) -> tuple[str, str, bool] | None:
        """(archive, folder it is unpacked in or "", without its top folder) of a command that unpacks a file."""
        if command.name not in _UNPACKERS:
            return None
        words = self.words(command)
        texts = [word.text for word in command.words[1:]]
        archive, folder, strip = "", "", False
        for number, word in enumerate(words):
            before = words[number - 1] if number else ""
            if before in ("-C", "--directory", "-d"):
                folder = texts[number] if number < len(texts) else word
            elif word.startswith("--directory="):
                folder = word.partition("=")[2]
            elif word.startswith("--strip"):
                strip = True
            elif is_archive(word.rstrip("*")) or (
                re.search(r"\.t[a-z]*\*?$|\.tar\.\*$", word) and not word.startswith("-")
            ):
                archive = archive or word
        letters = "".join(word.lstrip("-") for word in words[:1])
        creates = (
            bool(words) and "c" in letters.partition("f")[0] and "x" not in letters and not words[0].startswith("--")
        )
        return (archive, folder, strip) if archive and not creates else None

    def fetches(self, statement: Statement) -> bool:
        """Whether it only downloads or verifies."""
        names = {called(one) for one in self.commands(statement) if one.words}
        helps = {
            name for name in names if _HELPS.search(name) and self.values.function(name, self.values.scope) is None
        }
        return bool(names & (_FETCHERS | helps)) and names <= (_FETCHERS | _GUARDS | helps | {"mkdir", "rm", "cd"})


def called(command: Command) -> str:
    """The command's name; UNKNOWN where that is expanded, as in `$LFS_TGT-gcc`; "" for a redirect alone."""
    return command.name or (UNKNOWN if command.words else "")


def _edits(command: Command) -> bool:
    """Whether it changes files of the sources: `sed -i`, `find … -delete`."""
    words = [word.text for word in command.words[1:]]
    if command.name == "sed":
        return any(re.match(r"-[a-zA-Z]*i|--in-place", word) for word in words)
    return command.name == "find" and bool({"-exec", "-delete", "-execdir"} & set(words))


def _writes(command: Command) -> bool:
    return any(
        ">" in one.operator and one.target is not None
        and not re.fullmatch(r"[12]|/dev/(?:null|stderr|stdout|tty)", one.target.text)
        and not re.search(r"(?i)log", one.target.text)
        for one in command.redirects
    )  # fmt: skip


def stem_of(filename: str) -> str:
    """The name of an archive without its ending."""
    return _STEMS.sub("", filename.rpartition("/")[2])


def base(path: str) -> str:
    """The last part of a path."""
    return path.strip("\"'").rstrip("/").rpartition("/")[2]


def alike(one: str, other: str) -> bool:
    """Whether two names of a file, each perhaps a pattern, can be the same."""
    return bool(one and other) and (one == other or fnmatchcase(other, one) or fnmatchcase(one, other))


def known(name: str, files: Mapping[str, object]) -> Iterator[str]:
    """The files that a name or pattern means."""
    for file in files:
        if alike(base(name), file):
            yield file
