"""What `lfsmake check` finds besides what recipes cannot mean: findings, and the rules they are of. Data."""

from typing import Literal

from msgspec import Struct

from lfsmake.model.errors import Problem, Span

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")  # the worst first


class Rule(Struct, frozen=True):
    """A kind of finding. `id` never changes its meaning: recipes and scripts name it to allow it."""

    id: str
    severity: Severity
    title: str  # what is wrong, in a few words
    why: str  # why it hurts, one or two sentences
    mend: str  # what to do
    bad: str = ""  # a small example that has it
    good: str = ""  # the same, mended


class Edit(Struct, frozen=True):
    """Text to put in place of what `span` covers; an empty span puts it there."""

    span: Span
    text: str


class Finding(Struct, frozen=True):
    """One place where a rule is met. `subject` is the step's name or the script's id, "" for a file of its own."""

    rule: str
    severity: Severity
    message: str  # one sentence without a full stop
    span: Span | None
    subject: str = ""
    why: str = ""
    mend: str = ""
    edits: tuple[Edit, ...] = ()  # a safe mend, all of it; () if there is none
    source: str = ""  # the line at `span`


def problem(finding: Finding) -> Problem:
    """The finding in the form in which all problems are shown."""
    return Problem(
        f"{finding.message} [{finding.rule}]",
        finding.span,
        "",
        finding.mend,
        finding.source,
        finding.severity,
    )
