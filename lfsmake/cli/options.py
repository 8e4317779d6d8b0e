"""The options commands share, their types, and how a command is declared. Knows no command."""

import os
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from msgspec import Struct

from lfsmake.cli.given import PLACE, home_filled
from lfsmake.cli.help import command_help
from lfsmake.cli.names import COMMON_NAMES
from lfsmake.model.errors import UsageError

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    _ParamType = click.ParamType[Any]
else:
    _ParamType = click.ParamType  # generic since click 8.2 only


class Settings(Struct, frozen=True, kw_only=True):
    """What the common options say. Paths are absolute; `start` is the folder the user stands in.

    `argv` are the words of the command line, for the certificate that answers the same words next time.
    """

    argv: tuple[str, ...]
    start: str
    directory: str
    files: tuple[str, ...] = ()
    options: tuple[tuple[str, str], ...] = ()
    store: str | None = None
    quiet: bool = False
    verbose: bool = False
    json: bool = False
    color: str = "auto"


class Jobs(_ParamType):
    """A whole number from 1 up."""

    name = "jobs"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number; a usage error with the fix for anything else."""
        text = str(value)
        if not (text.isascii() and text.isdigit()) or int(text[:9]) < 1:
            raise UsageError(
                f'-j needs a number of jobs from 1 up, not "{text}"',
                hint=f"write -j{os.cpu_count() or 1}, or leave -j out: that uses every processor",
            )
        return int(text[:9])


class Assignment(_ParamType):
    """`option=value`."""

    name = "option=value"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, str]:
        """The pair."""
        if isinstance(value, tuple):
            return value
        name, equals, chosen = str(value).partition("=")
        if not name or not equals or not chosen:
            raise UsageError(
                f'--set needs option=value, not "{value}"',
                hint="for example --set init=systemd; `lfsmake list options` shows what there is",
            )
        return name, chosen


class Quota(_ParamType):
    """A size such as `40 GB`, in bytes."""

    name = "size"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The bytes; a usage error for anything else."""
        from lfsmake.lang.sizes import HOW, parse_size

        found = value if isinstance(value, int) else parse_size(value)
        if found is None:
            raise UsageError(f'--quota cannot be "{value}"', expected=HOW, hint="units are B, kB, MB, GB and TB")
        return found


class Words(_ParamType):
    """One of a few words."""

    name = "word"

    def __init__(self, what: str, words: Sequence[str]) -> None:
        self.what = what
        self.words = tuple(words)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word; a usage error naming all of them for any other."""
        from lfsmake.lang.words import listed, meant

        if value not in self.words:
            raise UsageError(
                f'{self.what} is {listed(self.words)}, not "{value}"', hint=meant(str(value), self.words)
            )
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """The words that begin so."""
        from click.shell_completion import CompletionItem

        return [CompletionItem(w) for w in self.words if w.startswith(incomplete)]


class RunWord(_ParamType):
    """A run as `find_run` knows them. A number begins with a dash, so what is no number is a mistyped option."""

    name = "run"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The word; for an unknown option the error that click has for it."""
        word = str(value)
        if word.startswith("-") and not re.fullmatch(r"-[0-9]+", word) and ctx is not None:
            known = [name for option in ctx.command.params for name in option.opts if name.startswith("--")]
            from difflib import get_close_matches

            raise click.NoSuchOption(word, possibilities=get_close_matches(word, known), ctx=ctx)
        return word


class Target(_ParamType):
    """A step or a group. Whether it exists is the engine's to say; here it is only completed."""

    name = "target"

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> "list[CompletionItem]":
        """Targets that begin so, from the list the last command left."""
        from click.shell_completion import CompletionItem

        from lfsmake.cli.targets import complete

        return [CompletionItem(word) for word in complete(ctx.params, incomplete)]


def common_options() -> list[click.Parameter]:
    """The options of every command."""
    return [
        click.Option(
            ["-f", "--file", "files"], multiple=True, metavar="PATH", type=PLACE,
            help="read this recipe file or folder instead of the project's (may be repeated)",
        ),
        click.Option(
            ["-C", "--directory"], metavar="DIR", type=PLACE, help="act as if started in DIR"
        ),
        click.Option(
            ["--set", "options"], multiple=True, metavar="OPTION=VALUE", type=Assignment(),
            help="choose an option's value (may be repeated)",
        ),
        click.Option(
            ["--store"], metavar="DIR", type=PLACE, help="keep layers, sources and traces in DIR"
        ),
        click.Option(["-q", "--quiet"], is_flag=True, help="print failures only"),
        click.Option(["-v", "--verbose"], is_flag=True, help="print more, such as phases"),
        click.Option(
            ["--color"], metavar="WHEN", type=Words("--color", ("auto", "always", "never")), default="auto",
            help="auto, always or never; auto heeds NO_COLOR and TERM",
        ),
    ]


def json_option(text: str = "print JSON, in the shape of docs/cli.md") -> click.Option:
    """`--json`, for commands that list."""
    return click.Option(["--json"], is_flag=True, help=text)


def targets_argument(name: str = "targets") -> click.Argument:
    """Any number of targets."""
    return click.Argument([name], nargs=-1, metavar="[TARGET...]", type=Target())


def step_argument(name: str = "step", metavar: str = "STEP") -> click.Argument:
    """One step."""
    return click.Argument([name], metavar=metavar, type=Target())


def run_argument(name: str = "past", default: str = "") -> click.Argument:
    """A run that is kept. The command must ignore unknown options: -1 is one."""
    return click.Argument([name], metavar="[RUN]", default=default, type=RunWord())


class Command(click.Command):
    """A command with examples and a documented JSON shape, whose help is laid out by us at 80 columns."""

    examples: tuple[tuple[str, str], ...] = ()
    shape: str = ""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The whole help, independent of click's version and of the terminal."""
        formatter.write(command_help(self, self.examples, ctx.command_path))


def declare(
    name: str,
    *own: click.Parameter,
    examples: Sequence[tuple[str, str]] = (),
    json: str = "",
) -> Callable[[Callable[..., int | None]], Command]:
    """Declare a command: its function gets `Settings` and its own parameters by name, and gives an exit code.

    `json` is the documented shape of `--json`; without it the command has no such option.
    """

    def made_of(function: Callable[..., int | None]) -> Command:
        taken = {name for param in own for name in param.opts if name.startswith("-")}
        common = common_options()
        for param in common:
            param.opts = [name for name in param.opts if name not in taken]
        params = [*own, *([json_option()] if json else []), *common]

        def callback(**values: Any) -> int:
            settings = settings_from(values)
            mine = {key: value for key, value in values.items() if key not in COMMON_NAMES and key != "json"}
            return function(settings, **mine) or 0

        made = Command(
            name,
            callback=callback,
            params=params,
            help=function.__doc__,
            context_settings={"help_option_names": ["-h", "--help"]},
        )
        made.examples = tuple(examples)
        made.shape = json
        return made

    return made_of


def settings_from(values: dict[str, Any]) -> Settings:
    """The settings of parsed common options; goes to the folder of `-C`, as make does."""
    start = str(_here())
    if values.get("directory") is not None:
        _enter(values["directory"])
    here = _here()
    store = values.get("store")
    for path in (start, str(here), *values.get("files", ()), store or ""):
        _in_utf8(str(path))
    return Settings(
        argv=tuple(click.get_current_context().find_root().obj or ()),
        start=start,
        directory=str(here),
        files=tuple(str(here / file) for file in values.get("files", ())),
        options=tuple(values.get("options", ())),
        store=None if store is None else str(here / home_filled(store)),
        quiet=bool(values.get("quiet")),
        verbose=bool(values.get("verbose")),
        json=bool(values.get("json")),
        color=values.get("color") or "auto",
    )


def _in_utf8(path: str) -> None:
    """Raises UsageError for a path that no record of a run could hold."""
    try:
        path.encode()
    except UnicodeEncodeError:
        shown = path.encode("utf-8", "backslashreplace").decode()
        raise UsageError(
            f'the path "{shown}" is not UTF-8', hint="rename it, or work in a folder whose name is"
        ) from None


def _here() -> Path:
    try:
        return Path.cwd()
    except OSError as error:
        raise UsageError("the current folder is gone", hint="go to a folder that exists") from error


def _enter(directory: str) -> None:
    try:
        os.chdir(directory)
    except OSError as error:
        raise UsageError(
            f'-C: cannot enter "{directory}": {error.strerror}', hint="-C names a folder that exists"
        ) from error
