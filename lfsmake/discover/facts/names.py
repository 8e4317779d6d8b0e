"""Names and versions in the names of files: archives, patches, scripts. Spells names as the book does, in lower case.

Knows spellings only: neither scripts nor trees. General rules come first, the tables hold what no rule can tell.
"""

import re
from functools import lru_cache

from msgspec import Struct

ARCHIVE = re.compile(
    r"\.(?:tar(?:\.(?:xz|gz|bz2|zst|lz|lzma|Z|\*|\?+|\[[^\]]*\]))?|t(?:gz|xz|bz2?|zst|lz)"
    r"|zip|7z|cpio\.gz|crate|whl|gem|jar|tar\*)$",
    re.IGNORECASE,
)
PATCH = re.compile(r"\.(?:patch|diff)(?:\.(?:gz|xz|bz2|zst))?$", re.IGNORECASE)
_VERSION = r"v?\d[\w.+~]*(?:-?(?:rc|pre|alpha|beta|p|r|git)[-._]?\d*)*"
_DASHED = re.compile(
    rf"^(?P<name>[A-Za-z].*?)[-_ ](?P<version>{_VERSION}(?:-\d{{1,8}})?)(?P<rest>(?:[-._ ].*)?)$", re.IGNORECASE
)
_RELEASE = re.compile(r"^(?P<name>[A-Za-z].*?)-(?P<version>r\d+)(?P<rest>)$")
_CLOSE = re.compile(
    r"^(?P<name>[A-Za-z][A-Za-z+-]*[A-Za-z+])(?P<version>\d+(?:\.\d+)+\w*|\d{4}\w|\d{2})(?P<rest>(?:[-._].*)?)$"
)
_TAIL = re.compile(
    r"[-._](?:src|source|orig|release|stable|final|html|docs?(?:-html)?|bin|x86_64|amd64|noarch)$", re.IGNORECASE
)

# What is spelled so differently that no rule tells it. Keys have neither case nor punctuation.
_SPELLINGS = {
    "acpid": "acpid",
    "bootscripts": "lfs-bootscripts",
    "bzip": "bzip2",
    "dejagun": "dejagnu",
    "elfutilslibelf": "elfutils",
    "libelf": "elfutils",
    "libelffromelfutils": "elfutils",
    "iana": "iana-etc",
    "ianaetc": "iana-etc",
    "iproute": "iproute2",
    "jinja": "jinja2",
    "lfsbootscripts": "lfs-bootscripts",
    "libstdc": "libstdc++",
    "libstdcpp": "libstdc++",
    "libstdcxx": "libstdc++",
    "libstdcfromgcc": "libstdc++",
    "libstdcplusplus": "libstdc++",
    "libstdcv3": "libstdc++",
    "stdc": "libstdc++",
    "gccstdc": "libstdc++",
    "linuxapiheaders": "linux",
    "linuxheaders": "linux",
    "linuxkernel": "linux",
    "linuxkernelheaders": "linux",
    "apiheaders": "linux",
    "kernelheaders": "linux",
    "kernel": "linux",
    "mandb": "man-db",
    "manpages": "man-pages",
    "ninjabuild": "ninja",
    "pkgconfig": "pkg-config",
    "pkgconfiglite": "pkg-config",
    "procps": "procps-ng",
    "procpsng": "procps-ng",
    "python3": "python",
    "shadowutils": "shadow",
    "sqliteautoconf": "sqlite",
    "sqlite3": "sqlite",
    "tclcore": "tcl",
    "utillinuxng": "util-linux",
    "utillinux": "util-linux",
    "utilslinux": "util-linux",
    "xmlparser": "xml-parser",
    "xmlparserperl": "xml-parser",
    "markupsafe": "markupsafe",
    "flitcore": "flit-core",
    "flit": "flit-core",
    "udevfromsystemd": "udev",
    "timezone": "tzdata",
    "timezonedata": "tzdata",
}
# Names that end in digits, which are no version.
DIGITS = frozenset(
    "bzip2 e2fsprogs iproute2 m4 lz4 jinja2 sqlite3 python2 python3 libxml2 gtk2 gtk3 gtk4 qt5 qt6 mpg123 p7zip "  # noqa: SIM905
    "libusb1 docutils2 krb5 glib2 pcre2 lua5 nettle3 bash42 x264 x265 fuse3 fuse2 ipset6 db4 db5 db6".split()
)
_BEFORE = re.compile(
    r"^(?!make-ca\b)(?:make|build|install|compile|lfs|blfs|clfs|chroot|host|root|su|system|script|do|run|tools?|temp|tmp|cross"
    r"|stage\d?|phase\d?|toolchain|all|final|basic)[-_. ]+(?=[A-Za-z])",
    re.IGNORECASE,
)
_AFTER = re.compile(
    r"[-_. ]+(?:tools?|temp(?:orary)?|tmp|final|build|install|cross|chroot|native|stage[-_]?\d|phase[-_]?\d|minimal"
    r"|bootstrap|lfs|system|static|toolchain|(?:from|in)[-_]gcc|pass|target|ch(?:apter)?\d+|new|basic|base|src|script|make|sh|shared)$",
    re.IGNORECASE,
)
_TURN = re.compile(
    r"(?:^|[-_. (])(?:pass|stage|round|turn|p)[-_. ]*(?P<digit>[1-4])(?=$|[-_. )])"
    r"|[-_. ](?P<ordinal>1st|2nd|3rd)(?:[-_. ]?pass)?(?=$|[-_. ])"
    r"|(?:^|[-_. ])(?P<word>first|second|third)[-_. ]?pass|[-_. ]pass[-_. ]?(?P<late>one|two|three)",
    re.IGNORECASE,
)
_TURNS = {
    "1st": "1",
    "2nd": "2",
    "3rd": "3",
    "first": "1",
    "second": "2",
    "third": "3",
    "one": "1",
    "two": "2",
    "three": "3",
}
_HEADERS = re.compile(r"[-_. ]*(?:api)?[-_. ]*headers?$", re.IGNORECASE)


class Named(Struct, frozen=True):
    """What the name of a file says. `version`, `turn` "" if it says none."""

    name: str  # spelled as the book does
    version: str = ""
    turn: str = ""
    raw: str = ""  # the name as it was


def squeezed(name: str) -> str:
    """A name without case and punctuation, to compare by."""
    return re.sub(r"[^a-z0-9]", "", name.lower().replace("++", "xx"))


@lru_cache(maxsize=4096)
def book_name(raw: str) -> str:
    """A name as the book spells it."""
    name = re.sub(r"[-_ ]+", "-", raw.strip().lower().replace("::", "-")).strip("-.")
    if name in ("d-bus",):
        return "dbus"
    return _SPELLINGS.get(re.sub(r"[^a-z0-9]", "", name), name)


def is_archive(text: str) -> bool:
    """Whether a file's name is that of an archive."""
    match = ARCHIVE.search(text)
    return match is not None and match.start() > text.rfind("/") + 1


def is_patch(text: str) -> bool:
    """Whether a file's name is that of a patch."""
    return PATCH.search(text) is not None


def base_of(text: str) -> str:
    """The last part of a path or URL, without a query."""
    return re.sub(r"[?#].*$", "", text.rstrip("/") if "://" in text else text).rpartition("/")[2]


@lru_cache(maxsize=8192)
def of_archive(text: str) -> Named | None:
    """Name and version of an archive's path or URL; the version is "" if it is a glob's. None if it is no archive."""
    base = base_of(text)
    match = ARCHIVE.search(base)
    if match is None:
        return None
    stem = base[: match.start()]
    if re.fullmatch(
        rf"(?:{_VERSION}|release[-_.]\S*)", stem, re.IGNORECASE
    ):  # a tag of a forge: …/owner/name/archive/v1.2.tar.gz
        owner = re.search(r"/([\w.+-]+)/(?:archive|releases?|tarball|-)/", text)
        return _named(owner[1], stem.lstrip("vV"), owner[1]) if owner else None
    return of_folder(stem)


@lru_cache(maxsize=8192)
def of_folder(stem: str) -> Named | None:
    """Name and version of a folder as archives make them: `gcc-9.2.0`, `tcl8.6.12`, `boost_1_82_0`."""
    while (tail := _TAIL.search(stem)) is not None and tail.start() > 0:
        stem = stem[: tail.start()]
    if not stem or not re.search(r"[A-Za-z]", stem):
        return None
    if any(mark in stem for mark in "*?["):
        globbed = re.match(r"[A-Za-z][\w+.-]*?(?=[-_.]?(?:\d[\w.]*)?[*?\[])", stem)
        return _named(globbed[0].rstrip("-_."), "", globbed[0]) if globbed and len(globbed[0]) > 1 else None
    match = _DASHED.match(stem) or _RELEASE.match(stem)
    if match is None and stem.lower() not in DIGITS:
        match = _CLOSE.match(stem)
    if match is None:
        return _named(stem, "", stem)
    name, version = match["name"].rstrip("-_."), re.sub(r"_[A-Za-z].*", "", match["version"].lstrip("vV"))
    if re.fullmatch(r"\d+(?:_\d+)+", version):
        version = version.replace("_", ".")
    if name.lower() == "sqlite-autoconf" and len(version) == 7 and version.isdigit():
        version = f"{int(version[0])}.{int(version[1:3])}.{int(version[3:5])}"
    return _named(name, version, name)


def _named(name: str, version: str, raw: str) -> Named:
    return Named(book_name(name), version, "", raw)


def turn_of(text: str) -> tuple[str, str]:
    """The pass that a text names, and the text without it."""
    match = _TURN.search(text)
    if match is None:
        return "", text
    word = (match["digit"] or match["ordinal"] or match["word"] or match["late"] or "").lower()
    return _TURNS.get(word, word), text[: match.start()] + text[match.end() :]


@lru_cache(maxsize=8192)
def of_stem(stem: str) -> Named:
    """What a script's name says, its numbers and extension off: `lfs_gcc-5.2.0-pass-1` is gcc 5.2.0, pass 1."""
    turn, rest = turn_of(stem)
    rest = rest.strip("-_. ")
    while (before := _BEFORE.match(rest)) is not None:
        rest = rest[before.end() :]
    found = of_folder(rest)
    name = found.raw if found is not None and found.version else rest
    while (after := _AFTER.search(name)) is not None and after.start() > 0:
        name = name[: after.start()]
    part = re.search(r"lib(?:stdc(?:\+\+|xx|pp)?|elf)(?![a-z])", rest, re.IGNORECASE)
    if part:
        name = part[0]  # `gcc-build-libstdcxx`, `elfutils-0.186-libelf`
    if re.fullmatch(r"linux.*|kernel.*", name, re.IGNORECASE):
        name = _HEADERS.sub("", name) or "linux"
    if not re.search(r"[A-Za-z]", name):
        name = rest or stem
    return Named(book_name(name), found.version if found is not None else "", turn, name)
