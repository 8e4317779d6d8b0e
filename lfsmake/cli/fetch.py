"""`lfsmake fetch [TARGET...]`: have every source in the store."""

from lfsmake.cli.options import Settings, declare, targets_argument
from lfsmake.cli.output import emit
from lfsmake.model.errors import EXIT_OK
from lfsmake.ui.text import several


@declare(
    "fetch",
    targets_argument(),
    examples=(("lfsmake fetch toolchain", "then build without a network"),),
)
def command(settings: Settings, targets: tuple[str, ...]) -> int:
    """Download and verify the sources of the targets, and of all they need, that the store lacks."""
    from lfsmake.cli.build import check_targets
    from lfsmake.cli.listening import listening
    from lfsmake.cli.opened import opened

    with opened(settings) as session:
        check_targets(session, targets)
        with listening(settings) as (_, listeners):
            count = session.fetch(targets, listeners=listeners)
    if not settings.quiet:
        emit(f"lfsmake: {several(count, 'source')} in the store")
    return EXIT_OK
