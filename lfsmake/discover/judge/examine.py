"""Everything that is looked at in a project, and in a tree of scripts, put together. Knows no detail of a part."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from lfsmake.discover.judge import declared, hooks, judge, marks, order, rights, shellcheck, sources, syntax
from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.kept import Kept
from lfsmake.discover.judge.piece import Piece, filled, of_script, of_step
from lfsmake.discover.judge.rules.lfs import mounted_now
from lfsmake.discover.judge.trees import RULES as TREE_RULES
from lfsmake.discover.judge.trees import in_tree
from lfsmake.discover.model import Script, Tree
from lfsmake.discover.shell.parse import read_shell
from lfsmake.lang.check_table import Checks
from lfsmake.model.step import Project, Resource, Step

RULES: tuple[Rule, ...] = (
    *syntax.RULES, *judge.RULES, *declared.RULES, *order.RULES, *TREE_RULES, *rights.RULES, *sources.RULES,
    *marks.RULES, *hooks.RULES, *shellcheck.RULES,
)  # fmt: skip


class World(Struct, frozen=True):
    """What is asked of the machine: how much disk and memory there is, what the store and the lock file have."""

    uid: int
    free: int  # bytes on the store's file system
    memory: int  # bytes of the machine
    locked: Callable[[str], str | None]  # URL → sha256 of the lock file
    stored: Callable[[Resource], str]  # the path of a resource's verified file, "" if it is not here
    ask: Callable[[str], str] | None = None  # asks servers, where that is wanted
    kept: Kept = Kept(None)
    mounts: tuple[str, ...] = ()  # where something is mounted, absolute


def of_project(project: Project, names: Iterable[str], checks: Checks, world: World) -> tuple[Finding, ...]:
    """The findings of the steps `names`, and of the files they are written in."""
    steps = [project.steps[name] for name in names]
    part = Project(
        project.book, {step.name: step for step in steps}, project.groups, project.hosts, project.resources,
        project.options, project.default, project.files,
    )  # fmt: skip
    pieces = _unlike(piece for step in steps for piece in of_step(step))
    more = [
        *syntax.findings(pieces, world.kept),
        *syntax.line_ends(piece for piece in pieces if piece.kind == "script"),
        *shellcheck.findings(pieces, world.kept),
        *declared.findings(steps, pieces),
        *marks.findings(project.files, project.steps, part.steps),
        *rights.findings(*_run_files(project, steps), world.uid),
        *sources.declared(part, world.locked),
        *sources.signed(part, world.stored, checks.keyring),
        *sources.room(steps, world.free, world.memory),
        *hooks.findings(checks, steps, ()),
    ]
    if world.ask is not None:
        more += sources.asked(part, world.ask)
    return judge.findings(pieces, more, {step.name: step.allows for step in steps}, _ids())


def of_tree(tree: Tree, checks: Checks, world: World, archives: Path | None = None) -> tuple[Finding, ...]:
    """The findings of a tree's scripts. `archives`: the folder in which their sources should lie, if that is known."""
    found = list(_files_of(tree))
    pieces = _with_sourced(list(_pieces_of(found)))
    files = [script.span.file for script in found]
    subjects = {script.span.file: script.id for script in found}
    shells = {piece.shell.path: piece.shell for piece in pieces}
    more = [
        *syntax.findings(pieces, world.kept),
        *shellcheck.findings(pieces, world.kept),
        *rights.findings(files, subjects, world.uid),
        *rights.scripts(found),
        *order.findings(tree),
        *mounted_now(pieces, world.mounts),
        *in_tree(tree, shells, archives),
        *syntax.line_ends(pieces),
        *hooks.findings(checks, (), tree.scripts),
    ]
    return judge.findings(pieces, more, {}, _ids())


def _ids() -> list[str]:
    return [rule.id for rule in RULES]


def _unlike(pieces: Iterable[Piece]) -> list[Piece]:
    """Each body once: many steps share those of a style."""
    seen: dict[tuple[str, int, int, str], Piece] = {}
    for piece in pieces:
        seen.setdefault((piece.shell.path, piece.line, piece.column, piece.shell.text), piece)
    return list(seen.values())


def _run_files(project: Project, steps: Sequence[Step]) -> tuple[list[str], dict[str, str]]:
    """Every file that decides what is run, and the step of those that are scripts."""
    files, subjects = list(project.files), {}
    for step in steps:
        if step.script is not None:
            files.append(step.script.file)
            subjects[step.script.file] = step.name
            files += [each.file for each in step.script.reads]
    return files, subjects


def _files_of(tree: Tree) -> Iterator[Script]:
    """A script a file: files are judged whole. Where parts of one differ in their context, it is not known."""
    by_path: dict[str, list[Script]] = {}
    for script in tree.scripts:
        by_path.setdefault(script.path, []).append(script)
    for path, parts in by_path.items():
        first = next((script for script in parts if not script.part), parts[0])
        contexts = {script.context.value if script.context else "" for script in parts}
        builds = any(script.role == "build" for script in parts)
        yield msgspec.structs.replace(
            first,
            id=path,
            context=first.context if len(contexts) == 1 and _surely(first) else None,
            role="build" if builds and first.role in ("driver", "build") else first.role,
        )


def _surely(script: Script) -> bool:
    return script.context is not None and script.context.sure == "sure"


def _with_sourced(pieces: list[Piece]) -> list[Piece]:
    """The pieces, each knowing the variables that the files of the tree which it sources surely fill. Files are met by
    their names alone: where they lie when the script runs is not known."""
    by_name: dict[str, list[Piece]] = {}
    for piece in pieces:
        by_name.setdefault(Path(piece.shell.path).name, []).append(piece)
    own = {piece.shell.path: filled(piece.shell) for piece in pieces}

    def reached(piece: Piece, seen: set[str]) -> frozenset[str]:
        found: frozenset[str] = frozenset()
        for word in piece.shell.sourced:
            for other in by_name.get(word.text.strip("\"'").rpartition("/")[2], ()):
                if other.shell.path not in seen:
                    seen.add(other.shell.path)
                    found |= own[other.shell.path] | reached(other, seen)
        return found

    return [
        msgspec.structs.replace(piece, known=piece.known | reached(piece, {piece.shell.path}))
        if piece.shell.sourced
        else piece
        for piece in pieces
    ]


def _pieces_of(scripts: Iterable[Script]) -> Iterator[Piece]:
    for script in scripts:
        if script.role in ("list", "stray") or "makefile" in script.convention:
            continue
        try:
            data = Path(script.span.file).read_bytes()
        except OSError:
            continue  # told as skipped by discovery
        shell = read_shell(script.span.file, data)
        if shell.interpreter in ("", "bash", "sh", "dash", "ksh"):
            yield of_script(script, shell)
