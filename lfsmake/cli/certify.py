"""Leaves a certificate after a run, so that the next one takes the fast path. Knows evidence, not what is in it."""

import os
import time
from collections.abc import Sequence

from lfsmake.cli import fast
from lfsmake.cli.opened import opened
from lfsmake.cli.options import Settings
from lfsmake.engine.session import Session
from lfsmake.model.errors import LfsmakeError
from lfsmake.model.events import RunDone
from lfsmake.ui.report import up_to_date


def certify(session: Session, settings: Settings, targets: Sequence[str], end: RunDone, read: int) -> bool:
    """After a run that went well: certify that nothing is stale. Gives whether a certificate was left.

    `read`: nanoseconds since the epoch, before the first file was read. A run that built has written to the
    store, so everything is read again and must show nothing stale; the clock that stamps files moves on first.
    """
    if not fast.qualifies(settings.argv):
        return False
    if not end.built and not end.unchanged:
        return _certify(session, settings, targets, read)
    time.sleep(2 * fast.TICK / 1e9)
    read = time.time_ns()
    try:
        with opened(settings) as again:
            if any(step.state != "up-to-date" for step in again.plan(targets).steps):
                return False
            return _certify(again, settings, targets, read)
    except LfsmakeError:
        return False  # edited meanwhile: the next run says what is wrong


def _certify(session: Session, settings: Settings, targets: Sequence[str], read: int) -> bool:
    evidence = session.evidence()
    try:
        stats = [fast.stat_line(path, read) for path in evidence.files]
    except OSError:
        return False
    steps = len(session.graph.closure(session.steps_of(targets)))
    say = up_to_date(session.targets(targets), steps)
    return fast.write(
        settings.argv, os.environ, settings.start, stats=stats, absent=evidence.absent, say=say
    )
