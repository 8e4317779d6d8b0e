"""`lfsmake check [PATH|NAME...]`: every problem of the recipes, and what their shell or that of other scripts hides."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import msgspec

from lfsmake.cli.given import PLACE
from lfsmake.cli.options import Settings, Words, declare
from lfsmake.cli.output import emit_json, report
from lfsmake.model.errors import EXIT_OK, EXIT_RECIPE, LfsmakeError, Problem, Span
from lfsmake.ui.text import several

if TYPE_CHECKING:
    from lfsmake.discover.judge.findings import Finding

_SHAPE = """
`{"version": 1, "steps": 7, "scripts": 0, "problems": [PROBLEM, …], "findings": [FINDING, …]}`. A PROBLEM keeps the
recipes from being understood: `{"severity": "error" | "warning", "file": …, "line": …, "column": …, "end_line": …,
"end_column": …, "message": …, "expected": …, "hint": …}`; lines and columns count from 1 and are 0 where unknown. A
FINDING is what they say and should not: `{"rule": "unsafe-rm", "severity": "error" | "warning" | "note", "subject": …,
"file": …, "line": …, "column": …, "end_line": …, "end_column": …, "message": …, "why": …, "mend": …, "fixable": true}`;
`subject` is the step or the script. Findings of all severities are there, whatever `--severity` says.
"""
_SEVERITIES = ("error", "warning", "note")


@declare(
    "check",
    click.Argument(["words"], nargs=-1, metavar="[PATH|NAME...]", type=PLACE),
    click.Option(
        ["--severity"], type=Words("--severity", _SEVERITIES), default="warning", metavar="WORD",
        help="Show findings down to: error, warning (default), note.",
    ),
    click.Option(["--only"], multiple=True, metavar="ID", help="Look for this finding alone. May be repeated."),
    click.Option(["--ignore"], multiple=True, metavar="ID", help="Leave this finding out. May be repeated."),
    click.Option(["--strict"], is_flag=True, help="Warnings count as errors."),
    click.Option(["--fix"], is_flag=True, help="Make the mends that are safe."),
    click.Option(["-n", "--dry-run"], is_flag=True, help="With --fix: show the changes, make none."),
    click.Option(["--online"], is_flag=True, help="Ask the servers whether they still have the sources."),
    click.Option(["--sources"], metavar="DIR", help="Of scripts: the folder their archives lie in."),
    click.Option(["--sarif"], metavar="FILE", help="Write the findings in SARIF to FILE, - for standard output."),
    click.Option(["--explain"], metavar="ID", help="Say what a finding is, with examples; all: list every one."),
    examples=(
        ("lfsmake check", "the project's recipes"),
        ("lfsmake check my.lfs glibc", "one file or folder, one step"),
        ("lfsmake check ../my-scripts", "a folder of shell scripts"),
        ("lfsmake check --fix -n", "what could be mended by itself"),
    ),
    json=_SHAPE,
)  # fmt: skip
def command(
    settings: Settings,
    words: tuple[str, ...],
    severity: str,
    only: tuple[str, ...],
    ignore: tuple[str, ...],
    strict: bool,
    fix: bool,
    dry_run: bool,
    online: bool,
    sources: str | None,
    sarif: str | None,
    explain: str | None,
) -> int:
    """Show every problem of the recipes at once, and what their commands hide; build nothing, run nothing of them.

    PATH is a recipe, a folder of recipes, a shell script or a folder of scripts; NAME is a step or a group of the
    project. A finding that is as it should be is allowed where it is: allow ID because "REASON" in a recipe, a comment
    # lfsmake: allow ID because REASON in a script. The exit code is 2 for problems and findings of severity error.
    """
    from lfsmake.cli import checked

    if explain is not None:
        return checked.explain(settings, explain)
    checked.known_ids((*only, *ignore))
    names, recipes, trees = _sorted(settings, words)
    steps = scripts = 0
    found: list[Finding] = []
    if recipes or names or not trees:
        settings = msgspec.structs.replace(settings, files=settings.files + recipes)
        try:
            chosen, some = checked.recipes(settings, names, online)
        except LfsmakeError as error:
            if settings.json:
                problems = [problem_shape(problem) for problem in error.problems]
                emit_json({"version": 1, "steps": 0, "scripts": 0, "problems": problems, "findings": []})
            else:
                report(error.problems, color=settings.color, folder=settings.start)
            return error.exit_code
        steps = len(chosen)
        found += some
    for tree in trees:
        number, some = checked.scripts(settings, tree, sources)
        scripts += number
        found += some
    found = [each for each in found if (not only or each.rule in only) and each.rule not in ignore]
    if fix:
        found = checked.fix(settings, found, dry_run=dry_run)
    if sarif is not None:
        checked.write_sarif(settings, found, sarif)
    if settings.json:
        shapes = [finding_shape(each) for each in found]
        emit_json({"version": 1, "steps": steps, "scripts": scripts, "problems": [], "findings": shapes})
    elif sarif != "-":
        shown = _SEVERITIES[: _SEVERITIES.index(severity) + 1]
        checked.show(settings, found, shown, _what(steps, scripts))
    failing = ("error", "warning") if strict else ("error",)
    return EXIT_RECIPE if any(each.severity in failing for each in found) else EXIT_OK


def _what(steps: int, scripts: int) -> str:
    said = [several(number, word) for number, word in ((steps, "step"), (scripts, "script")) if number]
    return ", ".join(said) or several(0, "step")


def _sorted(settings: Settings, words: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[Path, ...]]:
    """Names of targets, paths of recipes, and scripts or folders of scripts."""
    names: list[str] = []
    recipes: list[str] = []
    trees: list[Path] = []
    for word in words:
        path = Path(settings.directory) / word
        there = os.path.exists(path)  # noqa: PTH110 - which is no, not an error, where nobody may look
        if os.path.isdir(path):  # noqa: PTH112
            own = (path / "lfsmake.toml").exists() or any(path.glob("*.lfs"))
            if own or not any(path.iterdir()):
                recipes.append(str(path))
            else:
                trees.append(path)
        elif word.endswith((".lfs", ".toml")) or not (there or _is_name(word)):
            recipes.append(str(path))
        elif there:
            trees.append(path)
        else:
            names.append(word)
    return tuple(names), tuple(recipes), tuple(trees)


def _is_name(word: str) -> bool:
    return os.sep not in word


def _place_shape(span: Span | None) -> dict[str, Any]:
    """Where a problem or a finding stands; empty and 0 where that is unknown."""
    at = span or Span("", 0, 0)
    return {
        "file": at.file,
        "line": at.line,
        "column": at.column,
        "end_line": at.end_line,
        "end_column": at.end_column,
    }


def problem_shape(problem: Problem) -> dict[str, Any]:
    """The documented shape of a problem."""
    return {
        "severity": problem.severity,
        **_place_shape(problem.span),
        "message": problem.message,
        "expected": problem.expected,
        "hint": problem.hint,
    }


def finding_shape(finding: "Finding") -> dict[str, Any]:
    """The documented shape of a finding."""
    return {
        "rule": finding.rule,
        "severity": finding.severity,
        "subject": finding.subject,
        **_place_shape(finding.span),
        "message": finding.message,
        "why": finding.why,
        "mend": finding.mend,
        "fixable": bool(finding.edits),
    }
