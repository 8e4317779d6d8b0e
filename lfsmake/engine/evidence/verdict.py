"""What class a failed phase's failure has, by its evidence. Knows the table of causes, no logs and no folders."""

from msgspec import Struct

from lfsmake.engine.evidence.commands import package_of
from lfsmake.engine.evidence.first import name_of
from lfsmake.engine.evidence.reader import Found, Hit
from lfsmake.engine.failures import CAUSES

_OWN_TEXT = "/run/lfsmake/"  # where the recipe's shell lies inside the sandbox
# With several jobs, a rule that make runs may have come before the one it should have waited for.
TOO_EARLY = frozenset(("missing-header", "missing-file", "missing-library", "no-rule", "missing-module"))
_IN_THE_WAY = frozenset(("text-file-busy", "file-exists"))
_SIGKILL = 9


class Scene(Struct, frozen=True):
    """How a phase ended, besides its log.

    `status`: as in Failure. `jobs`: how many it could have. `oom_kills`: by the kernel, meanwhile. `disk_full`:
    hardly any room is left. `made`: what the first error misses was made later in this phase.
    """

    phase: str
    context: str
    status: int
    jobs: int = 1
    oom_kills: int = 0
    disk_full: bool = False
    made: bool = False


class Verdict(Struct, frozen=True):
    """The class, the cause within it ("" if nothing tells), and what to do, where that follows from the cause."""

    failure_class: str
    cause: str = ""
    hint: str = ""


def judge(scene: Scene, found: Found) -> Verdict:
    """The verdict. What the machine lacks comes first: whatever else is in the log may follow from that."""
    first = found.first
    kind = first.pattern.kind if first is not None else ""
    if kind == "disk-full" or (found.full is not None and scene.disk_full):
        return _of("disk-full", scene)
    if _no_memory(scene, found, kind):
        return _of("out-of-memory", scene)
    if kind == "killed" or scene.status == -_SIGKILL:
        return _of("killed", scene)
    if scene.phase == "check":
        return Verdict("test", kind)
    if first is None or not kind:
        return Verdict("step")
    if kind == "missing-command":
        return _missing_command(scene, first)
    if kind in ("unbound-variable", "shell-syntax") and _own(first):
        return Verdict("recipe", kind, CAUSES[kind].advice.replace("{name}", name_of(first)))
    if _is_race(scene, found, kind):
        return _of("race", scene)
    return _of(kind, scene, hint=kind in ("disk-error", "resource-limit", "read-only"))


def _of(kind: str, scene: Scene, *, hint: bool = True) -> Verdict:
    cause = CAUSES.get(kind)
    if cause is None:
        return Verdict("step", kind)
    failure_class = cause.host if scene.context == "host" else cause.target
    return Verdict(failure_class, kind, cause.advice if hint else "")


def _no_memory(scene: Scene, found: Found, kind: str) -> bool:
    """Whether memory ran out: a program says so, or was killed while the kernel killed for want of memory."""
    if kind == "out-of-memory":
        return True
    killed = kind == "killed" or scene.status in (-_SIGKILL, 128 + _SIGKILL)
    if killed and scene.oom_kills > 0:
        return True
    by_the_compiler = kind == "killed" and found.first is not None and "error" in found.first.text
    return by_the_compiler or (found.memory is not None and scene.oom_kills > 0 and scene.phase != "check")


def _missing_command(scene: Scene, hit: Hit) -> Verdict:
    """On the host a package is missing, in the target a need; a word that is no command is the recipe's."""
    command = name_of(hit)
    package = package_of(command)
    if scene.context != "host":
        brings = f"what brings {command}" if command else "what brings it"
        return Verdict("recipe", "missing-command", f"it is not in the root: `needs build` {brings}")
    if package:
        return Verdict("environment", "missing-command", f"install the package {package}")
    if _own(hit):
        return Verdict("recipe", "missing-command", f"there is no {command} on the host: is the word misspelt?")
    return Verdict("environment", "missing-command", f"install what brings {command}" if command else "")


def _is_race(scene: Scene, found: Found, kind: str) -> bool:
    if scene.jobs < 2 or scene.phase not in ("build", "install") or not found.by_make:
        return False
    return kind in _IN_THE_WAY or (kind in TOO_EARLY and scene.made)


def _own(hit: Hit) -> bool:
    """Whether it is the recipe's own text that the shell complains of."""
    return hit.text.startswith(_OWN_TEXT)
