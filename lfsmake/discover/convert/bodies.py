"""What is kept of a script as the phases of a step: which goes where, with the variables it uses. Knows one."""

import re
from collections.abc import Mapping, Sequence

import msgspec

from lfsmake.discover.convert.model import Cut
from lfsmake.discover.convert.place import Kept, Walked
from lfsmake.discover.convert.said import Said, alike, base
from lfsmake.discover.convert.statements import unexpanded
from lfsmake.discover.convert.trim import relative

RANKS = ("prepare", "configure", "build", "install")
GIVEN = frozenset(
    ("LFS", "LFS_TGT", "PATH", "HOME", "PWD", "OLDPWD", "MAKEFLAGS", "name", "version", "arch", "book",
     "TERM", "UID", "EUID", "USER", "IFS",
     "RANDOM", "LINENO", "HOSTTYPE", "MACHTYPE", "OSTYPE", "BASH_VERSION", "SHELL", "LC_ALL", "LANG", "PS1",
     "PS2", "REPLY", "SECONDS", "HOSTNAME", "PPID",
     "_", "TMPDIR", "CC", "CXX", "CFLAGS", "CXXFLAGS", "LDFLAGS", "CPPFLAGS", "MAKE")
)  # fmt: skip
USES = re.compile(r"(?<!\\)\$(?:\{[#!]?)?([A-Za-z_]\w*)")
_SETS = re.compile(
    r"(?:^|[\s;(])(?:local |export |declare )?([A-Za-z_]\w*)\+?=|\bfor +([A-Za-z_]\w*)"
    r"|\bread +(?:-\w+ +)*([A-Za-z_]\w*)"
)
_LOOKS = re.compile(r"(?:[ef]?grep|cat|tail|head|g?awk|wc|less|(?:\S*/)?test_summary)\b")
_HERE = re.compile(r"\$\(pwd\)|`pwd`|\$\{PWD\}|\$PWD\b")
_LITERAL = re.compile(r"export +([A-Za-z_]\w*)=(\"[^\"$`\\]*\"|'[^']*'|[\w./:+,%@=-]+)$")
_ENTERS = re.compile(r"cd +\"?([\w.+-]+|\$_)\"?$")
_MAKES = re.compile(r"mkdir(?: +-\w+)* +\"?([\w.+-]+)\"?$")
_CLEARS = re.compile(r"rm +-\w+ +([\w.+-]+)$")


def cut_of(walked: Walked, said: Said, root: str) -> Cut:
    """The phases of a walked script; `root` is the folder its sources are unpacked in."""
    if walked.whole:
        return Cut(whole=walked.whole)
    kept = list(walked.kept)
    phases = _phases(kept)
    marks = list(walked.marks)
    workdir = _workdir(kept, phases)
    env, exported = _env(kept)
    texts: dict[str, str] = {}
    order = [phase for phase in ("prepare", "configure", "build", "check", "install") if phase in phases]
    moved = False
    start: str | None = ""
    for phase in order:
        if workdir and phase != "prepare" and not texts.keys() - {"prepare"}:
            start = workdir
        inside = [(place, one) for place, one in enumerate(kept) if phases[place] == phase]
        members = [one for _, one in inside]
        if phase == "check":
            if any(one.at is None for one in members):
                marks.append("where the check runs could not be told")
            members = _moved(members, workdir)
        body = _text(members)
        if not body:
            continue
        heads, unknown = _heads(
            body, inside[0][0], [place for place, _ in inside], kept, said, walked, root, exported,
            workdir if phase == "check" else start,
        )  # fmt: skip
        marks += [mark for mark in unknown if mark not in marks]
        texts[phase] = "\n".join((*heads, body)) if heads else body
        moved = True
        if phase != "check":
            start = inside[-1][1].at
    if not moved:
        return Cut(whole="nothing of it is left once what unpacks and cleans up is taken out")
    for name, text in texts.items():
        marks += _marks(name, text)
    asked = {found[1] for mark in marks if (found := re.match(r"it asked for (\w+),", mark))}
    asked |= {mark.partition(" is told by ")[0] for mark in marks if " is told by " in mark}
    marks = [mark for mark in marks if mark not in {f"nothing tells what {name} is" for name in asked}]
    return Cut("", tuple(texts.items()), workdir, env, walked.patches, walked.unpacks, tuple(dict.fromkeys(marks)))


def _moved(kept: Sequence[Kept], start: str) -> list[Kept]:
    """The tests, each in the folder it stood in: what moves between them is of other phases. `start`: the first one."""
    out = []
    for one in kept:
        if one.at is not None and one.at != start:
            one = msgspec.structs.replace(one, text=f"cd {relative(one.at, start)}\n{one.text}")
            start = one.at or ""
        out.append(one)
    return out


def _phases(kept: Sequence[Kept]) -> list[str]:
    """The phase of each: what has none goes with what stands before it; none goes back; the check stands apart."""
    found: list[str] = []
    rank = 0
    later = 0
    for place, one in enumerate(kept):
        phase = one.phase
        if phase is None and re.match(r"chown\b", one.text) and place + 1 < len(kept):
            phase = "check" if kept[place + 1].phase == "check" else None  # the tests' user gets the folder
        if phase == "check" and rank < RANKS.index("install"):
            found.append("check")
            later = max(rank, RANKS.index("build"))
            continue
        if phase in RANKS:
            rank = max(rank, RANKS.index(phase))
        elif found and found[-1] == "check" and _LOOKS.match(one.text) and ">" not in one.text:
            found.append("check")  # what the tests left is not there in any other phase
            continue
        elif found and found[-1] == "check" and not one.sets and not one.moves:
            rank = max(rank, RANKS.index("install"))
        elif one.sets or one.moves:
            ahead = next((RANKS.index(each.phase) for each in kept[place + 1 :] if each.phase in RANKS), rank)
            if not _stays(kept, place, rank):
                rank = max(rank, ahead)
        found.append(RANKS[max(rank, later if phase == "install" else rank)])
    return found


def _stays(kept: Sequence[Kept], place: int, rank: int) -> bool:
    """Whether what follows, up to the next command of a phase, is of no phase of its own."""
    for one in kept[place + 1 :]:
        if one.phase in RANKS:
            return RANKS.index(one.phase) <= rank
        if one.phase is None and not one.sets and not one.moves:
            return True
    return True


def _workdir(kept: list[Kept], phases: list[str]) -> str:
    """`mkdir build; cd build` before the first configure: the folder, and both are gone."""
    for place, one in enumerate(kept):
        entered = _ENTERS.match(one.text.strip()) if one.moves else None
        if one.phase in RANKS[1:]:
            return ""
        if not entered:
            continue
        made = next(
            (
                other for other in range(place - 1, -1, -1)
                if (found := _MAKES.match(kept[other].text.strip()))
                and entered[1] in (found[1], "$_") and kept[other].at == ""
            ), None,
        )  # fmt: skip
        if (
            made is None
            or kept[made].at != ""
            or one.at != (found[1] if (found := _MAKES.match(kept[made].text.strip())) else None)
        ):
            return ""
        name = _MAKES.match(kept[made].text.strip())
        folder = name[1] if name else ""
        gone = {made, place}
        for other in range(made):
            clears = _CLEARS.match(kept[other].text.strip())
            if clears and clears[1] == folder:
                gone.add(other)
        behind = [other for other in range(made + 1, place) if not kept[other].sets]
        if behind:
            return ""
        for other in range(made):
            if other not in gone and not kept[other].sets:
                phases[other] = "prepare"
        for other in range(place + 1, len(kept)):
            if phases[other] == "prepare" and not kept[other].sets:
                phases[other] = "configure"
        for other in sorted(gone, reverse=True):
            del kept[other], phases[other]
        return folder
    return ""


def _env(kept: list[Kept]) -> tuple[tuple[tuple[str, str], ...], frozenset[str]]:
    """Exports of plain values, which become the environment of the step; they are taken out."""
    counts: dict[str, int] = {}
    for one in kept:
        if one.sets:
            for found in _SETS.finditer(one.text):
                counts[found[1] or ""] = counts.get(found[1] or "", 0) + 1
    env: dict[str, str] = {}
    for one in kept:
        literal = _LITERAL.match(one.text.strip()) if one.sets else None
        if literal and counts.get(literal[1]) == 1:
            env[literal[1]] = literal[2].strip("\"'")
            one.text = ""
    return tuple(env.items()), frozenset(env)


def _text(kept: Sequence[Kept]) -> str:
    """Statements below each other, as far apart as they were."""
    lines: list[str] = []
    used = "\n".join(one.text for one in kept if not one.sets)
    last = 0
    lenient = False
    for one in kept:
        if one.lenient != lenient and one.text and not one.sets:
            lenient = one.lenient
            lines.append("set +e" if lenient else "set -e")
        if not one.text or (one.sets and not _wanted(one, kept, used)):
            continue
        first = one.statement.first - len(one.comments)
        if last and lines and first > last + 1:
            lines.append("")
        lines += [*one.comments, *_dedented(one)]
        last = one.statement.last
    while lines and not lines[-1].strip():
        lines.pop()
    if lenient:
        lines.append("set -e")  # a phase is what its last command is
    said = [one for one in kept if one.text and not one.sets]
    if not lenient and said and _may_say_no(said[-1]):
        lines.append(":  # the last test above may say no, which is no failure")
    return "\n".join(lines)


def _may_say_no(one: Kept) -> bool:
    """Whether a statement ends with what a test said: bash -e lets it pass, but a phase is what its last command is."""
    kind = one.statement.kind
    return "&&" in one.text and (kind == "list" or kind.endswith("_statement") or kind in ("subshell", "test_command"))


def _wanted(one: Kept, kept: Sequence[Kept], used: str) -> bool:
    """Whether anything uses what a statement sets, by whatever other assignments."""
    if re.match(r"export +\w+=", one.text):
        return True
    texts, waiting = [used], [other for other in kept if other.sets and other is not one]
    while texts:
        text = texts.pop()
        if any(_mentions(text, name) for name in _set_by(one)):
            return True
        for other in tuple(waiting):
            if any(_mentions(text, name) for name in _set_by(other)):
                texts.append(other.text)
                waiting.remove(other)
    return False


def _set_by(one: Kept) -> list[str]:
    return [found[1] for found in _SETS.finditer(one.text) if found[1]]


def _mentions(text: str, name: str) -> bool:
    return re.search(rf"\$\{{?[#!]?{re.escape(name)}\b", text) is not None


def _dedented(one: Kept) -> list[str]:
    """A statement's lines without the depth it stood at, unless something quoted may span them."""
    lines = one.text.split("\n")
    while len(lines) > 1 and not lines[-1].strip(" \t\\"):
        lines.pop()
    depth = one.statement.column
    spans = any(line.count("'") % 2 or line.count('"') % 2 for line in lines)
    if len(lines) == 1 or spans or "<<" in one.text or not depth:
        return lines
    return [lines[0], *(line[min(depth, len(line) - len(line.lstrip(" \t"))) :] for line in lines[1:])]


def _heads(
    body: str, first: int, own: Sequence[int], kept: Sequence[Kept], said: Said, walked: Walked, root: str,
    exported: frozenset[str], start: str | None,
) -> tuple[list[str], list[str]]:  # fmt: skip
    """Assignments that a phase's text needs from outside of it, and what is unknown. The phase starts in `start`."""
    heads: list[str] = []
    unknown: list[str] = []
    roots = dict(walked.roots)
    inside = {name for found in _SETS.finditer(body) for name in found.groups() if name}
    todo = [found[1] for found in _expanded(body)]
    at = kept[first].statement.start
    for place, one in enumerate(kept):  # exports hold for all that follows
        if one.sets and place not in own and place < max(own) and one.text and re.match(r"export +\w+=", one.text):
            todo += [found[1] for found in _SETS.finditer(one.text) if found[1]]
    seen: set[str] = set()
    while todo:
        name = todo.pop(0)
        if name in seen or name in exported or (name in inside and not _before(name, body)):
            continue
        seen.add(name)
        if name in roots:
            heads.insert(0, f"{name}={root}" if not roots[name] else f"{name}={root.removesuffix('/sources')}")
            continue
        value = said.name(name, at)
        here = name in walked.heres or (
            value is not None and "/" in value and any(alike(base(value), top) for top in walked.tops)
        )
        if here and start is not None and not any(_sets(one, name) for one in kept):
            heads.insert(0, f"{name}=$PWD" if not start else f"{name}=$(cd {relative('', start)} && pwd)")
            continue
        earlier = [
            one for place, one in enumerate(kept)
            if place not in own and place < max(own) and one.sets
            and _sets(one, name)
        ]  # fmt: skip
        if earlier:
            texts = (
                [text for one in earlier for text in one.text.split("\n")]
                if len(earlier) == 1
                else [one.text for one in earlier]
            )
            if any(_HERE.search(one.text) for one in earlier):
                ways = {one.at for one in earlier if _HERE.search(one.text)}
                way = ways.pop() if len(ways) == 1 else None
                if way is None or start is None:
                    unknown.append(f"{name} is set anew in each phase, from the folder it is then in")
                elif relative(way, start) != ".":
                    there = f"$(cd {relative(way, start)} && pwd)"
                    texts = [_HERE.sub(lambda _, to=there: to, text) for text in texts]  # type: ignore[misc]
            heads = [*(text for text in texts if text not in heads), *heads]
            todo += [found[1] for one in earlier for found in _expanded(one.text)]
            continue
        if value is not None and name not in ("LFS", "LFS_TGT", "PATH", "HOME", "PWD"):
            heads.insert(0, f"{name}={shell_quoted(value)}")
        elif name not in GIVEN and name not in inside:
            unknown.append(f"nothing tells what {name} is")
    return heads, unknown


def _sets(one: Kept, name: str) -> bool:
    return one.sets and any(found[1] == name for found in _SETS.finditer(one.text))


def _before(name: str, body: str) -> bool:
    """Whether a name is used above the line that sets it."""
    for line in body.split("\n"):
        if any(name in found.groups() for found in _SETS.finditer(line)):
            return False
        if re.search(rf"\$\{{?{re.escape(name)}\b", line):
            return True
    return False


def _expanded(text: str) -> list[re.Match[str]]:
    """Where variables are expanded: not in single quotes."""
    found = list(USES.finditer(text))
    if not found:
        return []
    quoted = unexpanded(text)
    plain = text.isascii()
    return [
        one for one in found
        if not any(
            each.start <= (one.start() if plain else len(text[: one.start()].encode())) < each.end for each in quoted
        )
    ]  # fmt: skip


def shell_quoted(value: str) -> str:
    """A value as one word of shell."""
    return value if re.fullmatch(r"[\w./:+,%@=-]+", value) else "'" + value.replace("'", "'\\''") + "'"


_RISKS: Mapping[str, re.Pattern[str]] = {
    "it writes to the temporary folder, where its sources no longer are": re.compile(r"(?<![\w/])/tmp/[\w.+-]+/"),
    "it changes the package's archive once more": re.compile(r"\btar +-?x\w*f? +(?:\.\./)?\$\{?\w+\}?\.tar"),
}


def _marks(phase: str, body: str) -> list[str]:
    return [f"{phase}: {why}" for why, pattern in _RISKS.items() if pattern.search(body)]


def with_version(body: str, name: str, version: str) -> str:
    """The body with `$version` for the package's own version, where that is expanded and can mean nothing else."""
    if len(version) < 3 or "." not in version or version not in body:
        return body
    wanted = re.compile(
        rf"(?<![\w.])((?:[\w+]*{re.escape(name)}[\w+]*)-v?){re.escape(version)}(?![\w.]*\.\d|\d)", re.IGNORECASE
    )
    quoted = unexpanded(body)

    def put(found: re.Match[str]) -> str:
        start = len(body[: found.start()].encode())
        if any(one.start <= start < one.end for one in quoted) or body[: found.start()].endswith("\\"):
            return found[0]
        after = body[found.end() : found.end() + 1]
        return f"{found[1]}${{version}}" if after.isalnum() or after in ("_", "[") else f"{found[1]}$version"

    return wanted.sub(put, body) if name else body
