"""Who listens to a run: the screen, JSON on a pipe, files, receivers of alerts. Knows settings, no recipes."""

import contextlib
import shlex
import sys
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from lfsmake.cli.options import Settings
from lfsmake.cli.telling import telling
from lfsmake.ui.text import nice_path

if TYPE_CHECKING:
    from lfsmake.engine.session import Session
    from lfsmake.model.events import Event, RunDone
    from lfsmake.ui.line import StatusLine

Listener = Callable[["Event"], None]


@contextlib.contextmanager
def listening(
    settings: Settings,
    ends: "list[RunDone] | None" = None,
    session: "Session | None" = None,
    metrics: str | None = None,
) -> "Iterator[tuple[StatusLine, list[Listener]]]":
    """What shows a run, and all its listeners, as the settings have it; `ends` gets the last event of each run.

    With a session, failures are kept in files in the run's folder, and metrics in the file `metrics` or in the one
    that the configuration names.
    """
    from lfsmake.cli.ownlog import saw
    from lfsmake.model.events import RunDone
    from lfsmake.ui.color import wants_color
    from lfsmake.ui.line import StatusLine

    def keep(event: "Event") -> None:
        if ends is not None and isinstance(event, RunDone):
            ends.append(event)

    line = StatusLine(
        sys.stdout,
        errors=sys.stderr,
        color=wants_color(settings.color, sys.stdout),
        quiet=settings.quiet or settings.json,
        verbose=settings.verbose,
        folder=settings.start,
        program=program(settings),
        again=again(settings),
    )
    with line:
        files: list[Listener] = []
        if session is not None:
            files = [failure_files(settings, session), *metrics_files(metrics or session.config.metrics_file)]
        with telling(settings, session, line, program=program(settings), again=again(settings)) as told:
            yield line, [*([json_line] if settings.json else []), line, *files, *told, saw, keep]


def failure_files(settings: Settings, session: "Session") -> Listener:
    """Keeps failures as failure.json and failure.md in the folder of their run."""
    from lfsmake.ui.failure_files import FailureFiles

    return FailureFiles(session.runs, session.host_of, program=program(settings), again=again(settings))


def metrics_files(path: str | None) -> list[Listener]:
    """What keeps the file of metrics, if there is to be one. Raises HostError if it cannot be written."""
    if path is None:
        return []
    from lfsmake.ui.prometheus import MetricsFile

    return [MetricsFile(path)]


def program(settings: Settings) -> str:
    """How the commands to look must begin to mean the same project and store, for the folder the user is in."""
    words = ["lfsmake"]
    if settings.directory != settings.start:
        words += ["-C", nice_path(settings.directory, settings.start)]
    for file in settings.files:
        words += ["-f", nice_path(file, settings.directory)]
    for name, value in settings.options:
        words += ["--set", f"{name}={value}"]
    if settings.store is not None:
        words += ["--store", nice_path(settings.store, settings.directory)]
    return shlex.join(words)


def json_line(event: "Event") -> None:
    """One event as a line of JSON."""
    import msgspec

    try:
        sys.stdout.write(msgspec.json.encode(event).decode() + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        from lfsmake.cli.output import abandon_stdout

        abandon_stdout()


def again(settings: Settings) -> str:
    """The command line once more."""
    return shlex.join(("lfsmake", *settings.argv))
