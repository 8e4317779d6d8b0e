"""Findings of pieces of shell: all rules over all pieces, less what is allowed with a reason. Mends nothing."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping

from msgspec import Struct

from lfsmake.discover.judge.findings import SEVERITIES, Finding, Rule
from lfsmake.discover.judge.piece import Piece
from lfsmake.discover.judge.rules import build, danger, flow, hidden, lfs
from lfsmake.engine.diagnosis import NOTHING_INSTALLED
from lfsmake.engine.went_on import WENT_ON
from lfsmake.model.errors import Span
from lfsmake.model.step import Meant

NEEDLESS_ALLOW = Rule(
    "needless-allow",
    "note",
    "an allow that meets nothing",
    "it hides the next finding of that kind, which nobody has looked at",
    "take it out",
)
UNKNOWN_ALLOW = Rule(
    "unknown-allow",
    "warning",
    "an allow of a finding that does not exist",
    "what it was meant to allow is still found",
    "`lfsmake check --explain all` lists the findings",
)
REASONLESS_ALLOW = Rule(
    "reasonless-allow",
    "warning",
    "an allow without a reason",
    "the next reader cannot tell whether it still holds",
    "write: # lfsmake: allow ID because …",
)
ALLOW_RULES = (NEEDLESS_ALLOW, UNKNOWN_ALLOW, REASONLESS_ALLOW)

CHECKS: tuple[Callable[[Piece], Iterator[Finding]], ...] = (
    danger.findings,
    flow.findings,
    hidden.findings,
    lfs.findings,
    build.findings,
)
RULES: tuple[Rule, ...] = (*danger.RULES, *flow.RULES, *hidden.RULES, *lfs.RULES, *build.RULES, *ALLOW_RULES)

_MET_BY_RUNS = (NOTHING_INSTALLED, WENT_ON)  # a run finds them where no look at the script does
_ALLOW = re.compile(r"\s*lfsmake:\s*allow\s+(\S+)(?:\s+because\s+(.*\S))?\s*")


class Allowed(Struct, frozen=True):
    """A finding that somebody says is as it should be, in the whole subject."""

    rule: str
    reason: str
    span: Span
    source: str = ""


def findings(
    pieces: Iterable[Piece],
    more: Iterable[Finding] = (),
    allows: Mapping[str, tuple[Meant, ...]] | None = None,
    known: Iterable[str] = (),
) -> tuple[Finding, ...]:
    """What is found in the pieces and in `more`, in the order of files and places, less what is allowed.

    `allows`: subject → what its recipe allows; comments in the pieces add to that. `known`: ids of further rules, such
    as those of hooks. An allow that meets nothing is itself a finding.
    """
    pieces = tuple(pieces)
    found = [*more]
    for piece in pieces:
        for check in CHECKS:
            found += check(piece)
    given = _given(pieces, allows or {})
    met: set[tuple[str, str]] = set()
    left = []
    for finding in found:
        if any(each.rule == finding.rule and each.reason for each in given.get(finding.subject, ())):
            met.add((finding.subject, finding.rule))
        else:
            left.append(finding)
    ids = {rule.id for rule in RULES} | {finding.rule for finding in found} | set(known)
    for subject, each_given in given.items():
        for each in each_given:
            left += _of_allow(subject, each, met, ids)
    return tuple(sorted(dict.fromkeys(left), key=_order))


def _given(pieces: Iterable[Piece], allows: Mapping[str, tuple[Meant, ...]]) -> dict[str, list[Allowed]]:
    given: dict[str, list[Allowed]] = {}
    for subject, meant in allows.items():
        given.setdefault(subject, []).extend(Allowed(each.what, each.reason, each.span) for each in meant)
    for piece in pieces:
        for number, text in piece.shell.comments:
            match = _ALLOW.fullmatch(text)
            if match:
                span = Span(piece.shell.path, number, 1)
                allowed = Allowed(match[1], match[2] or "", piece.place(span), piece.source(span))
                given.setdefault(piece.subject, []).append(allowed)
    return given


def _of_allow(subject: str, each: Allowed, met: set[tuple[str, str]], ids: set[str]) -> Iterator[Finding]:
    def finding(rule: Rule, message: str) -> Finding:
        return Finding(rule.id, rule.severity, message, each.span, subject, rule.why, rule.mend, (), each.source)

    if not each.reason:
        yield finding(REASONLESS_ALLOW, f"{each.rule} is allowed without a reason, so it is not")
    elif each.rule in _MET_BY_RUNS:
        return
    elif each.rule not in ids:
        yield finding(UNKNOWN_ALLOW, f'there is no finding "{each.rule}"')
    elif (subject, each.rule) not in met:
        yield finding(NEEDLESS_ALLOW, f"{each.rule} is allowed in {subject}, where nothing of it is found")


def _order(finding: Finding) -> tuple[str, int, int, int, str]:
    span = finding.span or Span("", 0, 0)
    return (span.file, span.line, span.column, SEVERITIES.index(finding.severity), finding.rule)
