"""Imported recipes to a project's folder, with a site's files beside them. Makes no recipes, and merges nothing.

The folder `site` is the user's: what lies there is made once and never written again.
"""

import contextlib
import os
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

from msgspec import Struct

from lfsmake.discover.book.recipes import Imported, default_target
from lfsmake.lang.shipped import shipped
from lfsmake.lang.words import listed, meant
from lfsmake.model.errors import HostError, UsageError

CONFIGURATION = "lfsmake.toml"
SITE = "site"
_MOST = 1 << 20  # bytes of a site's file: recipes and small patches


class Written(Struct, frozen=True):
    """What was done with the files of a project, by their paths below it."""

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: tuple[str, ...]  # there already, and the user's


def shipped_sites(version: str) -> dict[str, Path]:
    """The sites that lfsmake brings for a book's version, with their folders."""
    folder = shipped("recipes") / SITE
    if not folder.is_dir():
        return {}
    return {path.name: path / version for path in sorted(folder.iterdir()) if (path / version).is_dir()}


def site_files(name: str, version: str, folder: Path) -> dict[str, bytes]:
    """The files of a site: a shipped one's by its name, else those of a folder or file. Raises UsageError."""
    known = shipped_sites(version)
    path = known.get(name) or folder / name
    if os.path.isfile(path):
        return {f"{SITE}/{path.name}": _read(path)}
    if not name or not os.path.isdir(path):
        raise UsageError(
            f'there is no site "{name}" for book {version}',
            expected=f"{listed([*known, 'a file or folder with `amend`s'])}",
            hint=meant(name, known),
        )
    files = {f"{SITE}/{file.relative_to(path).as_posix()}": _read(file) for file in _below(path)}
    if not files:
        raise UsageError(f"the site {path} is empty", expected="a folder with recipes that `amend`")
    return files


def write_import(
    imported: Imported, version: str, folder: Path, *, site: Mapping[str, bytes] | None = None, force: bool = False
) -> Written:
    """Writes the recipes and what a project needs besides; `folder` is made if it does not exist.

    Nothing is written if a recipe there says something else, unless `force`. An existing configuration and an
    existing site stay as they are. Raises UsageError and HostError; nothing is left half made.
    """
    files = {name: text.encode() for name, text in imported.files.items()}
    different = [name for name, data in files.items() if _there(folder / name, data) is False]
    if different and not force:
        raise UsageError(
            f"{listed(different[:4], 'and')}{' and more' if len(different) > 4 else ''} in {folder} "
            f"{'say' if len(different) > 1 else 'says'} something else",
            hint="`lfsmake book upgrade` merges changes with another book; --force writes over them",
        )
    kept = [SITE] if site and (folder / SITE).exists() else []
    if site and not kept:
        files.update(site)
    if (folder / CONFIGURATION).exists():
        kept.append(CONFIGURATION)
    else:
        has_site = bool(site) or (folder / SITE).exists()
        files[CONFIGURATION] = _configuration(imported, version, has_site=has_site).encode()
    unchanged = [name for name, data in files.items() if _there(folder / name, data)]
    written = {name: data for name, data in files.items() if name not in unchanged}
    put(folder, written)
    return Written(tuple(written), tuple(unchanged), tuple(kept))


def kept_notes(folder: Path, version: str) -> tuple[str, ...]:
    """What of a configuration that was kept does not go with recipes of that book in its folder."""
    import tomllib

    try:
        said = tomllib.loads((folder / CONFIGURATION).read_text(encoding="utf-8"))
    except (OSError, ValueError):  # the next command says what is wrong with it
        return ()
    notes = []
    recipes = said.get("recipes")
    if not isinstance(recipes, list) or not any(
        os.path.normpath(folder / each) == os.path.normpath(folder) for each in recipes if isinstance(each, str)
    ):
        notes.append(f'{CONFIGURATION} does not read these recipes: write recipes = ["."]')
    if said.get("book", version) != version:
        notes.append(f'{CONFIGURATION} is for book {said["book"]}: write book = "{version}"')
    return tuple(notes)


def put(folder: Path, files: Mapping[str, bytes | None]) -> None:
    """Writes files below `folder`, and removes those that are None: all of it or nothing. Raises HostError.

    All are there in full before the first takes its place, and what they replace is kept until the last has.
    """
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".lfsmake-import-", dir=folder) as temporary:
            ready, old = Path(temporary) / "new", Path(temporary) / "old"
            for name, data in files.items():
                for part in (ready, old, folder):
                    (part / name).parent.mkdir(parents=True, exist_ok=True)
                if data is not None:
                    with (ready / name).open("wb") as stream:
                        stream.write(data)
                        stream.flush()
                        os.fsync(stream.fileno())
            _exchange(folder, files, ready, old)
    except OSError as error:
        for each in made:
            with contextlib.suppress(OSError):
                each.rmdir()
        a_file = isinstance(error, (FileExistsError, NotADirectoryError))
        raise HostError(
            f"cannot write to {folder}: {'that is a file' if a_file else error.strerror or error}",
            hint="name a folder, or one to make" if a_file else "all files there are as they were",
        ) from error


def _exchange(folder: Path, files: Mapping[str, bytes | None], ready: Path, old: Path) -> None:
    """Puts the ready files in the place of those that are there; on an error these go back."""
    done: list[str] = []
    try:
        for name, data in files.items():
            target = folder / name
            if target.exists() or target.is_symlink():
                target.rename(old / name)
            done.append(name)
            if data is not None:
                (ready / name).rename(target)
    except BaseException:
        for name in reversed(done):
            (folder / name).unlink(missing_ok=True)
            if (old / name).exists() or (old / name).is_symlink():
                (old / name).rename(folder / name)
        raise


def _there(path: Path, data: bytes) -> bool | None:
    """Whether the file holds `data`; None if there is none."""
    try:
        return path.read_bytes() == data if path.exists() or path.is_symlink() else None
    except OSError as error:
        raise HostError(
            f"cannot read {path}: {error.strerror or error}",
            hint="nothing was written; choose a folder of your own, or ask whose it is",
        ) from error


def _read(path: Path) -> bytes:
    try:
        if path.stat().st_size > _MOST:
            raise UsageError(f"{path} is too large for a site's file", expected="recipes and patches, up to 1 MB each")
        return path.read_bytes()
    except OSError as error:
        raise HostError(f"cannot read {path}: {error.strerror or error}") from error


def _unreadable(error: OSError) -> None:
    raise HostError(f"cannot read {error.filename}: {error.strerror}", hint="check its permissions") from error


def _below(folder: Path) -> Iterator[Path]:
    """The plain files below a folder; links are not followed."""
    for place, folders, names in os.walk(folder, onerror=_unreadable):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(place, name)
            if not name.startswith(".") and path.is_file() and not path.is_symlink():
                yield path


def _configuration(imported: Imported, version: str, *, has_site: bool) -> str:
    recipes = f'[".", "{SITE}"]  # what the site says amends what was imported' if has_site else '["."]'
    return "\n".join(
        (
            "# What lfsmake builds in this folder and below. `lfsmake list` names targets and options.",
            f'book = "{version}"',
            f"recipes = {recipes}",
            f'default = ["{default_target(imported)}"]',
            "",
        )
    )
