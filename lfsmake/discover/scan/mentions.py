"""Which scripts a script calls, sources or lists, in the order it comes to them. Follows no file itself."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from lfsmake.discover.scan.index import UNKNOWN, Index
from lfsmake.discover.shell.nodes import Command, Shell, Word

How = Literal["calls", "sources", "lists", "comments"]

FEWEST = 3  # so many names of scripts make a list of an order
SHARE = 0.6  # and so many of its words must be names

_RUNNERS = frozenset(
    (
        "bash", "sh", "dash", "source", ".", "exec", "sudo", "su", "env", "chroot", "time", "nice", "nohup",
        "xargs", "eval",
        "runuser", "unshare", "setsid", "script", "command", "timeout", "ssh", "docker", "podman", "arch-chroot",
        "nspawn",
        "systemd-nspawn", "stdbuf", "ionice", "builtin", "doas", "make", "if", "!", "zsh", "ksh", "expect",
        "parallel",
    )
)  # fmt: skip
_GOES = frozenset(("cd", "pushd"))
_SOURCING = frozenset((".", "source"))
QUIET = frozenset(
    (
        "echo", "printf", "cp", "mv", "rm", "chmod", "chown", "install", "ln", "touch", "cat", "grep", "sed",
        "awk", "test", "[",
        "[[", "ls", "mkdir", "tar", "find", "wc", "diff", "cmp", "md5sum", "sha256sum", "vi", "vim", "nano",
        "less", "more",
        "head", "tail", "rsync", "scp", "git", "wget", "curl", "basename", "dirname", "realpath", "readlink",
        "stat", "export",
        "local", "declare", "read", "cd", "pushd", "patch", "configure", "tee", "log", "die", "error", "warn",
        "info", "trap",
        "shellcheck", "dos2unix", "shfmt", "which", "type", "strip", "unset", "return", "exit", "kill", "sleep",
        "mount", "umount",
    )
)  # fmt: skip
_SAYING = re.compile(r"log|name|print|msg|message|title|echo|say|warn|info|die|^for$|^set", re.IGNORECASE)
_EXPANSION = re.compile(
    r"\$\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\}|\$\([^()]*(?:\([^()]*\)[^()]*)*\)|`[^`]*`|\$[A-Za-z_]\w*|\$[0-9@*#?$!-]"
)
_SPLIT = re.compile(r"[\s;&|()<>]+")
_COMMENTED = re.compile(
    r"^\s*(?:(?:sudo|bash|sh|source|\.|exec|time)\s+)*((?:[\w.$+{}~-]*/)*[\w.+-]+)\s*(?:&&|\\|;)?\s*$"
)
_GLOB = re.compile(r"[*?\[]")


class Mention(Struct, frozen=True):
    """`target` is a script's path or a part's id; `function` in which it is said, "" outside of any."""

    line: int
    target: str
    how: How
    function: str = ""


def mentions(shell: Shell, path: str, index: Index, functions: Mapping[str, str]) -> tuple[Mention, ...]:
    """What `shell`, the file `path`, calls, in order. `functions`: name → id, of parts that are functions."""
    near = _folders(shell)
    found = [
        *_looped(shell, path, index, near),
        *_called(shell, path, index, functions, near),
        *_listed(shell, path, index, near),
        *_argued(shell, path, index, near),
        *_commented(shell, path, index),
    ]
    ordered = sorted(enumerate(found), key=lambda item: (item[1].line, item[0]))
    return tuple(mention for _, mention in ordered if mention.target != path)


def unfold(found: Sequence[Mention], calls: Sequence[tuple[int, str, str]]) -> tuple[Mention, ...]:
    """The mentions as they are come to: a function's where it is called. `calls`: line, function called, scope."""
    inside: dict[str, list[Mention]] = defaultdict(list)
    for mention in found:
        inside[mention.function].append(mention)
    called: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for line, name, scope in calls:
        called[scope].append((line, name))
    done: set[str] = set()

    def scope_of(name: str) -> list[Mention]:
        done.add(name)
        steps: list[tuple[int, Mention | str]] = [(mention.line, mention) for mention in inside.get(name, ())]
        steps += [(line, other) for line, other in called.get(name, ())]
        out: list[Mention] = []
        for _, step in sorted(steps, key=lambda item: item[0]):
            if isinstance(step, Mention):
                out.append(step)
            elif step not in done and len(done) < 500:
                out += scope_of(step)
        return out

    out = scope_of("")
    for name in list(inside):
        if name not in done:
            out += scope_of(name)
    return tuple(out)


def _raw(word: Word) -> str:
    """The word with what cannot be told replaced."""
    if word.value is not None:
        return word.value
    return _EXPANSION.sub(UNKNOWN, word.text).replace('"', "").replace("'", "")


def _folders(shell: Shell) -> tuple[str, ...]:
    """Names of folders that the script speaks of, its own name among them."""
    words = [assignment.value for assignment in shell.assignments if assignment.value is not None]
    words += [word for command in shell.commands if command.name in ("cd", "pushd") for word in command.words[1:]]
    names = {
        part for word in words for part in _raw(word).split("/") if part and UNKNOWN not in part and len(part) < 60
    }
    own = shell.path.rpartition("/")[2].rpartition(".")[0]
    return (*names, own)


def _called(
    shell: Shell, path: str, index: Index, functions: Mapping[str, str], near: Sequence[str]
) -> Iterator[Mention]:
    folder = ""
    left: list[str] = []
    for command in shell.commands:
        if not command.words:
            continue
        name = command.name
        if name == "pushd":
            left.append(folder)
        elif name == "popd" and left:
            folder = left.pop()
        if name in _GOES and len(command.words) > 1:
            folder = _gone(folder, _raw(command.words[-1]))
        if name in functions:
            yield Mention(command.span.line, functions[name], "calls", command.function)
            continue
        if name in QUIET:
            continue
        sourcing = any(word.value in _SOURCING for word in command.words[:3])  # `try source x` too
        how: How = "sources" if sourcing else "calls"
        words = command.words if name in _RUNNERS or not name or "/" in command.words[0].text else ()
        first = command.words[0]
        for word in words or (first, *command.words[1:]):
            for token in _tokens(word):
                target = index.called(token, path, folder, near) if _is_path(token) else ""
                if target:
                    yield Mention(word.span.line, target, how, command.function)
                elif UNKNOWN in token and "*" in token:
                    for one in index.counted(token, path):
                        yield Mention(word.span.line, one, how, command.function)
        for redirect in command.redirects:
            if redirect.operator.startswith("<<") and redirect.text and name in _RUNNERS:
                yield from _heredoc(redirect.text, redirect.span.line, command, path, index)


def _gone(folder: str, word: str) -> str:
    """The folder after `cd word`: what follows the last unknown piece; a word of dots only goes nowhere."""
    if word == ".":
        return folder
    known = word.rpartition(UNKNOWN)[2].strip("/")
    return known if known.strip("./") or not known else ""


def _is_path(token: str) -> bool:
    return "/" in token or "." in token[1:]


def _tokens(word: Word) -> Iterable[str]:
    raw = _raw(word)
    return (raw,) if not _SPLIT.search(raw) else [token.strip("'\"") for token in _SPLIT.split(raw) if token]


def _heredoc(text: str, line: int, command: Command, path: str, index: Index) -> Iterator[Mention]:
    for offset, said in enumerate(text.split("\n"), start=1):
        words = said.split()
        if not words or words[0] in QUIET or words[0].startswith("#"):
            continue
        for token in _SPLIT.split(_EXPANSION.sub(UNKNOWN, said)):
            token = token.strip("'\"")
            target = index.called(token, path) if _is_path(token) else ""
            if target:
                yield Mention(line + offset, target, "calls", command.function)


def _items(shell: Shell, words: Sequence[Word], path: str, index: Index) -> list[str]:
    """What a loop goes through, as far as it is written down."""
    found: list[str] = []
    for word in words:
        value = word.value
        if value is not None:
            found += index.matching(value, path) if _GLOB.search(value) and not word.quoted else [value]
            continue
        if _GLOB.search(_EXPANSION.sub("", word.text)) and not word.quoted:
            found += index.matching(_raw(word), path)
            continue
        for name in word.names:
            found += _elements(shell, name)
    return found


def _elements(shell: Shell, name: str) -> list[str]:
    found: list[str] = []
    for assignment in shell.assignments:
        if assignment.name == name and assignment.value is not None:
            found = [*(found if assignment.appended else ()), *_words_of(assignment.value)]
    return found


def _words_of(word: Word) -> list[str]:
    if word.items is not None:
        return [item.value for item in word.items if item.value]
    return (word.value or "").split()


def _looped(shell: Shell, path: str, index: Index, near: Sequence[str]) -> Iterator[Mention]:
    """`for x in a b c; do bash $x.sh; done`: each word put in its place."""
    for loop in shell.loops:
        if not loop.variable or not loop.words:
            continue
        items = _items(shell, loop.words, path, index)
        if not items or len(items) > 2000:
            continue
        variable = re.compile(
            r"\$\{" + re.escape(loop.variable) + r"(?:[#%/:^,][^{}]*)?\}|\$" + re.escape(loop.variable) + r"(?!\w)"
        )
        uses = [
            word
            for command in shell.commands
            if loop.start <= command.start < loop.end and command.words and command.name not in QUIET
            for word in command.words
            if variable.search(word.text)
        ]
        resolved = False
        for item in items:
            for word in uses:
                text = variable.sub(lambda _, item=item: item, word.text)  # type: ignore[misc]
                token = _EXPANSION.sub(UNKNOWN, text).replace('"', "").replace("'", "")
                target = index.called(token, path, near=near) if _is_path(token) else ""
                if target:
                    resolved = True
                    yield Mention(loop.span.line, target, "calls", loop.function)
                    break
        if not resolved and not any(_GLOB.search(word.text) for word in loop.words):
            for target in _named(items, path, index, near):
                yield Mention(loop.span.line, target, "lists", loop.function)


def _named(words: Sequence[str], path: str, index: Index, near: Sequence[str]) -> list[str]:
    """The scripts that a list names, if most of its words are names of scripts."""
    if len(words) < FEWEST:
        return []
    found = [index.named(word, path, near) for word in words]
    known = [target for target in found if target]
    return known if len(known) >= max(FEWEST, len(words) * SHARE) else []


def _listed(shell: Shell, path: str, index: Index, near: Sequence[str]) -> Iterator[Mention]:
    """`packages=(binutils gcc …)` or `packages="binutils gcc …"`, unless a loop was seen to go through it."""
    looped = {name for loop in shell.loops for word in loop.words for name in word.names if "!" not in word.text}
    for assignment in shell.assignments:
        if assignment.value is None or assignment.name in looped:
            continue
        for target in _named(_words_of(assignment.value), path, index, near):
            yield Mention(assignment.span.line, target, "lists", assignment.function)


def _argued(shell: Shell, path: str, index: Index, near: Sequence[str]) -> Iterator[Mention]:
    """`build binutils`, `build gcc`, …: one command with the name of another script each time."""
    groups: dict[str, list[tuple[Command, str]]] = defaultdict(list)
    for command in shell.commands:
        name = command.name
        if len(command.words) < 2 or not name or name in QUIET or _SAYING.search(name):
            continue
        word = next((word for word in command.words[1:] if word.value and not word.value.startswith("-")), None)
        wraps = (
            len(command.words) > 2
            and command.words[1] is word
            and (word.value in QUIET or word.value in _RUNNERS)
        )
        if word is not None and word.value and not wraps:
            groups[name].append((command, word.value))
    for name, used in groups.items():
        if name in _RUNNERS and name not in _SOURCING:
            continue
        targets = _named([word for _, word in used], path, index, near)
        if targets:
            for command, said in used:
                target = index.named(said, path, near)
                if target:
                    yield Mention(
                        command.span.line, target, "sources" if name in _SOURCING else "lists", command.function
                    )


def _commented(shell: Shell, path: str, index: Index) -> Iterator[Mention]:
    """Calls that somebody switched off: they still tell the order."""
    for line, text in shell.comments:
        words = text.split()
        if (
            len(words) > 1
            and words[0] in ("sudo", "su", "chroot", "bash", "sh", "source", "exec")
            and len(words) < 40
        ):
            for token in _SPLIT.split(_EXPANSION.sub(UNKNOWN, text).replace('"', " ").replace("'", " ")):
                target = index.called(token, path) if "/" in token else ""
                if target:
                    yield Mention(line, target, "comments")
            continue
        found = _COMMENTED.match(text)
        if found and ("/" in found[1] or found[1].endswith(".sh")):
            target = index.called(_EXPANSION.sub(UNKNOWN, found[1]), path)
            if target:
                yield Mention(line, target, "comments")
