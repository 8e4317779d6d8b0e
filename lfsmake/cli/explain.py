"""`lfsmake explain [TARGET]`: what changed, and what only follows from it."""

import difflib
import sys
from typing import Any

import click

from lfsmake.cli.options import Settings, Target, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.cli.plan import reason_shape
from lfsmake.engine.explain import Explanation, StepExplanation
from lfsmake.model.errors import EXIT_OK
from lfsmake.model.plan import Reason

_SHAPE = """
`{"version": 1, "explanations": [{"target": "toolchain", "steps": [STEP, …]}, …]}`, one explanation a target. A STEP is
`{"step": "glibc", "state": "…", "role": "root cause" | "follows" | "up to date", "reasons": [REASON, …], "because":
["gcc-pass1", …]}`; REASON as in `plan --json`; `because` names the root causes of a step that follows.
"""


@declare(
    "explain",
    click.Argument(["targets"], nargs=-1, metavar="[TARGET...]", type=Target()),
    examples=(
        ("lfsmake explain toolchain", "why its steps would be built"),
        ("lfsmake explain -v toolchain", "also the steps that are up to date"),
    ),
    json=_SHAPE,
)
def command(settings: Settings, targets: tuple[str, ...]) -> int:
    """Show why steps are stale: the root causes with old and new values, then what follows from them."""
    from lfsmake.cli.opened import opened

    with opened(settings) as session:
        explanations = [session.explain(target) for target in session.targets(targets)]
    if settings.json:
        emit_json({"version": 1, "explanations": [_shape(explanation) for explanation in explanations]})
        return EXIT_OK
    for explanation in explanations:
        _print(explanation, settings)
    return EXIT_OK


def _print(explanation: Explanation, settings: Settings) -> None:
    from lfsmake.ui.color import paint, wants_color
    from lfsmake.ui.report import up_to_date
    from lfsmake.ui.text import safe

    color = wants_color(settings.color, sys.stdout)
    by_role: dict[str, list[StepExplanation]] = {"root cause": [], "follows": [], "up to date": []}
    for step in explanation.steps:
        by_role[step.role].append(step)
    if not by_role["root cause"] and not by_role["follows"]:
        emit(up_to_date((explanation.target,), len(explanation.steps)))
    for step in by_role["root cause"]:
        emit(f"{paint(step.step, 'bold', color)} is to be built:")
        for reason in step.reasons:
            for line in reason_lines(reason):
                emit(f"  {safe(line)}")
    for step in by_role["follows"]:
        because = f"follows from {', '.join(step.because)}" if step.because else "follows"
        word = "is to be built" if step.state == "build" else "waits"
        emit(f"{paint(step.step, 'bold', color)} {word}: {because}")
    if settings.verbose:
        for step in by_role["up to date"]:
            emit(f"{paint(step.step, 'bold', color)} is up to date")


def reason_lines(reason: Reason) -> list[str]:
    """A reason in words, then what it was and what it is: on a line each, or as a difference of texts."""
    lines = [reason.text]
    if not reason.old and not reason.new:
        return lines
    was, now = reason.old.replace("\0", "\n"), reason.new.replace("\0", "\n")  # a NUL stands between body and hook
    if "\n" not in was and "\n" not in now:
        lines += [f"  was  {was}"] if was else []
        lines += [f"  now  {now}"] if now else []
        return lines
    old, new = was.splitlines(), now.splitlines()
    changes = list(difflib.unified_diff(old, new, lineterm="", n=2))[2:]  # the two lines of file names go
    return [*lines, *(f"  {line}" for line in changes)]


def _shape(explanation: Explanation) -> dict[str, Any]:
    return {
        "target": explanation.target,
        "steps": [
            {
                "step": step.step,
                "state": step.state,
                "role": step.role,
                "reasons": [reason_shape(reason) for reason in step.reasons],
                "because": list(step.because),
            }
            for step in explanation.steps
        ],
    }
