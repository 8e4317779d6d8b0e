"""`lfsmake registry add|list|show|refresh|remove`: trees of scripts that are run as they are."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from lfsmake.cli.group import Group
from lfsmake.cli.options import Command, Settings, declare
from lfsmake.cli.output import emit, emit_json, write
from lfsmake.model.errors import EXIT_OK, EXIT_STEP, UsageError
from lfsmake.ui.text import safe, several

if TYPE_CHECKING:
    from lfsmake.discover.registry.steps import Planned
    from lfsmake.discover.registry.trees import Shown
    from lfsmake.lang.config import Config

_ENTRY = '{"name": "N", "path": "/…", "recipe": "/…", "there": true | false, "edited": true | false}'
_LIST_SHAPE = f"""
`{{"version": 1, "trees": [TREE, …]}}`, TREE as `{_ENTRY}`: whether its
folder is there, and whether the recipe was edited.
"""
_SHOW_SHAPE = """
`{"version": 1, "tree": TREE, "steps": [{"step": "N-gcc-pass1", "script": "5.5-gcc.sh", "title": "…", "context":
"host" | "target", "user": "lfs", "sources": [{"filename": "gcc-14.2.0.tar.xz", "known": true | false, "resource":
"gcc", "url": "…"}, …], "unpacked": "gcc-14.2.0.tar.xz" | "", "reads": ["vars.sh", …], "env": ["LFS_TGT",
…], "unknown": ["…", …]}, …], "left": [{"id": "Makefile#gcc", "why": "…"}, …], "skipped": [{"path": "x.sh", "why":
"…"}, …], "books": [{"book": "12.3", "same": 60, "differ": 2}, …]}`, TREE as `registry list` has it; `unpacked` is what
lies unpacked where the script starts, `skipped` what could not be read. `registry add --json` is the same.
"""
_REFRESH_SHAPE = """
`{"version": 1, "written": true | false, "trees": [{"tree": TREE, "changed": true | false, "outcomes": [{"name": "script
N-gcc-pass1", "what": "taken" | "merged" | "added" | "removed" | "kept" | "conflict", "why": "…"}, …]}, …]}`, TREE as
`registry list` has it; `written` is false with `--dry-run`.
"""
_REMOVE_SHAPE = """
`{"version": 1, "tree": TREE, "kept": "/…" | ""}`, TREE as `registry list` has it; `kept` is where
the recipe is, if it was edited.
"""


def _config(settings: Settings) -> "Config | None":
    """The configuration of the project we are in; None outside of one."""
    from lfsmake.lang.config import find_config, load_config

    found = find_config(Path(settings.directory))
    return load_config(found) if found is not None else None


def _own(settings: Settings) -> "Config":
    from lfsmake.lang.config import Config

    return _config(settings) or Config(root=settings.directory, path="", recipes=())


@declare(
    "add",
    click.Argument(["folder"], metavar="DIR"),
    click.Option(["--name"], metavar="NAME", default="", help="what it is called; the folder's name without"),
    examples=(
        ("lfsmake registry add ../my-lfs", "its build scripts become steps of this project"),
        ("lfsmake registry add ../my-lfs --name mine", "called mine-gcc-pass1 and so on"),
    ),
    json=_SHOW_SHAPE,
)
def add(settings: Settings, folder: str, name: str) -> int:
    """Register a tree of scripts: its build scripts become steps, in their order, run as they are.

    Writes [registry.NAME] into lfsmake.toml and the recipe registry/NAME.lfs, which is yours to edit. What could not be
    told, such as where a source can be had, stands there as a comment.
    """
    from lfsmake.cli.given import given
    from lfsmake.discover.registry.trees import add as register

    config = _config(settings)
    project = Path(config.root if config is not None else settings.directory)
    shown = register(config, project, given(settings.directory, folder, "DIR"), name)
    if settings.json:
        emit_json(_shape(shown))
    elif not settings.quiet:
        entry = shown.entry
        lacking = sum(1 for step in shown.steps if step.unsure)
        where = _short(settings, entry.recipe)
        emit(safe(f"lfsmake: {several(len(shown.steps), 'script')} registered as {entry.name}, in {where}"))
        if lacking:
            verb = "wants" if lacking == 1 else "want"
            emit(f"lfsmake: {lacking} of them {verb} something that nothing tells: look for `# unknown:` there")
        unset = dict.fromkeys(each for step in shown.steps for each in step.env)
        if unset:
            emit(safe(f"lfsmake: nothing sets what they use from their environment: {' '.join(unset)}"))
        for path, why in shown.skipped:
            emit(safe(f"lfsmake: warning: not read: {path}: {why}"))
        if shown.left:
            emit(f"lfsmake: {several(len(shown.left), 'script')} cannot be run as a step; the recipe names them")
        emit(safe(f"lfsmake: to see the order, `lfsmake plan {entry.name}`; to build, `lfsmake {entry.name}`"))
    return EXIT_OK


@declare("list", examples=(("lfsmake registry list", "the registered trees"),), json=_LIST_SHAPE)
def list_(settings: Settings) -> int:
    """List the registered trees: name, folder, and whether it is gone or the recipe was edited."""
    from lfsmake.discover.registry.trees import entries

    found = entries(_own(settings))
    if settings.json:
        emit_json({"version": 1, "trees": found})
        return EXIT_OK
    for entry in found:
        notes = [*([] if entry.there else ["gone"]), *(["edited"] if entry.edited else [])]
        emit(safe(f"{entry.name}  {entry.path}" + (f"  ({', '.join(notes)})" if notes else "")))
    if not found and not settings.quiet:
        emit("lfsmake: no tree is registered; `lfsmake registry add DIR` does that")
    return EXIT_OK


@declare(
    "show",
    click.Argument(["name"], metavar="NAME"),
    examples=(("lfsmake registry show mine", "its steps, and what they want"),),
    json=_SHOW_SHAPE,
)
def show(settings: Settings, name: str) -> int:
    """Show what the scripts of a registered tree are now: the step of each, where it runs, what it wants."""
    from lfsmake.discover.registry.trees import show as look

    shown = look(_own(settings), name)
    if settings.json:
        emit_json(_shape(shown))
        return EXIT_OK
    wide = max((len(step.step) for step in shown.steps), default=0)
    for step in shown.steps:
        emit(safe(f"{step.step:<{wide}}  {step.context:<6}  {step.user:<4}  {step.path}"))
        for one in step.unsure:
            emit(safe(f"{'':<{wide}}  unknown: {one}"))
    for left in shown.left:
        emit(safe(f"not run: {left.id}: {left.why}"))
    for path, why in shown.skipped:
        emit(safe(f"not read: {path}: {why}"))
    return EXIT_OK


@declare(
    "refresh",
    click.Argument(["names"], metavar="[NAME]...", nargs=-1),
    click.Option(["-n", "--dry-run"], is_flag=True, help="change nothing; print the differences"),
    examples=(
        ("lfsmake registry refresh", "take what has changed in all trees into their recipes"),
        ("lfsmake registry refresh -n mine", "what that would change"),
    ),
    json=_REFRESH_SHAPE,
)
def refresh(settings: Settings, names: tuple[str, ...], dry_run: bool) -> int:
    """Look at the trees again and take what has changed into their recipes; what you edited stays.

    Where both changed the same lines, both stand between marks, and the exit code is 1. A script that only changed its
    text needs no refresh: its step is stale by itself.
    """
    from lfsmake.discover.registry.trees import refresh as again

    config = _own(settings)
    if not names and not config.registry:
        raise UsageError("no tree is registered", hint="register one: lfsmake registry add DIR")
    found = [again(config, name, write=not dry_run) for name in names or tuple(config.registry)]
    if settings.json:
        emit_json({
            "version": 1,
            "written": not dry_run,
            "trees": [
                {
                    "tree": one.entry,
                    "changed": one.before != one.after,
                    "outcomes": [{"name": each.name, "what": each.what, "why": each.why} for each in one.outcomes],
                }
                for one in found
            ],
        })  # fmt: skip
    for one in found if not settings.json else ():
        if dry_run:
            write(safe(_difference(_short(settings, one.entry.recipe), one.before, one.after)))
        for each in one.conflicts:
            emit(safe(f"conflict  {_short(settings, one.entry.recipe)}  {each.name}: {each.why}"))
        if not settings.quiet:
            counts = {what: sum(each.what == what for each in one.outcomes) for what in _COUNTED}
            told = ", ".join(f"{count} {what}" for what, count in counts.items() if count)
            word = "nothing has changed" if one.before == one.after else ("would change" if dry_run else "changed")
            emit(safe(f"lfsmake: {one.entry.name}: {word}" + (f": {told}" if told else "")))
    return EXIT_STEP if any(one.conflicts for one in found) else EXIT_OK


_COUNTED = ("taken", "merged", "added", "removed", "kept", "conflict")


@declare(
    "remove",
    click.Argument(["name"], metavar="NAME"),
    examples=(("lfsmake registry remove mine", "its steps go; the tree stays as it is"),),
    json=_REMOVE_SHAPE,
)
def remove(settings: Settings, name: str) -> int:
    """Take a tree out of the project: its table in lfsmake.toml and its recipe. An edited recipe is kept beside it.

    The tree itself stays as it is, and what was built of it stays in the store.
    """
    from lfsmake.discover.registry.trees import remove as take_out

    entry, kept = take_out(_own(settings), name)
    if settings.json:
        emit_json({"version": 1, "tree": entry, "kept": kept})
    elif not settings.quiet:
        words = f"; its recipe was edited and is now {_short(settings, kept)}" if kept else ""
        emit(safe(f"lfsmake: {entry.name} is registered no more{words}"))
    return EXIT_OK


def _shape(shown: "Shown") -> dict[str, Any]:
    return {
        "version": 1,
        "tree": shown.entry,
        "steps": [_step_shape(step) for step in shown.steps],
        "left": shown.left,
        "skipped": [{"path": path, "why": why} for path, why in shown.skipped],
        "books": [{"book": one.book, "same": one.same, "differ": len(one.differ)} for one in shown.books],
    }


def _step_shape(step: "Planned") -> dict[str, Any]:
    return {
        "step": step.step,
        "script": step.path,
        "title": step.title,
        "context": step.context,
        "user": step.user,
        "sources": [
            {"filename": place.filename, "known": place.complete, "resource": place.resource, "url": place.url}
            for place in step.sources
        ],
        "unpacked": step.unpacked,
        "reads": step.reads,
        "env": step.env,
        "unknown": step.unsure,
    }


def _short(settings: Settings, path: str) -> str:
    relative = os.path.relpath(path, settings.start)
    return path if relative.startswith("..") else relative


def _difference(name: str, before: str, after: str) -> str:
    from difflib import unified_diff

    lines = unified_diff(
        before.splitlines(keepends=True), after.splitlines(keepends=True), f"a/{name}", f"b/{name}"
    )
    return "".join(lines)


ACTIONS: dict[str, tuple[Command, str]] = {
    "add": (add, "register a tree of scripts"),
    "list": (list_, "list the registered trees"),
    "show": (show, "show the steps of a tree, and what they want"),
    "refresh": (refresh, "take what has changed in a tree into its recipe"),
    "remove": (remove, "take a tree out of the project"),
}


command = Group("registry", ACTIONS, "Run trees of scripts as they are: register them, and their scripts become steps.")
