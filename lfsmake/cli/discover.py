"""`lfsmake discover DIR`: what the scripts of a folder are, what they build, in which order."""

import os
import shutil
import sys
from collections.abc import Iterator, Sequence

import click

from lfsmake.cli.options import Settings, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.discover.model import Fact, Script, Tree
from lfsmake.model.errors import EXIT_OK, UsageError
from lfsmake.ui.text import clip, several, single, width

_SHAPE = """
`{"version": 1, "tree": TREE}`, as `grammar/tree.schema.json` says. The scripts of a TREE are in building order
first (`position` counts from 1), then the rest by path with position 0. A fact is `{"value": "2.44", "source": "the tar
line", "sure": "sure" | "likely" | "guess", "span": PLACE | null}`, or null where nothing tells. With an ID:
`{"version": 1, "script": SCRIPT}`.
"""
_HEADS = ("order", "script", "package", "version", "chapter", "context", "category")
_FIRST_TO_GO = (6, 5, 4)  # columns that a narrow terminal does without, in that order
_NARROWEST_ID = 24


@declare(
    "discover",
    click.Argument(["folder"], metavar="DIR"),
    click.Argument(["name"], metavar="[ID]", default=""),
    examples=(
        ("lfsmake discover ../my-lfs", "its build scripts in order, and what else is there"),
        ("lfsmake discover ../my-lfs gcc-pass1.sh", "all that is known of one script, and from where"),
        ("lfsmake discover ../my-lfs --json", "the same for programs"),
    ),
    json=_SHAPE,
)
def command(settings: Settings, folder: str, name: str) -> int:
    """Find the build scripts below DIR and tell what each builds, for which chapter, and in which order.

    Reads shell scripts, makefiles, Pkgfiles and the like, jhalfs' output, lists and sidecars; runs nothing. A `?`
    marks what is only a guess. ID is a script's path below DIR, or the end of one; a part of a script is PATH#PART.
    """
    from lfsmake.cli.given import given
    from lfsmake.discover.tree import discover

    tree = discover(given(settings.directory, folder, "DIR"))
    if name:
        script = _chosen(tree, name)
        if settings.json:
            emit_json({"version": 1, "script": script})
        else:
            for line in script_lines(script, tree):
                emit(single(line))
    elif settings.json:
        emit_json({"version": 1, "tree": tree})
    else:
        columns = shutil.get_terminal_size((100, 24)).columns if sys.stdout.isatty() else 0
        for line in tree_lines(tree, columns, settings.verbose):
            emit(single(line))
    return EXIT_OK


def _chosen(tree: Tree, name: str) -> Script:
    """The script that is called so; a UsageError where none is, or several are."""
    exact = [script for script in tree.scripts if script.id == name]
    ends = [script for script in tree.scripts if script.id.endswith((f"/{name}", f"#{name}"))]
    built = [script for script in tree.scripts if script.name is not None and script.name.value == name.lower()]
    found = exact or ends or built
    if len(found) == 1:
        return found[0]
    if not found:
        from lfsmake.lang.words import meant

        raise UsageError(
            f'no script of {tree.root} is called "{name}"',
            expected="a script's path below that folder, or PATH#PART",
            hint=meant(name, [script.id for script in tree.scripts]) or "`lfsmake discover DIR` names them all",
        )
    raise UsageError(
        f'{several(len(found), "script")} are called "{name}"',
        expected="the whole path below the folder",
        hint="one of " + ", ".join(script.id for script in found[:6]) + (", …" if len(found) > 6 else ""),
    )


def tree_lines(tree: Tree, columns: int = 0, every: bool = False) -> Iterator[str]:
    """The tree as text. `columns` of the terminal, 0 for a pipe: nothing is cut. `every`: long lists whole."""
    steps = [script for script in tree.scripts if script.position]
    builds = [script for script in tree.scripts if script.role == "build"]
    loose = [script for script in builds if not script.position]
    others = [script for script in tree.scripts if script.role != "build" and not script.position]
    if not tree.scripts:
        yield f"{tree.root} holds no scripts"
        return
    yield f"{tree.root}: {several(len(builds), 'build script')}" + (
        f", as {', '.join(tree.conventions)}" if tree.conventions else ""
    )
    if steps:
        yield ""
        yield from _table(steps, columns)
    if loose:
        yield ""
        yield "Build scripts that nothing puts in order"
        yield from _table(loose, columns)
    if others:
        yield ""
        yield "Not build scripts"
        yield from _others(others, columns, every)
    if tree.books:
        yield ""
        yield from _books(tree, every)
    if tree.skipped:
        yield ""
        yield "Not read"
        shown = tree.skipped if every or len(tree.skipped) <= 12 else tree.skipped[:10]
        for path, why in shown:
            yield _fit(f"  {path}: {why}", columns)
        if len(shown) < len(tree.skipped):
            yield f"  and {several(len(tree.skipped) - len(shown), 'more file')}; -v names them all"


def _table(scripts: Sequence[Script], columns: int) -> Iterator[str]:
    rows: list[tuple[str, ...]] = [
        (
            str(script.position or ""),
            single(script.id),
            _told(script.name) + (f" pass {script.turn.value}" if script.turn is not None else ""),
            _told(script.version),
            _told(script.section or script.chapter),
            _told(script.context),
            script.category or "" if script.role == "build" else script.role,
        )
        for script in scripts
    ]
    rows.insert(0, _HEADS)
    kept = [at for at in range(len(_HEADS)) if at == 1 or any(row[at] for row in rows[1:])]
    widths = {at: max(width(row[at]) for row in rows) for at in kept}
    if columns:
        for drop in _FIRST_TO_GO:
            if sum(widths.values()) + 2 * len(widths) - widths[1] + _NARROWEST_ID > columns:
                widths.pop(drop, None)
        room = columns - (sum(widths.values()) - widths[1] + 2 * (len(widths) - 1))
        widths[1] = max(min(widths[1], room), 8)
    for row in rows:
        cells = []
        for at, wide in widths.items():
            text = _shorter(row[at], wide) if at == 1 else row[at]
            blank = " " * (wide - width(text))
            cells.append(blank + text if at == 0 else text + blank)
        yield _fit("  ".join(cells).rstrip(), columns)


def _told(fact: Fact | None) -> str:
    if fact is None:
        return ""
    return fact.value + ("?" if fact.sure == "guess" else "")


def _shorter(text: str, room: int) -> str:
    """The end of a path says more than its beginning."""
    if width(text) <= room:
        return text
    while text and width(text) > room - 1:
        text = text[1:]
    return "…" + text


def _fit(text: str, columns: int) -> str:
    return clip(text, columns) if columns else text


def _others(others: Sequence[Script], columns: int, every: bool) -> Iterator[str]:
    groups: dict[str, list[Script]] = {}
    for script in others:
        groups.setdefault(script.role, []).append(script)
    for role in ("driver", "helper", "host", "download", "cleanup", "list", "stray"):
        found = groups.get(role, [])
        shown = found if every or len(found) <= 12 else found[:10]
        for script in shown:
            yield _fit(f"  {role:<8}  {script.id}: {script.why}", columns)
        if len(shown) < len(found):
            yield f"  {role:<8}  and {len(found) - len(shown)} more; -v names them all"


def _books(tree: Tree, every: bool) -> Iterator[str]:
    best = tree.books[0]
    yield f"Goes best with book {best.book}: {several(best.same, 'version')} the same, {len(best.differ)} differ"
    shown = best.differ if every or len(best.differ) <= 12 else best.differ[:10]
    for name, here, there in shown:
        yield f"  {name} {here}, in the book {there}"
    if len(shown) < len(best.differ):
        yield f"  and {len(best.differ) - len(shown)} more; -v names them all"
    rest = ", ".join(
        f"{match.book} ({match.same} the same, {len(match.differ)} differ)" for match in tree.books[1:]
    )
    if rest:
        yield f"next: {rest}"


def script_lines(script: Script, tree: Tree) -> Iterator[str]:
    """One script, a fact a line: its value, where it is from, how sure it is."""
    yield f"{script.id}"
    yield f"  {'role':<10}{script.role}: {script.why}"
    yield f"  {'layout':<10}{script.convention}"
    if script.category:
        yield f"  {'category':<10}{script.category}"
    if script.position:
        yield f"  {'order':<10}{script.position} of {sum(1 for other in tree.scripts if other.position)}"
    yield f"  {'lines':<10}{script.span.line} to {script.span.end_line}"
    for label, facts in (
        ("package", (script.name,)), ("version", (script.version,)), ("pass", (script.turn,)),
        ("chapter", (script.chapter,)), ("section", (script.section,)), ("source", script.sources), ("patch",
            script.patches), ("also", script.extras),
        ("needs", script.needs), ("context", (script.context,)), ("reads", script.sourced), ("env", script.env),
        ("tools", script.tools), ("writes", script.writes), ("asks", script.prompts), ("tests", (script.tests,)),
        ("SBU", (script.sbu,)), ("disk MB", (script.disk,)),
    ):  # fmt: skip
        yield from _facts(label, facts, tree.root)
    for phase in script.phases:
        yield f"  {'phase':<10}{phase.name}, lines {phase.first} to {phase.last}"


def _facts(label: str, facts: Sequence[Fact | None], root: str) -> Iterator[str]:
    for fact in facts:
        if fact is None:
            continue
        place = ""
        if fact.span is not None:
            file = os.path.relpath(fact.span.file, root) if fact.span.file.startswith(root) else fact.span.file
            place = f", {file}:{fact.span.line}"
        sure = "" if fact.sure == "sure" else f" ({fact.sure})"
        yield f"  {label:<10}{fact.value}  from {fact.source}{place}{sure}"
