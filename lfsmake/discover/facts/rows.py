"""Tables that drivers read, a package a row: `binutils;2.41;https://…/binutils-@.tar.xz;<md5>`. Knows no scripts."""

import re
from collections.abc import Iterator, Mapping

from lfsmake.discover.facts.names import base_of, is_archive, is_patch

_SPLIT = re.compile(r"\s*[;|\t]\s*|\s*,\s*")
_VERSION = re.compile(r"v?\d[\w.+~-]*")
_MOST = 3000  # rows of one table that are looked at
FEWEST = 3  # rows with an archive that make a table


def table(text: str) -> tuple[tuple[tuple[str, ...], str], ...]:
    """The rows, in order: the words that name one, in lower case, and its archive or URL; () if it is no table.

    `@` in an archive's name stands for the version of its row.
    """
    found = tuple(_rows(text))
    return found if len(found) >= FEWEST else ()


def _rows(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    for line in text.splitlines()[:_MOST]:
        if len(line) > 1000 or line.lstrip().startswith("#"):
            continue
        fields = [field.strip("\"' ") for field in _SPLIT.split(line.strip())]
        if len(fields) < 2:
            continue
        version = next((field for field in fields[1:] if _VERSION.fullmatch(field)), "")
        filled = [field.replace("@", version) if version and "@" in field else field for field in fields]
        archive = next((field for field in filled if is_archive(base_of(field)) and not is_patch(field)), "")
        words = tuple(
            dict.fromkeys(
                field.lower() for field in fields[:2]
                if field and "@" not in field and "://" not in field and not is_archive(field) and len(field) < 40
            )
        )  # fmt: skip
        if archive and words:
            yield words, archive


def row_of(names: tuple[str, ...], near: tuple[str, ...], tables: Mapping[str, object]) -> tuple[str, str] | None:
    """(archive, path of the table) of the row that goes by one of `names`; of tables whose path names one of `near`
    first. None without one."""
    ranked = sorted(tables, key=lambda path: not any(word and word in path for word in near))
    for path in ranked:
        rows = tables[path]
        if not isinstance(rows, tuple):
            continue
        for name in names:
            for words, archive in rows:
                if name in words:
                    return archive, path
    return None
