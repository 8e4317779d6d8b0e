"""`lfsmake retry`: the failed steps of a run, once more."""

from lfsmake.cli.options import Settings, declare, run_argument
from lfsmake.cli.output import emit
from lfsmake.cli.running import metrics_option, running_options
from lfsmake.model.errors import EXIT_OK, UsageError


@declare(
    "retry",
    run_argument(),
    *running_options(),
    metrics_option(),
    examples=(
        ("lfsmake retry", "when what they failed of is mended"),
        ("lfsmake retry -j1", "with one job"),
        ("lfsmake retry --on-failure ask", "and be asked if one fails again"),
        ("lfsmake retry -1", "what failed in the run before the newest"),
    ),
)
def command(
    settings: Settings, past: str, jobs: int | None, keep_going: bool, on_failure: str | None, metrics_file: str | None
) -> int:
    """Build the steps that failed in the newest run, or in RUN, with its options, store and jobs.

    RUN is -1 for the run before the newest and so on, a name that `lfsmake runs` lists, or the beginning of one.
    What the run was for is not built: `lfsmake resume` goes on with it. Options given here win over the run's.
    """
    from lfsmake.cli.opened import opened, runs_path
    from lfsmake.cli.resume import as_then, how_then, resume, words
    from lfsmake.cli.running import run
    from lfsmake.engine.again import left_by

    left = left_by(runs_path(settings), settings.files, past)
    which, how_on = f"run {left.run}" if past else "the newest run", resume(left, past)
    goal = left.invocation.goal or left.targets
    if not left.failed and left.state == "done":
        more = f"; `{how_on}` goes on with {words(goal)}" if left.invocation.goal else ""
        if not settings.quiet:
            emit(f"lfsmake: nothing to retry: no step of {which} failed{more}")
        return EXIT_OK
    if not left.failed:
        raise UsageError(
            f"nothing to retry: {which} was {left.state}, no step of it failed",
            hint=f"`{how_on}` goes on with {words(goal)}",
        )
    then = as_then(settings, left, past)
    with opened(then) as session:
        steps = tuple(step for step in session.project.steps if step in left.failed)
        if not steps:
            raise UsageError(
                f"nothing to retry: the recipes have no {words(left.failed)} any more",
                hint=f"`{how_on}` goes on with {words(goal)}",
            )
        how = how_then(session, left, jobs, on_failure, keep_going=keep_going, goal=goal, metrics=metrics_file)
        if not settings.quiet:
            emit(f"lfsmake: {words(steps)} once more, as in {left.run}")
        return run(then, session, steps, how)


command.context_settings["ignore_unknown_options"] = True  # -1 is a run
