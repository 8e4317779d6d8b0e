"""The names of a project's targets, remembered for the shell's completion. Knows one file a folder, no recipes."""

import os
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from lfsmake.model.step import Project
from lfsmake.store.place import cache_folder


def remember(directory: str, files: Iterable[str], project: Project) -> None:
    """Keep the names of groups and steps. What cannot be written is not: completion is a convenience."""
    path = _path(directory, files)
    text = "\n".join([*project.groups, *project.steps, ""])
    try:
        if path.exists() and path.read_text(encoding="utf-8") == text:
            return
        import tempfile

        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent)
        with open(handle, "w", encoding="utf-8") as stream:  # noqa: PTH123 - a descriptor has no path
            stream.write(text)
        Path(temporary).replace(path)
    except (OSError, UnicodeError):
        return


def complete(params: Mapping[str, Any], incomplete: str) -> list[str]:
    """The targets that begin so. Reads the recipes once where no command has left a list yet.

    `params` are the options already on the line: `-C` and `-f` say whose targets.
    """
    try:
        here = Path.cwd()
        directory = here / (params.get("directory") or "")
        files = [str(directory / file) for file in params.get("files") or ()]
        path = _path(str(directory), files)
        if not path.exists():
            from lfsmake.engine.session import Request, load, read_configuration

            config, _ = read_configuration(Request(directory=str(directory), files=tuple(files)))
            remember(str(directory), files, load(config, ()))
        names = path.read_text(encoding="utf-8").split()
    except Exception:
        return []  # a shell that completes has no place for errors
    return [name for name in names if name.startswith(incomplete)]


def _path(directory: str, files: Iterable[str]) -> Path:
    name = sha256(os.fsencode("\0".join((directory, *files)))).hexdigest()[:16]
    return Path(cache_folder(os.environ)) / "targets" / name
