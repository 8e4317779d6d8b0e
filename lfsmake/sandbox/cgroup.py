"""Control groups (v2) of sandboxes: exact accounts and a bound on memory. Knows the kernel's files, no steps.

Groups are made only where they are delegated: in the group that lfsmake runs in, if it may write there and nobody
else's process is in it. A run that has none is none the worse: its steps are looked at by their processes.
"""

import os
from typing import NamedTuple

_WANTED = ("cpu", "io", "memory", "pids")


class Account(NamedTuple):
    """What all processes that were ever in a group have used: seconds of CPU, bytes of memory now and at the peak,
    bytes from and to disks, processes now, processes killed for want of memory. -1 where the kernel does not tell."""

    cpu: float = -1.0
    rss: int = -1
    peak: int = -1
    read: int = -1
    written: int = -1
    processes: int = -1
    oom_kills: int = -1


class Groups:
    """The groups of one run, below one folder. Made by `delegated`."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def make(self, name: str, memory: int | None = None) -> str:
        """A group for one sandbox, bound to `memory` bytes if given; its folder, "" if it cannot be had."""
        path = f"{self.folder}/{name}"
        try:
            os.mkdir(path)
        except OSError:
            return ""
        if memory is not None:
            _write(f"{path}/memory.max", str(memory))
        return path

    def close(self) -> None:
        """Removes the folder; what still lives in it keeps it, and the next boot removes it."""
        for name in _names(self.folder):
            remove(f"{self.folder}/{name}")
        remove(self.folder)


def delegated(name: str, own: str | None = None) -> Groups | None:
    """Groups below this process's own group, in a folder called `name`; None where they are not delegated.

    `own` is the own group's folder, found if not given. If processes stand in the way of the controllers, as they do
    in every group but the root, they are moved down beside the new folder: only this process's, and its children's.
    """
    own = own_group() if own is None else own
    if not own or not os.access(own, os.W_OK):
        return None
    folder = f"{own}/{name}"
    try:
        os.mkdir(folder)
    except OSError:
        return None
    if not _enable(own) and not _step_down(own, f"{folder}.self"):
        remove(folder)
        return None
    _enable(own)
    _enable(folder)
    return Groups(folder)


def own_group(cgroup: str = "/proc/self/cgroup", mountinfo: str = "/proc/self/mountinfo") -> str:
    """The folder of this process's group in the hierarchy of version 2, "" where there is none."""
    try:
        with open(cgroup, encoding="utf-8") as file:
            path = next((line.rstrip("\n")[3:] for line in file if line.startswith("0::")), "")
        with open(mountinfo, encoding="utf-8") as file:
            mounts = [line.split() for line in file if " - cgroup2 " in line]
    except OSError:
        return ""
    for words in mounts:
        root, point = words[3], words[4]
        if path == root or path.startswith(root.rstrip("/") + "/"):
            return (point + "/" + path[len(root.rstrip("/")) :].lstrip("/")).rstrip("/")
    return ""


def account(path: str) -> Account:
    """What the group at `path` has used."""
    cpu = _table(f"{path}/cpu.stat").get("usage_usec")
    oom = _table(f"{path}/memory.events").get("oom_kill")
    moved = _moved(f"{path}/io.stat")
    return Account(
        cpu=cpu / 1e6 if cpu is not None else -1.0,
        rss=_number(f"{path}/memory.current"),
        peak=_number(f"{path}/memory.peak"),
        read=moved[0],
        written=moved[1],
        processes=_number(f"{path}/pids.current"),
        oom_kills=oom if oom is not None else -1,
    )


def remove(path: str) -> None:
    """Removes an empty group."""
    try:
        os.rmdir(path)
    except OSError:
        pass


def _enable(folder: str) -> bool:
    """Hands down the controllers there are; False if processes in the folder forbid it."""
    there = _text(f"{folder}/cgroup.controllers").split()
    done = [_write(f"{folder}/cgroup.subtree_control", f"+{name}") for name in _WANTED if name in there]
    return all(done)


def _step_down(own: str, leaf: str) -> bool:
    """Moves this process and its children out of `own`; False, and nothing moved, if others are in it."""
    ours = {os.getpid(), *_children()}
    there = {int(pid) for pid in _text(f"{own}/cgroup.procs").split()}
    if not there <= ours:
        return False
    try:
        os.mkdir(leaf)
    except OSError:
        return False
    return all(_write(f"{leaf}/cgroup.procs", str(pid)) for pid in there)


def _children() -> list[int]:
    return [int(pid) for pid in _text(f"/proc/self/task/{os.getpid()}/children").split()]


def _table(path: str) -> dict[str, int]:
    words = (line.split() for line in _text(path).splitlines())
    return {pair[0]: int(pair[1]) for pair in words if len(pair) == 2 and pair[1].isdecimal()}


def _moved(path: str) -> tuple[int, int]:
    """Bytes read and written, over all devices."""
    text = _text(path)
    if not os.path.exists(path):
        return -1, -1
    fields = [word.split("=") for word in text.split() if "=" in word]
    read, written = (sum(int(value) for name, value in fields if name == sort) for sort in ("rbytes", "wbytes"))
    return read, written


def _number(path: str) -> int:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else -1


def _names(folder: str) -> list[str]:
    try:
        return [entry.name for entry in os.scandir(folder) if entry.is_dir()]
    except OSError:
        return []


def _text(path: str) -> str:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            return file.read()
    except OSError:
        return ""


def _write(path: str, text: str) -> bool:
    try:
        with open(path, "w", encoding="ascii") as file:
            file.write(text)
    except OSError:
        return False
    return True
