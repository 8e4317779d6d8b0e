"""`lfsmake status`: the newest run, and what is stale. With -f, the live one followed."""

import time

import click

from lfsmake.cli.options import Settings, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.cli.statuslines import status_lines
from lfsmake.engine.journal import read_events
from lfsmake.model.errors import EXIT_OK
from lfsmake.ui.eta import Estimate
from lfsmake.ui.view import RunView

_SHAPE = """
`{"version": 1, "run": RUN | null, "targets": ["toolchain"], "up_to_date": 3, "stale": 1, "waiting": 2, "store":
"/…"}`. A RUN is `{"run": "…", "targets": […], "started": SECONDS, "ended": SECONDS | null, "exit_code": 0 | null,
"live": true, "running": [{"step": "glibc", "started": SECONDS, "phase": "build", "expected": 451.0, "rss":
412000000}], "done": 3, "total": 6, "failed": ["…"], "jobs": 2, "sbu": 118.0, "flaky": ["…"], "machine": MACHINE |
null, "eta": 1260.5 | null, "eta_least": 300.5 | null, "eta_sure": true}`; times are seconds since the epoch;
`ended` and `exit_code` are null while it lives, or if it was killed; a MACHINE is the newest `machine` event;
`eta` is in seconds from now, null if nothing is known, `eta_least` the same if every step is spared that may be
(what it needs comes out as it was), and `eta_sure` says whether the duration of every step that is left is. With
`-f`: the run's events, one a line, from the first to the last.
"""


@declare(
    "status",
    click.Option(["-f", "--follow"], is_flag=True, help="show the live run as its own terminal does, until it ends"),
    examples=(
        ("lfsmake status", "from a second terminal, while a run lasts"),
        ("lfsmake status -f", "what that run's own terminal shows; Ctrl-C leaves the run alone"),
    ),
    json=_SHAPE,
)
def command(settings: Settings, follow: bool) -> int:
    """Show the newest run, live or over, and how many steps of the default targets are stale.

    With -f, show the run that is under way as its own terminal does; if there is none, wait for the next.
    """
    if follow:
        from lfsmake.cli.follow import follow as follow_run

        return follow_run(settings)
    from lfsmake.cli.opened import opened

    with opened(settings) as session:
        status = session.status()
        runs = session.runs
    now = time.time()
    left = _remaining(runs, status.run.run, now) if status.run is not None and status.run.live else None
    if settings.json:
        found = {"version": 1, **{name: getattr(status, name) for name in status.__struct_fields__}}
        if status.run is not None:
            run = {name: getattr(status.run, name) for name in status.run.__struct_fields__}
            found["run"] = {
                **run,
                "eta": left.seconds if left else None,
                "eta_least": left.least if left else None,
                "eta_sure": left is not None and left.sure,
            }
        emit_json(found)
    else:
        for line in status_lines(status, now, settings.start, left):
            emit(line)
    return EXIT_OK


def _remaining(runs: str, run: str, now: float) -> Estimate | None:
    """What the run takes still."""
    view = RunView()
    for event in read_events(runs, run):
        view.apply(event)
    return view.remaining(now)
