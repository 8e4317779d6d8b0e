"""`lfsmake book check PATH`: do the recipes agree with that book?"""

from pathlib import Path

import click

from lfsmake.cli.check import problem_shape
from lfsmake.cli.given import PLACE, given
from lfsmake.cli.options import Settings, Words, declare
from lfsmake.cli.output import emit, emit_json, report
from lfsmake.model.errors import EXIT_OK, EXIT_STEP
from lfsmake.ui.text import several

_SHAPE = """
`{"version": 1, "book": "12.3", "steps": 6, "declared": 16, "unmatched": ["hello", …], "problems": [PROBLEM, …]}`,
PROBLEM as in `check --json`. `declared` counts the differences that recipes declare, `unmatched` are steps of no page.
"""


@declare(
    "check",
    click.Argument(["path"], metavar="PATH", type=PLACE),
    click.Option(
        ["--revision"], metavar="NAME", type=Words("--revision", ("sysv", "systemd")),
        help="sysv or systemd; the project's option init without",
    ),
    click.Option(["--arch"], metavar="ARCH", help="the architecture of the book; that of the recipes without"),
    examples=(("lfsmake book check ~/lfs-book", "what differs without saying so, and what says so and does not"),),
    json=_SHAPE,
)
def command(settings: Settings, path: str, revision: str | None, arch: str | None) -> int:
    """Hold the project's recipes against the book whose index.xml lies in PATH.

    Versions, sources, digests, patches, commands, order and needs count. A step that leaves the book declares it:
    differs configure because "…". Exits with 1 if anything is found.
    """
    from lfsmake.cli.books import imported_arch, ready_to_write, revision_of
    from lfsmake.cli.opened import read_project
    from lfsmake.discover.book.check import check_recipes
    from lfsmake.discover.book.read import read_book

    ready_to_write()
    _, project = read_project(settings)
    init = project.options.get("init")
    word = revision or (init.value if init is not None else "sysv")
    kind = arch or (imported_arch(Path(init.span.file).parent) if init is not None else "x86_64")
    book = read_book(given(settings.directory, path, "PATH"), revision_of(word), kind)
    found = check_recipes(project, book)
    if settings.json:
        emit_json(
            {
                "version": 1,
                "book": book.version,
                "steps": found.steps,
                "declared": found.declared,
                "unmatched": list(found.unmatched),
                "problems": [problem_shape(problem) for problem in found.problems],
            }
        )
    elif found.problems:
        report(found.problems, color=settings.color, folder=settings.start)
    elif not settings.quiet:
        others = f", {several(len(found.unmatched), 'step')} of no page of it" if found.unmatched else ""
        emit(
            f"lfsmake: {several(found.steps, 'step')} as in book {book.version}, "
            f"{several(found.declared, 'difference')} declared{others}"
        )
    return EXIT_STEP if found.problems else EXIT_OK
