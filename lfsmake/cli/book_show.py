"""`lfsmake book show PATH [PAGE]`: what a book says, as it was read."""

from typing import TYPE_CHECKING

import click

from lfsmake.cli.given import PLACE, given
from lfsmake.cli.options import Settings, Words, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.model.errors import EXIT_OK
from lfsmake.ui.text import nice_path, safe, several

if TYPE_CHECKING:
    from lfsmake.discover.book.model import Book, Section

_SHAPE = """
As `grammar/book.schema.json` says: `{"version": 1, "book": {"version": "12.3", "revision": "sysv", "arch":
"x86_64", "root": "/…", "sections": [SECTION, …], "resources": [RESOURCE, …], "needs": [{"product": "Acl", "build":
[["Attr"], …], "run": […], "test": […], "before": ["Sed", …], "optional": […], "span": SPAN}, …], "hosts":
[{"name": "Bash", "version": "3.2", "note": …}, …], "kernel": "5.4", "chapters": [[5, "…"], …], "orphans":
["prologue/dedication.xml", …], "notes": […]}}`; with a PAGE `{"version": 1, "section": SECTION}`. A SECTION is
`{"id", "title", "number": "5.2", "chapter": 5, "file", "product", "version", "turn", "sbu": 1.0 | null, "disk": MB
| null, "instructions": [{"text", "span": SPAN, "remap", "nodump", "replaceable": […], "heading", "screen",
"prose"}, …], "user": "host-root" | "lfs" | "root", "context": "host" | "target", "address", "critical"}`; `screen`
is 0 for what is told within a sentence. RESOURCE as in `book diff`; a SPAN is `{"file", "line", "column",
"end_line", "end_column"}`.
"""


@declare(
    "show",
    click.Argument(["path"], metavar="PATH", type=PLACE),
    click.Argument(["page"], metavar="[PAGE]", required=False),
    click.Option(
        ["--revision"], metavar="NAME", type=Words("--revision", ("sysv", "systemd")), default="sysv",
        help="sysv (default) or systemd",
    ),
    click.Option(["--arch"], metavar="ARCH", default="x86_64", help="the architecture of the book; x86_64 without"),
    examples=(
        ("lfsmake book show ~/lfs-book", "its pages: who runs how many commands where"),
        ("lfsmake book show ~/lfs-book 5.2", "the commands of one page, with their places"),
    ),
    json=_SHAPE,
)
def command(settings: Settings, path: str, page: str | None, revision: str, arch: str) -> int:
    """Show the pages of the book whose index.xml lies in PATH, or the commands of one page, as they were read.

    PAGE is a page's number or id, the end of one, or a product that one page alone builds.
    """
    from lfsmake.cli.books import revision_of
    from lfsmake.discover.book.read import read_book

    book = read_book(given(settings.directory, path, "PATH"), revision_of(revision), arch)
    if page is not None:
        section = _page(book, page)
        if settings.json:
            emit_json({"version": 1, "section": section})
        else:
            for line in page_lines(section, settings.start):
                emit(safe(line))
    elif settings.json:
        emit_json({"version": 1, "book": book})
    else:
        for line in book_lines(book):
            emit(safe(line))
    return EXIT_OK


def _page(book: "Book", name: str) -> "Section":
    from lfsmake.lang.words import meant
    from lfsmake.model.errors import UsageError

    for section in book.sections:
        if name in (section.id, section.number):
            return section
    wanted = name.casefold()
    near = [one for one in book.sections if wanted == one.product or one.id.casefold().endswith(f"-{wanted}")]
    if len(near) == 1:
        return near[0]
    if near:
        raise UsageError(
            f'{several(len(near), "page")} of book {book.version} go by "{name}"',
            expected="a page's number or id",
            hint="one of " + ", ".join(f"{one.number or '-'} {one.id}" for one in near),
        )
    known = dict.fromkeys(word for one in book.sections for word in (one.product, one.id) if word)
    raise UsageError(
        f'book {book.version} has no page "{name}"',
        expected="a page's number or id",
        hint=meant(wanted, known) or "without a page, all are listed",
    )


def book_lines(book: "Book") -> list[str]:
    """What the book is, its chapters with their pages, and what was assumed."""
    lines = [
        f"book {book.version}, {book.revision}, {book.arch}: {several(len(book.sections), 'page')}, "
        f"{several(len(book.resources), 'file')} of sources, {several(len(book.needs), 'package')} with needs"
    ]
    titles = dict(book.chapters)
    chapter = 0
    width = max((len(one.id) for one in book.sections), default=0)
    for one in book.sections:
        if not one.chapter or not (one.instructions or one.product):
            continue
        if one.chapter != chapter:
            chapter = one.chapter
            lines += ["", f"{chapter}. {titles.get(chapter, '')}"]
        runs = [instruction for instruction in one.instructions if instruction.screen]
        costs = "" if one.sbu is None else f"  {one.sbu:g} SBU" + ("" if one.disk is None else f", {one.disk:,.0f} MB")
        lines.append(
            f"  {one.number:<5}  {one.id:<{width}}  {one.user:<9}  {several(len(runs), 'command'):<11}{costs}".rstrip()
        )
    if book.notes or book.orphans:
        lines.append("")
    lines += [f"note: {note}" for note in book.notes]
    if book.orphans:
        lines.append(f"note: nothing includes {', '.join(book.orphans)}")
    return lines


def page_lines(section: "Section", start: str) -> list[str]:
    """Its commands in the order of the document, each under its place and what the book says of it."""
    lines = [f"{section.number} {section.title} ({section.id})".strip()]
    for one in section.instructions:
        marks = [one.remap, "for the reader only" if one.nodump else "", "" if one.screen else "within a sentence"]
        marks += [f"to fill in: {', '.join(one.replaceable)}"] if one.replaceable else []
        told = "; ".join(mark for mark in marks if mark)
        lines += ["", f"{nice_path(one.span.file, start)}:{one.span.line}" + (f"  {told}" if told else "")]
        lines += [f"    {line}".rstrip() for line in one.text.split("\n")]
    return lines
