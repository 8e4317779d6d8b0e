"""What a failed phase left behind beside its log: room on the disk, late files, config.log. Knows no patterns."""

import os
import re
from collections.abc import Iterator

_MOST = 300_000  # entries of a build folder that are looked at
_LOW = 64 << 20  # bytes; with less than that left, a disk is full
_CONFIG_LOG = 4 << 20  # bytes of a config.log that are read
_SHOWN = 12  # lines of it


def disk_is_full(folder: str) -> bool:
    """Whether hardly any room, or hardly any inode, is left where the folder is."""
    try:
        seen = os.statvfs(folder)
    except OSError:
        return False
    low = min(_LOW, seen.f_blocks * seen.f_frsize // 50)
    return seen.f_bavail * seen.f_frsize < low or (seen.f_files > 0 and seen.f_favail < 16)


def made_since(folder: str, name: str, since: float) -> bool:
    """Whether a file called `name` was made below `folder` after `since`: somebody looked for it too early.

    `name` may have folders in front, which count, and "lib" is not guessed.
    """
    wanted = [part for part in name.split("/") if part not in ("", ".", "..")]
    if not wanted:
        return False
    for path in _files(folder, wanted[-1]):
        if path.split("/")[-len(wanted) :] == wanted:
            try:
                if os.lstat(path).st_mtime >= since:
                    return True
            except OSError:
                continue
    return False


def why_configure_failed(folder: str) -> tuple[str, ...]:
    """What the newest config.log below `folder` shows of the test that configure failed by; () without one."""
    newest, path = -1.0, ""
    for found in _files(folder, "config.log"):
        try:
            when = os.lstat(found).st_mtime
        except OSError:
            continue
        if when > newest:
            newest, path = when, found
    if not path:
        return ()
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        with open(descriptor, "rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - _CONFIG_LOG))
            lines = file.read(_CONFIG_LOG).decode(errors="replace").splitlines()
    except OSError:
        return ()
    return _last_test(lines)


def _last_test(lines: list[str]) -> tuple[str, ...]:
    """From the command of the last test before configure gave up to its status, without the program it tried."""
    given_up = next(
        (place for place, line in enumerate(lines) if re.search(r"^configure:\d+: error: ", line)), None
    )
    if given_up is None:
        return ()
    ended = next((place for place in range(given_up, -1, -1) if re.search(r": \$\? = [1-9]", lines[place])), None)
    if ended is None:
        return ()
    began = next(
        (place for place in range(ended - 1, -1, -1) if re.match(r"configure:\d+: ", lines[place])), ended
    )
    return tuple(line[:500] for line in lines[began : ended + 1][:_SHOWN])


def _files(folder: str, name: str) -> Iterator[str]:
    """The files of that name below the folder, links not followed."""
    left = _MOST
    folders = [folder]
    while folders and left > 0:
        try:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    left -= 1
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.name == name:
                        yield entry.path
        except OSError:
            continue
