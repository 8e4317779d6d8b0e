"""The [registry.NAME] tables of lfsmake.toml: put in and taken out, comments and order kept. Knows no tree."""

import os
from pathlib import Path

from lfsmake.lang.reading import read_file
from lfsmake.model.errors import UsageError


def with_tree(text: str, name: str, path: str) -> str:
    """The text of lfsmake.toml with the tree in it."""
    import tomlkit

    document = tomlkit.parse(text)
    if "registry" not in document:
        document["registry"] = tomlkit.table(is_super_table=True)
    table = tomlkit.table()
    table["path"] = path
    document["registry"][name] = table  # a table: the configuration was read before
    return tomlkit.dumps(document)


def with_book(text: str, book: str) -> str:
    """The text with `book` named in it where it leaves open which recipes the project has.

    Without that and without trees they are those of the newest book; a registered tree would take them away.
    """
    import tomlkit

    document = tomlkit.parse(text)
    if any(key in document for key in ("book", "recipes", "registry")):
        return text
    return f'book = "{book}"\n{text}'


def without_tree(text: str, name: str) -> str:
    """The text of lfsmake.toml without the tree, and without [registry] where that was the last."""
    import tomlkit

    document = tomlkit.parse(text)
    registry = document["registry"]
    del registry[name]
    if not registry:
        del document["registry"]
    return tomlkit.dumps(document)


def read_settings(path: Path) -> str:
    """The text of the file, "" where there is none."""
    return read_file(path) if path.exists() else ""


def write_files(files: dict[Path, str]) -> None:
    """Writes all of them or none, in their order: each beside its place first, then renamed."""
    made: list[tuple[Path, Path]] = []
    try:
        for path, text in files.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.is_symlink():
                path = path.resolve()
            beside = path.with_name(f".{path.name}.new")
            made.append((beside, path))
            with beside.open("w", encoding="utf-8", newline="") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                beside.chmod(path.stat().st_mode & 0o7777)
        for beside, path in made:
            beside.replace(path)
    except OSError as error:
        for beside, _ in made:
            beside.unlink(missing_ok=True)
        where = error.filename or "the project's folder"
        raise UsageError(f"{where} cannot be written: {(error.strerror or str(error)).lower()}") from None
