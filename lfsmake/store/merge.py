"""Composes layers to a plain folder, as overlayfs would show them. Knows no store, no digests, no steps.

It stands alone like tree.py: `python -I -S merge.py` with one JSON object on standard input,

    {"layers": [lowest first], "destination": …}

gives {"files", "size", "skipped": [paths of devices that could not be made], "owners_kept": bool}; a failure
is {"error": …, "path": …, "errno": …} on standard error, exit 1.

The merged view is decided by name before anything is written, so each path of the destination is made once,
in a folder made here and held open: no link of a layer is ever followed, and nothing outside is reached.
"""

# Paths are bytes here, and pathlib would be a third of the start-up time of a program this small.
# ruff: noqa: PTH100, PTH102, PTH104, PTH106, PTH112, PTH114, PTH115, PTH116, PTH118

from __future__ import annotations

import errno
import fcntl
import json
import os
import stat
import sys
from collections.abc import Sequence

FICLONE = 0x40049409  # from linux/fs.h: share the blocks of another file
OVERLAY = ("user.overlay.", "trusted.overlay.")
OPAQUE = ("user.overlay.opaque", "trusted.overlay.opaque")
BLOCK = 1 << 20
NOT_HERE = (errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.ENOTTY, errno.EBADF, errno.EPERM)
NOT_OURS = (errno.EPERM, errno.EINVAL)  # not ours to give, or not in our mapping
OPEN_FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC


class MergeError(Exception):
    """The layers cannot be composed there."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


def merge(layers: Sequence[str], destination: str) -> dict[str, object]:
    """Write what a root of `layers` (lowest first) shows into `destination`, which is empty or absent.

    Contents are copied (blocks shared where the file system can, holes kept), never linked to the layers.
    Owners and devices are kept where this process may. A failure leaves the destination as it was found.
    Raises MergeError for a destination that holds something, OSError for the rest.
    """
    goal = os.path.abspath(os.fsencode(destination))
    parent, name = os.path.split(goal)
    exists = os.path.lexists(goal)
    if exists and (os.path.islink(goal) or not os.path.isdir(goal)):
        raise MergeError("the destination is not a folder", destination)
    if exists and os.listdir(goal):
        raise MergeError("the destination is not empty", destination)
    # A new destination appears whole or not at all; an existing one may be a mount point, so it is filled.
    target = goal if exists else os.path.join(parent, b".%s.%d.part" % (name[:200], os.getpid()))
    if not exists:
        os.mkdir(target, 0o700)
    merger = Merger()
    fd = os.open(target, OPEN_FOLDER)
    try:
        try:
            merger.fill([os.fsencode(layer) for layer in reversed(layers)], fd)
        except BaseException:
            clear(fd)
            if not exists:
                os.rmdir(target)
            raise
    finally:
        os.close(fd)
    if not exists:
        os.rename(target, goal)
    return {
        "files": merger.files,
        "size": merger.size,
        "skipped": merger.skipped,
        "owners_kept": merger.owners_kept,
    }


class Merger:
    """One merge: what was written, and where the hard links of each layer went."""

    def __init__(self) -> None:
        self.files = 0
        self.size = 0
        self.skipped: list[str] = []
        self.owners_kept = True
        self.links: dict[tuple[int, int], bytes] = {}  # device, inode → first path
        self.top = -1

    def fill(self, sources: Sequence[bytes], fd: int) -> None:
        """Fill the empty folder `fd` from the layers' folders in `sources`, highest first."""
        self.top = fd
        self.folder(sources, fd, b"")

    def folder(self, sources: Sequence[bytes], fd: int, path: bytes) -> None:
        """Fill the folder `fd`, at `path`, from `sources`, highest first, then its attributes."""
        names: dict[bytes, tuple[os.stat_result, list[bytes]]] = {}
        closed: set[bytes] = set()  # names that nothing lower shows through
        for source in sources:
            with os.scandir(source) as entries:
                for entry in entries:
                    if entry.name in closed:
                        continue
                    status = entry.stat(follow_symlinks=False)
                    known = names.get(entry.name)
                    if not stat.S_ISDIR(status.st_mode):
                        closed.add(entry.name)
                        if known is None and not is_whiteout(status):
                            names[entry.name] = (status, [entry.path])
                        continue
                    if known is None:
                        known = names[entry.name] = (status, [])
                    known[1].append(entry.path)
                    if is_opaque(entry.path):
                        closed.add(entry.name)
        for name in sorted(names):
            status, found = names[name]
            if stat.S_ISDIR(status.st_mode):
                os.mkdir(name, 0o700, dir_fd=fd)
                below = os.open(name, OPEN_FOLDER, dir_fd=fd)
                try:
                    self.folder(found, below, path + name + b"/")
                finally:
                    os.close(below)
            else:
                self.leaf(found[0], status, fd, name, path + name)
        status = os.stat(sources[0])
        self.own(status, fd)
        copy_xattrs(sources[0], fd)
        os.fchmod(fd, stat.S_IMODE(status.st_mode))
        os.utime(fd, ns=(status.st_mtime_ns, status.st_mtime_ns))

    def leaf(self, source: bytes, status: os.stat_result, fd: int, name: bytes, path: bytes) -> None:
        """Make one path that is not a folder as `name` in `fd`."""
        inode = (status.st_dev, status.st_ino)
        if status.st_nlink > 1 and inode in self.links:
            os.link(self.links[inode], name, src_dir_fd=self.top, dst_dir_fd=fd, follow_symlinks=False)
            self.files += 1
            return
        times = (status.st_mtime_ns, status.st_mtime_ns)
        if stat.S_ISREG(status.st_mode):
            self.file(source, status, fd, name)
        elif stat.S_ISLNK(status.st_mode):
            os.symlink(os.readlink(source), name, dir_fd=fd)
            self.own_path(status, fd, name)
            os.utime(name, ns=times, dir_fd=fd, follow_symlinks=False)
        else:
            try:
                os.mknod(name, stat.S_IFMT(status.st_mode) | 0o600, status.st_rdev, dir_fd=fd)
            except PermissionError:
                self.skipped.append(path.decode("utf-8", "backslashreplace"))
                return
            self.own_path(status, fd, name)
            # no link can stand here: the name was made a line above, in a folder only this process knows
            os.chmod(name, stat.S_IMODE(status.st_mode), dir_fd=fd)
            os.utime(name, ns=times, dir_fd=fd, follow_symlinks=False)
        self.files += 1
        if status.st_nlink > 1:
            self.links[inode] = path

    def file(self, source: bytes, status: os.stat_result, fd: int, name: bytes) -> None:
        """Copy one regular file with its attributes."""
        reader = os.open(source, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            writer = os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600, dir_fd=fd)
            try:
                copy_content(reader, writer, status)
                self.own(status, writer)  # before the rest: a change of owner clears setuid and capabilities
                copy_xattrs(source, writer)
                os.fchmod(writer, stat.S_IMODE(status.st_mode))
                os.utime(writer, ns=(status.st_mtime_ns, status.st_mtime_ns))
            finally:
                os.close(writer)
        finally:
            os.close(reader)
        self.size += status.st_size

    def own(self, status: os.stat_result, fd: int) -> None:
        """Give the open file its owner, where this process may."""
        try:
            os.fchown(fd, status.st_uid, status.st_gid)
        except OSError as failure:
            if failure.errno not in NOT_OURS:
                raise
            self.owners_kept = False

    def own_path(self, status: os.stat_result, fd: int, name: bytes) -> None:
        """Give `name` in the folder `fd` its owner, where this process may."""
        try:
            os.chown(name, status.st_uid, status.st_gid, dir_fd=fd, follow_symlinks=False)
        except OSError as failure:
            if failure.errno not in NOT_OURS:
                raise
            self.owners_kept = False


def is_whiteout(status: os.stat_result) -> bool:
    """Whether this is overlayfs's mark of a deleted path."""
    return stat.S_ISCHR(status.st_mode) and status.st_rdev == 0


def is_opaque(path: bytes) -> bool:
    """Whether the folder hides the lower ones of its name."""
    for name in OPAQUE:
        try:
            if os.getxattr(path, name, follow_symlinks=False) == b"y":
                return True
        except OSError:
            continue
    return False


def copy_xattrs(source: bytes, fd: int) -> None:
    """Copy the extended attributes but overlayfs's own; one that the destination cannot have is left out."""
    for name in os.listxattr(source, follow_symlinks=False):
        if name.startswith(OVERLAY):
            continue
        try:
            os.setxattr(fd, name, os.getxattr(source, name, follow_symlinks=False))
        except OSError as failure:
            if failure.errno in (errno.ENOSPC, errno.EDQUOT):
                raise


def copy_content(reader: int, writer: int, status: os.stat_result) -> None:
    """Copy the whole content: shared blocks, else a copy in the kernel, else by hand; holes stay holes."""
    if status.st_size == 0:
        return
    try:
        fcntl.ioctl(writer, FICLONE, reader)
        return
    except OSError as failure:
        if failure.errno not in NOT_HERE:
            raise
    os.ftruncate(writer, status.st_size)
    position = 0
    sparse = status.st_blocks * 512 < status.st_size
    while position < status.st_size:
        end = status.st_size
        if sparse:
            try:
                position = os.lseek(reader, position, os.SEEK_DATA)
            except OSError as failure:
                if failure.errno == errno.ENXIO:  # a hole up to the end
                    return
                raise
            end = os.lseek(reader, position, os.SEEK_HOLE)
        copy_range(reader, writer, position, end)
        position = end


def copy_range(reader: int, writer: int, start: int, end: int) -> None:
    """Copy the bytes from `start` up to `end`."""
    try:
        while start < end:
            count = os.copy_file_range(reader, writer, end - start, start, start)
            if count == 0:
                break
            start += count
    except OSError as failure:
        if failure.errno not in NOT_HERE:
            raise
    while start < end:
        data = os.pread(reader, min(BLOCK, end - start), start)
        if not data:
            raise MergeError("a layer's file became shorter while it was copied")
        start += os.pwrite(writer, data, start)


def clear(fd: int) -> None:
    """Delete everything in the folder `fd`, which this process has just filled."""
    with os.scandir(fd) as entries:
        found = [(entry.name, entry.is_dir(follow_symlinks=False)) for entry in entries]
    for name, is_folder in found:
        if not is_folder:
            os.unlink(name, dir_fd=fd)
            continue
        below = os.open(name, OPEN_FOLDER, dir_fd=fd)
        try:
            os.fchmod(below, 0o700)
            clear(below)
        finally:
            os.close(below)
        os.rmdir(name, dir_fd=fd)


def main() -> int:
    """Do what the JSON object on standard input asks."""
    try:
        request = json.loads(sys.stdin.buffer.read())
        result = merge(request["layers"], request["destination"])
    except (ValueError, KeyError, TypeError) as failure:
        sys.stderr.write(json.dumps({"error": f"not a request: {failure!r}", "path": "", "errno": 0}) + "\n")
        return 1
    except (OSError, MergeError) as failure:
        path = failure.path if isinstance(failure, MergeError) else failure.filename or ""
        report = {
            "error": (failure.strerror if isinstance(failure, OSError) else "") or str(failure),
            "path": path if isinstance(path, str) else os.fsdecode(path),
            "errno": failure.errno if isinstance(failure, OSError) else 0,
        }
        sys.stderr.write(json.dumps(report) + "\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
