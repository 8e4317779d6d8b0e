"""Whether the machine has room for a step, judged before it starts. Knows memory and disk, not the schedule."""

from collections.abc import Iterable, Mapping

from lfsmake.engine.machine import available_memory, free_disk, pressure
from lfsmake.model.events import Failure
from lfsmake.model.plan import Trace
from lfsmake.model.step import Step

PRESSED = 0.2  # share of the last ten seconds in which something waited for memory: no further step starts
_MB = 1024 * 1024


def memory_shortage(step: Step, last: Trace | None) -> str:
    """Why the step should not start beside others: what it took last time, or says it takes, is not available now, or
    the machine is short of memory already. "" where it may."""
    need = max(step.limits.memory or 0, last.rss if last else 0)
    if need and (free := available_memory()) <= need:
        return f"it took {need // _MB} MB of memory, {free // _MB} MB are free: waits for others to end"
    if (share := pressure("memory")) > PRESSED:
        return f"memory is short ({share:.0%} of the time something waits for it): waits for others to end"
    return ""


def lacks_disk(step: Step, store: str) -> Failure | None:
    """The failure of a step that the disk has no room for, found before hours went into it; None where it has."""
    wanted = int((step.cost.disk or 0) * _MB)
    if not wanted or (free := free_disk(store)) >= wanted:
        return None
    return Failure(
        failure_class="environment",
        step=step.name,
        phase="",
        message=f"{free // _MB} MB are free in {store}, the step takes {wanted // _MB} MB",
        file=step.span.file,
        line=step.span.line,
        hint="make room: `lfsmake store gc`, or another --store",
        cause="disk-full",
    )


def disk_forecast(steps: Iterable[Step], sizes: Mapping[str, int], store: str, jobs: int) -> str:
    """A warning before the first of these steps starts, if the disk has no room for all; "" where it has.

    Needed are the layers, as large as they were last time (`sizes`, in bytes), and the folders of as many steps as may
    run at once, by the recipes' cost.
    """
    steps = list(steps)
    layers = sum(sizes.get(step.name, 0) for step in steps)
    folders = sorted(((step.cost.disk or 0.0) * _MB for step in steps), reverse=True)
    need = layers + int(sum(folders[:jobs]))
    free = free_disk(store)
    if need <= free:
        return ""
    return f"the disk may become full: about {need // _MB:,} MB are needed, {free // _MB:,} MB are free in {store}"
