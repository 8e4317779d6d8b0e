"""Whether the scripts of a tree stand in an order in which they can be built. Knows their needs, and no shell."""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.model import Script, Tree
from lfsmake.discover.scan.makefiles import read_makefile
from lfsmake.discover.scan.walk import Entry
from lfsmake.model.errors import Span

UNORDERED = Rule(
    "unordered",
    "warning",
    "a script that needs one that comes later",
    "run in this order it fails, or takes what the host has",
    "renumber it, or change the order file",
)
CIRCULAR = Rule(
    "circular",
    "error",
    "scripts that need each other",
    "there is no order in which they can be built: make drops one of the needs, and tells nobody which",
    "take one of the needs out, or build one of them in two passes",
)
MISSING_NEED = Rule(
    "missing-need",
    "error",
    "a need that nothing makes",
    "make stops there: No rule to make target",
    "correct the name, write the rule, or take the need out",
)
RULES = (UNORDERED, CIRCULAR, MISSING_NEED)

_ANYTHING = re.compile(
    rb"(?m)^[^\s#:=]*(?:%|\$[({])[^:=\n]*:(?!=)|^\.(?!PHONY|ONESHELL|SHELLFLAGS|NOTPARALLEL|DELETE_ON_ERROR|SILENT|EXPORT)[\w.]+\s*:(?!=)|^\s*VPATH|\$\(eval\b"
)
_PLAIN = re.compile(r"[\w+-][\w.+-]*")
# The temporary tools find on the host what the tree's lists of needs name.
_TEMPORARY = frozenset(("cross-toolchain", "temporary-tools", "chroot"))
# What every book builds before: no temporary tool stands in for these.
_BEFORE = {
    "mpfr": ("gmp",),
    "mpc": ("gmp", "mpfr"),
    "gcc": ("gmp", "mpfr", "mpc"),
    "acl": ("attr",),
    "expect": ("tcl",),
    "dejagnu": ("tcl", "expect"),
    "xml-parser": ("perl", "expat"),
    "intltool": ("xml-parser",),
    "automake": ("autoconf",),
    "man-db": ("gdbm", "libpipeline", "groff"),
    "meson": ("python", "ninja"),
    "wheel": ("python", "flit-core"),
    "setuptools": ("wheel",),
    "jinja2": ("python", "markupsafe"),
    "kmod": ("zlib", "xz"),
    "systemd": ("meson", "ninja", "jinja2"),
}  # fmt: skip


def findings(tree: Tree) -> Iterator[Finding]:
    """All findings of these rules, those of a script in the order of its needs."""
    by_id = {script.id: script for script in tree.scripts}
    circles = _circles({script.id: [need.value for need in script.needs] for script in tree.scripts})
    for circle in circles:
        if not any(_met_by_host(by_id[name]) for name in circle):
            yield _circular(by_id[circle[0]], circle)
    together = [frozenset(circle) for circle in circles]
    for script in tree.scripts:
        told = set()
        for need in script.needs:
            other = by_id.get(need.value)
            if other is None or not _lacks(script, other) or any({script.id, other.id} <= each for each in together):
                continue
            told.add(other.id)
            message = f"{script.id} needs {other.id}, which comes later"
            yield _finding(UNORDERED, message, script, need.span or script.span)
        for other in _later(script, tree):
            if other.id not in told and other.name is not None:
                message = f"{script.id} comes before {other.id}: the book builds {other.name.value} first"
                yield _finding(UNORDERED, message, script, script.span)
    makefiles = {script.span.file: script for script in tree.scripts if "makefile" in script.convention}
    for path, script in makefiles.items():
        yield from _of_makefile(path, script)


def _lacks(script: Script, other: Script) -> bool:
    """Whether a script runs before one that it surely needs."""
    if not 0 < script.position < other.position:
        return False
    return not _met_by_host(script)


def _met_by_host(script: Script) -> bool:
    """Whether what a tree's lists say of needs holds for the final system only; a makefile's hold as they stand."""
    return script.category in _TEMPORARY and "makefile" not in script.convention


def _later(script: Script, tree: Tree) -> Iterator[Script]:
    """What the book builds before a script of the final system, and the tree only behind it."""
    name = script.name.value if script.name is not None else ""
    if script.category != "system" or script.position <= 0 or script.role != "build" or name not in _BEFORE:
        return
    if script.convention.startswith("a "):
        return  # a file a package, unnumbered: their order may be one of names
    for wanted in _BEFORE[name]:
        makers = [
            other
            for other in tree.scripts
            if other.role == "build" and other.position > 0 and other.name is not None and other.name.value == wanted
        ]
        if makers and all(
            other.position > script.position and other.category == "system" and _beside(script, other)
            for other in makers
        ):
            yield makers[0]


def _beside(script: Script, other: Script) -> bool:
    """Whether their order is surely told: parts of one file, or files of one folder."""
    if script.part or other.part:
        return script.path == other.path
    return script.path.rpartition("/")[0] == other.path.rpartition("/")[0]


def _of_makefile(path: str, script: Script) -> Iterator[Finding]:
    """What make would stop at, or drop, among the targets of one makefile."""
    try:
        data = Path(path).read_bytes()
        beside = frozenset(name for each in os.listdir(Path(path).parent) for name in (each, each.partition(".")[0]))
    except OSError:
        return  # told as not read
    makefile = read_makefile(Entry(script.path, data))
    needs: dict[str, list[str]] = {}
    lines: dict[str, int] = {}
    for target in makefile.targets:
        lines.setdefault(target.name, target.first)
        needs.setdefault(target.name, []).extend(target.needs)
    for circle in _circles(needs):
        message = f"{_arrows(circle)} need each other"
        yield _finding(CIRCULAR, message, script, Span(path, lines[circle[0]], 1))
    if makefile.includes or _ANYTHING.search(data) or any(not _PLAIN.fullmatch(name) for name in needs):
        return  # patterns, and targets whose names are worked out, may make anything
    for name, wanted in needs.items():
        for need in dict.fromkeys(wanted):
            if need not in needs and _PLAIN.fullmatch(need) and need not in beside:
                message = f"{name} needs {need}, which is no target and no file"
                yield _finding(MISSING_NEED, message, script, Span(path, lines[name], 1))


def _circles(needs: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """Names that need each other, each circle once, from its first name on."""
    found: list[list[str]] = []
    done: set[str] = set()
    for start in needs:
        path: list[str] = []
        place: dict[str, int] = {}
        stack: list[tuple[str, bool]] = [(start, False)]
        while stack:
            name, left = stack.pop()
            if left:
                path.pop()
                del place[name]
                done.add(name)
            elif name in place:
                found.append(path[place[name] :])
            elif name not in done:
                place[name] = len(path)
                path.append(name)
                stack.append((name, True))
                stack += [(need, False) for need in reversed(needs[name]) if need in needs]
    return found


def _arrows(circle: Sequence[str]) -> str:
    return " → ".join((*circle[:8], *(("…",) if circle[8:] else ()), circle[0]))


def _circular(script: Script, circle: Sequence[str]) -> Finding:
    span = next((need.span for need in script.needs if need.value in circle and need.span), script.span)
    return _finding(CIRCULAR, f"{_arrows(circle)} need each other", script, span)


def _finding(rule: Rule, message: str, script: Script, span: Span) -> Finding:
    return Finding(rule.id, rule.severity, message, span, script.id, rule.why, rule.mend)
