"""The system calls Python does not wrap, as functions that raise OSError. Knows nothing of sandboxes.

Imports nothing but `os`, `sys` and `ctypes`: the program inside the sandbox starts a fresh interpreter for every phase,
and each further module would be paid for there.
"""

import ctypes
import os
import sys

CLONE_NEWNS = 0x00020000
CLONE_NEWCGROUP = 0x02000000
CLONE_NEWUTS = 0x04000000
CLONE_NEWIPC = 0x08000000
CLONE_NEWUSER = 0x10000000
CLONE_NEWPID = 0x20000000
CLONE_NEWNET = 0x40000000

MS_NODEV = 4
MS_REC = 0x4000
MS_PRIVATE = 1 << 18
MNT_DETACH = 2

ATTR_RDONLY = 0x1
ATTR_NOSUID = 0x2
ATTR_NODEV = 0x4
ATTR_NOEXEC = 0x8

RESOLVE_NO_XDEV = 0x01
RESOLVE_NO_SYMLINKS = 0x04
RESOLVE_BENEATH = 0x08
RESOLVE_IN_ROOT = 0x10

PR_SET_PDEATHSIG = 1
PR_CAPBSET_DROP = 24

_AT_FDCWD = -100
_AT_EMPTY_PATH = 0x1000
_AT_RECURSIVE = 0x8000
_OPEN_TREE_CLONE = 1
_MOVE_FROM_EMPTY_PATH = 0x4
_MOVE_TO_EMPTY_PATH = 0x40
_FSOPEN_CLOEXEC = 1
_FSMOUNT_CLOEXEC = 1
_FSCONFIG_SET_FLAG = 0
_FSCONFIG_SET_STRING = 1
_FSCONFIG_CMD_CREATE = 6

# The same numbers on every architecture that has them, alpha excepted.
_SYS_OPEN_TREE = 428
_SYS_MOVE_MOUNT = 429
_SYS_FSOPEN = 430
_SYS_FSCONFIG = 431
_SYS_FSMOUNT = 432
_SYS_OPENAT2 = 437
_SYS_MOUNT_SETATTR = 442

_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long
_long = ctypes.c_long


class RefusedError(OSError):
    """The kernel refused a file system; `strerror` has the kernel's own words, or nothing."""


def _check(result: int, name: str = "") -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code), name or None)
    return result


def unshare(flags: int) -> None:
    """Leave the namespaces named by `flags` (CLONE_NEW*) for new ones."""
    _check(_libc.unshare(flags))


def prctl(option: int, value: int) -> None:
    """prctl(2) with one argument."""
    _check(_libc.prctl(option, _long(value), _long(0), _long(0), _long(0)))


def set_hostname(name: str) -> None:
    """Name this UTS namespace."""
    data = os.fsencode(name)
    _check(_libc.sethostname(data, ctypes.c_size_t(len(data))))


def mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    """mount(2); `options` at most one page."""
    _check(
        _libc.mount(
            os.fsencode(source),
            os.fsencode(target),
            os.fsencode(kind),
            ctypes.c_ulong(flags),
            os.fsencode(options) if options else None,
        ),
        target,
    )


def detach(target: str) -> None:
    """Unmount `target` and all below it, now for the eye and for good when nothing uses it any more."""
    _check(_libc.umount2(os.fsencode(target), MNT_DETACH), target)


def pivot_root(new_root: str, put_old: str) -> None:
    """pivot_root(2)."""
    _check(_libc.pivot_root(os.fsencode(new_root), os.fsencode(put_old)), new_root)


def new_mount(kind: str, options: list[tuple[str, str | None]], attributes: int) -> int:
    """Make a file system that is mounted nowhere yet and return its descriptor for `attach`.

    An option without a value is a flag. Raises RefusedError with what the kernel logged in its strerror.
    """
    context = _check(_syscall(_long(_SYS_FSOPEN), os.fsencode(kind), _long(_FSOPEN_CLOEXEC)), kind)
    try:
        for key, value in options:
            command = _FSCONFIG_SET_FLAG if value is None else _FSCONFIG_SET_STRING
            data = None if value is None else os.fsencode(value)
            _configure(context, command, os.fsencode(key), data)
        _configure(context, _FSCONFIG_CMD_CREATE, None, None)
        return _check(_syscall(_long(_SYS_FSMOUNT), _long(context), _long(_FSMOUNT_CLOEXEC), _long(attributes)), kind)
    finally:
        os.close(context)


def _configure(context: int, command: int, key: bytes | None, value: bytes | None) -> None:
    result = _syscall(_long(_SYS_FSCONFIG), _long(context), _long(command), key, value, _long(0))
    if result < 0:
        code = ctypes.get_errno()
        raise RefusedError(code, _kernel_words(context))


def _kernel_words(context: int) -> str:
    """What the kernel wrote about a refused file system, one message a read, as "overlay: …; overlay: …"."""
    words = []
    while True:
        try:
            message = os.read(context, 4096)
        except OSError:  # ENODATA: no more messages
            break
        if not message:
            break
        words.append(message[2:].decode(errors="replace").strip())  # "e ", "w " or "i " comes first
    return "; ".join(words)


def clone_mount(path: str, dir_fd: int = _AT_FDCWD, recursive: bool = True) -> int:
    """A detached copy of what is mounted at `path`, with the mounts below it; a descriptor for `attach`."""
    flags = _OPEN_TREE_CLONE | os.O_CLOEXEC | (_AT_RECURSIVE if recursive else 0)
    return _check(_syscall(_long(_SYS_OPEN_TREE), _long(dir_fd), os.fsencode(path), _long(flags)), path)


class _MountAttr(ctypes.Structure):
    _fields_ = (
        ("attr_set", ctypes.c_uint64),
        ("attr_clr", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("userns_fd", ctypes.c_uint64),
    )


def set_read_only(tree: int, recursive: bool = True) -> None:
    """Make the mount at descriptor `tree` read-only, with all mounts below it if `recursive`."""
    change = _MountAttr(attr_set=ATTR_RDONLY)
    flags = _AT_EMPTY_PATH | (_AT_RECURSIVE if recursive else 0)
    _check(
        _syscall(
            _long(_SYS_MOUNT_SETATTR),
            _long(tree),
            b"",
            _long(flags),
            ctypes.byref(change),
            _long(ctypes.sizeof(change)),
        )
    )


def attach(tree: int, point: int) -> None:
    """Mount the detached `tree` over the file or folder opened as `point`."""
    flags = _MOVE_FROM_EMPTY_PATH | _MOVE_TO_EMPTY_PATH
    _check(_syscall(_long(_SYS_MOVE_MOUNT), _long(tree), b"", _long(point), b"", _long(flags)))


class _OpenHow(ctypes.Structure):
    _fields_ = (("flags", ctypes.c_uint64), ("mode", ctypes.c_uint64), ("resolve", ctypes.c_uint64))


def open_within(folder: int, path: str, flags: int, resolve: int) -> int:
    """openat2(2): open `path` below the descriptor `folder`, resolved under the RESOLVE_* rules."""
    how = _OpenHow(flags=flags | os.O_CLOEXEC, resolve=resolve)
    return _check(
        _syscall(
            _long(_SYS_OPENAT2),
            _long(folder),
            os.fsencode(path),
            ctypes.byref(how),
            _long(ctypes.sizeof(how)),
        ),
        path,
    )


def raise_loopback() -> None:
    """Bring up `lo` of this network namespace; the kernel gives it 127.0.0.1 and ::1 by itself."""
    family_inet, datagram, set_flags, up_and_running = 2, 2, 0x8914, 0x41
    flags = up_and_running.to_bytes(2, sys.byteorder)
    request = ctypes.create_string_buffer(b"lo".ljust(16, b"\0") + flags, 40)  # struct ifreq
    link = _check(_libc.socket(family_inet, datagram | os.O_CLOEXEC, 0), "socket")
    try:
        _check(_libc.ioctl(link, ctypes.c_ulong(set_flags), request), "lo")
    finally:
        os.close(link)
