"""Looks at running steps every few seconds: processor time, memory, disk, processes. Knows processes, not meaning."""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Self

import msgspec

from lfsmake.engine.execute import Running
from lfsmake.engine.machine import Meter
from lfsmake.model.events import Machine, Sample
from lfsmake.sandbox import Account, account

if TYPE_CHECKING:
    import psutil

INTERVAL = 2.0  # seconds


class Sampler:
    """A thread that asks psutil about the process tree of each running step, and the kernel about the machine."""

    def __init__(
        self, running: Callable[[], Mapping[str, Running]], post: Callable[[Sample | Machine], None], meter: Meter
    ) -> None:
        self._running = running
        self._post = post
        self._meter = meter
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._loop, name="sampler", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _loop(self) -> None:
        while not self._stop.wait(INTERVAL):
            tops = {}
            for step, handle in self._running().items():
                process = handle.process
                if process is not None:
                    tops[step] = (handle, process.pid)
            if tops:
                self._sample(tops)
                self._post(self._meter.read())

    def _sample(self, tops: Mapping[str, tuple[Running, int]]) -> None:
        trees = _trees([pid for _, pid in tops.values()])
        for step, (handle, pid) in tops.items():
            if members := trees[pid]:
                sample = _sum(step, handle.phase, members)
                if handle.group:
                    sample = _exact(sample, account(handle.group))
                handle.saw(sample.rss)
                self._post(sample)


def _trees(tops: Sequence[int]) -> dict[int, list["psutil.Process"]]:
    """The processes below each of these, and themselves. What ends meanwhile is left out."""
    import psutil

    below = _children if os.path.exists("/proc/thread-self/children") else _children_of_all()
    trees: dict[int, list[psutil.Process]] = {}
    for top in tops:
        pids = [top]
        for pid in pids:  # grows while it is walked
            pids += below(pid)
        trees[top] = []
        for pid in pids:
            with contextlib.suppress(psutil.NoSuchProcess):
                trees[top].append(psutil.Process(pid))
    return trees


def _children(pid: int) -> list[int]:
    """As the kernel tells it of one process: to look at all there are costs twenty times as much."""
    found: list[int] = []
    with contextlib.suppress(OSError):  # it has ended
        for task in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{task}/children", encoding="ascii") as file:
                found += map(int, file.read().split())
    return found


def _children_of_all() -> Callable[[int], Sequence[int]]:
    """The same from a look at all processes, for kernels without CONFIG_PROC_CHILDREN."""
    import psutil

    children: dict[int, list[int]] = {}
    for pid in psutil.pids():
        with contextlib.suppress(psutil.Error, OSError):  # gone meanwhile, which psutil does not always call that
            children.setdefault(psutil.Process(pid).ppid(), []).append(pid)
    return lambda pid: children.get(pid, ())


def _exact(sample: Sample, own: Account) -> Sample:
    """The same, with what the control group knows better: it forgets no process that has ended."""
    better = {"cpu": own.cpu, "rss": own.rss, "read": own.read, "written": own.written}
    return msgspec.structs.replace(sample, **{name: value for name, value in better.items() if value >= 0})


def _sum(step: str, phase: str, members: list["psutil.Process"]) -> Sample:
    import psutil

    cpu, rss, count, read, written = 0.0, 0, 0, 0, 0
    for member in members:
        try:
            with member.oneshot():
                times = member.cpu_times()
                # Those who ended are counted by who waited for them.
                cpu += times.user + times.system + times.children_user + times.children_system
                rss += member.memory_info().rss
                count += 1
        except psutil.Error:
            continue
        try:
            moved = member.io_counters()
        except (psutil.Error, OSError):  # another user's inside the namespace
            continue
        read += moved.read_bytes
        written += moved.write_bytes
    return Sample(
        at=time.time(), step=step, phase=phase, cpu=cpu, rss=rss, processes=count, read=read, written=written
    )
