"""The published schemas are those of the code, and what resolution makes fits them."""

import json
from pathlib import Path

import jsonschema
import msgspec
import pytest

from lfsmake.lang.config import books
from lfsmake.lang.load import load_project
from lfsmake.lang.schema import CONFIG_SCHEMA, STEP_SCHEMA, step_schema_text
from lfsmake.lang.shipped import shipped


def test_the_step_schema_is_the_generated_one() -> None:
    committed = (shipped("grammar") / STEP_SCHEMA).read_text(encoding="utf-8")
    assert committed == step_schema_text(), "run: python -m lfsmake.lang.schema"


@pytest.mark.parametrize("name", [STEP_SCHEMA, CONFIG_SCHEMA])
def test_the_schemas_are_schemas(name: str) -> None:
    schema = json.loads((shipped("grammar") / name).read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)


def test_the_shipped_steps_fit_the_schema() -> None:
    schema = json.loads((shipped("grammar") / STEP_SCHEMA).read_text(encoding="utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    folders = [*books().values(), shipped("recipes") / "example"]
    assert len(folders) > 1
    for folder in folders:
        project = load_project([folder])
        assert project.steps
        for step in project.steps.values():
            validator.validate(json.loads(msgspec.json.encode(step)))


def test_a_step_with_a_wrong_type_does_not_fit(tmp_path: Path) -> None:
    (tmp_path / "a.lfs").write_text("script a {\n    install: true\n}\n", encoding="utf-8")
    step = json.loads(msgspec.json.encode(load_project([tmp_path]).steps["a"]))
    validator = jsonschema.Draft202012Validator(json.loads(step_schema_text()))
    validator.validate(step)
    step["context"] = "moon"
    assert [error.message for error in validator.iter_errors(step)] == [
        "'moon' is not one of ['host', 'image', 'target']"
    ]
