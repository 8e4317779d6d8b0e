"""`lfsmake export TARGET DIR`: a target's files as one plain tree."""

from pathlib import Path

import click

from lfsmake.cli.given import PLACE
from lfsmake.cli.options import Settings, declare, step_argument
from lfsmake.cli.output import emit
from lfsmake.model.errors import EXIT_OK
from lfsmake.ui.text import several


@declare(
    "export",
    step_argument("target", "TARGET"),
    click.Argument(["folder"], metavar="DIR", type=PLACE),
    examples=(("lfsmake export toolchain /tmp/lfs", "the cross toolchain, to be used or looked at"),),
)
def command(settings: Settings, target: str, folder: str) -> int:
    """Write the layers of a target, and of what it needs at run time, to DIR, which must be empty or not there.

    The files are copies: nothing done to them reaches the store.
    """
    from lfsmake.cli.opened import opened

    with opened(settings) as session:
        count = session.export(target, Path(settings.directory) / folder)
    if not settings.quiet:
        emit(f"lfsmake: {several(count, 'file')} in {folder}")
    return EXIT_OK
