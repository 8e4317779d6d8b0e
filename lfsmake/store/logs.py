"""Keeps the logs of steps within bounds: so many runs, so many bytes. Knows files, not what is in them."""

import contextlib
import os
from collections.abc import Collection

from msgspec import Struct


class _Log(Struct, frozen=True):
    """A file of a run's folder. `name` is relative to the store."""

    run: str
    name: str
    size: int


def rotate(store: str, *, runs: int, size: int, newest: str, kept: Collection[str] = ()) -> tuple[str, ...]:
    """Removes the logs of all but the newest `runs` runs, then the oldest while all together have over `size` bytes.

    Those in `kept` (relative to the store) survive the first bound, and go last for the second. The logs of run
    `newest` are never removed. Returns what was, relative to the store. What cannot be removed stays.
    """
    logs = _logs(store)
    names = sorted({log.run for log in logs}, reverse=True)
    beyond = set(names[runs:]) - {newest}
    removed = [log for log in logs if log.run in beyond and log.name not in kept]
    left = [log for log in logs if log not in removed]
    over = sum(log.size for log in left) - size
    for log in sorted(left, key=lambda log: (log.name in kept, log.run)):
        if over <= 0:
            break
        if log.run != newest:
            removed.append(log)
            over -= log.size
    for log in removed:
        with contextlib.suppress(OSError):
            os.unlink(f"{store}/{log.name}")  # noqa: PTH108 - names are strings here
    for run in {log.run for log in removed}:
        with contextlib.suppress(OSError):  # there are others in it
            os.rmdir(f"{store}/logs/{run}")  # noqa: PTH106
    return tuple(log.name for log in removed)


def _logs(store: str) -> list[_Log]:
    """All logs, in any order."""
    found = []
    with contextlib.suppress(FileNotFoundError), os.scandir(f"{store}/logs") as runs:
        for run in runs:
            if not run.is_dir(follow_symlinks=False):
                continue
            with contextlib.suppress(OSError), os.scandir(run.path) as files:
                for file in files:
                    name = f"logs/{run.name}/{file.name}"
                    found.append(_Log(run.name, name, file.stat(follow_symlinks=False).st_size))
    return found
