"""The host's own tools: are they there, new enough, and what exactly are they. Knows the host, not the steps."""

import os
import re
import subprocess
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, Protocol

import msgspec
from msgspec import Struct

from lfsmake.lang.versions import compare
from lfsmake.model.errors import HostErrors, Problem
from lfsmake.model.step import Alias, Host, Tool

# What the sandbox shows of the host; a tool elsewhere would not be found in there.
SEARCH = ("/usr/bin", "/bin", "/usr/sbin", "/sbin")
_VERSION = re.compile(r"[0-9]+\.[0-9.]+[a-z]*")  # as the book's version-check.sh looks for it


class Found(Struct, frozen=True):
    """A program: where it really is, a signature that changes with the file, and what it says of its version."""

    path: str
    signature: str
    says: str


class Looked(Struct, frozen=True):
    """One requirement and what the host has: `problem` if it is not met. An alias that is not met and no problem is
    covered in the sandbox."""

    kind: Literal["tool", "alias", "kernel"]
    name: str
    found: str  # a version, a file; "" for nothing
    needed: str
    met: bool
    place: str  # FILE:LINE of the declaration
    package: str = ""
    problem: Problem | None = None


class Memory(Protocol):
    """Where answers are kept, as a Store keeps them."""

    def recall(self, kind: str, name: str) -> str | None: ...
    def remember(self, kind: str, name: str, value: str) -> None: ...


class HostTools:
    """Looks programs up, asks each for its version once, and remembers the answer while the file stays the same."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self._found: dict[str, Found | None] = {}

    def fingerprint(self, hosts: Iterable[Host]) -> tuple[tuple[str, str], ...]:
        """(tool, what it says of its version) for every tool and alias, sorted: the host's part of a cache key.

        An alias counts as declared, whether or not this host needs help with it: hosts are to agree.
        """
        hosts = tuple(hosts)
        tools = {tool.name: tool for host in hosts for tool in host.tools}
        self._look_up(tools.values())
        seen = {name: found.says if (found := self._found[name]) else "missing" for name in tools}
        seen.update({f"alias {alias.name}": alias.tool for host in hosts for alias in host.aliases})
        return tuple(sorted(seen.items()))

    def check(self, hosts: Iterable[Host]) -> None:
        """Every requirement at once. HostErrors with one problem for each that is not met."""
        hosts = tuple(hosts)
        self._look_up(tool for host in hosts for tool in host.tools)
        problems: list[Problem] = []
        for host in hosts:
            problems += [problem for tool in host.tools if (problem := self._tool_problem(tool))]
            problems += [problem for alias in host.aliases if (problem := self._alias_problem(alias))]
            problems += _kernel_problem(host)
        if problems:
            raise HostErrors(tuple(problems))

    def looked(self, hosts: Iterable[Host]) -> Iterator[Looked]:
        """Every requirement with what the host has, met or not, in the order declared."""
        hosts = tuple(hosts)
        self._look_up(tool for host in hosts for tool in host.tools)
        for host in hosts:
            for tool in host.tools:
                found, problem = self._found[tool.name], self._tool_problem(tool)
                says = found.says if found else ""
                version = _VERSION.search(says)
                needed = f"{tool.version} or newer" if tool.version else "any version"
                said = version.group() if version else says
                place = f"{tool.span.file}:{tool.span.line}"
                yield Looked("tool", tool.name, said, needed, not problem, place, tool.package, problem)
            for alias in host.aliases:
                other = _which(alias.name)
                where = f"{other} is {os.path.realpath(other)}" if other else ""
                problem, place = self._alias_problem(alias), f"{alias.span.file}:{alias.span.line}"
                met = self._is_alias(alias)
                yield Looked("alias", alias.name, where, f"another name of {alias.tool}", met, place, "", problem)
            if host.kernel:
                problem = next(iter(_kernel_problem(host)), None)
                place, needed = f"{host.span.file}:{host.span.line}", f"{host.kernel} or newer"
                yield Looked("kernel", "Linux", os.uname().release, needed, not problem, place, "", problem)

    def binds(self, hosts: Iterable[Host]) -> tuple[tuple[str, str], ...]:
        """(tool's file, file to cover) for each alias that is something else on this host.

        Debian's /bin/sh is dash where the book wants bash: inside the sandbox, and only there, dash's file shows bash.
        """
        binds: dict[str, str] = {}
        for host in hosts:
            for alias in host.aliases:
                if not self._is_alias(alias):
                    tool, other = _which(alias.tool), _which(alias.name)
                    if tool and other:
                        binds[os.path.realpath(other)] = os.path.realpath(tool)
        return tuple((tool, target) for target, tool in sorted(binds.items()))

    def files(self, hosts: Iterable[Host]) -> tuple[str, ...]:
        """The files whose change could change an answer given so far."""
        tools = (tool for host in hosts for tool in host.tools)
        paths = (found.path for tool in tools if (found := self._found.get(tool.name)) is not None)
        return tuple(paths)  # not what they lead to: a link may be made to lead elsewhere

    def _look_up(self, tools: Iterable[Tool]) -> None:
        wanted = [tool for tool in tools if tool.name not in self._found]
        if not wanted:
            return
        unknown: list[tuple[Tool, str, str]] = []
        for tool in wanted:
            path = _which(tool.command[0])
            if path is None:
                self._found[tool.name] = None
                continue
            signature = _signature(path, tool.command)
            known = self._memory.recall("tool", tool.name)
            if known is not None:
                found = msgspec.json.decode(known, type=Found)
                if found.signature == signature:
                    self._found[tool.name] = found
                    continue
            unknown.append((tool, path, signature))
        if not unknown:
            return
        from concurrent.futures import ThreadPoolExecutor  # logging comes with it

        with ThreadPoolExecutor(max_workers=8) as pool:
            answers = pool.map(lambda job: _first_line(job[0].command), unknown)
            for (tool, path, signature), says in zip(unknown, answers, strict=True):
                found = Found(path, signature, says)
                self._found[tool.name] = found
                self._memory.remember("tool", tool.name, msgspec.json.encode(found).decode())

    def _tool_problem(self, tool: Tool) -> Problem | None:
        found = self._found[tool.name]
        expected = f"{tool.name} {tool.version} or newer" if tool.version else tool.name
        hint = f"install the package {tool.package}" if tool.package else ""
        if found is None:
            return Problem(f"the host has no {tool.command[0]}", tool.span, expected, hint)
        if not tool.version:
            return None
        version = _VERSION.search(found.says)
        if version is None:
            says = found.says or "nothing"
            return Problem(f"`{' '.join(tool.command)}` names no version: {says}", tool.span, expected, hint)
        if compare(version.group(), tool.version) < 0:
            return Problem(f"the host's {tool.name} is {version.group()}", tool.span, expected, hint)
        return None

    def _is_alias(self, alias: Alias) -> bool:
        name, tool = _which(alias.name), _which(alias.tool)
        if name is None or tool is None:
            return False
        if os.path.realpath(name) == os.path.realpath(tool):
            return True
        # Debian's yacc is a script that runs bison: the same only by what it says.
        signature = _signature(name, (alias.name,)) + _signature(tool, (alias.tool,))
        known = self._memory.recall("alias", alias.name)
        if known is None or not known.startswith(signature):
            same = _first_line((name, "--version")) == _first_line((tool, "--version"))
            known = f"{signature} {'same' if same else 'differs'}"
            self._memory.remember("alias", alias.name, known)
        return known.endswith(" same")

    def _alias_problem(self, alias: Alias) -> Problem | None:
        if _which(alias.tool) is None or self._is_alias(alias):
            return None  # a missing tool has a problem of its own
        other = _which(alias.name)
        if other is None:
            return Problem(
                f"the host has no {alias.name}",
                alias.span,
                f"{alias.name} as another name of {alias.tool}",
                f"make a link: ln -s {_which(alias.tool)} /usr/bin/{alias.name}",
            )
        target = os.path.realpath(other)
        if os.path.basename(target).startswith(("busybox", "toybox", "coreutils")):
            return Problem(
                f"{alias.name} is {target}, which is many programs in one and cannot be covered by {alias.tool}",
                alias.span,
                f"{alias.name} as another name of {alias.tool}",
                f"make {other} a link to {alias.tool}",
            )
        return None


def _kernel_problem(host: Host) -> list[Problem]:
    release = os.uname().release
    running = re.match(r"[0-9.]+", release)
    if not host.kernel or (running and compare(running.group().rstrip("."), host.kernel) >= 0):
        return []
    expected = f"Linux {host.kernel} or newer"
    return [Problem(f"the host's kernel is {release}", host.span, expected, "install a newer kernel and restart")]


def _which(name: str) -> str | None:
    if "/" in name:
        return name if os.access(name, os.X_OK) else None
    for folder in SEARCH:
        path = f"{folder}/{name}"
        if os.path.isfile(path) and os.access(path, os.X_OK):
            return path
    return None


def _signature(path: str, command: Sequence[str]) -> str:
    real = os.path.realpath(path)
    stat = os.stat(real)
    return f"{real}:{stat.st_size}:{stat.st_mtime_ns}:{stat.st_ino}:{':'.join(command[1:])}"


def _first_line(command: Sequence[str]) -> str:
    environment = {"LC_ALL": "C", "PATH": ":".join(SEARCH)}
    try:
        done = subprocess.run(
            command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=20, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"({error.__class__.__name__})"
    if done.returncode != 0 and not done.stdout:
        return ""
    lines = (done.stdout + done.stderr).decode(errors="replace").split("\n")
    for line in lines:
        if _VERSION.search(line):
            return line.strip()
    return lines[0].strip()
