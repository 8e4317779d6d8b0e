"""Deletes trees that sandboxes wrote, without ever leaving them. Knows nothing of what they hold."""

import errno
import os

from lfsmake.model.errors import SandboxError
from lfsmake.sandbox.causes import unescape
from lfsmake.sandbox.wipe import wipe


def remove_tree(path: str | os.PathLike[str]) -> None:
    """Delete the folder `path` and all below it, files of the sandbox's other users too; nothing if it is not there.

    Follows no symlink and crosses no mount point. Raises SandboxError, before anything is deleted, for `/`, for a
    symlink and where something is mounted at or below `path`; and for what cannot be deleted.
    """
    given = os.path.abspath(path)
    if not given.strip("/"):  # "//" stays as it is, by POSIX
        raise SandboxError("will not remove /", hint="this is a bug of whoever asked for it; nothing was removed")
    if os.path.islink(given):
        raise SandboxError(f"will not remove {given}: it is a symlink", hint="remove the link itself with rm")
    whole = os.path.join(os.path.realpath(os.path.dirname(given)), os.path.basename(given))
    if not os.path.lexists(whole):
        return
    mounts = mounts_below(whole)
    if mounts:
        raise SandboxError(
            f"will not remove {whole}: {mounts[0]} is a mount point",
            hint=f"unmount it first: umount {mounts[-1]}",
        )
    try:
        wipe(whole)
    except PermissionError as error:
        if os.geteuid() == 0:
            raise _failure(whole, error.errno or 0, str(error.filename or "")) from None
        _wipe_mapped(whole)
    except OSError as error:
        raise _failure(whole, error.errno or 0, str(error.filename or "")) from None


def mounts_below(path: str, mountinfo: str | None = None) -> list[str]:
    """The mount points at or below `path` (absolute, without symlinks), in the order they were mounted."""
    if mountinfo is None:
        with open("/proc/self/mountinfo", encoding="utf-8", errors="surrogateescape") as file:
            mountinfo = file.read()
    points = (unescape(line.split(" ")[4]) for line in mountinfo.split("\n") if line)
    return [point for point in points if point == path or point.startswith(path.rstrip("/") + "/")]


def _wipe_mapped(path: str) -> None:
    """Once more as the root of the user namespace, whom the sandbox's other users' files belong to as well."""
    from lfsmake.sandbox.mapped import run_mapped
    from lfsmake.sandbox.process import entry_arguments

    done = run_mapped(entry_arguments("wipe", path))
    if done.returncode != 0:
        code, _, name = os.fsdecode(done.stderr).rpartition("\n")[2].partition("\t")
        raise _failure(path, int(code) if code.isdecimal() else 0, name)


def _failure(path: str, code: int, name: str) -> SandboxError:
    where = f" at {name!r}" if name else ""
    if code in (errno.EXDEV, errno.EBUSY):
        return SandboxError(
            f"cannot remove {path}: something is mounted{where}", hint="unmount it, then run the same command again"
        )
    if code in (errno.EPERM, errno.EACCES):
        return SandboxError(
            f"cannot remove {path}: {os.strerror(code)}{where}",
            hint="it belongs to another user, or is immutable (lsattr shows it): remove it as root",
        )
    return SandboxError(f"cannot remove {path}: {os.strerror(code)}{where}")
