"""`lfsmake completion SHELL`: the script that teaches a shell our words."""

import click

from lfsmake.cli.options import Settings, Words, declare
from lfsmake.cli.output import emit
from lfsmake.model.errors import EXIT_OK

SHELLS = ("bash", "zsh", "fish")


@declare(
    "completion",
    click.Argument(["shell"], metavar="SHELL", type=Words("SHELL", SHELLS)),
    examples=(
        ('eval "$(lfsmake completion bash)"', "in ~/.bashrc"),
        ('eval "$(lfsmake completion zsh)"', "in ~/.zshrc, after compinit"),
        ("lfsmake completion fish | source", "in ~/.config/fish/config.fish"),
    ),
)
def command(settings: Settings, shell: str) -> int:
    """Print the completion script of bash, zsh or fish. It completes commands, options and targets."""
    from click.shell_completion import get_completion_class

    from lfsmake.cli.app import main

    found = get_completion_class(shell)
    assert found is not None  # noqa: S101 - click brings these three
    made = found(main, {}, "lfsmake", "_LFSMAKE_COMPLETE")
    emit(made.source_template % made.source_vars())
    return EXIT_OK
