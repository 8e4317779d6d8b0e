"""A survey's files as scripts: role, reason, facts. Gives no category and no order."""

import hashlib
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from lfsmake.discover.facts import enriched, of_script
from lfsmake.discover.facts.rows import table
from lfsmake.discover.model import Role, Script, Surroundings
from lfsmake.discover.scan.conventions import convention_of
from lfsmake.discover.scan.kinds import told
from lfsmake.discover.scan.makefiles import Target
from lfsmake.discover.scan.names import stem
from lfsmake.discover.scan.parts import Part
from lfsmake.discover.scan.roles import LATER, Known, Signs, is_library, role_of, signs
from lfsmake.discover.scan.spread import spread
from lfsmake.discover.scan.survey import LONGEST_TEXT, File, Survey, commands_of
from lfsmake.discover.shell.follow import Files, Followed
from lfsmake.discover.shell.nodes import Command
from lfsmake.model.errors import Span

_ARCHIVE = re.compile(
    r"([^\s/?#=\"',(]+\.(?:tar\.(?:xz|gz|bz2|zst|lz|lzma)|t[gx]z|tbz2?|zip|patch|diff)(?:\.(?:gz|xz|bz2))?)(?=$|"
    r"[\s?#\"',;)])"
)


def describe(found: Survey) -> tuple[Script, ...]:
    """Every script and part of the tree, by path, without category and position."""
    twins = _twins(found)
    scripts: list[Script] = []
    for path, file in found.files.items():
        if _beside(found, path) and (file.makefile is not None or file.kind == "list"):
            continue
        if file.makefile is not None:
            scripts += _makefile(found, file)
        elif file.shell is not None:
            scripts += _shell(found, file, twins.get(path, ""))
        elif file.kind == "list":
            scripts.append(_list(found, file))
    return _with_facts(found, scripts)


def _with_facts(found: Survey, scripts: Sequence[Script]) -> tuple[Script, ...]:
    """Names, versions, sources and all else that is read in the scripts themselves."""
    around = surroundings(found)

    def read(path: str) -> bytes | None:
        file = found.files.get(path.removeprefix(f"{found.root}/"))
        return file.entry.data if file is not None and file.makefile is None else None

    files = Files(found.root, read)
    for file in found.files.values():
        if file.shell is not None:
            files.known(file.shell.path, file.shell)
    followed: dict[str, Followed] = {}
    for script in scripts:
        shell = found.files[script.path].shell
        if shell is not None and script.role != "stray" and script.path not in followed:
            followed[script.path] = files.follow(shell)
    around = enriched(around, scripts, {path: one.values for path, one in followed.items()})

    def told(share: Sequence[Script]) -> list[Script]:
        return [
            of_script(script, one.values, around, one.sourced)
            if script.role != "stray" and (one := followed.get(script.path)) is not None
            else script
            for script in share
        ]

    return tuple(spread(scripts, told, Script))


def surroundings(found: Survey) -> Surroundings:
    """What facts may know of the tree: its sidecars, lists and archives, and who calls whom."""
    texts: dict[str, str] = {}
    archives: dict[tuple[str, str], None] = {}
    rows = {}
    for path, file in found.files.items():
        if file.kind in ("sidecar", "list") and len(file.entry.data) <= LONGEST_TEXT:
            text = file.entry.data.decode("utf-8", "replace")
            texts[path] = text
            if file.kind == "list":
                found_rows = table(text)
                if found_rows:
                    rows[path] = found_rows
                archives.update(dict.fromkeys((match[1], path) for match in _ARCHIVE.finditer(text)))
        elif file.makefile is not None:
            lines = file.entry.data.decode("utf-8", "replace").split("\n")
            unpacked = tuple(
                ((target.name.lower(),), match[1])
                for target in file.makefile.targets
                for match in _ARCHIVE.finditer("\n".join(lines[target.first - 1 : target.last]))
            )
            if unpacked:
                rows[path] = unpacked  # `034-gcc:` unpacks for the script 034-gcc that it calls
    callers: dict[str, list[str]] = defaultdict(list)
    for back in (found.called_by, found.sourced_by):
        for target, paths in back.items():
            callers[target] += paths
    return Surroundings(
        paths=found.paths,
        texts=texts,
        archives=tuple(archives),
        callers={path: tuple(by) for path, by in callers.items()},
        rows=rows,
    )


def _twins(found: Survey) -> dict[str, str]:
    """Path → another path in the same folder with the same text and a shorter name."""
    groups: dict[tuple[str, bytes], list[str]] = defaultdict(list)
    for path, file in found.files.items():
        if file.shell is not None and file.entry.data:
            groups[file.entry.folder, hashlib.sha256(file.entry.data).digest()].append(path)
    return {
        path: paths[0]
        for group in groups.values()
        if len(group) > 1
        for paths in [sorted(group, key=lambda path: (len(path), path))]
        for path in paths[1:]
    }


def _span(found: Survey, path: str, first: int, last: int) -> Span:
    return Span(os.path.join(found.root, path), first, 1, last, 0)


def _lines(file: File) -> int:
    return max(1, file.entry.data.count(b"\n") + (not file.entry.data.endswith(b"\n")))


def _shell(found: Survey, file: File, twin: str) -> Iterator[Script]:
    assert file.shell is not None  # noqa: S101 - the caller looked
    mentions = [
        mention for mention in file.mentions if not (mention.how == "sources" and _lends(found, mention.target))
    ]
    others = {mention.target.partition("#")[0] for mention in mentions} - {file.path}
    calls = {
        mention.target
        for mention in mentions
        if mention.how != "lists" and mention.target.partition("#")[0] != file.path
    }
    outside = _outside(file.shell.commands, file.parts)
    known = Known(
        calls=len(calls),
        lists=len(others) - len(calls & others),
        parts=len(file.parts),
        sourced_by=tuple(found.sourced_by.get(file.path, ())),
        driven=any(_drives(found, path) for path in found.sourced_by.get(file.path, ())),
        called_by=tuple(found.called_by.get(file.path, ())),
        twin=twin,
        plainer=_plainer(found, file.path),
        builder=_builder(found, file),
    )
    role: Role
    if file.kind == "package":
        role, why = "build", "it is a packager's file"
    elif _beside(found, file.path):
        role, why = "helper", f"it lies beside {_beside(found, file.path)}, which brings it along"
    else:
        count = signs(outside) if file.parts else file.count()
        role, why = role_of(file.path, file.shell, count, known)
    yield Script(
        id=file.path, path=file.path, span=_span(found, file.path, 1, _lines(file)), role=role, why=why,
        convention=convention_of(file.path, file.kind),
    )  # fmt: skip
    for part in file.parts:
        name = part.name if part.how == "function" else ""
        role, why = _part_role(part, signs(commands_of(file.shell, part.first, part.last, name)))
        yield Script(
            id=f"{file.path}#{part.name}", path=file.path, part=part.name,
            span=_span(found, file.path, part.first, part.last),
            role=role, why=why, convention=convention_of(file.path, file.kind, part.how),
        )  # fmt: skip


def _lends(found: Survey, path: str) -> bool:
    """What is sourced only lends functions and variables: it does nothing, or nothing that builds, for many."""
    name = path.partition("#")[0]
    file = found.files.get(name)
    if file is None or file.shell is None:
        return False
    shared = len(found.sourced_by.get(name, ())) > 2 and not file.count().builds and not file.count().unpacks
    return is_library(file.count(), file.shell) or (shared and not _drives(found, name))


def _builder(found: Survey, file: File) -> str:
    """A script that several read in for what it builds: `. ../generic.sh`."""
    if file.count().configures:
        return ""
    for mention in file.mentions:
        path = mention.target.partition("#")[0]
        other = found.files.get(path)
        if mention.how == "sources" and other is not None and other.shell is not None:
            shared = len(found.sourced_by.get(path, ())) > 2 and not _drives(found, file.path)
            if shared and other.count().builds and not is_library(other.count(), other.shell):
                return path
    return ""


def _plainer(found: Survey, path: str) -> str:
    """`gcc.sh` beside `gcc-old.sh`; "" if there is none."""
    folder, _, name = path.rpartition("/")
    bare = stem(name)
    plain = LATER.sub("", bare)
    if plain == bare:
        return ""
    other = f"{folder}/{plain}{name[len(bare) :]}" if folder else f"{plain}{name[len(bare) :]}"
    return other if other in found.files else ""


def _beside(found: Survey, path: str) -> str:
    """The packager's file in the same folder; "" if there is none."""
    folder = path.rpartition("/")[0]
    return found.packaged.get(folder, "") if folder else ""


def _drives(found: Survey, path: str) -> bool:
    """It comes to several scripts in turn and configures nothing itself."""
    file = found.files[path]
    targets = {mention.target for mention in file.mentions}
    return len(targets) > 2 and file.shell is not None and not file.count().configures


def _outside(commands: Sequence[Command], parts: Sequence[Part]) -> list[Command]:
    """The commands that are in no part."""
    if not parts:
        return list(commands)
    return [
        command for command in commands if not any(part.first <= command.span.line <= part.last for part in parts)
    ]


def _part_role(part: Part, count: Signs) -> tuple[Role, str]:
    """Parts build, unless all they do is to remove or mount."""
    what = "the function" if part.how == "function" else "its heading is"
    title = part.name if part.how == "function" else f"“{part.title}”"
    if not count.builds and not count.unpacks:
        if count.deletes > count.sets_up + count.writes + count.others:
            return "cleanup", f"{what} {title}, and all it does is remove or strip"
        if count.disks or count.mounts > count.sets_up + count.writes:
            return "host", f"{what} {title}, and it mounts or works on disks"
    return "build", f"{what} {title}"


def _makefile(found: Survey, file: File) -> Iterator[Script]:
    assert file.makefile is not None and file.shell is not None  # noqa: S101, PT018 - the caller looked
    names = {
        target.name
        for other in found.files.values()
        if other.makefile is not None
        for target in other.makefile.targets
    }
    scripts = []
    for target in file.makefile.targets:
        found_role = _target_role(found, file, target, names)
        if found_role is not None:
            own_role, own_why = found_role
            scripts.append(
                Script(
                    id=f"{file.path}#{target.name}",
                    path=file.path,
                    part=target.name,
                    span=_span(found, file.path, target.first, target.last),
                    role=own_role,
                    why=own_why,
                    convention=convention_of(file.path, "makefile", "target"),
                )
            )
    builds = sum(1 for script in scripts if script.role == "build")
    role: Role
    if builds:
        role, why = "driver", f"it holds {builds} {'targets that build' if builds > 1 else 'target that builds'}"
    elif any(found.links.get(f"{file.path}#{target.name}") for target in file.makefile.targets):
        role, why = "driver", "its targets call others"
    elif file.makefile.targets:
        role, why = "helper", "none of its targets builds a package"
    else:
        role, why = "helper", "it only sets variables"
    yield Script(
        id=file.path, path=file.path, span=_span(found, file.path, 1, _lines(file)), role=role, why=why,
        convention=convention_of(file.path, "makefile"),
    )  # fmt: skip
    if builds:
        yield from scripts


def _target_role(found: Survey, file: File, target: Target, names: set[str]) -> tuple[Role, str] | None:
    """None for a target without a recipe of its own."""
    assert file.shell is not None  # noqa: S101
    if not target.lines:
        return None
    commands = [
        command
        for command in commands_of(file.shell, target.first, target.last)
        if command.name not in names
        and not (command.name == "make" and any(word.value in names for word in command.words[1:]))
    ]
    count = signs(commands)
    if not commands:
        return "driver", "it calls other targets in turn"
    name = target.name.lower()
    if (
        re.search(r"(?:^|[-_./])(?:clean|distclean|mrproper|uninstall|clobber)(?:$|[-_./\d])", name)
        or 0 < count.deletes == count.all - count.idle
    ):
        return "cleanup", "all the target does is remove"
    scripts = [link for link in found.links.get(f"{file.path}#{target.name}", ()) if "#" not in link]
    if scripts and not count.builds:
        return "driver", f"the target calls {', '.join(scripts[:3])}"
    if count.builds:
        return "build", "the target " + ("unpacks and builds" if count.unpacks else "builds")
    if count.fetches:
        return "download", "the target fetches files"
    if count.disks or count.mounts:
        return "host", "the target mounts or works on disks"
    if count.unpacks and any(f"{file.path}#{target.name}" in links for links in found.links.values()):
        return "helper", "the target unpacks and patches for others"
    if count.sets_up + count.writes:
        return "build", "the target sets up files of the system"
    return "helper", "the target builds nothing"


def _list(found: Survey, file: File) -> Script:
    lines = told(file.entry)
    urls = sum("://" in line for line in lines)
    if file.mentions:
        why = f"it names {len(file.mentions)} scripts, a line each"
    elif urls * 2 > len(lines):
        why = f"it holds {urls} URLs"
    else:
        why = f"it is a list of {len(lines)} line{'s' * (len(lines) > 1)}"
    return Script(
        id=file.path, path=file.path, span=_span(found, file.path, 1, _lines(file)), role="list", why=why,
        convention=convention_of(file.path, file.kind),
    )  # fmt: skip
