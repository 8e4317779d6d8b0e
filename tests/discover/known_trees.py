"""Where the trees that were known from the start tell the truth about their scripts; none of the product's code."""

import re
from collections.abc import Callable
from pathlib import Path

from tests.discover.telling import ARCHIVE, TreeTruth, Truth, relative, split, text_of, unpacked


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
                if re.search(r"libstd|-stdc\+\+", own):
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
        stage = {"toolchain": "5", "tools": "6" if path.startswith("lfs") else "7", "software": "8"}[path.split("/")[1]]
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


KNOWN: dict[str, tuple[Callable[[Path], TreeTruth], str]] = {
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
