"""A makefile as targets and as shell text with the same lines. Knows make's form, not what the commands do."""

import re

from msgspec import Struct

from lfsmake.discover.scan.walk import Entry

_RULE = re.compile(
    r"^(?P<targets>[^\s#=:][^=:#]*?)\s*(?P<colon>::?)(?![=:])(?P<needs>[^#;]*)(?:;(?P<inline>.*))?(?:#.*)?$"
)
_ASSIGN = re.compile(
    r"^\s*(?:(?:export|override|private)\s+)*(?P<name>[\w.-]+)\s*(?P<operator>[:?+!]{0,3}=)\s*(?P<value>.*?)\s*(?:#.*)?$"
)
_DIRECTIVE = re.compile(r"^\s*(?:ifn?eq|ifn?def|else|endif|-?include|sinclude|vpath|unexport|undefine|export)\b")
_INCLUDE = re.compile(r"^\s*(?:-include|include|sinclude)\s+(.+?)\s*(?:#.*)?$")
_REFERENCE = re.compile(r"\$[({]([\w.-]+)[)}]")
_MODIFIED = re.compile(r"\$[({](\w[\w.-]*):([^=(){}]*)=([^(){}]*)[)}]")
_ABSOLUTE = re.compile(r"\$[({](?:abspath|realpath|strip|sort|firstword|lastword)\s+([^(){}]*)[)}]")
_SHELL = re.compile(r"\$[({]shell\s+([^(){}]*)[)}]")
_CALL = re.compile(r"\$[({](?:call|foreach|patsubst|subst|wildcard|filter(?:-out)?|addprefix|addsuffix|if|or|and|notdir|dir|"
                   r"basename|suffix|word|words|value|eval|origin|error|warning|info)\b[^(){}]*[)}]")  # fmt: skip
_SPECIAL = frozenset((".PHONY", ".SUFFIXES", ".DEFAULT", ".PRECIOUS", ".ONESHELL", ".SILENT", ".NOTPARALLEL", ".EXPORT_ALL_VARIABLES",
                      ".DELETE_ON_ERROR", ".SECONDARY", ".INTERMEDIATE", ".POSIX"))  # fmt: skip


class Target(Struct, frozen=True):
    """One target and its recipe: lines `first` to `last`, counted from 1; `first` is the rule's own."""

    name: str
    first: int
    last: int
    needs: tuple[str, ...]  # prerequisites, in order
    calls: tuple[str, ...]  # targets of `$(MAKE) …` in its recipe, in order
    lines: int  # how many lines its recipe has


class Makefile(Struct, frozen=True):
    """`shell`: the text with every line of a recipe as shell, variables as assignments, the rest blank."""

    path: str
    targets: tuple[Target, ...]
    includes: tuple[str, ...]
    shell: str


def read_makefile(entry: Entry) -> Makefile:
    """The makefile; whatever is not understood becomes a blank line."""
    lines = entry.data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\0", " ").split("\n")
    out = [""] * len(lines)
    targets: list[Target] = []
    includes: list[str] = []
    variables: dict[str, str] = {}
    open_rule: tuple[list[str], int, tuple[str, ...]] | None = None
    last = 0
    calls: list[str] = []
    count = 0
    number = 0

    def close() -> None:
        nonlocal open_rule, calls, count
        if open_rule is not None:
            names, first, needs = open_rule
            targets.extend(Target(name, first, max(last, first), needs, tuple(calls), count) for name in names)
        open_rule, calls, count = None, [], 0

    while number < len(lines):
        start = number
        line = lines[number]
        if open_rule is not None and line.startswith("\t"):
            first = True
            while True:
                text = lines[number]
                stripped = text[1:] if text.startswith("\t") else text
                out[number] = _command(stripped, first)
                more = text.endswith("\\") and number + 1 < len(lines)
                first = False
                if not more:
                    break
                number += 1
            joined = " ".join(one.strip().removesuffix("\\") for one in lines[start : number + 1])
            calls += _made(joined)
            count += number - start + 1
            last = number + 1
            number += 1
            continue
        joined = line
        while joined.endswith("\\") and number + 1 < len(lines):
            number += 1
            joined = joined[:-1] + " " + lines[number].strip()
        number += 1
        if not joined.strip() or joined.lstrip().startswith("#"):
            if joined.lstrip().startswith("#"):
                out[start] = joined
            continue
        include = _INCLUDE.match(joined)
        if include:
            includes += [_filled(word, variables) for word in include[1].split()]
            continue
        if _DIRECTIVE.match(joined) and not _ASSIGN.match(joined):
            continue
        assigned = _ASSIGN.match(joined)
        if assigned and "$(eval" not in joined:
            close()
            name, value = assigned["name"], assigned["value"]
            variables[name] = (
                value if assigned["operator"] != "+=" else f"{variables.get(name, '')} {value}".strip()
            )
            if name.isidentifier():
                mark = "+=" if assigned["operator"] == "+=" else "="
                out[start] = f"{name}{mark}{_quoted(value)}"
            continue
        rule = _RULE.match(joined)
        if rule:
            close()
            names = [_filled(word, variables) for word in rule["targets"].split()]
            needs = tuple(
                _filled(word, variables) for word in _filled(rule["needs"], variables).split() if word != "|"
            )
            named = [name for name in names if name and name not in _SPECIAL and "%" not in name]
            open_rule, last = (named, start + 1, needs), number
            if rule["inline"]:
                out[start] = _command(rule["inline"].strip(), True)
                calls += _made(rule["inline"])
                count = 1
    close()
    return Makefile(entry.path, tuple(targets), tuple(includes), "\n".join(out))


def _made(line: str) -> list[str]:
    """Targets of `$(MAKE) a b` in a line."""
    found: list[str] = []
    for match in re.finditer(r"(?:\$[({]MAKE[)}])((?:\s+[^\s;&|]+)*)", line):
        words = match[1].split()
        skip = False
        for word in words:
            if skip:
                skip = False
            elif word in ("-C", "-f", "-j"):
                skip = True
            elif not word.startswith(("-", "$")) and "=" not in word:
                found.append(word)
    return found


def _command(line: str, first: bool) -> str:
    """A line of a recipe as shell: prefixes off, `$$` and `$(VAR)` as the shell writes them."""
    text = line.lstrip(" \t@+-") if first else line
    return translated(text)


def translated(text: str) -> str:
    """Make's expansions as the shell's, as far as they can be told."""
    text = text.replace("$$", "\1").replace("$(MAKE)", "make").replace("${MAKE}", "make")
    text = text.replace("$@", "${target}").replace("$<", "${first_need}").replace("$^", "${needs}")
    for _ in range(8):
        before = text
        text = _ABSOLUTE.sub(r"\1", text)
        text = _MODIFIED.sub(lambda match: "${" + _identifier(match[1]) + "}", text)
        text = _REFERENCE.sub(lambda match: "\2{" + _identifier(match[1]) + "}", text)
        text = _SHELL.sub("\2(\\1)", text)
        text = _CALL.sub("${call}", text)
        if text == before:
            break
    return text.replace("\1", "$").replace("\2", "$")


def _identifier(name: str) -> str:
    return re.sub(r"\W", "_", name)


def _quoted(value: str) -> str:
    """A make variable's value as a word in double quotes."""
    return '"' + translated(value).replace('"', '\\"').replace("`", "\\`") + '"'


def _filled(text: str, variables: dict[str, str], depth: int = 0) -> str:
    """Variables of the makefile filled in, so far as they are plain; the rest stays."""
    if "$" not in text or depth > 8 or len(text) > 20_000:
        return text
    return _filled_once(text, variables, depth)


def _filled_once(text: str, variables: dict[str, str], depth: int) -> str:
    def value(match: re.Match[str]) -> str:
        known = variables.get(match[1])
        return match[0] if known is None else _filled(known, variables, depth + 1)

    return _REFERENCE.sub(value, _ABSOLUTE.sub(r"\1", text))
