"""The text of each script of a tree, and its statements: files, parts, targets, packagers' files."""

import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from msgspec import Struct

from lfsmake.discover.convert.said import Said
from lfsmake.discover.convert.statements import Statement, statements
from lfsmake.discover.facts.lines import UNKNOWN
from lfsmake.discover.model import Script
from lfsmake.discover.scan.survey import File, Survey
from lfsmake.discover.shell.follow import Files
from lfsmake.discover.shell.nodes import Shell

# The functions that a packager's file is built by, in the order they run; the first and the last stand beside others.
PACKAGERS = (
    "pre_build", "prepare", "src_prepare", "do_configure", "src_configure", "build", "pkg_build", "do_build",
    "src_compile", "check", "do_check", "src_test", "package", "pkg", "do_install", "src_install", "post_build",
)  # fmt: skip
BESIDE = ("pre_build", "post_build")
_DEEPEST = 8  # functions that call functions
_LOCAL = re.compile(r"(?:^|[\s;&|({])(?:local|return|shift|declare|typeset)\b|\$\{?[1-9@*#]|\bset +--")
_COMMON = frozenset(("make", "install", "configure", "strip", "chroot", "mount", "tar", "clean", "test", "check"))
_HOLDS = re.compile(r"[\r\0\ufffd]")
_ITSELF = re.compile(r"\$\{?(?:0\b|BASH_SOURCE\b|[1-9@*#])|\bdirname\b.*\$0")


class Text(Struct):
    """One script: `body` is what runs, verbatim without its last line break; `holds`: a recipe can hold it.

    `stages` are its statements, of each function that a packager's file is built by, or all of one; None if they cannot
    be told apart. `ahead` are functions around a part that it calls, `reads` the files it reads in, below the tree.
    """

    script: Script
    body: str
    holds: bool
    said: Said
    stages: tuple[tuple[Statement, ...], ...] | None
    ahead: str = ""
    reads: tuple[str, ...] = ()
    packager: bool = False
    stops: bool = False  # its file says elsewhere that a failure ends it, or make does
    functions: tuple[str, ...] = ()  # of a packager's file: those of its stages

    def addresses(self) -> Iterator[tuple[str, str]]:
        """(file name, address) of what it can fetch, as far as the address can be told."""
        shell = self.said.shell
        values = [one.value for one in shell.assignments if one.value is not None]
        words = [word for value in values for word in (value.items or (value,))]
        words += [word for command in shell.commands for word in command.words[1:]]
        for word in words:
            value = self.said.value(word) if "://" in word.text else ""
            for one in value.split():
                name, renamed, url = one.rpartition("::")
                if "://" in url and UNKNOWN not in url:
                    yield (name if renamed else url.partition("?")[0].rpartition("/")[2]), url


class Texts:
    """The scripts of a surveyed tree, each file followed once."""

    def __init__(self, found: Survey, scripts: Iterable[Script] = ()) -> None:
        self._found = found
        self._programs = frozenset(
            name for script in scripts if script.role not in ("build", "list", "stray") and not script.part
            for name in [script.path.rpartition("/")[2]] if name not in _COMMON
        )  # fmt: skip

        def read(path: str) -> bytes | None:
            file = found.files.get(path.removeprefix(f"{found.root}/"))
            if file is None:
                return self.data(path.removeprefix(f"{found.root}/"))
            return file.entry.data if file.makefile is None else None

        self._files = Files(found.root, read)
        for file in found.files.values():
            if file.shell is not None:
                self._files.known(file.shell.path, file.shell)
        self._said: dict[str, Said] = {}

    def of(self, script: Script) -> Text | None:
        """The text of a script; None if its file holds no shell."""
        file = self._found.files.get(script.path)
        if file is None or file.shell is None:
            return None
        said = self._said.get(script.path)
        if said is None:
            said = self._said[script.path] = Said(self._files.follow(file.shell).values, self._programs)
        stages = _stages(script, file)
        body, ahead = _body(script, file, said, stages)
        raw = file.entry.data
        holds = not _HOLDS.search(body) and (
            bool(script.part) or (b"\0" not in raw and b"\r" not in raw and _decodes(raw))
        )
        reads = self._reads(script.path, [fact.value for fact in script.sourced])
        if not script.part and _ITSELF.search(re.sub(r"'[^']*'", "", body)):
            holds = holds and not reads
        packager = file.kind == "package"
        names = {function.name for function in file.shell.functions} if packager else set()
        functions = tuple(name for name in PACKAGERS if name in names)
        body = body.removesuffix("\n")
        stops = file.makefile is not None or any(
            command.name == "set" and len(command.words) > 1 and re.match(r"-[a-z]*e|-o$", command.words[1].text)
            for command in file.shell.commands
        )
        return Text(script, body, holds and not reads, said, stages, ahead, reads, packager, stops, functions)

    def _reads(self, path: str, sourced: list[str]) -> tuple[str, ...]:
        seen: dict[str, None] = {}
        todo = list(sourced)
        while todo and len(seen) < 200:
            one = todo.pop(0)
            if one == path or one in seen or one.startswith(".."):
                continue
            file = self._found.files.get(one)
            if file is None and not os.path.isfile(os.path.join(self._found.root, one)):
                continue
            seen[one] = None
            if file is not None and file.shell is not None:
                followed = self._files.follow(file.shell)
                todo += [each.path for each in followed.sourced if each.path]
        return tuple(sorted(seen))

    def data(self, path: str) -> bytes | None:
        """The bytes of a file below the tree; None if it cannot be read."""
        file = self._found.files.get(path)
        if file is not None:
            return file.entry.data
        try:
            with open(
                os.open(os.path.join(self._found.root, path), os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb"
            ) as stream:
                return stream.read(1 << 20)
        except OSError:
            return None


def _decodes(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _stages(script: Script, file: File) -> tuple[tuple[Statement, ...], ...] | None:
    assert file.shell is not None  # noqa: S101 - the caller looked
    text = file.shell.text
    if len(text) > 400_000:
        return None
    names = {function.name for function in file.shell.functions}
    if script.part:
        lines = file.makefile is not None
        if script.part in names:
            one = statements(text, function=script.part, lines=lines)
            return None if one is None else (_inlined(one, file.shell, lines),)
        one = statements(text, first=script.span.line, last=script.span.end_line or script.span.line)
        return None if one is None else (one,)
    if file.kind == "package":
        found = [statements(text, function=name) for name in PACKAGERS if name in names]
        return tuple(one for one in found if one is not None) if None not in found else None
    one = statements(text)
    return None if one is None else (_inlined(one, file.shell, False),)


def _inlined(outer: tuple[Statement, ...], shell: Shell, lines: bool, deep: int = 0) -> tuple[Statement, ...]:
    """The statements with those of a function in place of a call without arguments, where it makes no difference.

    Each is put once: said twice, a function is more than a part of the text. `lines` as of `statements`.
    """
    functions = {function.name: function for function in shell.functions}
    calls = Counter(one.text.strip() for one in outer if one.kind == "command")
    raw = shell.text.encode("utf-8", "replace")
    out: list[Statement] = []
    for one in outer:
        name = one.text.strip()
        function = functions.get(name) if one.kind == "command" and calls[name] == 1 and deep < _DEEPEST else None
        inner = None
        if function is not None and (lines or function.end <= one.start) and not _LOCAL.search(
            raw[function.start : function.end].decode("utf-8", "replace")
        ):  # fmt: skip
            inner = statements(shell.text, function=name, lines=lines)
        out += (one,) if inner is None else _inlined(inner, shell, lines, deep + 1)
    return tuple(out)


def _body(script: Script, file: File, said: Said, stages: tuple[tuple[Statement, ...], ...] | None) -> tuple[str, str]:
    """What runs, verbatim, and the functions around it that it calls."""
    assert file.shell is not None  # noqa: S101 - the caller looked
    shell = file.shell
    raw = shell.text.encode("utf-8", "replace")
    if not script.part:
        return (file.entry.data.decode("utf-8", "replace") if file.makefile is None else shell.text), ""
    functions = {function.name: function for function in shell.functions}
    if script.part in functions:
        one = functions[script.part]
        inner = raw[one.start : one.end].decode("utf-8", "replace")
        body = inner[inner.find("{") + 1 : inner.rfind("}")].strip("\n") if "{" in inner else inner
        body = body.rstrip(" \t\n")
        if file.makefile is not None:
            body = _by_lines(shell.text, script.part) or body
        start, end = one.start, one.end
    else:
        lines = shell.text.split("\n")
        first, last = script.span.line, script.span.end_line or script.span.line
        body = "\n".join(lines[first - 1 : last]).strip("\n")
        start = len("\n".join(lines[: first - 1]).encode("utf-8", "replace"))
        end = len("\n".join(lines[:last]).encode("utf-8", "replace"))
    called: dict[str, None] = {}
    todo = [one.name for one in shell.commands if start <= one.start < end and one.name in functions]
    while todo:
        name = todo.pop(0)
        if name in called or name == script.part:
            continue
        called[name] = None
        todo += [one.name for one in shell.commands if one.function == name and one.name in functions]
    texts = []
    for name in (name for name in functions if name in called):
        target = _by_lines(shell.text, name) if file.makefile is not None else ""
        plain = raw[functions[name].start : functions[name].end].decode("utf-8", "replace")
        texts.append(f"{name}() {{\n{target}\n}}" if target else plain)
    return body, "\n".join(texts)


def _by_lines(text: str, function: str) -> str:
    """The statements of a target, each that goes elsewhere in a shell of its own as make has it; "" if not told."""
    raw = text.encode("utf-8", "replace")
    node = statements(text, function=function, lines=True)
    starts = [one.start for one in node or () if one.anew]
    if not starts:
        return ""
    ends = [*starts[1:], max(one.end for one in node or ())]
    lines = [raw[start:end].decode("utf-8", "replace").strip() for start, end in zip(starts, ends, strict=True)]
    return "\n".join(f"( {line} )" if re.search(r"\b(?:cd|pushd)\b", line) else line for line in lines)


def variables(text: Text, names: Mapping[str, None]) -> list[str]:
    """Assignments of what a part uses and its file sets elsewhere, as far as it can be told."""
    from lfsmake.discover.convert.bodies import shell_quoted

    line = text.script.span.line
    raw = text.said.shell.text.split("\n")
    at = len("\n".join(raw[: line - 1]).encode("utf-8", "replace"))
    found = []
    for name in names:
        value = text.said.name(name, at)
        if value is not None:
            found.append(f"{name}={shell_quoted(value)}")
    return found
