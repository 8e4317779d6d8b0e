"""The schemas in grammar/ are those of the records, and what the commands print is as they say."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from lfsmake.cli.app import run
from lfsmake.discover.schema import BOOK_SCHEMA, DIFF_SCHEMA, DOCTOR_SCHEMA, schema_texts
from lfsmake.lang.shipped import shipped

SMALL = str(Path(__file__).parent / "book" / "small")


@pytest.mark.parametrize("name", schema_texts())
def test_a_schema_is_the_generated_one(name: str) -> None:
    committed = (shipped("grammar") / name).read_text(encoding="utf-8")
    assert committed == schema_texts()[name], "run: python -m lfsmake.discover.schema"
    jsonschema.Draft202012Validator.check_schema(json.loads(committed))


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        (BOOK_SCHEMA, ("book", "show", SMALL)),
        (BOOK_SCHEMA, ("book", "show", SMALL, "5.1", "--revision", "systemd")),
        (DIFF_SCHEMA, ("book", "diff", SMALL, SMALL)),
        (DOCTOR_SCHEMA, ("doctor", "--problems")),
    ],
)
def test_what_is_printed_is_as_its_schema_says(
    name: str, arguments: Sequence[str], capfd: pytest.CaptureFixture[str]
) -> None:
    assert run([*arguments, "--json"]) in (0, 3)
    told: dict[str, Any] = json.loads(capfd.readouterr().out)
    checks = jsonschema.Draft202012Validator(json.loads(schema_texts()[name]))
    checks.validate(told)
    for key in told:
        assert not checks.is_valid({at: value for at, value in told.items() if at != key}), key
    assert not checks.is_valid({**told, "other": 1})
