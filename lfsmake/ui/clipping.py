"""Texts of events cut to what one reads: whatever a step wrote, a record of its run stays small. Knows no event."""

from typing import Any, TypeVar

import msgspec

TEXT = 4000  # characters of a text; a line of a log may be megabytes

T = TypeVar("T", bound=msgspec.Struct)


def clipped(record: T) -> T:
    """The record, every text in it, and in records and tuples within it, of at most `TEXT` characters."""
    changed = {}
    for name in record.__struct_fields__:
        value = getattr(record, name)
        shorter = _clipped(value)
        if shorter is not value:
            changed[name] = shorter
    return msgspec.structs.replace(record, **changed) if changed else record


def _clipped(value: Any) -> Any:
    """The value itself if nothing in it is too long."""
    if isinstance(value, str) and len(value) > TEXT:
        return f"{value[:TEXT]}… ({len(value) - TEXT:,} more characters)"
    if isinstance(value, msgspec.Struct):
        return clipped(value)
    if isinstance(value, tuple):
        items = [_clipped(item) for item in value]
        return value if all(a is b for a, b in zip(items, value, strict=True)) else tuple(items)
    return value
