"""The file system of the store: its kind, room, case, links, execution. Writes one small folder and removes it."""

import contextlib
import os
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from typing import NamedTuple

from lfsmake.discover.doctor.model import Result
from lfsmake.store.disk import size_text

_GB = 10**9
ROOM, LEAST_ROOM = 30 * _GB, 10 * _GB  # the book, chapter 2.4: 10 GB for the partition, 30 to grow
NO_ROOM = _GB // 10  # the least package, its sources unpacked
_GOOD = frozenset({"ext4", "ext3", "ext2", "xfs", "btrfs", "tmpfs", "f2fs", "bcachefs", "zfs"})
_BAD = {
    "vfat": "it knows no permissions and no links",
    "exfat": "it knows no permissions and no links",
    "ntfs": "it knows no Unix permissions",
    "ntfs3": "its permissions and links are not whole",
    "fuseblk": "its permissions and links are often not whole",
    "nfs": "overlayfs cannot write to it, and its clock is the server's",
    "nfs4": "overlayfs cannot write to it, and its clock is the server's",
    "cifs": "it knows no Unix permissions",
    "9p": "overlayfs cannot write to it",
    "overlay": "one overlay cannot hold the upper layer of another",
}


class Mount(NamedTuple):
    """A line of /proc/self/mountinfo, as far as it matters."""

    point: str
    kind: str
    options: frozenset[str]


def mount_of(path: str, mountinfo: str = "/proc/self/mountinfo") -> Mount | None:
    """The mount that holds `path`; None where the kernel does not say."""
    real = os.path.realpath(path)
    best: Mount | None = None
    try:
        with open(mountinfo, encoding="utf-8", errors="surrogateescape") as file:
            for line in file:
                fields = line.split()
                if "-" not in fields or len(fields) < 10:
                    continue
                point = fields[4].encode("latin-1", "surrogateescape").decode("unicode_escape", "surrogateescape")
                inside = real == point or real.startswith(point.rstrip("/") + "/")
                if inside and (best is None or len(point) >= len(best.point)):
                    best = Mount(point, fields[fields.index("-") + 1], frozenset(fields[5].split(",")))
    except OSError:
        return None
    return best


def existing(path: str) -> str:
    """The folder `path`, or the nearest one above it that is there."""
    while not os.path.isdir(path) and path not in ("/", ""):
        path = os.path.dirname(path)
    return path or "/"


def files(store: str) -> Iterator[Result]:
    """What the store's file system is and can. `store` need not exist yet."""
    place = existing(store)
    yield from _kind(place)
    yield from _room(place)
    if _free(place) == 0:
        return  # nothing of what follows could be tried
    try:
        trial = tempfile.mkdtemp(prefix="lfsmake-doctor-", dir=place)
    except OSError as error:
        yield Result(
            id="files.write",
            area="files",
            title="the store's folder",
            state="error",
            found=f"nothing can be written in {place}: {error.strerror}",
            needed="a folder of one's own",
            why="layers, sources and logs are kept there",
            mend="give the folder to the user that runs lfsmake, or choose another with --store DIR",
        )
        return
    try:
        yield from _abilities(trial)
    finally:
        shutil.rmtree(trial, ignore_errors=True)


def _kind(place: str) -> Iterator[Result]:
    mount = mount_of(place)
    if mount is None:
        return
    known = mount.kind in _GOOD
    why = _BAD.get(mount.kind, "" if known else "lfsmake was not tried on it")
    forbidden = sorted(mount.options & {"noexec", "nodev", "nosuid", "ro"})
    if "noexec" in forbidden or "ro" in forbidden:
        why = f"it is mounted {' and '.join(forbidden)}: what is built there cannot be run"
    yield Result(
        id="files.kind",
        area="files",
        title="file system of the store",
        state="ok" if not why else "error" if "noexec" in forbidden or "ro" in forbidden else "warning",
        found=f"{mount.kind} at {mount.point}" + (f" ({', '.join(forbidden)})" if forbidden else ""),
        needed="ext4, xfs, btrfs or tmpfs, mounted to be written and executed",
        why=why,
        mend="put the store elsewhere: --store DIR, or `store` in lfsmake.toml" if why else "",
    )


def _room(place: str) -> Iterator[Result]:
    seen = os.statvfs(place)
    free = _free(place)
    state = "ok" if free >= ROOM else "note" if free >= LEAST_ROOM else "warning" if free >= NO_ROOM else "error"
    yield Result(
        id="files.room",
        area="files",
        title="room for the store",
        state=state,  # type: ignore[arg-type]
        found=f"{size_text(free)} free in {place}",
        needed=f"{size_text(LEAST_ROOM)} for the toolchain, {size_text(ROOM)} for a whole system",
        why=""
        if state == "ok"
        else "nothing can be unpacked"
        if state == "error"
        else "a build that runs out of disk stops; nothing is lost",
        mend="" if state == "ok" else "`lfsmake store gc` removes what nothing needs; or --store DIR elsewhere",
    )
    if seen.f_files and seen.f_favail < 500_000:
        yield Result(
            id="files.inodes",
            area="files",
            title="inodes",
            state="warning",
            found=f"{seen.f_favail:,} free",
            needed="500,000: the kernel's source alone has 90,000 files",
            why="a file system without inodes is full, whatever its room",
            mend="put the store elsewhere: --store DIR",
        )


def _free(place: str) -> int:
    """Bytes that this user may still write there."""
    seen = os.statvfs(place)
    return seen.f_bavail * seen.f_frsize


def _abilities(trial: str) -> Iterator[Result]:
    """What only trying tells: case, links, execution, names."""
    with open(f"{trial}/case", "wb"):
        pass
    folded = os.path.exists(f"{trial}/CASE")
    yield Result(
        id="files.case",
        area="files",
        title="upper and lower case",
        state="error" if folded else "ok",
        found="taken for the same" if folded else "told apart",
        needed="told apart",
        why="the kernel and ncurses have files whose names differ in nothing else" if folded else "",
        mend="put the store on a file system that tells them apart: --store DIR" if folded else "",
    )
    lacks = [what for what, can in (("symbolic links", _symlink(trial)), ("hard links", _link(trial))) if not can]
    if not _runs(trial):
        lacks.append("running a program that was written there")
    yield Result(
        id="files.links",
        area="files",
        title="links and execution",
        state="error" if lacks else "ok",
        found=f"not possible: {', '.join(lacks)}" if lacks else "work",
        needed="symbolic links, hard links, and running what was built",
        why="every package makes them" if lacks else "",
        mend="put the store elsewhere: --store DIR" if lacks else "",
    )


def _symlink(trial: str) -> bool:
    with contextlib.suppress(OSError):
        os.symlink("case", f"{trial}/symbolic")
        return os.readlink(f"{trial}/symbolic") == "case"
    return False


def _link(trial: str) -> bool:
    with contextlib.suppress(OSError):
        os.link(f"{trial}/case", f"{trial}/hard")
        return os.stat(f"{trial}/hard").st_nlink == 2
    return False


def _runs(trial: str) -> bool:
    path = f"{trial}/run"
    with contextlib.suppress(OSError, subprocess.TimeoutExpired):
        with open(path, "w", encoding="ascii") as file:
            file.write("#!/bin/sh\nexit 0\n")
        os.chmod(path, stat.S_IRWXU)
        return subprocess.run([path], timeout=20, check=False, stdin=subprocess.DEVNULL).returncode == 0
    return False


def stamp(store: str) -> float | None:
    """The time that the file system gives a file made now; None where none can be made."""
    try:
        with tempfile.NamedTemporaryFile(prefix="lfsmake-doctor-", dir=existing(store)) as file:
            return os.stat(file.name).st_mtime
    except OSError:
        return None
