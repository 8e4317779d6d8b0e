"""Runs commands and says what they took. Knows no tool."""

import os
import statistics
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

REPO = Path(__file__).parents[2]


class Taken(Struct, frozen=True):
    """Seconds of wall time, seconds of CPU of the process and its children, bytes of the process's own peak memory."""

    wall: float
    cpu: float
    peak: int = 0


def environment(**more: str) -> dict[str, str]:
    """This process's environment without what would disturb a measurement; `.pyc` files are written as usual."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("LFSMAKE", "XDG_", "MAKEFLAGS", "PYTHONDONTWRITE"))
    }
    return {**kept, "PYTHONPATH": str(REPO), **more}


def run(command: Sequence[str], folder: Path, env: Mapping[str, str], *, watch_memory: bool = False) -> Taken:
    """Runs the command in the folder. RuntimeError with its output if it fails.

    The peak memory is looked at twenty times a second, and only if asked for.
    """
    began = time.perf_counter()
    process = subprocess.Popen(
        command, cwd=folder, env=dict(env), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    peaks = [0]
    ended = threading.Event()
    watcher = threading.Thread(target=_watch, args=(process.pid, peaks, ended))
    if watch_memory:
        watcher.start()
    assert process.stdout is not None
    output = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - began
    process.returncode = os.waitstatus_to_exitcode(status)
    process.stdout.close()
    ended.set()
    if watch_memory:
        watcher.join()
    if process.returncode:
        tail = output.decode(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(command)} in {folder} ended with {process.returncode}:\n{tail}")
    return Taken(wall, usage.ru_utime + usage.ru_stime, peaks[0])


def _watch(pid: int, peaks: list[int], ended: threading.Event) -> None:
    while not ended.wait(0.05):
        try:
            status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
        except OSError:
            return
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                peaks[0] = max(peaks[0], int(line.split()[1]) * 1024)


def rounds(count: int, runs: Mapping[str, Callable[[], Taken]]) -> dict[str, list[Taken]]:
    """Runs all of them in turn, `count` times: A B C A B C. What disturbs one disturbs its neighbours alike."""
    taken: dict[str, list[Taken]] = {name: [] for name in runs}
    for _ in range(count):
        for name, once in runs.items():
            taken[name].append(once())
    return taken


def median(values: Sequence[float]) -> float:
    """The median."""
    return statistics.median(values)


def ratio(of: Sequence[float], to: Sequence[float]) -> float:
    """The median of the ratios of neighbours."""
    return statistics.median(a / b for a, b in zip(of, to, strict=True))
