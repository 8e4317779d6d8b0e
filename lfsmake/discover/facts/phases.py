"""Phases in the commands of a script: which lines prepare, configure, build, check, install; and the tests it runs."""

import re
from typing import Literal

from lfsmake.discover.facts.lines import QUIET, Line, Lines
from lfsmake.discover.model import Fact, ScriptPhase

Phase = Literal["prepare", "configure", "build", "check", "install"]

_CHECKS = re.compile(r"(?:^|[\s/])(?:check|test|tests|testsuite|check-\w+|test-\w+|\w+-check|\w+_test|runtests)$")
_INSIDE = re.compile(r"\b(?:make|ninja)\b[^;&|]*\b(?:check|test|tests|NON_ROOT_USERNAME\S*)\b|\bctest\b|\bmeson test\b")
_PREPARES = frozenset(
    ("tar", "bsdtar", "patch", "unzip", "autoreconf", "autogen.sh", "bootstrap", "autoconf", "aclocal", "automake")
)
_MAKES = frozenset(("make", "gmake", "ninja", "samu"))
_PYTHONS = re.compile(r"^python[\d.]*$")
_INSTALLS = re.compile(r"^(?:.*[-_])?install(?:[-_./].*)?$")
_CONFIGURES = re.compile(r"^(?:[\w]*config(?:ure)?|defconfig|mrproper|headers_check)$")


def kind_of(line: Line, words: list[str]) -> Phase | None:
    """The phase that a command belongs to by itself; None if it could be of any."""
    name = line.command.name
    if not name and line.command.words:
        text = line.command.words[0].text.rstrip("\"'")
        name = text.rpartition("/")[2] if "$" not in text.rpartition("/")[2] else ""
    if name in ("time", "nice", "env", "exec", "command", "sudo", "setarch", "nohup") and words:
        rest = [word for word in words if not word.startswith("-") and "=" not in word]
        name, words = (rest[0].rpartition("/")[2], rest[1:]) if rest else (name, words)
    if name in _PREPARES:
        return "prepare"
    low = name.lower()
    if low in ("configure", "config", "cmake", "qmake", "configure.gnu") or low == "configure.sh":
        if name == "cmake" and "--build" in words:
            return "build"
        return "install" if name == "cmake" and "--install" in words else "configure"
    if name == "meson":
        first = next((word for word in words if not word.startswith("-")), "")
        return {"compile": "build", "test": "check", "install": "install"}.get(first, "configure")  # type: ignore[return-value]
    if name == "perl" and any(word.endswith(("Makefile.PL", "Build.PL")) for word in words):
        return "configure"
    if name in ("ctest", "prove", "runtest"):
        return "check"
    if name in _MAKES:
        return _make(words)
    if _PYTHONS.match(name) or name in ("pip", "pip3"):
        return _python(name, words)
    if name == "cargo" or name == "go":
        return {"build": "build", "test": "check", "install": "install"}.get(words[0] if words else "")  # type: ignore[return-value]
    if name in ("su", "runuser", "sh", "bash", "expect", "script"):
        return "check" if any(_INSIDE.search(word) for word in words) else None
    if name in ("./Build", "Build"):
        return {"test": "check", "install": "install"}.get(words[0] if words else "", "build")  # type: ignore[return-value]
    return None


def _make(words: list[str]) -> Phase:
    targets: list[str] = []
    destination = False
    skip = False
    for word in words:
        if skip:
            skip = False
        elif word in ("-C", "-f", "-j", "-l", "-o", "-I"):
            skip = word not in ("-j", "-l")
        elif word.startswith("-"):
            continue
        elif "=" in word:
            destination = destination or word.startswith(
                ("DESTDIR=", "INSTALL_MOD_PATH=", "INSTALL_HDR_PATH=", "INSTALLROOT=")
            )
        elif not word.isdigit():
            targets.append(word)
    if any(_INSTALLS.match(target) for target in targets):
        return "install"
    if any(_CHECKS.search(target) for target in targets):
        return "check"
    if any(_CONFIGURES.match(target) for target in targets):
        return "configure"
    return "install" if destination and not targets else "build"


def _python(name: str, words: list[str]) -> Phase | None:
    text = " ".join(words)
    if name.startswith("pip") or re.match(r"-m pip\b", text):
        return (
            "install"
            if re.search(r"\binstall\b", text)
            else "build"
            if re.search(r"\b(?:wheel|download)\b", text)
            else None
        )
    if re.search(r"-m (?:pytest|unittest|test)\b|setup\.py test|runtests", text):
        return "check"
    if re.search(r"setup\.py (?:build|configure)|-m build\b|configure\.py", text):
        return "configure" if "configure" in text else "build"
    return "install" if re.search(r"setup\.py (?:\S+ )*install\b", text) else None


def phases_of(lines: Lines) -> tuple[tuple[ScriptPhase, ...], Fact | None]:
    """The runs of lines of one phase in the script's own text, and the command that runs its tests."""
    runs: list[ScriptPhase] = []
    current: Phase = "prepare"
    tests: Fact | None = None
    seen = False
    for line in lines.lines:
        if line.command.subshell and line.command.function == "" and not line.own:
            continue
        kind = kind_of(line, lines.words(line)) if line.command.words and line.command.name not in QUIET else None
        if kind == "check" and tests is None:
            tests = Fact(_text(line), "the command", "sure", line.command.span)
        if not line.own or line.command.span.file != lines.shell.path:
            continue
        if kind == "prepare" and current in ("build", "check", "install") and line.command.name != "patch":
            kind = None  # `tar` of the documentation
        if kind is not None:
            current, seen = kind, True
        first, last = line.command.span.line, max(line.command.span.end_line, line.command.span.line)
        for redirect in line.command.redirects:
            last = max(last, redirect.span.end_line - (1 if redirect.text else 0))
        if runs and runs[-1].name == current:
            runs[-1] = ScriptPhase(current, min(runs[-1].first, first), max(runs[-1].last, last))
        elif not runs or last > runs[-1].last:
            start = first if not runs else max(first, runs[-1].last + 1)
            runs.append(ScriptPhase(current, min(start, last), last))
    return (tuple(runs) if seen else ()), tests


def _text(line: Line) -> str:
    return " ".join(" ".join(word.text for word in line.command.words).replace("\\\n", " ").split())[:200]
