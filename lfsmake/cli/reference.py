"""Writes docs/cli.md from the commands themselves: `python -m lfsmake.cli.reference > docs/cli.md`. Runs no command."""

import sys
from collections.abc import Iterator

import click

from lfsmake.cli.app import main
from lfsmake.cli.help import EXAMPLES, EXIT_CODES, option_row, own_options, paragraphs, usage
from lfsmake.cli.names import COMMANDS
from lfsmake.cli.options import Command, common_options

_HEAD = """\
# The command line

Written by `python -m lfsmake.cli.reference` from the commands themselves; a test holds it current.

`lfsmake [OPTIONS] [TARGET...]` builds. The first word that is the name of a command below runs that command; a target
of the same name is built with `lfsmake build NAME`. Options may stand before or after targets and names. Without `-f`,
the recipes are those of `lfsmake.toml` in this folder or the nearest one above; without that, the recipes shipped for
the newest book.
"""

_OUTPUT = """\
## Output

Progress and answers go to standard output, problems to standard error:

```
recipes/hello.lfs:3:5: error: unknown word "sorce"
      sorce "hello-2.10.tar.gz"
      ^^^^^
expected: a statement such as source, needs, build
hint: did you mean "source"?
```

Files below the current folder are named relative to it. Colors and the live line are for terminals: `--color`,
`NO_COLOR` and `TERM=dumb` are heeded. What `--json` prints is documented with each command; `version` rises when a
field changes its meaning or goes, and fields may be added without that.

## Environment

| variable | meaning |
| --- | --- |
| `LFSMAKE_CACHE` | the folder of the default store, of parsed recipes, certificates and crash reports |
| `XDG_CACHE_HOME` | where `lfsmake/` is that folder if `LFSMAKE_CACHE` is not set; `~/.cache` without it |
| `NO_COLOR` | not empty: no colors |
| `TERM` | `dumb`: no colors, no live line |
| `LFSMAKE_ALERTS` | `off`: nobody is told of the run, whatever `lfsmake.toml` says |
| `LFSMAKE_DEBUG` | `1`: tracebacks on standard error |

## A run with nothing to do

After a plain build (`-C`, `-f`, `-j`, `-k`, `-q`, `--set`, `--store` and targets) that leaves nothing stale, a
*certificate* in the cache folder lists every file the answer depended on, with size, times and inode. The same
command line in the same folder and environment then compares these and reads nothing else. A certificate is trusted
only if it belongs to the user and nobody else can write it; removing it costs one slower run.
"""


def reference() -> str:
    """The whole of docs/cli.md."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield _HEAD
    yield "```"
    width = max(len(left) for left, _ in EXAMPLES)
    for left, right in EXAMPLES:
        yield f"{left:<{width}}   # {right}"
    yield "```\n"
    yield "## Options of every command\n"
    yield from _options([option for option in common_options() if isinstance(option, click.Option)])
    yield "| `-h`, `--help` | show the help of lfsmake or of a command |"
    yield "| `--version` | show the version |\n"
    yield "## Exit codes\n"
    yield "| code | meaning |\n| --- | --- |"
    for code, meaning in EXIT_CODES:
        yield f"| {code} | {meaning} |"
    yield ""
    yield _OUTPUT
    with click.Context(main) as ctx:
        for heading, names in COMMANDS.items():
            yield f"## {heading}\n"
            for name in names:
                found = main.get_command(ctx, name)
                if isinstance(found, click.Group):
                    for inner in found.commands.values():
                        yield from _command(inner, f"lfsmake {name} {inner.name}")
                elif found is not None:
                    yield from _command(found, f"lfsmake {name}")


def _command(command: click.Command, path: str) -> Iterator[str]:
    yield f"### {path}\n"
    yield f"`{usage(command, path)}`\n"
    for paragraph in paragraphs(command):
        yield f"{paragraph}\n"
    if not isinstance(command, Command):
        return
    options = own_options(command)
    if options:
        yield from _options(options)
        yield ""
    yield "```"
    width = max(len(left) for left, _ in command.examples)
    for left, right in command.examples:
        yield f"{left:<{width}}   # {right}"
    yield "```\n"
    if command.shape:
        yield f"`--json`: {' '.join(command.shape.split())}\n"


def _options(options: list[click.Option]) -> Iterator[str]:
    yield "| option | meaning |\n| --- | --- |"
    for option in options:
        names, text = option_row(option)
        shown = ", ".join(f"`{part.strip()}`" for part in names.split(","))
        yield f"| {shown} | {text.replace('|', chr(92) + '|')} |"


if __name__ == "__main__":
    sys.stdout.write(reference())
