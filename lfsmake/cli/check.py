"""`lfsmake check [PATH...]`: every problem of the recipes in one go."""

from pathlib import Path
from typing import Any

import click
import msgspec

from lfsmake.cli.options import Settings, declare
from lfsmake.cli.output import emit, emit_json, report
from lfsmake.model.errors import EXIT_OK, LfsmakeError, Problem
from lfsmake.ui.text import several

_SHAPE = """
`{"version": 1, "steps": 7, "problems": [PROBLEM, …]}`. A PROBLEM is `{"severity": "error" | "warning", "file": …,
"line": …, "column": …, "end_line": …, "end_column": …, "message": …, "expected": …, "hint": …}`; lines and columns
count from 1 and are 0 where unknown.
"""


@declare(
    "check",
    click.Argument(["paths"], nargs=-1, metavar="[PATH...]", type=click.Path()),
    examples=(("lfsmake check", "the project's recipes"), ("lfsmake check my.lfs", "one file or folder")),
    json=_SHAPE,
)
def command(settings: Settings, paths: tuple[str, ...]) -> int:
    """Read and resolve the recipes, build nothing, and show every problem at once."""
    from lfsmake.cli.opened import read_project

    files = tuple(str(Path(settings.directory) / path) for path in paths)
    settings = msgspec.structs.replace(settings, files=settings.files + files)
    try:
        _, project = read_project(settings)
    except LfsmakeError as error:
        if settings.json:
            emit_json({"version": 1, "steps": 0, "problems": [problem_shape(p) for p in error.problems]})
        else:
            report(error.problems, color=settings.color, folder=settings.start)
        return error.exit_code
    if settings.json:
        emit_json({"version": 1, "steps": len(project.steps), "problems": []})
    elif not settings.quiet:
        emit(f"lfsmake: {several(len(project.steps), 'step')}, no problems")
    return EXIT_OK


def problem_shape(problem: Problem) -> dict[str, Any]:
    """The documented shape of a problem."""
    span = problem.span
    return {
        "severity": problem.severity,
        "file": span.file if span else "",
        "line": span.line if span else 0,
        "column": span.column if span else 0,
        "end_line": span.end_line if span else 0,
        "end_column": span.end_column if span else 0,
        "message": problem.message,
        "expected": problem.expected,
        "hint": problem.hint,
    }
