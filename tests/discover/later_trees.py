"""Where the trees that were tried after the rules were made tell the truth; none of the product's code."""

import csv
import re
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.discover.known_trees import by_number, sections, tar_lines
from tests.discover.telling import ARCHIVE, TreeTruth, Truth, relative, split, text_of

Reader = Callable[[Path], TreeTruth]
Order = Callable[[Path, list[str]], list[str]]


def as_they_lie(_tree: Path, keys: list[str]) -> list[str]:
    """By the numbers in folders and names: the tree is numbered through."""
    return keys


def called_from(*drivers: tuple[str, str, str]) -> Order:
    """(driver, what finds a script's name in it, its path with {} for the name), driver after driver."""

    def order(tree: Path, keys: list[str]) -> list[str]:
        known = set(keys)
        found: list[str] = []
        for driver, pattern, path in drivers:
            text = text_of(tree / driver)
            listed = re.search(r"packages=\(([^)]*)\)", text)
            names = listed[1].replace("\\", " ").split() if not pattern and listed else re.findall(pattern, text, re.M)
            found += [path.format(name.strip("\"'")) for name in names]
        return [key for key in dict.fromkeys(found) if key in known]

    return order


def told(
    *patterns: str, source: str = "", name: str = "", version: str = "", values: str = "",
    chapter: Callable[[str], str | None] = lambda path: None, order: Order | None = None,
    needed: str = "", named: str = "", left_out: str = r"^$", beside: str = "",
) -> Reader:  # fmt: skip
    """A file a package that says in a line of its own what it is.

    `source`, `name`, `version`: what finds them in a file, in their first group; name and version are split from the
    source where nothing finds them. `values`: a file whose assignments stand for `$x`. `named`: what finds the name in
    the path. `needed`: what a file must hold to count. `left_out`: paths that do not. `beside`: the script, if the
    file tells of one beside it.
    """

    def read(tree: Path) -> TreeTruth:
        assigned = text_of(tree / values) if values else ""
        given = dict(re.findall(r"^(?:export )?(\w+)=[\"']?([^\s\"']+)", assigned, re.M))
        scripts = []
        for pattern in patterns:
            for path, file in relative(tree, pattern):
                text = text_of(file)
                if re.search(left_out, path) or (needed and not re.search(needed, text, re.M)):
                    continue

                def said(what: str, text: str = text) -> str | None:
                    found = re.search(what, text, re.M) if what else None
                    return filled(found[1].strip("\"'"), given) if found else None

                archive = said(source)
                archive = archive.rpartition("/")[2] if archive else None
                if archive and not ARCHIVE.search(archive):
                    own, own_version = split(f"{archive.removesuffix('-src')}.tar.xz")
                else:
                    own, own_version = split(archive) if archive else (None, None)
                label = said(name) or own
                if named and (found := re.search(named, path)):
                    label = found[1]
                if label in (None, "v"):  # a forge's v9.1.tar.gz has no name
                    continue
                if "udev" in path.lower() and label == "systemd":
                    label = "udev"
                if beside:
                    if not re.search(r"^\s*(?:make|ninja|pip3|cp|install|cargo|sh) ", beside_text(file, beside), re.M):
                        continue
                    path = path.rpartition("/")[0] + "/" + beside
                if re.search(r"libstd|stdc\+\+", path, re.I):
                    label = "libstdc++"
                glob = archive is None or not ARCHIVE.search(archive) or bool(re.search(r"[*$]", archive))
                number = said(version) or (own_version or None if archive and "*" not in archive else None)
                scripts.append(Truth(path, label, number if number and "$" not in number else None,
                                     None if glob else archive, chapter(path)))  # fmt: skip
        keys = [script.key for script in scripts]
        return TreeTruth(scripts, order(tree, keys) if order else [])

    return read


def beside_text(file: Path, name: str) -> str:
    other = file.parent / name
    return text_of(other) if other.exists() else ""


def numbered(_tree: Path, keys: list[str]) -> list[str]:
    """As they lie, of those in numbered folders."""
    return [key for key in keys if re.search(r"(?:^|/)(?:chapter)?\d+[^/]*/", key)]


def filled(word: str, values: dict[str, str]) -> str:
    for _ in range(4):
        word = re.sub(r"\$\{?(\w+)\}?", lambda match: values.get(match[1], match[0]), word)
    return word


def tables(tree: Path) -> TreeTruth:
    """stageN.csv beside stageN/: a row a script, with its archive."""
    scripts = []
    for path, file in relative(tree, "*/scripts/stage?.csv"):
        for row in csv.reader(file.open(encoding="utf-8"), delimiter=";"):
            if len(row) < 4:
                continue
            own = path.removesuffix(".csv") + f"/ch{row[0]}.sh"
            if (tree / own).exists():
                name, version = split(row[2])
                name = "libstdc++" if row[1].startswith("Libstd") else name
                scripts.append(Truth(own, name, version, row[2], row[0].partition("_")[0]))
    return TreeTruth(scripts, [script.key for script in scripts])


def ports(tree: Path) -> TreeTruth:
    """`spkgbuild` files: name=, version=, the first of source=."""
    scripts = []
    for path, file in relative(tree, "*/*/spkgbuild"):
        text = text_of(file)
        values = {key: value.strip("\"'") for key, value in re.findall(r"^(\w+)=([^\s(#]+)", text, re.M)}
        listed = re.search(r"^source=[\"'(]([^\"')]*)", text, re.M)
        first = filled(listed[1].split()[0], values) if listed and listed[1].split() else ""
        base = first.partition("::")[0] if "::" in first else first.rpartition("/")[2]
        plain = bool(ARCHIVE.search(base)) and not re.search(r"[${}%]", base)
        version = filled(values.get("version", ""), values)
        told_version = None if "$" in version else version
        scripts.append(Truth(path, values.get("name", ""), told_version, base if plain else None))
    return TreeTruth(scripts)


def by_phase(phases: Iterable[tuple[str, str]]) -> Callable[[str, str], str]:
    """The book's chapter of a path, by the folder it lies in."""

    def stage(path: str, _name: str) -> str:
        return next((chapter for part, chapter in phases if part in path), "")

    return stage


def by_folder(path: str) -> str | None:
    found = re.search(r"ch(?:apter)?-?0?(\d+)/", path)
    return found[1] if found else None


def by_letters(path: str) -> str | None:
    found = re.search(r"CH0?(\d+)Build/CH", path)
    return found[1] if found else None


_LYNOSE = (("01_crosstools", "5"), ("02_crosstemp", "6"), ("03_roottools", "7"), ("basic/", "8"))
LATER: dict[str, tuple[Reader, str]] = {
    "Granddave+linux-from-scratch": (
        told("scripts/preparations/[56].*.sh", source=r"^tar -xf (?!\.\.)(\S+)", chapter=by_number, left_out="6.x",
             order=as_they_lie), "",
    ),
    "HerbMillerJW+Auto-CLFS": (
        told("[56].*.sh", source=r"^tar -\S*x\S* (?!\.\.)(\S+)", chapter=by_number, order=as_they_lie), "",
    ),
    "jhalfs+lfs-12.1": (  # made by its own stylesheet of February 2024 from the book
        told("lfs-commands/chapter*/*", source=r"^PACKAGE=(\S+)", chapter=by_folder, order=as_they_lie), "",
    ),
    "JHFreeman+LFSbuildscripts": (
        told("chapter[5-8]/*.bash", source=r"PKGDIR=(\S*\d\S*)", name=r"PKGNAME=(\S+)",
             version=r"PKGVER=(\S+)", chapter=by_folder, order=as_they_lie), "",
    ),
    "YellowJacketLinux+lfs-buildscripts": (
        told("CH[5-8]Build/CH0*.sh", source=r"^tar -\S*x\S* (\S+)", values="versions.sh", chapter=by_letters,
             order=as_they_lie), "",
    ),
    "aspizu+lfs-scripts": (
        told("lfs-bootstrap/*.sh", "lfs-install/*.sh", source=r"^pkgopen (\S+)", chapter=by_number, left_out="udev",
             order=as_they_lie), "",
    ),
    "bengtbengtsson+lfs": (
        told("ch0[568]/scripts/*.sh", source=r"^\s*tar -xv?f (?!\.\.)(\S+)", chapter=by_folder, left_out="/udev",
             order=called_from(("ch05/build-ch5.sh", "", "ch05/scripts/{}.sh"),
                               ("ch06/build-ch6.sh", "", "ch06/scripts/{}.sh"),
                               ("ch08/build-ch8.sh", "", "ch08/scripts/{}.sh"))), "",
    ),
    "cksjava+lfs-builder": (
        told("scripts/generated/0[5-9]*/*.sh", source=r"^TARBALL=\$\(ls -1 ([^\s*]+)\*",
             order=as_they_lie), "",
    ),
    "gabriel376+linux-from-scratch": (
        told("*/lfs/scripts/book/[5678].*.sh", source=r"^tar -xf (?!\.\.)(\S+)", chapter=by_number,
             order=as_they_lie), "",
    ),
    "ghostkcleung+lfs-automate": (tables, ""),
    "guiszk+lfs-scripts": (
        told("chapters/[5-8]/*.sh", name="^(tar) ", named=r"/\d+_\d+_(?:\d_)?([\w+-]+)\.sh$",
             needed=r"^tar -\w*x", chapter=lambda path: path.split("/")[1],
             order=as_they_lie), "",
    ),
    "hantang+linuxfromscratch-scripts": (
        sections("scripts/12.0/ch0[5-8].sh", r"# (\d+\.\d+)\. (.*)", r"begin_install (\S+) (tar\.\w+|tgz)", "."),
        "12.0",
    ),
    "kevin-leptons+lfs-auto": (
        told("script/*sys.pack.setup/*.sh", source=r"^source_file=\"?(?:\.\./)*([^\s\"]+)",
             order=called_from(("script/tmp-sys.pack.setup.sh", "", "script/tmp-sys.pack.setup/{}.sh"),
                               ("script/sys.pack.setup.sh", "", "script/sys.pack.setup/{}.sh"))), "",
    ),
    "kungfoo-linux+lfs-1": (
        told("lfs-scripts/[12]*/*.sh", "blfs-scripts/*/*/build.sh", source=r"^\s*srcfil=(\S+)",
             order=lambda _tree, keys: [key for key in keys if key.startswith("lfs-scripts/")]), "",
    ),
    "lynose+lfs": (
        tar_lines("toolchain/0*/*.sh", "basic/*.sh", stage=by_phase(_LYNOSE)), "10.1",
    ),
    "masmullin2000+LFScm": (
        told(*(f"resources/make-scripts/{folder}/[0-9]*.sh"
               for folder in ("toolchain/toolchain", "toolchain/tools", "toolchain/additional", "basic-system")),
             named=r"/\d+\.([\w+-]+?)\.sh$", name="^(set)", needed=r"^tar x", order=as_they_lie), "",
    ),
    "merra19+ports-blfs": (ports, ""),
    "rockytriton+lfs-aarch64": (
        told("packager/scripts/packages/*/*/info.yml", name=r"^name: \"?([^\s\"]+)", version=r"^version: \"?([^\s\"]+)",
             source=r"^source: \"?([^\s\"]+)", beside="build.sh"), "",
    ),
    "secf4ult+linux-from-scratch-docker": (
        told("scripts/build/*.sh", source=r"^tar -xf (?!\.\.)(\S+)", chapter=by_number, order=as_they_lie), "",
    ),
    "vanallp+lfs-scripts": (
        sections("lfs-[cs]*.sh", r"# (\d+\.\d+)\.? (.*)", r"begin ([^\s\"$]+) (tar\.\w+|tgz)", "."), "",
    ),
    "wirbel-at-vdr-portal+LFS-On-RPi4": (
        told("html/chapter0[5-8]/*.sh", "html/extra/*.sh", source=r"^tar xf (\S+)", chapter=by_folder,
             left_out="Package_Management", order=numbered), "",
    ),
    "xiviwo+autolfs": (
        told("Example/bootstrap/scripts/[5-8]*.sh", "Example/port/scripts/*.sh",
             source=r"^preparepack \S+ \S+ (\S+)", needed=r"^preparepack .*\.t"), "",
    ),
}  # fmt: skip
