"""What changed from one book to another: packages, files, commands, order, needs, the host. Knows two `Book`s only."""

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Literal

from msgspec import Struct

from lfsmake.discover.book.model import Book, BookResource, Needs, Section

Kind = Literal["build", "run", "test", "before", "optional"]
KINDS: tuple[Kind, ...] = ("build", "run", "test", "before", "optional")


class FileChange(Struct, frozen=True):
    """A package's archive or a patch, as each book has it; None where a book has none of that name."""

    name: str
    before: BookResource | None
    after: BookResource | None


class PageChange(Struct, frozen=True):
    """A page of both books whose commands differ. `diff` is unified, its lines without ends of lines.

    `versions_only`: with every package's version left out, the commands are the same.
    """

    id: str
    title: str
    number_before: str
    number_after: str
    versions_only: bool
    diff: tuple[str, ...]


class PageName(Struct, frozen=True):
    """A page that only one of the books has."""

    id: str
    number: str
    title: str
    commands: int


class Move(Struct, frozen=True):
    """A page that comes elsewhere among the pages that both have; `behind` is the one before it now, "" for none."""

    id: str
    number_before: str
    number_after: str
    behind: str


class NeedChange(Struct, frozen=True):
    """What the appendix tells otherwise of a package. Alternatives are joined by " or "."""

    product: str
    kind: Kind
    added: tuple[str, ...]
    removed: tuple[str, ...]


class HostChange(Struct, frozen=True):
    """A requirement of the host; "" where a book has none. The kernel is one."""

    name: str
    before: str
    after: str


class BookDiff(Struct, frozen=True):
    """All of it. Empty tuples: nothing changed."""

    before: str
    after: str
    added: tuple[FileChange, ...]
    removed: tuple[FileChange, ...]
    upgraded: tuple[FileChange, ...]  # the version is another
    refiled: tuple[FileChange, ...]  # the same version, another digest or address
    pages_added: tuple[PageName, ...]
    pages_removed: tuple[PageName, ...]
    commands: tuple[PageChange, ...]
    moved: tuple[Move, ...]
    needs: tuple[NeedChange, ...]
    hosts: tuple[HostChange, ...]


def diff_books(before: Book, after: Book) -> BookDiff:
    """What changed. Pages go together by id, else by what they build or their title; packages and needs by name."""
    pairs = _pairs(before.sections, after.sections)
    kept = {new.id for _, new in pairs}
    gone = {old.id for old, _ in pairs}
    files = _files(before.resources, after.resources)
    both = [change for change in files if change.before is not None and change.after is not None]
    return BookDiff(
        before=before.version,
        after=after.version,
        added=tuple(change for change in files if change.before is None),
        removed=tuple(change for change in files if change.after is None),
        upgraded=tuple(change for change in both if _named(change.before) != _named(change.after)),
        refiled=tuple(change for change in both if _named(change.before) == _named(change.after)),
        pages_added=tuple(_name(one) for one in after.sections if one.id not in kept),
        pages_removed=tuple(_name(one) for one in before.sections if one.id not in gone),
        commands=_commands(before, after, pairs),
        moved=_moves(pairs),
        needs=_needs(before.needs, after.needs),
        hosts=_hosts(before, after),
    )


def _pairs(before: Iterable[Section], after: Iterable[Section]) -> list[tuple[Section, Section]]:
    """The pages that both have, in the order of the newer book: by id, and the rest by looser keys where one fits."""
    new = list(after)
    partner: dict[str, Section] = {}
    left = {section.id: section for section in before}
    for key in _KEYS:
        old_by_key, new_by_key = _only(left.values(), key), _only((one for one in new if one.id not in partner), key)
        for at in old_by_key.keys() & new_by_key.keys():
            old = old_by_key[at]
            partner[new_by_key[at].id] = old
            del left[old.id]
    return [(partner[section.id], section) for section in new if section.id in partner]


_Key = tuple[object, ...]
_KEYS: tuple[Callable[[Section], _Key | None], ...] = (
    lambda one: (one.id,),
    lambda one: (one.chapter, one.product, one.turn) if one.product else None,
    lambda one: (one.chapter, one.product) if one.product else None,
    lambda one: (one.chapter, one.title) if one.chapter and one.instructions else None,
)


def _only(sections: Iterable[Section], key: Callable[[Section], _Key | None]) -> dict[_Key, Section]:
    """The sections whose key no other has; those without a key are left out."""
    found: dict[_Key, list[Section]] = {}
    for section in sections:
        at = key(section)
        if at is not None:
            found.setdefault(at, []).append(section)
    return {at: several[0] for at, several in found.items() if len(several) == 1}


def _files(before: Iterable[BookResource], after: Iterable[BookResource]) -> list[FileChange]:
    old = {(one.kind, one.name): one for one in before}
    new = {(one.kind, one.name): one for one in after}
    changes = [FileChange(name, old.get((kind, name)), new.get((kind, name))) for kind, name in sorted({**old, **new})]
    return [change for change in changes if _told(change.before) != _told(change.after)]


def _told(resource: BookResource | None) -> tuple[str, ...] | None:
    return (resource.version, resource.filename, resource.md5, resource.url) if resource else None


def _named(resource: BookResource | None) -> tuple[str, str] | None:
    """A patch has its version in its file's name."""
    if resource is None:
        return None
    return resource.version, resource.filename if resource.kind == "patch" else ""


def _name(section: Section) -> PageName:
    return PageName(section.id, section.number, section.title, len(section.instructions))


def _commands(before: Book, after: Book, pairs: Iterable[tuple[Section, Section]]) -> tuple[PageChange, ...]:
    without_old, without_new = _versions(before), _versions(after)
    changes = []
    for old, new in pairs:
        left, right = _lines(old), _lines(new)
        if left == right:
            continue
        lines = difflib.unified_diff(
            left, right, f"{old.file} ({before.version})", f"{new.file} ({after.version})", lineterm=""
        )
        same = [without_old(line) for line in left] == [without_new(line) for line in right]
        changes.append(PageChange(new.id, new.title, old.number, new.number, same, tuple(lines)))
    return tuple(changes)


def _lines(section: Section) -> list[str]:
    """The commands that are to be run, one after another; what a sentence tells is none."""
    return [line for one in section.instructions if one.screen for line in one.text.split("\n")]


class _versions:  # noqa: N801 - it is called like a function
    """Leaves the versions of a book's packages out of a line."""

    def __init__(self, book: Book) -> None:
        words = {one.version for one in book.resources if len(one.version) > 1} | {book.version}
        parts = "|".join(re.escape(word) for word in sorted(words, key=lambda word: (-len(word), word)))
        self._pattern = re.compile(rf"(?<![\d.])(?:{parts})(?![\d])" if parts else r"(?!)")

    def __call__(self, line: str) -> str:
        return self._pattern.sub("VERSION", line)


def _moves(pairs: list[tuple[Section, Section]]) -> tuple[Move, ...]:
    """The fewest pages that, put elsewhere, make one order of the other."""
    chapters = [(old, new) for old, new in pairs if old.chapter and new.chapter]
    places = {old.id: place for place, (old, _) in enumerate(sorted(chapters, key=lambda pair: _place(pair[0])))}
    stay = _longest_rise([places[old.id] for old, _ in chapters])
    return tuple(
        Move(new.id, old.number, new.number, chapters[at - 1][1].id if at else "")
        for at, (old, new) in enumerate(chapters)
        if at not in stay
    )


def _place(section: Section) -> tuple[int, ...]:
    return tuple(int(part) for part in section.number.split(".") if part.isdigit())


def _longest_rise(places: list[int]) -> set[int]:
    """Where a longest rising selection of the numbers stands."""
    from bisect import bisect_left

    ends: list[int] = []  # the smallest number that ends a rise of each length
    at_ends: list[int] = []
    before: list[int] = []
    for at, place in enumerate(places):
        length = bisect_left(ends, place)
        before.append(at_ends[length - 1] if length else -1)
        ends[length : length + 1] = [place]
        at_ends[length : length + 1] = [at]
    found: set[int] = set()
    at = at_ends[-1] if at_ends else -1
    while at >= 0:
        found.add(at)
        at = before[at]
    return found


def _needs(before: Iterable[Needs], after: Iterable[Needs]) -> tuple[NeedChange, ...]:
    old, new = _by_product(before), _by_product(after)
    changes = []
    for key in sorted({**old, **new}):
        product, left = old.get(key, ("", {}))
        product, right = new.get(key, (product, {}))
        for kind in KINDS:
            was, now = left.get(kind, {}), right.get(kind, {})
            added = tuple(now[name] for name in now if name not in was)
            removed = tuple(was[name] for name in was if name not in now)
            if added or removed:
                changes.append(NeedChange(product, kind, added, removed))
    return tuple(changes)


def _by_product(needs: Iterable[Needs]) -> Mapping[str, tuple[str, dict[Kind, dict[str, str]]]]:
    """By name without regard to case, which drifts: of the product, and of all it needs."""
    made: dict[str, tuple[str, dict[Kind, dict[str, str]]]] = {}
    for entry in needs:
        lists: dict[Kind, tuple[tuple[str, ...], ...]] = {
            "build": entry.build,
            "run": entry.run,
            "test": entry.test,
            "before": tuple((name,) for name in entry.before),
            "optional": entry.optional,
        }
        told = made.setdefault(entry.product.casefold(), (entry.product, {}))[1]
        for kind, groups in lists.items():
            for names in groups:
                told.setdefault(kind, {}).setdefault(" or ".join(names).casefold(), " or ".join(names))
    return made


def _hosts(before: Book, after: Book) -> tuple[HostChange, ...]:
    old = {**{tool.name: tool.version for tool in before.hosts}, "Linux Kernel": before.kernel}
    new = {**{tool.name: tool.version for tool in after.hosts}, "Linux Kernel": after.kernel}
    return tuple(
        HostChange(name, old.get(name, ""), new.get(name, ""))
        for name in sorted({**old, **new})
        if old.get(name, "") != new.get(name, "")
    )
