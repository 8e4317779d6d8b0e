"""`lfsmake log STEP`: print a step's newest log, or follow it."""

import os
import sys
import time
from pathlib import Path
from typing import BinaryIO

import click

from lfsmake.cli.options import Settings, declare, step_argument
from lfsmake.cli.output import flush, write, write_bytes
from lfsmake.engine.session import Session
from lfsmake.model.errors import EXIT_OK

_CHUNK = 1 << 16
_POLL = 0.3  # seconds between two looks at a growing log


@declare(
    "log",
    step_argument(),
    click.Option(["-f", "--follow"], is_flag=True, help="print what is added, until the step ends"),
    examples=(
        ("lfsmake log glibc", "the whole log"),
        ("lfsmake log glibc -f", "follow it while glibc is built"),
        ("lfsmake -f my.lfs log hi", "before `log`, -f names recipes, as ever"),
    ),
)
def command(settings: Settings, step: str, follow: bool) -> int:
    """Print the newest log of a step. On a terminal, escape sequences in it are shown, not obeyed."""
    from lfsmake.cli.opened import opened

    with opened(settings) as session:
        path = session.log_path(step)
        try:
            with path.open("rb") as stream:
                _copy(stream)
                if follow:
                    _follow(session, step, stream)
        except KeyboardInterrupt:
            if not follow:
                raise
    return EXIT_OK


def _copy(stream: BinaryIO) -> None:
    """Everything from where the stream stands to its end."""
    if not sys.stdout.isatty():
        while chunk := stream.read(_CHUNK):
            write_bytes(chunk)
        flush()
        return
    from lfsmake.ui.log import shown_line
    from lfsmake.ui.text import safe

    for line in stream:
        end = "\n" if line.endswith(b"\n") else ""
        write(safe(shown_line(line.rstrip(b"\n"))) + end)
    flush()


def _follow(session: Session, step: str, stream: BinaryIO) -> None:
    """Print what comes, until the step no longer runs; if it starts again, its next log."""
    while True:
        running = _runs(session, step)
        _copy(stream)
        if not running:
            return
        newest = session.log_path(step)
        if not _same(newest, stream):
            with newest.open("rb") as another:
                _copy(another)
                _follow(session, step, another)
            return
        time.sleep(_POLL)


def _runs(session: Session, step: str) -> bool:
    """Whether the step runs now, as the newest run's own record tells it."""
    from lfsmake.engine.journal import is_live, read_events, runs_in
    from lfsmake.engine.status import summarise

    newest = next(iter(runs_in(session.runs)), None)
    if newest is None or not is_live(session.runs, newest):
        return False
    run = summarise(newest, read_events(session.runs, newest), live=True)
    return run is not None and any(running.step == step for running in run.running)


def _same(path: Path, stream: BinaryIO) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except OSError:
        return True
