"""Keeps parsed files in the user's own cache folder. Knows no syntax and no meaning.

Everything in it is JSON, decoded into the types it must have; nothing is unpickled. A folder that another user owns or
may write to is not used at all, and an entry that cannot be read is made again.
"""

import hashlib
import os
from contextlib import suppress
from functools import cache
from pathlib import Path

import msgspec

from lfsmake import __version__
from lfsmake.lang import nodes
from lfsmake.lang.folder import own_folder, write
from lfsmake.lang.nodes import RecipeFile
from lfsmake.lang.reading import read_file
from lfsmake.lang.shipped import shipped

KEPT = 2000  # entries left after a clean-up; it starts at twice as many


def parse_cached(paths: list[Path], cache_dir: Path) -> list[RecipeFile]:
    """The nodes of each file, in the order of `paths`; a file whose text is known is not parsed again.

    `cache_dir` is made if it does not exist. Raises RecipeErrors with the problems of syntax of all the files
    together, and RecipeError for one that cannot be read.
    """
    from lfsmake.lang.syntax import parse_all

    folder = own_folder(cache_dir / "nodes")
    decoder = msgspec.json.Decoder(RecipeFile)
    parsed: list[RecipeFile | None] = []
    missing: dict[int, tuple[str, str]] = {}
    for at, path in enumerate(paths):
        name, text = str(path), read_file(path)
        parsed.append(_load(decoder, f"{folder}/{_key(name, text)}", name) if folder else None)
        if parsed[at] is None:
            missing[at] = (name, text)
    for at, file in zip(missing, parse_all(list(missing.values()), cache_dir), strict=True):
        parsed[at] = file
        if folder:
            write(folder / _key(*missing[at]), msgspec.json.encode(file))
    if folder and missing:
        _clean(folder)
    return [file for file in parsed if file is not None]


def _load(decoder: "msgspec.json.Decoder[RecipeFile]", entry: str, path: str) -> RecipeFile | None:
    try:
        with open(entry, "rb") as file:  # noqa: PTH123 - a Path for each of many entries costs as much as reading it
            parsed = decoder.decode(file.read())
    except (OSError, msgspec.DecodeError):
        return None
    return parsed if parsed.path == path else None


def _key(path: str, text: str) -> str:
    digest = hashlib.sha256(_language().encode())
    digest.update(f"{path}\0{text}".encode())
    return digest.hexdigest()


@cache
def _language() -> str:
    """A digest of what the nodes of a text depend on besides it: the grammar, and the code that builds the nodes."""
    digest = hashlib.sha256(__version__.encode())
    here = Path(nodes.__file__).parent
    for file in (shipped("grammar") / "lfs.lark", *(here / f"{name}.py" for name in ("nodes", "transform", "body"))):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def _clean(folder: Path) -> None:
    """Forget the entries not used to write or made longest ago once there are many."""
    with suppress(OSError):
        entries = list(os.scandir(folder))
        if len(entries) <= 2 * KEPT:
            return
        for entry in sorted(entries, key=lambda each: each.stat().st_mtime)[:-KEPT]:
            Path(entry.path).unlink(missing_ok=True)
