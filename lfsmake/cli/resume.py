"""`lfsmake resume`: the newest run, from where it ended."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lfsmake.cli.options import Settings, declare
from lfsmake.cli.output import emit
from lfsmake.cli.running import How, running_options
from lfsmake.cli.running import on_failure as what_on_failure
from lfsmake.model.errors import EXIT_OK

if TYPE_CHECKING:
    from lfsmake.engine.again import Left
    from lfsmake.engine.session import Session

_MOST = 5  # words of a list in a sentence
_ENDS = {"failed": "failed", "interrupted": "was interrupted", "killed": "was killed"}


@declare(
    "resume",
    *running_options(),
    examples=(
        ("lfsmake resume", "after Ctrl-C, a failure or a power cut"),
        ("lfsmake resume -k", "and go on after a failure"),
    ),
)
def command(settings: Settings, jobs: int | None, keep_going: bool, on_failure: str | None) -> int:
    """Go on with the newest run if it was interrupted, killed or failed: its targets, options, store and jobs.

    After `lfsmake retry` that is the run whose steps failed. Options given here win over the run's.
    """
    from lfsmake.cli.build import check_targets
    from lfsmake.cli.opened import opened, runs_path
    from lfsmake.cli.running import run
    from lfsmake.engine.again import newest

    left = newest(runs_path(settings), settings.files)
    targets = left.invocation.goal or left.targets
    if left.state == "done" and not left.invocation.goal:
        if not settings.quiet:
            emit("lfsmake: nothing to resume: the newest run was done")
        return EXIT_OK
    then = as_then(settings, left)
    with opened(then) as session:
        check_targets(session, targets)
        how = how_then(session, left, jobs, on_failure, keep_going=keep_going)
        if not settings.quiet:
            ended = "" if left.state == "done" else f", which {_ENDS[left.state]}"
            emit(f"lfsmake: going on with {words(targets)}, as in {left.run}{ended}")
        return run(then, session, targets, how)


def as_then(settings: Settings, left: "Left") -> Settings:
    """The settings with the run's options and store, where the command line names no others."""
    from lfsmake.cli.opened import store_path

    options = {**left.invocation.options, **dict(settings.options)}
    store = settings.store
    if store is None and left.invocation.store and left.invocation.store != str(store_path(settings)):
        store = left.invocation.store
    return replace(settings, options=tuple(options.items()), store=store)


def how_then(
    session: "Session",
    left: "Left",
    jobs: int | None,
    on_failure: str | None,
    *,
    keep_going: bool,
    goal: Sequence[str] = (),
) -> How:
    """How the run ran, where the command line does not say otherwise."""
    chosen = what_on_failure(on_failure, keep_going=keep_going, otherwise=left.invocation.on_failure)
    rebuild = () if goal else tuple(step for step in left.rebuild if step in session.project.steps)
    return How(jobs or left.jobs, chosen, rebuild, tuple(goal))


def words(names: Sequence[str]) -> str:
    """The names, the first few of many."""
    more = len(names) - _MOST
    return " ".join(names) if more <= 0 else f"{' '.join(names[:_MOST])} and {more:,} more"
