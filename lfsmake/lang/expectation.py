"""What could have stood where the parser stopped, in words. Knows the names of the grammar's terminals."""

from lfsmake.lang.words import STATEMENTS, listed

# What a terminal of the grammar is called where it is missing, in the order they are named.
_CALLED = {
    "WORD": "a name",
    "OPERATOR": "an operator such as >=",
    "EQUAL": '"="',
    "VBAR": '"|"',
    "STRING": "a quoted string",
    "_FROM": '"from"',
    "_INHERITS": '"inherits"',
    "_AS": '"as"',
    "_STRIP": '"strip"',
    "_MODE": '"mode"',
    "PACKAGE": '"package"',
    "RESOURCE": '"resource"',
    "_RUN": '"run"',
    "_PACKAGE": '"package"',
    "_BECAUSE": '"because"',
    "LINE": '":"',
    "LBRACE": '"{"',
    "RBRACE": '"}"',
    "_ELSE": '"else"',
    "_NL": "the end of the line",
}

# What a bare word is after these words.
_WORDS = {
    ">=": "a version",
    "<=": "a version",
    ">": "a version",
    "<": "a version",
    "=": "a version",
    "kernel": "a version",
    "cost": "a number",
    "memory": "a number",
    "time": "a number",
    "jobs": "a number",
    "retry": "a number",
    "strip": "a number",
    "mode": "octal digits such as 0644",
    "file": "a path",
    "needs": "build, run or test",
    "skip": "a phase",
    "order": "a phase",
    "sha256": "64 hex digits",
    "sha512": "128 hex digits",
    "blake2b": "128 hex digits",
    "md5": "32 hex digits",
}

# Beside the first of `STATEMENTS`, those that best tell what a block is made of.
_TELLING = {
    "package": ("source", "needs", "build"),
    "script": ("needs", "env", "install"),
    "resource": ("source", "sha256", "summary"),
    "style": ("context", "env", "build"),
    "group": STATEMENTS["group"],
    "host": STATEMENTS["host"],
}


def missing(terminals: frozenset[str], statement: tuple[str, ...]) -> str:
    """The terminals that could have followed the words of `statement`: `a name or "{"`."""
    names = {name: called for name, called in _CALLED.items() if name in terminals}
    if "WORD" in names:
        names["WORD"] = _word(statement)
    return listed(names.values())


def links(terminals: frozenset[str]) -> list[str]:
    """The keywords among the terminals: `from`, `as`, …"""
    return [called.strip('"') for name, called in _CALLED.items() if name in terminals and name[0] == "_"][:9]


def _word(statement: tuple[str, ...]) -> str:
    first, last = statement[0], statement[-1]
    if first in ("when", "option"):
        return "a value" if last in ("=", "|") else "the name of an option"
    if first in ("cost", "memory", "time") and last != first:
        return "a unit such as SBU or MB" if first == "cost" else "a unit such as GB or h"
    return _WORDS.get(last, "a name")


def such_as(kind: str) -> str:
    """What may begin a line in a block of this kind, or outside all blocks where it is ""."""
    if not kind:
        return "a declaration such as package, resource or option"
    return f"a statement of a {kind} such as {listed(_TELLING[kind])}"


def shown(text: str) -> str:
    """What was found instead, in quotes; a character that cannot be seen by its number."""
    if not text.isprintable():
        return f"character U+{ord(text[0]):04X}"
    return text if text.startswith('"') and len(text) > 1 else f'"{text}"'
