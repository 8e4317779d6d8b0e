"""Help: examples first, 80 columns, every command documented, and docs/cli.md as the commands say."""

import keyword
from pathlib import Path

import click
import pytest

from lfsmake.cli.app import main
from lfsmake.cli.names import COMMANDS, GROUPS, NAMES
from lfsmake.cli.reference import reference

MAIN = """\
lfsmake builds a whole Linux system from recipes, and only what is stale.

Examples:
  lfsmake                       build the project's default targets
  lfsmake toolchain             build what is stale of a target
  lfsmake -n toolchain          show what would be built, and why
  lfsmake -k -j4 toolchain      four jobs; do not stop at the first failure
  lfsmake explain glibc         show what changed, with the old and new values
  lfsmake log glibc -f          read a step's log, and follow it
  lfsmake shell glibc --failed  enter the sandbox of a failed step
  lfsmake init                  start a project with recipes to edit

Usage: lfsmake [OPTIONS] [TARGET...]
       lfsmake [OPTIONS] COMMAND [ARGUMENTS]

Build:
  build       build targets, also those named like a command
  retry       build the failed steps of the newest run once more
  resume      go on with the newest run where it ended
  fetch       download and verify the sources of targets
  export      write a target's files to a folder, as one plain tree

Look:
  plan        show what is up to date, to build or waiting, and why
  explain     show what changed: root causes, old and new values
  why         show the chain of needs from one step to another
  status      show the newest run and what is stale
  runs        list the runs that are kept
  report      show a run: times, resources, failures, as text, HTML, …
  dash        show runs in a browser, live and past
  log         print or follow a step's newest log
  shell       enter a step's sandbox, also the one that failed
  list        list groups, packages, scripts and options
  show        show one resolved step, group or option

Bring:
  discover    find the build scripts of a folder: what, which order
  import      make recipes of a folder of build scripts
  registry    run a folder of scripts as they are: add, list, refresh, …

Recipes:
  check       find every problem of recipes, and what shell hides
  fmt         lay out recipes in the standard form
  book        read, compare, import, check and upgrade the LFS book
  init        start a project: lfsmake.toml and recipes to edit

Machine:
  doctor      examine the machine: what a build needs, what to install
  alerts      list who is told of what, or send a test message
  store       collect, verify, measure or locate the store
  completion  print the completion script of a shell

Options of a build:
  -j, --jobs N             run N jobs at once, over all steps
  -k, --keep-going         build what can be built after a failure
      --on-failure WHAT    stop, continue (as -k), or ask on the terminal
  -n, --dry-run            print what would be built; build nothing
  -w, --watch              build again when recipes or patches change
      --rebuild STEP       build STEP although it is up to date (may be
                           repeated)
      --metrics-file FILE  keep FILE current with metrics for Prometheus
      --json               print JSON, in the shape of docs/cli.md

Options of every command, before or after its name:
  -f, --file PATH         read this recipe file or folder instead of the
                          project's (may be repeated)
  -C, --directory DIR     act as if started in DIR
      --set OPTION=VALUE  choose an option's value (may be repeated)
      --store DIR         keep layers, sources and traces in DIR
  -q, --quiet             print failures only
  -v, --verbose           print more, such as phases
      --color WHEN        auto, always or never; auto heeds NO_COLOR and TERM
  -h, --help              show this, or the help of a command
      --version           show the version

Exit codes:
  0    done, or nothing to do
  1    a step failed; or the answer is no (fmt --check, why, store verify)
  2    the command line or a recipe is wrong
  3    the machine lacks something: a tool, disk, a permission
  4    a source could not be had, or is not what its digest says
  70   a bug in lfsmake; a report was written
  130  interrupted
  141  the reader of a pipe went away

A target named like a command is built with `lfsmake build NAME`.
"""

EXPLAIN = """\
Usage: lfsmake explain [OPTIONS] [TARGET...]

Show why steps are stale: the root causes with old and new values, then what
follows from them.

Examples:
  lfsmake explain toolchain     why its steps would be built
  lfsmake explain -v toolchain  also the steps that are up to date

Options:
      --json  print JSON, in the shape of docs/cli.md

Common options, see lfsmake --help:
  -f, -C, --set, --store, -q, -v, --color, -h
"""


def test_the_help_begins_with_examples_and_ends_with_exit_codes(run):
    assert run("--help") == (0, MAIN, "")


def test_the_help_of_a_command_is_the_same_both_ways(run):
    assert run("explain", "--help") == (0, EXPLAIN, "")
    assert run("-h", "explain") == (0, EXPLAIN, "")


def commands():
    with click.Context(main) as ctx:
        for name in NAMES:
            found = main.get_command(ctx, name)
            yield name, found
            if isinstance(found, click.Group):
                for inner, command in found.commands.items():
                    yield f"{name} {inner}", command


@pytest.mark.parametrize("name", [name for name, _ in commands()])
def test_every_command_has_help_of_80_columns_with_an_example(run, name):
    result = run(*name.split(), "--help")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"Usage: lfsmake {name} ")
    assert all(len(line) <= 80 for line in result.out.split("\n"))
    assert name in GROUPS or f"\n  lfsmake {name}" in result.out or name in ("completion", "build", "store path")


def test_help_itself_has_80_columns():
    assert all(len(line) <= 80 for line in MAIN.split("\n"))


def test_every_command_is_listed_once_and_has_a_module():
    assert len(set(NAMES)) == len(NAMES) == sum(len(entries) for entries in COMMANDS.values())
    folder = Path(main.__class__.__module__.replace(".", "/")).parent
    folder = Path(__file__).parents[2] / folder
    modules = [f"{name}_" if keyword.iskeyword(name) else name for name in NAMES]  # import has import_.py
    assert [name for name in modules if not (folder / f"{name}.py").is_file()] == []


def test_the_committed_reference_is_what_the_commands_say():
    committed = Path(__file__).parents[2] / "docs" / "cli.md"
    assert committed.read_text(encoding="utf-8") == reference(), "run: python -m lfsmake.cli.reference > docs/cli.md"


def test_every_json_option_has_a_documented_shape():
    for name, command in commands():
        options = {opt for param in command.params for opt in param.opts}
        assert ("--json" in options) == bool(getattr(command, "shape", "")), name
