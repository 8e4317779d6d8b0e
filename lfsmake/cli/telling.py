"""The alerts of a run: who is told, as the configuration and the environment have it. Knows no message."""

import contextlib
import os
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lfsmake.cli.options import Settings
from lfsmake.cli.output import report
from lfsmake.model.errors import Problem, UsageError

if TYPE_CHECKING:
    from lfsmake.engine.session import Session
    from lfsmake.model.events import Event

Listener = Callable[["Event"], None]

SWITCH = "LFSMAKE_ALERTS"


@contextlib.contextmanager
def telling(
    settings: Settings, session: "Session | None", show: Listener, *, program: str, again: str
) -> Iterator[list[Listener]]:
    """The listener that tells receivers, if there are any; at the end what is on its way is waited for.

    `show` gets a note for what could not be sent. Raises HostErrors for a receiver that cannot be told.
    """
    if session is None or not session.config.alerts.receivers or not wanted():
        yield []
        return
    from lfsmake.engine.before import failed_before
    from lfsmake.model.events import Note
    from lfsmake.ui.alerts.listen import alerting
    from lfsmake.ui.alerts.message import Place

    def tell(text: str, level: str) -> None:
        if not (settings.quiet or settings.json):
            show(Note(at=time.time(), text=text, level=level))
        elif level == "warning":  # what shows a run shows failures only now
            report([Problem(text, severity=level)], color=settings.color)

    place = Place(os.uname().nodename, settings.start, program, again)
    with alerting(
        session.config.alerts,
        place=place,
        failed_before=lambda run, targets: failed_before(session.runs, run, targets),
        tell=tell,
    ) as listener:
        yield [listener]


def wanted() -> bool:
    """Whether the environment lets alerts be sent. Raises UsageError for a value that says neither."""
    value = os.environ.get(SWITCH, "")
    if value not in ("", "on", "off"):
        raise UsageError(f'{SWITCH} cannot be "{value}"', expected="on or off", hint=f"{SWITCH}=off lfsmake …")
    return value != "off"
