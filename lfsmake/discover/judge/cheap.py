"""The part of the judgement that takes no other program: looked at before every build, of the steps to be built."""

from collections.abc import Iterable, Sequence

import msgspec

from lfsmake.discover.judge import declared, judge, rights
from lfsmake.discover.judge.findings import Finding, problem
from lfsmake.discover.judge.piece import of_step
from lfsmake.model.errors import Problem, RecipeErrors
from lfsmake.model.step import Step

# What no step may do unless its recipe allows it: it could hurt the machine, not only the build.
STOPPING = frozenset(("unsafe-rm", "rm-root", "piped-download", "device", "root-lfs", "world-writable"))


def refuse(steps: Sequence[Step], files: Iterable[str], uid: int) -> None:
    """Raises RecipeErrors with every finding that stops a build. `files`: the recipes; `uid`: who builds."""
    found = stopping(steps, files, uid)
    if found:
        raise RecipeErrors(tuple(_as_problem(finding) for finding in found))


def stopping(steps: Sequence[Step], files: Iterable[str], uid: int) -> tuple[Finding, ...]:
    """The findings that stop a build of these steps."""
    scripts = {step.script.file: step.name for step in steps if step.script is not None}
    pieces = (piece for step in steps for piece in of_step(step))
    more = [*rights.findings((*files, *scripts), scripts, uid)]
    more += [finding for step in steps for finding in declared.environment(step)]
    found = judge.findings(pieces, more, {step.name: step.allows for step in steps})
    return tuple(dict.fromkeys(finding for finding in found if finding.rule in STOPPING))


def _as_problem(finding: Finding) -> Problem:
    told = problem(finding)
    allowed = f'; if it is meant: allow {finding.rule} because "…"' if finding.subject else ""
    return msgspec.structs.replace(told, severity="error", hint=told.hint + allowed)
