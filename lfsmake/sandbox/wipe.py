"""Deletes a tree through descriptors, never out of it. Runs as a program of its own too; knows no ids and no errors.

Every folder is opened with openat2's RESOLVE_NO_XDEV: a mount inside the tree, even a bind mount of the same file
system, stops the deletion before anything behind it is touched.
"""

import errno
import os
import sys

from lfsmake.sandbox import kernel

# One descriptor a level; what lies deeper (configure tests make folders a thousand levels deep) moves to the top.
DEEPEST = 64

_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
_RULES = kernel.RESOLVE_NO_XDEV | kernel.RESOLVE_NO_SYMLINKS | kernel.RESOLVE_BENEATH


class Level:
    """A folder that is being emptied."""

    def __init__(self, folder: int, name: str) -> None:
        self.folder = folder
        self.name = name  # in the level above
        self.entries: list[tuple[str, bool]] = []  # name, is a folder
        with os.scandir(folder) as entries:
            for entry in entries:
                self.entries.append((entry.name, entry.is_dir(follow_symlinks=False)))


def main() -> None:
    """Delete the tree at `sys.argv[-1]`; on failure say ERRNO and path on standard error and exit with 1."""
    try:
        wipe(sys.argv[-1])
    except OSError as error:
        sys.stderr.write(f"{error.errno or 0}\t{error.filename or sys.argv[-1]}")
        sys.exit(1)


def wipe(path: str) -> None:
    """Delete the folder `path`, an absolute path without symlinks, and all below it.

    Raises OSError: EXDEV or EBUSY at a mount point, EPERM or EACCES at what belongs to others.
    """
    parent_path, name = os.path.split(path)
    parent = os.open(parent_path, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        top = _open_folder(parent, name)
        _empty(top)
        os.rmdir(name, dir_fd=parent)
    finally:
        os.close(parent)


def _empty(top: int) -> None:
    levels = [Level(top, "")]
    moved = 0
    try:
        while True:
            level = levels[-1]
            if not level.entries:
                if len(levels) == 1:
                    return
                os.close(levels.pop().folder)
                _remove(levels[-1].folder, level.name, folder=True)
                continue
            name, is_folder = level.entries.pop()
            if not is_folder:
                _remove(level.folder, name, folder=False)
                continue
            folder = _open_folder(level.folder, name)
            if len(levels) < DEEPEST:
                levels.append(Level(folder, name))
                continue
            os.close(folder)
            moved += 1
            levels[0].entries.append((_move_up(level.folder, name, top, moved), True))
    finally:
        for level in levels:
            os.close(level.folder)


def _move_up(folder: int, name: str, top: int, number: int) -> str:
    new = f".lfsmake-deep-{os.getpid()}-{number}"
    os.rename(name, new, src_dir_fd=folder, dst_dir_fd=top)
    return new


def _open_folder(parent: int, name: str) -> int:
    try:
        return kernel.open_within(parent, name, _FOLDER, _RULES)
    except PermissionError:
        here = kernel.open_within(parent, name, os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW, _RULES)
        try:
            os.chmod(f"/proc/self/fd/{here}", 0o700)  # overlayfs leaves folders that none may read
        finally:
            os.close(here)
        return kernel.open_within(parent, name, _FOLDER, _RULES)


def _remove(parent: int, name: str, *, folder: bool) -> None:
    remove = os.rmdir if folder else os.unlink
    try:
        remove(name, dir_fd=parent)
    except PermissionError as error:
        if error.errno != errno.EACCES:
            raise
        os.fchmod(parent, 0o700)
        remove(name, dir_fd=parent)
