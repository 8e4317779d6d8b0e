"""Findings in SARIF 2.1.0, which code hosts and editors show. Knows the format, no rule."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

from lfsmake import __version__
from lfsmake.discover.judge.findings import Finding, Rule

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def sarif(findings: Iterable[Finding], rules: Mapping[str, Rule], folder: str) -> dict[str, Any]:
    """A log of one run. Files below `folder` are named relative to it."""
    findings = tuple(findings)
    met = sorted({finding.rule for finding in findings})
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "lfsmake",
                        "version": __version__,
                        "rules": [_rule(name, rules.get(name)) for name in met],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "originalUriBaseIds": {"ROOT": {"uri": f"{Path(folder).as_uri()}/"}},
                "results": [_result(finding, met, folder) for finding in findings],
            }
        ],
    }


def _rule(name: str, rule: Rule | None) -> dict[str, Any]:
    if rule is None:  # of a hook
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.why},
        "help": {"text": rule.mend, "markdown": _help(rule)},
        "defaultConfiguration": {"level": rule.severity},
    }


def _help(rule: Rule) -> str:
    examples = f"\n\n```sh\n{rule.bad.rstrip()}\n```\n\nMended:\n\n```sh\n{rule.good.rstrip()}\n```" if rule.bad else ""
    return rule.mend + examples


def _result(finding: Finding, met: list[str], folder: str) -> dict[str, Any]:
    text = finding.message + (f"\n{finding.mend}" if finding.mend else "")
    result: dict[str, Any] = {
        "ruleId": finding.rule,
        "ruleIndex": met.index(finding.rule),
        "level": finding.severity,
        "message": {"text": text},
    }
    if finding.span is not None and finding.span.file:
        result["locations"] = [{"physicalLocation": _place(finding, folder)}]
    if finding.subject:
        result["properties"] = {"subject": finding.subject}
    return result


def _place(finding: Finding, folder: str) -> dict[str, Any]:
    span = finding.span
    assert span is not None  # noqa: S101  # its only caller has looked
    path = Path(span.file)
    if path.is_relative_to(folder):
        artifact = {"uri": quote(str(path.relative_to(folder))), "uriBaseId": "ROOT"}
    else:
        artifact = {"uri": path.as_uri() if path.is_absolute() else quote(span.file)}
    place: dict[str, Any] = {"artifactLocation": artifact}
    if span.line > 0:
        region = {"startLine": span.line}
        if span.column > 0:
            region["startColumn"] = span.column
        if span.end_line >= span.line and span.end_column > 0:
            region |= {"endLine": span.end_line, "endColumn": span.end_column}
        place["region"] = region
    return place
