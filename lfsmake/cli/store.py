"""`lfsmake store gc|verify|path|du`: the care of the store."""

import contextlib
from typing import TYPE_CHECKING, Any

import click

from lfsmake.cli.group import Group
from lfsmake.cli.options import Command, Quota, Settings, declare
from lfsmake.cli.output import emit, emit_json, report
from lfsmake.model.errors import EXIT_OK, EXIT_STEP, Problem
from lfsmake.ui.text import several, size

if TYPE_CHECKING:
    from lfsmake.store.collect import Collected
    from lfsmake.store.store import Store

_GC_SHAPE = """
`{"version": 1, "removed": true | false, "size": BYTES, "traces": 3, "things": [{"kind": "layer", "path": "/…", "size":
BYTES}, …], "quota": BYTES | null, "left": BYTES | null}`; `removed` is false with `--dry-run`; `left`, what the store
takes afterwards, is known with a quota only.
"""
_VERIFY_SHAPE = """
`{"version": 1, "problems": [PROBLEM, …]}`, PROBLEM as in `check --json`.
"""
_PATH_SHAPE = """
`{"version": 1, "path": "/…"}`.
"""
_DU_SHAPE = """
`{"version": 1, "path": "/…", "layers": BYTES, "sources": BYTES, "downloads": BYTES, "work": BYTES, "failed": BYTES,
"logs": BYTES, "records": BYTES, "other": BYTES, "free": BYTES}`.
"""


def _open(settings: Settings) -> "Store":
    from lfsmake.cli.opened import store_path
    from lfsmake.store.store import Store

    return Store.open(store_path(settings))


@declare(
    "gc",
    click.Option(["-n", "--dry-run"], is_flag=True, help="print what would be removed; remove nothing"),
    click.Option(
        ["--quota"], metavar="SIZE", type=Quota(),
        help="remove only until the store takes no more than this, the least recently used first",
    ),
    examples=(
        ("lfsmake store gc -n", "what would go, and how much that is"),
        ("lfsmake store gc --quota '40 GB'", "make it 40 GB, if what the recipes need takes no more"),
    ),
    json=_GC_SHAPE,
)
def gc(settings: Settings, dry_run: bool, quota: int | None) -> int:
    """Remove what no newest trace of a step needs: old layers and logs, dead work folders, broken downloads.

    Sources and the kept folders of failures stay. With a quota, given here or in lfsmake.toml, what the project's
    recipes do not need goes while the store takes more, the least recently used first: layers, sources, kept folders
    of failures; exits with 1 if what is left takes more all the same. While a run uses the store, it refuses.
    """
    from lfsmake.cli.opened import configuration
    from lfsmake.sandbox import remove_tree
    from lfsmake.store.collect import Policy, collect, plan_collection

    config = configuration(settings)
    quota = config.quota if quota is None else quota
    with contextlib.ExitStack() as stack:
        if quota is None:
            store, policy = stack.enter_context(contextlib.closing(_open(settings))), Policy(logs=config.log_keep)
        else:
            from lfsmake.cli.opened import opened

            session = stack.enter_context(opened(settings))
            store, policy = session.store, session.policy_within(quota)
        found = plan_collection(store, policy) if dry_run else collect(store, policy, remove_tree)
    _tell_collected(settings, found, quota, dry_run=dry_run)
    return EXIT_OK if quota is None or found.left is None or found.left <= quota else EXIT_STEP


def _tell_collected(settings: Settings, found: "Collected", quota: int | None, *, dry_run: bool) -> None:
    if settings.json:
        emit_json({**_collected_shape(found, removed=not dry_run), "quota": quota, "left": found.left})
    elif not settings.quiet:
        if dry_run or settings.verbose:
            for thing in found.things:
                emit(f"{thing.kind:<8}  {size(thing.size):>7}  {thing.path}")
        word = "would remove" if dry_run else "removed"
        left = f"; {'that would leave' if dry_run else 'left are'} {size(found.left)}" if found.left is not None else ""
        emit(f"lfsmake: {word} {several(len(found.things), 'thing')}, {size(found.size)}{left}")
    if quota is not None and found.left is not None and found.left > quota:
        problem = Problem(
            f"the store would take {size(found.left)}" if dry_run else f"the store takes {size(found.left)}",
            expected=f"at most {size(quota)}, its quota",
            hint="the recipes need the layers and sources that are left; `lfsmake store du` says what the rest is",
        )
        report([problem], color=settings.color, folder=settings.start)


def _collected_shape(found: "Collected", *, removed: bool) -> dict[str, Any]:
    things = [{"kind": thing.kind, "path": str(thing.path), "size": thing.size} for thing in found.things]
    return {
        "version": 1, "removed": removed, "size": found.size, "traces": len(found.traces), "things": things,
    }  # fmt: skip


@declare("verify", examples=(("lfsmake store verify", "hash everything again"),), json=_VERIFY_SHAPE)
def verify(settings: Settings) -> int:
    """Hash every layer and source again. Exits with 1 if one is not what its digest says."""
    from lfsmake.cli.check import problem_shape
    from lfsmake.cli.opened import opened

    with opened(settings) as session:
        problems = session.verify()
    if settings.json:
        emit_json({"version": 1, "problems": [problem_shape(problem) for problem in problems]})
    elif problems:
        report(problems, color=settings.color, folder=settings.start)
    elif not settings.quiet:
        emit("lfsmake: every layer and source is what its digest says")
    return EXIT_STEP if problems else EXIT_OK


@declare("path", examples=(("cd $(lfsmake store path)", "go and look"),), json=_PATH_SHAPE)
def path(settings: Settings) -> int:
    """Print the folder of the store."""
    from lfsmake.cli.opened import store_path

    where = str(store_path(settings))
    if settings.json:
        emit_json({"version": 1, "path": where})
    else:
        emit(where)
    return EXIT_OK


@declare("du", examples=(("lfsmake store du", "what takes the space"),), json=_DU_SHAPE)
def du(settings: Settings) -> int:
    """Show what the store takes on the disk, by what it is for."""
    from lfsmake.store.collect import usage

    store = _open(settings)
    try:
        used = usage(store)
    finally:
        store.close()
    parts = {name: getattr(used, name) for name in used.__struct_fields__}
    if settings.json:
        emit_json({"version": 1, "path": str(store.path), **parts})
        return EXIT_OK
    free = parts.pop("free")
    for name, count in parts.items():
        emit(f"{name:<9}  {size(count):>7}")
    emit(f"{'together':<9}  {size(sum(parts.values())):>7} in {store.path}, {size(free)} free")
    return EXIT_OK


ACTIONS: dict[str, tuple[Command, str]] = {
    "gc": (gc, "remove what nothing needs any more"),
    "verify": (verify, "hash every layer and source again"),
    "du": (du, "show what takes the space"),
    "path": (path, "print the store's folder"),
}


command = Group("store", ACTIONS, "Collect, verify, measure or locate the store: layers, sources, traces and logs.")
