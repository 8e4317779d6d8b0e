"""Turns a refused operation into words: what is the matter with this machine, and the cure. Starts nothing.

`explain` is pure; `gather_facts` does the looking.
"""

import errno
import os
from typing import NamedTuple

from lfsmake.model.errors import SandboxError

MINIMUM_KERNEL = (5, 12)  # rootless overlays are 5.11, mount_setattr 5.12
CAP_SYS_ADMIN = 21

# What overlayfs refuses, or corrupts, as the place of what it writes.
UNFIT_FILESYSTEMS = frozenset(
    ("overlay", "nfs", "nfs4", "cifs", "smb3", "9p", "vfat", "msdos", "exfat", "ntfs", "ntfs3", "fuseblk")
)


class Facts(NamedTuple):
    """What is known about the machine when an operation failed. None where the kernel does not say."""

    operation: str  # "mounting overlay with 12 layers at /mnt/lfs"
    detail: str = ""  # the kernel's or the helper's own words, or the path
    kernel: tuple[int, int] = (6, 0)
    root: bool = False
    sys_admin: bool = True  # CAP_SYS_ADMIN is effective; only asked of root
    max_user_namespaces: int | None = None
    userns_clone: int | None = None
    apparmor_restricts: int | None = None
    overlay_known: bool = True  # overlay is in /proc/filesystems; a module may still load
    container: bool = False
    chrooted: bool = False  # this process's / is not a mount point
    upper: str = ""  # the folder for what steps write
    upper_kind: str = ""  # its file system


def explain(code: int, facts: Facts) -> SandboxError:
    """The error for `errno` value `code` (0: not a system call) in `facts.operation`."""
    for known in (_kernel_error, _privilege_error, _overlay_error, _other_error):
        error = known(code, facts)
        if error is not None:
            return error
    return SandboxError(_message(code, facts))


def _message(code: int, facts: Facts, cause: str = "") -> str:
    parts = [facts.operation, errno.errorcode.get(code, f"error {code}") if code else "", cause or facts.detail]
    return ": ".join(part for part in parts if part)


def _kernel_error(code: int, facts: Facts) -> SandboxError | None:
    if code in (errno.ENOSYS, errno.EINVAL, errno.EPERM) and facts.kernel < MINIMUM_KERNEL:
        cause = f"Linux {facts.kernel[0]}.{facts.kernel[1]} is too old for the sandbox"
        return SandboxError(_message(code, facts, cause), expected="Linux 5.12 or newer", hint="boot a newer kernel")
    if code == errno.ENOSYS:
        return SandboxError(
            _message(code, facts, "the kernel, or a filter around this process, does not have this system call"),
            hint="outside a container, boot a distribution's own kernel; inside, loosen its seccomp profile",
        )
    return None


def _privilege_error(code: int, facts: Facts) -> SandboxError | None:
    refused = code in (errno.EPERM, errno.EACCES)
    if facts.operation == "making a user namespace":
        return _user_namespace_error(code, facts)
    if facts.operation.startswith("writing the id maps with"):
        return SandboxError(
            _message(0, facts),
            hint="/etc/subuid and /etc/subgid must give this user ranges that no one else has,"
            " and newuidmap and newgidmap must be setuid root or have file capabilities",
        )
    if refused and not facts.root and facts.apparmor_restricts:
        return SandboxError(
            _message(code, facts, "AppArmor takes the rights of unprivileged user namespaces away"),
            hint="as root: sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or run lfsmake as root",
        )
    if refused and facts.root and not facts.sys_admin:
        return SandboxError(
            _message(code, facts, "root has no CAP_SYS_ADMIN here" + _in_container(facts)),
            hint="start the container with --privileged, or run lfsmake as an ordinary user",
        )
    if code == errno.ENOSPC and facts.operation.startswith("making"):
        return SandboxError(
            _message(code, facts, "the limit on namespaces is reached"),
            hint="as root: raise the limits user.max_*_namespaces with sysctl -w",
        )
    return None


def _user_namespace_error(code: int, facts: Facts) -> SandboxError:
    if facts.max_user_namespaces == 0:
        return SandboxError(
            _message(code, facts, "user namespaces are switched off (user.max_user_namespaces = 0)"),
            hint="as root: sysctl -w user.max_user_namespaces=15000, or run lfsmake as root",
        )
    if code == errno.ENOSPC:
        return SandboxError(
            _message(code, facts, "the limit on user namespaces is reached"),
            hint="as root: raise user.max_user_namespaces with sysctl -w; nesting deeper than 32 is never possible",
        )
    if facts.userns_clone == 0:
        return SandboxError(
            _message(code, facts, "ordinary users may not make user namespaces (kernel.unprivileged_userns_clone = 0)"),
            hint="as root: sysctl -w kernel.unprivileged_userns_clone=1, or run lfsmake as root",
        )
    if code == errno.EINVAL:
        return SandboxError(
            _message(code, facts, "this kernel was built without user namespaces"),
            hint="boot a kernel with CONFIG_USER_NS=y, or run lfsmake as root",
        )
    if facts.chrooted:
        return SandboxError(
            _message(code, facts, "not possible inside a chroot"),
            hint="run lfsmake outside the chroot, or make its folder a mount point and enter it with pivot_root",
        )
    return SandboxError(
        _message(code, facts, "not allowed" + _in_container(facts)),
        hint="start the container with --privileged or with a seccomp profile that allows unshare(2),"
        " or run lfsmake as root"
        if facts.container
        else "run lfsmake as root, or ask who runs this machine to allow user namespaces",
    )


def _in_container(facts: Facts) -> str:
    return " (inside a container)" if facts.container else ""


def _overlay_error(code: int, facts: Facts) -> SandboxError | None:
    if not facts.operation.startswith("mounting overlay"):
        return None
    if code == errno.ENODEV or (not facts.overlay_known and code in (errno.EPERM, errno.EINVAL)):
        return SandboxError(
            _message(code, facts, "this kernel has no overlayfs"),
            hint="as root: modprobe overlay; if there is no such module, boot a kernel with CONFIG_OVERLAY_FS",
        )
    if facts.upper_kind in UNFIT_FILESYSTEMS:
        return SandboxError(
            _message(code, facts, f"{facts.upper} is on {facts.upper_kind}, where overlayfs cannot write"),
            hint="put the store on ext4, xfs, btrfs or tmpfs with --store DIR",
        )
    return None


def _other_error(code: int, facts: Facts) -> SandboxError | None:
    if facts.operation.startswith("executing ") and code == errno.ENOENT:
        return SandboxError(
            _message(code, facts),
            hint="the root has no such program, or not the interpreter or dynamic loader that it names",
        )
    if facts.operation.startswith("binding ") and code == errno.ENOENT:
        return SandboxError(
            _message(code, facts),
            hint="the source does not exist on the host, or its place does not in the root",
        )
    if facts.operation == "mounting /proc" and code == errno.EPERM:
        return SandboxError(
            _message(code, facts, "parts of the /proc around this process are hidden" + _in_container(facts)),
            hint="start the container with --security-opt systempaths=unconfined (podman: unmask=ALL)",
        )
    if facts.operation == "leaving the host's root" and code == errno.EINVAL:
        return SandboxError(
            _message(code, facts, "this process's root is not one that can be left"),
            hint="run lfsmake outside the chroot or the initial RAM disk",
        )
    if code == errno.ENOSPC:
        return SandboxError(_message(code, facts), hint="free some space, or raise the limits of this user")
    return None


def gather_facts(operation: str, detail: str = "", upper: str = "") -> Facts:
    """Look at this machine. Never raises: what cannot be seen is left at its default."""
    return Facts(
        operation=operation,
        detail=detail,
        kernel=kernel_version(),
        root=os.geteuid() == 0,
        sys_admin=_has_sys_admin(),
        max_user_namespaces=_number("/proc/sys/user/max_user_namespaces"),
        userns_clone=_number("/proc/sys/kernel/unprivileged_userns_clone"),
        apparmor_restricts=_number("/proc/sys/kernel/apparmor_restrict_unprivileged_userns"),
        overlay_known="\toverlay\n" in _text("/proc/filesystems"),
        container=_in_some_container(),
        chrooted=not any(line.split()[4:5] == ["/"] for line in _text("/proc/self/mountinfo").splitlines()),
        upper=upper,
        upper_kind=filesystem_of(upper) if upper else "",
    )


def kernel_version() -> tuple[int, int]:
    """Major and minor of the running kernel."""
    numbers = os.uname().release.split("-")[0].split(".")
    return int(numbers[0]), int(numbers[1])


def filesystem_of(path: str, mountinfo: str | None = None) -> str:
    """The kind of the file system that `path` is on, or "" where nothing says."""
    path = os.path.realpath(path)
    best, kind = "", ""
    for line in (_text("/proc/self/mountinfo") if mountinfo is None else mountinfo).splitlines():
        left, _, right = line.partition(" - ")
        point = unescape(left.split(" ")[4])
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= len(best):  # of two on one point the later one is on top
            best, kind = point, right.split(" ")[0]
    return kind


def unescape(field: str) -> str:
    """A path of /proc/self/mountinfo, where space, tab, newline and backslash are octal."""
    for escaped, plain in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        field = field.replace(escaped, plain)
    return field


def _has_sys_admin() -> bool:
    for line in _text("/proc/self/status").splitlines():
        if line.startswith("CapEff:"):
            return bool(int(line.split()[1], 16) >> CAP_SYS_ADMIN & 1)
    return True


def _in_some_container() -> bool:
    marks = ("/.dockerenv", "/run/.containerenv", "/run/systemd/container")
    return any(os.path.exists(mark) for mark in marks)


def _number(path: str) -> int | None:
    text = _text(path).strip()
    return int(text) if text.isdecimal() else None


def _text(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="surrogateescape") as file:
            return file.read()
    except OSError:
        return ""
