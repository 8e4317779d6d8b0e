"""What the machine has left: processors, memory, disk, and how much waits for them. Knows the kernel's files, no steps.

Pressure is the kernel's own measure of want (PSI): the share of time in which at least one task waited.
"""

import os
import time
from collections.abc import Callable

from lfsmake.model.events import Machine

_PRESSURE = "/proc/pressure"


def pressure(what: str, folder: str = _PRESSURE) -> float:
    """The share of the last ten seconds in which something waited for `what` ("cpu", "memory", "io"), 0 to 1; -1 where
    the kernel does not tell."""
    try:
        with open(f"{folder}/{what}", encoding="ascii") as file:
            words = file.readline().split()
        return float(next(word for word in words if word.startswith("avg10="))[6:]) / 100
    except (OSError, StopIteration, ValueError):
        return -1.0


def oom_kills() -> int:
    """How many processes the kernel has killed so far for want of memory; 0 where it does not tell."""
    try:
        with open("/proc/vmstat", encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("oom_kill ")), 0)
    except OSError:
        return 0


def available_memory() -> int:
    """Bytes that can be had without swapping."""
    import psutil

    return int(psutil.virtual_memory().available)


def free_disk(path: str) -> int:
    """Bytes that whoever asks may still write on the file system of `path`; 0 if it is gone."""
    try:
        seen = os.statvfs(path)
    except OSError:
        return 0
    return seen.f_bavail * seen.f_frsize


class Meter:
    """Reads the machine as a whole. `cpu` of each reading is since the one before."""

    def __init__(self, store: str, jobs: Callable[[], int]) -> None:
        self._store = store
        self._jobs = jobs
        self._before = _processors()

    def read(self) -> Machine:
        """The machine as it is now."""
        import psutil

        now = _processors()
        spent, idle = now[0] - self._before[0], now[1] - self._before[1]
        self._before = now
        memory = psutil.virtual_memory()
        return Machine(
            at=time.time(),
            cpu=max(0.0, 1 - idle / spent) if spent > 0 else 0.0,
            memory_free=int(memory.available),
            memory_total=int(memory.total),
            disk_free=free_disk(self._store),
            jobs=self._jobs(),
            pressure_cpu=pressure("cpu"),
            pressure_memory=pressure("memory"),
            pressure_io=pressure("io"),
        )


def _processors() -> tuple[int, int]:
    """(ticks of all processors since the machine started, those of them in which nothing ran); zeros if untold.

    Read here and not by psutil, which takes longer to import than a small step's first command may wait.
    """
    try:
        with open("/proc/stat", encoding="ascii") as file:
            ticks = [int(word) for word in file.readline().split()[1:]]
    except (OSError, ValueError):
        return 0, 0
    return sum(ticks[:8]), sum(ticks[3:5])  # guests' time, the ninth and tenth, is in user's already
