"""`lfsmake status`: the newest run, and what is stale."""

import time

from lfsmake.cli.options import Settings, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.engine.status import RunSummary, Status
from lfsmake.model.errors import EXIT_OK
from lfsmake.ui.text import clock, nice_path, several

_SHAPE = """
`{"version": 1, "run": RUN | null, "targets": ["toolchain"], "up_to_date": 3, "stale": 1, "waiting": 2, "store": "/…"}`.
A RUN is `{"run": "…", "targets": […], "started": SECONDS, "ended": SECONDS | null, "exit_code": 0 | null, "live": true,
"running": [{"step": "glibc", "started": SECONDS, "phase": "build"}], "done": 3, "total": 6, "failed": ["…"]}`; times
are seconds since the epoch; `ended` and `exit_code` are null while it lives, or if it was killed.
"""


@declare("status", examples=(("lfsmake status", "from a second terminal, while a run lasts"),), json=_SHAPE)
def command(settings: Settings) -> int:
    """Show the newest run, live or over, and how many steps of the default targets are stale."""
    from lfsmake.cli.opened import opened

    with opened(settings) as session:
        status = session.status()
    if settings.json:
        emit_json({"version": 1, **{name: getattr(status, name) for name in status.__struct_fields__}})
    else:
        for line in status_lines(status, time.time(), settings.start):
            emit(line)
    return EXIT_OK


def status_lines(status: Status, now: float, folder: str) -> list[str]:
    """A status in words; `now` is seconds since the epoch."""
    lines = ["run     none yet"] if status.run is None else _run_lines(status.run, now)
    counts = [f"{status.up_to_date:,} up to date", f"{status.stale:,} to build"]
    if status.waiting:
        counts.append(f"{status.waiting:,} waiting")
    lines.append(f"steps   {', '.join(counts)}")
    lines.append(f"store   {nice_path(status.store, folder)}")
    return lines


def _run_lines(run: RunSummary, now: float) -> list[str]:
    begun = time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started))
    if run.live:
        end = f"running for {clock(now - run.started)}"
    elif run.ended is None:
        end = "was killed"
    else:
        words = {0: "done", 130: "interrupted"}
        end = f"{words.get(run.exit_code or 0, 'failed')} after {clock(run.ended - run.started)}"
    lines = [f"run     {run.run}: {' '.join(run.targets)}, begun {begun}, {end}"]
    lines.append(f"        {run.done} of {several(run.total, 'step')} done")
    for step in run.running:
        lines.append(f"now     {' '.join(filter(None, (step.step, step.phase, clock(now - step.started))))}")
    if run.failed:
        lines.append(f"failed  {' '.join(run.failed)}")
    return lines
