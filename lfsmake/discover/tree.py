"""`discover(root)`: a folder becomes a Tree. Puts together what scan, facts, category, order and books find."""

import gc
from collections.abc import Sequence
from pathlib import Path

import msgspec

from lfsmake.discover import books, order
from lfsmake.discover.category import RANK, category_of, is_old
from lfsmake.discover.facts import linked
from lfsmake.discover.model import Script, Tree
from lfsmake.discover.scan.describe import describe
from lfsmake.discover.scan.survey import Survey, survey
from lfsmake.model.errors import UsageError

MOST_ROOTS = 300  # drivers that are followed to tell which comes first


def discover(root: Path) -> Tree:
    """What the scripts below `root` are, what they build and in which order. Nothing of them is run.

    Raises UsageError if `root` is no folder that can be read.
    """
    collecting = gc.isenabled()
    gc.disable()  # millions of small records that all live to the end: looking for cycles among them is a fifth of it
    try:
        return _discover(root)
    finally:
        if collecting:
            gc.enable()


def _discover(root: Path) -> Tree:
    try:
        found = survey(root)
    except OSError as error:
        hint = "name the folder that holds the scripts"
        raise UsageError(
            f"{root} cannot be read as a folder: {(error.strerror or str(error)).lower()}", hint=hint
        ) from None
    scripts = describe(found)
    ordered = _ordered(found, scripts)
    return Tree(
        root=found.root,
        conventions=tuple(dict.fromkeys(script.convention for script in ordered if script.role == "build")),
        scripts=ordered,
        books=books.match(ordered),
        skipped=found.skipped,
    )


def _ordered(found: Survey, scripts: Sequence[Script]) -> tuple[Script, ...]:
    """With categories and in building order."""
    old = is_old(scripts)
    called = {target: name for name, targets in found.links.items() for target in targets if _apart(name, target)}
    whole = [
        msgspec.structs.replace(script, category=category_of(script, old, called.get(script.id, "")))
        for script in scripts
    ]
    return linked(order.in_order(whole, _driven(found, whole)))


def _driven(found: Survey, scripts: Sequence[Script]) -> list[str]:
    """All that is called, in order. Of drivers that nobody calls, that of the earlier work comes first."""
    strays = {script.id for script in scripts if script.role == "stray"}
    ranks = {
        script.id: RANK.index(script.category) for script in scripts if script.role == "build" and script.category
    }
    inside = {
        script.id: script.context.value == "chroot"
        for script in scripts
        if script.role == "build" and script.context is not None and script.context.value in ("chroot", "lfs", "host")
    }
    links = {name: targets for name, targets in found.links.items() if name not in strays}
    mentioned = {target for targets in links.values() for target in targets} | {
        path for path, by in found.sourced_by.items() if by
    }
    roots = [name for name in links if name not in mentioned]

    def reached(name: str) -> list[str]:
        return order.follow([name], lambda one: links.get(one, ()))

    reach = {name: frozenset(reached(name)) & ranks.keys() for name in roots[:MOST_ROOTS]}

    def key(name: str) -> tuple[object, ...]:
        own = reach.get(name, frozenset())
        found = sorted(ranks[other] for other in own)
        rank = found[len(found) // 4] if found else len(RANK)  # not the least: a stray call may be it
        worlds = sorted(inside[other] for other in own if other in inside)
        # What runs in the chroot follows what makes it.
        late = worlds[len(worlds) // 4] if worlds else rank >= RANK.index("chroot")
        within = any(len(own) < len(other) and len(own & other) > 0.8 * len(own) for other in reach.values())
        return (late, rank, within, *order.stage_key(name))

    roots.sort(key=key)
    return order.follow([*roots, *sorted(links, key=order.stage_key)], lambda one: links.get(one, ()))


def _apart(name: str, other: str) -> bool:
    """Whether they stand in different files."""
    return name.partition("#")[0] != other.partition("#")[0]
