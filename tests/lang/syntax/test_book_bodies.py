"""Every command of the book survives text → nodes → text unchanged."""

import html
import re
from pathlib import Path

import pytest

from lfsmake.lang.body import embed, is_plain
from lfsmake.lang.nodes import Block, PhaseNode
from lfsmake.lang.syntax import parse

BOOK = Path(__file__).parents[3].parent / "shared" / "book" / "lfs-12.3"
_USERINPUT = re.compile(r"<userinput\b[^>]*>(.*?)</userinput>", re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
_ENTITY = re.compile(r'<!ENTITY\s+([\w.-]+)\s+"([^"]*)"')


def bodies() -> list[tuple[str, str]]:
    """Where each stands, and its text with the entities decoded."""
    entities = {
        name: value
        for file in sorted(BOOK.rglob("*.ent"))
        for name, value in _ENTITY.findall(file.read_text(encoding="utf-8"))
    }

    def decoded(text: str) -> str:
        text = re.sub(r"&([A-Za-z][\w.-]*);", lambda found: entities.get(found[1], found[0]), text)
        return html.unescape(text)

    def plain(text: str) -> str:
        parts = _CDATA.split(text)  # every second one was inside CDATA, where nothing is markup
        shell = [part if at % 2 else decoded(re.sub(r"<[^>]+>", "", part)) for at, part in enumerate(parts)]
        return "".join(shell)

    return [
        (f"{file.relative_to(BOOK)}#{number}", plain(body))
        for file in sorted(BOOK.rglob("*.xml"))
        for number, body in enumerate(_USERINPUT.findall(file.read_text(encoding="utf-8")))
    ]


@pytest.mark.skipif(not BOOK.is_dir(), reason="the book's XML is not beside the checkout")
def test_every_command_of_the_book_comes_back_unchanged() -> None:
    found = bodies()
    assert len(found) >= 659  # also those the book has commented out
    text = "".join(
        f"script s{number} {{\n    install:\n{embed(body, '        ')}\n\n    skip check\n}}\n"
        for number, (_, body) in enumerate(found)
    )
    items = parse("book.lfs", text).items
    for (place, body), block in zip(found, items, strict=True):
        assert isinstance(block, Block)
        phase, _ = block.body
        assert isinstance(phase, PhaseNode)
        assert (place, phase.body.text) == (place, body)
        assert phase.body.inline is False


@pytest.mark.skipif(not BOOK.is_dir(), reason="the book's XML is not beside the checkout")
def test_only_bodies_with_a_blank_edge_or_a_deeper_first_line_need_the_margin() -> None:
    barred = [place for place, body in bodies() if not is_plain(body.split("\n"))]
    assert barred == [
        "chapter05/linux-headers.xml#1",
        "chapter08/python.xml#4",
        "chapter08/python.xml#5",
        "chapter08/stripping.xml#0",
    ]
