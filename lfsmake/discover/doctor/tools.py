"""The host's programs against what recipes declare: versions, other names, a compiler that works. Installs nothing."""

import errno
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator

from lfsmake.discover.doctor.model import Result
from lfsmake.discover.doctor.packages import packages_of
from lfsmake.engine.hosttools import SEARCH, HostTools, Looked
from lfsmake.model.step import Host

_PATIENCE = 60.0  # seconds
_FULL = os.strerror(errno.ENOSPC)
_C = '#include <stdio.h>\nint main(void) { return puts("ok") < 0; }\n'
_CPP = '#include <iostream>\nint main() { std::cout << "ok\\n"; }\n'
_PROGRAMS = (
    ("compiler.c", "C compiler", "gcc", "c", _C, "libc"),
    ("compiler.c++", "C++ compiler", "g++", "c++", _CPP, "libstdc++"),
)


class Forgetful:
    """Remembers nothing from one examination to the next: what is asked now is answered now."""

    def recall(self, kind: str, name: str) -> str | None:
        """None: nothing is known."""
        return None

    def remember(self, kind: str, name: str, value: str) -> None:
        """Not kept."""


def tools(hosts: Iterable[Host]) -> Iterator[Result]:
    """Every tool and every other name that the host declarations want, and the kernel's version."""
    seen: set[str] = set()
    for looked in HostTools(Forgetful()).looked(tuple(hosts)):
        if looked.kind + looked.name in seen:
            continue
        seen.add(looked.kind + looked.name)
        yield _result(looked)


def _result(looked: Looked) -> Result:
    problem = looked.problem
    packages = packages_of(looked.name, looked.package)
    if looked.kind == "kernel":
        return Result(
            id="kernel.version",
            area="kernel",
            title="Linux",
            state="error" if problem else "ok",
            found=looked.found,
            needed=looked.needed,
            why="glibc is built for kernels from that version on, and does not start on older ones" if problem else "",
            mend=problem.hint if problem else "",
        )
    if looked.kind == "alias":
        covered = problem is None and not looked.met
        return Result(
            id=f"name.{looked.name}",
            area="names",
            title=looked.name,
            state="error" if problem else "note" if covered else "ok",
            found=looked.found,
            needed=looked.needed,
            why=(
                "the book's commands want it; lfsmake's sandbox shows it so, scripts run by hand see what the host has"
                if covered
                else "the book's commands want it"
                if problem
                else ""
            ),
            mend=problem.hint if problem else "",
            packages=packages if problem else {},
        )
    return Result(
        id=f"tool.{looked.name}",
        area="tools",
        title=looked.name,
        state="error" if problem else "ok",
        found=problem.message if problem and not looked.found else looked.found,
        needed=looked.needed,
        why=f"the recipes declare it ({os.path.basename(looked.place)})" if problem else "",
        mend=problem.hint if problem else "",
        packages=packages if problem else {},
    )


def compilers(folder: str | None = None) -> Iterator[Result]:
    """Whether a C and a C++ program can be built with the standard headers, and run."""
    for name, title, compiler, language, text, package in _PROGRAMS:
        if shutil.which(compiler, path=_search()) is None:
            continue  # that it is missing is told with the tools
        said = _built_and_run(compiler, language, text, folder)
        full = _FULL in said
        yield Result(
            id=name,
            area="compiler",
            title=title,
            state="error" if said else "ok",
            found=said or f"{compiler} builds a program that runs",
            needed=f"a program of the standard {'C++' if language == 'c++' else 'C'} library that runs",
            why="nothing can be built without" if said else "",
            mend=f"make room in {_temporary()}, or set TMPDIR to another folder"
            if full
            else f"look at `{compiler} -v`; are the library's headers installed?"
            if said
            else "",
            packages=packages_of(package) if said and not full else {},
        )


def _built_and_run(compiler: str, language: str, text: str, folder: str | None) -> str:
    """What went wrong, in one line; "" if nothing did."""
    try:
        with tempfile.TemporaryDirectory(prefix="lfsmake-doctor-", dir=folder) as place:
            program = f"{place}/program"
            command = [compiler, "-x", language, "-", "-o", program]
            environ = {**os.environ, "PATH": _search(), "LC_ALL": "C"}
            done = subprocess.run(
                command, input=text.encode(), capture_output=True, timeout=_PATIENCE, check=False, env=environ
            )
            if done.returncode != 0:
                said = done.stderr.decode(errors="replace").splitlines()
                lines = [line for line in said if "error" in line] or said
                return f"`{compiler}` fails: {lines[0] if lines else f'exit status {done.returncode}'}"
            nothing = subprocess.DEVNULL
            ran = subprocess.run([program], stdin=nothing, capture_output=True, timeout=_PATIENCE, check=False)
            failed = f"what {compiler} builds does not run (exit status {ran.returncode})"
            return "" if ran.stdout == b"ok\n" else failed
    except subprocess.TimeoutExpired:
        return f"{compiler} took longer than {_PATIENCE:.0f} s"
    except OSError as error:
        return f"{compiler} cannot be tried: {error.strerror} ({error.filename or _temporary()})"


def _temporary() -> str:
    """Where compilers put what they make on the way."""
    return os.environ.get("TMPDIR") or tempfile.gettempdir()


def libraries(folders: Iterable[str] = ("/usr/lib", "/usr/lib64", "/usr/lib/x86_64-linux-gnu")) -> Iterator[Result]:
    """libgmp.la, libmpfr.la and libmpc.la: all or none, as the book says."""
    wanted = ("libgmp.la", "libmpfr.la", "libmpc.la")
    folders = tuple(folders)
    there = [name for name in wanted if any(os.path.exists(f"{folder}/{name}") for folder in folders)]
    some = 0 < len(there) < len(wanted)
    yield Result(
        id="libraries.la",
        area="compiler",
        title="libtool files of GCC's libraries",
        state="error" if some else "ok",
        found=", ".join(there) or "none",
        needed="all of them or none: " + ", ".join(wanted),
        why="gcc's build takes paths of the host from the ones that are there" if some else "",
        mend="remove these files, or install the others" if some else "",
    )


def _search() -> str:
    """Where compilers are looked for: in PATH, then where steps look."""
    return ":".join(filter(None, (os.environ.get("PATH", ""), *SEARCH)))
