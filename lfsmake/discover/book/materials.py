"""Chapter 3 and the page on the host: archives, patches and tools as the book lists them. Knows those lists only."""

import re
from collections.abc import Iterator, Mapping

from lfsmake.discover.book.entities import Element
from lfsmake.discover.book.model import BookResource, HostTool
from lfsmake.discover.book.prose import bytes_of, filename_of, one_line, stem_of

_MD5 = re.compile(r"[0-9a-f]{32}", re.IGNORECASE)
_PREFIXED = re.compile(r"[A-Za-z][\w+-]*?-(\d\S*)")
_VERSION = re.compile(r"\(([^()]*)\)")
_TOOL = re.compile(r"(.+?)[- ](\d\S*)")


def resources_of(page: Element, entities: Mapping[str, str]) -> list[BookResource]:
    """The files that a page of chapter 3 lists. `entities`: the general entities, which say how a file is called."""
    digests: dict[str, list[str]] = {}
    for name, value in entities.items():
        if name.endswith("-md5"):
            digests.setdefault(value, []).append(name.removesuffix("-md5"))
    made = []
    for entry in _all(page, "varlistentry"):
        resource = _resource(entry, digests)
        if resource is not None:
            made.append(resource)
    return made


def _resource(entry: Element, digests: Mapping[str, list[str]]) -> BookResource | None:
    """None for an entry without an address."""
    term = next(_all(entry, "term"), None)
    title = one_line(term.text()) if term else ""
    url, homepage, md5, told = "", "", "", ""
    for para in _all(entry, "para"):
        words = one_line(para.text())
        links = [link.attributes.get("url", "").strip() for link in _all(para, "ulink")]
        if words.lower().startswith("home"):
            homepage = next(iter(links), "")
        elif words.lower().startswith("download"):
            url = next(iter(links), "")
        elif words.lower().startswith("md5"):
            told = words.rpartition(" ")[2]  # between releases also words that stand for a digest to come
            md5 = told.lower() if _MD5.fullmatch(told) else ""
    filename = filename_of(url)
    if not filename:
        return None
    kind = "patch" if filename.endswith((".patch", ".diff")) else "package"
    parenthesis = _VERSION.search(title)
    version = one_line(parenthesis[1]) if parenthesis and kind == "package" else ""
    prefixed = _PREFIXED.fullmatch(version)
    if prefixed is not None and prefixed[1] in filename:
        version = prefixed[1]  # "Udev-lfs Tarball (udev-lfs-20230818)"
    called = digests.get(told, [])
    return BookResource(
        name=called[0].lower() if len(called) == 1 else stem_of(filename, version),
        version=version,
        url=url,
        md5=md5,
        filename=filename,
        kind="patch" if kind == "patch" else "package",
        size=bytes_of(title),
        homepage=homepage,
    )


def hosts_of(page: Element) -> tuple[tuple[HostTool, ...], str]:
    """The tools the host must have, and the oldest kernel; "" if the page does not say."""
    tools: list[HostTool] = []
    kernel = ""
    for item in _all(page, "listitem"):
        strong = next((found for found in _all(item, "emphasis") if found.attributes.get("role") == "strong"), None)
        match = _TOOL.fullmatch(one_line(strong.text())[:100]) if strong else None
        if match is None:
            continue
        if "kernel" in match[1].lower():
            kernel = match[2]
            continue
        para = next(_all(item, "para"), item)
        note = one_line(para.text()).partition(f"{match[1]}-{match[2]}")[2]
        tools.append(HostTool(match[1], match[2], one_line(note).strip(" .")))
    return tuple(tools), kernel


def _all(element: Element, tag: str) -> Iterator[Element]:
    for child in element.elements():
        if child.tag == tag:
            yield child
        yield from _all(child, tag)
