"""`lfsmake [build] [TARGET...]`: build what is stale, or say what would be built."""

import contextlib
import shlex
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from lfsmake.cli.options import Settings, Target, declare, targets_argument
from lfsmake.cli.running import How, again, run, running_options
from lfsmake.cli.running import on_failure as what_on_failure
from lfsmake.cli.telling import telling
from lfsmake.model.errors import UsageError
from lfsmake.ui.text import nice_path

if TYPE_CHECKING:
    from lfsmake.engine.session import Session
    from lfsmake.model.events import Event, RunDone
    from lfsmake.ui.line import StatusLine

Listener = Callable[["Event"], None]

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
    click.Option(
        ["--metrics-file"], metavar="FILE", type=click.Path(), help="keep FILE current with metrics for Prometheus"
    ),
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
    with opened(settings) as session:
        check_targets(session, [*targets, *rebuild])
        if dry_run:
            from lfsmake.cli.plan import print_plan

            return print_plan(settings, session.plan(targets, rebuild=rebuild), would=True)
        chosen = what_on_failure(
            on_failure, keep_going=keep_going, otherwise=session.config.on_failure, watch=watch
        )
        if watch:
            with listening(settings, session=session, metrics=metrics_file) as (_, listeners):
                return session.watch(targets, jobs=jobs, on_failure=chosen, listeners=listeners)
        return run(settings, session, targets, How(jobs, chosen, rebuild, metrics=metrics_file))


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
