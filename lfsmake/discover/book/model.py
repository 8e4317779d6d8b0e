"""The LFS book as data: chapters, sections with their commands in document order, resources, needs. No behaviour."""

from typing import Literal

from msgspec import Struct

from lfsmake.model.errors import Span

Revision = Literal["sysv", "systemd"]


class BookResource(Struct, frozen=True):
    """A file of chapter 3: a package's archive, a patch. `size` in bytes as far as the prose tells, None if not."""

    name: str  # as the section's id or the entity spells it, lower case: "binutils"
    version: str
    url: str
    md5: str
    filename: str
    kind: Literal["package", "patch"]
    size: int | None = None
    homepage: str = ""


class Instruction(Struct, frozen=True):
    """One <userinput>, in document order. `text` is verbatim, entities filled in; `remap` is the book's hint."""

    text: str
    span: Span
    remap: str = ""  # pre, configure, make, test, install, adjust, locale-test …
    nodump: bool = False  # the book means it for the reader's eyes only
    replaceable: tuple[str, ...] = ()  # texts of <replaceable>: what a reader fills in
    heading: str = ""  # title of the section within the page it stands in
    screen: int = 0  # number of its <screen> in the page, from 1: several can share one; 0: told within a sentence
    prose: str = ""  # the paragraph before it, as one line: tests and conditions are told there


class Section(Struct, frozen=True):
    """A page: `id` is unique ("ch-tools-binutils-pass1"), the product's name is not."""

    id: str
    title: str
    number: str  # "5.2"
    chapter: int
    file: str
    product: str = ""  # "binutils"
    version: str = ""
    turn: str = ""  # "1" for "Pass 1"
    sbu: float | None = None
    disk: float | None = None  # MB
    instructions: tuple[Instruction, ...] = ()
    user: Literal["host-root", "lfs", "root"] = "root"
    context: Literal["host", "target"] = "target"
    address: str = ""  # the <address> of its <sect1info>: the URL of the archive it is built from
    critical: bool = False  # the page calls its tests critical


class Needs(Struct, frozen=True):
    """An entry of the appendix on dependencies. Each need is its alternatives ("A or B"), named as the book does."""

    product: str
    build: tuple[tuple[str, ...], ...] = ()  # "Installation depends on"
    run: tuple[tuple[str, ...], ...] = ()  # "Required at runtime"
    test: tuple[tuple[str, ...], ...] = ()
    before: tuple[str, ...] = ()  # "Must be installed before"
    optional: tuple[tuple[str, ...], ...] = ()
    span: Span | None = None


class HostTool(Struct, frozen=True):
    """A line of the host requirements page."""

    name: str
    version: str
    note: str = ""


class Book(Struct, frozen=True):
    """A book of one revision and architecture. `sections` in the order of the book."""

    version: str  # "12.3", "r12.3-5" of a checkout between releases
    revision: Revision
    arch: str
    root: str
    sections: tuple[Section, ...]
    resources: tuple[BookResource, ...]
    needs: tuple[Needs, ...]
    hosts: tuple[HostTool, ...]
    kernel: str = ""  # the host's minimum
    chapters: tuple[tuple[int, str], ...] = ()
    orphans: tuple[str, ...] = ()  # files below the root that no XInclude reaches
    notes: tuple[str, ...] = ()  # what had to be assumed: a generated file that is missing
