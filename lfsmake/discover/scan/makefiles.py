"""A makefile as targets and as shell text with the same lines. Knows make's form, not what the commands do."""

import re

from msgspec import Struct

from lfsmake.discover.scan.walk import Entry

_RULE = re.compile(
    r"^(?P<targets>[^\s#=:][^=:#]*?)\s*(?P<colon>::?)(?![=:])(?P<needs>[^#;]*)(?:;(?P<inline>.*))?(?:#.*)?$"
)
_ASSIGN = re.compile(
    r"^\s*(?:(?:export|override|"
    r"private)\s+)*(?P<name>[\w.-]+)\s*(?P<operator>[:?+!]{0,3}=)\s*(?P<value>.*?)\s*(?:#.*)?$"
)
_DIRECTIVE = re.compile(r"^\s*(?:ifn?eq|ifn?def|else|endif|-?include|sinclude|vpath|unexport|undefine|export)\b")
_INCLUDE = re.compile(r"^\s*(?:-include|include|sinclude)\s+(.+?)\s*(?:#.*)?$")
_REFERENCE = re.compile(r"\$[({]([\w.-]+)[)}]")
_MODIFIED = re.compile(r"\$[({](\w[\w.-]*):([^=(){}]*)=([^(){}]*)[)}]")
_ABSOLUTE = re.compile(
    r"\$[({](?:abspath|realpath|strip|sort|firstword|lastword)\s+([^(){}]*(?:\x02\{\w+\}[^(){}]*)*)[)}]"
)
_HEAD = re.compile(r"^([\w.+-]+)[ \t]*:(?![=:])", re.MULTILINE)
_SUBMAKE = re.compile(r"\$[({]MAKE[)}][ \t]+([\w.+-]+)(?=[ \t]*(?:$|[;&|\\]))")
_DEFINE = re.compile(r"^define[ \t]+([\w.-]+)[ \t]*=?[ \t]*\n(.*?)^endef", re.MULTILINE | re.DOTALL)
_ALONE = re.compile(r"\$[({](?:call[ \t]+)?([\w.-]+)(?:,[^(){}]*)?[)}]")
_TARGET = re.compile(r"(?<!\$)\$(?:@|[({]@[)}])")
_FUNCTION = re.compile(r"[A-Za-z_][\w.+-]*")
_SHELL = re.compile(r"\$[({]shell\s+([^(){}]*)[)}]")
_CALL = re.compile(r"\$[({](?:call|foreach|patsubst|subst|wildcard|filter(?:-out)?|addprefix|addsuffix|if|or|"
                   r"and|notdir|dir|"
                   r"basename|suffix|word|words|value|eval|origin|error|warning|info)\b[^(){}]*[)}]")  # fmt: skip
_SPECIAL = frozenset((".PHONY", ".SUFFIXES", ".DEFAULT", ".PRECIOUS", ".ONESHELL", ".SILENT", ".NOTPARALLEL",
                      ".EXPORT_ALL_VARIABLES",
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
    return _Reader(entry).read()


class _Reader:
    """Goes through the lines once. A target with a recipe becomes a function of the shell text, line for line."""

    def __init__(self, entry: Entry) -> None:
        text = entry.data.decode("utf-8", "replace").replace("\r\n", "\n").replace("\0", " ")
        self.path = entry.path
        self.lines = text.split("\n")
        self.out = [""] * len(self.lines)
        self.targets: list[Target] = []
        self.includes: list[str] = []
        self.variables: dict[str, str] = {}
        self.known = frozenset(_HEAD.findall(text))  # what `$(MAKE) NAME` can mean
        self.rule: tuple[list[str], int, tuple[str, ...]] | None = None
        self.recipe: list[int] = []  # lines of the open rule's recipe
        self.calls: list[str] = []
        self.inline = ""
        self.defined = {name: _joined(body) for name, body in _DEFINE.findall(text)}

    def read(self) -> Makefile:
        number = 0
        while number < len(self.lines):
            line = self.lines[number]
            number = (
                self._recipe(number) if self.rule is not None and line.startswith("\t") else self._plain(number)
            )
        self._close()
        return Makefile(self.path, tuple(self.targets), tuple(self.includes), "\n".join(self.out))

    def _recipe(self, number: int) -> int:
        start = number
        while True:
            text = self.lines[number].removeprefix("\t")
            self.out[number] = self._command(text, number == start)
            self.recipe.append(number)
            if not (text.endswith("\\") and number + 1 < len(self.lines)):
                break
            number += 1
        joined = " ".join(line.strip().removesuffix("\\") for line in self.lines[start : number + 1])
        self.calls += _made(joined)
        return number + 1

    def _plain(self, number: int) -> int:
        start = number
        parts = [self.lines[number]]
        while parts[-1].endswith("\\") and number + 1 < len(self.lines):
            number += 1
            parts[-1] = parts[-1][:-1]
            parts.append(self.lines[number].strip())
        joined = " ".join(parts)
        number += 1
        if joined.lstrip().startswith("#") or not joined.strip():
            self.out[start] = joined if number == start + 1 else ""
            return number
        include = _INCLUDE.match(joined)
        if include:
            self.includes += [_filled(word, self.variables) for word in include[1].split()]
        elif _DIRECTIVE.match(joined) and not _ASSIGN.match(joined):
            pass
        elif assigned := _ASSIGN.match(joined):
            self._close()
            self._assign(start, assigned["name"], assigned["operator"] == "+=", assigned["value"])
        elif rule := _RULE.match(joined):
            self._close()
            names = [_filled(word, self.variables) for word in rule["targets"].split()]
            needs = _filled(rule["needs"], self.variables).split()
            named = [name for name in names if name and name not in _SPECIAL and "%" not in name]
            self.rule = (named, start, tuple(word for word in needs if word != "|"))
            self.inline = (rule["inline"] or "").strip()
        return number

    def _assign(self, line: int, name: str, more: bool, value: str) -> None:
        self.variables[name] = f"{self.variables.get(name, '')} {value}".strip() if more else value
        if name.isidentifier() and "$(eval" not in value:
            self.out[line] = f"{name}{'+=' if more else '='}{_quoted(value)}"

    def _close(self) -> None:
        """The open rule's targets, and the braces that make its recipe a function."""
        if self.rule is None:
            return
        names, start, needs = self.rule
        if self.inline:
            self.calls += _made(self.inline)
        last = self.recipe[-1] if self.recipe else start
        lines = len(self.recipe) + bool(self.inline)
        self.targets += [Target(name, start + 1, last + 1, needs, tuple(self.calls), lines) for name in names]
        if lines and names and _FUNCTION.fullmatch(names[0]):
            self.out[start] = f"{names[0]}() {{ {self._command(self.inline, True)}".rstrip()
            end = self.out[last].rstrip()
            empty = not end or (last == start and not self.inline)
            closing = "}" if empty else end.removesuffix("\\") + " ; }"
            if last + 1 < len(self.out) and not self.lines[last + 1].strip():
                self.out[last + 1] = "}"
            elif end.lstrip().startswith("#"):
                self.out[last] = "}"
            else:
                self.out[last] = closing
        self.rule, self.recipe, self.calls, self.inline = None, [], [], ""

    def _command(self, line: str, first: bool) -> str:
        """A line of a recipe as shell: prefixes off, `$$` and `$(VAR)` as the shell writes them."""
        text = line.lstrip(" \t@+-") if first else line
        alone = _ALONE.fullmatch(text.strip())
        if alone and alone[1] in self.defined:
            text = self.defined[alone[1]]
        if self.rule is not None and self.rule[0]:
            text = _TARGET.sub(lambda _: self.rule[0][0] if self.rule else "", text)
        text = _SUBMAKE.sub(lambda match: match[1] if match[1] in self.known else match[0], text)
        return translated(text)


def _joined(body: str) -> str:
    """The lines of a `define` as one."""
    lines = [line.strip().lstrip("@+-") for line in body.replace("\\\n", " ").split("\n")]
    return " ; ".join(line for line in lines if line and not line.startswith("#"))


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
