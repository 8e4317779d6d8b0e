"""The command line from words to an exit code: which command is meant, how errors end. Knows no command's work."""

import importlib
import keyword
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import click

from lfsmake.cli.names import COMMANDS, GROUPS, NAMES
from lfsmake.cli.output import abandon_stdout, flush, prepare_streams, report
from lfsmake.cli.ownlog import OwnLog, logged
from lfsmake.model.errors import (
    EXIT_ENVIRONMENT,
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_OK,
    EXIT_RECIPE,
    LfsmakeError,
    Problem,
)

EXIT_PIPE = 141  # what a shell reports for a process that SIGPIPE ended

_BEFORE = "lfsmake.before"  # of a context: the options on the line whose first word is being completed


class Main(click.Group):
    """Loads a command's module when it is run; every other first word is a target."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, in the order of the help."""
        return list(NAMES)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name, its module imported now."""
        if cmd_name not in NAMES:
            return None
        word = f"{cmd_name}_" if keyword.iskeyword(cmd_name) else cmd_name
        module = importlib.import_module(f"lfsmake.cli.{word}")
        command: click.Command = module.command
        return command

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """The command's name goes first, options before it behind it."""
        if ctx.resilient_parsing and _first_word(args) is None:  # completing the first word
            ctx.meta[_BEFORE] = list(args)
            return super().parse_args(ctx, [])
        return super().parse_args(ctx, arrange(args))

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[Any]:
        """Commands and targets that begin so, or options."""
        from lfsmake.cli.build import command as build
        from lfsmake.cli.options import Target

        inner = build.make_context("build", ctx.meta.get(_BEFORE, []), resilient_parsing=True)
        if incomplete.startswith("-"):
            return build.shell_complete(inner, incomplete)
        targets = Target().shell_complete(inner, build.params[0], incomplete)
        return [*super().shell_complete(ctx, incomplete), *targets]

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The help of `lfsmake` itself."""
        formatter.write(help_text())


def help_text() -> str:
    """What `lfsmake --help` prints."""
    from lfsmake.cli.build import command as build
    from lfsmake.cli.help import main_help, own_options
    from lfsmake.cli.options import common_options

    common = [option for option in common_options() if isinstance(option, click.Option)]
    headed = [(heading, list(entries.items())) for heading, entries in COMMANDS.items()]
    return main_help(headed, own_options(build), common)


def arrange(args: Sequence[str]) -> list[str]:
    """The words with the command's name first; `build` if the first word that is no option is no command.

    Options of all commands may stand before the name: `lfsmake -C dir plan` is `lfsmake plan -C dir`.
    """
    args = list(args)
    place = _first_word(args)
    if place is not None and args[place] in NAMES:
        return [args[place], *_deeper(args[place], args[:place], args[place + 1 :])]
    if place is None:
        for word in args:
            if word in ("-h", "--help", "--version"):
                return [word]
    return ["build", *args]


def _deeper(name: str, before: list[str], after: list[str]) -> list[str]:
    """A group has commands of its own: the next word names one. Behind `log` and `status`, -f means to follow."""
    if name in ("log", "status"):
        before = [f"--file{'=' * (len(word) > 2)}{word[2:]}" if word[:2] == "-f" else word for word in before]
    if name in GROUPS:
        place = _first_word(after)
        if place is not None:
            return [after[place], *before, *after[:place], *after[place + 1 :]]
    return [*before, *after]


def _first_word(args: Sequence[str]) -> int | None:
    """Where the first word is that is no option and no option's value; None without one, or after `--`."""
    valued = _valued()
    place = 0
    while place < len(args):
        word = args[place]
        if word == "--":
            return None
        if not word.startswith("-") or word == "-":
            return place
        place += 1
        if word.startswith("--"):
            place += word in valued
            continue
        for index, letter in enumerate(word[1:], start=1):
            if f"-{letter}" in valued:
                place += index == len(word) - 1  # its value is the rest of the word, or the next one
                break
    return None


def _valued() -> frozenset[str]:
    """The options that take a value, of builds and of every command."""
    from lfsmake.cli.build import command as build

    options = [param for param in build.params if isinstance(param, click.Option) and not param.is_flag]
    return frozenset(name for option in options for name in option.opts)


def _version(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from lfsmake import __version__

        click.echo(f"lfsmake {__version__}")
        ctx.exit()


main = Main(
    "lfsmake",
    params=[click.Option(["--version"], is_flag=True, is_eager=True, expose_value=False, callback=_version)],
    context_settings={"help_option_names": ["-h", "--help"]},
    no_args_is_help=False,
)


def run(argv: Sequence[str]) -> int:
    """Run one command line. Every way it can end gives an exit code; none shows a traceback."""
    prepare_streams()
    with logged(argv) as log:
        code = _run(argv, _teller(argv, log))
        log.end(code)
    return code


def _run(argv: Sequence[str], tell: "Teller") -> int:
    try:
        result = _invoke(list(argv))
        flush()
        return result if isinstance(result, int) else EXIT_OK
    except click.exceptions.Exit as end:
        return end.exit_code
    except (KeyboardInterrupt, click.Abort):
        tell([Problem("interrupted")])
        return EXIT_INTERRUPTED
    except click.ClickException as error:
        from lfsmake.cli.usage import problem_of

        tell([problem_of(error)])
        return EXIT_RECIPE
    except LfsmakeError as error:
        from lfsmake.cli.crash import print_traceback, wants_traceback

        if wants_traceback():
            print_traceback(error)
        tell(error.problems)
        return error.exit_code
    except BrokenPipeError:
        return EXIT_PIPE
    except Exception as error:
        return _bug(error, argv, tell)
    finally:
        try:
            sys.stdout.flush()
        except OSError:
            abandon_stdout()


def _invoke(argv: list[str]) -> object:
    """What the command gives. click's own `main` would turn errors of ours into its own; it only completes."""
    if "_LFSMAKE_COMPLETE" in os.environ:
        return main.main(argv, prog_name="lfsmake")
    with main.make_context("lfsmake", list(argv), obj=argv) as ctx:
        return main.invoke(ctx)


Teller = Callable[[Sequence[Problem]], None]


def _bug(error: Exception, argv: Sequence[str], tell: Teller) -> int:
    from lfsmake.cli.crash import print_traceback, wants_traceback, write_report

    if wants_traceback():
        print_traceback(error)
    if isinstance(error, PermissionError) and error.filename is not None:  # the machine's, whoever met it
        tell([Problem(f"{error.filename}: permission denied", hint="see who may use it: namei -l shows the way there")])
        return EXIT_ENVIRONMENT
    tell([write_report(error, argv)])
    return EXIT_INTERNAL


def _teller(argv: Sequence[str], log: OwnLog) -> Teller:
    """What shows problems and logs them, files relative to the folder the user stands in, which `-C` leaves.

    The colors are read from the words, since parsing them may be what failed.
    """
    color = "auto"
    for place, word in enumerate(argv):
        if word.startswith("--color="):
            color = word.removeprefix("--color=")
        elif word == "--color" and place + 1 < len(argv):
            color = argv[place + 1]
    try:
        folder = str(Path.cwd())
    except OSError:
        folder = ""

    def tell(problems: Sequence[Problem]) -> None:
        log.problems(problems)
        report(problems, color=color, folder=folder)

    return tell
