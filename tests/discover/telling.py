"""What is known of a real tree without the product's code, and how names and archives are read for it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ARCHIVE = re.compile(r"\.(?:tar\.\w+|tar\.\*|tgz|txz|tbz2?|zip)$")
NAMED = re.compile(r"^(?P<name>.+?)[-_]?(?P<version>v?\d[\w.]*(?:-(?:p|rc|beta|orig)\d*)?)?$")


@dataclass
class Truth:
    """What is known of one script; None is "nothing in the tree tells", "" is "has none"."""

    key: str  # its path, or path:line of a part
    name: str | None = None
    version: str | None = None
    source: str | None = None
    chapter: str | None = None


@dataclass
class TreeTruth:
    """All of a tree. `order`: keys as they are to run."""

    scripts: list[Truth]
    order: list[str] = field(default_factory=list)
    book: str = ""


def spelled(name: str) -> str:
    """A name to compare by: case, punctuation and the usual other spellings do not count."""
    plain = re.sub(r"[^a-z0-9+]", "", re.sub(r"^(?:perl|python3?)-(?=\w)", "", name.lower())).replace("++", "xx")
    return {
        "libelf": "elfutils", "libstdc": "libstdcxx", "libstdcpp": "libstdcxx", "linuxapiheaders": "linux",
            "linuxheaders": "linux",
        "linuxapiheader": "linux", "linuxkernel": "linux", "kernel": "linux", "tclcore": "tcl",
            "python3": "python",
        "dbus": "dbus", "procps": "procpsng", "utillinuxng": "utillinux",
        "dejagun": "dejagnu", "elfutilslibelf": "elfutils",
            "xmlparser": "xmlparser",
        "apiheaders": "linux", "bootscripts": "lfsbootscripts", "libstdcxxv3": "libstdcxx",
            "pkgconfiglite": "pkgconfig",
        "iproute": "iproute2", "iana": "ianaetc", "bzip": "bzip2",
    }.get(plain, plain)  # fmt: skip


def split(archive: str) -> tuple[str, str]:
    """`gcc-13.2.0.tar.xz` as name and version; a `*` is no version."""
    base = ARCHIVE.sub("", archive.rpartition("/")[2])
    base = re.sub(r"(?:[-._](?:src|source|html|orig|bin|stable|signed\.tar|all_))+$", "", base)
    if "*" in base:
        return re.sub(r"[-_.]?\d*\*.*$", "", base), ""
    if base in ("bzip2", "m4", "iproute2", "e2fsprogs"):
        return base, ""
    found = re.match(r"^(.*?)[-_](v?\d[\w.+~]*(?:[-_]?(?:p|rc)\d+)?(?:-r?\d+)?)$", base) or re.match(
        r"^([A-Za-z+-]*[A-Za-z])(\d[\w.]*)$", base
    )
    return (found[1], found[2]) if found else (base, "")


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace")


def unpacked(text: str) -> str:
    """The first archive that a text unpacks with tar, quotes off."""
    for match in re.finditer(
        r"^[ \t]*(?:\$?\(?|@|sudo )?tar\s+(?:-?\w*x\w*|--extract)\s+(?:-f\s+)?(\S+)", text, re.MULTILINE
    ):
        archive = match[1].strip("\"'")
        if not archive.startswith("../"):
            return archive.rpartition("/")[2]
    return ""


def relative(tree: Path, pattern: str) -> Iterator[tuple[str, Path]]:
    for path in sorted(
        tree.glob(pattern),
        key=lambda path: [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", str(path))],
    ):
        yield str(path.relative_to(tree)), path
