"""Builds the root that a command runs in, from inside its new namespaces. Knows no processes and no ids.

The order matters. A scratch tmpfs becomes the root, with the whole host below `/old`: so nothing of the host
need be a mount point, every path of the host stays reachable, and no layer's symlink can lead a mount astray. The
new root grows at `/new`, and when it becomes the root in its turn, scratch folder and host are gone together.
"""

import os

from lfsmake.sandbox import kernel

TYPE_CHECKING = False  # what typing's says; importing typing costs more than all the mounts together
if TYPE_CHECKING:
    from collections.abc import Callable

    from lfsmake.sandbox.wire import Task

HOST_FOLDERS = ("usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32", "etc")
SYSTEM_FOLDERS = ("dev", "proc", "run", "tmp")
EMPTY_FOLDERS = ("root", "home")
DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
DEVICE_LINKS = (
    ("ptmx", "pts/ptmx"),
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("core", "/proc/kcore"),
)
# Parts of /proc through which a root without a user namespace would change the machine.
GUARDED_PROC = ("sys", "sysrq-trigger", "irq", "bus", "fs", "scsi", "acpi", "timer_list")
SCRATCH = ("/tmp", "/run", "/var", "/usr", "/etc")  # noqa: S108  # hidden in a private namespace, not written to

_SAFE = kernel.ATTR_NOSUID | kernel.ATTR_NODEV


def build_root(task: "Task", doing: "Callable[[str], None]") -> None:
    """Make the task's root this process's root. Needs new mount and pid namespaces, and umask 0.

    Calls `doing` with each operation before trying it, so that an OSError can be told with what failed.
    """
    _leave_host(doing)
    root = "/new"
    overlay_path = root
    if task["context"] == "host":
        overlay_path = root + task["target"]
        doing("making the root folder")
        _attach_at(kernel.new_mount("tmpfs", [("mode", "0755")], _SAFE), root)
        _show_host(root, doing)
        for path, to in task["links"]:
            os.symlink(to, root + _normal(path))
    root_fd = os.open(root, os.O_PATH)
    skeleton = _make_skeleton(task)
    if task["context"] == "host":
        _make_host_points(task, root_fd)
    count = len(task["lowers"])
    doing(f"mounting overlay with {count} layer{'' if count == 1 else 's'} at {task['target']}")
    _mount_overlay(task, skeleton, overlay_path)
    if task["context"] == "target":
        os.close(root_fd)
        root_fd = os.open(root, os.O_PATH)  # the overlay came to lie over it
    covered = {_normal(target) for _, target, _ in task["binds"]}
    ours = _mount_system(root_fd, covered, task["uids"] != 1, doing)
    for source, target, read_only in task["binds"]:
        doing(f"binding {source} to {target}")
        _bind(root_fd, source, _normal(target), read_only, ours)
    doing("making the root read-only")
    if "/dev" in ours:
        kernel.set_read_only(ours["/dev"], recursive=False)
    if task["context"] == "host":
        kernel.set_read_only(root_fd, recursive=False)
    doing("entering the new root")
    os.chdir(root)
    kernel.pivot_root(".", ".")
    kernel.detach(".")
    os.chdir("/")
    os.close(root_fd)
    for tree in ours.values():
        os.close(tree)


def _leave_host(doing: "Callable[[str], None]") -> None:
    doing("making the mounts private")
    kernel.mount("none", "/", "none", kernel.MS_REC | kernel.MS_PRIVATE)
    base = next(path for path in SCRATCH if os.path.isdir(path))
    doing(f"mounting a scratch folder at {base}")
    _attach_at(kernel.new_mount("tmpfs", [("mode", "0755")], _SAFE), base)
    for name in ("old", "new", "layers", "skeleton"):
        os.mkdir(f"{base}/{name}", 0o755)
    doing("leaving the host's root")
    kernel.pivot_root(base, f"{base}/old")
    os.chdir("/")


def _attach_at(tree: int, path: str) -> None:
    point = os.open(path, os.O_PATH | os.O_DIRECTORY)
    try:
        kernel.attach(tree, point)
    finally:
        os.close(point)
        os.close(tree)


def _show_host(root: str, doing: "Callable[[str], None]") -> None:
    for name in HOST_FOLDERS:
        source = f"/old/{name}"
        if os.path.islink(source):
            os.symlink(os.readlink(source), f"{root}/{name}")
        elif os.path.isdir(source):
            doing(f"binding the host's /{name}")
            os.mkdir(f"{root}/{name}", 0o755)
            tree = kernel.clone_mount(source)
            kernel.set_read_only(tree)
            _attach_at(tree, f"{root}/{name}")
    for name in EMPTY_FOLDERS:
        os.mkdir(f"{root}/{name}", 0o755)


def _make_skeleton(task: "Task") -> str:
    """The lowest layer of all: what must exist to be mounted on, and must never be found in an upper folder."""
    path = "/skeleton"
    base = os.open(path, os.O_PATH | os.O_DIRECTORY)
    prefix = task["target"].rstrip("/")
    for point in task["mountpoints"]:
        _make_point(base, _normal("/" + point), folder=True)
    if task["context"] == "target":
        for name in SYSTEM_FOLDERS:
            _make_point(base, "/" + name, folder=True)
    for source, target, _ in task["binds"]:
        target = _normal(target)
        inside = target == prefix or target.startswith(prefix + "/")
        if inside and not (task["context"] == "target" and _first(target) in SYSTEM_FOLDERS):
            _make_point(base, target[len(prefix) :], os.path.isdir("/old" + source))
    os.close(base)
    return path


def _make_host_points(task: "Task", root_fd: int) -> None:
    for name in SYSTEM_FOLDERS:
        _make_point(root_fd, "/" + name, folder=True)
    _make_point(root_fd, task["target"], folder=True)
    prefix = task["target"] + "/"
    for source, target, _ in task["binds"]:
        target = _normal(target)
        if not target.startswith(prefix) and _first(target) not in (*HOST_FOLDERS, *SYSTEM_FOLDERS):
            _make_point(root_fd, target, os.path.isdir("/old" + source))


def _mount_overlay(task: "Task", skeleton: str, target: str) -> None:
    for name in ("upper", "work"):
        os.symlink("/old" + task[name], f"/layers/{name}")
    _forget_volatile("/old" + task["work"])
    # fsconfig takes 255 characters a value and mount(2) one page in all: short names fit both.
    names = [str(number) for number in range(len(task["lowers"]))]
    for name, lower in zip(names, task["lowers"], strict=True):
        os.symlink("/old" + lower, f"/layers/{name}")
    os.symlink(skeleton, "/layers/s")
    highest_first = [*reversed(names), "s"]
    # redirect_dir=off is refused beside userxattr by kernels that follow redirects by default; nofollow says the
    # same for layers that have none. volatile: the store syncs what it keeps, an unmount need not sync it all.
    options: list[tuple[str, str | None]] = [
        ("userxattr", None),
        ("redirect_dir", "nofollow"),
        ("metacopy", "off"),
        ("index", "off"),
        ("volatile", None),
    ]
    os.chdir("/layers")
    try:
        _mount_named(task["append_lowers"], highest_first, options, target)
    except OSError as error:
        for folder in (*task["lowers"], task["upper"], task["work"]):
            if not os.path.isdir("/old" + folder):
                raise kernel.RefusedError(error.errno, f"there is no folder {folder}") from None
        raise
    os.chdir("/")


def _mount_named(append: bool, names: list[str], options: list[tuple[str, str | None]], target: str) -> None:
    """Mount an overlay of the folders that `names` (highest first), `upper` and `work` name in this folder."""
    if append:
        folders: list[tuple[str, str | None]] = [("lowerdir+", f"/layers/{name}") for name in names]
        folders += [("upperdir", "/layers/upper"), ("workdir", "/layers/work")]
        _attach_at(kernel.new_mount("overlay", folders + options, kernel.ATTR_NODEV), target)
    else:
        text = ",".join(key if value is None else f"{key}={value}" for key, value in options)
        text += ",upperdir=upper,workdir=work,lowerdir=" + ":".join(names)
        kernel.mount("overlay", target, "overlay", kernel.MS_NODEV, text)


def _forget_volatile(work: str) -> None:
    """Let a further phase mount the same folders again.

    The mark is there so that nobody trusts an upper folder after a crash of the machine; the store trusts none that
    it has not synced and renamed itself.
    """
    mark = f"{work}/work/incompat/volatile"
    try:
        os.unlink(f"{mark}/dirty")
        os.rmdir(mark)
        os.rmdir(f"{work}/work/incompat")
    except FileNotFoundError:
        pass  # the first phase, or a kernel that keeps no mark


def _mount_system(root_fd: int, covered: set[str], many_ids: bool, doing: "Callable[[str], None]") -> dict[str, int]:
    """Mount /proc, /dev, /run and /tmp where no bind covers them; returns the descriptors of those that are ours."""
    ours = {}
    if "/proc" not in covered:
        doing("mounting /proc")
        proc = kernel.new_mount("proc", [], _SAFE | kernel.ATTR_NOEXEC)
        _attach_in(root_fd, "/proc", proc)
        for name in GUARDED_PROC:
            _guard(proc, name)
        os.close(proc)
    for path, mode in (("/tmp", "1777"), ("/run", "0755")):  # noqa: S108
        if path not in covered:
            doing(f"mounting {path}")
            ours[path] = kernel.new_mount("tmpfs", [("mode", mode)], _SAFE)
            _attach_in(root_fd, path, ours[path])
    if "/dev" not in covered:
        doing("mounting /dev")
        ours["/dev"] = kernel.new_mount("tmpfs", [("mode", "0755")], kernel.ATTR_NOSUID)
        _attach_in(root_fd, "/dev", ours["/dev"])
        _fill_dev(ours["/dev"], covered, many_ids, doing)
    return ours


def _attach_in(root_fd: int, path: str, tree: int) -> None:
    point = kernel.open_within(root_fd, path, os.O_PATH, kernel.RESOLVE_IN_ROOT)
    try:
        kernel.attach(tree, point)
    finally:
        os.close(point)


def _guard(proc: int, name: str) -> None:
    try:
        point = os.open(name, os.O_PATH, dir_fd=proc)
    except FileNotFoundError:
        return  # a matter of the kernel's configuration
    tree = kernel.clone_mount(name, proc)
    kernel.set_read_only(tree)
    kernel.attach(tree, point)
    os.close(tree)
    os.close(point)


def _fill_dev(dev: int, covered: set[str], many_ids: bool, doing: "Callable[[str], None]") -> None:
    for name in DEVICES:
        doing(f"binding the host's /dev/{name}")
        point = os.open(name, os.O_CREAT | os.O_RDONLY, 0o666, dir_fd=dev)
        tree = kernel.clone_mount(f"/old/dev/{name}")
        kernel.attach(tree, point)
        os.close(tree)
        os.close(point)
    for name, text in DEVICE_LINKS:
        os.symlink(text, name, dir_fd=dev)
    terminals: list[tuple[str, str | None]] = [("newinstance", None), ("ptmxmode", "0666"), ("mode", "0620")]
    if many_ids:
        terminals.append(("gid", "5"))  # "tty" by the book and by every distribution
    memory: list[tuple[str, str | None]] = [("mode", "1777")]
    for name, kind, options in (("pts", "devpts", terminals), ("shm", "tmpfs", memory)):
        os.mkdir(name, 0o755, dir_fd=dev)
        if f"/dev/{name}" in covered:
            continue
        doing(f"mounting /dev/{name}")
        tree = kernel.new_mount(kind, options, kernel.ATTR_NOSUID | (0 if kind == "devpts" else kernel.ATTR_NODEV))
        point = os.open(name, os.O_PATH, dir_fd=dev)
        kernel.attach(tree, point)
        os.close(tree)
        os.close(point)


def _bind(root_fd: int, source: str, target: str, read_only: bool, ours: dict[str, int]) -> None:
    tree = kernel.clone_mount("/old" + source)
    if read_only:
        kernel.set_read_only(tree)
    top = "/" + _first(target)
    if top in ours and target != top:
        _make_point(ours[top], target[len(top) :], os.path.isdir("/old" + source))
    _attach_in(root_fd, target, tree)
    os.close(tree)


def _make_point(base: int, path: str, folder: bool) -> None:
    """Make `path` below the descriptor `base`, its parents too; what exists is left alone."""
    parts = [part for part in path.split("/") if part]
    here = os.dup(base)
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        try:
            if last and not folder:
                os.close(os.open(part, os.O_CREAT | os.O_EXCL | os.O_RDONLY, 0o644, dir_fd=here))
            else:
                os.mkdir(part, 0o1777 if parts == ["tmp"] else 0o755, dir_fd=here)
        except FileExistsError:
            pass
        if not last:
            below = os.open(part, os.O_PATH | os.O_NOFOLLOW | os.O_DIRECTORY, dir_fd=here)
            os.close(here)
            here = below
    os.close(here)


def _normal(path: str) -> str:
    """`path` as an absolute one without empty parts, `.` or `..`."""
    return "/" + "/".join(part for part in path.split("/") if part not in ("", ".", ".."))


def _first(path: str) -> str:
    return path.split("/")[1]
