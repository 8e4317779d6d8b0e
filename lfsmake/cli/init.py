"""`lfsmake init [BOOK]`: a project folder with recipes to edit and check in."""

import shutil
import tempfile
from pathlib import Path

import click

from lfsmake.cli.options import Settings, declare
from lfsmake.cli.output import emit
from lfsmake.model.errors import EXIT_OK, HostError, UsageError

CONFIGURATION = "lfsmake.toml"
RECIPES = "recipes"


@declare(
    "init",
    click.Argument(["book"], required=False, metavar="[BOOK]"),
    examples=(
        ("lfsmake init", "the newest book, in this folder"),
        ("lfsmake -C ~/lfs init 12.3", "a certain book, in another folder"),
    ),
)
def command(settings: Settings, book: str | None) -> int:
    """Make lfsmake.toml and a copy of the shipped recipes in this folder. Overwrites nothing."""
    source = _book(book)
    folder = Path(settings.directory)
    for name in (CONFIGURATION, RECIPES):
        if (folder / name).exists() or (folder / name).is_symlink():
            raise UsageError(
                f"{name} exists already in {folder}", hint="start in an empty folder, or move it away first"
            )
    try:
        _make(source, folder)
    except (OSError, shutil.Error) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise HostError(f"cannot make a project in {folder}: {why}", hint="nothing was left half made") from error
    if not settings.quiet:
        emit(f"lfsmake: made {CONFIGURATION} and {RECIPES}/ for book {source.name}")
        emit("Look at the recipes, check both in, then: lfsmake -n")
    return EXIT_OK


def _book(book: str | None) -> Path:
    from lfsmake.lang.config import books
    from lfsmake.lang.words import listed, meant

    known = books()
    if book is None:
        book = next(reversed(known))
    if book not in known:
        raise UsageError(
            f'there are no recipes for book "{book}"',
            expected=f"book {listed(known)}",
            hint=meant(book, known),
        )
    return known[book]


def _make(source: Path, folder: Path) -> None:
    """Both appear whole, the configuration last, or nothing does."""
    with tempfile.TemporaryDirectory(prefix=".lfsmake-init-", dir=folder) as temporary:
        copy = Path(temporary) / RECIPES
        shutil.copytree(source, copy, copy_function=shutil.copyfile, ignore=shutil.ignore_patterns(CONFIGURATION))
        text = _configuration(source)
        ready = Path(temporary) / CONFIGURATION
        ready.write_text(text, encoding="utf-8")
        copy.rename(folder / RECIPES)
        ready.rename(folder / CONFIGURATION)


def _configuration(source: Path) -> str:
    """The shipped configuration with the recipes one folder further down; without one, the least there can be."""
    from lfsmake.lang.config import load_config

    default: tuple[str, ...] = ()
    if (source / CONFIGURATION).is_file():
        default = load_config(source / CONFIGURATION).default
    lines = [
        "# What lfsmake builds in this folder and below. `lfsmake list` names targets and options.",
        f'book = "{source.name}"',
        f'recipes = ["{RECIPES}"]',
    ]
    if default:
        quoted = ", ".join(f'"{name}"' for name in default)
        lines.append(f"default = [{quoted}]")
    lines += ["", "# [options]", '# init = "systemd"', ""]
    return "\n".join(lines)
