"""`lfsmake report [RUN]`: a run, or two beside each other, as text, a page, JSON, Markdown or a trace."""

from typing import TYPE_CHECKING

import click

from lfsmake.cli.given import PLACE
from lfsmake.cli.options import RunWord, Settings, declare, run_argument
from lfsmake.cli.output import emit, emit_json, write
from lfsmake.model.errors import EXIT_OK, HostError, UsageError

if TYPE_CHECKING:
    from lfsmake.ui.records import RunRecord

_SHAPE = """
The record of a run, or with `--compare` of a comparison, as in [reports](reports.md#json): `{"version": 1, "run": "…",
"state": "done", "targets": […], "wall": 754.1, "counts": {…}, "steps": [{"step": "glibc", "state": "built", …}],
"critical": […], "failures": […], …}`.
"""


@declare(
    "report",
    run_argument("run", "latest"),
    click.Option(["--html"], metavar="FILE", type=PLACE, help="write one self-contained page"),
    click.Option(["--markdown"], is_flag=True, help="print Markdown"),
    click.Option(["--trace"], metavar="FILE", type=PLACE, help="write a trace that Perfetto opens"),
    click.Option(["--compare"], metavar="A B", nargs=2, type=RunWord(), help="two runs, A the one before"),
    examples=(
        ("lfsmake report", "the newest run in a few lines"),
        ("lfsmake report --html report.html", "all of it, as a page to look at"),
        ("lfsmake report -1 --markdown", "the run before it, to paste somewhere"),
        ("lfsmake report --compare -1 latest", "what became slower, failed, or was mended"),
        ("lfsmake report --trace run.json", "open it at ui.perfetto.dev"),
    ),
    json=_SHAPE,
)
def command(
    settings: Settings,
    run: str,
    html: str | None,
    markdown: bool,
    trace: str | None,
    compare: tuple[str, str] | None,
) -> int:
    """Show where a run's time went, what it used and what failed.

    RUN is `latest`, -1 for the run before it and so on, a name that `lfsmake runs` lists, or the beginning of one. The
    recipes are not read: a report can be made whatever became of them.
    """
    if settings.json and markdown:
        raise UsageError("--json and --markdown do not go together", hint="make one after the other")
    if compare:
        return _compare(settings, compare, run, html, markdown, trace)
    record = _record(settings, run)
    if html is not None:
        from lfsmake.ui.page import run_page

        _save(html, run_page(record, program=_program(settings), folder=settings.start))
    if trace is not None:
        from lfsmake.ui.chrome import chrome_trace

        _save(trace, chrome_trace(record))
    if settings.json:
        emit_json(record)
    elif markdown:
        from lfsmake.ui.markdown import run_markdown

        write(run_markdown(record))
    elif html is None and trace is None:
        from lfsmake.ui.summary import summary

        for line in summary(record, folder=settings.start, program=_program(settings)):
            emit(line)
    return EXIT_OK


def _compare(
    settings: Settings, words: tuple[str, str], run: str, html: str | None, markdown: bool, trace: str | None
) -> int:
    from lfsmake.ui.comparison import compare

    if trace is not None:
        raise UsageError("--compare and --trace do not go together", hint="a trace is of one run")
    if run != "latest":
        raise UsageError("--compare takes two runs, and no third", expected="--compare A B")
    both = compare(_record(settings, words[0]), _record(settings, words[1]))
    if html is not None:
        from lfsmake.ui.page import comparison_page

        _save(html, comparison_page(both))
    if settings.json:
        emit_json(both)
    elif markdown:
        from lfsmake.ui.markdown import comparison_markdown

        write(comparison_markdown(both))
    elif html is None:
        from lfsmake.ui.summary import comparison_summary

        for line in comparison_summary(both):
            emit(line)
    return EXIT_OK


def _record(settings: Settings, word: str) -> "RunRecord":
    from lfsmake.cli.opened import runs_path
    from lfsmake.engine.journal import is_live
    from lfsmake.engine.runs import events_path, find_run
    from lfsmake.ui.history import history_of

    runs = runs_path(settings)
    run = find_run(runs, word)
    live = is_live(runs, run)
    try:
        history = history_of(events_path(runs, run))
    except OSError as error:
        raise HostError(f"the events of {run} cannot be read: {error.strerror}") from error
    if history.run is None and not history.steps:
        raise HostError(
            f"the events of {run} do not say what it did",
            expected="events that lfsmake wrote",
            hint=f"look at {events_path(runs, run)}, or report another run: `lfsmake runs` lists them",
        )
    return history.record(live=live, run=run)


def _program(settings: Settings) -> str:
    from lfsmake.cli.listening import program

    return program(settings)


def _save(path: str, text: str) -> None:
    """Writes a file whole or not at all; `-` is standard output."""
    if path == "-":
        write(text)
        return
    from lfsmake.ui.saving import save

    save(path, text.encode("utf-8", "replace"))


command.context_settings["ignore_unknown_options"] = True  # -1 is a run
