"""How a tree is laid out, in a few words a script: `numbered files`, `jhalfs`, … Knows names only."""

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
    """The convention that a script's path and kind follow. `how`: as `Part.how`, "" for a whole file."""
    if kind == "makefile":
        return "targets of a makefile" if how else "makefiles"
    if kind == "package":
        name = path.rpartition("/")[2]
        return f"a {name if '.' not in name else 'package file'} a package"
    if how:
        head = "heading" if how in ("heading", "package") else f"`{how}`"
        return "functions of a script" if how == "function" else f"blocks of a script, from each {head}"
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
