"""Carries what was changed in imported recipes to the next book: a merge of three versions, recipe by recipe.

The base is what the old book makes, theirs what the new book makes, ours the files as they are. Writes no files.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from lfsmake.discover.book.chunks import HEAD, Chunk, chunks_of, text_of
from lfsmake.discover.book.threeway import three
from lfsmake.model.errors import Problem, RecipeErrors, Span

What = Literal["taken", "merged", "added", "removed", "kept", "conflict"]

_MARKER = re.compile(r"(?m)^(?:<{7} |={7}$|>{7} )")


class Outcome(Struct, frozen=True):
    """What became of one declaration. `why` says what a conflict is about."""

    file: str
    name: str
    what: What
    why: str = ""


class Merge(Struct, frozen=True):
    """The files that are different afterwards, whole, and what became of what; files to remove are None."""

    files: dict[str, str | None]
    outcomes: tuple[Outcome, ...]

    @property
    def conflicts(self) -> tuple[Outcome, ...]:
        """Those that somebody has to look at."""
        return tuple(one for one in self.outcomes if one.what == "conflict")


class _Place(Struct, frozen=True):
    """A chunk and the file it stands in."""

    file: str
    chunk: Chunk


def merge_books(
    base: Mapping[str, str], theirs: Mapping[str, str], ours: Mapping[str, str], old: str, new: str
) -> Merge:
    """Merges the files of two imports with those of a project, all by name; `old` and `new` name the books.

    Raises RecipeErrors for a file of the project that does not parse or still has the marks of a conflict.
    """
    for name, text in ours.items():
        mark = _MARKER.search(text)
        if mark:
            line = text.count("\n", 0, mark.start()) + 1
            span = Span(name, line, 1, line, 8)
            hint = "settle it, or take the file from before that merge"
            raise RecipeErrors((Problem("a conflict of an earlier merge is not settled", span, hint=hint),))
    merger = _Merger(base, theirs, ours, new)
    files = merger.files()
    changed = {name: text for name, text in files.items() if ours.get(name) != text}
    gone: dict[str, str | None] = {
        name: None for name in ours if name in base and name not in files
    }
    return Merge({**changed, **gone}, tuple(merger.outcomes))


class _Merger:
    """One merge; `outcomes` in the order of the new book."""

    def __init__(
        self, base: Mapping[str, str], theirs: Mapping[str, str], ours: Mapping[str, str], new: str
    ) -> None:
        self._new = new
        self._imported = {*base, *theirs}
        self._files = {name: chunks_of(name, text) for name, text in ours.items()}
        self._base = _places(base)
        self._theirs = _places(theirs)
        self._order = {name: chunks_of(name, text) for name, text in theirs.items()}
        self._ours = {
            _key(name, chunk): _Place(name, chunk) for name, chunks in self._files.items() for chunk in chunks
        }
        self.outcomes: list[Outcome] = []

    def files(self) -> dict[str, str]:
        """All files afterwards."""
        made: dict[str, list[Chunk]] = {}
        moved: dict[str, Chunk] = {}  # to a file of the user's own
        for name, chunks in self._order.items():
            out = made.setdefault(name, [])
            for chunk in chunks:
                key = _key(name, chunk)
                merged = self._merged(name, key, chunk)
                if merged is None:
                    continue
                ours = self._ours.get(key)
                if ours is not None and ours.file not in self._imported:
                    moved[key] = merged
                else:
                    out.append(merged)
        for name, chunks in self._files.items():
            if name in self._imported:
                self._keep(name, chunks, made)
            else:
                made[name] = [moved.get(_key(name, chunk), chunk) for chunk in chunks]
        return {name: text_of(chunks) for name, chunks in made.items() if any(chunk.text for chunk in chunks)}

    def _tell(self, file: str, name: str, what: What, why: str = "") -> None:
        self.outcomes.append(Outcome(file, name, what, why))

    def _merged(self, file: str, key: str, theirs: Chunk) -> Chunk | None:
        """The piece that the new book has, merged with what is here; None if it stays away."""
        ours, base = self._ours.get(key), self._base.get(key)
        if ours is None:
            if base is None:
                self._tell(file, theirs.name, "added")
                return theirs
            if base.chunk.text != theirs.text and theirs.text:
                self._tell(file, theirs.name, "conflict", f"removed here, changed in {self._new}; it stays away")
            return None
        old = base.chunk.text if base is not None else ""
        if ours.chunk.text == theirs.text:
            return ours.chunk
        if ours.chunk.text == old:
            self._tell(file, theirs.name, "taken")
            return replace(theirs, gap=ours.chunk.gap)
        if old == theirs.text:
            self._tell(file, theirs.name, "kept")
            return ours.chunk
        text, clean = three(old, ours.chunk.text, theirs.text, self._new)
        why = "" if clean else f"changed here and in {self._new}"
        self._tell(file, theirs.name, "merged" if clean else "conflict", why)
        return replace(ours.chunk, text=text)

    def _keep(self, file: str, chunks: Sequence[Chunk], made: dict[str, list[Chunk]]) -> None:
        """Puts what only stands here behind what stood above it."""
        out = made.setdefault(file, [])
        above = ""
        for chunk in chunks:
            key = _key(file, chunk)
            if key not in self._theirs:
                base = self._base.get(key)
                if base is not None and base.chunk.text == chunk.text:
                    self._tell(file, chunk.name, "removed")
                    continue
                if base is not None and chunk.text:
                    self._tell(file, chunk.name, "conflict", f"changed here, removed in {self._new}; it stays")
                elif chunk.text:
                    self._tell(file, chunk.name, "kept")
                at = next((place for place, other in enumerate(out) if _key(file, other) == above), len(out) - 1)
                out.insert(at + 1, chunk)
            above = key


def _key(file: str, chunk: Chunk) -> str:
    """What makes a piece the same in another version: files have heads of their own, all else may move."""
    return f"{file} {HEAD}" if chunk.key == HEAD else chunk.key


def _places(files: Mapping[str, str]) -> dict[str, _Place]:
    return {_key(name, chunk): _Place(name, chunk) for name, text in files.items() for chunk in chunks_of(name, text)}
