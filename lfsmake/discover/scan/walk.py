"""The files of a tree that may be scripts or tell of them, read with care. Knows nothing of what they say."""

import errno
import os
import re
import stat
from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

MOST_BYTES = 2 * 1024 * 1024  # a longer file is data, whatever its name says
MOST_FILES = 200_000
MOST_DEPTH = 40

_PRIVATE = frozenset(
    (
        ".git",
        ".hg",
        ".svn",
        ".bzr",
        "CVS",
        "node_modules",
        "__pycache__",
        ".venv",
        ".tox",
        ".lfsmake",
        ".idea",
        ".vscode",
    )
)
# A folder with two of these beside each other is what an archive holds, not what somebody wrote to build it.
_UPSTREAM = frozenset(
    (
        "configure",
        "configure.ac",
        "configure.in",
        "Configure",
        "config.guess",
        "config.sub",
        "aclocal.m4",
        "ltmain.sh",
        "Makefile.in",
        "Makefile.am",
        "install-sh",
        "CMakeLists.txt",
        "meson.build",
        "Kconfig",
        "Kbuild",
        "setup.py",
        "pyproject.toml",
        "COPYING",
        "INSTALL",
        "AUTHORS",
        "ChangeLog",
        "NEWS",
        "MAINTAINERS",
        "Cargo.toml",
        "go.mod",
    )
)
_BUILDS_ITSELF = frozenset(
    (
        "configure",
        "configure.ac",
        "configure.in",
        "Configure",
        "CMakeLists.txt",
        "meson.build",
        "Kconfig",
        "setup.py",
        "Makefile.in",
        "Makefile.am",
        "Cargo.toml",
        "go.mod",
    )
)
_DATA = frozenset(
    (
        "png", "jpg", "jpeg", "gif", "svg", "ico", "pdf", "ppt", "pptx", "doc", "docx", "odt", "xls", "xlsx",
        "mp3", "mp4",
        "gz", "xz", "bz2", "zst", "lz", "zip", "tar", "tgz", "txz", "tbz2", "7z", "deb", "rpm", "iso", "img",
        "qcow2",
        "patch", "diff", "html", "htm", "css", "js", "ts", "c", "h", "cc", "cpp", "hpp", "go", "rs", "py", "pl",
        "pyc",
        "so", "a", "o", "ko", "bin", "db", "sqlite", "ttf", "woff", "woff2", "log", "tex", "xml", "xsl", "ent",
    )
)  # fmt: skip


_SPEC = re.compile(rb"^(?:Name|Version)[ \t]*:", re.MULTILINE)


class Entry(Struct, frozen=True):
    """A file of the tree. `path` has "/" and is below the root; `data` is b"" where it would tell nothing."""

    path: str
    data: bytes
    executable: bool = False
    link: str = ""  # where it points if it is a symbolic link to a file of the tree

    @property
    def name(self) -> str:
        """Without folders."""
        return self.path.rpartition("/")[2]

    @property
    def folder(self) -> str:
        """ "" at the top."""
        return self.path.rpartition("/")[0]

    @property
    def extension(self) -> str:
        """In lower case, without the dot; "" for none or a number, as in `gcc-13.2`."""
        stem, dot, last = self.name.rpartition(".")
        return last.lower() if dot and stem and not last.isdigit() else ""


class Walked(Struct, frozen=True):
    """What a walk found: files by path, and what it did not read, with the reason."""

    entries: tuple[Entry, ...]
    skipped: tuple[tuple[str, str], ...]


def walk(root: Path) -> Walked:
    """Every readable text file below `root`, sorted. Follows no links to folders. Raises OSError for the root."""
    os.scandir(root).close()
    entries: list[Entry] = []
    skipped: list[tuple[str, str]] = []
    for path, item in _files(root, skipped):
        if len(entries) >= MOST_FILES:
            skipped.append((path, f"the tree has more than {MOST_FILES:,} files; this and the rest are not read"))
            break
        found = _read(root, path, item)
        if isinstance(found, str):
            skipped.append((path, found))
        elif found is not None:
            entries.append(found)
    entries.sort(key=lambda entry: entry.path)
    return Walked(tuple(entries), tuple(sorted(skipped)))


def _files(root: Path, skipped: list[tuple[str, str]]) -> Iterator[tuple[str, "os.DirEntry[str]"]]:
    pending = [("", 0)]
    while pending:
        folder, depth = pending.pop()
        try:
            with os.scandir(root / folder if folder else root) as found:
                items = sorted(found, key=lambda item: item.name)
        except OSError as error:
            skipped.append((readable(folder), f"cannot be opened: {_why(error)}"))
            continue
        why = _foreign(folder, items)
        if why:
            skipped.append((readable(folder), why))
            continue
        for item in items:
            path = f"{folder}/{item.name}" if folder else item.name
            if not _is_folder(item):
                yield path, item
            elif item.name in _PRIVATE:
                continue
            elif depth >= MOST_DEPTH:
                skipped.append((readable(path), f"lies more than {MOST_DEPTH} folders deep"))
            else:
                pending.append((path, depth + 1))


def _is_folder(item: "os.DirEntry[str]") -> bool:
    try:
        return item.is_dir(follow_symlinks=False)
    except OSError:
        return False


def _foreign(folder: str, items: list["os.DirEntry[str]"]) -> str:
    """Why a folder below the top is upstream's own, "" if it is not."""
    if not folder:
        return ""
    names = {item.name for item in items}
    marks = names & _UPSTREAM
    own = names & _BUILDS_ITSELF
    if own and len(marks) >= 2 and not _packaged(names):
        return f"holds unpacked sources: {', '.join(sorted(marks)[:3])}"
    return ""


def _packaged(names: set[str]) -> bool:
    """Files of a packager lie beside: it is a recipe's folder after all."""
    return not names.isdisjoint(
        ("Pkgfile", "PKGBUILD", "APKBUILD", "spkgbuild", "template", "checksums", "build.sh")
    )


def _read(root: Path, path: str, item: "os.DirEntry[str]") -> Entry | str | None:
    """The entry, or why not; None for what is of no interest to anybody."""
    full = root / path
    try:
        about = item.stat(follow_symlinks=False)
        link = ""
        if stat.S_ISLNK(about.st_mode):
            target = full.resolve(strict=True)
            if not target.is_relative_to(root.resolve()):
                return "is a link that leads out of the tree"
            link = readable(os.fspath(target.relative_to(root.resolve())))
            about = target.stat()
            if stat.S_ISDIR(about.st_mode):
                return "is a link to a folder, which is not followed"
        if not stat.S_ISREG(about.st_mode):
            return "is no ordinary file"
        extension = path.rpartition(".")[2].lower()
        if extension in _DATA and not link:
            return Entry(readable(path), b"")
        if about.st_size > MOST_BYTES:
            return f"is too large to be a script: {about.st_size:,} bytes"
        data = _bytes(full)
    except (OSError, RuntimeError, ValueError) as error:
        return f"cannot be read: {_why(error)}"
    if b"\0" in data[:8192]:
        return "is binary"
    if extension == "spec" and _SPEC.search(data):
        return "is an RPM spec file, which is not read"
    return Entry(readable(path), data, bool(about.st_mode & 0o111), link)


def _bytes(full: Path) -> bytes:
    """Never waits: a FIFO that took the file's place meanwhile is opened without a writer."""
    handle = os.open(full, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    with open(handle, "rb") as file:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise OSError(errno.EINVAL, "is no ordinary file")
        return file.read(MOST_BYTES + 1)


def readable(path: str) -> str:
    """A path as text that can be written anywhere: bytes that are no UTF-8 as �."""
    return path.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _why(error: Exception) -> str:
    return (error.strerror or str(error)).lower() if isinstance(error, OSError) else str(error)
