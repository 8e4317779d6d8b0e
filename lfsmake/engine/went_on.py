"""Which commands a script cannot go on without: what unpacks, patches, configures and builds. Knows words, no shell."""

import os
import re
import shlex
from collections.abc import Sequence

from lfsmake.engine.phase import Stop
from lfsmake.model.step import ScriptFile

WENT_ON = "went-on"  # what a recipe allows where such a command may fail

_ASSIGNED = re.compile(r"[A-Za-z_]\w*=")
_MAKES = frozenset(("make", "gmake", "ninja", "samu"))
_OTHERS = frozenset(("meson", "cmake", "tar", "bsdtar", "unzip", "patch", "configure", "Configure"))
# Tests and documentation fail on many machines, and the book goes on: `make -k check`, `make html`.
_SPARED = frozenset(("check", "test", "tests", "html", "pdf", "info", "doc", "docs", "man"))
_KEEPS_GOING = re.compile(r"-[A-Za-z]*[kin][A-Za-z]*|--keep-going|--ignore-errors|--dry-run")
_PREFIXES = frozenset(("time", "nice", "command", "env", "exec"))


def broken_by(stops: Sequence[Stop], script: ScriptFile) -> Stop | None:
    """The first of the commands that failed which leaves nothing to go on with.

    None if all could be spared, or the script itself looks at how each ended (`$?`) right behind it.
    """
    found = (stop for stop in stops if _builds(stop.command))
    return next((stop for stop in found if stop.file != script.file or not _asks(script.text, stop.line)), None)


def _asks(text: str, line: int) -> bool:
    """Whether the statement behind the one that begins in that line names `$?`."""
    lines = iter(text.split("\n")[line - 1 :])
    for each in lines:
        if not each.rstrip().endswith(("\\", "&&", "|")):
            break
    return "$?" in next((each for each in lines if each.strip() and not each.lstrip().startswith("#")), "")


def _builds(command: str) -> bool:
    try:
        words = shlex.split(command)
    except ValueError:
        return False
    while words and (words[0] in _PREFIXES or _ASSIGNED.match(words[0])):
        del words[0]  # CC=gcc ./configure
    if not words:
        return False
    tool = os.path.basename(words[0])
    if tool in _MAKES:
        return not any(_KEEPS_GOING.fullmatch(word) or _SPARED & set(re.split(r"[-_.]", word)) for word in words[1:])
    return tool in _OTHERS
