"""One page of the book: its commands in document order, and what is told of the whole. Knows one page at a time."""

import re
from collections.abc import Iterator

from lfsmake.discover.book.entities import Element
from lfsmake.discover.book.model import Instruction, Section
from lfsmake.discover.book.needs import rows_of
from lfsmake.discover.book.prose import megabytes_of, one_line, product_of, sbu_of, turn_of

_HEADED = re.compile(r"sect[2-5]|section|simplesect|refsect\d")
_PROSE = ("para", "simpara")
_SILENT = ("indexterm", "sect1info", "title")


def section_of(page: Element, number: str, chapter: int, file: str) -> Section:
    """The page as data; who runs it where is not known yet."""
    title_of = next((one_line(child.text()) for child in page.elements() if child.tag == "title"), "")
    info = next((child for child in page.elements() if child.tag.endswith("info")), None)
    facts = {child.tag: one_line(child.text()) for child in info.elements()} if info is not None else {}
    identity = page.attributes.get("id", "")
    times = dict(_costs(page))
    return Section(
        id=identity,
        title=title_of,
        number=number,
        chapter=chapter,
        file=file,
        product=product_of(facts.get("productname", "")),
        version=facts.get("productnumber", ""),
        turn=turn_of(title_of, facts.get("productname", ""), identity),
        sbu=sbu_of(times.get("sbu", "")),
        disk=megabytes_of(times.get("disk", "")),
        instructions=tuple(_Page().instructions(page)),
        address=facts.get("address", ""),
        critical="considered critical" in one_line(page.text()),
    )


def _costs(page: Element) -> Iterator[tuple[str, str]]:
    for element in _all(page, "segmentedlist"):
        for title, text in rows_of(element):
            if "build time" in title.lower():
                yield "sbu", text
            elif "disk space" in title.lower():
                yield "disk", text


class _Page:
    """Where on the page we are: the heading and paragraph last read, and how many screens there were."""

    def __init__(self) -> None:
        self._heading = ""
        self._prose = ""
        self._screens = 0

    def instructions(self, element: Element, screen: Element | None = None) -> Iterator[Instruction]:
        """Every <userinput> below `element`; one within another is part of its text."""
        for child in element.elements():
            if child.tag == "userinput":
                yield self._instruction(child, screen)
            elif child.tag == "screen":
                self._screens += 1
                yield from self.instructions(child, child)
            elif child.tag == "bridgehead":
                self._heading, self._prose = one_line(child.text()), ""
            elif _HEADED.fullmatch(child.tag):
                outer, self._prose = self._heading, ""  # what was told under another heading is not about this
                self._heading = next((one_line(c.text()) for c in child.elements() if c.tag == "title"), "")
                yield from self.instructions(child, screen)
                self._heading = outer
            elif child.tag not in _SILENT:
                if child.tag in _PROSE:
                    self._prose = one_line(_prose(child)) or self._prose
                yield from self.instructions(child, screen)

    def _instruction(self, element: Element, screen: Element | None) -> Instruction:
        roles = (element.attributes.get("role", ""), screen.attributes.get("role", "") if screen else "")
        return Instruction(
            text=element.text(),
            span=element.span(),
            remap=element.attributes.get("remap", ""),
            nodump="nodump" in roles,
            replaceable=tuple(found.text() for found in _all(element, "replaceable")),
            heading=self._heading,
            screen=self._screens if screen is not None else 0,
            prose=self._prose,
        )


def _prose(paragraph: Element) -> str:
    """Its text without the screens and lists that lie in it."""
    return "".join(
        child if isinstance(child, str) else _prose(child)
        for child in paragraph.children
        if isinstance(child, str) or (child.tag not in ("screen", "indexterm") and not child.tag.endswith("list"))
    )


def _all(element: Element, tag: str) -> Iterator[Element]:
    for child in element.elements():
        if child.tag == tag:
            yield child
        yield from _all(child, tag)
