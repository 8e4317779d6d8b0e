"""Registers trees of scripts, shows, refreshes and removes them. Runs nothing; writes only the project's own files.

A tree `N` is the table [registry.N] of lfsmake.toml, its recipe registry/N.lfs, which people edit, and beside that
registry/N.lfs.generated, what was generated last: the base that a refresh merges from.
"""

import os
import re
from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct

from lfsmake.discover.book.upgrade import Outcome, merge_books
from lfsmake.discover.category import is_old
from lfsmake.discover.model import BookMatch, Tree
from lfsmake.discover.registry.known import Places, places
from lfsmake.discover.registry.recipe import recipe_text
from lfsmake.discover.registry.settings import read_settings, with_book, with_tree, without_tree, write_files
from lfsmake.discover.registry.steps import Left, Planned, plan
from lfsmake.discover.tree import discover
from lfsmake.lang.config import NAME, REGISTRY, Config, books, is_tree_name, load_config
from lfsmake.lang.reading import read_file
from lfsmake.model.errors import LfsmakeError, UsageError

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")
_AGAIN = "the tree as it is now"  # what a refresh merges with, in the marks of a conflict


class Entry(Struct, frozen=True):
    """A registered tree. `edited`: its recipe is not what was generated; `there`: its folder is."""

    name: str
    path: str
    recipe: str
    there: bool
    edited: bool


class Shown(Struct, frozen=True):
    """A registered tree and what its scripts are now."""

    entry: Entry
    steps: tuple[Planned, ...]
    left: tuple[Left, ...]
    books: tuple[BookMatch, ...]
    skipped: tuple[tuple[str, str], ...] = ()  # path, why it could not be read


class Refreshed(Struct, frozen=True):
    """What a refresh did, or would do: the recipe before and after, and what became of each declaration."""

    entry: Entry
    before: str
    after: str
    outcomes: tuple[Outcome, ...]

    @property
    def conflicts(self) -> tuple[Outcome, ...]:
        """Declarations that somebody has to look at."""
        return tuple(one for one in self.outcomes if one.what == "conflict")


def entries(config: Config) -> tuple[Entry, ...]:
    """The registered trees, in the order of lfsmake.toml."""
    return tuple(entry_of(config, name) for name in config.registry)


def entry_of(config: Config, name: str) -> Entry:
    """The registered tree of that name; UsageError without one."""
    path = config.registry.get(name)
    if path is None:
        from lfsmake.lang.words import meant

        known = ", ".join(config.registry)
        hint = meant(name, config.registry) or (
            f"registered are {known}" if known else "register one: lfsmake registry add DIR"
        )
        raise UsageError(f'no tree is registered as "{name}"', hint=hint)
    recipe = _recipe(config.root, name)
    return Entry(name, path, str(recipe), os.path.isdir(path), _text(recipe) != _text(_base(recipe)))


def add(config: Config | None, project: Path, folder: Path, name: str = "") -> Shown:
    """Registers the tree in `folder` with the project in folder `project`, whose configuration is `config`.

    UsageError where the folder is no tree, or the name cannot be had. All files are written, or none.
    """
    root = Path(os.path.abspath(folder))
    if not os.path.isdir(root):
        raise UsageError(f"there is no folder {folder}", expected="a folder of build scripts")
    if not str(root).isprintable():
        raise UsageError(
            f"the path {str(root)!a} cannot stand in lfsmake.toml",
            expected="UTF-8 without line ends or other signs that nothing shows",
            hint="rename the folder, or link to it",
        )
    name = name or _NOT_IN_NAMES.sub("-", root.name).strip("-._") or "tree"
    if not is_tree_name(name):
        raise UsageError(
            f'"{name}" cannot be the name of a tree',
            expected="letters, digits and . _ -, a letter or digit first",
            hint="give it one: --name NAME",
        )
    recipe = _recipe(project, name)
    if config is not None and name in config.registry:
        same = os.path.realpath(config.registry[name]) == os.path.realpath(root)
        hint = f"lfsmake registry refresh {name}" if same else "give this one another: --name NAME"
        raise UsageError(f"{name} is registered already, for {config.registry[name]}", hint=hint)
    if recipe.exists():
        raise UsageError(f"{recipe} is there already", hint="give the tree another name, or move that file away")
    toml = Path(config.path) if config is not None else project / NAME
    before = read_settings(toml)
    tree = discover(root)
    if config is None:
        before = _new_settings(tree)
    steps, left, text = _generated(tree, name, _resources(config, name, before))
    kept = with_book(before, next(reversed(books()), "")) if config is not None and books() else before
    files = {
        _base(recipe): text,
        recipe: text,
        toml: with_tree(kept, name, _shown_path(root, project)),
    }
    write_files(files)
    _undo_if_wrong(toml, {toml: before if config is not None else None, recipe: None, _base(recipe): None})
    return Shown(Entry(name, str(root), str(recipe), True, False), steps, left, tree.books, tree.skipped)


def show(config: Config, name: str) -> Shown:
    """The tree as its folder is now. UsageError where it is gone."""
    entry = _there(entry_of(config, name))
    tree = discover(Path(entry.path))
    steps, left, _ = _generated(tree, name, _resources(config, name, ""), empty=True)
    return Shown(entry, steps, left, tree.books, tree.skipped)


def refresh(config: Config, name: str, *, write: bool = True) -> Refreshed:
    """Makes the recipe anew from the tree as it is now, and keeps what was edited: a merge of three texts.

    RecipeErrors where the recipe does not parse, or has marks of an earlier conflict left.
    """
    entry = _there(entry_of(config, name))
    recipe = Path(entry.recipe)
    _, _, text = _generated(discover(Path(entry.path)), name, _resources(config, name, ""))
    ours = _text(recipe)
    if not ours:
        merged = text
        outcomes: tuple[Outcome, ...] = (Outcome(entry.recipe, recipe.name, "added"),)
    else:
        base = _text(_base(recipe)) or ours
        merge = merge_books({entry.recipe: base}, {entry.recipe: text}, {entry.recipe: ours}, "generated", _AGAIN)
        merged, outcomes = merge.files.get(entry.recipe, ours) or "", merge.outcomes
    if write:
        write_files({_base(recipe): text, recipe: merged})
    return Refreshed(entry, ours, merged, outcomes)


def remove(config: Config, name: str) -> tuple[Entry, str]:
    """Takes the tree out of the project; its folder stays as it is. Returns what it was, and where its recipe was kept
    if that was edited, "" if not."""
    entry = entry_of(config, name)
    recipe = Path(entry.recipe)
    toml = Path(config.path)
    kept = ""
    write_files({toml: without_tree(read_settings(toml), name)})
    if entry.edited and recipe.exists():
        place = _free(recipe.with_name(f"{recipe.name}.kept"))
        recipe.rename(place)
        kept = str(place)
    for path in (recipe, _base(recipe)):
        path.unlink(missing_ok=True)
    if recipe.parent.is_dir() and not any(recipe.parent.iterdir()):
        recipe.parent.rmdir()
    return entry, kept


def _generated(
    tree: Tree, name: str, resources: Mapping[str, str], *, empty: bool = False
) -> tuple[tuple[Planned, ...], tuple[Left, ...], str]:
    """What becomes of the tree: its steps, what is left out, the recipe; UsageError without steps unless `empty`."""
    found: Places = places(tree.root, resources)
    steps, left = plan(tree, name, found)
    if not steps and not empty:
        what = f"only {left[0].why.partition(':')[0]}" if left else "no build script"
        hint = left[0].why.partition(": ")[2] or f"`lfsmake discover {tree.root}` says what is there" if left else (
            f"`lfsmake discover {tree.root}` says what is there"
        )
        raise UsageError(f"nothing in {tree.root} can be run as a step: {what}", hint=hint)
    return steps, left, recipe_text(name, steps, left, old=is_old(tree.scripts)) if steps else ""


def _resources(config: Config | None, name: str, settings: str) -> dict[str, str]:
    """File name → name of each resource that the project declares outside of the tree's own recipe."""
    from lfsmake.lang.load import load_configured, load_project

    if config is None:
        shipped = [path for book, path in books().items() if f'book = "{book}"' in settings]
        project = load_project(shipped) if shipped else None
    else:
        own = str(_recipe(config.root, name))
        others = tuple(path for path in config.recipes if path != own)
        from msgspec.structs import replace

        try:
            project = load_configured(replace(config, recipes=others, default=()), {}) if others else None
        except LfsmakeError:
            project = None  # the other recipes may need this tree's, or be wrong: `lfsmake check` says so
    if project is None:
        return {}
    mine = f"{REGISTRY}/{name}.lfs"
    return {
        resource.filename: word
        for word, resource in project.resources.items()
        if not resource.span.file.endswith(f"/{mine}")
    }


def _new_settings(tree: Tree) -> str:
    """The lfsmake.toml of a project that has none: with the shipped recipes of the tree's book, if there are any, whose
    sources its scripts can have."""
    best = tree.books[0].book if tree.books else ""
    return f'book = "{best}"\n' if best in books() else ""


def _undo_if_wrong(toml: Path, before: Mapping[Path, str | None]) -> None:
    """Reads the project as it is now; puts everything back and raises if it cannot be."""
    from lfsmake.lang.load import load_configured

    try:
        load_configured(load_config(toml), {})
    except LfsmakeError:
        for path, text in before.items():
            if text is None:
                path.unlink(missing_ok=True)
            else:
                write_files({path: text})
        raise


def _there(entry: Entry) -> Entry:
    if not entry.there:
        raise UsageError(
            f"the tree {entry.name} is gone: there is no folder {entry.path}",
            hint=f"put its new place into lfsmake.toml, or: lfsmake registry remove {entry.name}",
        )
    return entry


def _recipe(root: str | Path, name: str) -> Path:
    return Path(root) / REGISTRY / f"{name}.lfs"


def _base(recipe: Path) -> Path:
    return recipe.with_name(f"{recipe.name}.generated")


def _text(path: Path) -> str:
    return read_file(path) if path.exists() else ""


def _free(path: Path) -> Path:
    """`path`, or one with a number that does not exist."""
    if not path.exists():
        return path
    return next(other for number in range(2, 10_000) if not (other := path.with_name(f"{path.name}.{number}")).exists())


def _shown_path(root: Path, project: Path) -> str:
    """The path as lfsmake.toml has it: relative below the project's own folder or beside it, otherwise absolute."""
    relative = os.path.relpath(root, project)
    return relative if not relative.startswith("../..") else str(root)
