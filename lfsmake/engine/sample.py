"""Looks at running steps every few seconds: processor time, memory, processes. Knows processes, not steps' meaning."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Self

from lfsmake.engine.execute import Running
from lfsmake.model.events import Sample

INTERVAL = 2.0  # seconds


class Sampler:
    """A thread that asks psutil about the process tree of each running step and posts a Sample for it."""

    def __init__(self, running: Callable[[], Mapping[str, Running]], post: Callable[[Sample], None]) -> None:
        self._running = running
        self._post = post
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
            for step, handle in self._running().items():
                process = handle.process
                if process is not None:
                    self._sample(step, handle, process.pid)

    def _sample(self, step: str, handle: Running, pid: int) -> None:
        import psutil

        cpu, rss, count = 0.0, 0, 0
        try:
            top = psutil.Process(pid)
            members = [top, *top.children(recursive=True)]
        except psutil.Error:
            return
        for member in members:
            try:
                with member.oneshot():
                    times = member.cpu_times()
                    cpu += times.user + times.system
                    rss += member.memory_info().rss
                    count += 1
            except psutil.Error:
                continue
        handle.rss = max(handle.rss, rss)
        self._post(Sample(at=time.time(), step=step, cpu=cpu, rss=rss, processes=count))
