"""The order in which scripts are meant to run: numbers in names, drivers, lists, the book. Reads no file."""

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Sequence

from lfsmake.discover.category import RANK
from lfsmake.discover.model import Script
from lfsmake.discover.scan.names import LAST, file_number, folder_number, natural, says_chapter, version_folder

_HEADING = re.compile(r"^(\d{1,2}(?:\.\d{1,3})+)(?:$|[^\d.])")
_STAGES = re.compile(
    r"(?P<host>host|prepar|init|setup|disk|download)|(?P<cross>cross|toolchain|lfs\b|tools|temp|stage-?1|"
    r"phase-?1)|(?P<chroot>chroot)"
    r"|(?P<system>system|software|build|base|final|stage-?[23])|(?P<config>config|boot|kernel|post|grub|image|"
    r"finish|end)",
    re.IGNORECASE,
)
# Where nothing else tells, packages stand as they do in the book.
_TOOLS = [
    "binutils",
    "gcc",
    "linux",
    "glibc",
    "libstdc++",
    "m4",
    "ncurses",
    "bash",
    "coreutils",
    "diffutils",
    "file",
    "findutils",
    "gawk",
    "grep",
    "gzip",
    "make",
    "patch",
    "sed",
    "tar",
    "xz",
    "gettext",
    "bison",
    "perl",
    "python",
    "texinfo",
    "util-linux",
]
_SYSTEM = [
    "man-pages",
    "iana-etc",
    "glibc",
    "tzdata",
    "zlib",
    "bzip2",
    "xz",
    "lz4",
    "zstd",
    "file",
    "readline",
    "m4",
    "bc",
    "flex",
    "tcl",
    "expect",
    "dejagnu",
    "pkgconf",
    "pkg-config",
    "binutils",
    "gmp",
    "mpfr",
    "mpc",
    "isl",
    "attr",
    "acl",
    "libcap",
    "libxcrypt",
    "shadow",
    "gcc",
    "ncurses",
    "sed",
    "psmisc",
    "gettext",
    "bison",
    "grep",
    "bash",
    "libtool",
    "gdbm",
    "gperf",
    "expat",
    "inetutils",
    "less",
    "perl",
    "xml-parser",
    "intltool",
    "autoconf",
    "automake",
    "openssl",
    "kmod",
    "elfutils",
    "libelf",
    "libffi",
    "sqlite",
    "python",
    "flit-core",
    "packaging",
    "wheel",
    "setuptools",
    "ninja",
    "meson",
    "coreutils",
    "check",
    "diffutils",
    "gawk",
    "findutils",
    "groff",
    "grub",
    "gzip",
    "iproute2",
    "kbd",
    "libpipeline",
    "make",
    "patch",
    "tar",
    "texinfo",
    "vim",
    "markupsafe",
    "jinja2",
    "udev",
    "eudev",
    "systemd",
    "dbus",
    "man-db",
    "procps-ng",
    "util-linux",
    "e2fsprogs",
    "sysklogd",
    "sysvinit",
    "lfs-bootscripts",
    "linux",
]


def place_of(script: Script) -> tuple[int, ...]:
    """Chapter, section and what follows; () if neither its path nor its heading nor its facts tell the chapter."""
    heading = _HEADING.match(script.part) if script.part else None
    if heading:
        return (*(int(part) for part in heading[1].split(".")), script.span.line)
    folders, name = script.path.split("/")[:-1], script.path.rpartition("/")[2]
    numbers = file_number(name)
    chapters = [number for number, chapter in filter(None, map(folder_number, folders)) if chapter]
    if chapters:
        rest = numbers[1:] if numbers[:1] == (chapters[-1],) and len(numbers) > 1 else numbers
        return (chapters[-1], *rest) if rest or not script.section else _section(script)
    if numbers and says_chapter(name):
        return numbers
    return _section(script)


def _section(script: Script) -> tuple[int, ...]:
    """From the section's fact, where it is more than a guess."""
    fact = script.section
    if fact is None or fact.sure == "guess" or not re.fullmatch(r"\d+(?:\.\d+)+", fact.value):
        return ()
    return (*(int(part) for part in fact.value.split(".")), script.span.line if script.part else 0)


def steps_of(script: Script) -> tuple[tuple[tuple[int, int, str], ...], ...]:
    """A key by numbers of folders and files that are no chapters: `02-tools/03-gcc.sh`; () without a number."""
    parts = script.path.split("/")
    if not file_number(parts[-1]) and not any(folder_number(part) for part in parts[:-1]):
        return ()
    return tuple(natural(part) for part in parts)


def in_order(scripts: Sequence[Script], driven: Sequence[str]) -> tuple[Script, ...]:
    """The scripts in building order, with positions; those without a place follow by path with position 0.

    `driven`: ids in the order in which the tree's drivers, makefiles and lists come to them.
    """
    takes_part = [
        script
        for script in scripts
        if script.role in ("build", "cleanup", "host", "download") and not _undoes(script)
    ]
    by_id = {script.id: script for script in takes_part}
    builds = [script.id for script in takes_part if script.role == "build"]
    called = [name for name in driven if name in by_id]
    books = {script.id: version_folder(script.path.split("/")[:-1]) for script in takes_part}
    places = {script.id: (books[script.id], place) for script in takes_part if (place := place_of(script))}
    turns = {name: turn for turn, name in enumerate(called)}  # those of one place stand as they are called
    numbered = sorted(places, key=lambda name: (places[name], turns.get(name, len(turns)), natural(name)))
    steps = {script.id: key for script in takes_part if (key := steps_of(script))}
    counted = sorted(steps, key=lambda name: steps[name])
    share = len(set(builds) & set(places))
    if share * 2 > len(builds):
        line = weave(numbered, called)
    elif called:
        line = weave(called, numbered)
    else:
        line = numbered
    groups: dict[str, list[str]] = {}
    for name in counted:
        groups.setdefault(name.rpartition("/")[0], []).append(name)
    if not line:
        line = counted
    else:
        for group in groups.values():
            if any(name in set(line) for name in group):
                line = weave(line, group)
            elif len(set(called) & set(builds)) * 2 < len(builds):
                line = [*line, *group]
    if not set(line) & set(builds):
        rest = sorted((by_id[name] for name in builds), key=_as_the_book)
        line = [*line, *(script.id for script in rest)]
    line = _beside(line, by_id, builds)
    chosen = set(line)
    placed = [_at(by_id[name], position) for position, name in enumerate(line, start=1)]
    others = sorted(
        (script for script in scripts if script.id not in chosen), key=lambda script: natural(script.id)
    )
    return (*placed, *others)


def _beside(line: Sequence[str], by_id: Mapping[str, Script], builds: Sequence[str]) -> list[str]:
    """The line, with what nothing calls behind the script of its folder that it follows by number or in the book.

    That is so for the other choice of two, sysvinit where the driver calls systemd: only in folders of which most
    scripts have a place, and where the numbers, or the book, agree with the places that they have.
    """
    placed = set(line)
    folders: dict[str, tuple[list[str], list[str]]] = {}
    for name in builds:
        if not by_id[name].part:
            folders.setdefault(name.rpartition("/")[0], ([], []))[name not in placed].append(name)
    behind: dict[str, list[str]] = {}
    turns = {name: turn for turn, name in enumerate(line)}
    for here, loose in folders.values():
        if not loose or len(here) < max(3, 2 * len(loose)):
            continue
        here.sort(key=lambda name: turns[name])
        for key in (_by_number, _by_book):
            keys = {name: found for name in (*here, *loose) if (found := key(by_id[name])) is not None}
            known = [name for name in here if name in keys]
            agree = sum(keys[one] <= keys[other] for one, other in itertools.pairwise(known))
            if len(known) < 3 or agree * 10 < (len(known) - 1) * 8:
                continue
            for name in sorted((name for name in loose if name in keys), key=lambda name: (keys[name], natural(name))):
                before = [other for other in known if keys[other] <= keys[name]]
                if before:
                    behind.setdefault(max(before, key=lambda other: (keys[other], turns[other])), []).append(name)
            break
    return [name for one in line for name in (one, *behind.get(one, ()))]


def _by_number(script: Script) -> tuple[int, ...] | None:
    """By the number that its name begins with, a word before it or not: `basic20_attr` stands at 20."""
    found = re.match(r"[A-Za-z]*[-_.]?(\d{1,3})[-_. ](?=[A-Za-z])", script.path.rpartition("/")[2])
    return (int(found[1]),) if found else None


def _by_book(script: Script) -> tuple[int, ...] | None:
    """By the package's place in the book's chapter of the system."""
    name = script.name.value if script.name is not None else ""
    return (_SYSTEM.index(name),) if name in _SYSTEM and script.category in ("system", None) else None


def _undoes(script: Script) -> bool:
    """`make clean` is no step of a build."""
    return script.role != "build" and script.convention == "targets of a makefile"


def _at(script: Script, position: int) -> Script:
    import msgspec

    return msgspec.structs.replace(script, position=position)


def weave(base: Sequence[str], other: Sequence[str]) -> list[str]:
    """`base`, and what only `other` has, each behind the one that it follows there; at the front if it leads."""
    known = set(base)
    behind: dict[str, list[str]] = {}
    last = ""
    for name in dict.fromkeys(other):
        if name in known:
            last = name
        else:
            behind.setdefault(last, []).append(name)
    woven = list(behind.get("", ()))
    for name in base:
        woven.append(name)
        woven += behind.get(name, ())
    return woven


def _as_the_book(script: Script) -> tuple[int, int, tuple[tuple[int, int, str], ...]]:
    """The category's rank, the package's place in the book, then its path."""
    rank = RANK.index(script.category)
    name = script.name.value if script.name is not None else ""
    listed = _SYSTEM if script.category in ("system", "kernel", "boot", "configuration", None) else _TOOLS
    late = script.turn is not None and script.turn.value not in ("", "1")
    at = listed.index(name) if name in listed else len(listed)
    return (rank, at + (100 if late else 0), natural(script.id))


def follow(
    roots: Iterable[str], children: Callable[[str], Sequence[str]], own: Mapping[str, bool] | None = None
) -> list[str]:
    """Every id that is come to from the roots, depth first, what it calls before itself, each once."""
    done: set[str] = set()
    out: list[str] = []
    for root in roots:
        pending: list[tuple[str, bool]] = [(root, False)]
        while pending:
            name, ended = pending.pop()
            if ended:
                out.append(name)
                continue
            if name in done:
                continue
            done.add(name)
            pending.append((name, True))
            pending += [(child, False) for child in reversed(children(name)) if child not in done]
    return out


def stage_key(path: str) -> tuple[int, tuple[int, ...], tuple[tuple[int, int, str], ...]]:
    """Sorts drivers that nobody calls: by the stage that their name tells, then naturally."""
    numbers = file_number(path.rpartition("/")[2])
    found = _STAGES.search(path)
    stage = (
        ["host", "cross", "chroot", "system", "config"].index(found.lastgroup)
        if found and found.lastgroup
        else 2
    )
    return (0 if numbers else 1 + stage, tuple(min(number, LAST) for number in numbers), natural(path))
