"""The records of the sandbox: what to run, where, and how it ended. Knows no recipe and starts nothing."""

from typing import NamedTuple


class Bind(NamedTuple):
    """A file put over a file, or a folder over a folder; `target` is a path inside the new root."""

    source: str
    target: str
    read_only: bool = True


class Spec(NamedTuple):
    """One command in one root. Paths on the host may hold symlinks and may be relative to the caller's folder."""

    context: str  # "host": the host's programs read-only, overlay at `target`; "target": the overlay is the root
    target: str  # "/mnt/lfs", or "/" in the target context
    lowers: tuple[str, ...]  # layer folders, lowest first
    upper: str  # what the command changes lands here; may hold what an earlier phase wrote
    work: str  # overlayfs's own folder, on the file system of `upper`
    mountpoints: tuple[str, ...]  # folders of the overlay that exist without ever entering `upper`
    binds: tuple[Bind, ...]  # mounted in this order
    argv: tuple[str, ...]
    env: tuple[tuple[str, str], ...]  # all of the command's environment
    cwd: str
    user: int = 0  # uid and gid that the command sees; its files belong to uid 0 in the layer whatever this is
    hostname: str = "lfs"
    umask: int = 0o022
    network: bool = False  # True leaves the command in the host's network
    pass_fds: tuple[int, ...] = ()  # open in the command under the same numbers
    tty: bool = False  # keep the terminal and its process group: an interactive shell
    links: tuple[tuple[str, str], ...] = ()  # (path, target) of symlinks at the top of the root, host context only
    cgroup: str = ""  # folder of a control group (v2) that everything of the sandbox is in


class Ways(NamedTuple):
    """Ways to do a thing that the kernel or the host decides, and that a test can force."""

    append_lowers: bool | None = None  # fsconfig's `lowerdir+`; None: where the kernel has it (6.5)
    id_ranges: bool = True  # False: a single id even where /etc/subuid allows more


class Exit(NamedTuple):
    """How a command ended, after every process of its sandbox was dead."""

    status: int  # exit status, or minus the signal
    user: float  # seconds of CPU in user mode of all processes of the sandbox that were waited for
    system: float  # seconds of CPU in the kernel
    rss: int  # bytes of the largest process's resident memory at its peak
    read: int = 0  # bytes that came from disks, not from the page cache
    written: int = 0  # bytes that went, or will go, to disks


class Capabilities(NamedTuple):
    """What this machine's sandbox can do, found by starting one."""

    as_root: bool  # real ids; otherwise a user namespace
    id_ranges: bool  # other users' ids exist inside
    single_id_cost: str  # what cannot work, and the cure; empty where nothing is lost
    overlay: bool  # a command ran on an overlay
    append_lowers: bool  # layers are given to the kernel one by one, not as one page of text
    kernel: str  # release, as uname(2) says it
