"""The appendix on dependencies: its prose to names. Knows the appendix's form only."""

import re
from collections.abc import Iterable

from lfsmake.discover.book.entities import Element
from lfsmake.discover.book.model import Needs
from lfsmake.discover.book.prose import one_line

_KINDS = (
    ("depends on", "build"),
    ("runtime", "run"),
    ("test suite", "test"),
    ("before", "before"),
    ("optional", "optional"),
)
_PARENTHESES = re.compile(r"\([^()]*\)")
_NESTED = 3  # parentheses within parentheses that are looked into
_SEPARATORS = re.compile(r"\s*,\s*(?:and\s+)?|\s+and\s+|\s*;\s*")
_OR = re.compile(r"\s+or\s+")
_NOTHING = re.compile(r"(?:none|no .*|several .*|many .*|most .*|not .*|n/?a)?", re.IGNORECASE)


def needs_of(appendix: Element) -> tuple[Needs, ...]:
    """An entry for each heading of the appendix, in its order, named by the heading: some ids lie."""
    made: list[Needs] = []
    heading: Element | None = None
    lists: dict[str, list[str]] = {}

    def close() -> None:
        if heading is not None and (product := one_line(heading.text())):
            made.append(_entry(product, heading, lists))

    for element in _headings_and_lists(appendix):
        if element.tag == "bridgehead":
            close()
            heading, lists = element, {}
        else:
            for title, text in rows_of(element):
                kind = next((kind for words, kind in _KINDS if words in title.lower()), None)
                if kind == "build" and "test" in title.lower():
                    kind = "test"
                if kind is not None:
                    lists.setdefault(kind, []).append(text)
    close()
    return tuple(made)


def _entry(product: str, heading: Element, lists: dict[str, list[str]]) -> Needs:
    told = {kind: names_of(", ".join(texts)) for kind, texts in lists.items()}
    return Needs(
        product=product,
        build=told.get("build", ()),
        run=told.get("run", ()),
        test=told.get("test", ()),
        before=tuple(name for names in told.get("before", ()) for name in names),
        optional=told.get("optional", ()),
        span=heading.span(),
    )


def names_of(prose: str) -> tuple[tuple[str, ...], ...]:
    """ "Bash, LLVM (with Clang), and A or B" is (("Bash",), ("LLVM",), ("A", "B")); "None" is ().

    Each name once, where it is first told.
    """
    text = one_line(prose)
    for _ in range(_NESTED):
        text = _PARENTHESES.sub(" ", text)
    found: dict[tuple[str, ...], None] = {}
    for part in _SEPARATORS.split(text.strip(" .")):
        names = tuple(
            name for name in (one_line(word).strip(" .,") for word in _OR.split(part)) if not _NOTHING.fullmatch(name)
        )
        if names:
            found[names] = None
    return tuple(found)


def rows_of(segmented: Element) -> list[tuple[str, str]]:
    """(title, text) of each column of a `segmentedlist`, rows one after another."""
    titles = [one_line(child.text()) for child in segmented.elements() if child.tag == "segtitle"]
    return [
        (title, one_line(segment.text()))
        for row in segmented.elements()
        if row.tag == "seglistitem"
        for title, segment in zip(titles, (seg for seg in row.elements() if seg.tag == "seg"), strict=False)
    ]


def _headings_and_lists(element: Element) -> Iterable[Element]:
    for child in element.elements():
        if child.tag in ("bridgehead", "segmentedlist"):
            yield child
        else:
            yield from _headings_and_lists(child)
