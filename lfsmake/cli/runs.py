"""`lfsmake runs`: the runs that are kept."""

import time

from lfsmake.cli.options import Settings, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.engine.runs import RunHead, heads
from lfsmake.model.errors import EXIT_OK
from lfsmake.ui.numbers import moment
from lfsmake.ui.text import clock, safe

_SHAPE = """
`{"version": 1, "runs": [RUN]}`, newest first. A RUN is `{"run": "…", "number": 0, "state": "done", "targets": […],
"started": SECONDS, "ended": SECONDS | null, "wall": 754.1, "exit_code": 0 | null, "built": 3, "unchanged": 0,
"up_to_date": 2, "failed": 0, "skipped": 0}`. `number` counts back from the newest: 0, -1, …; `state` is `running`,
`done`, `failed`, `interrupted`, `killed` or `unreadable`; the counts are null unless the run ended by itself.
"""


@declare(
    "runs",
    examples=(("lfsmake runs", "the newest first"), ("lfsmake report -1", "more about the one before the newest")),
    json=_SHAPE,
)
def command(settings: Settings) -> int:
    """List the runs that are kept, newest first: number, name, begin, duration, result, steps, targets.

    Other commands take a run by its number, its name, or a beginning of the name that no other run has.
    """
    from lfsmake.cli.opened import runs_path

    found = heads(runs_path(settings))
    if settings.json:
        emit_json({"version": 1, "runs": found})
    else:
        for line in run_lines(found, time.time()) or ["no run is kept here"]:
            emit(line)
    return EXIT_OK


def run_lines(runs: tuple[RunHead, ...], now: float) -> list[str]:
    """A line a run, in columns; `now` is seconds since the epoch."""
    rows = [
        (
            str(run.number),
            run.run,
            moment(run.started) if run.started else "",
            _took(run, now),
            run.state + (f" ({run.exit_code})" if run.state == "failed" else ""),
            counts_of(run),
            safe(" ".join(run.targets)),
        )
        for run in runs
    ]
    widths = [max((len(row[at]) for row in rows), default=0) for at in range(7)]
    return [
        "  ".join(
            cell.rjust(width) if at in (0, 3) else cell.ljust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _took(run: RunHead, now: float) -> str:
    if run.state == "running":
        return clock(now - run.started) if run.started else ""
    return clock(run.wall) if run.ended is not None else ""


def counts_of(run: RunHead) -> str:
    """`1 failed, 3 built`; "nothing to do" if nothing was stale; "" if the run does not say."""
    if run.built is None:
        return ""
    counts = (
        (run.failed, "failed"),
        (run.skipped, "skipped"),
        (run.built, "built"),
        (run.unchanged, "unchanged"),
    )
    return ", ".join(f"{count:,} {word}" for count, word in counts if count) or "nothing to do"
