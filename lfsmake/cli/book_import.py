"""`lfsmake book import PATH --to DIR`: recipes of a book."""

from pathlib import Path

import click

from lfsmake.cli.given import PLACE, given
from lfsmake.cli.options import Settings, Words, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.model.errors import EXIT_OK
from lfsmake.ui.text import nice_path, several

_SHAPE = """
`{"version": 1, "book": "12.3", "revision": "sysv", "folder": "/…", "steps": 126, "written": ["chapter05.lfs", …],
"unchanged": […], "kept": […], "notes": ["ch-bootable-fstab: to fill in: <xxx>", …]}`. `kept` are files that were there
and are the user's, `notes` what could not be decided.
"""


@declare(
    "import",
    click.Argument(["path"], metavar="PATH", type=PLACE),
    click.Option(["--to"], metavar="FOLDER", required=True, type=PLACE, help="the project's folder"),
    click.Option(
        ["--revision"], metavar="NAME", type=Words("--revision", ("sysv", "systemd")), default="sysv",
        help="sysv (default) or systemd",
    ),
    click.Option(["--arch"], metavar="ARCH", default="x86_64", help="the architecture of the book; x86_64 without"),
    click.Option(["--site"], metavar="SITE", help="put this site beside the recipes: debian, or a file or folder"),
    click.Option(["--force"], is_flag=True, help="write over imported recipes that were changed"),
    examples=(
        ("lfsmake book import ~/lfs-book --to ~/lfs", "recipes of a checkout of the book's XML"),
        ("lfsmake book import ~/lfs-book --to ~/lfs --site debian", "with sources from Debian, too"),
    ),
    json=_SHAPE,
)
def command(
    settings: Settings, path: str, to: str, revision: str, arch: str, site: str | None, force: bool
) -> int:
    """Make recipes of the book whose index.xml lies in PATH: one file a chapter, resources, styles, the host.

    What is particular to a site lies in the folder site, which an import makes once and never touches again.
    """
    from lfsmake.cli.books import ready_to_write, revision_of
    from lfsmake.discover.book.read import read_book
    from lfsmake.discover.book.recipes import import_book
    from lfsmake.discover.book.site import CONFIGURATION, kept_notes, site_files, write_import

    ready_to_write()
    here = Path(settings.directory)
    folder = given(here, to, "--to")
    book = read_book(given(here, path, "PATH"), revision_of(revision), arch)
    files = site_files(site, book.version, here) if site is not None else None
    imported = import_book(book)
    done = write_import(imported, book.version, folder, site=files, force=force)
    notes = (*(kept_notes(folder, book.version) if CONFIGURATION in done.kept else ()), *imported.notes)
    if settings.json:
        emit_json(
            {
                "version": 1,
                "book": book.version,
                "revision": book.revision,
                "folder": str(folder),
                "steps": len(imported.steps),
                "written": list(done.written),
                "unchanged": list(done.unchanged),
                "kept": list(done.kept),
                "notes": list(notes),
            }
        )
        return EXIT_OK
    if settings.quiet:
        return EXIT_OK
    shown = nice_path(str(folder), settings.start)
    emit(
        f"lfsmake: {several(len(imported.steps), 'step')} of book {book.version}, {book.revision}: "
        f"{several(len(done.written), 'file')} written in {shown}, {len(done.unchanged):,} as before"
    )
    for name in done.kept:
        emit(f"kept: {name}")
    for note in notes:
        if settings.verbose or note.startswith(("ch-", f"{arch}: ", CONFIGURATION)):
            emit(f"note: {note}")
    return EXIT_OK
