"""Parts of one big script: a function a package, or a run of lines under a heading. Knows no other file."""

import re
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from msgspec import Struct

from lfsmake.discover.scan.names import slug
from lfsmake.discover.shell.nodes import Command, Shell
from lfsmake.discover.shell.parse import read_shell

FEWEST = 3  # so many parts make a script one of several packages

_BUILDS = frozenset(("make", "gmake", "ninja", "meson", "cmake", "configure", "Configure", "pip", "pip3",
                     "cargo", "python3",
                     "python", "perl", "config", "install", "waf", "scons", "bmake"))  # fmt: skip
_PLAIN = frozenset(
    (
        "cd", "mkdir", "rm", "cp", "mv", "ln", "sed", "cat", "install", "chmod", "chown", "make", "tar", "patch",
        "find",
        "for", "case", "if", "export", "set", "source", ".", "test", "[", "[[", "touch", "exit", "return",
        "pushd", "popd",
        "configure", "ninja", "meson", "cmake", "grep", "awk", "time", "unset", "sh", "bash", "python3", "pip3",
        "perl",
        "wget", "curl", "umount", "mount", "strip", "sudo", "env", "exec", "eval", "read", "sleep", "true", ":",
        "local",
        "systemctl", "useradd", "groupadd", "chroot", "tee", "gzip", "bzip2", "xz", "head", "tail", "which",
        "expect",
        "su", "pwconv", "grpconv", "passwd", "localedef", "command", "type", "hash", "shift", "git", "ls", "diff",
    )
)  # fmt: skip
_SAYS = frozenset(("echo", "printf"))
_NUMBERED = re.compile(
    r"^\W*(?:chapter\s+|section\s+|§\s*)?(?P<number>\d{1,2}(?:\.\d{1,3}){1,3})\.?[\s:_-]+(?=\S*[^\W\d])",
    re.IGNORECASE,
)
_PACKAGE = re.compile(r"^\W*(?:(?:GNU|The)\s+)?[A-Za-z][\w+-]*?[-_ ]v?\d[\w.+-]*(?:\W+(?:pass|part|"
                      r"stage)\W*\d)?(?:\s+API\s+Headers)?"
                      r"(?:\.t\w+(?:\.\w+)?)?\W*$", re.IGNORECASE)  # fmt: skip
_BEGINS = re.compile(
    r"^\W*(?:now\s+|start(?:ing)?\W+)?(?:building|build|compiling|compile|installing|install|making|"
    r"begin(?:ning)?|start(?:ing)?|construct\w*)"
    r"\b\W+(?!done|finish)(?P<rest>\w.*)$",
    re.IGNORECASE,
)
_ENDS = re.compile(
    r"\b(?:done|finish(?:ed|ing)?|complete[d]?|end(?:ed)?|success\w*|fail\w*|error|warning|usage)\b", re.IGNORECASE
)
_BANNER = re.compile(r"^[#=*\-~+>\s]*([\w+][\w+. /-]{0,60}?)[#=*\-~+<\s]*$")
_ARCHIVE = re.compile(r"\.(?:tar\.\w+|tgz|txz|tbz2?|tar|zip)$")
_FUNCTION_PREFIX = re.compile(
    r"^(?:build|make|install|compile|do|pkg|package|step|run|stage|lfs|cross|temp|final|sys|tool)s?[_-]+"
)
_HELPING = re.compile(
    r"(?:^|_)(?:log|die|err|error|warn|info|msg|print|usage|help|check|clean|cleanup|extract|unpack|unarchive|"
    r"download|fetch|begin|"
    r"finish|end|start|main|init|setup|mount|umount|unmount|begin|prepare|configure|build|package|prep|post|pre|"
    r"install|all)s?(?:_|$)"
)


class Part(Struct, frozen=True):
    """Lines `first` to `last` (from 1) of a script that are a package's own. `title` is what the heading says."""

    name: str
    title: str
    first: int
    last: int
    how: str  # "function", "heading", or the command whose calls part the script: "begin", "tar"


class _Marker(Struct, frozen=True):
    line: int
    title: str
    how: str


def parts_of(shell: Shell) -> tuple[Part, ...]:
    """The parts, in the order they stand; () for a script of one package."""
    if len(shell.commands) < FEWEST * 2:
        return ()
    functions = _functions(shell)
    blocks = _blocks(shell)
    best = blocks if len(blocks) >= len(functions) else functions
    return _named(best) if len(best) >= FEWEST else ()


def _functions(shell: Shell) -> list[Part]:
    """Functions that each build one thing: they call a build command, and serve no other package."""
    called: dict[str, list[Command]] = defaultdict(list)
    for command in shell.commands:
        if command.function:
            called[command.function].append(command)
    found = []
    for function in shell.functions:
        commands = called.get(function.name, [])
        bare = _FUNCTION_PREFIX.sub("", function.name)
        if not any(_is_build(command) for command in commands):
            continue
        if (_HELPING.search(bare) and bare != "check") or _positional(commands):
            continue
        found.append(
            Part(function.name, bare, function.span.line, function.span.end_line or function.span.line, "function")
        )
    return found


def _positional(commands: Sequence[Command]) -> bool:
    """What it unpacks or enters is told by its arguments: it serves many packages."""
    return any(
        name.isdigit() or name in "@*"
        for command in commands
        if command.name in ("tar", "cd", "pushd", "bsdtar", "unzip")
        for word in command.words[1:]
        for name in word.names
    )


def _is_build(command: Command) -> bool:
    if command.name in _BUILDS:
        return command.name != "install" or len(command.words) > 2
    text = command.words[0].text.strip("\"'") if command.words else ""
    return text.endswith(("/configure", "/Configure", "/config"))


def _blocks(shell: Shell) -> list[Part]:
    """The script cut at headings, by the kind of heading whose pieces best each build something."""
    top = [command for command in shell.commands if not command.function]
    kinds: dict[str, list[_Marker]] = defaultdict(list)
    for marker in (*_comments(shell, top), *_calls(top)):
        kinds[marker.how].append(marker)
    lines = shell.text.count("\n") + 1
    comments = {line for line, _ in shell.comments}
    best: tuple[float, list[Part]] = (0.0, [])
    for how, markers in kinds.items():
        if len(markers) < FEWEST:
            continue
        pieces = _cut(markers, top, lines, comments, shell)
        built = _building(pieces, top)
        if _one_page(pieces) or not _differ(pieces):
            continue
        numbered = sum(1 for piece in pieces if _NUMBERED.match(piece.title)) * 3 >= len(pieces) * 2
        if not numbered and (built < FEWEST or built * 2 < len(pieces)):
            continue
        if not numbered and how in _SAYS and 0 < _unpacking(pieces, top) * 2 < len(pieces):
            continue  # "installing the documentation" is a stage of the one package that is unpacked
        score = built * built / len(pieces) + (0.5 if how == "heading" else 0.1 if numbered else 0.0)
        if score > best[0] and _whole(pieces, shell):
            best = (score, pieces)
    return best[1]


def _whole(pieces: Sequence[Part], shell: Shell) -> bool:
    """Cut there, the pieces are shell too: no heading stands within braces, a loop or a condition."""
    if shell.errors:
        return True
    lines = shell.text.split("\n")
    broken = sum(
        1 for piece in pieces if read_shell(shell.path, "\n".join(lines[piece.first - 1 : piece.last])).errors
    )
    return broken * 10 <= len(pieces)


def _one_page(pieces: Sequence[Part]) -> bool:
    """Sections of one page: `6.9.1`, `6.9.2.1` … are all of 6.9."""
    numbers = [found["number"].split(".") for piece in pieces if (found := _NUMBERED.match(piece.title))]
    return len(numbers) * 2 > len(pieces) and len({tuple(number[:2]) for number in numbers}) < FEWEST


def _differ(pieces: Sequence[Part]) -> bool:
    """They are about different things: a script of one package says its name again and again."""
    names = [re.sub(r"[^a-z]+", "", piece.title.lower()) for piece in pieces if "$" not in piece.title]
    return len(set(names)) >= max(FEWEST, len(pieces) * 0.6)


def _comments(shell: Shell, top: Sequence[Command]) -> Iterable[_Marker]:
    """Comments that head lines of the script itself: `# 5.2. Binutils-2.39 - Pass 1`, `### gcc-13.2 ###`."""
    inside = [(function.span.line, function.span.end_line) for function in shell.functions]
    starts = [command.span.line for command in top]
    for line, text in shell.comments:
        if any(first <= line <= last for first, last in inside):
            continue
        at = bisect_right(starts, line)
        if at >= len(top) or _bound(top[at]):
            continue
        said = text.strip()
        if _NUMBERED.match(said):
            yield _Marker(line, said.strip("#=-* "), "heading")
        elif _PACKAGE.match(said) and len(said) < 70:
            yield _Marker(line, said.strip("#=-* "), "package")


def _bound(command: Command) -> bool:
    """It stands within something that cannot be cut before it."""
    return command.conditional or command.loop or command.subshell or bool(command.function)


def _calls(top: Sequence[Command]) -> Iterable[_Marker]:
    """Commands whose words name a package each time: `begin gcc-13.2 tar.xz`, `step "5.3. GCC"`, `tar xf x.tgz`."""
    for command in top:
        if _bound(command) or not command.words:
            continue
        name = command.name
        if name == "tar" or name == "bsdtar":
            archive = next(
                (word.text.strip("\"'") for word in command.words[1:] if _ARCHIVE.search(word.text.strip("\"'"))),
                "",
            )
            if archive and not archive.startswith("../") and any("x" in word.text for word in command.words[1:2]):
                yield _Marker(command.span.line, archive.rpartition("/")[2], "tar")
            continue
        if name in _SAYS:
            said = " ".join(_said(command)).strip()
            begins = _BEGINS.match(said)
            banner = _BANNER.match(said)
            if _ENDS.search(said) or ".sh" in said or any("$" in word.text for word in command.words[1:]):
                continue
            if begins:
                yield _Marker(command.span.line, begins["rest"].strip(" .!=-*"), name)
            elif _NUMBERED.match(said) or (banner and _PACKAGE.match(banner[1])):
                yield _Marker(command.span.line, said.strip("#=-*> "), name)
            continue
        if name and name not in _PLAIN and "/" not in command.words[0].text:
            said = " ".join(_said(command)).strip()
            words = said.split()
            if _NUMBERED.match(said) or (words and _PACKAGE.match(words[0])) or _PACKAGE.match(said):
                yield _Marker(command.span.line, said, name)


def _said(command: Command) -> list[str]:
    return [
        re.sub(
            r"\\e\[[\d;]*m|\\0?33\[[\d;]*m|\\[nt]",
            "",
            word.value if word.value is not None else word.text.strip("\"'"),
        )
        for word in command.words[1:]
        if not word.text.startswith("-")
    ]


def _cut(
    markers: Sequence[_Marker], top: Sequence[Command], lines: int, comments: set[int], shell: Shell
) -> list[Part]:
    """From each heading to the next. Comments right above a heading belong to it."""
    unique = sorted({marker.line: marker for marker in markers}.values(), key=lambda marker: marker.line)
    text = shell.text.split("\n")
    starts = []
    for marker in unique:
        starts.append(_with_its_comments(marker.line, comments, text))
    functions = [
        (function.span.line, function.span.end_line or function.span.line) for function in shell.functions
    ]
    found = []
    for index, marker in enumerate(unique):
        first = starts[index]
        last = (starts[index + 1] - 1) if index + 1 < len(unique) else lines
        for start, _ in functions:
            if first < start <= last:
                last = start - 1
        while last > first and (not text[last - 1].strip() if last <= len(text) else True):
            last -= 1
        if last >= first:
            found.append(Part("", marker.title, first, last, marker.how))
    return found


def _with_its_comments(line: int, comments: set[int], text: Sequence[str]) -> int:
    """The first line of what stands right above: comments, and a block of them that an empty line sets apart."""

    def up(line: int) -> int:
        while line - 1 in comments and line > 1:
            line -= 1
        return line

    first = up(line)
    above = first - 1
    if above > 1 and not text[above - 1].strip() and above - 1 in comments:
        block = up(above)
        if block > 1 and not text[block - 2].strip():
            return block
    return first


def _building(pieces: Sequence[Part], top: Sequence[Command]) -> int:
    """How many of the pieces build something."""
    starts = [piece.first for piece in pieces]
    built: set[int] = set()
    for command in top:
        at = bisect_right(starts, command.span.line) - 1
        if (
            at >= 0
            and command.span.line <= pieces[at].last
            and (_is_build(command) or command.name in ("cp", "install"))
        ):
            built.add(at)
    return len(built)


def _unpacking(pieces: Sequence[Part], top: Sequence[Command]) -> int:
    """How many of the pieces unpack an archive of their own, and the lines before them."""
    lines = [
        command.span.line for command in top
        if command.name in ("tar", "bsdtar", "unzip") and not any("../" in word.text for word in command.words[1:])
    ]  # fmt: skip
    before = any(line < pieces[0].first for line in lines)
    return before + sum(1 for piece in pieces if any(piece.first <= line <= piece.last for line in lines))


def _named(parts: Sequence[Part]) -> tuple[Part, ...]:
    """With names that differ: a second `gcc` becomes `gcc-2`."""
    names: Counter[str] = Counter()
    found = []
    for part in parts:
        name = part.name or slug(part.title)
        names[name] += 1
        if names[name] > 1:
            name = f"{name}-{names[name]}"
            names[name] += 1
        found.append(Part(name, part.title, part.first, part.last, part.how))
    return tuple(found)
