"""One examination of the machine: all parts in the order they are told. Knows the parts, no detail of any."""

import os
from collections.abc import Iterable, Iterator, Mapping

from lfsmake.discover.doctor.environment import environment
from lfsmake.discover.doctor.files import files, stamp
from lfsmake.discover.doctor.machine import accounting, clock, kernel, machine, sandbox
from lfsmake.discover.doctor.model import AREAS, Examination, Result
from lfsmake.discover.doctor.packages import family, os_release
from lfsmake.discover.doctor.tools import compilers, libraries, tools
from lfsmake.model.step import Host


def examine(hosts: Iterable[Host], store: str, environ: Mapping[str, str]) -> Examination:
    """Look at everything. `hosts`: what the recipes declare; `store`: its folder, which need not exist."""
    results = sorted(_results(tuple(hosts), store, environ), key=lambda result: AREAS.index(result.area))
    return Examination(family(os_release()), tuple(results))


def _results(hosts: tuple[Host, ...], store: str, environ: Mapping[str, str]) -> Iterator[Result]:
    yield from tools(hosts)
    yield from compilers()
    yield from libraries()
    yield from kernel()
    yield from accounting()
    yield from sandbox(store)
    yield from machine()
    yield from clock(touched=stamp(store))
    yield from files(store)
    yield from environment(environ, _umask(), os.geteuid())


def _umask() -> int:
    """The umask, without changing it where the kernel tells it."""
    try:
        with open("/proc/self/status", encoding="ascii", errors="replace") as file:
            for line in file:
                if line.startswith("Umask:"):
                    return int(line.split()[1], 8)
    except (OSError, ValueError):
        pass
    before = os.umask(0o022)
    os.umask(before)
    return before
