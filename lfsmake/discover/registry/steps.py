"""Which scripts of a tree become steps, in which order, where they run and what they need. Writes no recipe."""

import os
import re
from collections.abc import Container, Mapping, Sequence

from msgspec import Struct

from lfsmake.discover.category import is_old
from lfsmake.discover.model import Fact, Script, Tree
from lfsmake.discover.registry.known import Place, Places
from lfsmake.lang.resolve_files import inside
from lfsmake.lang.resolve_scripts import LARGEST, interpreter
from lfsmake.lang.resolve_steps import default_env

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9+._-]+")
_SHELL_CONVENTIONS = ("a file a package", "a folder a package")
_HOST = ("cross-toolchain", "temporary-tools")


class Planned(Struct, frozen=True):
    """A step to be: one file of the tree, and what its scripts, itself or its parts, told."""

    step: str
    path: str  # below the tree
    title: str
    chapter: str  # "5", "" where nothing tells
    context: str  # "host" or "target"
    user: str
    sources: tuple[Place, ...]
    reads: tuple[str, ...]
    env: tuple[str, ...]  # variables it wants from outside
    unsure: tuple[str, ...]  # sentences on what could not be told
    sbu: str = ""
    disk: str = ""
    unpacked: str = ""  # file name of the source that lies unpacked where the script starts


class Left(Struct, frozen=True):
    """A build script of the tree that no step runs, and why."""

    id: str
    why: str


def plan(tree: Tree, name: str, places: Places) -> tuple[tuple[Planned, ...], tuple[Left, ...]]:
    """The steps of the tree registered as `name`, in building order, and what is left out."""
    old = is_old(tree.scripts)
    sourced = {script.path: [fact.value for fact in script.sourced] for script in tree.scripts if not script.part}
    files: dict[str, list[Script]] = {}
    left: list[Left] = []
    for script in tree.scripts:
        if script.role != "build":
            continue
        why = _cannot_run(script, tree.root)
        if why:
            left.append(Left(script.id, why))
        else:
            files.setdefault(script.path, []).append(script)
    taken: set[str] = set()
    known = {script.path for script in tree.scripts}
    planned = [_step(path, scripts, name, old, places, sourced, known, taken) for path, scripts in files.items()]
    return tuple(planned), tuple(left)


def _cannot_run(script: Script, root: str) -> str:
    """Why a step cannot run the script, "" if it can."""
    if "makefile" in script.convention:
        return "a target of a makefile: `lfsmake import` makes a recipe of it"
    if script.convention.endswith(" a package") and script.convention not in _SHELL_CONVENTIONS:
        return "a packager's file, which is not run by itself: `lfsmake import` makes a recipe of it"
    if not script.path.isprintable():
        return "its name cannot stand in a recipe"
    file = os.path.join(root, script.path)
    if not inside(file, [os.path.realpath(root)]):
        return "a link that leads out of the tree"
    try:
        with open(file, "rb") as opened:
            data = opened.read(LARGEST + 1)
    except OSError as error:
        return f"it cannot be read: {(error.strerror or str(error)).lower()}"
    if len(data) > LARGEST or b"\0" in data or interpreter(data) is None:
        return "no script for bash or sh"
    return ""


def _step(
    path: str,
    scripts: Sequence[Script],
    tree: str,
    old: bool,
    places: Places,
    sourced: Mapping[str, Sequence[str]],
    known: Container[str],
    taken: set[str],
) -> Planned:
    whole = len(scripts) == 1 and not scripts[0].part
    first = scripts[0]
    context, user = _where(first, old)
    given = {**dict.fromkeys(default_env(context, "")), "LFS": None}  # unset in the target, where the root is /
    archives: dict[str, Place] = {}
    for script in scripts:
        for fact in (*script.sources, *script.extras, *script.patches):
            place = places.of(fact.value)
            archives.setdefault(place.filename, place)
    unsure = [f"{place.filename}: nothing tells {_lacks(place)}" for place in archives.values() if not place.complete]
    unsure += [
        f"line {fact.span.line if fact.span else 0} waits for an answer: {fact.value}"
        for fact in _all(scripts, "prompts")
    ]
    unpacked = _unpacked(first, places, known) if whole else ""
    if unpacked in archives and not archives[unpacked].complete:
        folder = unpacked.partition(".tar")[0]
        unsure.append(f'it starts in the unpacked {unpacked}: unpack RESOURCE "{folder}", workdir "{folder}"')
    return Planned(
        step=_name(first, path, tree, taken, whole=whole),
        path=path,
        title=_title(first, path) if whole else path,
        chapter=_value(first.chapter),
        context=context,
        user=user,
        sources=tuple(archives.values()),
        reads=tuple(other for other in _closure(path, scripts, sourced) if other.isprintable()),
        env=tuple(dict.fromkeys(fact.value for fact in _all(scripts, "env") if fact.value not in given)),
        unsure=tuple(unsure),
        sbu=_number(first.sbu) if whole else "",
        disk=_number(first.disk) if whole else "",
        unpacked=unpacked,
    )


def _unpacked(script: Script, places: Places, known: Container[str]) -> str:
    """File name of the source that another script of the tree unpacks before it runs this one there, "" without."""
    if not script.sources:
        return ""
    fact = script.sources[0]
    return places.of(fact.value).filename if fact.source != script.path and fact.source in known else ""


def _lacks(place: Place) -> str:
    if place.url:
        return "its digest"
    return "its address" if place.digest else "its address and digest"


def _all(scripts: Sequence[Script], field: str) -> list[Fact]:
    return [fact for script in scripts for fact in getattr(script, field)]


def _value(fact: Fact | None) -> str:
    return fact.value if fact is not None else ""


def _number(fact: Fact | None) -> str:
    return fact.value if fact is not None and re.fullmatch(r"[0-9]{1,9}(?:\.[0-9]{1,6})?", fact.value) else ""


def _where(script: Script, old: bool) -> tuple[str, str]:
    """(context, user): by what the script says, else by its chapter and category."""
    told = _value(script.context)
    if told in ("host", "lfs"):
        return "host", "lfs"
    if told == "chroot":
        return "target", "root"
    chapter = _value(script.chapter)
    if script.category in _HOST and (chapter in ("", "4", "5") or (chapter == "6" and not old)):
        return "host", "lfs"
    return "target", "root"


def _name(script: Script, path: str, tree: str, taken: set[str], *, whole: bool) -> str:
    """A name of its own: what it builds and the pass; where that is taken, its category, then a number."""
    stem = path.rpartition("/")[2]
    stem = stem.rpartition(".")[0] or stem
    base = _value(script.name) if whole else stem
    base = _NOT_IN_NAMES.sub("-", base or stem).strip("-.") or "script"
    turn = _value(script.turn) if whole else ""
    wanted = f"{tree}-{base}" + (f"-pass{turn}" if turn.isdigit() else "")
    tries = [wanted, *([f"{wanted}-{script.category}"] if script.category else [])]
    tries += [f"{wanted}-{number}" for number in range(2, 2 + len(taken) + 1)]
    found = next(name for name in tries if name not in taken)
    taken.add(found)
    return found[:128]


def _title(script: Script, path: str) -> str:
    words = [_value(script.name) or path, _value(script.version)]
    turn = f", pass {_value(script.turn)}" if _value(script.turn) else ""
    section = _value(script.section) or _value(script.chapter)
    return " ".join(word for word in words if word) + turn + (f", LFS {section}" if section else "")


def _closure(path: str, scripts: Sequence[Script], sourced: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Every file that the scripts source, and that those source."""
    todo = [fact.value for fact in _all(scripts, "sourced")]
    seen: dict[str, None] = {}
    while todo:
        other = todo.pop()
        if other != path and other not in seen:
            seen[other] = None
            todo += sourced.get(other, ())
    return tuple(sorted(seen))
