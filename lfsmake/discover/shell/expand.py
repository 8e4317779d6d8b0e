"""Expands words from values that a caller knows: parameters, their operations, substitutions of small text commands.

Runs nothing and knows no script: variables are asked from a `Lookup`. What cannot be told is None, never a guess.
"""

import fnmatch
import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from lfsmake.discover.shell.filters import output
from lfsmake.discover.shell.nodes import Command, Shell
from lfsmake.discover.shell.parse import read_shell
from lfsmake.discover.shell.words import ansi

Lookup = Callable[[str], str | None]  # the value of `name`, `name[index]`, `1`, `@` …; None if it cannot be told
Mode = Literal["word", "globs", "pattern"]  # globs are refused, kept as written, or a pattern to match with

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_PARAMETER = re.compile(r"([A-Za-z_][A-Za-z0-9_]*(?:\[[^\]]*\])?|[0-9]+|[@*#?$!-])")
_BRACES = re.compile(r"\{[^{}\s$]*(?:,|\.\.)[^{}\s]*\}")
_DEEPEST = 12
_LONGEST = 4096


def expand(
    text: str, lookup: Lookup, *, mode: Mode = "word", likely: bool = False, depth: int = 0, unknown: str | None = None
) -> str | None:
    """What a word stands for, as one text.

    `likely`: the default of `${x:-default}` counts where x cannot be told, and a list of files is what it lists by.
    `unknown`: what stands for an expansion that cannot be told, instead of making the whole unknown.
    """
    if depth > _DEEPEST or len(text) > _LONGEST:
        return None
    made: list[str] = []
    quoted = False
    index, length = 0, len(text)

    def literal(piece: str) -> None:
        made.append(re.sub(r"([*?\[\]\\])", r"\\\1", piece) if mode == "pattern" else piece)

    while index < length:
        char = text[index]
        if char == "'" and not quoted:
            end = text.find("'", index + 1)
            if end < 0:
                return None
            literal(text[index + 1 : end])
            index = end + 1
        elif char == '"':
            quoted = not quoted
            index += 1
        elif char == "\\":
            following = text[index + 1 : index + 2]
            if following == "\n":
                pass
            elif quoted and following not in ('"', "\\", "$", "`"):
                literal(char + following)
            else:
                literal(following)
            index += 2
        elif char == "$" or char == "`":
            value, index = _dollar(text, index, quoted, lookup, likely, depth)
            value = unknown if value is None else value
            if value is None:
                return None
            if quoted:
                literal(value)
            else:
                made.append(value)
        else:
            if not quoted and mode == "word" and _special(text, index):
                return None
            if quoted and char in "*?[]":
                literal(char)
            else:
                made.append(char)
            index += 1
    return None if quoted else "".join(made)


def _special(text: str, index: int) -> bool:
    """Whether the unquoted character names files or makes several words."""
    char = text[index]
    if char in "*?" or (char == "~" and index == 0):
        return True
    if char == "[":
        return index + 1 < len(text) and not text[index + 1].isspace()
    return char == "{" and _BRACES.match(text, index) is not None


def _dollar(text: str, index: int, quoted: bool, lookup: Lookup, likely: bool, depth: int) -> tuple[str | None, int]:
    """The value of the expansion at `index`, and where it ends."""
    if text[index] == "`":
        end = index + 1
        while end < len(text) and text[end] != "`":
            end += 2 if text[end] == "\\" else 1
        inner = re.sub(r"\\([`$\\])", r"\1", text[index + 1 : end])
        return _substitute(inner, lookup, likely, depth), end + 1
    following = text[index + 1 : index + 2]
    if following == "(":
        end = _closing(text, index + 1, "(", ")")
        if end < 0 or text.startswith("((", index + 1):
            return None, len(text)
        return _substitute(text[index + 2 : end], lookup, likely, depth), end + 1
    if following == "{":
        end = _closing(text, index + 1, "{", "}")
        if end < 0:
            return None, len(text)
        return _parameter(text[index + 2 : end], lookup, likely, depth), end + 1
    if following == "'" and not quoted:
        end = index + 2
        while end < len(text) and text[end] != "'":
            end += 2 if text[end] == "\\" else 1
        return ansi(text[index + 2 : end]), end + 1
    match = _NAME.match(text, index + 1)
    if match:
        return lookup(match[0]), match.end()
    if following and (following.isdigit() or following in "@*#?$!-"):
        return lookup(following), index + 2
    return "$", index + 1


def _closing(text: str, index: int, opening: str, closing: str) -> int:
    """Where the bracket at `index` is closed, quotes and nested ones heeded; -1 if nowhere."""
    deep = 0
    while index < len(text):
        char = text[index]
        if char == "\\":
            index += 1
        elif char == "'" and opening == "(":
            index = text.find("'", index + 1)
            if index < 0:
                return -1
        elif char == opening:
            deep += 1
        elif char == closing:
            deep -= 1
            if deep == 0:
                return index
        index += 1
    return -1


def _parameter(inner: str, lookup: Lookup, likely: bool, depth: int) -> str | None:
    """`${inner}`."""
    if inner.startswith("#") and len(inner) > 1:
        value = lookup(inner[1:]) if _PARAMETER.fullmatch(inner[1:]) and not inner.endswith(("[@]", "[*]")) else None
        return None if value is None else str(len(value))
    if inner.startswith("!"):
        name = lookup(inner[1:]) if _PARAMETER.fullmatch(inner[1:]) else None
        return lookup(name) if name and _PARAMETER.fullmatch(name) else None
    match = _PARAMETER.match(inner)
    if match is None:
        return None
    name, rest = match[1], inner[match.end() :]
    value = lookup(_index(name, lookup, likely, depth))
    if not rest:
        return value

    def deeper(text: str, mode: Mode = "globs") -> str | None:
        return expand(text, lookup, mode=mode, likely=likely, depth=depth + 1)

    operator = re.match(r":[-=?+]|[-=?+]|##?|%%?|//|/[#%]?|\^\^?|,,?|:|@", rest)
    if operator is None:
        return None
    sign, operand = operator[0], rest[operator.end() :]
    if sign in (":-", "-", ":=", "="):
        if value is None:
            return deeper(operand) if likely else None
        return deeper(operand) if value == "" and sign[0] == ":" else value
    if sign in (":?", "?"):
        return value
    if sign in (":+", "+"):
        return None if value is None else deeper(operand) if value else ""
    if value is None or len(value) > _LONGEST:
        return None
    if sign in ("#", "##", "%", "%%"):
        pattern = deeper(operand, "pattern")
        return None if pattern is None else _strip(value, pattern, sign)
    if sign[0] == "/":
        return _replace(value, sign, operand, deeper)
    if sign[0] in "^,":
        if operand:
            return None
        change = str.upper if sign[0] == "^" else str.lower
        return change(value) if len(sign) == 2 else change(value[:1]) + value[1:]
    return _cut(value, deeper(operand)) if sign == ":" else None


def _index(name: str, lookup: Lookup, likely: bool, depth: int) -> str:
    """`name[$i]` with its index expanded."""
    if "[" not in name or ("$" not in name and '"' not in name):
        return name
    base, _, index = name.removesuffix("]").partition("[")
    value = expand(index, lookup, mode="globs", likely=likely, depth=depth + 1)
    return f"{base}[{value}]" if value is not None else f"{base}[?]"


def _cut(value: str, places: str | None) -> str | None:
    """`${x:first:length}`."""
    match = re.fullmatch(r"\s*(-?\d{1,6})\s*(?::\s*(-?\d{1,6})\s*)?", places or "")
    if match is None:
        return None
    first = int(match[1])
    first = max(0, len(value) + first) if first < 0 else first
    if match[2] is None:
        return value[first:]
    count = int(match[2])
    return value[first : first + count] if count >= 0 else value[first:count]


@lru_cache(maxsize=512)
def glob(pattern: str) -> re.Pattern[str] | None:
    """A glob of the shell as a regular expression; None if it has more than `*`, `?`, `[…]` and backslashes."""
    if re.search(r"(?<!\\)[?*+@!]\(", pattern):
        return None
    pattern = pattern.replace("[^", "[!")
    for name, chars in (("[:digit:]", "0-9"), ("[:alpha:]", "a-zA-Z"), ("[:alnum:]", "0-9a-zA-Z")):
        pattern = pattern.replace(name, chars)
    escaped = re.sub(r"\\(.)", lambda m: f"[{m[1]}]" if m[1] in "*?[" else m[1], pattern, flags=re.S)
    try:
        return re.compile(fnmatch.translate(escaped))
    except re.error:
        return None


def _strip(value: str, pattern: str, sign: str) -> str | None:
    regex = glob(pattern)
    size = len(value)
    if regex is None or size > 500:
        return None
    lengths = range(size + 1) if len(sign) == 1 else range(size, -1, -1)
    for count in lengths:
        if sign[0] == "#" and regex.match(value[:count]):
            return value[count:]
        if sign[0] == "%" and regex.match(value[size - count :]):
            return value[: size - count]
    return value


def _replace(value: str, sign: str, operand: str, deeper: Callable[..., str | None]) -> str | None:
    """`${x/old/new}` and its kin."""
    match = re.match(r"((?:\\.|\$\{[^}]*\}|[^/\\])*)(?:/(.*))?", operand, re.S)
    if match is None:
        return None
    pattern, new = deeper(match[1], "pattern"), deeper(match[2] or "")
    regex = glob(pattern) if pattern else None
    if pattern is None or new is None or (pattern and regex is None):
        return None
    if regex is None:
        return value
    if not any(char in pattern for char in "*?[\\") and sign in ("/", "//"):
        return value.replace(pattern, new, -1 if sign == "//" else 1)
    if len(value) > 120:  # each part of it is tried
        return None
    if sign == "/#" or sign == "/%":
        rest = _strip(value, pattern, "##" if sign == "/#" else "%%")
        if rest is None or rest == value:
            return rest
        return new + rest if sign == "/#" else rest + new
    made, index = "", 0
    while index < len(value):
        end = next((stop for stop in range(len(value), index, -1) if regex.match(value[index:stop])), None)
        if end is None:
            made += value[index]
            index += 1
            continue
        made += new
        index = end
        if sign == "/":
            break
    return made + value[index:]


@lru_cache(maxsize=1024)
def _inner(text: str) -> Shell:
    return read_shell("", text)


def _substitute(inner: str, lookup: Lookup, likely: bool, depth: int) -> str | None:
    """`$(inner)`: one pipeline of small text commands, or `cd X && pwd`."""
    if depth > _DEEPEST or len(inner) > _LONGEST:
        return None
    shell = _inner(inner)
    commands = [command for command in shell.commands if not command.subshell]
    if not commands or shell.errors or shell.assignments or shell.functions or any(c.loop for c in commands):
        return None

    def words(command: Command) -> list[str] | None:
        values = [expand(w.text, lookup, mode="word", likely=likely, depth=depth + 1) for w in command.words]
        return None if any(value is None for value in values) else [value or "" for value in values]

    if len(commands) == 2 and commands[0].name == "cd" and commands[1].name == "pwd":
        values = words(commands[0])
        names = [value for value in values[1:] if not value.startswith("-")] if values else []
        return names[0] if len(names) == 1 else None
    if len(commands) > 1 and (not commands[0].pipeline or len({c.pipeline for c in commands}) > 1):
        return None
    text: str | None = None
    listed = _listed(commands, lookup, depth) if likely else None
    if listed is not None:
        return listed
    for number, command in enumerate(commands):
        values = words(command)
        if not values:
            return None
        for redirect in command.redirects:
            if redirect.operator == "<<<" and redirect.target is not None:
                text = expand(redirect.target.text, lookup, likely=likely, depth=depth + 1)
                if text is None:
                    return None
            elif redirect.descriptor != "2" or "<" in redirect.operator:
                return None
        if number and text is None:
            return None
        text = output(values[0].rpartition("/")[2], values[1:], text)
        if text is None:
            return None
    return None if text is None else text.rstrip("\n")


def _listed(commands: list[Command], lookup: Lookup, depth: int) -> str | None:
    """What `ls gcc-*.tar.xz`, `find . -name 'gcc-*'` and `ls | grep ^gcc` list by, as a glob."""
    first = commands[0]
    if first.name not in ("ls", "find") or len(commands) > 3:
        return None
    values = [expand(w.text, lookup, mode="globs", likely=True, depth=depth + 1) for w in first.words[1:]]
    if first.name == "find":
        for flag, value in pairwise(values):
            if flag in ("-name", "-iname"):
                return value
        return None
    names = [value for value in values if value is None or not value.startswith("-")]
    if len(names) == 1 and names[0] and re.search(r"[*?.]", names[0]):
        return names[0]
    if not names and len(commands) > 1 and commands[1].name in ("grep", "egrep"):
        words = [w for w in commands[1].words[1:] if not w.text.startswith("-")]
        pattern = expand(words[0].text, lookup, mode="globs", likely=True, depth=depth + 1) if len(words) == 1 else None
        if pattern and re.fullmatch(r"\^?[\w+-]+(?:\.[*+]?[\w-]*|\\\.[\w-]*|\*)*\$?", pattern):
            middle = re.sub(r"\.[*+]|\\\.|\.|\*+", "*", pattern.strip("^$"))
            return ("" if pattern.startswith("^") else "*") + middle + ("" if pattern.endswith("$") else "*")
    return None
