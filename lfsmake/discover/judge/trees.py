"""What is wrong in a tree of scripts: wrong shells, archives, what was not read. Judges no text alone, and no order."""

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from lfsmake.discover import books
from lfsmake.discover.facts.names import ARCHIVE, base_of, of_archive, of_stem, squeezed
from lfsmake.discover.facts.stems import stem_of
from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.piece import for_packager, operands, values
from lfsmake.discover.model import Script, Tree
from lfsmake.discover.shell.nodes import Command, Shell
from lfsmake.model.errors import Span

SH_ON_BASH = Rule(
    "sh-on-bash",
    "warning",
    "a script for bash that is run by sh",
    "its first line is not heeded: where sh is another shell, it stops or does something else",
    "call it by its name, or with bash",
)
MISSING_SOURCE = Rule(
    "missing-source",
    "warning",
    "an archive or patch that is not there",
    "the script fails when it comes to unpack it",
    "put it there, or correct the name: the version may have been raised in one place only",
)
OTHER_ARCHIVE = Rule(
    "other-archive",
    "warning",
    "a script that unpacks something else than its name says",
    "the name and the archive belong together: one of them was copied, or stayed behind when the version was raised",
    "correct the line that unpacks, or the name of the script",
)
NOTHING_INSTALLED = Rule(
    "nothing-installed",
    "warning",
    "a build that installs nothing",
    "what was built stays behind in its folder, and what comes later misses it",
    "install it: make install, cp or install",
)
NOT_READ = Rule(
    "not-read",
    "warning",
    "a file that was not looked at",
    "what is wrong in it was not found",
    "give it to `lfsmake check` by itself, or take it out of the folder",
)
RULES = (SH_ON_BASH, MISSING_SOURCE, OTHER_ARCHIVE, NOTHING_INSTALLED, NOT_READ)

_MAKERS = frozenset(("make", "gmake", "ninja"))
_ASIDE = re.compile(r"(?:install)?check|tests?|check-.*|test-.*|\w*_test|(?:dist)?clean|mrproper|\w*config|help")
# Commands that surely install nothing, where a script calls nothing else behind its make.
_IDLE = frozenset(
    (
        "make", "gmake", "ninja", "cd", "pushd", "popd", "rm", "rmdir", "echo", "printf", "true", ":", "exit", "[",
        "[[", "test", "if", "unset", "set", "export", "date", "time", "grep", "sed", "read", "sleep", "cat", "head",
        "tail", "mkdir", "touch", "find", "return", "wait", "clear", "ls", "su", "chown",
    )
)  # fmt: skip
_SAYING = frozenset(("echo", "printf"))
_TOOL = re.compile(r"[\"']?(?:/|\$\{?LFS\}?/)[^\s]*?(?:bin|sbin|libexec|tools)/(?![^\s]*\.sh$)")
_PUTTING = frozenset(("cp", "mv", "ln", "install", "rsync", "tar", "bsdtar", "cpio", "dd", "python3", "python", "perl",
                      "bash", "sh"))  # fmt: skip


def in_tree(tree: Tree, shells: Mapping[str, Shell], archives: Path | None) -> Iterator[Finding]:
    """All findings of these rules. `shells`: absolute path → the script, read."""
    for script in tree.scripts:
        if script.role != "build":
            continue
        if archives is not None:
            yield from _missing(script, archives)
        yield from _other_archive(script, shells)
        yield from _nothing_installed(script, tree, shells)
    yield from _wrong_shell(tree, shells)
    yield from not_read(tree)


def not_read(tree: Tree) -> Iterator[Finding]:
    """What discovery could not read; what holds unpacked sources or pictures is left aside on purpose."""
    for path, why in tree.skipped:
        span = Span(os.path.join(tree.root, path), 0, 0)
        severity = NOT_READ.severity if _worth(why) else "note"
        yield Finding(NOT_READ.id, severity, f"{path or '.'} {why}", span, "", NOT_READ.why, NOT_READ.mend)


def _worth(why: str) -> bool:
    return why.startswith(("cannot be", "is a link that leads", "the tree has", "lies more"))


def _missing(script: Script, archives: Path) -> Iterator[Finding]:
    for fact in (*script.sources, *script.patches):
        name = fact.value.rpartition("/")[2]
        if name and fact.sure != "guess" and not (archives / name).exists():
            yield _finding(MISSING_SOURCE, f"{name} is not in {archives}", fact.span or script.span, script)


def _wrong_shell(tree: Tree, shells: Mapping[str, Shell]) -> Iterator[Finding]:
    """Once a calling script. In the chroot, sh is bash."""
    for_bash = {Path(path).name for path, shell in shells.items() if shell.interpreter == "bash"}
    for script in tree.scripts:
        shell = shells.get(script.span.file)
        if shell is None or script.part or (script.context is not None and script.context.value == "chroot"):
            continue
        calls = [
            (command, called[0])
            for command in shell.commands
            if command.name in ("sh", "dash") and (called := operands(command))
            and called[0].rpartition("/")[2] in for_bash
        ]  # fmt: skip
        if calls:
            more = f", and {len(calls) - 1} more" if calls[1:] else ""
            said = f"sh runs {calls[0][1]}, which is for bash{more}"
            yield _finding(SH_ON_BASH, said, calls[0][0].span, script)


def _other_archive(script: Script, shells: Mapping[str, Shell]) -> Iterator[Finding]:
    """`acl-2.3.1.sh` that unpacks m4 and enters its folder. Only of names that have a version, and are a package's."""
    told = of_stem(stem_of(script.path, ""))
    shell = shells.get(script.span.file)
    if shell is None or script.part or not told.version or for_packager(script):
        return
    entered = {
        word.rpartition("/")[2] for each in shell.commands if each.name in ("cd", "pushd") for word in values(each)
    }
    found = [
        (fact, archive)
        for fact in script.sources
        if fact.sure == "sure" and (archive := of_archive(fact.value)) and archive.version
        and ARCHIVE.sub("", base_of(fact.value)) in entered
    ]  # fmt: skip
    if not found or any(_versions_go(archive.version, told.version) for _, archive in found):
        return
    same = [fact for fact, archive in found if squeezed(archive.name) == squeezed(told.name)]
    known = any(told.name in packages for packages in books.known().values())
    if same or known:
        fact = same[0] if same else found[0][0]
        name = script.path.rpartition("/")[2]
        yield _finding(OTHER_ARCHIVE, f"{name} unpacks {base_of(fact.value)}", fact.span, script)


def _versions_go(one: str, other: str) -> bool:
    """Whether two versions may be one: 5.43 is 5.43.0 to its archive, 82 is 8.2 to its folder."""
    plain = [re.sub(r"[^0-9a-z]", "", each.lower()) for each in (one, other)]
    return plain[0].startswith(plain[1]) or plain[1].startswith(plain[0])


def _nothing_installed(script: Script, tree: Tree, shells: Mapping[str, Shell]) -> Iterator[Finding]:
    """A whole script that makes, and then calls nothing that could install."""
    shell = shells.get(script.span.file)
    if shell is None or script.part or script.name is None or for_packager(script) or shell.functions:
        return
    builds = [at for at, command in enumerate(shell.commands) if _makes(command)]
    if not builds or _split(script, tree):
        return
    if not any(_prepares(command) for command in shell.commands[: builds[0]]):
        return  # it calls a makefile of the tree
    if not all(_idle(command) for command in shell.commands[builds[0] :]):
        return
    made = shell.commands[builds[-1]]
    said = f"{script.path} builds {script.name.value} and installs nothing"
    yield _finding(NOTHING_INSTALLED, said, made.span, script)


def _prepares(command: Command) -> bool:
    return command.name in ("tar", "bsdtar", "cmake", "meson") or command.name.lower().startswith("configure")


def _idle(command: Command) -> bool:
    """Whether a command surely installs nothing. A tool by its whole path is one that is there already."""
    if not command.words or command.name in _SAYING:
        return True
    first = command.words[0].text
    name = first.rpartition("/")[2].strip("\"'")
    if any("install" in text for text in (name, *(word.text for word in command.words[1:]))):
        return False
    return name in _IDLE or (_TOOL.match(first) is not None and name not in _PUTTING)


def _makes(command: Command) -> bool:
    return command.name in _MAKERS and not any(_ASIDE.fullmatch(word) for word in operands(command))


def _split(script: Script, tree: Tree) -> bool:
    """Whether another script beside it is about the same package, and may install it."""
    folder = script.path.rpartition("/")[0]
    return any(
        other.id != script.id and other.name is not None and script.name is not None
        and other.name.value == script.name.value and other.path.rpartition("/")[0] == folder
        for other in tree.scripts
    )  # fmt: skip


def _finding(rule: Rule, message: str, span: Span | None, script: Script) -> Finding:
    return Finding(rule.id, rule.severity, message, span, script.id, rule.why, rule.mend)
