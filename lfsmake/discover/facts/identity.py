"""What a script builds: name, version, pass, and which archive is its own. Weighs what the other modules found."""

import re
from collections.abc import Iterator
from functools import cache

from msgspec import Struct

from lfsmake.discover import books
from lfsmake.discover.facts import archives
from lfsmake.discover.facts.lines import Lines
from lfsmake.discover.facts.names import (
    ARCHIVE,
    Named,
    base_of,
    book_name,
    of_archive,
    of_folder,
    of_stem,
    squeezed,
    turn_of,
)
from lfsmake.discover.facts.rows import row_of
from lfsmake.discover.facts.sidecar import Sidecar
from lfsmake.discover.facts.stems import PACKAGERS, stem_of, stem_of_file
from lfsmake.discover.model import Fact, Sure, Surroundings
from lfsmake.discover.shell.values import Frame

# Parts of a package that the book builds apart, under a name of their own.
_APART = {"libstdc++": "gcc", "udev": "systemd"}
_TWICE = frozenset(("gcc", "binutils"))  # what the book builds in passes
_NAMES = frozenset(
    "name pkgname pkg prgnam package packagename pkgn install_name package_name pkg_name app prog program progname "  # noqa: SIM905
    "software pname module tool lfs_package".split()
)
_VERSIONS = frozenset(
    "version pkgver ver v pkgversion pkg_version package_version vers pversion pkg_ver pv".split()  # noqa: SIM905
)
_NUMBER = re.compile(r"^v?\d[\w.+~-]*$|^r\d+$")
_TITLED = re.compile(
    r"(?P<name>[A-Za-z][\w+:]*(?:[- ][A-Za-z][\w+:]*){0,3}?)[- _]+(?:version )?"
    r"v?(?P<version>\d[\w.+]*[\w+]|\d+)(?![\w/])"
)


class Identity(Struct, frozen=True):
    """The verdict. `own` is the archive's fact, the first of the sources."""

    name: Fact | None
    version: Fact | None
    turn: Fact | None
    own: Fact | None
    stem: Named


def decide(lines: Lines, found: archives.Found, sidecar: Sidecar | None, around: Surroundings) -> Identity:
    """Name, version and pass of a script."""
    script = lines.script
    stem = of_stem(stem_of(script.path, script.part, around.paths))
    names, versions = _variables(lines)
    own = _own(found, stem, names)
    if script.path.rpartition("/")[2] in PACKAGERS:
        own = next((fact for fact in found.named.values() if fact.source.endswith("(…)")), own)
    archive = of_archive(found.urls.get(own.value, own.value)) if own is not None else None
    if own is not None and archive is None:
        archive = _tag(own.value, stem) or of_folder(own.value)
    told = _row(lines, stem, own, archive, around)
    if told is not None:
        own, archive = told
    elif sidecar is not None and own is not None and archive is not None:
        own, archive = _nearer(sidecar, stem, own, archive)
    name = _name(lines, stem, own, archive, names, sidecar, around.paths)
    if own is None and sidecar is not None:
        own, archive = _from_sidecar(sidecar)
    version = _version(lines, stem, own, archive, versions, sidecar, around, name, found)
    if own is None and name is not None:
        own = _listed(name, version, around, around.callers.get(lines.script.path, ()))
    return Identity(name, version, _turn(lines, stem), own, stem)


def _tag(own: str, stem: Named) -> Named | None:
    """`v9.1.0.tar.gz`, as forges call their archives: the name is the script's, the version the archive's."""
    bare = ARCHIVE.sub("", own)
    return Named(stem.name, bare.lstrip("vV")) if stem.name and re.fullmatch(r"[vV]?\d[\d._]*\w*", bare) else None


def _row(
    lines: Lines, stem: Named, own: Fact | None, archive: Named | None, around: Surroundings
) -> tuple[Fact, Named] | None:
    """The archive that a table of the tree gives the script, by its name or number, unless its own lines tell."""
    if not around.rows or lines.script.part:
        return None
    folder, _, base = lines.script.path.rpartition("/")
    plain = stem_of_file(base)
    numbers = re.search(r"\d+(?:[._-]\d+)+", plain)
    if own is not None and archive is not None and stem.name and squeezed(archive.name) == squeezed(stem.name):
        return None
    words = tuple(dict.fromkeys(word.lower() for word in (plain, numbers[0] if numbers else "", stem.raw, stem.name)))
    found = row_of(tuple(filter(None, words)), (folder, folder.rpartition("/")[2]), around.rows)
    named = of_archive(found[0]) if found else None
    if found is None or named is None or (own is not None and stem.name and not _alike(named.name, stem.name)):
        return None
    return Fact(base_of(found[0]), found[1], "likely"), named


def _alike(name: str, stem: str) -> bool:
    return squeezed(name) in (squeezed(stem), squeezed(_APART.get(stem, stem)))


def _nearer(sidecar: Sidecar, stem: Named, own: Fact, archive: Named) -> tuple[Fact, Named]:
    """The sidecar's archive, if it goes by the script's name and the one that was found does not."""
    beside, named = _from_sidecar(sidecar)
    said = book_name(sidecar.get("name", "package", "pkgname", "title"))
    if beside is None or named is None or _alike(archive.name, stem.name):
        return own, archive
    return (beside, named) if _alike(said, stem.name) or _alike(named.name, stem.name) else (own, archive)


def _variables(lines: Lines) -> tuple[list[Fact], list[Fact]]:
    """Names and versions in variables that are called so."""
    names: list[Fact] = []
    versions: list[Fact] = []
    for one in lines.shell.assignments:
        if (
            one.value is None
            or one.index
            or one.function not in ("", lines.function)
            or not lines.within(one.span.line)
        ):
            continue
        low = one.name.lower()
        into = names if low in _NAMES else versions if low in _VERSIONS else None
        if into is None and re.search(r"(?:^|_)(?:version|ver)$", low):
            into = versions
        if into is None or one.value.items is not None:
            continue
        value = lines.values.get(one.value, Frame(lines.values.scope), likely=True)
        if value and len(value) < 80 and (into is names or _NUMBER.match(value)) and not value.startswith(("/", "-")):
            into.append(Fact(value, f"the variable {one.name}", "likely", one.span))
    return names, versions


def _own(found: archives.Found, stem: Named, names: list[Fact]) -> Fact | None:
    """The archive that the script builds."""
    wanted = {squeezed(stem.name), squeezed(_APART.get(stem.name, stem.name))}
    wanted |= {squeezed(re.sub(r"\d$", "", stem.name))} if re.search(r"[a-z]\d$", stem.name) else set()
    said = {squeezed(book_name(fact.value)) for fact in names}

    def matches(fact: Fact, which: set[str]) -> bool:
        archive = of_archive(fact.value) or of_folder(fact.value)
        return archive is not None and squeezed(archive.name) in which

    front = [fact for name, fact in found.unpacked.items() if name not in found.beside]
    behind = [fact for name, fact in found.unpacked.items() if name in found.beside]
    named = [fact for fact in found.named.values() if fact.sure != "guess"]
    guesses = [fact for fact in found.named.values() if fact.sure == "guess"]
    every = [*front, *named, *guesses, *behind]
    for which in (wanted, said):
        fits = [fact for fact in every if matches(fact, which)]
        if fits:
            plain = [fact for fact in fits if not re.search(r"[-_.](?:docs?|html)\b", fact.value)] or fits
            return next((fact for fact in plain if not re.search(r"[*?]", fact.value)), plain[0])
    if stem.version:
        same = [fact for fact in front if _version_of(fact.value) == stem.version]
        if same:
            return same[0]  # `icu-77.1.sh` unpacks icu4c-77_1-src.tgz
    told = stem.version or squeezed(stem.name) in _book_names()  # then an archive of another name is none of its own
    for group in (front, named) if told else (front, named, behind, guesses):
        if group:
            return group[0]
    return None


def _version_of(archive: str) -> str:
    named = of_archive(archive)
    return named.version if named is not None else ""


def _name(
    lines: Lines, stem: Named, own: Fact | None, archive: Named | None, names: list[Fact], sidecar: Sidecar | None,
    paths: frozenset[str],
) -> Fact | None:  # fmt: skip
    file = "the part's name" if lines.script.part else "the file's name"
    if lines.script.path.rpartition("/")[2] in PACKAGERS and names:
        return Fact(book_name(names[0].value), names[0].source, "sure", names[0].span)
    if stem.name in _APART and (archive is None or archive.name == _APART[stem.name]):
        return Fact(stem.name, file, "sure" if archive is not None else "likely")
    parted = stem.name in _APART.values() or (archive is not None and archive.name in _APART.values())
    apart = _configured_apart(lines) if parted else None
    if apart is not None:
        return apart
    if own is not None and archive is not None:
        longer = squeezed(stem.name).removeprefix(squeezed(archive.name))
        if (
            ("*" in own.value or not archive.version)
            and longer
            and longer != squeezed(stem.name)
            and squeezed(archive.name) not in _book_names()
        ):
            return Fact(stem.name, file, "sure")  # `bzip*` in bzip2.sh
        sure: Sure = "sure" if squeezed(archive.name) == squeezed(stem.name) else own.sure
        return Fact(archive.name, own.source, sure, own.span)
    if sidecar is not None and sidecar.get("name", "package", "pkgname", "title"):
        return Fact(book_name(sidecar.get("name", "package", "pkgname", "title")), sidecar.path, "sure")
    for fact in names:
        named = of_folder(fact.value)
        if named is not None:
            longer = squeezed(stem.name).removeprefix(squeezed(named.name))
            if len(named.name) > 1 and longer and longer != squeezed(stem.name):
                return Fact(stem.name, file, "sure")
            sure = "sure" if squeezed(named.name) == squeezed(stem.name) else "likely"
            return Fact(named.name, fact.source, sure, fact.span)
    for folder, fact in _entered(lines):
        if squeezed(folder.name) == squeezed(stem.name):
            return Fact(folder.name, fact.source, "sure", fact.span)
    known = stem.version or squeezed(stem.name) in _book_names()
    plain = re.sub(r"[\s_]+", "-", stem_of(lines.script.path, lines.script.part, paths).lower()).strip("-")
    return Fact(stem.name if known or not plain else plain, file, "likely") if stem.name else None


def _configured_apart(lines: Lines) -> Fact | None:
    """A part of gcc, if it is all that the script configures: `../libstdc++-v3/configure`."""
    configures = [line.command for line in lines.lines if line.command.name == "configure"]
    for command in configures[:1]:
        if all("/libstdc++-v3/" in one.words[0].text for one in configures):
            return Fact("libstdc++", "the folder of configure", "sure", command.span)
    return None


@cache
def _book_names() -> frozenset[str]:
    """The names of all books' packages, to compare by."""
    return frozenset(squeezed(name) for packages in books.known().values() for name in packages)


def _entered(lines: Lines) -> Iterator[tuple[Named, Fact]]:
    """Folders with a version that the script goes into, or whose configure it calls."""
    for line in lines.lines:
        command = line.command
        name = command.name
        if name in ("cd", "pushd") and len(command.words) > 1:
            text, source = lines.value(command.words[-1], line.frame) or "", f"the {name} line"
        elif name.lower() in ("configure", "config") and command.words[0].value is not None:
            text, source = command.words[0].value.rpartition("/")[0], "the folder of configure"
        else:
            continue
        for piece in reversed(text.split("/")):
            folder = of_folder(piece) if re.search(r"\d", piece) and piece != "libstdc++-v3" else None
            if folder is not None and folder.version and not re.search(r"[*?$\ufffc]", piece):
                yield folder, Fact(folder.version, source, "likely", command.span)
                break


def _version(
    lines: Lines, stem: Named, own: Fact | None, archive: Named | None, versions: list[Fact], sidecar: Sidecar | None,
    around: Surroundings, name: Fact | None, found: archives.Found,
) -> Fact | None:  # fmt: skip
    if lines.script.path.rpartition("/")[2] in PACKAGERS:
        for fact in versions:
            if fact.source.rpartition(" ")[2].lower() in _VERSIONS:
                return Fact(fact.value, fact.source, "sure", fact.span)
    if own is not None and archive is not None and archive.version:
        return Fact(archive.version, own.source, own.sure, own.span)
    known = {squeezed(value) for value in (name.value if name else "", stem.name, _APART.get(stem.name, "")) if value}
    exact = [fact for fact in versions if fact.source.rpartition(" ")[2].lower() in _VERSIONS]
    for fact in (*exact, *versions):
        word = re.sub(r"_?(?:version|ver)$", "", fact.source.rpartition(" ")[2].lower())
        if fact in exact or squeezed(book_name(word)) in known:
            return Fact(fact.value.lstrip("v"), fact.source, "sure" if fact in exact else "likely", fact.span)
    titled = list(_titled(lines, known))
    squashed = [one for one in titled if "." in one.value and one.value.replace(".", "") == stem.version]
    if squashed:
        return squashed[0]  # `linux-42.sh` says of itself that it is 4.2
    if stem.version:
        file = "the part's name" if lines.script.part else "the file's name"
        return Fact(stem.version, file, "likely")
    if sidecar is not None and sidecar.get("version", "pkgver", "ver"):
        return Fact(sidecar.get("version", "pkgver", "ver"), sidecar.path, "sure")
    for folder, fact in _entered(lines):
        if squeezed(folder.name) in known:
            return fact
    listed = {(one.version, where) for file, where in around.archives
              if (one := of_archive(file)) is not None and one.version and squeezed(one.name) in known}  # fmt: skip
    if len({version for version, _ in listed}) == 1:
        version, where = sorted(listed)[0]
        return Fact(version, where, "likely")
    for fact in (*found.unpacked.values(), *found.named.values()):
        other = of_archive(fact.value)
        if other is not None and other.version and squeezed(other.name) in known:
            return Fact(other.version, fact.source, "likely", fact.span)
    for fact in found.patches.values():
        patch = _patched(fact.value)
        if patch is not None and squeezed(patch.name) in known:
            return Fact(patch.version, f"the patch {fact.value}", "likely", fact.span)
    if titled:
        return titled[0]
    told = _of_book(around.book, name.value) if around.book and name is not None else None
    return Fact(told, f"book {around.book}", "guess") if told else None


def _of_book(book: str, name: str) -> str | None:
    packages = books.known().get(book, {})
    return packages.get(name) or packages.get(_APART.get(name, ""))


def _patched(text: str) -> Named | None:
    """What a patch's name says it is for: `bzip2-1.0.8-install_docs-1.patch`."""
    match = re.match(r"([A-Za-z][\w+-]*?-\d[\w.]*?)(?:-[A-Za-z].*)?\.(?:patch|diff)", text)
    return of_folder(match[1]) if match else None


def _titled(lines: Lines, known: set[str]) -> Iterator[Fact]:
    """Versions that the script says of itself: `# 8.5. Glibc-2.36`."""
    for number, text in lines.texts():
        if not any(char.isdigit() for char in text[:200]):
            continue
        for match in _TITLED.finditer(text[:200]):
            name = match["name"]
            clear = "." in match["version"] or text[match.start("version") - 1] == "-"  # `Kmod-18`, not `Python 3`
            version = ARCHIVE.sub("", match["version"]).rstrip(".")
            if clear and known & {squeezed(book_name(name)), squeezed(name.rpartition(" ")[2])}:
                yield Fact(version, f"the text in line {number}", "likely")


def _listed(name: Fact, version: Fact | None, around: Surroundings, callers: tuple[str, ...]) -> Fact | None:
    """The archive with that name of a list, or that a driver unpacks before it calls the script."""
    fits: dict[str, str] = {}
    for file, where in around.archives:
        one = of_archive(file)
        base = file.rpartition("/")[2]
        if one is None or squeezed(one.name) != squeezed(_APART.get(name.value, name.value)):
            continue
        if (version is None or one.version == version.value) and (base not in fits or where in callers):
            fits[base] = where
    plain = {base: where for base, where in fits.items() if not re.search(r"(?:doc|html)", base)} or fits
    if len(plain) == 1:
        base, where = plain.popitem()
        return Fact(base, where, "likely" if version is not None else "guess")
    return None


def _from_sidecar(sidecar: Sidecar) -> tuple[Fact | None, Named | None]:
    for key in ("source", "url", "src", "sources", "archive", "tarball", "download", "package", "file"):
        value = sidecar.get(key)
        archive = of_archive(value) if value else None
        if archive is not None:
            return Fact(re.sub(r"[?#].*$", "", value).rpartition("/")[2], sidecar.path, "sure"), archive
    return None, None


def _turn(lines: Lines, stem: Named) -> Fact | None:
    """The pass: of the name, of what the script says of itself, of its options of configure."""
    if stem.turn:
        return Fact(stem.turn, "the part's name" if lines.script.part else "the file's name", "sure")
    for number, text in lines.texts()[:30]:
        turn, _ = turn_of(" " + text)
        if turn and (re.search(r"\bP(?:ass|ASS)\b|[-(]\s*pass", text) or stem.name in _TWICE):
            return Fact(turn, f"the text in line {number}", "likely")
        chinese = re.search(r"第([一二三])[遍次]", text)
        if chinese:
            return Fact(str("一二三".index(chinese[1]) + 1), f"the text in line {number}", "likely")
    if stem.name not in _TWICE:
        last = re.fullmatch(r"(gcc|binutils|libstdc\+\+)[-_]?([12])", stem.raw.lower())
        return Fact(last[2], "the file's name", "likely") if last else None
    for line in lines.own:
        if line.command.name == "configure":
            options = " ".join(word.text for word in line.command.words[1:])
            if "--target=" in options or "--host=" in options:
                turn = "2" if "--host=" in options else "1"
                return Fact(turn, "the options of configure", "likely", line.command.span)
    return None
