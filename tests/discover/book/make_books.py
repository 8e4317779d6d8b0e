"""Makes `lfsmake/discover/data/books.json` of checkouts of the book: which version each package has in which book.

    python tests/discover/book/make_books.py FOLDER… [VERSION=LIST…] > lfsmake/discover/data/books.json

A FOLDER is a checkout; a LIST is a file with a name and a version a line, for a book whose XML is not at hand.
"""

import json
import sys
from pathlib import Path

from lfsmake.discover.book.model import Revision
from lfsmake.discover.book.read import read_book
from lfsmake.lang.versions import sort_key

REVISIONS: tuple[Revision, ...] = ("sysv", "systemd")


def of_checkout(folder: Path) -> tuple[str, dict[str, str]]:
    """The book's version, and the packages of both its revisions."""
    found: dict[str, str] = {}
    version = ""
    for revision in REVISIONS:
        book = read_book(folder, revision)
        version = book.version
        for resource in book.resources:
            if resource.kind == "package" and resource.version:
                found.setdefault(resource.name, resource.version)
    return version, found


def of_list(file: Path) -> dict[str, str]:
    """`name version` lines."""
    return dict(line.split() for line in file.read_text(encoding="utf-8").splitlines())  # type: ignore[misc]


def main(words: list[str]) -> None:
    """Print the table, the oldest book first."""
    books: dict[str, dict[str, str]] = {}
    for word in words:
        version, equals, file = word.partition("=")
        found = of_list(Path(file)) if equals else {}
        if not equals:
            version, found = of_checkout(Path(word))
        books[version] = {**found, **books.get(version, {})}
    made = {version: dict(sorted(books[version].items())) for version in sorted(books, key=sort_key)}
    print(json.dumps(made, indent=1, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
