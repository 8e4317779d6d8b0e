"""Archives, patches and further files that a script takes from the sources. Knows no names of packages."""

import fnmatch
import itertools
import re
from collections.abc import Iterator

from lfsmake.discover.facts.lines import QUIET, UNKNOWN, Line, Lines
from lfsmake.discover.facts.names import base_of, is_archive, is_patch
from lfsmake.discover.model import Fact, Surroundings
from lfsmake.discover.shell.values import Frame

_TAR = frozenset(("tar", "bsdtar", "gtar", "star"))
_UNPACK = frozenset(("unzip", "7z", "7za", "unrar", "gunzip", "bunzip2", "unxz", "cpio"))
_PIPED = frozenset(
    ("xz", "xzcat", "gzip", "zcat", "bzip2", "bzcat", "zstd", "zstdcat", "lzip", "cat", "gunzip", "lzma")
)
_FETCH = frozenset(("wget", "curl", "aria2c", "axel", "fetch", "download"))
_COPY = frozenset(("cp", "install", "mv", "ln"))
_HOLDERS = re.compile(
    r"(?:^|_)(?:pkg_?file|package|pkg|tarball|tar|archive|src|source|sources|file|filename|distfile|distfiles"
    r"|pkg_?tarball|srcfile|url|urls|package_file|download|src_?file|source_?file|src_?uri|tarname|zip)\d*$",
    re.IGNORECASE,
)
_ARRAYS = re.compile(r"^(?:source|sources|SRC|SRC_URI|urls?|DOWNLOADS?|distfiles)(?:_x86_64)?$", re.IGNORECASE)


_UNPACKS = re.compile(r"unpack|extract|untar|unarchive|decompress|begin|prepare|start|open|src", re.IGNORECASE)


_EXTENSION = re.compile(r"\.?(?:tar\.(?:xz|gz|bz2|zst|lz|lzma)|t[gx]z|tbz2?|zip)")
_BUILDS = frozenset(("make", "configure", "ninja", "meson", "cmake", "chroot", "su", "gcc", "perl", "pip3", "python3"))


class Found:
    """What was found, each in order and once."""

    def __init__(self) -> None:
        self.unpacked: dict[str, Fact] = {}
        self.named: dict[str, Fact] = {}  # in variables, arrays, downloads
        self.patches: dict[str, Fact] = {}
        self.extras: dict[str, Fact] = {}
        self.urls: dict[str, str] = {}  # archive → the whole URL
        self.beside: set[str] = set()  # archives unpacked from below another's folder: `../x.tar.xz`


def find(lines: Lines, around: Surroundings) -> Found:
    """All archives, patches and files of the script, as its commands name them."""
    found = Found()
    for line in lines.lines:
        name = line.command.name
        if name in _TAR:
            _tar(found, lines, line, around)
        elif name == "patch" or (name == "git" and any(word.text == "apply" for word in line.command.words[1:2])):
            _patch(found, lines, line, around)
        elif name in _FETCH:
            for url in lines.words(line):
                if "/" in url:
                    _file(found, url, "the download line", line, around, sure="likely")
        elif name in _UNPACK or name in _PIPED:
            for text in _arguments(lines, line):
                if is_archive(text) and (name not in ("gzip", "cat") or line.command.piped):
                    _archive(found.unpacked, found, text, f"the {name} line", line, around)
                elif is_patch(text):
                    _add(found.patches, base_of(text), f"the {name} line", line, around)
        elif name in _COPY:
            for text in _arguments(lines, line)[:-1]:
                if is_archive(text) or is_patch(text) or re.match(r"(?:\.\./)+[\w.+-]+\.[\w.]+$", text):
                    _add(found.extras, base_of(text), f"the {name} line", line, around)
        elif name and name not in QUIET and name not in _BUILDS:
            known = lines.values.function(name, line.frame.scope) is not None
            arguments = _arguments(lines, line)
            for text in arguments:
                if is_archive(text) and len(text) < 300:
                    sure = "likely" if known or _UNPACKS.search(name) else "guess"
                    _archive(found.named, found, text, f"the {name} line", line, around, sure)
            for text, extension in itertools.pairwise(arguments):  # `begin gcc-9.2 tar.xz`
                if _EXTENSION.fullmatch(extension) and re.search(r"\d", text) and not is_archive(text):
                    whole = f"{text}.{extension.lstrip('.')}"
                    _archive(found.named, found, whole, f"the {name} line", line, around, "likely")
    _variables(found, lines, around)
    return found


def _arguments(lines: Lines, line: Line) -> list[str]:
    return [text for text in lines.words(line) if text and not text.startswith("-")]


def _tar(found: Found, lines: Lines, line: Line, around: Surroundings) -> None:
    words = lines.words(line)
    if not words:
        return
    extract = False
    target: str | None = None
    index = 0
    first = words[0]
    if first and not first.startswith("-") and re.fullmatch(r"[A-Za-z]+", first):
        words = ["-" + first, *words[1:]]
    while index < len(words):
        word = words[index]
        if word.startswith("--"):
            extract = extract or word in ("--extract", "--get")
            if word == "--file" and index + 1 < len(words):
                target, index = words[index + 1], index + 1
            elif word.startswith("--file="):
                target = word[7:]
        elif word.startswith("-") and len(word) > 1:
            letters = word[1:]
            extract = extract or "x" in letters.partition("f")[0] or ("x" in letters and "c" not in letters)
            if "f" in letters:
                rest = letters.partition("f")[2]
                if rest and not rest.isalpha():
                    target = rest
                elif index + 1 < len(words):
                    target, index = words[index + 1], index + 1
            elif letters[-1] in "CIX" and index + 1 < len(words):
                index += 1
        index += 1
    if not extract:
        return
    if target in (None, "-", "", UNKNOWN):
        for redirect in line.command.redirects:
            if redirect.operator == "<" and redirect.target is not None:
                target = lines.value(redirect.target, line.frame)
    if not target or target in ("-", UNKNOWN) or len(target) > 1000:
        return
    if not is_archive(target):
        if re.search(r"[*?]$", target) or (re.search(r"\d", target) and "/dev/" not in target):
            _archive(found.unpacked, found, target, "the tar line", line, around, "likely", force=True)
        return
    _archive(found.unpacked, found, target, "the tar line", line, around)


def _patch(found: Found, lines: Lines, line: Line, around: Surroundings) -> None:
    texts = []
    words = lines.words(line)
    for index, word in enumerate(words):
        if word in ("-i", "--input") and index + 1 < len(words):
            texts.append(words[index + 1])
        elif word.startswith("--input="):
            texts.append(word[8:])
        elif re.match(r"-(?:[NEflsZ]|p\d)*i.", word):
            texts.append(re.sub(r"^-[^i]*i", "", word))
        elif is_patch(word):
            texts.append(word)
    for redirect in line.command.redirects:
        if redirect.operator == "<" and redirect.target is not None:
            texts.append(lines.value(redirect.target, line.frame) or "")
    for text in texts:
        if text and text != "-":
            _add(found.patches, base_of(text), "the patch line", line, around)


def _file(found: Found, text: str, source: str, line: Line | None, around: Surroundings, sure: str) -> None:
    if is_archive(base_of(text)):
        _archive(found.named, found, text, source, line, around, sure)
    elif is_patch(base_of(text)):
        _add(found.patches, base_of(text), source, line, around, sure)


def _archive(
    into: dict[str, Fact], found: Found, text: str, source: str, line: Line | None, around: Surroundings,
    sure: str = "sure", force: bool = False,
) -> None:  # fmt: skip
    for name, where, certain in _real(base_of(text), around, force):
        believed = sure if certain else "likely"
        into.setdefault(name, _fact(name, source + where, line, believed))
        if text.startswith(("../", "./../")):
            found.beside.add(name)


def _add(
    into: dict[str, Fact], text: str, source: str, line: Line | None, around: Surroundings, sure: str = "sure"
) -> None:
    for name, where, certain in _real(text, around, False):
        into.setdefault(name, _fact(name, source + where, line, sure if certain else "likely"))


def _fact(value: str, source: str, line: Line | None, sure: str) -> Fact:
    return Fact(value, source, sure, line.command.span if line is not None else None)  # type: ignore[arg-type]


def _real(name: str, around: Surroundings, force: bool) -> Iterator[tuple[str, str, bool]]:
    """The names that a glob stands for in the lists; the glob itself if none or several fit."""
    name = re.sub(UNKNOWN + r"+\**|\*" + UNKNOWN, "*", name)
    if name.startswith("*"):
        return
    if not re.search(r"[*?]|\[[^\]]", name):
        if name and (force or len(name) > 2):
            yield name, "", True
        return
    if len(name.strip("*?.")) < 2 or len(name) > 200:
        return
    listed: dict[str, str] = {}
    for file, where in around.archives:
        base = base_of(file)
        if fnmatch.fnmatchcase(base, name) or (force and is_archive(base) and fnmatch.fnmatchcase(base, name + ".*")):
            listed.setdefault(base, where)
    stem = re.match(r"[\w.+-]*?(?=[-_.]?[*?\[])", name)
    tight = {
        base: where
        for base, where in listed.items()
        if stem and re.match(rf"{re.escape(stem[0])}[-_.]?v?\d", base, re.I)
    }
    chosen = tight or listed
    if len(chosen) == 1:
        base, where = chosen.popitem()
        yield base, f" and {where}", False
    elif chosen and "patch" in name:
        for base, where in chosen.items():
            yield base, f" and {where}", False
    else:
        yield name, "", True


def is_glob_only(text: str) -> bool:
    """Whether nothing of a name can be told."""
    return not re.search(r"\w", text.replace(UNKNOWN, ""))


def _variables(found: Found, lines: Lines, around: Surroundings) -> None:
    """Archives in variables (`TARBALL=…`) and arrays (`source=(…)`)."""
    for one in lines.shell.assignments:
        if one.value is None or not lines.within(one.span.line):
            continue
        if one.function and one.function != lines.function:
            continue
        array = _ARRAYS.match(one.name)
        if array is None and _HOLDERS.search(one.name) is None:
            continue
        frame = Frame(lines.values.scope)
        if one.value.items is not None:
            texts = [text for text in lines.values.items(one.name, frame, likely=True) or () if text]
        else:
            texts = [] if is_glob_only(value := lines.value(one.value, frame) or "") else value.split()
        source = f"{one.name}=" if one.value.items is None else f"{one.name}=(…)"
        for text in texts:
            renamed, double, url = text.partition("::")
            text = renamed if double and (is_archive(renamed) or is_patch(renamed)) else url if double else text
            fact = Fact(base_of(text), source, "sure" if array else "likely", one.span)
            if is_archive(base_of(text)):
                for name, where, certain in _real(base_of(text), around, False):
                    sure = fact.sure if certain else "likely"
                    found.named.setdefault(name, Fact(name, source + where, sure, one.span))
                    if "://" in text:
                        found.urls[name] = text
            elif is_patch(text):
                found.patches.setdefault(fact.value, fact)
            elif array and "://" not in text and re.fullmatch(r"[\w.+/-]+", text):
                found.extras.setdefault(fact.value, fact)
