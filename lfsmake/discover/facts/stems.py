"""What remains of a script's path once its numbers are off: the name it goes by. Knows names of files, no contents."""

import re
from functools import lru_cache

from lfsmake.discover.facts.names import book_name
from lfsmake.discover.scan.names import EXTENSIONS

PACKAGERS = frozenset(("Pkgfile", "PKGBUILD", "APKBUILD", "spkgbuild", "template"))
_PLAIN = frozenset("build builder install recipe make run package compile buildit main".split())  # noqa: SIM905
_NUMBERS = re.compile(
    r"^(?:ch(?:ap(?:ter)?)?[-_ ]?)?\d{1,4}(?:[._-](?:\d{1,4}|x(?=[._-])))*(?:[a-z])?(?=[-_. ])[-_. ]+", re.IGNORECASE
)
_ONLY_NUMBERS = re.compile(
    r"(?:lfs|blfs|chapter|chap|ch|section|sec|s|step|stage|part)?[-_. ]?\d{1,3}(?:[-_.]\d{1,3})*[a-z]?", re.IGNORECASE
)
_SERIES = re.compile(r"(?P<word>[A-Za-z]{1,16}?)[-_. ]?(?P<number>\d{1,3})[-_. ]+(?=[A-Za-z])")
_AGAIN = re.compile(r"(?P<first>.*\d)-(?P<turn>[2-4])")
FEWEST = 3  # so many files `word01-…`, `word02-…` in a folder count through what stands behind


@lru_cache(maxsize=4)
def _crowds(paths: frozenset[str]) -> dict[str, int]:
    """Folder → how many files it has."""
    counts: dict[str, int] = {}
    for path in paths:
        folder = path.rpartition("/")[0]
        counts[folder] = counts.get(folder, 0) + 1
    return counts


@lru_cache(maxsize=4)
def _series(paths: frozenset[str]) -> frozenset[tuple[str, str]]:
    """(folder, word) where the word is followed by a number that counts: `basic01_…`, `basic02_…`, `basic03_…`."""
    numbers: dict[tuple[str, str], set[int]] = {}
    for path in paths:
        folder, _, base = path.rpartition("/")
        found = _SERIES.match(base)
        if found:
            numbers.setdefault((folder, found["word"].lower()), set()).add(int(found["number"]))
    return frozenset(
        place for place, counted in numbers.items()
        if len(counted) >= FEWEST and max(counted) - min(counted) < 3 * len(counted)
    )  # fmt: skip


def stem_of(path: str, part: str, paths: frozenset[str] = frozenset()) -> str:
    """A script's name without folders, extension and the numbers in front: `5.10-gcc.sh` gives `gcc`.

    `gcc/build.sh` and `gcc/Pkgfile` are gcc too; not so where many files stand in the folder. `gcc-9.2-2.sh` beside
    `gcc-9.2.sh` is its second pass. "" where nothing but numbers is left: `ch5_2.sh`.
    """
    if part:
        stem = re.sub(r"(?<=[A-Za-z)+])-[2-9]$", "", part)  # a second part of that name, see `scan.parts`
    else:
        folder, _, base = path.rpartition("/")
        stem = stem_of_file(base)
        if stem in PACKAGERS or (stem in _PLAIN and _crowds(paths).get(folder, 0) < 5):
            names = [name for name in reversed(folder.split("/")) if name and name not in _PLAIN]
            stem = names[0] if names else stem
        again = _AGAIN.fullmatch(stem)
        if again and f"{path[: len(path) - len(base)]}{again['first']}{base[len(stem) :]}" in paths:
            stem = f"{again['first']}-pass{again['turn']}"
        counted = _SERIES.match(stem)
        if counted and (folder, counted["word"].lower()) in _series(paths) and not _version_too(counted, stem):
            stem = stem[counted.end() :]
        elif _ONLY_NUMBERS.fullmatch(stem) and re.search(r"[A-Za-z]", stem):
            return ""
    rest = _NUMBERS.sub("", _NUMBERS.sub("", stem))
    return rest if re.search(r"[A-Za-z]", rest) else stem


def _version_too(counted: "re.Match[str]", stem: str) -> bool:
    """`m4-1-…`: the word and its number are a package's name."""
    return book_name(counted["word"] + counted["number"]) in ("m4", "lz4", "bzip2", "iproute2", "jinja2", "pcre2")


def stem_of_file(base: str) -> str:
    """A file's name without a script's extension."""
    bare, dot, last = base.rpartition(".")
    return bare if dot and bare and last.lower() in EXTENSIONS else base
