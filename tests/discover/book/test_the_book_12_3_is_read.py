"""The real book, where it lies beside the checkout: nothing of it is lost or changed."""

import html
import re
from collections import Counter
from pathlib import Path

import pytest

from lfsmake.discover.book.model import Book, Revision
from lfsmake.discover.book.read import read_book

from .conftest import REAL

pytestmark = pytest.mark.skipif(not REAL.is_dir(), reason="the book's XML is not beside the checkout")

_ENTITY = re.compile(r'<!ENTITY\s+([\w.-]+)\s+"([^"]*)"')
_TAG = re.compile(r"<[^<>]+>")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)


def written(path: Path, entities: dict[str, str]) -> list[str]:
    """The commands in a file, by no means of the product's: entities filled in, tags stripped."""
    text = _COMMENT.sub("", path.read_text(encoding="utf-8"))
    own = {**entities, **dict(_ENTITY.findall(text))}

    def filled(found: re.Match[str]) -> str:
        return re.sub(r"&([\w.-]+);", filled, own[found[1]]) if found[1] in own else found[0]

    text = re.sub(r"&([\w.-]+);", filled, text)
    commands, depth, start = [], 0, 0
    for tag in re.finditer(r"<(/?)userinput\b[^>]*>", text):
        depth += -1 if tag[1] else 1
        if depth == 1 and not tag[1]:
            start = tag.end()
        elif depth == 0:
            commands.append(html.unescape(_TAG.sub("", text[start : tag.start()])))
    return commands


@pytest.fixture(scope="module")
def books() -> dict[Revision, Book]:
    return {"sysv": read_book(REAL), "systemd": read_book(REAL, "systemd")}


def test_every_command_comes_back_unchanged(books: dict[Revision, Book]) -> None:
    files = [_COMMENT.sub("", file.read_text(encoding="utf-8")) for file in REAL.glob("*.ent")]
    entities = {name: value for text in files for name, value in _ENTITY.findall(text)}
    in_files: dict[str, list[str]] = {}
    for version in ("12.3", "12.3-systemd"):
        chosen = {**entities, "version": version, "os-release-type": "stable"}  # general.ent has several of these
        chosen["wget-list"] = "wget-list-systemd" if "systemd" in version else "wget-list-sysv"
        for file in REAL.rglob("*.xml"):
            in_files.setdefault(str(file), []).extend(written(file, chosen))
    read: dict[str, set[str]] = {}
    for book in books.values():
        for section in book.sections:
            for one in section.instructions:
                read.setdefault(one.span.file, set()).add(one.text)
    assert {file: sorted(set(texts)) for file, texts in in_files.items() if texts} == {
        file: sorted(texts) for file, texts in read.items()
    }
    assert sum(map(len, in_files.values())) == 2 * 699


def test_each_command_stands_where_its_place_says(books: dict[Revision, Book]) -> None:
    for book in books.values():
        for section in book.sections:
            for one in section.instructions:
                line = Path(one.span.file).read_text(encoding="utf-8").split("\n")[one.span.line - 1]
                assert line[one.span.column - 1 :].startswith("<userinput")


def test_the_counts_are_those_of_the_files(books: dict[Revision, Book]) -> None:
    sysv, systemd = books["sysv"], books["systemd"]
    assert (sysv.version, systemd.version) == ("12.3", "12.3")
    assert [sum(len(one.instructions) for one in book.sections) for book in (sysv, systemd)] == [646, 652]
    assert [len(book.sections) for book in (sysv, systemd)] == [206, 178]
    assert [Counter(one.kind for one in book.resources) for book in (sysv, systemd)] == [
        {"package": 87, "patch": 6},
        {"package": 84, "patch": 5},
    ]
    assert [len(book.needs) for book in (sysv, systemd)] == [82, 81]
    assert all(len(one.md5) == 32 and one.size and one.url.endswith(one.filename) for one in sysv.resources)
    assert (len(sysv.hosts), sysv.kernel) == (19, "5.4")
    assert sysv.orphans == ("prologue/dedication.xml",)
    assert sysv.notes[-1] == "appendices/rc.site.script and 28 more files are not here: left empty"
    assert len({one.id for one in sysv.sections}) == len(sysv.sections)
    for book in (sysv, systemd):
        built = [one for one in book.sections if one.chapter in (5, 6, 8) and one.version]
        assert all(one.sbu is not None and one.disk is not None and one.address for one in built)
        users = {one.chapter: {other.user for other in book.sections if other.chapter == one.chapter} for one in built}
        assert users == {5: {"lfs"}, 6: {"lfs"}, 8: {"root"}}
