"""`lfsmake fmt [PATH...]`: recipes in the standard form."""

import contextlib
import difflib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import click

from lfsmake.cli.options import Settings, declare
from lfsmake.cli.output import emit, report, write
from lfsmake.model.errors import EXIT_OK, EXIT_STEP, HostError, LfsmakeError, Problem, UsageError
from lfsmake.ui.text import nice_path, several


@declare(
    "fmt",
    click.Argument(["paths"], nargs=-1, metavar="[PATH...|-]", type=click.Path(allow_dash=True, readable=False)),
    click.Option(["--check"], is_flag=True, help="change nothing; name the files that would change, exit with 1"),
    click.Option(["--diff"], is_flag=True, help="change nothing; print the differences, exit with 1 if any"),
    examples=(
        ("lfsmake fmt", "the project's recipes"),
        ("lfsmake fmt --check recipes", "for a check before a commit"),
        ("lfsmake fmt - < my.lfs", "from standard input to standard output"),
    ),
)
def command(settings: Settings, paths: tuple[str, ...], check: bool, diff: bool) -> int:
    """Lay out recipes in the standard form. Comments stay, and shell text keeps every byte.

    Folders stand for the *.lfs files below them. A file with errors is left as it is.
    """
    if paths == ("-",):
        return _standard_input(check=check, diff=diff)
    files = list(_files(settings, paths))
    problems: list[Problem] = []
    changed, code = 0, EXIT_OK
    for file in files:
        try:
            old, new = _formatted(file)
        except LfsmakeError as error:
            problems += error.problems
            code = error.exit_code
            continue
        if old == new:
            continue
        changed += 1
        name = nice_path(str(file), settings.start)
        if diff:
            write("".join(_diff(old, new, name)))
        if not check and not diff:
            _replace(file, new)
        if not diff and not settings.quiet:
            emit(name)
    if problems:
        report(problems, color=settings.color, folder=settings.start)
        return code
    if not settings.quiet and not diff:
        words = "would change" if check else "changed"
        emit(f"lfsmake: {several(changed, 'file')} {words}, {len(files) - changed:,} as they should be")
    return EXIT_STEP if changed and (check or diff) else EXIT_OK


def _formatted(file: Path) -> tuple[str, str]:
    from lfsmake.lang.format import format_text
    from lfsmake.lang.reading import read_file

    old = read_file(file)
    return old, format_text(str(file), old)


def _standard_input(*, check: bool, diff: bool) -> int:
    from lfsmake.lang.format import format_text
    from lfsmake.model.errors import RecipeError

    try:
        old = sys.stdin.buffer.read().decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecipeError(
            f"standard input is not UTF-8: byte {error.start}", hint="convert it: iconv -f LATIN1 -t UTF-8"
        ) from error
    new = format_text("-", old)
    if diff:
        write("".join(_diff(old, new, "-")))
    elif not check:
        write(new)
    return EXIT_STEP if old != new and (check or diff) else EXIT_OK


def _diff(old: str, new: str, name: str) -> Iterator[str]:
    for line in difflib.unified_diff(
        old.splitlines(keepends=True), new.splitlines(keepends=True), name, f"{name} (formatted)"
    ):
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def _files(settings: Settings, paths: tuple[str, ...]) -> Iterator[Path]:
    """The recipe files meant: those named, those below folders named, else the project's."""
    named = [Path(settings.directory) / path for path in paths] or [Path(path) for path in settings.files]
    if not named:
        from lfsmake.lang.config import find_config, load_config

        found = find_config(Path(settings.directory))
        if found is None:
            raise UsageError(
                "there is no lfsmake.toml here or in a parent folder", hint="name files or folders: lfsmake fmt PATH"
            )
        named = [Path(path) for path in load_config(found).recipes]
    seen: set[Path] = set()
    for path in named:
        if "-" in paths:
            raise UsageError("- stands for standard input, alone", hint="name either - or files")
        if not path.exists():
            raise UsageError(f"there is no file or folder {path}", hint="lfsmake fmt takes files and folders")
        for file in sorted(_below(path)) if path.is_dir() else [path]:
            if file not in seen:
                seen.add(file)
                yield file


def _below(folder: Path) -> Iterator[Path]:
    """The recipes below a folder. Links to folders are not followed: they may lead out of it, or in a circle."""
    for place, folders, names in os.walk(folder, onerror=_refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if name.endswith(".lfs"):
                yield Path(place, name)


def _refuse(error: OSError) -> None:
    raise error


def _replace(file: Path, text: str) -> None:
    """The new text takes the old one's place at once, with its mode and owner; a link stays a link."""
    real = file.resolve()
    try:
        old = real.stat()
        handle, temporary = tempfile.mkstemp(prefix=f".{real.name}.", dir=real.parent)
        try:
            with open(handle, "w", encoding="utf-8", newline="") as stream:  # noqa: PTH123 - a descriptor has no path
                stream.write(text)
                stream.flush()
                os.fchmod(stream.fileno(), old.st_mode & 0o7777)
                with contextlib.suppress(PermissionError):  # another's file in a folder of ours
                    os.fchown(stream.fileno(), old.st_uid, old.st_gid)
                os.fsync(stream.fileno())
            Path(temporary).replace(real)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise HostError(f"cannot rewrite {file}: {error.strerror}", hint="the file is as it was") from error
