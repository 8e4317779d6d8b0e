"""Whether the machine has room for a step, judged before it starts. Knows memory and disk, not the schedule."""

import shutil

from lfsmake.model.events import Failure
from lfsmake.model.plan import Trace
from lfsmake.model.step import Step


def fits_memory(step: Step, last: Trace | None) -> bool:
    """Whether the memory the step took last time, or says it takes, is available now."""
    need = max(step.limits.memory or 0, last.rss if last else 0)
    if not need:
        return True
    import psutil

    return bool(psutil.virtual_memory().available > need)


def lacks_disk(step: Step, store: str) -> Failure | None:
    """The failure of a step that the disk has no room for, found before hours went into it; None where it has."""
    wanted = int((step.cost.disk or 0) * 1024 * 1024)
    if not wanted or (free := shutil.disk_usage(store).free) >= wanted:
        return None
    return Failure(
        failure_class="environment",
        step=step.name,
        phase="",
        message=f"{free >> 20} MB are free in {store}, the step takes {wanted >> 20} MB",
        file=step.span.file,
        line=step.span.line,
        hint="make room: `lfsmake store gc`, or another --store",
    )
