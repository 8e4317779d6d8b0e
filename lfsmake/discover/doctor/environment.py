"""The environment of whoever asks: locale, umask, variables, rights. The sandbox has its own."""

import os
import stat
from collections.abc import Iterator, Mapping

from lfsmake.discover.doctor.model import Result
from lfsmake.discover.doctor.packages import packages_of

# Variables that change what a build makes, when it is run by hand.
_TELLING = (
    "CC", "CXX", "CFLAGS", "CXXFLAGS", "CPPFLAGS", "LDFLAGS", "LD_LIBRARY_PATH", "LD_PRELOAD", "LIBRARY_PATH", "CPATH",
    "C_INCLUDE_PATH", "CPLUS_INCLUDE_PATH", "CONFIG_SITE", "PKG_CONFIG_PATH", "ACLOCAL_PATH", "MAKEFLAGS", "MAKELEVEL",
    "GCC_EXEC_PREFIX", "COMPILER_PATH", "PYTHONPATH", "PERL5LIB", "BASH_ENV", "ENV", "POSIXLY_CORRECT", "DESTDIR",
)  # fmt: skip


def environment(environ: Mapping[str, str], umask: int, uid: int) -> Iterator[Result]:
    """What is set that a build could notice."""
    yield from _locale(environ)
    yield from _path(environ)
    yield from _lfs(environ)
    told = [name for name in _TELLING if environ.get(name)]
    yield Result(
        id="environment.variables",
        area="environment",
        title="variables that change builds",
        state="note" if told else "ok",
        found=", ".join(told) or "none is set",
        needed="none",
        why="lfsmake's steps see none of them; scripts run by hand do" if told else "",
        mend=f"unset {' '.join(told)}, or start the shell with env -i as the book does" if told else "",
    )
    strict = umask & 0o055
    yield Result(
        id="environment.umask",
        area="environment",
        title="umask",
        state="note" if strict else "warning" if umask & 0o022 != 0o022 else "ok",
        found=f"{umask:04o}",
        needed="0022",
        why=""
        if umask == 0o022
        else "steps have 022 of their own; scripts run by hand make files others cannot read"
        if strict
        else "files made by hand can be written by others",
        mend="" if umask == 0o022 else "umask 022",
    )
    if uid == 0:
        yield Result(
            id="environment.root",
            area="environment",
            title="user",
            state="note",
            found="root",
            needed="an ordinary user will do",
            why="a step cannot leave its sandbox either way; a mistake in a shell beside it can",
            mend="run lfsmake as an ordinary user",
        )


def _locale(environ: Mapping[str, str]) -> Iterator[Result]:
    import locale

    asked = environ.get("LC_ALL") or environ.get("LC_CTYPE") or environ.get("LANG") or "C"
    before = locale.setlocale(locale.LC_CTYPE)
    try:
        locale.setlocale(locale.LC_CTYPE, asked)
        there = True
    except (locale.Error, ValueError):
        there = False
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    yield Result(
        id="environment.locale",
        area="environment",
        title="locale",
        state="ok" if there else "warning",
        found=asked if there else f"{asked}, which is not installed",
        needed="one that is installed",
        why="" if there else "perl and bash complain in every command, and names that are not ASCII are not shown",
        mend="" if there else "export LC_ALL=C.UTF-8, or install the locale",
        packages={} if there else packages_of("locales"),
    )


def _path(environ: Mapping[str, str]) -> Iterator[Result]:
    odd = []
    for folder in environ.get("PATH", "").split(":"):
        if not folder.startswith("/"):
            odd.append(f'"{folder}"')
            continue
        try:
            mode = os.stat(folder).st_mode
        except OSError:
            continue
        if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
            odd.append(f"{folder} (anybody may write there)")
    yield Result(
        id="environment.path",
        area="environment",
        title="PATH",
        state="warning" if odd else "ok",
        found=", ".join(odd) or "full paths only",
        needed="full paths of folders that only their owner writes",
        why="a build could run a program that somebody left there" if odd else "",
        mend="take them out of PATH" if odd else "",
    )


def _lfs(environ: Mapping[str, str]) -> Iterator[Result]:
    value = environ.get("LFS")
    if value is None:
        return
    wrong = not value.startswith("/") or os.path.normpath(value) == "/"
    yield Result(
        id="environment.lfs",
        area="environment",
        title="LFS",
        state="error" if wrong else "ok",
        found=f'"{value}"',
        needed="a folder of its own, such as /mnt/lfs",
        why="the book's commands write below it: here, they would write over the host" if wrong else "",
        mend="unset LFS: lfsmake needs none; or export LFS=/mnt/lfs" if wrong else "",
    )
