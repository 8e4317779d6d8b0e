"""Facts from the book's English: times, sizes, titles, addresses. Knows no XML."""

import re

_SBU = re.compile(r"(\d+(?:[.,]\d+)?)\s*(?:-\s*(\d+(?:\.\d+)?)\s*)?SBUs?\b", re.IGNORECASE)
_TYPICALLY = re.compile(r"typically[^0-9]*(.*)", re.IGNORECASE)
_SIZE = re.compile(r"(\d+(?:,\d{3})*(?:\.\d+)?)\s*(?:-\s*(\d+(?:\.\d+)?)\s*)?(KB|MB|GB|bytes|B)\b", re.IGNORECASE)
_LONG = 300  # characters; no title or cost of a book has more, and the patterns take time
_UNITS = {"B": 1, "BYTES": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
_TURN = re.compile(r"\bpass[ -]?(\d)\b", re.IGNORECASE)
_ARCHIVE = re.compile(r"(?:[.-](?:src|source|orig))?\.(?:tar(?:\.\w+)?|tgz|tbz2?|txz|zip|gz|bz2|xz|patch)$")


def one_line(text: str) -> str:
    """With single blanks, and none at the ends."""
    return " ".join(text.split())


def sbu_of(text: str) -> float | None:
    """ "less than 0.1 SBU (about 0.4 SBU with tests)" is 0.1; a range is what it typically is, else its end."""
    match = _SBU.search(_typical(text))
    if match is None:
        return None
    return float((match[2] or match[1]).replace(",", "."))


def bytes_of(text: str) -> int | None:
    """ "1,360 KB" is 1,392,640; a range is what it typically is, else its end. None without a size."""
    match = _SIZE.search(_typical(text))
    if match is None:
        return None
    return round(float((match[2] or match[1]).replace(",", "")) * _UNITS[match[3].upper()])


def megabytes_of(text: str) -> float | None:
    """ "4.8 GB" is 4915.2."""
    size = bytes_of(text)
    return None if size is None else round(size / (1 << 20), 1)


def _typical(text: str) -> str:
    text = text[:_LONG]
    match = _TYPICALLY.search(text)
    return match[1] if match else text


def turn_of(*texts: str) -> str:
    """ "1" of "GCC-14.2.0 - Pass 1" or "gcc-pass1"; "" if none says."""
    return next((match[1] for match in map(_TURN.search, (text[:_LONG] for text in texts)) if match), "")


def product_of(name: str) -> str:
    """ "binutils-pass1" is "binutils"; lower case."""
    return _TURN.sub("", name.strip()).strip(" -").lower()


def filename_of(url: str) -> str:
    """The last part of an address, without what follows `?` or `#`."""
    return re.split(r"[?#]", url, maxsplit=1)[0].rstrip("/").rpartition("/")[2]


def stem_of(filename: str, version: str) -> str:
    """ "tcl8.6.16-src.tar.gz" is "tcl": the name without its version and ending; lower case, "-" for "_"."""
    stem = _ARCHIVE.sub("", filename[:_LONG])
    if version and version in stem:
        before, _, after = stem.partition(version)
        stem = before.rstrip("-_.v") + after
    return stem.strip("-_.").lower().replace("_", "-")
