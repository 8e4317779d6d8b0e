"""The published JSON Schemas of what people bring: trees of scripts, books and their differences, the machine.

What `lfsmake discover`, `book show`, `book diff` and `doctor` print with `--json`. Knows no tree, book or machine.
"""

from typing import Any

TREE_SCHEMA = "tree.schema.json"
BOOK_SCHEMA = "book.schema.json"
DIFF_SCHEMA = "book-diff.schema.json"
DOCTOR_SCHEMA = "doctor.schema.json"


def tree_schema() -> dict[str, Any]:
    """The schema of `{"version": 1, "tree": TREE}`."""
    from lfsmake.discover.model import Tree

    (tree,), records = _records(Tree)
    return {**_head("A tree of scripts as lfsmake discovers it"), **_only(tree=tree), "$defs": records}


def book_schema() -> dict[str, Any]:
    """The schema of `{"version": 1, "book": BOOK}` and of `{"version": 1, "section": SECTION}`."""
    from lfsmake.discover.book.model import Book, Section

    (book, section), records = _records(Book, Section)
    either = {"oneOf": [_only(book=book), _only(section=section)]}
    return {**_head("A book as lfsmake reads it, or one of its pages"), **either, "$defs": records}


def diff_schema() -> dict[str, Any]:
    """The schema of `{"version": 1, "revision": …, "arch": …, "diff": DIFF}`."""
    from lfsmake.discover.book.diff import BookDiff

    (diff,), records = _records(BookDiff)
    whole = _only(revision={"enum": ["sysv", "systemd"]}, arch={"type": "string"}, diff=diff)
    return {**_head("What changed from one book to another"), **whole, "$defs": records}


def doctor_schema() -> dict[str, Any]:
    """The schema of `{"version": 1, "distribution": …, "errors": …, "warnings": …, "install": …, "results": […]}`."""
    from lfsmake.discover.doctor.model import Result

    (result,), records = _records(Result)
    count, text = {"type": "integer", "minimum": 0}, {"type": "string"}
    results = {"type": "array", "items": result}
    whole = _only(distribution=text, errors=count, warnings=count, install=text, results=results)
    return {**_head("A machine as lfsmake doctor finds it"), **whole, "$defs": records}


def schema_texts() -> dict[str, str]:
    """The text of each schema file in grammar/, by the file's name."""
    import json

    made = {
        TREE_SCHEMA: tree_schema(),
        BOOK_SCHEMA: book_schema(),
        DIFF_SCHEMA: diff_schema(),
        DOCTOR_SCHEMA: doctor_schema(),
    }
    return {name: json.dumps(one, indent=2, ensure_ascii=False) + "\n" for name, one in made.items()}


def _head(title: str) -> dict[str, Any]:
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": title}


def _only(**properties: dict[str, Any]) -> dict[str, Any]:
    """An object with a version and these properties, all there, and no others."""
    return {
        "type": "object",
        "properties": {"version": {"const": 1}, **properties},
        "required": ["version", *properties],
        "additionalProperties": False,
    }


def _records(*kinds: type) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """What stands for each kind of record, and the records that they hold."""
    from msgspec.json import schema_components

    found, records = schema_components(kinds, ref_template="#/$defs/{name}")
    return list(found), records


if __name__ == "__main__":
    from lfsmake.lang.shipped import shipped

    for file, text in schema_texts().items():
        (shipped("grammar") / file).write_text(text, encoding="utf-8")
