"""`lfsmake dash`: the runs in a browser."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec.structs import replace

from lfsmake.cli.options import Settings, declare
from lfsmake.cli.output import emit, flush
from lfsmake.model.errors import EXIT_OK, UsageError

if TYPE_CHECKING:
    _ParamType = click.ParamType[int]
else:
    _ParamType = click.ParamType  # generic since click 8.2 only


class Port(_ParamType):
    """A number from 1 to 65535."""

    name = "port"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; a usage error for anything else."""
        text = str(value)
        if not (text.isascii() and text.isdigit()) or not 1 <= int(text[:9]) <= 65535:
            raise UsageError(
                f'--port needs a number from 1 to 65535, not "{text}"', hint="leave it out: a free one is taken"
            )
        return int(text)


@declare(
    "dash",
    click.Option(["--port"], type=Port(), metavar="PORT", help="listen there (default: 8790, or the next free one)"),
    click.Option(
        ["--host"], default="127.0.0.1", metavar="ADDRESS",
        help="listen on this address (default: 127.0.0.1, this machine only); others need the token in the printed URL",
    ),
    click.Option(["--token"], is_flag=True, help="ask for a token on this machine too, for others have accounts on it"),
    examples=(
        ("lfsmake dash", "then open the URL that it prints"),
        ("lfsmake dash --host 0.0.0.0", "for other machines, with a token"),
        ("ssh -L 8790:localhost:8790 HOST", "from elsewhere, without opening anything"),
    ),
)  # fmt: skip
def command(settings: Settings, port: int | None, host: str, token: bool) -> int:
    """Show the runs of this project in a browser, live and past, until Ctrl-C. Changes nothing.

    Needs the extra `dash`: pip install 'lfsmake[dash]'. docs/dashboard.md has more.
    """
    from lfsmake.ui.dash.server import Address, check_installed, serve

    check_installed()
    from lfsmake.cli.opened import runs_path, store_path

    def ready(address: Address) -> None:
        emit(f"lfsmake: the dashboard is at {address.url}")
        if not settings.quiet:
            emit("lfsmake: Ctrl-C ends it; builds go on")
        flush()

    plain = str(store_path(replace(settings, store=None)))
    serve(
        runs_path(settings), str(Path(settings.directory).name),
        store=plain, host=host, port=port, token=token, ready=ready,
    )  # fmt: skip
    return EXIT_OK
