"""What a tree as a whole tells its scripts: archives that drivers unpack for them, and the book that it names."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from lfsmake.discover import books
from lfsmake.discover.facts import archives
from lfsmake.discover.facts.lines import Lines
from lfsmake.discover.model import Script, Surroundings
from lfsmake.discover.shell.nodes import Shell
from lfsmake.discover.shell.values import Values

_BOOK = re.compile(
    r"(?:\bB?LFS[- ]?(?:book|version|release|stable)?[- ]?v?|Linux From Scratch(?: Build Script)?[ ,-]*(?:version )?v?"
    r"|lfs/(?:view|downloads)/|lfs-packages-)(\d{1,2}\.\d)(?![\d.])",
    re.IGNORECASE,
)


def enriched(
    around: Surroundings, scripts: Iterable[Script], values: Mapping[str, Values], texts: Iterable[str] = ()
) -> Surroundings:
    """`around` with the archives that drivers unpack and the book that the tree names.

    `values`: path of a file → its values; `texts`: further texts to look for the book in, such as a README.
    """
    driven: dict[tuple[str, str], None] = {}
    for script in scripts:
        if script.role == "driver" and not script.part and script.path in values:
            lines = Lines(script, values[script.path])
            found = archives.find(lines, around)
            driven.update(dict.fromkeys((name, script.path) for name in found.unpacked if not name.startswith("*")))
    book = around.book or book_of((one.scope.shell for one in values.values()), texts)
    return msgspec.structs.replace(around, archives=(*around.archives, *driven), book=book)


def book_of(shells: Iterable[Shell], texts: Iterable[str] = ()) -> str:
    """The version of the book that the tree's own texts name most, as far as it is known; "" if none."""
    votes: Counter[str] = Counter()
    known = books.known()
    for shell in shells:
        for _, text in shell.comments:
            votes.update(match[1] for match in _BOOK.finditer(text[:300]))
        for command in shell.commands:
            target = command.redirects[0].target if command.redirects else None
            if target is not None and target.text.strip("\"'").endswith("lfs-release") and len(command.words) > 1:
                votes.update({command.words[1].value or "": 3})
            elif command.name in ("wget", "curl"):
                votes.update(match[1] for word in command.words for match in _BOOK.finditer(word.text))
    for text in texts:
        votes.update(match[1] for match in _BOOK.finditer(text[:20_000]))
    said = [(count, book) for book, count in votes.items() if book in known]
    return max(said)[1] if said else ""
