"""`lfsmake shell STEP`: a shell in a step's own root and environment."""

import click

from lfsmake.cli.options import Settings, declare, step_argument


@declare(
    "shell",
    step_argument(),
    click.Argument(["words"], nargs=-1, metavar="[-- COMMAND...]", type=click.UNPROCESSED),
    click.Option(["--failed"], is_flag=True, help="enter the folders that the last failure left"),
    examples=(
        ("lfsmake shell glibc", "look around in what glibc is built in"),
        ("lfsmake shell glibc --failed", "in the build folder of the failure"),
        ("lfsmake shell glibc -- ls /mnt/lfs", "run one command"),
    ),
)
def command(settings: Settings, step: str, words: tuple[str, ...], failed: bool) -> int:
    """Enter the sandbox of a step: its root, its environment, no network.

    What is changed there is thrown away, except in the kept folders of a failure. Exits as the shell does.
    """
    from lfsmake.cli.opened import opened

    with opened(settings) as session:
        return session.shell(step, failed=failed, command=words)
