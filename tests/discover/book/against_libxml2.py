"""Holds the reading of real books to another reader: libxml2 with its own entities and inclusions.

    python tests/discover/book/against_libxml2.py BOOK…

Each BOOK is a checkout. Prints for both revisions how many commands each reader finds, and where they differ. Needs
lxml, which the product does not; not a test, since the books are not ours to keep.
"""

import difflib
import re
import shutil
import sys
import tempfile
from html.entities import name2codepoint
from pathlib import Path

from lxml import etree

from lfsmake.discover.book.model import Revision
from lfsmake.discover.book.read import read_book

REVISIONS: tuple[Revision, ...] = ("sysv", "systemd")
DOCBOOK = re.compile(rb'"http://www\.oasis-open\.org/docbook/xml/[^"]*\.dtd"')
SCRIPT = re.compile(r'SYSTEM\s+"([^"]*\.script)"')


def prepared(book: Path, revision: Revision, work: Path) -> Path:
    """A copy with what the book's own programs would have generated, and DocBook's characters in place of its DTD."""
    root = work / "book"
    shutil.copytree(book, root, ignore=shutil.ignore_patterns("stylesheets", "images", ".git"))
    characters = work / "characters.ent"
    known = [(name, code) for name, code in name2codepoint.items() if code > 127]
    characters.write_text("".join(f'<!ENTITY {name} "&#{code};">' for name, code in known))
    chosen = {"sysv": "IGNORE", "systemd": "IGNORE", revision: "INCLUDE"}
    (root / "conditional.ent").write_text("".join(f'<!ENTITY % {name} "{value}">' for name, value in chosen.items()))
    if not (root / "version.ent").exists():
        names = {"version": "development", "versiond": "development-systemd", "releasedate": "", "copyrightdate": ""}
        (root / "version.ent").write_text("".join(f'<!ENTITY {name} "{value}">' for name, value in names.items()))
    for file in root.rglob("*.xml"):
        data = file.read_bytes()
        file.write_bytes(DOCBOOK.sub(f'"{characters}"'.encode(), data))
        for script in SCRIPT.findall(data.decode("latin-1")):
            (file.parent / script).touch()
    return root


def commands(root: Path, revision: Revision) -> list[str]:
    """The text of every outermost <userinput>, as libxml2 reads the book."""
    tree = etree.parse(str(root / "index.xml"), etree.XMLParser(load_dtd=True, resolve_entities=True, no_network=True))
    tree.xinclude()

    def asked(element: etree._Element) -> bool:
        words = {"revision": revision, "arch": "default"} if isinstance(element.tag, str) else {}
        return all(word in re.split("[,; ]", element.get(name, word)) for name, word in words.items())

    def text(element: etree._Element) -> str:
        inner = "".join((text(child) if asked(child) else "") + (child.tail or "") for child in element)
        return (element.text or "") + inner if isinstance(element.tag, str) else ""

    def below(element: etree._Element) -> list[str]:
        if not isinstance(element.tag, str) or not asked(element):
            return []
        if element.tag == "userinput":
            return [text(element)]
        return [found for child in element for found in below(child)]

    return below(tree.getroot())


def main(words: list[str]) -> int:
    """Compare; 1 if any book is read otherwise."""
    worst = 0
    for word in words:
        for revision in REVISIONS:
            with tempfile.TemporaryDirectory() as work:
                theirs = commands(prepared(Path(word), revision, Path(work)), revision)
            ours = [one.text for page in read_book(Path(word), revision).sections for one in page.instructions]
            told = "equal" if ours == theirs else "DIFFER"
            print(f"{word} {revision}: {len(theirs)} and {len(ours)} commands, {told}", flush=True)
            print("".join(difflib.unified_diff(theirs, ours, "libxml2", "lfsmake", n=0)), end="")
            worst |= ours != theirs
    return worst


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
