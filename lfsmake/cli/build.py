"""`lfsmake [build] [TARGET...]`: build what is stale, or say what would be built."""

import time
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from lfsmake.cli.options import Settings, Target, declare, targets_argument
from lfsmake.cli.running import How, metrics_option, run, running_options
from lfsmake.cli.running import on_failure as what_on_failure
from lfsmake.model.errors import UsageError

if TYPE_CHECKING:
    from lfsmake.engine.session import Session

_SHAPE = """
One event a line while the run lasts, as in `.lfsmake/runs/RUN/events.jsonl`: `{"event": "run-started", "at": …,
"version": 1, …}` first, `{"event": "run-done", "exit_code": 0, …}` last. With `-n`: the shape of `plan --json`.
"""


@declare(
    "build",
    targets_argument(),
    *running_options(),
    click.Option(["-n", "--dry-run"], is_flag=True, help="print what would be built; build nothing"),
    click.Option(["-w", "--watch"], is_flag=True, help="build again when recipes or patches change"),
    click.Option(
        ["--rebuild"], multiple=True, metavar="STEP", type=Target(),
        help="build STEP although it is up to date (may be repeated)",
    ),
    metrics_option(),
    examples=(
        ("lfsmake", "build the project's default targets"),
        ("lfsmake -k toolchain", "go on with what does not need a failed step"),
        ("lfsmake build check", "a target named like a command"),
    ),
    json=_SHAPE,
)
def command(
    settings: Settings,
    targets: tuple[str, ...],
    jobs: int | None,
    keep_going: bool,
    on_failure: str | None,
    dry_run: bool,
    watch: bool,
    rebuild: tuple[str, ...],
    metrics_file: str | None,
) -> int:
    """Build what is stale of the targets, and of all they need, each step in a clean sandbox.

    A target is a package, a script or a group. Without one, the project's default targets are built.
    """
    from lfsmake.cli.opened import opened

    if dry_run and watch:
        raise UsageError("-n and -w do not go together", hint="-n builds nothing: there is nothing to watch for")
    read = time.time_ns()
    with opened(settings) as session:
        check_targets(session, [*targets, *rebuild])
        if dry_run:
            from lfsmake.cli.plan import print_plan

            return print_plan(settings, session.plan(targets, rebuild=rebuild), would=True)
        chosen = what_on_failure(
            on_failure, keep_going=keep_going, otherwise=session.config.on_failure, watch=watch
        )
        if watch:
            from lfsmake.cli.listening import listening

            with listening(settings, session=session, metrics=metrics_file) as (_, listeners):
                return session.watch(targets, jobs=jobs, on_failure=chosen, listeners=listeners)
        return run(settings, session, targets, How(jobs, chosen, rebuild, metrics=metrics_file), read=read)


def check_targets(session: "Session", words: Sequence[str]) -> None:
    """UsageError for a word that is no target; if it is nearer to a command's name, the hint says so."""
    from lfsmake.cli.names import NAMES

    try:
        session.targets(words)
    except UsageError as error:
        first = error.problems[0]
        known = {*session.project.steps, *session.project.groups}
        unknown = next(word for word in words if word not in known)
        command, target = _nearest(unknown, NAMES), _nearest(unknown, known)
        if command is None or (target is not None and target[0] > command[0] + 0.1):
            raise
        near = f' or the target "{target[1]}"' if target else ""
        hint = f"did you mean the command `lfsmake {command[1]}`{near}?"
        raise UsageError(first.message, expected=f"a command, {first.expected}", hint=hint) from error


def _nearest(word: str, words: Iterable[str]) -> tuple[float, str] | None:
    """How near the nearest of the words is, from 0 to 1, and which; None if none is near."""
    from difflib import SequenceMatcher

    from lfsmake.lang.words import nearest

    found = nearest(word, words)
    return None if found is None else (SequenceMatcher(None, word, found).ratio(), found)
