"""Findings in SARIF hold to the format's own schema, whatever their text and places are."""

import json
import os
from pathlib import Path

import jsonschema
import pytest

from lfsmake.discover.judge.findings import Finding
from lfsmake.discover.judge.judge import RULES
from lfsmake.discover.judge.sarif import sarif
from lfsmake.model.errors import Span

SCHEMA = os.environ.get("LFSMAKE_SARIF_SCHEMA", "")  # the file of OASIS, which may not be copied here

FINDINGS = [
    Finding("unsafe-rm", "error", 'write "${X:?}"', Span("/p/a b:ü%.sh", 3, 4, 3, 9), "a", "why", "mend"),
    Finding("unsafe-rm", "error", "a folder", Span("/p", 0, 0)),
    Finding("sudo", "warning", "elsewhere", Span("/else/where.sh", 1, 1, 2, 1)),
    Finding("house/no-summary", "note", "of a hook", None),
    Finding("sudo", "warning", "a name without folders", Span("x y.sh", 7, 0)),
]


def log() -> dict[str, object]:
    return sarif(FINDINGS, {rule.id: rule for rule in RULES}, "/p")


def test_places_are_addresses_relative_to_the_folder() -> None:
    results = log()["runs"][0]["results"]  # type: ignore[index]
    places = [each.get("locations", [{}])[0].get("physicalLocation") for each in results]
    assert places == [
        {
            "artifactLocation": {"uri": "a%20b%3A%C3%BC%25.sh", "uriBaseId": "ROOT"},
            "region": {"startLine": 3, "startColumn": 4, "endLine": 3, "endColumn": 9},
        },
        {"artifactLocation": {"uri": ".", "uriBaseId": "ROOT"}},
        {
            "artifactLocation": {"uri": "file:///else/where.sh"},
            "region": {"startLine": 1, "startColumn": 1, "endLine": 2, "endColumn": 1},
        },
        None,
        {"artifactLocation": {"uri": "x%20y.sh"}, "region": {"startLine": 7}},
    ]


def test_a_rule_helps_with_its_examples() -> None:
    rules = log()["runs"][0]["tool"]["driver"]["rules"]  # type: ignore[index]
    assert [rule["id"] for rule in rules] == ["house/no-summary", "sudo", "unsafe-rm"]
    assert rules[0] == {"id": "house/no-summary"}
    assert rules[1]["help"] == {
        "text": 'declare the user: user "lfs" or user "root"',
        "markdown": 'declare the user: user "lfs" or user "root"\n\n```sh\nsudo make install\n```\n\n'
        "Mended:\n\n```sh\nmake install\n```",
    }


@pytest.mark.skipif(not SCHEMA, reason="LFSMAKE_SARIF_SCHEMA names no schema")
def test_the_official_schema_agrees() -> None:
    schema = json.loads(Path(SCHEMA).read_text())
    jsonschema.validators.validator_for(schema)(schema).validate(json.loads(json.dumps(log())))
