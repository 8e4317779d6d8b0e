"""A run, or two beside each other, as one page of HTML that needs nothing else. Knows records; writes no file."""

from functools import cache
from typing import TYPE_CHECKING, Any

from lfsmake.ui.comparison import Comparison
from lfsmake.ui.records import RunRecord

if TYPE_CHECKING:
    from jinja2 import Environment


def run_page(run: RunRecord, *, program: str = "lfsmake", folder: str = "") -> str:
    """The report of a run. `program` begins the commands that it names, such as `lfsmake -f my.lfs`; paths below
    `folder` are named relative to it."""
    from lfsmake.ui.page.run import run_context

    return _environment().get_template("run.html").render(run_context(run, program, folder))


def comparison_page(both: Comparison) -> str:
    """The report of two runs."""
    from lfsmake.ui.page.two import comparison_context

    return _environment().get_template("comparison.html").render(comparison_context(both))


@cache
def _environment() -> "Environment":
    """Everything that is put into a page is escaped, and a name that is not there is an error."""
    import time
    from pathlib import Path

    from jinja2 import Environment, FileSystemLoader, StrictUndefined
    from markupsafe import Markup

    from lfsmake.ui import numbers, text

    folder = Path(__file__).parent / "templates"
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=lambda value: text.safe(value) if type(value) is str else value,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Any] = {
        "clock": text.clock,
        "took": numbers.took,
        "size": numbers.size_or_none,
        "several": text.several,
        "moment": numbers.moment,
        "percent": numbers.percent,
        "decimal": numbers.decimal,
        "difference": numbers.difference,
    }
    made.filters.update(filters)
    style = (folder / "style.css").read_text(encoding="utf-8")
    made.globals.update(style=Markup(style), now=lambda: numbers.moment(time.time()))  # noqa: S704 - a file of ours
    return made
