"""A folder of imported recipes, read and written whole for a merge. Knows files; the merge is `upgrade`'s."""

import difflib
import re
from collections.abc import Mapping
from pathlib import Path

from lfsmake.discover.book.model import Book
from lfsmake.discover.book.recipes import MARK, import_book
from lfsmake.discover.book.site import CONFIGURATION, put
from lfsmake.discover.book.upgrade import Merge, merge_books
from lfsmake.lang.reading import read_file
from lfsmake.model.errors import HostError, UsageError

_BOOK = re.compile(r'(?m)^book\s+"([^"\n]*)"')
_INIT = re.compile(r"(?m)^option\s+init\s*=\s*(sysv|systemd)\b")


def read_files(folder: Path) -> dict[str, str]:
    """The recipes in a folder and its configuration, by name. UsageError if there is no recipe, HostError."""
    hint = "name the folder that the book was imported to"
    try:
        if not folder.is_dir():
            raise UsageError(f"there is no folder {folder}", hint=hint)
        names = sorted(path.name for path in folder.iterdir() if path.suffix == ".lfs" and path.is_file())
    except OSError as error:
        raise HostError(f"cannot read {folder}: {error.strerror}", hint=hint) from error
    if not names:
        raise UsageError(f"there is no recipe in {folder}", hint=hint)
    if (folder / CONFIGURATION).is_file():
        names.append(CONFIGURATION)
    return {name: read_file(folder / name) for name in names}


def ask_base(folder: Path, recipes: Mapping[str, str], before: Book) -> None:
    """Raises UsageError unless these recipes were imported from that book: with another base all is a conflict."""
    texts = [text for name, text in recipes.items() if name != CONFIGURATION]
    if not any(re.search(rf"(?m)^{MARK}", text) for text in texts):
        raise UsageError(
            f"the recipes in {folder} were not imported from a book: no comment names a page",
            expected=f'a line such as "{MARK}ch-tools-m4" above each recipe',
            hint="`lfsmake book import` makes such recipes; `lfsmake book check` tells where others leave the book",
        )
    for pattern, own, what in ((_BOOK, before.version, "book "), (_INIT, before.revision, "")):
        told = next((found[1] for text in texts if (found := pattern.search(text))), own)
        if told != own:
            raise UsageError(
                f"the recipes in {folder} are of {what}{told}, not of {what}{own}",
                expected="the book that they were imported from, in that revision",
                hint="it stands in options.lfs",
            )


def upgrade(before: Book, after: Book, ours: Mapping[str, str]) -> Merge:
    """The merge of what two books make with the files of a project, its configuration's `book` with it."""
    recipes = {name: text for name, text in ours.items() if name != CONFIGURATION}
    base, theirs = import_book(before).files, import_book(after).files
    merge = merge_books(base, theirs, recipes, before.version, f"book {after.version}")
    files = dict(merge.files)
    if CONFIGURATION in ours:
        line = re.compile(rf'(?m)^(book\s*=\s*")({re.escape(before.version)})(")')
        told = line.sub(lambda found: found[1] + after.version + found[3], ours[CONFIGURATION], count=1)
        if told != ours[CONFIGURATION]:
            files[CONFIGURATION] = told
    return Merge(files, merge.outcomes)


def write_merge(folder: Path, merge: Merge) -> None:
    """Writes the files of a merge, all or none, and removes those that are gone. Raises HostError."""
    put(folder, {name: text.encode() if text is not None else None for name, text in merge.files.items()})


def differences(ours: Mapping[str, str], merge: Merge) -> str:
    """A unified diff of what the merge changes."""
    out = []
    for name in sorted(merge.files):
        old, new = ours.get(name, ""), merge.files[name] or ""
        for line in difflib.unified_diff(
            old.splitlines(keepends=True), new.splitlines(keepends=True), name, f"{name} (merged)"
        ):
            out.append(line if line.endswith("\n") else f"{line}\n")
    return "".join(out)
