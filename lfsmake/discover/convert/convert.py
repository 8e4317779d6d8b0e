"""`import_tree`: a folder of scripts becomes recipes. Puts together texts, steps, recipes; writes if asked."""

import os
from collections import Counter
from collections.abc import Collection
from pathlib import Path

from msgspec import Struct

from lfsmake.discover.book.site import put
from lfsmake.discover.category import is_old
from lfsmake.discover.convert.archives import Archives
from lfsmake.discover.convert.model import As, Converted, Made
from lfsmake.discover.convert.recipe import Resources, chapter_text, comment, host_text, quoted, styles_text
from lfsmake.discover.convert.steps import Namer, made, with_needs
from lfsmake.discover.convert.texts import Texts
from lfsmake.discover.model import Tree
from lfsmake.discover.scan.survey import survey
from lfsmake.discover.tree import discover
from lfsmake.lang.format import format_text
from lfsmake.model.errors import HostError, UsageError

CONFIGURATION = "lfsmake.toml"
_HEADINGS = {
    "cross-toolchain": "The cross toolchain",
    "temporary-tools": "Temporary tools",
    "chroot": "What prepares the system's own root",
    "system": "The system",
    "configuration": "Configuration",
    "kernel": "The kernel",
    "boot": "Booting",
    "beyond": "Beyond the book",
    "rest": "The rest",
}


class Done(Struct, frozen=True):
    """What was done with the files of an import, by their paths below its folder."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]


def import_tree(root: Path, way: As, sources: Collection[Path] = ()) -> Converted:
    """The recipes that the scripts below `root` make; nothing of them is run. `sources`: folders of archives to hash.

    Raises UsageError if `root` is no folder, or holds no build script.
    """
    for folder in sources:
        if not os.access(folder, os.R_OK | os.X_OK):
            raise UsageError(f"{folder} cannot be read", expected="a folder of archives")
    tree = discover(root)
    found = survey(root)
    builds = [script for script in tree.scripts if script.role == "build"]
    if not builds:
        raise UsageError(f"there is no build script in {root}", hint=f"`lfsmake discover {root}` says what is there")
    builds.sort(key=lambda script: (script.position == 0, script.position))
    beside = [path for path in (root / "sources", root.resolve().parent / "sources") if path.is_dir()]
    archives = Archives(found.root, [*sources, *beside])
    texts, namer, old = Texts(found, tree.scripts), Namer(builds), is_old(tree.scripts)
    steps: list[Made] = []
    left: list[tuple[str, str]] = []
    for script in builds:
        text = texts.of(script)
        if text is None or not text.body.strip():
            left.append((script.id, "it holds no shell"))
            continue
        steps.append(made(text, namer.name(script), archives, way, old=old))
    steps = with_needs(steps)
    left += [(script.id, f"{script.role}: {script.why}") for script in tree.scripts if script.role != "build"]
    return Converted(_files(tree, steps, texts, old), tuple(steps), tuple(left), tree.skipped)


def _files(tree: Tree, steps: list[Made], texts: Texts, old: bool) -> dict[str, bytes]:
    title = comment(f"The scripts of {Path(tree.root).name}").removeprefix("# ")
    resources = Resources(steps)
    groups = list(dict.fromkeys(step.group for step in steps))
    made_: dict[str, str] = {}
    for group in groups:
        number = group.removeprefix("chapter-")
        heading = f"Chapter {number}" if number != group else _HEADINGS[group]
        name = f"chapter{int(number):02}.lfs" if number != group else f"{group}.lfs"
        made_[name] = chapter_text(title, group, heading, [step for step in steps if step.group == group], resources)
    if resources.names:
        made_["resources.lfs"] = f"# {title}: where the sources come from.\n" + "\n".join(resources.lines()) + "\n"
    host = any(step.context == "host" for step in steps)
    if host:
        made_["host.lfs"] = host_text(title, old)
    if host or any(step.style for step in steps):
        made_["styles.lfs"] = styles_text(title, steps, old)
    files = {name: format_text(name, text).encode() for name, text in made_.items()}
    for step in steps:
        if step.file:
            for path in (step.file, *step.reads):
                data = texts.data(path.removeprefix("scripts/"))
                if data is not None:
                    files[path] = data
    book = tree.books[0].book if tree.books else ""
    lines = ["# What lfsmake builds in this folder. `lfsmake list` names targets and options."]
    lines += [f"book = {quoted(book)}"] if book else []
    lines += ['recipes = ["."]', f'default = ["{groups[0]}"]', ""]
    files[CONFIGURATION] = "\n".join(lines).encode()
    return files


def write(converted: Converted, folder: Path, *, force: bool = False, dry: bool = False) -> Done:
    """Writes the recipes, all or none. A file there that says something else is an error unless `force`; the
    configuration of a project that there is stays as it is. Raises UsageError and HostError."""
    from lfsmake.lang.config import find_config

    files = dict(converted.files)
    if find_config(folder if os.path.isdir(folder) else _existing(folder)) is not None:
        files.pop(CONFIGURATION, None)
    unchanged, different = [], []
    for name, data in files.items():
        path = folder / name
        try:
            there = path.read_bytes() if path.exists() or path.is_symlink() else None
        except OSError as error:
            raise HostError(f"cannot read {path}: {error.strerror or error}") from error
        if there == data:
            unchanged.append(name)
        elif there is not None:
            different.append(name)
    if different and not force and not dry:
        named = ", ".join(different[:4]) + (" and more" if len(different) > 4 else "")
        raise UsageError(
            f"{named} in {folder} {'say' if len(different) > 1 else 'says'} something else",
            hint="name another folder with --to; --force writes over them",
        )
    written = {name: data for name, data in files.items() if name not in unchanged}
    if not dry:
        put(folder, written)
    return Done(tuple(written), tuple(unchanged))


def _existing(folder: Path) -> Path:
    """The nearest folder above that there is."""
    return next((parent for parent in folder.resolve().parents if os.path.isdir(parent)), Path("/"))


def counts(converted: Converted) -> Counter[str]:
    """How many steps became what: "package", "package with marks", "script", "script with marks", marks in all."""
    found: Counter[str] = Counter()
    for step in converted.steps:
        unfinished = (
            step.kind == "script" and not step.why and step.archive is not None and not step.file and not step.before
        )
        marked = bool(step.marks) or unfinished
        kind = "package" if step.kind == "package" else "cut" if unfinished else "script"
        found[f"{kind} with marks" if marked else kind] += 1
        found["marks"] += len(step.marks) + unfinished
    return found
