"""Which version of the book a tree goes with, by its packages' versions. Reads the table of books, no book."""

import functools
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from importlib import resources

from lfsmake.discover.model import BookMatch, Script
from lfsmake.discover.scan.names import natural

MOST = 3  # matches that are told
_PART_OF = {"udev": "systemd"}  # built on its own from another's archive
FEWEST = 3  # packages that must be the same before a book is named at all


def match(
    scripts: Iterable[Script], books: Mapping[str, Mapping[str, str]] | None = None
) -> tuple[BookMatch, ...]:
    """The books that go best with the scripts: most versions the same, then fewest that differ, then the newer.

    `books`: version of the book → package → version; the table that comes with lfsmake without it.
    """
    here: dict[str, set[str]] = defaultdict(set)
    for script in scripts:
        version = script.version
        if script.role == "build" and script.name is not None and version is not None and version.sure != "guess":
            here[script.name.value].add(version.value)
    found = []
    for book, there in (known() if books is None else books).items():
        same = 0
        differ = []
        for name, versions in sorted(here.items()):
            wanted = there.get(name) or there.get(_PART_OF.get(name, ""))
            if wanted is None:
                continue
            if any(alike(version, wanted) for version in versions):
                same += 1
            else:
                differ.append((name, " ".join(sorted(versions, key=natural)), wanted))
        if same >= FEWEST:
            found.append(BookMatch(book, same, tuple(differ)))
    found.sort(key=lambda match: natural(match.book), reverse=True)
    found.sort(key=lambda match: (-match.same, len(match.differ)))
    return tuple(found[:MOST])


def alike(one: str, other: str) -> bool:
    """Whether two spellings are one version: `v3.2.1` and `3.2.1`, `9.0.0228` and `9.0.0228`."""
    return one.lower().lstrip("v").rstrip(".") == other.lower().lstrip("v").rstrip(".")


@functools.cache
def known() -> Mapping[str, Mapping[str, str]]:
    """The table of books, read once; empty if it did not come along."""
    file = resources.files("lfsmake.discover").joinpath("data/books.json")
    try:
        table: dict[str, dict[str, str]] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return {book: packages for book, packages in table.items() if isinstance(packages, dict)}
