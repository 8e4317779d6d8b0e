"""Brings together what a failed phase left behind, and has it judged. Knows where a step keeps its folders."""

import os

import msgspec

from lfsmake.engine.evidence.first import log_error, name_of
from lfsmake.engine.evidence.reader import Found, Hit, scan
from lfsmake.engine.evidence.scene import disk_is_full, made_since, why_configure_failed
from lfsmake.engine.evidence.verdict import TOO_EARLY, Scene, Verdict, judge
from lfsmake.engine.place import Work, sources_of
from lfsmake.model.events import LogError

_BY_CONFIGURE = frozenset(("compiler-broken", "configure", "missing-package", "missing-library"))


def gather(scene: Scene, *, log: str, work: str, control: str) -> tuple[LogError | None, Verdict]:
    """The first real error of the phase's log, and the verdict. `scene` knows of no folders yet.

    `work`: the step's work folder; `control`: the phase's, made when it began.
    """
    try:
        found = scan(log)
        error = log_error(log, found.first) if found.first is not None else None
    except OSError:  # it has gone, or the disk has
        found, error = Found(scene.phase, False, None, None, None), None
    build = Work(work).sources
    scene = msgspec.structs.replace(
        scene,
        disk_full=found.full is not None and disk_is_full(work),
        made=scene.jobs > 1 and found.first is not None and _made(found.first, scene.context, build, control),
    )
    if error is not None and error.kind in _BY_CONFIGURE and (shown := why_configure_failed(build)):
        error = msgspec.structs.replace(error, context=(*error.context, "config.log:", *shown))
    verdict = judge(scene, found)
    if error is not None and verdict.hint and verdict.cause == error.kind:
        error = msgspec.structs.replace(error, advice="")  # the hint knows more of the step
    return error, verdict


def _made(hit: Hit, context: str, build: str, control: str) -> bool:
    """Whether what the error misses was made after all, since the phase began."""
    name = name_of(hit).removeprefix(f"{sources_of(context)}/")
    if not name or hit.pattern.kind not in TOO_EARLY:
        return False
    try:
        since = os.stat(f"{control}/phase.sh").st_mtime
    except OSError:
        return False
    if hit.pattern.kind == "missing-library":
        return any(made_since(build, f"lib{name}.{ending}", since) for ending in ("a", "so", "la"))
    return made_since(build, name, since)
