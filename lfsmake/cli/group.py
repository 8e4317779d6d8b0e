"""A command that has commands of its own, with help and errors in our form. Knows none of them."""

from collections.abc import Mapping

import click

from lfsmake.cli.help import paragraphs, rows, wrapped
from lfsmake.cli.options import Command


class Group(click.Group):
    """`lfsmake NAME COMMAND`. `actions`: name → the command and what it does, in the order of the help."""

    def __init__(self, name: str, actions: Mapping[str, tuple[Command, str]], help: str) -> None:
        super().__init__(
            name,
            commands={word: made for word, (made, _) in actions.items()},
            help=help,
            context_settings={"help_option_names": ["-h", "--help"]},
            no_args_is_help=False,
        )
        self._told = {word: text for word, (_, text) in actions.items()}

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Its commands, a line each."""
        lines = [f"Usage: lfsmake {self.name} COMMAND [OPTIONS]", ""]
        for paragraph in paragraphs(self):
            lines += [*wrapped(paragraph), ""]
        lines += ["Commands:", *rows(self._told.items()), ""]
        lines += [f"`lfsmake {self.name} COMMAND --help` says more."]
        formatter.write("\n".join(lines) + "\n")

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command; a usage error that names all of them for any other word."""
        from lfsmake.lang.words import listed, meant
        from lfsmake.model.errors import UsageError

        if args[0] not in self.commands:
            raise UsageError(
                f'lfsmake {self.name} has no command "{args[0]}"',
                expected=listed(self.commands),
                hint=meant(args[0], self.commands),
            )
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Without a command: an error, as for any missing word."""
        if not args and not ctx.resilient_parsing:
            from lfsmake.lang.words import listed
            from lfsmake.model.errors import UsageError

            raise UsageError(
                f"lfsmake {self.name} needs a command",
                expected=listed(self.commands),
                hint=f"`lfsmake {self.name} --help`",
            )
        return super().parse_args(ctx, args)
