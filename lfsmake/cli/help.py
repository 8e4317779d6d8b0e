"""Help texts at 80 columns: examples first. Knows how parameters look, not what commands do."""

import inspect
import textwrap
from collections.abc import Iterable, Sequence

import click

from lfsmake.cli.names import COMMON_NAMES

WIDTH = 80

EXAMPLES = (
    ("lfsmake", "build the project's default targets"),
    ("lfsmake toolchain", "build what is stale of a target"),
    ("lfsmake -n toolchain", "show what would be built, and why"),
    ("lfsmake -k -j4 toolchain", "four jobs; do not stop at the first failure"),
    ("lfsmake explain glibc", "show what changed, with the old and new values"),
    ("lfsmake log glibc -f", "read a step's log, and follow it"),
    ("lfsmake shell glibc --failed", "enter the sandbox of a failed step"),
    ("lfsmake init", "start a project with recipes to edit"),
)

EXIT_CODES = (
    ("0", "done, or nothing to do"),
    ("1", "a step failed; or the answer is no (fmt --check, why, store verify)"),
    ("2", "the command line or a recipe is wrong"),
    ("3", "the machine lacks something: a tool, disk, a permission"),
    ("4", "a source could not be had, or is not what its digest says"),
    ("70", "a bug in lfsmake; a report was written"),
    ("130", "interrupted"),
    ("141", "the reader of a pipe went away"),
)


def option_row(option: click.Option) -> tuple[str, str]:
    """An option as `-j, --jobs N`, and its help."""
    short = [name for name in option.opts if not name.startswith("--")]
    long = [name for name in option.opts if name.startswith("--")]
    names = ", ".join((*short, *long)) if short else "    " + ", ".join(long)
    return names + ("" if option.is_flag else f" {option.metavar}"), option.help or ""


def usage(command: click.Command, path: str = "") -> str:
    """The usage line without `Usage:`."""
    words = [path or f"lfsmake {command.name}", "[OPTIONS]"]
    words += [written(param) for param in command.params if isinstance(param, click.Option) and param.required]
    words += [param.metavar or "" for param in command.params if isinstance(param, click.Argument)]
    return " ".join(words)


def written(option: click.Option) -> str:
    """An option that takes a value, as it is written: `--to FOLDER`."""
    return f"{option.opts[-1]} {option.metavar or ''}".rstrip()


def rows(pairs: Iterable[tuple[str, str]], indent: int = 2) -> list[str]:
    """Two columns: the second is wrapped and starts at one place for all."""
    pairs = list(pairs)
    column = min(max((len(left) for left, _ in pairs), default=0) + 2, 32)
    lines = []
    for left, right in pairs:
        texts = textwrap.wrap(right, WIDTH - indent - column, break_on_hyphens=False) or [""]
        if len(left) + 2 > column:
            lines.append(" " * indent + left)
        else:
            lines.append((" " * indent + f"{left:<{column}}" + texts.pop(0)).rstrip())
        lines += [" " * (indent + column) + line for line in texts]
    return lines


def own_options(command: click.Command) -> list[click.Option]:
    """The options that not every command has."""
    return [
        param
        for param in command.params
        if isinstance(param, click.Option) and param.name not in COMMON_NAMES and not param.hidden
    ]


def paragraphs(command: click.Command) -> list[str]:
    """The text of a command, a string a paragraph, lines joined."""
    text = inspect.cleandoc(command.help or "")
    return [" ".join(part.split()) for part in text.split("\n\n")]


def wrapped(text: str) -> list[str]:
    """A paragraph as lines."""
    return textwrap.wrap(text, WIDTH - 2, break_on_hyphens=False, break_long_words=False)


def command_help(command: click.Command, examples: Sequence[tuple[str, str]], path: str = "") -> str:
    """What `lfsmake COMMAND --help` prints."""
    lines = [f"Usage: {usage(command, path)}", ""]
    for paragraph in paragraphs(command):
        lines += [*wrapped(paragraph), ""]
    if examples:
        lines += ["Examples:", *rows(examples), ""]
    options = [option_row(option) for option in own_options(command)]
    if options:
        lines += ["Options:", *rows(options), ""]
    lines += [
        "Common options, see lfsmake --help:",
        "  -f, -C, --set, --store, -q, -v, --color, -h",
    ]
    return "\n".join(lines) + "\n"


def main_help(
    commands: Sequence[tuple[str, Sequence[tuple[str, str]]]], build: Sequence[click.Option],
    common: Sequence[click.Option],
) -> str:
    """What `lfsmake --help` prints. `commands`: headings with names and short texts."""
    lines = ["lfsmake builds a whole Linux system from recipes, and only what is stale.", ""]
    lines += ["Examples:", *rows(EXAMPLES), ""]
    lines += ["Usage: lfsmake [OPTIONS] [TARGET...]", "       lfsmake [OPTIONS] COMMAND [ARGUMENTS]", ""]
    column = max(len(name) for _, entries in commands for name, _ in entries)
    for heading, entries in commands:
        lines += [f"{heading}:", *rows([(f"{name:<{column}}", text) for name, text in entries]), ""]
    lines += ["Options of a build:", *rows(map(option_row, build)), ""]
    ending = [("-h, --help", "show this, or the help of a command"), ("    --version", "show the version")]
    lines += ["Options of every command, before or after its name:"]
    lines += [*rows([*map(option_row, common), *ending]), ""]
    lines += ["Exit codes:", *rows(EXIT_CODES), ""]
    lines += ["A target named like a command is built with `lfsmake build NAME`."]
    return "\n".join(lines) + "\n"
