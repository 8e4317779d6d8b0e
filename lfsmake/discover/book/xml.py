"""The whole of a book as one tree: inclusions done, other revisions and architectures left out.

Knows XInclude, the few pointers books use, and profiling attributes; nothing of what elements mean.
"""

import re
from collections.abc import Iterator

from lfsmake.discover.book.entities import Element, Folder, refusal
from lfsmake.discover.book.profile import Profile, words_of

INCLUDE = ("http://www.w3.org/2001/XInclude include", "http://www.w3.org/2003/XInclude include")
FALLBACK = ("http://www.w3.org/2001/XInclude fallback", "http://www.w3.org/2003/XInclude fallback")
MAX_POINTER = 200  # characters
MAX_INCLUDES = 6  # inclusions within inclusions; a book has 3

_XPOINTER = re.compile(r"\s*xpointer\((.*)\)\s*", re.DOTALL)
_ID = re.compile(r"id\((?:'([^']*)'|\"([^\"]*)\")\)")
_STEP = re.compile(r"(//?)(\*|[A-Za-z_][\w.-]*)((?:\[[^\]]*\])*)")
_TEST = re.compile(r"\[\s*(?:(\d{1,6})|(last\(\))|@([\w.-]+)\s*=\s*(?:'([^']*)'|\"([^\"]*)\"))\s*\]")


def whole(folder: Folder, path: str, profile: Profile) -> Element:
    """The file `path` with everything it includes and the profile asks for. BookErrors."""
    root = folder.tree(path)
    (made,) = _copied(folder, [root], profile, ((path, ""),)) or [root]
    return made if isinstance(made, Element) else root


def _copied(
    folder: Folder, children: "list[Element | str]", profile: Profile, trail: tuple[tuple[str, str], ...]
) -> "list[Element | str]":
    """Copies of what the profile asks for, inclusions replaced. `trail`: the (file, pointer) pairs that led here."""
    made: list[Element | str] = []
    for child in children:
        if isinstance(child, str):
            made.append(child)
            continue
        if "arch" in child.attributes:
            folder.architectures.update(words_of(child.attributes["arch"]))
        if not profile.asks(child.attributes):
            continue
        if child.tag in INCLUDE:
            made += _included(folder, child, profile, trail)
        else:
            copy = Element(child.tag, child.attributes, child.file, child.line, child.column)
            copy.end_line, copy.end_column = child.end_line, child.end_column
            copy.children = _copied(folder, child.children, profile, trail)
            made.append(copy)
    return made


def _included(
    folder: Folder, include: Element, profile: Profile, trail: tuple[tuple[str, str], ...]
) -> "list[Element | str]":
    place = include.span()
    reference = include.attributes.get("href", "")
    pointer = include.attributes.get("xpointer", "")
    base = trail[-1][0]
    path = folder.inside(base, reference, place) if reference else base
    if (path, pointer) in trail or (not pointer and any(path == before for before, _ in trail)):
        raise refusal(f"{path} includes itself", place, " -> ".join(before for before, _ in trail))
    if len(trail) > MAX_INCLUDES:
        raise refusal(f"inclusions lie more than {MAX_INCLUDES} deep", place)
    fallbacks = [child for child in include.elements() if child.tag in FALLBACK]
    if fallbacks and not (folder.root / path).exists():
        folder.note(f"{path} is not here: its fallback stands")
        return _copied(folder, fallbacks[0].children, profile, trail)
    if include.attributes.get("parse", "xml") == "text":
        text = folder.contents(path, place).decode("utf-8", "replace")
        if not folder.spend(len(text)):
            raise refusal("the book grows beyond all bounds", place, "it includes its files over and over")
        return [text]
    found = pointed(folder.tree(path, place), pointer, include) if pointer else [folder.tree(path, place)]
    if not found:
        folder.note(f"{path} has nothing at {pointer}")
    if not folder.spend(sum(_weight(element) for element in found)):
        raise refusal("the book grows beyond all bounds", place, "it includes its files over and over")
    return _copied(folder, list(found), profile, (*trail, (path, pointer)))


def _weight(element: Element) -> int:
    return 64 + sum(len(child) if isinstance(child, str) else _weight(child) for child in element.children)


def pointed(root: Element, pointer: str, include: Element) -> list[Element]:
    """The elements an XPointer names, in document order: an id, or a path of names, places and attributes."""
    match = _XPOINTER.fullmatch(pointer) if len(pointer) <= MAX_POINTER else None
    if match is None:
        if re.fullmatch(r"[\w.-]+", pointer):
            return _with_id(root, pointer)
        raise _unknown(pointer, include)
    path = match[1].strip()
    document = Element("", {}, root.file, 1, 1)
    document.children = [root]
    found = [document]
    start = _ID.match(path)
    at = 0
    if start is not None:
        found, at = _with_id(root, start[1] or start[2] or ""), start.end()
    elif not path.startswith("/"):
        raise _unknown(pointer, include)
    while at < len(path):
        step = _STEP.match(path, at)
        if step is None:
            raise _unknown(pointer, include)
        at = step.end()
        tests = list(_TEST.finditer(step[3]))
        if "".join(test[0] for test in tests) != step[3]:
            raise _unknown(pointer, include)
        parents = found if step[1] == "/" else [below for parent in found for below in (parent, *_below(parent))]
        found = list(dict.fromkeys(hit for parent in parents for hit in _children(parent, step[2], tests)))
    return found


def _children(parent: Element, name: str, tests: list[re.Match[str]]) -> list[Element]:
    kept = [child for child in parent.elements() if name in ("*", child.tag)]
    for test in tests:
        if test[1]:
            kept = kept[int(test[1]) - 1 : int(test[1])] if int(test[1]) else []
        elif test[2]:
            kept = kept[-1:]
        else:
            wanted = test[4] if test[4] is not None else test[5]
            kept = [child for child in kept if child.attributes.get(test[3]) == wanted]
    return kept


def _with_id(root: Element, wanted: str) -> list[Element]:
    return [found for found in (root, *_below(root)) if found.attributes.get("id") == wanted][:1]


def _below(element: Element) -> Iterator[Element]:
    for child in element.elements():
        yield child
        yield from _below(child)


def _unknown(pointer: str, include: Element) -> Exception:
    return refusal(
        f"the pointer {pointer[:80]!r} is of a form that is not known",
        include.span(),
        "known are an id, and paths such as xpointer(/sect1/sect2[1]/para[@role='x'])",
    )
