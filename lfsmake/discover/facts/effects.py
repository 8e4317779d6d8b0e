"""What a script does around its build: tools it calls, paths it writes, questions it asks, variables it needs."""

import re

from lfsmake.discover.facts.lines import UNKNOWN, Line, Lines
from lfsmake.discover.model import Fact
from lfsmake.discover.shell.nodes import Command, Word

_BUILTINS = frozenset(
    (
        ".", ":", "[", "[[", "alias", "bg", "break", "builtin", "caller", "cd", "command", "continue",
        "declare", "dirs", "disown", "echo", "eval", "exec", "exit", "export", "false", "fc", "fg",
        "getopts", "hash", "history", "jobs", "kill", "let", "local", "mapfile", "popd", "printf", "pushd",
        "pwd", "read", "readarray", "readonly", "return", "set", "shift", "shopt", "source", "test", "time",
        "times", "trap", "true", "type", "typeset", "ulimit", "umask", "unalias", "unset", "wait", "((",
    )
)  # fmt: skip
_COMMON = frozenset(
    (
        "HOME", "PATH", "PWD", "OLDPWD", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LC_ALL", "HOSTNAME",
        "HOSTTYPE", "MACHTYPE", "OSTYPE", "UID", "EUID", "PPID", "RANDOM", "SECONDS", "LINENO", "IFS", "PS1",
        "PS2", "PS4", "OPTARG", "OPTIND", "REPLY", "BASH", "BASH_SOURCE", "BASH_VERSION", "BASH_LINENO",
        "FUNCNAME", "PIPESTATUS", "COLUMNS", "LINES", "SHLVL", "EDITOR", "TMPDIR", "DISPLAY", "MAKE",
        "BASHPID", "BASH_VERSINFO", "COMP_WORDS", "_", "RETVAL", "call", "target", "first_need", "needs",
    )
)  # fmt: skip
_WRITES = {"touch": 0, "mkdir": 0, "install": -1, "cp": -1, "mv": -1, "ln": -1, "tee": 0, "mknod": 0, "truncate": 0}
_EDITORS = frozenset(("vi", "vim", "nano", "emacs", "ed", "joe", "mcedit", "pico", "ex", "visudo", "vipw"))
_ASKS = frozenset(
    ("passwd", "dialog", "whiptail", "tzselect", "cfdisk", "make-ca-ask", "zenity", "mc", "less", "more", "man")
)
_MENUS = frozenset(("menuconfig", "xconfig", "nconfig", "gconfig", "config", "oldconfig"))
_MOST = 60


def tools_of(lines: Lines) -> tuple[Fact, ...]:
    """The programs that are called, each once."""
    found: dict[str, Fact] = {}
    for line in lines.lines:
        command = line.command
        if not command.words or len(found) >= _MOST:
            continue
        value = command.words[0].value
        if value is None or value in found or value in _BUILTINS:
            continue
        if not re.fullmatch(r"[\w./+-]+", value) or value.startswith(("./", "../", "-")):
            continue
        name = value.rpartition("/")[2]
        if name in _BUILTINS or not re.search(r"[A-Za-z]", name) or ("/" in value and not value.startswith("/")):
            continue
        if name not in found and lines.values.function(name, line.frame.scope) is None:
            found[name] = Fact(name, "the command", "sure", command.span)
    return tuple(found.values())


def writes_of(lines: Lines) -> tuple[Fact, ...]:
    """Absolute paths, and those below a variable's folder, that commands write."""
    found: dict[str, Fact] = {}
    for line in lines.lines:
        if len(found) >= _MOST:
            break
        for redirect in line.command.redirects:
            if ">" in redirect.operator and redirect.target is not None and "&" not in redirect.operator[1:]:
                _path(found, lines, line, redirect.target, "the redirection")
        name = line.command.name
        where = _WRITES.get(name)
        words = line.command.words[1:]
        if name == "sed" and any(re.match(r"-[a-zA-Z]*i|--in-place", word.text) for word in words):
            where = -1
        if where is None:
            continue
        operands = [word for word in words if not word.text.startswith("-")]
        if name == "install" and any(re.fullmatch(r"-\w*d\w*|--directory", word.text) for word in words):
            where = 0
        for word in operands[-1:] if where < 0 else operands:
            if len(operands) > 1 or where == 0:
                _path(found, lines, line, word, f"the {name} line")
    return tuple(found.values())


def _path(found: dict[str, Fact], lines: Lines, line: Line, word: Word, source: str) -> None:
    value = word.value if word.value is not None else lines.value(word, line.frame)
    if value is None or UNKNOWN in value:
        value = word.text.strip("\"'")
        if not re.match(r"\$\{?\w+\}?/", value) or "`" in value or "$(" in value:
            return
    elif not value.startswith("/"):
        return
    if value.startswith("/dev/") or "\n" in value or len(value) > 300:
        return
    found.setdefault(value, Fact(value, source, "sure", line.command.span))


def prompts_of(lines: Lines) -> tuple[Fact, ...]:
    """The commands that wait for somebody's answer."""
    found: dict[str, Fact] = {}
    for line in lines.lines:
        command = line.command
        if command.words and asks(command):
            text = " ".join(" ".join(word.text for word in command.words).split())[:120]
            found.setdefault(text, Fact(text, "the command", "sure", command.span))
    for loop in lines.shell.loops:
        if loop.keyword == "select" and lines.within(loop.span.line):
            found.setdefault(
                f"select {loop.variable}", Fact(f"select {loop.variable}", "the command", "sure", loop.span)
            )
    return tuple(found.values())


def asks(command: Command) -> bool:
    """Whether a command, run by hand, would wait for its user."""
    fed = any(one.operator.startswith("<") for one in command.redirects) or (command.pipeline > 0 and not command.piped)
    words = [word.text for word in command.words[1:]]
    name = command.name
    if name == "read":
        options = "".join(word for word in words if word.startswith("-"))
        return (not fed and not (command.loop and command.tested) and "u" not in options and not command.loop) or (
            "p" in options and not fed and "u" not in options
        )
    if name in _EDITORS:
        if name in ("ed", "ex", "vim", "vi") and (
            fed or any(re.match(r"-[cesE]|--version|-es|\+", word) for word in words)
        ):
            return False
        return not fed
    if name in ("less", "more"):
        return not command.piped
    if name in ("fdisk", "parted", "gdisk"):
        return not fed and not any(word in ("-l", "-s", "--script", "--list") for word in words)
    if name in _ASKS:
        return not fed and "--stdin" not in words and not command.piped
    if name == "make":
        return any(word in _MENUS for word in words) and not fed
    if name in ("bash", "sh", "su", "login") and not fed:
        plain = [word for word in words if word not in ("-", "-l", "--login", "+h", "-i")]
        if name == "su":
            return len(plain) < 2 and not any(word in ("-c", "--command") for word in words)
        return name == "login" or (("--login" in words or "-l" in words or "-i" in words) and not plain)
    return False


def env_of(lines: Lines) -> tuple[Fact, ...]:
    """The variables that the script reads and that nothing in it, or in what it reads in, sets."""
    values = lines.values
    set_here: set[str] = set(_COMMON)
    for scope in values.scopes(values.scope):
        for names in scope.settings.values():
            set_here.update(name.partition("[")[0] for name in names)
        set_here.update(loop.variable for loop in scope.shell.loops)
    found: dict[str, Fact] = {}
    for command, place in _uses(lines):
        for word in place:
            for name in word.names:
                if name in set_here or name in found or not name.isidentifier():
                    continue
                own = rf"\$\{{{name}(?::?[-=+])"
                sure = "likely" if re.search(own, word.text) else "sure"
                span = command.span if command is not None else word.span
                found[name] = Fact(name, "its use", sure, span)  # type: ignore[arg-type]
    return tuple(found.values())


def _uses(lines: Lines) -> list[tuple[Command | None, tuple[Word, ...]]]:
    uses: list[tuple[Command | None, tuple[Word, ...]]] = []
    for line in lines.lines:
        targets = tuple(one.target for one in line.command.redirects if one.target is not None)
        before = tuple(one.value for one in line.command.assignments if one.value is not None)
        uses.append((line.command, line.command.words + targets + before))
    for one in lines.shell.assignments:
        if one.value is not None and lines.within(one.span.line):
            uses.append((None, (one.value,)))
    return uses
