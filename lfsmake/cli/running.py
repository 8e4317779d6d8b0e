"""One run, as the commands that build start it: what a failure means, who listens. Knows the session, no recipes."""

import os
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click
from msgspec import Struct

from lfsmake.cli.given import PLACE
from lfsmake.cli.options import Jobs, Settings, Words
from lfsmake.model.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    from lfsmake.engine.session import Session
    from lfsmake.model.events import RunDone
    from lfsmake.ui.line import StatusLine
    from lfsmake.ui.question import Question

ON_FAILURE = ("stop", "continue", "ask")


class How(Struct, frozen=True):
    """How to run. `goal`: the targets of the run whose failed steps this one is for, or none. `metrics`: a file to
    keep, in place of the configuration's."""

    jobs: int | None = None
    on_failure: str = "stop"
    rebuild: tuple[str, ...] = ()
    goal: tuple[str, ...] = ()
    metrics: str | None = None


def running_options() -> tuple[click.Option, ...]:
    """The options of every command that builds."""
    return (
        click.Option(["-j", "--jobs"], metavar="N", type=Jobs(), help="run N jobs at once, over all steps"),
        click.Option(["-k", "--keep-going"], is_flag=True, help="build what can be built after a failure"),
        click.Option(
            ["--on-failure"], metavar="WHAT", type=Words("--on-failure", ON_FAILURE),
            help="stop, continue (as -k), or ask on the terminal",
        ),
    )  # fmt: skip


def metrics_option() -> click.Option:
    """The option of what keeps metrics."""
    return click.Option(
        ["--metrics-file"], metavar="FILE", type=PLACE, help="keep FILE current with metrics for Prometheus"
    )


def on_failure(chosen: str | None, *, keep_going: bool, otherwise: str, watch: bool = False) -> str:
    """What a failure means: as the command line says, else `otherwise`. Raises UsageError for what cannot be.

    `otherwise` may be "ask" where nobody can be asked: a configuration holds for terminals and for machines.
    """
    if keep_going and chosen not in (None, "continue"):
        raise UsageError(f"-k and --on-failure {chosen} do not go together", hint="-k is --on-failure continue")
    if chosen == "ask" and watch:
        raise UsageError(
            "-w and --on-failure ask do not go together", hint="-w builds again by itself when a recipe is mended"
        )
    if chosen == "ask" and not _terminal():
        raise UsageError(
            "--on-failure ask needs a terminal to ask on",
            hint="--on-failure continue builds what does not need the failed step",
        )
    found = chosen or ("continue" if keep_going else otherwise)
    return "stop" if found == "ask" and (watch or not _terminal()) else found


def _terminal() -> bool:
    """Whether there is somebody to ask: what is read and what is said is a terminal, and it is ours."""
    if sys.stdin is None or not sys.stdin.isatty() or not sys.stderr.isatty():
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) == os.getpgrp()  # in the background, to read is to be stopped
    except OSError:
        return False


def run(
    settings: Settings, session: "Session", targets: Sequence[str], how: How, *, read: int | None = None
) -> int:
    """Builds the targets. Returns the exit code.

    `read`: nanoseconds since the epoch, before the first file was read: then, after a run that went well, the same
    command line needs no look at the recipes.
    """
    from lfsmake.cli.listening import listening

    ends: list[RunDone] = []
    with listening(settings, ends, session, how.metrics) as (line, listeners):
        code = session.build(
            targets,
            jobs=how.jobs,
            on_failure=how.on_failure,
            ask=_question(settings, line) if how.on_failure == "ask" else None,
            rebuild=how.rebuild,
            goal=how.goal,
            listeners=listeners,
        )
    if read is not None and code == EXIT_OK and ends:
        from lfsmake.cli.certify import certify

        certify(session, settings, targets, ends[-1], read)
    return code


def _question(settings: Settings, line: "StatusLine") -> "Question":
    from lfsmake.ui.color import wants_color
    from lfsmake.ui.question import Question

    common = [word for file in settings.files for word in ("-f", file)]
    common += [word for name, value in settings.options for word in ("--set", f"{name}={value}")]
    common += ["--store", settings.store] if settings.store is not None else []
    return Question(
        sys.stdin.fileno(),
        sys.stderr,
        paused=line.paused,
        enter=lambda step: [sys.executable, "-m", "lfsmake", *common, "shell", step, "--failed"],
        color=wants_color(settings.color, sys.stderr),
    )
