"""The published JSON Schema of the resolved model. The one of lfsmake.toml is written by hand beside it."""

from typing import Any

STEP_SCHEMA = "step.schema.json"
CONFIG_SCHEMA = "lfsmake.schema.json"


def step_schema() -> dict[str, Any]:
    """The JSON Schema of a resolved step, the shape of `lfsmake show --json`."""
    from msgspec.json import schema

    from lfsmake.model.step import Step

    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A resolved step of lfsmake",
        **schema(Step),
    }


def step_schema_text() -> str:
    """The text of grammar/step.schema.json."""
    import json

    return json.dumps(step_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    from lfsmake.lang.shipped import shipped

    (shipped("grammar") / STEP_SCHEMA).write_text(step_schema_text(), encoding="utf-8")
