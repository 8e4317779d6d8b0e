"""Compares versions as packages write them. Knows no recipe and no step."""

import re
from functools import lru_cache

OPERATORS = (">=", ">", "=", "<", "<=")

# Words that name something before the release they are attached to, oldest first.
_BEFORE_RELEASE = {"dev": 0, "alpha": 1, "beta": 2, "pre": 3, "preview": 3, "rc": 4}
_RUN = re.compile(r"[0-9]+|[A-Za-z]+|~")

# What a run of a version counts for at its place, lowest first.
_TILDE, _PRE, _END, _LETTERS, _NUMBER = range(5)

Key = tuple[tuple[int, int, str], ...]


@lru_cache(maxsize=4096)
def sort_key(version: str) -> Key:
    """The version's sort key: numeric runs compare as numbers and above letters, everything else separates.

    `2.5.1 < 2.5.1a < 2.5.1.1`, `2.5rc1 < 2.5`, `2.5~git < 2.5`, `1.9 < 1.10 < 1.10.0`, `1.0 = 1-0 = v1.00`.
    """
    if len(version) > 1 and version[0] in "vV" and version[1] in "0123456789":
        version = version[1:]
    key: list[tuple[int, int, str]] = []
    for run in _RUN.findall(version):
        if run == "~":
            key.append((_TILDE, 0, ""))
        elif run[0] in "0123456789":
            digits = run.lstrip("0")  # compared by length first: int() refuses runs of more than 4300 digits
            key.append((_NUMBER, len(digits), digits))
        elif run.lower() in _BEFORE_RELEASE:
            key.append((_PRE, _BEFORE_RELEASE[run.lower()], ""))
        else:
            key.append((_LETTERS, 0, run))
    key.append((_END, 0, ""))
    return tuple(key)


def compare(left: str, right: str) -> int:
    """-1, 0 or 1 as `left` is older than, the same as or newer than `right`. A total order."""
    a, b = sort_key(left), sort_key(right)
    return (a > b) - (a < b)


def satisfies(version: str, operator: str, wanted: str) -> bool:
    """Whether `version operator wanted` holds; `operator` is one of `OPERATORS`."""
    order = compare(version, wanted)
    match operator:
        case ">=":
            return order >= 0
        case ">":
            return order > 0
        case "=":
            return order == 0
        case "<":
            return order < 0
        case "<=":
            return order <= 0
    raise ValueError(f"{operator!r} is not one of {OPERATORS}")
