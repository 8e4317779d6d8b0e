"""`python -m tests.discover.truth TREES [BOOK]`: real trees of scripts against what their own files say, as a table.

TREES is a folder of checkouts, OWNER+NAME each; BOOK a git directory of the book, for the order of its chapters. This
reads with regular expressions of its own and none of the product's code: what it cannot read is no truth, so every tree
says in `TREES` below where its truth stands. The table goes into docs/discover.md.
"""

import argparse
import re
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
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
    }.get(plain, plain)  # fmt: skip


def split(archive: str) -> tuple[str, str]:
    """`gcc-13.2.0.tar.xz` as name and version; a `*` is no version."""
    base = ARCHIVE.sub("", archive.rpartition("/")[2])
    base = re.sub(r"[-.](?:src|source|html)$", "", base)
    if "*" in base:
        return re.sub(r"[-_.]?\d*\*.*$", "", base), ""
    if base in ("bzip2", "m4", "iproute2", "e2fsprogs"):
        return base, ""
    found = re.match(r"^(.*?)[-_](v?\d[\w.+]*(?:[-_]?(?:p|rc)\d+)?(?:-\d+)?)$", base) or re.match(
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


# where each tree says the truth


def tar_lines(
    *patterns: str,
    chapter: Callable[[str], str | None] = lambda path: None,
    stage: Callable[[str, str], str] = lambda path, name: "",
) -> Callable[[Path], TreeTruth]:
    """A file a package whose own tar line names the archive. `stage`: the book's chapter, if the tree counts none."""

    def read(tree: Path) -> TreeTruth:
        scripts = []
        for pattern in patterns:
            for path, file in relative(tree, pattern):
                archive = unpacked(text_of(file))
                if not archive or "download" in file.name:
                    continue
                name, version = split(archive)
                own = file.name.lower()
                if "libstd" in own:
                    name = "libstdc++"
                glob = "*" in archive
                scripts.append(
                    Truth(
                        path,
                        name,
                        None if glob or "$" in version else version,
                        None if glob else archive,
                        chapter(path),
                    )
                )
                scripts[-1].__dict__["stage"] = stage(path, name)
        return TreeTruth(scripts)

    return read


def massimo(tree: Path) -> TreeTruth:
    scripts = []
    for path, file in relative(tree, "packages/*/*.sh"):
        text = text_of(file)
        if "configure" not in text and "make" not in text and "cp " not in text and "/cross-toolchain/" in path:
            continue
        sidecar = re.search(r"^YAML_FILE=\S*?([\w+-]+\.yaml)", text, re.MULTILINE)
        said = text_of(tree / "packages" / sidecar[1]) if sidecar else ""
        version = re.search(r'^version: "?([^"\n]+)', said, re.MULTILINE)
        source = re.search(r"^source: (\S+)", said, re.MULTILINE)
        name = re.search(r"^name: (\S+)", said, re.MULTILINE)
        chapter = {"cross-toolchain": "5", "tools": "6", "chroot": "7", "software": "8"}[path.split("/")[1]]
        scripts.append(Truth(path, name[1] if name else None, version[1] if version else None,
                             source[1].rpartition("/")[2] if source else None, None))  # fmt: skip
        scripts[-1].__dict__["stage"] = chapter
    return TreeTruth(scripts, book="11.3")


def romain(tree: Path) -> TreeTruth:
    scripts = []
    for path, file in relative(tree, "[56].*-*_*.sh"):
        text = text_of(file)
        name = re.search(r"^INSTALL_NAME=(\S+)", text, re.MULTILINE)
        if not name or "make" not in text:
            continue
        said = re.search(r'^echo "### (?:[\w: +.-]*?)-(\d[\w.]*)(?: (?:-|API|Tools)[\w -]*)?"', text, re.MULTILINE)
        own = split(path.partition("_")[2].removesuffix(".sh") + ".tar.xz")[0]
        spelled_name = name[1].strip("\"'")  # the beginning of the archive's name: "bzip" for bzip2
        spelled_name = (
            "libstdc++"
            if "libstd" in path
            else own
            if own.startswith(spelled_name) and not re.search(r"-\d", own)
            else spelled_name
        )
        scripts.append(Truth(path, spelled_name, said[1] if said else None, None, path.split(".")[0]))
    return TreeTruth(scripts, book="7.8")


def flying(tree: Path) -> TreeTruth:
    scripts = []
    for path, file in relative(tree, "*/*/*.sh"):
        if " copy" in path:
            continue
        name, version = split(file.name.removesuffix(".sh") + ".tar.xz")
        name = "libstdc++" if "libstd" in name else name
        stage = {"toolchain": "5", "tools": "6" if path.startswith("lfs") else "7", "software": "8"}[
            path.split("/")[1]
        ]
        if stage == "7" and name == "gcc":
            name = "libstdc++"  # its driver says so: the second pass of Libstdc++
        scripts.append(Truth(path, name, version, None, None))
        scripts[-1].__dict__["stage"] = stage
    return TreeTruth(scripts, book="10.0")


def sections(pattern: str, heading: str, archive: str, joined: str = "") -> Callable[[Path], TreeTruth]:
    """One big script: a heading a package, then the line that unpacks it."""

    def read(tree: Path) -> TreeTruth:
        scripts = []
        for path, file in relative(tree, pattern):
            current: tuple[int, str, str] | None = None
            for number, line in enumerate(text_of(file).split("\n"), start=1):
                headed = re.match(heading, line)
                if headed:
                    current = (number, headed[1], headed[2])
                found = re.match(archive, line)
                if found and current is not None:
                    source = joined.join(found.groups()).rpartition("/")[2]
                    name, version = split(source)
                    if "libstd" in current[2].lower():
                        name = "libstdc++"
                    scripts.append(Truth(f"{path}:{current[0]}", name, version, source, current[1].split(".")[0]))
                    current = None
        return TreeTruth(scripts)

    return read


def pkgfiles(tree: Path) -> TreeTruth:
    scripts = []
    for path, file in relative(tree, "ports/*/*/Pkgfile"):
        text = text_of(file)
        values = dict(re.findall(r"^(\w+)=([^\s(#]+)", text, re.MULTILINE))
        values = {key: value.strip("\"'") for key, value in values.items()}

        def filled(word: str, values: dict[str, str] = values) -> str:
            word = re.sub(r"\$\{?(\w+)\}?", lambda match: values.get(match[1], match[0]), word)
            return re.sub(r"\$\{?(\w+)\}?", lambda match: values.get(match[1], match[0]), word)

        listed = re.search(r"^source=\(([^)]*)\)", text, re.MULTILINE)
        first = filled(listed[1].split()[0].strip("\"'")) if listed and listed[1].split() else ""
        base = first.split("::")[0] if "::" in first else first.rpartition("/")[2]
        source = base if ARCHIVE.search(base) and not re.search(r"[${}%]", base) else None
        name = values.get("name", "")
        version = filled(values.get("version", ""))
        scripts.append(Truth(path, name, None if "$" in version else version, source))
    listed = re.findall(r'^(?:toolchain|base)pkg="([^"]*)"', text_of(tree / "bootstrap.sh"), re.MULTILINE)
    names = [re.sub(r"-pass\d$", "", name) for words in listed for name in words.split()]
    keys = {script.key for script in scripts}
    order = [f"ports/core/{name}/Pkgfile" for name in dict.fromkeys(names)]
    return TreeTruth(scripts, [key for key in order if key in keys])


def makefiles(tree: Path) -> TreeTruth:
    scripts = []
    variables: dict[str, str] = {}
    for _, file in relative(tree, "mak/*.mak"):
        variables.update(dict(re.findall(r"^(\w+)\s*:?=\s*(.+?)\s*$", text_of(file), re.MULTILINE)))

    def filled(word: str) -> str:
        for _ in range(5):
            word = re.sub(r"\$\((?:abspath )?(\w+)\)", lambda match: variables.get(match[1], match[0]), word)
            word = re.sub(r"\$\(abspath ([^()]*)\)", r"\1", word)
        return word

    for path, file in relative(tree, "mak/*.mak"):
        text = text_of(file)
        recipes = dict(re.findall(r"^([\w.-]+):[^\n]*\n((?:\t[^\n]*\n?|\n)+)", text, re.MULTILINE))
        for target, recipe in recipes.items():
            if "-build" not in target:
                continue
            everything = recipe
            for other in re.findall(r"\$\(MAKE\) ([\w-]+)", recipe):
                everything = recipes.get(other, "") + everything
            own = re.sub(r"-build.*", "", target).replace("-", "_").upper()
            archives = re.findall(r'(?:tar\s+-\w*x\w*\s+|pip3? install[^\n]*)"?(\$\(\w+\))"?', everything)
            found = next((found for found in archives if own in found), archives[0] if archives else None)
            source = filled(found).rpartition("/")[2] if found else None
            name = re.sub(r"-build.*", "", target)
            if "libstd" in target:
                name = "libstdc++"
            name = name.removeprefix("python-") if name != "python" else name
            version = split(source)[1] if source else None
            scripts.append(Truth(f"{path}#{target}", name, version, source))
    order = []
    for top in ("Makefile", "Makefile-chroot.mak"):
        order += [
            target
            for target in re.findall(r"^\t\$\(MAKE\) ([\w-]+)", text_of(tree / top), re.MULTILINE)
            if "-build" in target
        ]
    keys = {script.key.partition("#")[2]: script.key for script in scripts}
    return TreeTruth(scripts, [keys[target] for target in dict.fromkeys(order) if target in keys])


def by_number(path: str) -> str | None:
    found = re.match(r"(?:.*/)?(\d+)\.\d", path)
    return found[1] if found else None


CROSS = ("binutils", "gcc", "linux", "glibc", "libstdc++")


def hezhujun(path: str, name: str) -> str:
    if path.startswith("tools/"):
        return "5" if name in CROSS and "pass2" not in path else "6"
    return "7" if "-tool" in path or "libstd" in path else "8"


def meilihao(path: str, name: str) -> str:
    if "/prepare/" in path:
        return "5" if name in CROSS and not path.endswith("2.sh") else "6"
    return "7" if re.search(r"/(?:libstdc\+\+|gettext|bison|perl|python|texinfo|util-linux)\.sh$", path) else "8"


def by_folder(path: str) -> str | None:
    found = re.search(r"chapter-?0?(\d+)/", path)
    return found[1] if found else None


def tar_names(pattern: str) -> Callable[[Path], TreeTruth]:
    """A file a package, called as its archive is; the makefile beside the folder lists them in order."""

    def read(tree: Path) -> TreeTruth:
        scripts = []
        for path, file in relative(tree, pattern):
            name, version = split(file.name.removesuffix(".sh") + ".tar.xz")
            if version and "configure" in text_of(file) + "configure" * (name != "adjust-toolchain"):
                name = "libstdc++" if "libstd" in name else "linux" if name.startswith("linux") else name
                again = re.match(r"^(.*)-2$", version)
                headers = version.removesuffix("-api-headers")
                scripts.append(Truth(path, name, again[1] if again else headers))
        keys = {script.key.rpartition("/")[2].removesuffix(".sh"): script.key for script in scripts}
        order = []
        for folder in ("prepare_build", "build_lfs"):
            text = text_of(tree / folder / "Makefile")
            listed = re.search(r"^(?:targets|packages) = ((?:.*\\\n)*.*)", text, re.MULTILINE)
            names = listed[1].replace("\\\n", " ").split() if listed else []
            own = {name: key for name, key in keys.items() if (tree / folder / "install" / f"{name}.sh").exists()}
            order += [f"{folder}/install/{name}.sh" for name in names if name in own]
        known = {script.key for script in scripts}
        return TreeTruth(scripts, [key for key in order if key in known])

    return read


TREES: dict[str, tuple[Callable[[Path], TreeTruth], str]] = {
    "massimo-cannavo+linux-from-scratch": (massimo, "11.3"),
    "hezhujun+LinuxFromScratchScripts": (tar_lines("tools/*.sh", "scripts/*.sh", stage=hezhujun), "11.1"),
    "reinterpretcat+lfs": (tar_lines("scripts/prepare/*.sh", "scripts/build/*.sh", chapter=by_number), "8.2"),
    "RomainClaret+lfs-7.8": (romain, "7.8"),
    "meilihao+alfs_docker": (
        tar_lines("lfs_root/scripts/prepare/*.sh", "lfs_root/scripts/build/*.sh", stage=meilihao), "10.1",
    ),
    "FreeFlyingSheep+lfs": (flying, "10.0"),
    "luisgbm+lfs-scripts": (
        sections("lfs-*.sh", r"# (\d+\.\d+)\. (.*)", r"begin (\S+) (tar\.\w+)", "."), "11.2",
    ),
    "LeeKyuHyuk+Linux-From-Scratch-Build-Script": (
        sections("scripts/*.sh", r'step "#? ?(\d+\.\d+)\. (.*)"', r"extract \S*/([^/\s]+\.t\S+)"), "8.4",
    ),
    "emmett1+lfs-scripts": (pkgfiles, ""),
    "akr2002+lfs-scripts": (tar_lines("scripts/*/*.sh", chapter=by_folder), "11.2"),
    "EvilFreelancer+docker-lfs-build": (tar_lines("book/chapter-[5-9]/*.sh", chapter=by_number), "8.3"),
    "dertin+linuxfromscratch": (tar_lines("script-up/lfs-automatic/*/*.sh"), ""),
    "nmuzychuk+lfs-build": (tar_names("*/install/*.sh"), ""),
    "kaienkira+linux-from-scratch": (makefiles, ""),
}  # fmt: skip


def chapters(book: Path, version: str) -> dict[str, list[str]]:
    """Chapter → names of its pages, in order."""
    found: dict[str, list[str]] = {}
    for chapter in ("5", "6", "7", "8"):
        shown = subprocess.run(
            ["git", "--git-dir", str(book), "show", f"{version}:chapter0{chapter}/chapter0{chapter}.xml"],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        pages = re.findall(r'include[^>]*href="([^"]+)\.xml"', shown)
        found[chapter] = [re.sub(r"-pass\d$", "", page) for page in pages]
    return found


def book_order(truth: TreeTruth, book: Path, version: str) -> list[str]:
    """Keys of the scripts as the book has its pages, by chapter, then by page; what it does not have is left out."""
    pages = chapters(book, version)
    ranked = []
    for script in truth.scripts:
        chapter = script.chapter or script.__dict__.get("stage")
        if not chapter or chapter not in pages or script.name is None:
            continue
        names = [spelled(page) for page in pages[chapter]]
        own = spelled(split(script.key.rpartition("/")[2].removesuffix(".sh") + ".tar.xz")[0])
        asked = (
            own if own in names else spelled(script.name)
        )  # one script's tar line names another package by mistake
        places = [at for at, name in enumerate(names) if name == asked]
        if not places:
            continue
        second = re.search(r"pass[-_]?2|pass 2|2\.sh$|-p2", script.key)
        same = [
            other
            for other in ranked
            if other[0] == int(chapter) and spelled(other[3] or "") == spelled(script.name)
        ]
        at = places[-1] if second and len(places) > 1 else places[min(len(same), len(places) - 1)]
        ranked.append((int(chapter), at, script.key, script.name))
    return [key for _, _, key, _ in sorted(ranked, key=lambda item: item[:2])]


def mentioned(tree: Path, key: str) -> bool:
    """Whether another file of the tree names the script, or it has a number: else it has no place there."""
    name = key.rpartition("/")[2].removesuffix(".sh")
    if name[:1].isdigit() or ":" in key:
        return True
    files = [path for pattern in ("*.sh", "*/*.sh", "*/*/*.sh", "*/*/*/*.sh") for path in tree.glob(pattern)]
    return any(name in text_of(path) for path in files if path.stem != name)


def in_order(found: list[str], wanted: list[str]) -> tuple[int, list[str]]:
    """How many of `wanted` stand in `found` as they should, and those beside the longest right chain."""
    place = {key: at for at, key in enumerate(found)}
    line = [place[key] for key in wanted if key in place]
    tails: list[int] = []
    back: list[int] = []
    ends: list[int] = []
    for at, value in enumerate(line):
        spot = bisect_left(tails, value)
        if spot == len(tails):
            tails.append(value)
            ends.append(at)
        else:
            tails[spot] = value
            ends[spot] = at
        back.append(ends[spot - 1] if spot else -1)
    chain = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.add(line[at])
        at = back[at]
    known = [key for key in wanted if key in place]
    return len(chain), [key for key in known if place[key] not in chain] + [
        key for key in wanted if key not in place
    ]


def same(one: str, other: str) -> bool:
    return one.lower().lstrip("v") == other.lower().lstrip("v")


def measure(name: str, tree: Path, truth: TreeTruth) -> tuple[list[str], list[str]]:
    """A row of the table, and the wrong ones."""
    from lfsmake.discover.tree import discover

    begun = time.perf_counter()
    found = discover(tree)
    took = time.perf_counter() - begun
    scripts = {script.id: script for script in found.scripts}
    starts = {f"{script.path}:{script.span.line}": script for script in found.scripts if script.part}

    def of(key: str):  # type: ignore[no-untyped-def]
        if key in scripts:
            return scripts[key]
        path, _, line = key.rpartition(":")
        if key in starts or not line.isdigit():
            return starts.get(key)
        inside = [script for script in found.scripts if script.path == path and script.part
                  and script.span.line <= int(line) <= script.span.end_line]  # fmt: skip
        return inside[0] if inside else None

    wrong: list[str] = []
    counts = {what: [0, 0] for what in ("found", "name", "version", "chapter", "source")}

    def judge(what: str, key: str, right: bool, text: str) -> None:
        counts[what][0] += right
        counts[what][1] += 1
        if not right:
            wrong.append(f"{key}: {text}")

    keys = {}
    for script in truth.scripts:
        here = of(script.key)
        role = here.role if here is not None else "missing"
        judge("found", script.key, role == "build", f"is {role}, not a build script")
        if here is None:
            continue
        keys[script.key] = here.id
        said = here.name.value if here.name else ""
        if script.name is not None:
            judge(
                "name", script.key, spelled(said) == spelled(script.name), f"name {said or '—'}, is {script.name}"
            )
        version = here.version.value if here.version else ""
        if script.version is not None:
            judge(
                "version",
                script.key,
                same(version, script.version),
                f"version {version or '—'}, is {script.version or 'none'}",
            )
        chapter = here.chapter.value if here.chapter else ""
        if script.chapter is not None:
            judge(
                "chapter", script.key, chapter == script.chapter, f"chapter {chapter or '—'}, is {script.chapter}"
            )
        source = here.sources[0].value.rpartition("/")[2] if here.sources else ""
        if script.source is not None:
            judge("source", script.key, source == script.source, f"source {source or '—'}, is {script.source}")
    line = [script.id for script in found.scripts if script.position]
    wanted = [keys.get(key, key) for key in truth.order]
    right, off = in_order(line, wanted)
    wrong += [f"{key}: out of order" for key in off]
    extra = [
        script.id for script in found.scripts if script.role == "build" and script.id not in set(keys.values())
    ]

    def cell(pair: list[int]) -> str:
        return f"{pair[0]}/{pair[1]}" if pair[1] else "–"

    best = (
        f"{found.books[0].book} ({found.books[0].same} same, {len(found.books[0].differ)} differ)"
        if found.books
        else "–"
    )
    row = [
        name.replace("+", "/"),
        *(cell(counts[what]) for what in counts),
        cell([right, len(wanted)]),
        best,
        f"{took:.1f} s",
    ]
    return row, [*wrong, *(f"{key}: taken for a build script too" for key in extra)]


def main() -> int:
    """Prints the table, then what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.discover.truth", description=__doc__)
    parser.add_argument("trees", type=Path)
    parser.add_argument("book", type=Path, nargs="?")
    parser.add_argument("--only", default="", help="a part of a tree's name")
    given = parser.parse_args()
    rows, lists = [], []
    for name, (read, version) in TREES.items():
        tree = given.trees / name
        if given.only not in name or not tree.is_dir():
            continue
        truth = read(tree)
        if not truth.order and version and given.book:
            truth.order = [key for key in book_order(truth, given.book, version) if mentioned(tree, key)]
        row, wrong = measure(name, tree, truth)
        rows.append(row)
        lists.append((name, wrong))
        print(f"{name}: {row}", file=sys.stderr, flush=True)
    heads = ["tree", "found", "name", "version", "chapter", "source", "order", "book", "time"]
    for line in table([heads, *rows]):
        print(line)
    for name, wrong in lists:
        print(f"\n{name.replace('+', '/')}:")
        for line in wrong:
            print(f"- {line}")
    return 0


def table(rows: Iterable[list[str]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield "| " + " | ".join(row) + " |"
        if not number:
            yield "| " + " | ".join("---" for _ in row) + " |"


if __name__ == "__main__":
    raise SystemExit(main())
