"""What one phase takes: time, processors, memory, disk. Knows the sandbox's accounts, no steps."""

import time

from msgspec import Struct

from lfsmake.engine.machine import oom_kills
from lfsmake.sandbox import Exit, Groups, account


class Spent(Struct, frozen=True):
    """Seconds and bytes. `rss` is the most memory that all processes had together, or, where there was no control
    group and nobody looked, that the largest had. `oom_kills`: processes killed meanwhile for want of memory; without
    a control group, of the whole machine."""

    wall: float
    cpu: float
    rss: int
    read: int
    written: int
    oom_kills: int


class PhaseAccount:
    """The account of one phase, opened before it starts. `group` is its control group's folder, "" without one."""

    def __init__(self, groups: Groups | None, name: str, memory: int | None) -> None:
        self.group = groups.make(name, memory) if groups is not None else ""
        self._began = time.monotonic()
        self._killed = oom_kills()

    def spent(self, done: Exit, seen: int) -> Spent:
        """What the phase took, by how it ended, by what was seen of its memory meanwhile, and by its group."""
        wall = time.monotonic() - self._began
        own = account(self.group) if self.group else None
        return Spent(
            wall=wall,
            cpu=done.user + done.system,
            rss=own.peak if own is not None and own.peak >= 0 else max(seen, done.rss),
            read=own.read if own is not None and own.read >= 0 else done.read,
            written=own.written if own is not None and own.written >= 0 else done.written,
            oom_kills=own.oom_kills if own is not None and own.oom_kills >= 0 else oom_kills() - self._killed,
        )

    def close(self) -> None:
        """Removes the group: all processes of the phase are dead."""
        if self.group:
            from lfsmake.sandbox.cgroup import remove

            remove(self.group)
