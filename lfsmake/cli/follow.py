"""`lfsmake status -f`: a run that another lfsmake does, as if one had started it. Knows events, nothing of its work."""

import contextlib
import shlex
import sys
import time
from collections.abc import Callable, Iterator

from lfsmake.cli.options import Settings
from lfsmake.cli.output import emit, flush
from lfsmake.engine.follow import Follower, newest_live
from lfsmake.model.errors import EXIT_OK
from lfsmake.model.events import EVENTS_VERSION, Event, Note, RunDone, RunStarted

POLL = 0.2  # seconds between two looks


def follow(settings: Settings) -> int:
    """Shows the newest live run until it ends, or Ctrl-C ends the showing. Without one, waits for the next."""
    from lfsmake.cli.opened import runs_path

    runs = runs_path(settings)
    with contextlib.suppress(KeyboardInterrupt), _awaited(runs, settings) as follower:
        _show(follower, settings)
    return EXIT_OK


def _awaited(runs: str, settings: Settings) -> Follower:
    """The newest live run, as soon as there is one."""
    told = settings.quiet
    while True:
        run = newest_live(runs)
        if run is not None:
            with contextlib.suppress(OSError):  # removed in this moment
                return Follower(runs, run)
        if not told:
            told = True
            _mention("no run is under way; waiting for one (Ctrl-C ends it)")
        time.sleep(POLL)


def _mention(text: str) -> None:
    """Says something about the run that is none of its events."""
    with contextlib.suppress(OSError):
        sys.stderr.write(f"lfsmake: {text}\n")
        sys.stderr.flush()


def _show(follower: Follower, settings: Settings) -> None:
    before = list(follower.read())
    if settings.json:
        from lfsmake.cli.listening import json_line

        for event in _events(follower, before, _mention):
            json_line(event)
        return
    from lfsmake.cli.listening import program
    from lfsmake.cli.statuslines import run_lines
    from lfsmake.engine.status import summarise
    from lfsmake.ui.color import is_terminal, wants_color
    from lfsmake.ui.line import StatusLine

    targets = next((event.targets for event in before if isinstance(event, RunStarted)), ())
    line = StatusLine(
        sys.stdout,
        errors=sys.stderr,
        color=wants_color(settings.color, sys.stdout),
        quiet=settings.quiet,
        verbose=settings.verbose,
        folder=settings.start,
        program=program(settings),
        again=shlex.join((*shlex.split(program(settings)), *targets)),
    )
    summary = summarise(follower.run, before, live=True)
    if summary is not None and not settings.quiet:
        lines = run_lines(summary, time.time())
        for text in lines[:1] if is_terminal(sys.stdout) else lines:
            emit(text)
        flush()

    def note(text: str) -> None:
        line(Note(at=time.time(), text=text, level="warning"))

    with line:
        line.catch_up(event for event in before if not isinstance(event, RunDone))
        for event in _events(follower, [event for event in before if isinstance(event, RunDone)], note):
            line(event)


def _events(follower: Follower, first: list[Event], tell: Callable[[str], None]) -> Iterator[Event]:
    """These, then what is added until the run ends, however it does."""
    warned = damaged = False
    while True:
        live = follower.live()  # asked before reading: who is dead has written all that it ever will
        if follower.version > EVENTS_VERSION and not warned:
            warned = True
            tell("a newer lfsmake does this run: what this one does not know of it is not shown")
        for event in (*first, *follower.read()):
            yield event
            if isinstance(event, RunDone):
                return
        first = []
        if follower.damaged and not damaged:
            damaged = True
            tell("lines of its events are damaged and passed over")
        if follower.gone():
            tell(f"the run {follower.run} was removed")
            return
        if not live:
            tell(f"the run {follower.run} was killed")
            return
        time.sleep(POLL)
