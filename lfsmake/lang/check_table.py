"""Reads `[check]` of lfsmake.toml: hooks and the keyring. Runs nothing and knows no finding."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from msgspec import Struct

from lfsmake.lang.toml_places import Places
from lfsmake.lang.words import listed, meant
from lfsmake.model.errors import Problem, Span

_KEYS = {"hook": "tables: [[check.hook]]", "keyring": 'a file of keys such as "keys/authors.gpg"'}
_HOOK = {
    "name": "letters, digits, _ and -",
    "command": 'a program and its arguments, such as ["./check.py"]',
    "python": 'a function such as "checks:main", in a module beside lfsmake.toml or installed',
    "for": '"steps", "scripts" or "both"',
    "timeout": "seconds, from 1 to 3600",
}
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")
_FUNCTION = re.compile(r"[A-Za-z_][\w.]*:[A-Za-z_]\w*")
_TIMEOUT = 60.0


class Hook(Struct, frozen=True):
    """A check of the project's own: a program, or a function of Python run in a process of its own."""

    name: str
    command: tuple[str, ...]  # () where `python` is given; the first is absolute if it was written with a "/"
    python: str = ""
    about: Literal["steps", "scripts", "both"] = "both"
    timeout: float = _TIMEOUT
    span: Span | None = None


class Checks(Struct, frozen=True):
    """What a project adds to `lfsmake check`. `keyring` is absolute, "" for none; `folder` is where hooks run."""

    hooks: tuple[Hook, ...] = ()
    keyring: str = ""
    folder: str = ""


def read_checks(data: object, root: str, places: Places, problems: list[Problem]) -> Checks:
    """What the table says; what is wrong with it is added to `problems`, each at its place."""
    if not isinstance(data, dict):
        problems.append(Problem("check is a table", places.value("check"), "a table: [check]"))
        return Checks()
    for key in data:
        if key not in _KEYS:
            span = places.key(f"check.{key}") or places.key("check")
            problems.append(Problem(f'unknown key "{key}" in [check]', span, listed(_KEYS), meant(key, _KEYS)))
    keyring = data.get("keyring", "")
    if not isinstance(keyring, str) or (not keyring and "keyring" in data):
        problems.append(Problem("keyring is a file", places.value("check.keyring"), _KEYS["keyring"]))
        keyring = ""
    elif keyring:
        keyring = str(Path(root, os.path.expanduser(keyring)))  # noqa: PTH111
    given = data.get("hook", [])
    if not isinstance(given, list) or not all(isinstance(table, dict) for table in given):
        problems.append(Problem("hook is a list of tables", places.key("check.hook"), _KEYS["hook"]))
        given = []
    hooks = [hook for table in given if (hook := _hook(table, root, places, problems)) is not None]
    names = [hook.name for hook in hooks]
    for name in dict.fromkeys(name for name in names if names.count(name) > 1):
        problems.append(Problem(f'two hooks are named "{name}"', places.key("check.hook"), "a name for each"))
    return Checks(tuple(hooks), keyring, root)


def _hook(table: Mapping[str, Any], root: str, places: Places, problems: list[Problem]) -> Hook | None:
    span = places.key("check.hook") or places.key("check")
    before = len(problems)

    def wrong(message: str, expected: str, hint: str = "") -> None:
        problems.append(Problem(message, span, expected, hint))

    for key in table:
        if key not in _HOOK:
            wrong(f'unknown key "{key}" in [[check.hook]]', listed(_HOOK), meant(key, _HOOK))
    name, command, python = table.get("name"), table.get("command"), table.get("python")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        wrong("a hook needs a name", _HOOK["name"], "its findings are called NAME/ID")
    if (command is None) == (python is None):
        wrong(f"hook {name}: one of command and python is needed", f"{_HOOK['command']}, or {_HOOK['python']}")
    elif python is not None and not (isinstance(python, str) and _FUNCTION.fullmatch(python)):
        wrong(f"hook {name}: python names no function", _HOOK["python"])
    elif command is not None and not _is_command(command):
        wrong(f"hook {name}: command is a list of words", _HOOK["command"])
    about = table.get("for", "both")
    if about not in ("steps", "scripts", "both"):
        wrong(f"hook {name}: for cannot be {about!r}", _HOOK["for"], meant(str(about), ("steps", "scripts", "both")))
    timeout = table.get("timeout", _TIMEOUT)
    if isinstance(timeout, bool) or not isinstance(timeout, (int, float)) or not 1 <= timeout <= 3600:
        wrong(f"hook {name}: timeout cannot be {timeout!r}", _HOOK["timeout"])
    if len(problems) > before:
        return None
    words = tuple(command or ())
    if words and "/" in words[0]:
        words = (os.path.normpath(Path(root, os.path.expanduser(words[0]))), *words[1:])  # noqa: PTH111
    return Hook(str(name), words, python or "", about, float(timeout), span)


def _is_command(value: object) -> bool:
    return isinstance(value, list) and bool(value) and all(isinstance(word, str) and word for word in value)
