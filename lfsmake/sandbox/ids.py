"""Which ids the sandbox has inside, and the host's ids they stand for. Writes no map: the program inside does."""

import functools
import os
from typing import NamedTuple

Extent = tuple[int, int, int]  # first id inside, first id of the host, how many


class IdMap(NamedTuple):
    """The id maps of a user namespace. `helpers` are newuidmap and newgidmap, or empty for a single id."""

    uids: tuple[Extent, ...]
    gids: tuple[Extent, ...]
    helpers: tuple[str, ...]


SINGLE_ID_COST = "files cannot be given to other users or groups (chown, chgrp, install -o, tar's owners)"


def id_map(ranges: bool = True) -> IdMap | None:
    """The map this process's sandboxes get; None for root, who keeps the real ids.

    With `ranges`, the subordinate ids of /etc/subuid and /etc/subgid where both name the user and newuidmap is
    installed; a single id otherwise.
    """
    uid, gid = os.geteuid(), os.getegid()
    if uid == 0:
        return None
    single = IdMap(((0, uid, 1),), ((0, gid, 1),), ())
    if not ranges:
        return single
    helpers = _helpers()
    uids = _subordinate("/etc/subuid", uid)
    gids = _subordinate("/etc/subgid", uid)
    if not helpers or not uids or not gids:
        return single
    return IdMap(((0, uid, 1), *uids), ((0, gid, 1), *gids), helpers)


@functools.cache
def ids_here() -> int:
    """How many ids there are where this process runs; 0 for all of them. Root of a user namespace may have but one."""
    counts = []
    for path in ("/proc/self/uid_map", "/proc/self/gid_map"):
        try:
            with open(path, encoding="ascii") as file:
                counts.append(sum(int(line.split()[2]) for line in file))
        except (OSError, ValueError, IndexError):
            return 0
    return 0 if min(counts) >= 1 << 31 else min(counts)


def missing_for_ranges() -> str:
    """What to do to get id ranges on this host, as a hint; empty where nothing is missing."""
    if not _helpers():
        return "install newuidmap and newgidmap (package uidmap on Debian, shadow-utils on Fedora)"
    if not _subordinate("/etc/subuid", os.geteuid()) or not _subordinate("/etc/subgid", os.geteuid()):
        return f"as root: usermod --add-subuids 100000-165535 --add-subgids 100000-165535 {_user_name()}"
    return ""


@functools.cache
def _helpers() -> tuple[str, ...]:
    folders = [*os.environ.get("PATH", "").split(":"), "/usr/bin", "/usr/sbin"]
    found = []
    for name in ("newuidmap", "newgidmap"):
        paths = (f"{folder}/{name}" for folder in folders if folder.startswith("/"))
        found.append(next((path for path in paths if os.access(path, os.X_OK)), ""))
    return tuple(found) if all(found) else ()


def _user_name() -> str:
    import pwd

    try:
        return pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:
        return str(os.geteuid())


def _subordinate(path: str, uid: int) -> tuple[Extent, ...]:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return parse_subordinate(file.read(), _user_name(), uid)
    except OSError:
        return ()


def parse_subordinate(text: str, name: str, uid: int) -> tuple[Extent, ...]:
    """The ranges that a subuid(5) file gives to `name` or `uid`, laid end to end inside from id 1 on.

    Lines that are not `OWNER:FIRST:COUNT` are skipped, as newuidmap does.
    """
    extents: list[Extent] = []
    inside = 1
    for line in text.splitlines():
        owner, _, numbers = line.strip().partition(":")
        first, _, count = numbers.partition(":")
        if owner not in (name, str(uid)) or not (first.isdecimal() and count.isdecimal()) or int(count) == 0:
            continue
        extents.append((inside, int(first), int(count)))
        inside += int(count)
    return tuple(extents)
