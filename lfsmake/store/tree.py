"""Captures a folder as a layer and verifies layers: normalise, hash, write the manifest. Knows no store.

It stands alone, standard library only, because it also runs as `python -I -S tree.py` inside the id mapping
of an ordinary user, where the ids of the layer are seen as the step saw them. Then one JSON object comes on
standard input,

    {"do": "capture", "root": …, "manifest": …, "epoch": 0, "drop": […], "lowers": […]}
    {"do": "verify", "root": …, "manifest": …}

and one leaves on standard output; a failure is {"error": …, "path": …, "errno": …} on standard error, exit 1.

A manifest has one JSON object a line, sorted by the bytes of the path, the folder itself first as ".". Its
sha256 is the layer's digest. In paths, link targets and attribute names a backslash, a quote, a control
character and a byte that is not UTF-8 is written \\xNN, so a manifest is always UTF-8 and a path ends at the
first quote.
"""

# Paths are bytes here, and pathlib would be a third of the start-up time of a program this small.
# ruff: noqa: PTH101, PTH108, PTH115, PTH116, PTH118, PTH123, PTH106

from __future__ import annotations

import hashlib
import json
import os
import re
import stat
import sys
import threading
from collections.abc import Iterable, Iterator, Sequence

WHITEOUT = os.makedev(0, 0)
OVERLAY = ("user.overlay.", "trusted.overlay.")  # overlayfs's own bookkeeping
OPAQUE = ("user.overlay.opaque", "trusted.overlay.opaque")
# Put there by the host's policy, not by the step: the same step would give another digest on another machine.
FOREIGN = ("security.selinux", "security.SMACK64", "security.ima", "security.evm", "security.apparmor")
KINDS = {
    stat.S_IFREG: "file",
    stat.S_IFDIR: "directory",
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "character",
    stat.S_IFBLK: "block",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}
PLAIN = re.compile(rb"[ !#-\[\]-~]*")
SPECIAL = re.compile(rb'[\x00-\x1f"\\\x7f]')
ESCAPE = re.compile(rb"\\x([0-9a-f]{2})")
QUOTED_ROOT = '"."'  # the folder itself, in a manifest
BLOCK = 1 << 20  # bytes read at once
LARGE = 1 << 17  # bytes from which on a second thread helps; below, the threads only wait for each other


class TreeError(Exception):
    """The folder cannot be captured. `path` is relative to it."""

    def __init__(self, message: str, path: str = "") -> None:
        super().__init__(message)
        self.path = path


class Item:
    """One path of the tree, relative, b"" for the folder itself."""

    __slots__ = ("hardlink", "kind", "opaque", "overlay", "path", "sha256", "status", "target", "xattrs")

    def __init__(self, path: bytes, status: os.stat_result) -> None:
        self.path = path
        self.status = status
        self.kind = KINDS[stat.S_IFMT(status.st_mode)]
        if self.kind == "character" and status.st_rdev == WHITEOUT:
            self.kind = "whiteout"
        self.opaque = False
        self.overlay: list[str] = []  # names of overlayfs's own attributes
        self.xattrs: list[tuple[str, bytes]] = []
        self.sha256 = ""
        self.target = b""
        self.hardlink: bytes | None = None  # the first path of its group, None for that one itself


def to_text(path: bytes) -> str:
    """The path as manifests write it (before JSON's own escaping). Reversed by `to_bytes`."""
    if PLAIN.fullmatch(path):
        return path.decode("ascii")
    return SPECIAL.sub(lambda found: b"\\x%02x" % found[0][0], path).decode("utf-8", "backslashreplace")


def to_bytes(text: str) -> bytes:
    """The path that `to_text` wrote."""
    return ESCAPE.sub(lambda found: bytes((int(found[1], 16),)), text.encode())


def glob_regex(patterns: Iterable[str]) -> str:
    """A regular expression for whole relative paths: `*` and `?` stay inside one folder, `**` does not.

    A leading slash means nothing: every pattern starts at the folder. Without patterns it matches nothing.
    """
    parts: list[str] = []
    for pattern in patterns:
        pieces = re.split(r"(\*\*|\*|\?)", pattern.lstrip("/"))
        parts.append("".join({"**": ".*", "*": "[^/]*", "?": "[^/]"}.get(p, re.escape(p)) for p in pieces))
    return "(?s:" + "|".join(parts) + ")" if parts else r"(?!)"


def capture(
    root: str, manifest: str, epoch: int = 0, drop: Sequence[str] = (), lowers: Sequence[str] = ()
) -> dict[str, object]:
    """Normalise the tree below `root` in place, hash it, write `manifest`, and have all of it on the disk.

    Every time becomes `epoch` (seconds); paths matching `drop` (see `glob_regex`) are deleted; overlayfs's
    attributes go, but for the opaque mark of a folder that replaces one of `lowers` (layers, lowest first).
    Gives {"digest", "size" (bytes, hard links once), "files" (paths that are not folders), "entries"}.
    Raises TreeError for a mount inside the tree or a file that changes meanwhile, OSError for the rest.
    """
    base = os.fsencode(root)
    top = os.stat(base)
    if top.st_mode & 0o700 != 0o700:  # else its owner could not rename it into the store
        os.chmod(base, stat.S_IMODE(top.st_mode) | 0o700)
    items = list(scan(base, re.compile(os.fsencode(glob_regex(drop)))))
    below = [os.fsencode(lower) for lower in lowers]
    moment = epoch * 1_000_000_000
    for item in items:
        path = base + b"/" + item.path
        if item.opaque and not replaces_folder(item.path, below):
            item.opaque = False
        for name in item.overlay:
            if not (item.opaque and name in OPAQUE):
                os.removexattr(path, name, follow_symlinks=False)
        if item.status.st_mtime_ns != moment or item.kind == "directory":  # a drop may have changed a folder
            os.utime(path, ns=(moment, moment), follow_symlinks=False)
    hash_contents(base, items)
    digest = hashlib.sha256()
    out_fd = os.open(manifest, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        with os.fdopen(out_fd, "wb") as out:
            for item in items:
                line = to_line(item)
                digest.update(line)
                out.write(line)
            out.flush()
            os.fsync(out.fileno())
        sync_filesystem(base)
    except BaseException:
        os.unlink(manifest)
        raise
    files = [item for item in items if item.kind == "file" and item.hardlink is None]
    return {
        "digest": digest.hexdigest(),
        "size": sum(item.status.st_size for item in files),
        "files": sum(item.kind != "directory" for item in items),
        "entries": len(items),
    }


def verify(root: str, manifest: str) -> dict[str, object]:
    """Hash the layer again: {"digest", "manifest" (that file's digest), "differences": [{"path", "what"}]}.

    `what` is "missing", "extra", "unreadable line", or "differs: " and the fields. Times are not compared.
    """
    base = os.fsencode(root)
    items = list(scan(base, re.compile(b"(?!)")))
    hash_contents(base, items)
    with open(manifest, "rb") as file:
        text = file.read()
    found = {to_text(item.path) or ".": to_line(item) for item in items}
    differences: list[dict[str, str]] = []
    for number, line in enumerate(text.splitlines(keepends=True), 1):
        try:
            old = json.loads(line)
            path = str(old["path"])
        except (ValueError, KeyError, TypeError):
            differences.append({"path": f"line {number} of the manifest", "what": "unreadable line"})
            continue
        now = found.pop(path, b"")
        if not now:
            differences.append({"path": path, "what": "missing"})
        elif now != line:
            new = json.loads(now)
            fields = sorted(name for name in {*old, *new} if old.get(name) != new.get(name))
            differences.append({"path": path, "what": "differs: " + ", ".join(fields)})
    differences += [{"path": path, "what": "extra"} for path in sorted(found)]
    return {
        "digest": hashlib.sha256(b"".join(to_line(item) for item in items)).hexdigest(),
        "manifest": hashlib.sha256(text).hexdigest(),
        "differences": differences,
    }


def scan(base: bytes, drop: re.Pattern[bytes]) -> Iterator[Item]:
    """Every path below and including `base`, sorted, without contents; what matches `drop` is deleted."""
    top = os.stat(base)
    items = [Item(b"", top)]
    folders = [b""]
    while folders:
        folder = folders.pop()
        with os.scandir(os.path.join(base, folder)) as entries:
            for entry in entries:
                path = folder + b"/" + entry.name if folder else entry.name
                status = entry.stat(follow_symlinks=False)
                if status.st_dev != top.st_dev:
                    raise TreeError("another file system is mounted here", to_text(path))
                if drop.fullmatch(path):
                    remove(entry.path, status)
                    continue
                item = Item(path, status)
                items.append(item)
                if item.kind == "directory":
                    folders.append(path)
    items.sort(key=lambda item: item.path)
    groups: dict[int, bytes] = {}
    for item in items:
        path = base + b"/" + item.path
        if item.kind == "symlink":
            item.target = os.readlink(path)
        # overlayfs makes all its whiteouts one inode: that says nothing about the tree
        if item.status.st_nlink > 1 and item.kind not in ("directory", "whiteout"):
            first = groups.setdefault(item.status.st_ino, item.path)
            item.hardlink = first if first != item.path else None
        for name in sorted(os.listxattr(path, follow_symlinks=False)):
            if not name.startswith(OVERLAY):
                if name not in FOREIGN:
                    item.xattrs.append((name, os.getxattr(path, name, follow_symlinks=False)))
                continue
            item.overlay.append(name)
            if name in OPAQUE and item.kind == "directory" and item.path:
                item.opaque = item.opaque or os.getxattr(path, name) == b"y"
        yield item


def remove(path: bytes, status: os.stat_result) -> None:
    """Delete one path with all below it; never follows a link, never leaves its file system."""
    if not stat.S_ISDIR(status.st_mode):
        os.unlink(path)
        return
    with os.scandir(path) as entries:
        for entry in entries:
            below = entry.stat(follow_symlinks=False)
            if below.st_dev != status.st_dev:
                raise TreeError("another file system is mounted here", to_text(entry.path))
            remove(entry.path, below)
    os.rmdir(path)


def replaces_folder(path: bytes, lowers: Sequence[bytes]) -> bool:
    """Whether the root of `lowers` (lowest first) shows a folder at `path`.

    overlayfs marks every new folder in a merged one opaque, to save itself look-ups. Kept, such a mark would
    hide what an unrelated layer brings in the same folder.
    """
    names = path.split(b"/")
    for lower in reversed(lowers):
        current = lower
        hides = False
        for depth, name in enumerate(names, 1):
            current = os.path.join(current, name)
            try:
                mode = os.lstat(current).st_mode
            except (FileNotFoundError, NotADirectoryError):
                break
            if not stat.S_ISDIR(mode):
                return False  # a whiteout, or a file: nothing lower shows through
            if depth == len(names):
                return True
            hides = hides or any(read_xattr(current, name) == b"y" for name in OPAQUE)
        if hides:
            return False
    return False


def read_xattr(path: bytes, name: str) -> bytes:
    """The attribute's value, b"" without one."""
    try:
        return os.getxattr(path, name, follow_symlinks=False)
    except OSError:
        return b""


def hash_contents(base: bytes, items: Sequence[Item]) -> None:
    """Set `sha256` of every file, each inode read once; large files on a thread for each processor."""
    files = [item for item in items if item.kind == "file" and item.hardlink is None]
    large = sorted((i for i in files if i.status.st_size >= LARGE), key=lambda item: -item.status.st_size)
    queue = iter(large)
    failures: list[BaseException] = []

    def work(some: Iterable[Item]) -> None:
        buffer = bytearray(BLOCK)
        try:
            for item in some:  # next() of a list's iterator is atomic
                if failures:
                    return
                item.sha256 = hash_file(base, item, buffer)
        except BaseException as failure:
            failures.append(failure)

    count = min(os.cpu_count() or 1, len(large)) - (len(large) == len(files))
    threads = [threading.Thread(target=work, args=(queue,)) for _ in range(count)]
    for thread in threads:
        thread.start()
    work(item for item in files if item.status.st_size < LARGE)
    work(queue)
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    digests = {item.path: item.sha256 for item in files}
    for item in items:
        if item.kind == "file" and item.hardlink is not None:
            item.sha256 = digests[item.hardlink]


def hash_file(base: bytes, item: Item, buffer: bytearray) -> str:
    """The sha256 of a file's content. TreeError when it is not as long as its status says."""
    fd = os.open(base + b"/" + item.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        size = item.status.st_size
        if size < len(buffer):
            data = os.read(fd, size + 1)
            if len(data) == size:
                return hashlib.sha256(data).hexdigest()
            raise TreeError("the file changes while it is captured", to_text(item.path))
        digest = hashlib.sha256()
        view = memoryview(buffer)
        total = 0
        while count := os.readv(fd, [buffer]):
            digest.update(view[:count])
            total += count
        if total != size:
            raise TreeError("the file changes while it is captured", to_text(item.path))
        return digest.hexdigest()
    finally:
        os.close(fd)


def to_line(item: Item) -> bytes:
    """The manifest's line. The path comes first and the hard link last: readers cut there without parsing."""
    status = item.status
    line = (
        f'{{"path":{quote(item.path) if item.path else QUOTED_ROOT},"kind":"{item.kind}",'
        f'"mode":"{stat.S_IMODE(status.st_mode):04o}","uid":{status.st_uid},"gid":{status.st_gid}'
    )
    if item.kind == "file":
        line += f',"size":{status.st_size},"sha256":"{item.sha256}"'
    elif item.kind == "symlink":
        line += f',"target":{quote(item.target)}'
    elif item.kind in ("character", "block"):
        line += f',"device":[{os.major(status.st_rdev)},{os.minor(status.st_rdev)}]'
    elif item.kind == "whiteout":  # its owner and mode are overlayfs's affair
        line = f'{{"path":{quote(item.path)},"kind":"whiteout"'
    if item.xattrs:
        line += ',"xattrs":{' + ",".join(f'{quote(os.fsencode(n))}:"{v.hex()}"' for n, v in item.xattrs) + "}"
    if item.opaque:
        line += ',"opaque":true'
    if item.hardlink is not None:
        line += f',"hardlink":{quote(item.hardlink)}'
    return line.encode() + b"}\n"


def quote(path: bytes) -> str:
    """The path as a JSON string; `to_text` leaves only the backslash to escape."""
    return '"' + to_text(path).replace("\\", "\\\\") + '"'


def sync_filesystem(path: bytes) -> None:
    """Have all that was written to the file system of `path` on the disk: one call, not an fsync a file."""
    import ctypes

    fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        if ctypes.CDLL(None, use_errno=True).syncfs(fd):
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), os.fsdecode(path))
    finally:
        os.close(fd)


def main() -> int:
    """Do what the JSON object on standard input asks."""
    try:
        request = json.loads(sys.stdin.buffer.read())
        action = {"capture": capture, "verify": verify}[request.pop("do")]
        result = action(**request)
    except (ValueError, KeyError, TypeError) as failure:
        sys.stderr.write(json.dumps({"error": f"not a request: {failure!r}", "path": "", "errno": 0}) + "\n")
        return 1
    except (OSError, TreeError) as failure:
        path = failure.path if isinstance(failure, TreeError) else failure.filename or ""
        report = {
            "error": (failure.strerror if isinstance(failure, OSError) else "") or str(failure),
            "path": path if isinstance(path, str) else to_text(path),
            "errno": failure.errno if isinstance(failure, OSError) else 0,
        }
        sys.stderr.write(json.dumps(report) + "\n")
        return 1
    sys.stdout.write(json.dumps(result) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
