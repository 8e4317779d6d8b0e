"""The tests of the book, of imports and of registered trees read whole books and start many programs: they are slow."""

from pathlib import Path

import pytest

_SLOW = tuple(Path(__file__).parent / name for name in ("book", "convert", "registry"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Called with all items, also those of other folders."""
    for item in items:
        if any(item.path.is_relative_to(folder) for folder in _SLOW):
            item.add_marker(pytest.mark.slow)
