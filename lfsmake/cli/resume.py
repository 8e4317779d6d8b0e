"""`lfsmake resume`: a run, from where it ended."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from lfsmake.cli.options import Settings, declare, run_argument
from lfsmake.cli.output import emit
from lfsmake.cli.running import How, metrics_option, running_options
from lfsmake.cli.running import on_failure as what_on_failure
from lfsmake.model.errors import EXIT_OK

if TYPE_CHECKING:
    from lfsmake.engine.again import Left
    from lfsmake.engine.session import Session

_MOST = 5  # words of a list in a sentence
_ENDS = {"failed": "failed", "interrupted": "was interrupted", "killed": "was killed"}


@declare(
    "resume",
    run_argument(),
    *running_options(),
    metrics_option(),
    examples=(
        ("lfsmake resume", "after Ctrl-C, a failure or a power cut"),
        ("lfsmake resume -k", "and go on after a failure"),
        ("lfsmake resume -2", "the run before the run before the newest"),
    ),
)
def command(
    settings: Settings, past: str, jobs: int | None, keep_going: bool, on_failure: str | None, metrics_file: str | None
) -> int:
    """Go on with the newest run, or with RUN, if it was interrupted, killed or failed: its targets, options, jobs.

    RUN is -1 for the run before the newest and so on, a name that `lfsmake runs` lists, or the beginning of one.
    After `lfsmake retry` that is the run whose steps failed. Options given here win over the run's.
    """
    from lfsmake.cli.build import check_targets
    from lfsmake.cli.opened import opened, runs_path
    from lfsmake.cli.running import run
    from lfsmake.engine.again import left_by

    left = left_by(runs_path(settings), settings.files, past)
    targets = left.invocation.goal or left.targets
    if left.state == "done" and not left.invocation.goal:
        if not settings.quiet:
            emit(f"lfsmake: nothing to resume: {f'run {left.run}' if past else 'the newest run'} was done")
        return EXIT_OK
    then = as_then(settings, left, past)
    with opened(then) as session:
        check_targets(session, targets)
        how = how_then(session, left, jobs, on_failure, keep_going=keep_going, metrics=metrics_file)
        if not settings.quiet:
            ended = "" if left.state == "done" else f", which {_ENDS[left.state]}"
            emit(f"lfsmake: going on with {words(targets)}, as in {left.run}{ended}")
        return run(then, session, targets, how)


def as_then(settings: Settings, left: "Left", past: str) -> Settings:
    """The settings with the run's options and store, where the command line names no others.

    Without the word `past` that named it: to go on after this run is to go on with the newest.
    """
    from lfsmake.cli.opened import store_path

    options = {**left.invocation.options, **dict(settings.options)}
    store = settings.store
    argv = tuple(word for word in settings.argv if word != past)
    if store is None and left.invocation.store and left.invocation.store != str(store_path(settings)):
        store = left.invocation.store
    return replace(settings, options=tuple(options.items()), store=store, argv=argv)


def how_then(
    session: "Session",
    left: "Left",
    jobs: int | None,
    on_failure: str | None,
    *,
    keep_going: bool,
    goal: Sequence[str] = (),
    metrics: str | None = None,
) -> How:
    """How the run ran, where the command line does not say otherwise."""
    chosen = what_on_failure(on_failure, keep_going=keep_going, otherwise=left.invocation.on_failure)
    rebuild = () if goal else tuple(step for step in left.rebuild if step in session.project.steps)
    return How(jobs or left.jobs, chosen, rebuild, tuple(goal), metrics)


def resume(left: "Left", past: str) -> str:
    """The command that goes on with that run, which was named `past`; its number is another one by then."""
    return f"lfsmake resume {left.run}" if past else "lfsmake resume"


def words(names: Sequence[str]) -> str:
    """The names, the first few of many."""
    more = len(names) - _MOST
    return " ".join(names) if more <= 0 else f"{' '.join(names[:_MOST])} and {more:,} more"


command.context_settings["ignore_unknown_options"] = True  # -1 is a run
