"""What makes a build wrong without failing: host paths in it, files outside of it, jobs, versions that are stale."""

import re
from collections.abc import Iterator
from itertools import pairwise
from string import ascii_lowercase

from lfsmake.discover.judge.findings import Edit, Finding, Rule
from lfsmake.discover.judge.piece import Piece, operands, options, values
from lfsmake.discover.shell.nodes import Command, Word
from lfsmake.model.errors import Span

BARE_JOBS = Rule(
    "bare-jobs",
    "error",
    "make -j without a number",
    "make starts as many jobs as it finds work: hundreds of compilers, and no memory left",
    "leave -j out: lfsmake shares its jobs with make; by hand: make -j$(nproc)",
    "make -j",
    "make -j$(nproc)",
)
FIXED_JOBS = Rule(
    "fixed-jobs",
    "note",
    "a fixed number of jobs",
    "it is too many on one machine and too few on another, and lfsmake's own -j is not heeded",
    "leave -j out: lfsmake shares its jobs with make",
    "make -j8",
    "make",
)
NO_DESTDIR = Rule(
    "no-destdir",
    "error",
    "an installation into the host",
    "configured with --prefix=/usr and installed without DESTDIR, it writes over the host's own programs",
    "write: make DESTDIR=$LFS install",
    "./configure --prefix=/usr --host=$LFS_TGT\nmake\nmake install",
    "./configure --prefix=/usr --host=$LFS_TGT\nmake\nmake DESTDIR=$LFS install",
)
OUTSIDE_LFS = Rule(
    "outside-lfs",
    "warning",
    "something is written outside $LFS",
    "the host is changed, or, in lfsmake's sandbox, the command fails: the host is read-only there",
    "write it below $LFS, or into the build folder",
    "make DESTDIR=$LFS install\ninstall -m644 a.conf /etc/a.conf",
    "make DESTDIR=$LFS install\ninstall -m644 a.conf $LFS/etc/a.conf",
)
HOST_PATH = Rule(
    "host-path",
    "warning",
    "a folder of the host in a build for another system",
    "headers and libraries of the host get into what is built, and it fails elsewhere",
    "on the host: --with-sysroot and paths below $LFS; in the new system: paths as they are there",
    "./configure --host=$LFS_TGT CPPFLAGS=-I/usr/include",
    "./configure --host=$LFS_TGT",
)
STALE_VERSION = Rule(
    "stale-version",
    "warning",
    "a version that is not the declared one",
    "the name stayed behind when the version was raised: a folder that is not there, or an old file that is taken",
    "write $version",
    "tar -xf ../gcc-13.2.0.tar.xz",
    "tar -xf ../gcc-$version.tar.xz",
)
RULES = (BARE_JOBS, FIXED_JOBS, NO_DESTDIR, OUTSIDE_LFS, HOST_PATH, STALE_VERSION)

_HOST_FOLDER = re.compile(r"(?:^|=|\s)-(?:I|L|isystem|idirafter)\s*(/usr(?:/local)?/(?:include|lib(?:32|64)?)[\w./-]*)")
_WRITERS = frozenset(("cp", "mv", "ln", "install", "ldconfig"))  # to their last operand
_EACH = frozenset(("mkdir", "tee", "touch", "rm", "rmdir", "truncate"))  # to each operand
_TOP = re.compile(r"/(?:etc|usr|bin|sbin|lib\w*|opt|var|root|boot|home)/[\w.+/-]+$")  # files, and not what sed does
_BEHIND = re.compile(r"(?:^|[=:]|-[IL]\s*)(/mnt/lfs(?=/|$)[\w./-]*|(?<=[IL=])/home/[\w.-]+/[\w./-]*)")
_WHERE_TO = frozenset(("DESTDIR", "INSTALL_ROOT", "prefix", "PREFIX", "install_root", "INSTALL_HDR_PATH"))
# /tools and /cross-tools: links to folders below $LFS, in books up to 9.1 and in CLFS
_FREE = re.compile(r"/(?:dev|proc|tmp|var/tmp|mnt|sources?|build|run|(?:cross-)?tools)(?:/|$)|/$")
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)+[a-z]?")


def findings(piece: Piece) -> Iterator[Finding]:
    """All findings of these rules."""
    for_another = piece.context in ("host", "lfs") and (piece.kind == "body" or _names_lfs(piece))
    for command in piece.shell.commands:
        if command.name in ("make", "gmake", "ninja"):
            yield from _jobs(piece, command)
        if for_another:
            yield from _outside(piece, command)
            yield from _host_paths(piece, command)
        elif piece.context in ("target", "chroot"):
            yield from _left_behind(piece, command)
    if for_another:
        yield from _destdir(piece)
    yield from _versions(piece)


def _names_lfs(piece: Piece) -> bool:
    """Whether a script says itself that it builds for another system; where it runs is else a guess of ours."""
    return any(
        {"LFS", "LFS_TGT", "CLFS", "CLFS_TARGET"} & set(word.names) for command in piece.shell.commands
        for word in (*command.words, *(each.value for each in command.assignments if each.value is not None))
    )  # fmt: skip


def _jobs(piece: Piece, command: Command) -> Iterator[Finding]:
    words = command.words[1:]
    for at, word in enumerate(words):
        text = word.value if word.value is not None else word.text
        following = words[at + 1].text if at + 1 < len(words) else ""
        if text in ("-j", "--jobs") and command.name != "ninja" and not re.match(r"[0-9$`\"]", following):
            edits = (Edit(word.span, '-j"$(nproc)"'),)
            yield piece.finding(BARE_JOBS, f"{command.name} {text} starts any number of jobs", word.span, edits=edits)
        elif re.fullmatch(r"(?:-j|--jobs=)([2-9]|[0-9]{2,})", text):
            yield piece.finding(FIXED_JOBS, f"{text} is the same on every machine", word.span)
        elif text in ("-j", "--jobs") and re.fullmatch(r"[2-9]|[0-9]{2,}", following):
            yield piece.finding(FIXED_JOBS, f"{text} {following} is the same on every machine", word.span)


def _destdir(piece: Piece) -> Iterator[Finding]:
    """`make install` after a configure for /usr, nothing said of where to."""
    prefixed = False
    own = len(piece.before)
    for at, command in enumerate((*piece.before, *piece.shell.commands)):
        words = values(command)
        joined = " ".join(words)
        if command.name.startswith("configure") or "--prefix=" in joined:
            match = re.search(r"--prefix=(\S+)", joined)
            prefixed = match is None or match[1].strip("\"'") in ("/", "/usr", "/usr/local")
        if command.name not in ("make", "ninja", "gmake") or not prefixed:
            continue
        target = any(word == "install" or word.startswith("install-") for word in operands(command))
        told = {given.name for given in command.assignments} | {word.partition("=")[0] for word in words if "=" in word}
        told |= {given.name for given in piece.shell.assignments if given.exported}
        if at >= own and target and not told & _WHERE_TO:
            yield piece.finding(NO_DESTDIR, f"{command.name} install writes to the host's own folders", command.span)


def _outside(piece: Piece, command: Command) -> Iterator[Finding]:
    targets: list[Word] = [
        redirect.target
        for redirect in command.redirects
        if redirect.target is not None and redirect.operator in (">", ">>", "&>", "&>>", ">|")
    ]
    plain = [word for word in command.words[1:] if not word.text.startswith("-")]
    if command.name in _WRITERS:
        targets += plain[-1:]
    elif command.name in _EACH:
        targets += plain
    elif command.name == "sed" and {"i", "in-place"} & options(command):
        targets += [word for word in plain if _TOP.match(word.text)]
    elif command.name in ("tar", "bsdtar", "unzip"):
        targets += [
            word for before, word in pairwise(command.words) if before.text in ("-C", "-d", "--directory", "-xC")
        ]
    for word in targets:
        value = word.value
        if value is not None and value.startswith("/") and not _FREE.match(value):
            yield piece.finding(OUTSIDE_LFS, f"{value} is the host's", word.span)
    for word in command.words[1:] if command.name in ("make", "gmake", "ninja") else ():
        if re.fullmatch(r"(?:DESTDIR|INSTALL_ROOT)=/?", (word.value or "x").replace('"', "")):
            yield piece.finding(OUTSIDE_LFS, "/ is the host's", word.span)


def _left_behind(piece: Piece, command: Command) -> Iterator[Finding]:
    """Names of the host's that mean nothing, or something else, in the system that is built."""
    for word in (*command.words[1:], *(given.value for given in command.assignments if given.value is not None)):
        text = word.text.replace('"', "").replace("'", "")
        match = _BEHIND.search(text)
        if match:
            yield piece.finding(HOST_PATH, f"{match[1]} is the host's, and not there in the new system", word.span)
        elif piece.kind == "body" and re.search(r"\$(?:\{LFS\}|LFS(?!\w))", text):
            yield piece.finding(HOST_PATH, "$LFS is the host's name for /, and not there in the new system", word.span)


def _host_paths(piece: Piece, command: Command) -> Iterator[Finding]:
    for word in (*command.words[1:], *(given.value for given in command.assignments if given.value is not None)):
        match = _HOST_FOLDER.search(word.text.replace('"', "").replace("'", ""))
        if match:
            yield piece.finding(HOST_PATH, f"{match[1]} is the host's", word.span)


def _versions(piece: Piece) -> Iterator[Finding]:
    """`gcc-13.2.0` where gcc is declared in another version."""
    if not piece.own:
        return
    known = {name.lower(): version for name, version in piece.own}
    names = "|".join(map(re.escape, known))
    pattern = re.compile(rf"(?<![\w.-])({names})-([0-9]+(?:\.[0-9]+)+[a-z]?)(?!\.?[0-9])(\S*)")
    for number, line in enumerate(piece.shell.text.split("\n"), 1):
        if len(line) > 4096 or line.lstrip().startswith("#"):
            continue
        for match in pattern.finditer(line.lower()):
            declared = known[match[1]]
            if not _VERSION.fullmatch(declared) or _alike(match[2], declared):
                continue
            if _older(line[: match.start()], match[3]):
                continue
            said = match[1] + "-" + match[2]
            place = Span(piece.shell.path, number, match.start() + 1, number, match.start() + 1 + len(said))
            yield piece.finding(STALE_VERSION, f"{said}, but {match[1]} {declared} is declared", place)


def _alike(here: str, declared: str) -> bool:
    """Whether they are one version to an archive's folder: 4.13a unpacks as 4.13, 5.43.0 as 5.43."""
    return here == declared or here in (re.sub(r"(?:\.0)+$", "", declared), declared.rstrip(ascii_lowercase))


def _older(before: str, behind: str) -> bool:
    """Whether a version is by right another one: that of a patch, or of an interface (`include/libfm-1.0`)."""
    if re.search(r"(?:^|/)(?:include|lib\w*|pkgconfig)/$", before):
        return True
    return re.search(r"[-.](?:patch|diff)\b", behind) is not None
