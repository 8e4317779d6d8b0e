"""A tree's files read and linked: what each is, its parts, who calls whom. Gives no roles and no order."""

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from msgspec import Struct

from lfsmake.discover.scan.index import Index
from lfsmake.discover.scan.kinds import Kind, kind_of, told
from lfsmake.discover.scan.makefiles import Makefile, Target, read_makefile
from lfsmake.discover.scan.mentions import QUIET, Mention, mentions, unfold
from lfsmake.discover.scan.parts import Part, parts_of
from lfsmake.discover.scan.roles import Signs, signs
from lfsmake.discover.scan.spread import spread
from lfsmake.discover.scan.walk import Entry, walk
from lfsmake.discover.shell.nodes import Command, Shell
from lfsmake.discover.shell.parse import read_shell

LONGEST_TEXT = 200_000  # of a sidecar or list that is kept for the facts


class File(Struct):
    """A file of the tree that says something. `calls` are ids, in the order it comes to them."""

    path: str
    kind: Kind
    entry: Entry
    shell: Shell | None = None
    makefile: Makefile | None = None
    parts: tuple[Part, ...] = ()
    mentions: tuple[Mention, ...] = ()
    signs: Signs | None = None  # of all its commands, once they were counted

    def count(self) -> Signs:
        """What its commands do."""
        if self.signs is None:
            self.signs = signs(self.shell.commands if self.shell is not None else ())
        return self.signs


class Survey(Struct):
    """All of a tree. `links`: id → ids that it comes to; `targets`: name → ids of targets of that name."""

    root: str
    files: dict[str, File]
    skipped: tuple[tuple[str, str], ...]
    paths: frozenset[str]
    links: dict[str, list[str]]
    sourced_by: dict[str, list[str]]
    called_by: dict[str, list[str]]
    packaged: dict[str, str]  # folder → the packager's file in it


def survey(root: Path) -> Survey:
    """Reads and links the tree below `root`. Raises OSError if the root cannot be read."""
    walked = walk(root)
    base = os.fspath(root.resolve())
    kinds: dict[str, tuple[Entry, Kind]] = {}
    for entry in walked.entries:
        kind = kind_of(entry)
        if kind and not (entry.link and entry.link in kinds):
            kinds[entry.path] = entry, kind
    scripts = [each for each in kinds.values() if each[1] in ("shell", "package")]
    told = spread(scripts, lambda share: [_shell(base, *each) for each in share], _Read)
    read = {entry.path: one for (entry, _), one in zip(scripts, told, strict=True)}
    files = {path: _file(base, *each, read.get(path)) for path, each in kinds.items()}
    index = Index(path for path, file in files.items() if file.shell is not None and file.makefile is None)
    found = Survey(
        base, files, walked.skipped, frozenset(entry.path for entry in walked.entries),
        {}, defaultdict(list), defaultdict(list),
        {file.entry.folder: path for path, file in files.items() if file.kind == "package"},
    )  # fmt: skip
    for path, file in files.items():
        if file.shell is not None:
            functions = {part.name: f"{path}#{part.name}" for part in file.parts if part.how == "function"}
            file.mentions = _mentions(file.shell, path, index, functions)
        elif file.kind == "list":
            file.mentions = _list_mentions(file, index)
    _link(found)
    return found


class _Read(Struct, frozen=True):
    """What is told by the text of a script alone, and told by another process where there are many."""

    shell: Shell
    parts: tuple[Part, ...]
    signs: Signs


def _shell(base: str, entry: Entry, kind: Kind) -> _Read:
    shell = read_shell(f"{base}/{entry.path}", entry.data)
    return _Read(shell, parts_of(shell) if kind == "shell" else (), signs(shell.commands))


def _file(base: str, entry: Entry, kind: Kind, read: _Read | None) -> File:
    if read is not None:
        return File(entry.path, kind, entry, read.shell, None, read.parts, signs=read.signs)
    if kind == "makefile":
        makefile = read_makefile(entry)
        return File(entry.path, kind, entry, read_shell(f"{base}/{entry.path}", makefile.shell), makefile)
    return File(entry.path, kind, entry)


def _mentions(shell: Shell, path: str, index: Index, functions: Mapping[str, str]) -> tuple[Mention, ...]:
    found = mentions(shell, path, index, functions)
    if not found or not shell.functions:
        return found
    own = {function.name for function in shell.functions} - set(functions)
    calls = []
    for command in shell.commands:
        if command.name not in QUIET:  # `run_step "name" step_one`: what it is handed is called too
            handed = [word.value for word in command.words[1:] if word.value in own]
            calls += [(command.span.line, name, command.function) for name in handed if name]
        if command.name in own:
            calls.append((command.span.line, command.name, command.function))
    return unfold(found, calls)


def _list_mentions(file: File, index: Index) -> tuple[Mention, ...]:
    """A file that names scripts, a line each, if most of its lines do."""
    lines = told(file.entry)
    words = [line.split()[0].split("|")[0].rstrip(",;:") for line in lines if line.split()]
    found = [index.called(word, file.path) or index.named(word, file.path) for word in words]
    known = sum(1 for target in found if target)
    if known < 2 or known * 10 < len(words) * 6:
        return ()
    return tuple(Mention(line, target, "lists") for line, target in enumerate(found, start=1) if target)


def _link(found: Survey) -> None:
    targets = _targets(found.files)
    names: dict[str, list[str]] = defaultdict(list)
    for path in found.files:
        names[path.rpartition("/")[2]].append(path)
    for path, file in found.files.items():
        if file.makefile is not None:
            _link_makefile(found, file, file.makefile, targets, names)
            continue
        for mention in file.mentions:
            _note(found, path, mention)
        blocks = [part for part in file.parts if part.how != "function"]
        outer: list[tuple[int, str]] = [(part.first, f"{path}#{part.name}") for part in blocks]
        for mention in file.mentions:
            inside = next((part for part in blocks if part.first <= mention.line <= part.last), None)
            if inside is None:
                outer.append((mention.line if blocks else len(outer), mention.target))
            else:
                found.links.setdefault(f"{path}#{inside.name}", []).append(mention.target)
        if blocks:
            outer.sort(key=lambda item: item[0])
        children = [target for _, target in outer]
        rest = [f"{path}#{part.name}" for part in file.parts if part.how == "function"]
        if children or rest:
            found.links[path] = [*children, *(target for target in rest if target not in children)]


def _note(found: Survey, path: str, mention: Mention) -> None:
    """Who calls and who sources: functions of the same file do not count."""
    target = mention.target.partition("#")[0]
    if target == path:
        return
    back = found.sourced_by if mention.how == "sources" else found.called_by
    if path not in back[target]:
        back[target].append(path)


def _targets(files: Mapping[str, File]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for path, file in files.items():
        if file.makefile is not None:
            for target in file.makefile.targets:
                if f"{path}#{target.name}" not in found[target.name]:
                    found[target.name].append(f"{path}#{target.name}")
    return found


def _link_makefile(
    found: Survey, file: File, makefile: Makefile, targets: Mapping[str, Sequence[str]],
    names: Mapping[str, Sequence[str]],
) -> None:  # fmt: skip
    for include in makefile.includes:
        for other in names.get(PurePosixPath(include).name, ()):
            if other != file.path:
                found.sourced_by[other].append(file.path)

    def resolved(name: str) -> str:
        known = targets.get(name, ())
        own = f"{file.path}#{name}"
        return own if own in known else known[0] if known else ""

    for target in makefile.targets:
        here = [target_id for name in (*target.needs, *target.calls) if (target_id := resolved(name))]
        said = [mention for mention in file.mentions if target.first <= mention.line <= target.last]
        for mention in said:
            _note(found, file.path, mention)
        name = f"{file.path}#{target.name}"
        scripts = [mention.target for mention in said]
        if not scripts:
            scripts = _of_the_name(target, found, names)
        merged = [*found.links.get(name, ()), *here, *scripts]
        found.links[name] = [target_id for target_id in dict.fromkeys(merged) if target_id != name]
    goals = [target.name for target in makefile.targets]
    first = [name for name in ("all", "build", "world", "default") if name in goals]
    found.links[file.path] = [f"{file.path}#{name}" for name in dict.fromkeys([*first, *goals])]


def _of_the_name(target: Target, found: Survey, names: Mapping[str, Sequence[str]]) -> list[str]:
    """jhalfs: the recipe of `502-binutils-pass1` runs the script of that name, called `$@`."""
    if not target.lines or not target.name[:1].isdigit():
        return []
    return [path for path in names.get(target.name, ()) if found.files[path].kind == "shell" and "/" in path][:1]


def commands_of(shell: Shell, first: int, last: int, function: str = "") -> tuple[Command, ...]:
    """The commands on lines `first` to `last`; of one function only if it is named."""
    return tuple(
        command
        for command in shell.commands
        if first <= command.span.line <= last and (not function or command.function == function)
    )
