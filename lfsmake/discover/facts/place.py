"""Chapter and section of the book that a script follows: from its path, its variables, what it says of itself."""

import re

from lfsmake.discover.facts.lines import Lines
from lfsmake.discover.model import Fact
from lfsmake.discover.scan.names import LAST, file_number, folder_number, says_chapter

_SAYS = re.compile(r"(?:\bchapter|\bsection|\bch\.|\bsec\.|§)\s*(\d{1,2})(?:\.(\d{1,3}))?", re.IGNORECASE)
_TITLE = re.compile(r"^[\s#=*-]*(\d{1,2})\.(\d{1,3})(?:\.\d{1,2})*\.?[:\s-]+(?=[A-Z])")
_PAGE = re.compile(r"chapter(\d{2})/[\w+-]+\.html")


def place_of(lines: Lines) -> tuple[Fact | None, Fact | None]:
    """The facts of chapter and section, None where nothing tells them."""
    script = lines.script
    folders, base = script.path.split("/")[:-1], script.path.rpartition("/")[2]
    if script.part:
        title = re.match(r"(\d{1,2})\.(\d{1,3})(?![\d.]*\.(?:tar|t))", script.part)
        if title:
            return _both(int(title[1]), int(title[2]), "the part's name", "sure")
    numbers = [found for found in map(folder_number, folders) if found is not None]
    chapter = next((number for number, is_chapter in reversed(numbers) if is_chapter and number < 13), None)
    count = file_number(base) if not script.part else ()
    if re.match(r"[A-Za-z]+[-_]\d", base) and not re.match(r"(?:ch|chapter|chap)[-_]", base, re.IGNORECASE):
        count = ()  # `make-4.3.sh` has a version, no chapter
    said = [place for number, text in lines.texts()[:60] if (place := _said(number, text, lines)) is not None]
    if chapter is not None:
        if len(count) > 1 and count[0] == chapter and count[1] < LAST:
            return _both(chapter, count[1], "the path", "sure")
        for one in said:
            if one[0] == chapter and one[1]:
                return Fact(str(chapter), "the path"), Fact(f"{chapter}.{one[1]}", one[2], "likely")
        return Fact(str(chapter), "the path"), None
    if len(count) > 1 and says_chapter(base) and 1 < count[0] < 13 and count[1] < 200:
        return _both(count[0], count[1], "the file's name", "sure")
    for one in said:
        if one[1]:
            return _both(one[0], one[1], one[2], "likely")
    if count and says_chapter(base) and 1 < count[0] < 13:
        return Fact(str(count[0]), "the file's name", "likely"), None
    if said:
        return Fact(str(said[0][0]), said[0][2], "likely"), None
    return None, None


def _both(chapter: int, section: int, source: str, sure: str) -> tuple[Fact, Fact]:
    return Fact(str(chapter), source, sure), Fact(f"{chapter}.{section}", source, sure)  # type: ignore[arg-type]


def _said(number: int, text: str, lines: Lines) -> tuple[int, int, str] | None:
    source = f"the text in line {number}"
    match = _TITLE.match(text) or _SAYS.search(text)
    if match is None:
        page = _PAGE.search(text)
        return (int(page[1]), 0, source) if page and int(page[1]) < 13 else None
    chapter = int(match[1])
    section = match[2]
    if section is None and "$" in text[match.start() : match.end() + 3]:
        variable = re.match(r"\.\$\{?(\w+)", text[match.end() :])
        section = lines.values.name(variable[1]) if variable else None
    if not 1 < chapter < 13:
        return None
    return chapter, int(section) if section and section.isdigit() and len(section) < 4 else 0, source
