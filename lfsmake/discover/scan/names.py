"""Numbers in names: which chapter and section a path speaks of, and an order in which 10 comes after 9."""

import re
import unicodedata
from collections.abc import Sequence

LAST = 1_000_000  # where `x` or `all` stands for a number

_DIGITS = re.compile(r"(\d+)")
_CHAPTER = r"(?:chapter|chap|ch|kapitel|capitulo|c)"
_GROUP = r"(?:phase|stage|step|part|pass|level|tier|section|sec|s|p)"
_PREFIX = r"(?:lfs|blfs|clfs|build|script|do|run|make)"
_FOLDER_CHAPTER = re.compile(rf"^(?:{_PREFIX}[-_. ]?)?{_CHAPTER}[-_. ]?0*(\d{{1,2}})(?![0-9])", re.IGNORECASE)
_FOLDER_NUMBER = re.compile(
    rf"^(?:(?:{_PREFIX}[-_. ]?)?{_GROUP}[-_. ]?)?0*(\d{{1,4}})(?=$|[-_. A-Za-z])", re.IGNORECASE
)
_FOLDER_LAST = re.compile(rf"(?:^|[-_. ]){_GROUP}[-_. ]?0*(\d{{1,2}})$", re.IGNORECASE)
_VERSION = re.compile(
    r"(?:b?lfs[-_ ]?|book[-_ ]?|v|r)?(\d{1,2})\.(\d)(?:[-_ ]?(?:systemd|sysv\w*|init))?", re.IGNORECASE
)
_STEM = re.compile(
    rf"^(?:{_PREFIX}[-_. ]?|[A-Za-z][._])?(?P<chapter>{_CHAPTER})?(?:{_GROUP})?[-_. ]?"
    r"(?P<first>\d{1,4})"
    r"(?P<rest>(?:[._-]\d{1,4}(?=[._\- a-zA-Z]|$)|\.(?:x|all|to)(?=[._\- ]|$)|[_-](?:x|all)(?=[._]|$))*)"
    r"(?P<end>[-_. ]|$|(?=[A-Za-z]))",
    re.IGNORECASE,
)


def version_folder(folders: Sequence[str]) -> tuple[int, ...]:
    """The version of the book that a folder is called by: `12.3/…` and `lfs-12.3/…` (12, 3); () without one."""
    for folder in folders:
        found = _VERSION.fullmatch(folder)
        if found:
            return (int(found[1]), int(found[2]))
    return ()


def natural(text: str) -> tuple[tuple[int, int, str], ...]:
    """A key by which `5.10` comes after `5.4`, and `gcc2` after `gcc`."""
    return tuple(
        (0, int(part[:18]), "") if part.isdecimal() and part.isascii() else (1, 0, part.lower())
        for part in _DIGITS.split(text)
        if part
    )


def folder_number(name: str) -> tuple[int, bool] | None:
    """The number of a folder, and whether it is a chapter's: `chapter05` (5, True), `phase1`, `02-tools` False."""
    found = _FOLDER_CHAPTER.match(name)
    if found:
        return int(found[1]), True
    found = _FOLDER_NUMBER.match(name) or _FOLDER_LAST.search(name)
    return (int(found[1]), False) if found else None


def file_number(name: str) -> tuple[int, ...]:
    """The numbers that a file's name begins with: `5.10-gcc.sh` (5, 10), `502-gcc` (502,), `7.x-bash` (7, LAST).

    A name that is nothing but a number and a version, or begins with a letter, has none.
    """
    found = _STEM.match(name)
    if not found or not re.search(r"[A-Za-z]", name[found.end() :]):
        return ()
    rest = [part for part in re.split(r"[._-]", found["rest"]) if part]
    return (int(found["first"]), *(int(part) if part.isdigit() else LAST for part in rest))


def says_chapter(name: str) -> bool:
    """Whether a file's name begins with a chapter's number: `5.10-gcc`, `ch5-gcc`; `01-gcc` only counts."""
    found = _STEM.match(name)
    if not found:
        return False
    padded = found["first"].startswith("0") and not found["rest"].startswith(".")
    return bool(found["chapter"] or (found["rest"] and not padded))


def slug(text: str) -> str:
    """A heading as a part's name: letters, digits, dots and dashes of any language, at most 60."""
    plain = unicodedata.normalize("NFKC", text).strip().lower()
    return re.sub(r"[-.]*-[-.]*", "-", re.sub(r"[^\w.+]+", "-", plain)).strip("-.")[:60] or "part"


def stem(name: str) -> str:
    """A file's name without a script's extension: `gcc-13.2.sh` gives `gcc-13.2`."""
    base, dot, last = name.rpartition(".")
    return base if dot and base and last.lower() in EXTENSIONS else name


EXTENSIONS = frozenset(("sh", "bash", "build", "lfs", "mk", "mak", "ksh", "zsh", "dash", "inc", "conf", "cfg",
                        "txt", "in",
                        "slackbuild", "recipe", "pkg", "def", "list", "lst", "env", "rc"))  # fmt: skip
