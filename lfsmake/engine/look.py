"""Looks into what was built: a shell in a step's root, a tree exported, a store verified. Builds nothing."""

import contextlib
import os
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path

from lfsmake.engine.capture import merge, verify
from lfsmake.engine.key import facts_used
from lfsmake.engine.opened import Opened
from lfsmake.engine.place import CONTROL, Work, sources_of, step_spec
from lfsmake.engine.roots import check_conflicts, lowers_of
from lfsmake.engine.scripts import place_scripts
from lfsmake.engine.unpack import folder_of
from lfsmake.model.errors import Problem, UsageError
from lfsmake.model.plan import Plan
from lfsmake.sandbox import remove_tree, start
from lfsmake.store import disk
from lfsmake.store.programs import Verified


def _layers(session: Opened, plan: Plan, wanted: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """(step, layer) of each wanted step; UsageError naming those that are not up to date."""
    known = {step.name: step.layer for step in plan.steps if step.state == "up-to-date"}
    stale = [name for name in wanted if name not in known]
    if stale:
        raise UsageError(
            f"not up to date: {' '.join(stale)}",
            hint=f"build first: `lfsmake {' '.join(plan.targets)}`",
        )
    return tuple((name, known[name]) for name in wanted)


def shell(session: Opened, name: str, *, failed: bool, command: Sequence[str]) -> int:
    """A shell in the step's root and environment; with `failed`, in the folders its last failure left.

    What is changed in there is thrown away, but for the kept folders of a failure.
    """
    graph, store = session.graph, session.store
    step = graph.step(name)
    wanted = graph.root_of(name)
    plan = session.plan([name])
    built = {s.name for s in plan.steps if s.state == "up-to-date"}
    shown = wanted if failed or name not in built else (*wanted, name)
    lowers = lowers_of(store, [layer for _, layer in _layers(session, plan, shown)])
    with contextlib.ExitStack() as stack:
        stack.enter_context(store.use())
        if failed:
            kept = store.failed_work(name)
            if not kept.is_dir():
                raise UsageError(f"{name} has left no folders of a failure", hint="without --failed: its root as built")
            work = Work(str(kept))
        else:
            folder = store.new_work(f"{name}-shell")
            stack.callback(store.release_work, folder)
            stack.callback(remove_tree, folder)
            work = Work(str(folder))
        archives = session.inputs.archives(step)
        work.make(archive for _, archive in archives)
        if step.script is not None:
            place_scripts(step.script, work, step.span)
            archives = tuple(each for each in archives if not os.path.getsize(f"{work.sources}/{each[1]}"))  # put right
        top = f"{sources_of(step.context)}/{folder_of(step)}"
        cwd = top if os.path.isdir(f"{work.sources}/{folder_of(step)}") else sources_of(step.context)
        facts = "".join(f"{key}={shlex.quote(value)}\n" for key, value in facts_used(step))
        control = work.new_control()
        Path(control, "rc").write_text(f"{facts}set +h\nPS1='({name}) \\w\\$ '\n", encoding="utf-8")
        argv = tuple(command)
        if not argv and sys.stdin.isatty():
            argv = ("bash", "--noprofile", "--rcfile", f"{CONTROL}/rc", "-i")
        elif not argv:
            argv = ("bash", "--noprofile", "--norc")
        process = start(
            step_spec(
                step,
                work,
                control=control,
                lowers=lowers,
                argv=argv,
                cwd=cwd,
                env=(*(pair for pair in step.env if pair[0] != "TERM"), ("TERM", os.environ.get("TERM", "dumb"))),
                archives=archives,
                covers=session.inputs.tools.binds(session.inputs.hosts(step)),
                tty=True,
            ),
            stdin=sys.stdin.fileno(),
        )
        while True:
            try:
                status = process.wait().status
                break
            except KeyboardInterrupt:
                continue  # the shell's own business
    return status if status >= 0 else 128 - status


def export(session: Opened, target: str, destination: Path) -> int:
    """The layers of the target and of what it needs at run time, merged into a folder that is empty or not there."""
    graph, store = session.graph, session.store
    steps = graph.expand([target])
    order = graph.root(steps)
    layers = _layers(session, session.plan([target]), order)
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise UsageError(f"{destination} exists and is not empty", hint="name a new folder, or empty this one first")
    with store.use(), disk.at(destination):
        check_conflicts(graph, store, steps[-1], layers)
        destination.parent.mkdir(parents=True, exist_ok=True)
        return merge([store.layer_path(layer) for _, layer in layers], destination).files


def check_store(session: Opened) -> tuple[Problem, ...]:
    """Hashes every layer and source again: a problem for each that is not what its name says."""
    store = session.store
    problems: list[Problem] = []
    with store.use():
        for digest in sorted(store.layer_digests()):
            found = verify(store.layer_path(digest), store.manifest_path(digest))
            if found.digest != digest or found.manifest != digest:
                problems.append(_damaged_layer(session, digest, found))
        for path in sorted((store.path / "sources").iterdir()):
            if path.is_file() and len(path.name) == 64 and _sha256(path) != path.name:
                hint = f"remove it, it is fetched again: rm {path}"
                problems.append(Problem(f"the source {path.name[:12]} is damaged", hint=hint))
    return tuple(problems)


def _damaged_layer(session: Opened, digest: str, found: Verified) -> Problem:
    steps = sorted(step for _, step, layer, _ in session.store.trace_index() if layer == digest)
    owner = f" of {steps[0]}" if steps else ""
    details = ", ".join(f"{each.path} ({each.what})" for each in found.differences[:3])
    more = f" and {len(found.differences) - 3} more" if len(found.differences) > 3 else ""
    rebuild = f"`lfsmake --rebuild {steps[0]} {steps[0]}`" if steps else "`lfsmake store gc`"
    return Problem(f"the layer {digest[:12]}{owner} is damaged: {details}{more}", hint=rebuild)


def _sha256(path: Path) -> str:
    import hashlib

    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
