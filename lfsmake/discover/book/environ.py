"""What the book exports for the user lfs, beyond what lfsmake gives each step by itself. Runs no shell."""

import re
from collections.abc import Iterable

from lfsmake.discover.book.model import Section

_GIVEN = frozenset(
    ("LFS", "LFS_TGT", "LC_ALL", "LANG", "PATH", "CONFIG_SITE", "MAKEFLAGS", "HOME", "TERM", "PS1", "USER", "SHELL")
)
_STARTUP = re.compile(r"(?ms)^cat\s+>>?\s*~/\.bash(?:rc|_profile)\s*<<\s*[\"']?(\w+)[\"']?\n(.*?)^\1$")
_PLAIN = re.compile(r"(?m)^(?:export +)?([A-Za-z_]\w*)=([\w./:+-]*)[ \t]*$")
_EXPORT = re.compile(r"(?m)^export +([^\n]+)$")


def exported(sections: Iterable[Section]) -> dict[str, str]:
    """Variables with a plain value that the startup files of the user lfs export; the last assignment counts."""
    texts = [
        found[2]
        for section in sections
        if section.user == "lfs"
        for instruction in section.instructions
        for found in _STARTUP.finditer(instruction.text)
    ]
    values = {name: value for text in texts for name, value in _PLAIN.findall(text)}
    told = {word.partition("=")[0] for text in texts for line in _EXPORT.findall(text) for word in line.split()}
    return {name: value for name, value in values.items() if name in told and name not in _GIVEN}


def used(values: dict[str, str], texts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Those that one of the texts names."""
    text = "\n".join(texts)
    return tuple((name, value) for name, value in values.items() if re.search(rf"\$\{{?{name}\b", text))
