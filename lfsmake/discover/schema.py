"""The published JSON Schema of a discovered tree: what `lfsmake discover --json` prints. Knows no tree."""

from typing import Any

TREE_SCHEMA = "tree.schema.json"


def tree_schema() -> dict[str, Any]:
    """The schema of `{"version": 1, "tree": TREE}`."""
    from msgspec.json import schema

    from lfsmake.discover.model import Tree

    described = schema(Tree)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A tree of scripts as lfsmake discovers it",
        "type": "object",
        "properties": {"version": {"const": 1}, "tree": {"$ref": described["$ref"]}},
        "required": ["version", "tree"],
        "additionalProperties": False,
        "$defs": described["$defs"],
    }


def tree_schema_text() -> str:
    """The text of grammar/tree.schema.json."""
    import json

    return json.dumps(tree_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    from lfsmake.lang.shipped import shipped

    (shipped("grammar") / TREE_SCHEMA).write_text(tree_schema_text(), encoding="utf-8")
