"""One XML file of a book to elements, with entities and conditional sections as the standard has them.

Reads files below the book's folder only, and within bounds. Knows nothing of DocBook, XInclude or profiles.
"""

import os
import re
import stat
from html.entities import name2codepoint
from pathlib import Path
from xml.parsers import expat

from lfsmake.discover.book.model import Revision
from lfsmake.model.errors import BookErrors, Problem, Span

MAX_FILE = 8 << 20  # bytes; the largest file of any book so far has 0.3 MB
MAX_TEXT = 64 << 20  # of all files together, declarations read and entities expanded; a book has 13 MB
MAX_VALUE = 64 << 10  # characters of one attribute
MAX_DEPTH = 60  # elements within elements of one file; a book has 15
MAX_NESTED = 12  # external entities within external entities

_INSIDE = "every file of a book lies in its folder"
_DOCBOOK = "-//OASIS//DTD DocBook XML"
_REFERENCE = re.compile(r"&([A-Za-z_][\w.-]*);")
_USED = re.compile(rb"&([A-Za-z_][\w.-]*);")
_DECLARED = re.compile(rb"<!ENTITY\s+([A-Za-z_][\w.-]*)\s")
_UNREAD = re.compile(rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", re.DOTALL)
_UNBOUNDED = "limit on input amplification factor (from DTD and entities) breached"  # of expat 2.4.1 and newer


class Element:
    """An element as it stands in its file. `tag` is `name`, or `namespace name`. Lines and columns count from 1."""

    __slots__ = ("attributes", "children", "column", "end_column", "end_line", "file", "line", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], file: str, line: int, column: int) -> None:
        self.tag = tag
        self.attributes = attributes
        self.children: list[Element | str] = []
        self.file = file
        self.line = line
        self.column = column
        self.end_line = line
        self.end_column = column

    def span(self) -> Span:
        """From its first character to the end of its contents."""
        return Span(self.file, self.line, self.column, self.end_line, self.end_column)

    def elements(self) -> "list[Element]":
        """Its children that are elements."""
        return [child for child in self.children if isinstance(child, Element)]

    def text(self) -> str:
        """All text below it, as it stands."""
        return "".join(child if isinstance(child, str) else child.text() for child in self.children)


class Folder:
    """The files of a book. `entities` are the general entities declared where `index.xml` begins, unexpanded."""

    def __init__(self, root: Path, revision: Revision) -> None:
        if expat.version_info < (2, 4, 1):
            raise refusal(
                f"this Python reads XML with {expat.EXPAT_VERSION}, which lets entities grow without bounds",
                None,
                "use a Python built with expat 2.4.1 or newer",
            )
        self.root = root  # absolute, without links
        self.revision = revision
        self.notes: list[str] = []
        self.absent: list[str] = []  # files of general entities that are not there
        self.architectures: set[str] = set()  # that attributes name
        self.read: set[str] = set()  # every file read, relative to the root
        self.entities: dict[str, str] = {}
        self._trees: dict[str, Element] = {}
        self._declarations: dict[str, bytes] = {}
        self._left = MAX_TEXT

    def tree(self, path: str, place: Span | None = None) -> Element:
        """The root element of the file `path`, relative to the root. `place` is what asks for it. BookErrors."""
        if path not in self._trees:
            reading = _Reading(self, path, keep=not self._trees)
            data = self.contents(path, place)
            self._trees[path] = reading.element(data)
            self._tell_unknown(data)
        return self._trees[path]

    def contents(self, path: str, place: Span | None) -> bytes:
        """What the file holds. BookErrors if it is not there, lies outside, is no file, or is too large."""
        full = self.root / path
        try:
            real = full.resolve(strict=True)
            if not real.is_relative_to(self.root):
                raise refusal(f"{path} leads out of the book, to {real}", place, _INSIDE)
            if not stat.S_ISREG(real.stat().st_mode):
                raise refusal(f"{path} is not a file", place)
            with real.open("rb") as file:
                data = file.read(MAX_FILE + 1)
        except (OSError, RuntimeError, ValueError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            raise refusal(f"{path} cannot be read: {reason}", place, "is this the whole of the book?") from None
        if len(data) > MAX_FILE:
            raise refusal(f"{path} has more than {MAX_FILE >> 20} MB", place, "no file of the book is that large")
        self.read.add(path)
        return data

    def declarations(self, path: str, place: Span) -> bytes:
        """As `contents`, read once: nearly every file of a book begins with the same ones."""
        if path not in self._declarations:
            self._declarations[path] = self.contents(path, place)
        return self._declarations[path]

    def value(self, name: str) -> str:
        """The words a general entity of `index.xml` stands for, entities in it filled in; "" for an unknown one."""
        text = self.entities.get(name, "")
        for _ in range(8):
            text = _REFERENCE.sub(lambda found: self.entities.get(found[1], found[0]), text[:200])
        return text

    def inside(self, base: str, reference: str, place: Span | None) -> str:
        """The path, relative to the root, that `reference` in the file `base` means. BookErrors if it is outside."""
        if ":" in reference or "\0" in reference or "?" in reference:
            raise refusal(
                f"{reference!r} is not a file of the book", place, "nothing is fetched, and nothing outside is read"
            )
        path = os.path.normpath(f"{base.rpartition('/')[0] or '.'}/{reference}")
        if reference.startswith("/") or path == ".." or path.startswith("../"):
            raise refusal(f"{reference!r} leads out of the book", place, _INSIDE)
        return path

    def _tell_unknown(self, data: bytes) -> None:
        """Note entities that are declared nowhere: expat says nothing of those in attributes."""
        used = {name.decode() for name in _USED.findall(data)}
        unknown = used - self.entities.keys() - _NAMES
        if unknown:
            own = {name.decode() for name in _DECLARED.findall(data)}
            shown = {name.decode() for name in _USED.findall(_UNREAD.sub(b"", data))}
            for name in sorted(unknown & shown - own):
                self.note(f"the entity &{name}; is not declared")

    def note(self, text: str) -> None:
        """Remember what had to be assumed, once."""
        if text not in self.notes:
            self.notes.append(text)

    def spend(self, characters: int) -> bool:
        """Count what was read. Whether it is still no more than a book can have."""
        self._left -= characters
        return self._left >= 0


class _Reading:
    """One file being read. With `keep` the folder gets the entities it declares."""

    def __init__(self, folder: Folder, path: str, *, keep: bool) -> None:
        self._folder = folder
        self._stack: list[Element] = []
        self._tops: list[Element] = []
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_ALWAYS)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        parser.SkippedEntityHandler = self._skipped
        parser.ExternalEntityRefHandler = self._external
        if keep:
            parser.EntityDeclHandler = self._declared
        self._parsers = [(parser, path, f"{folder.root}/{path}")]  # of the file and the external entities in it

    def element(self, data: bytes) -> Element:
        """The root element of the file, which holds `data`. BookErrors."""
        self._parse(data)
        return self._tops[0]  # what has none is not well-formed

    def _parse(self, data: bytes) -> None:
        """Give the innermost parser all of its file."""
        parser, _, full = self._parsers[-1]
        try:
            parser.Parse(data, True)
        except expat.ExpatError as error:
            span = Span(full, error.lineno, error.offset + 1)
            cause = expat.ErrorString(error.code)
            if cause == _UNBOUNDED:
                hint = "they multiply the text a hundredfold"
                raise refusal("the entities grow beyond all bounds", span, hint) from None
            raise refusal(f"not well-formed XML: {cause}", span) from None
        except (LookupError, ValueError):  # what Python says to an encoding that expat left to it
            raise refusal("not well-formed XML: unknown encoding", Span(full, 1, 1)) from None

    def _here(self) -> Span:
        parser, _, full = self._parsers[-1]
        return Span(full, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        parser, _, full = self._parsers[-1]
        if len(self._stack) >= MAX_DEPTH:
            raise refusal(f"elements lie more than {MAX_DEPTH} deep", self._here())
        for name, value in attributes.items():
            if len(value) > MAX_VALUE:
                message = f"the attribute {name[:80]} has {len(value):,} characters"
                raise refusal(message, self._here(), f"no attribute of a book has more than {MAX_VALUE:,}")
        self._spend(len(tag) + 64 + sum(map(len, attributes.values())))
        element = Element(tag, attributes, full, parser.CurrentLineNumber, parser.CurrentColumnNumber + 1)
        if self._stack:
            self._stack[-1].children.append(element)
        else:
            self._tops.append(element)
        self._stack.append(element)

    def _end(self, tag: str) -> None:
        parser, _, _ = self._parsers[-1]
        element = self._stack.pop()
        element.end_line, element.end_column = parser.CurrentLineNumber, parser.CurrentColumnNumber + 1

    def _spend(self, characters: int) -> None:
        if not self._folder.spend(characters):
            raise refusal(f"the book grows beyond {MAX_TEXT >> 20} MB", self._here(), "its entities multiply its text")

    def _text(self, text: str) -> None:
        self._spend(len(text))
        if self._stack:
            self._stack[-1].children.append(text)

    def _skipped(self, name: str, is_parameter: bool) -> None:
        if is_parameter:
            raise refusal(f"the parameter entity %{name}; is not declared", self._here())
        self._folder.note(f"the entity &{name}; is not declared")
        self._text(f"&{name};")

    def _declared(
        self,
        name: str,
        is_parameter: bool,
        value: str | None,
        base: str | None,
        system: str | None,
        public: str | None,
        notation: str | None,
    ) -> None:
        if not is_parameter and value is not None:
            self._folder.entities.setdefault(name, value)

    def _external(self, context: str | None, base: str | None, system: str | None, public: str | None) -> int:
        """A file that an entity stands for, or the document type's own declarations."""
        parser, path, _ = self._parsers[-1]
        here = self._here()
        if len(self._parsers) > MAX_NESTED:
            raise refusal(f"external entities lie more than {MAX_NESTED} deep", here)
        if public is not None and public.startswith(_DOCBOOK):
            data, inner = _CHARACTERS, path
        else:
            inner = self._folder.inside(path, system or "", here)
            data = self._content(inner, here, general=context is not None)
        self._spend(len(data))  # declarations, too: each file of the book reads them anew
        self._parsers.append((parser.ExternalEntityParserCreate(context), inner, f"{self._folder.root}/{inner}"))
        self._parse(data)
        self._parsers.pop()
        return 1

    def _content(self, path: str, here: Span, *, general: bool) -> bytes:
        """What an external entity holds; what the book's own programs would have made, if they were not run."""
        folder = self._folder
        if path == "conditional.ent":  # made for one revision, and another may be asked for
            if not (folder.root / path).exists():
                folder.note("conditional.ent is made by git-version.sh and is not here: assumed for this revision")
            chosen = {"sysv": "IGNORE", "systemd": "IGNORE", folder.revision: "INCLUDE"}
            return "".join(f'<!ENTITY % {name} "{value}">\n' for name, value in chosen.items()).encode()
        if path == "version.ent" and not (folder.root / path).exists():
            folder.note('version.ent is made by git-version.sh and is not here: the version is "development"')
            return b"".join(
                b'<!ENTITY %s "%s">\n' % pair
                for pair in (
                    (b"version", b"development"),
                    (b"versiond", b"development-systemd"),
                    (b"releasedate", b"unknown"),
                    (b"copyrightdate", b"1999"),
                )
            )
        if general and not os.path.lexists(folder.root / path):
            if path not in folder.absent:
                folder.absent.append(path)
            return b""
        return folder.declarations(path, here)


def refusal(message: str, place: Span | None, hint: str = "") -> BookErrors:
    """One problem, with the text of its line."""
    return BookErrors((Problem(message, place, hint=hint, source=_line(place)),))


def _line(place: Span | None) -> str:
    if place is None:
        return ""
    try:
        with Path(place.file).open("rb") as file:
            lines = file.read(MAX_FILE).split(b"\n")
    except OSError:
        return ""
    return lines[place.line - 1].decode("utf-8", "replace")[:200] if place.line <= len(lines) else ""



_NAMES = frozenset((*name2codepoint, "apos"))

# The names DocBook's own declarations give to characters. "lt" and "amp" are XML's.
_CHARACTERS = "".join(
    f'<!ENTITY {name} "&#{code};">\n'
    for name, code in name2codepoint.items()
    if name not in ("lt", "gt", "amp", "quot", "apos")
).encode()
