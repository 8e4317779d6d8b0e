"""How a tree is laid out, in a few words a script: `numbered files`, `jhalfs`, `targets of a makefile`. Knows names only."""

import re

from lfsmake.discover.scan.kinds import Kind
from lfsmake.discover.scan.names import file_number, folder_number

_JHALFS = re.compile(r"^\d{3,4}-[\w.+-]+$")
_ONE_A_FOLDER = frozenset(
    (
        "build",
        "build.sh",
        "install",
        "install.sh",
        "make.sh",
        "compile.sh",
        "recipe",
        "run.sh",
        "buildit",
        "package.sh",
    )
)


def convention_of(path: str, kind: Kind, how: str = "") -> str:
    """The convention that a script's path, kind and way of being a part follow. `how`: as `Part.how`, "" for a whole file."""
    if kind == "makefile":
        return "targets of a makefile" if how else "makefiles"
    if kind == "package":
        return f"a {path.rpartition('/')[2] if '.' not in path.rpartition('/')[2] else 'package file'} a package"
    if how:
        return "functions of a script" if how == "function" else f"blocks of a script, from each `{how}`" if how not in (
            "heading", "package") else "blocks of a script, from each heading"  # fmt: skip
    folders, name = path.split("/")[:-1], path.rpartition("/")[2]
    numbers = [folder_number(folder) for folder in folders]
    chapters = any(number is not None and number[1] for number in numbers)
    if chapters and _JHALFS.match(name):
        return "jhalfs"
    if chapters:
        return "chapter folders"
    if file_number(name):
        return "numbered files"
    if any(number is not None for number in numbers):
        return "numbered folders"
    return "a folder a package" if name.lower() in _ONE_A_FOLDER and folders else "a file a package"
