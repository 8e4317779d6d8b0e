"""Trees in each convention: which scripts build, what they are called, in which order they stand."""

from pathlib import Path

import pytest

from lfsmake.discover.tree import discover
from tests.discover.scan.trees import script, write


def steps(folder: Path) -> list[tuple[str, str]]:
    """Id and package of the build scripts, in order."""
    return [
        (one.id, one.name.value if one.name else "")
        for one in discover(folder).scripts
        if one.role == "build" and one.position
    ]


def names(folder: Path) -> list[str]:
    return [name for name, _ in steps(folder)]


def test_numbered_files_stand_by_number_not_by_letter(tmp_path: Path) -> None:
    write(
        tmp_path,
        {f"5.{number}-{name}.sh": script(name) for number, name in ((4, "binutils"), (10, "gcc"), (9, "bash"))},
    )
    assert steps(tmp_path) == [("5.4-binutils.sh", "binutils"), ("5.9-bash.sh", "bash"), ("5.10-gcc.sh", "gcc")]
    assert discover(tmp_path).conventions == ("numbered files",)


def test_chapters_in_several_folders(tmp_path: Path) -> None:
    files = {
        "build/6.2-m4.sh": "m4",
        "prepare/5.10-gcc.sh": "gcc",
        "prepare/5.2-binutils.sh": "binutils",
        "build/6.10-grep.sh": "grep",
    }
    write(tmp_path, {path: script(name) for path, name in files.items()})
    assert names(tmp_path) == [
        "prepare/5.2-binutils.sh",
        "prepare/5.10-gcc.sh",
        "build/6.2-m4.sh",
        "build/6.10-grep.sh",
    ]


def test_chapter_folders(tmp_path: Path) -> None:
    files = {
        "chapter10/01-linux": "linux",
        "chapter05/02-gcc": "gcc",
        "chapter05/01-binutils": "binutils",
        "chapter08/11-bc": "bc",
    }
    write(tmp_path, {path: script(name) for path, name in files.items()})
    assert names(tmp_path) == [
        "chapter05/01-binutils",
        "chapter05/02-gcc",
        "chapter08/11-bc",
        "chapter10/01-linux",
    ]
    assert discover(tmp_path).conventions == ("chapter folders",)


def test_jhalfs(tmp_path: Path) -> None:
    files = {
        "chapter05/502-binutils-pass1": "binutils",
        "chapter05/510-glibc": "glibc",
        "chapter08/803-man-pages": "man-pages",
    }
    write(tmp_path, {f"lfs-commands/{path}": script(name) for path, name in files.items()})
    write(tmp_path, {"Makefile": "all: 803-man-pages\n803-man-pages: 510-glibc\n\t@source envars && "
                                 "lfs-commands/chapter08/$@\n"
                                 "510-glibc: 502-binutils-pass1\n\t@lfs-commands/chapter05/$@ > logs/$@ 2>&1\n"
                                 "502-binutils-pass1:\n\t@lfs-commands/chapter05/$@\n"})  # fmt: skip
    assert names(tmp_path) == [f"lfs-commands/{path}" for path in files]
    assert discover(tmp_path).conventions == ("jhalfs",)
    turns = {one.id: one.turn.value for one in discover(tmp_path).scripts if one.turn is not None}
    assert turns == {"lfs-commands/chapter05/502-binutils-pass1": "1"}


def test_jhalfs_whose_makefile_unpacks_for_the_scripts(tmp_path: Path) -> None:
    body = "#!/bin/bash\nset +h\nset -e\ncd $PKGDIR\n./configure --prefix=/tools\nmake\nmake install\nexit\n"
    files = {"chapter05/034-binutils-pass1": "binutils-2.22.tar.bz2", "chapter05/035-gcc-pass1": "gcc-4.7.1.tar.bz2"}
    write(tmp_path, {f"lfs-commands/{path}": body for path in files})
    target = (
        "{0}: {1}\n\t@$(call echo_message, Building)\n\t@: > envars\n\t@$(call unpack,{2})\n"
        "\t@source ~/.bashrc && \\\n\t$(CMDSDIR)/chapter05/$@ >> $(LOGDIR)/$@ 2>&1\n"
    )
    write(tmp_path, {"Makefile": "all: 035-gcc-pass1\n" + "".join(
        target.format(path[10:], before, archive)
        for (path, archive), before in zip(files.items(), ("", "034-binutils-pass1"), strict=True)
    )})  # fmt: skip
    built = [one for one in discover(tmp_path).scripts if one.role == "build"]
    told = [(one.path[13:], one.version and one.version.value, [fact.value for fact in one.sources]) for one in built]
    assert told == [
        ("chapter05/034-binutils-pass1", "2.22", ["binutils-2.22.tar.bz2"]),
        ("chapter05/035-gcc-pass1", "4.7.1", ["gcc-4.7.1.tar.bz2"]),
    ]


def test_comments_set_apart_head_the_block_below_them(tmp_path: Path) -> None:
    block = "# ----\n# {1}, by hand\n# ----\n\nbegin {1}-1.{0} tar.xz\n./configure\nmake\n# rm -r {1}\nend\n\n"
    write(tmp_path, {"all.sh": "#!/bin/bash\n\n" + "".join(
        block.format(number, name) for number, name in enumerate(("bison", "perl", "sed"), start=7)
    )})  # fmt: skip
    parts = [one for one in discover(tmp_path).scripts if one.part]
    assert sorted((one.part, one.span.line) for one in parts) == [
        ("bison-1.7-tar.xz", 3), ("perl-1.8-tar.xz", 13), ("sed-1.9-tar.xz", 23),
    ]  # fmt: skip


def test_numbered_folders(tmp_path: Path) -> None:
    files = {"phase10/a.sh": "make", "phase2/b.sh": "bash", "phase1/c.sh": "gcc"}
    write(tmp_path, {path: script(name) for path, name in files.items()})
    assert names(tmp_path) == ["phase1/c.sh", "phase2/b.sh", "phase10/a.sh"]


def test_a_folder_a_package_in_the_order_of_a_list(tmp_path: Path) -> None:
    write(tmp_path, {f"{name}/build": script(name) for name in ("bash", "gcc", "make", "m4")})
    write(tmp_path, {"build_order": "# the order\ngcc\nm4\n\nbash\nmake\n"})
    assert names(tmp_path) == ["gcc/build", "m4/build", "bash/build", "make/build"]
    (order,) = [one for one in discover(tmp_path).scripts if one.role == "list"]
    assert order.why == "it names 4 scripts, a line each"


def test_targets_of_makefiles_in_the_order_they_need_each_other(tmp_path: Path) -> None:
    write(tmp_path, {
        "Makefile": "include mk/*.mk\nall: gcc bash\n\nclean:\n\trm -rf build\n",
        "mk/bash.mk": "BASH_VERSION := 5.2\nbash: m4\n\ttar -xf bash-$(BASH_VERSION).tar.gz\n\tcd "
                      "bash-$(BASH_VERSION) && ./configure && \\\n"
                      "\t\t$(MAKE) && $(MAKE) install\n",
        "mk/gcc.mk": "gcc: binutils\n\ttar xf gcc-13.tar.xz\n\tcd gcc-13 && ./configure && make "
                     "install\nbinutils:\n"
                     "\ttar xf binutils-2.41.tar.xz\n\tcd binutils-2.41 && ./configure && make\n",
        "mk/m4.mk": "m4:\n\ttar xf m4-1.4.tar.xz\n\tcd m4-1.4 && ./configure && make install\n",
    })  # fmt: skip
    assert steps(tmp_path) == [
        ("mk/gcc.mk#binutils", "binutils"), ("mk/gcc.mk#gcc", "gcc"), ("mk/m4.mk#m4", "m4"), ("mk/bash.mk#bash",
            "bash"),
    ]  # fmt: skip
    bash = next(one for one in discover(tmp_path).scripts if one.part == "bash")
    assert bash.version is not None
    assert (bash.version.value, [fact.value for fact in bash.sources]) == ("5.2", ["bash-5.2.tar.gz"])
    assert (bash.span.line, bash.span.end_line) == (2, 5)


def test_targets_that_a_define_runs_scripts_by(tmp_path: Path) -> None:
    write(tmp_path, {
        "Makefile": "define install\ncd /sources && tar xf $@.* && cd $@ && \\\nsource "
                    "$(INSTALL)/$(@).sh\nendef\n"
                    "all: sed-4.9\nmake-4.4:\n\t$(install)\nsed-4.9: make-4.4\n\t$(install)\n",
        "install/sed-4.9.sh": "./configure\nmake\n", "install/make-4.4.sh": "./configure\nmake\n",
    })  # fmt: skip
    assert steps(tmp_path) == [("install/make-4.4.sh", "make"), ("install/sed-4.9.sh", "sed")]


@pytest.mark.parametrize("name", ["Pkgfile", "PKGBUILD", "APKBUILD", "spkgbuild"])
def test_packagers_files(tmp_path: Path, name: str) -> None:
    prefix = "pkg" if "BUILD" in name else ""
    version = "pkgver" if "BUILD" in name else "version"
    for package in ("zlib", "xz"):
        source = f"https://example.org/{package}-1.3.tar.gz"
        text = f'{prefix}name={package}\n{version}=1.3\nsource=("{source}")\nbuild() {{\n  make\n}}\n'
        write(tmp_path, {f"core/{package}/{name}": text, f"core/{package}/post-install": "#!/bin/sh\nldconfig\n"})
    write(
        tmp_path,
        {
            "bootstrap": '#!/bin/sh\npackages="zlib xz zlib-pass2"\nfor i in $packages; do cd core/$i; pkgmk; done\n'
        },
    )
    found = {one.id: one for one in discover(tmp_path).scripts}
    built = [one for one in found.values() if one.role == "build"]
    assert [one.name.value for one in built if one.name] == ["zlib", "xz"]
    assert [one.version.value for one in built if one.version] == ["1.3", "1.3"]
    assert [one.position for one in built] == [1, 2]
    beside = found["core/xz/post-install"]
    assert (beside.role, beside.why) == ("helper", f"it lies beside core/xz/{name}, which brings it along")


FUNCTIONS = """#!/bin/bash
log() { echo "$@"; }
build_sed() {
    tar xf sed-4.9.tar.xz
    cd sed-4.9 && ./configure && make install
}
build_grep() {
    tar xf grep-3.11.tar.xz
    cd grep-3.11 && ./configure && make install
}
build_m4() {
    tar xf m4-1.4.19.tar.xz
    cd m4-1.4.19 && ./configure && make install
}
main() {
    build_m4
    build_sed
    build_grep
}
main "$@"
"""


def test_a_function_a_package_in_the_order_of_the_calls(tmp_path: Path) -> None:
    write(tmp_path, {"lfs.sh": FUNCTIONS})
    assert steps(tmp_path) == [
        ("lfs.sh#build_m4", "m4"),
        ("lfs.sh#build_sed", "sed"),
        ("lfs.sh#build_grep", "grep"),
    ]
    whole = next(one for one in discover(tmp_path).scripts if one.id == "lfs.sh")
    assert (whole.role, whole.why) == ("driver", "it holds 3 parts that build")


def blocks(heads: list[str]) -> str:
    text = ["#!/bin/bash", 'step() { echo "$@"; }', 'begin() { tar xf "$1.$2"; cd "$1"; }', ""]
    for head, name in zip(heads, ("m4-1.4.19", "sed-4.9", "grep-3.11"), strict=True):
        text += [
            head,
            *([] if head.startswith("begin") else [f"tar xf {name}.tar.xz", f"cd {name}"]),
            "./configure",
            "make install",
            "cd ..",
            "",
        ]
    return "\n".join(text)


@pytest.mark.parametrize(
    ("heads", "how"),
    [
        (["begin m4-1.4.19 tar.xz", "begin sed-4.9 tar.xz", "begin grep-3.11 tar.xz"], "begin"),
        (['step "6.2. M4-1.4.19"', 'step "6.3. Sed-4.9"', 'step "6.10. Grep-3.11"'], "step"),
        (["# 6.2. M4-1.4.19", "# 6.3. Sed-4.9", "# 6.10. Grep-3.11"], "heading"),
        (["## m4-1.4.19 ##", "## sed-4.9 ##", "## grep-3.11 ##"], "package"),
        (['echo "Building m4 ..."', 'echo "Building sed ..."', 'echo "Building grep ..."'], "echo"),
    ],
)  # fmt: skip
def test_a_block_a_package(tmp_path: Path, heads: list[str], how: str) -> None:
    write(tmp_path, {"system.sh": blocks(heads)})
    found = [one for one in discover(tmp_path).scripts if one.part]
    assert [one.name.value for one in found if one.name] == ["m4", "sed", "grep"]
    assert [one.position for one in found] == [1, 2, 3]
    text = (tmp_path / "system.sh").read_text().split("\n")
    assert [text[one.span.line - 1] for one in found] == heads
    kind = "heading" if how in ("heading", "package") else f"`{how}`"
    assert {one.convention for one in found} == {f"blocks of a script, from each {kind}"}


def test_blocks_that_nothing_heads_but_their_tar_line(tmp_path: Path) -> None:
    text = "".join(
        script(name).removeprefix("#!/bin/bash\nset -e\n") + "cd ..\n" for name in ("m4", "sed", "grep")
    )
    write(tmp_path, {"all.sh": "#!/bin/bash\n" + text})
    assert [name for _, name in steps(tmp_path)] == ["m4", "sed", "grep"]


def test_a_script_of_one_package_has_no_parts(tmp_path: Path) -> None:
    text = '#!/bin/bash\necho "Building gcc"\ntar xf gcc-13.tar.xz\ntar xf ../mpfr-4.tar.xz\ntar xf ../gmp-6.tar.xz\n' \
           'echo "Configuring gcc"\n' \
           './configure\necho "Making gcc"\nmake\necho "Installing gcc"\nmake install\n'  # fmt: skip
    write(tmp_path, {"gcc.sh": text})
    assert names(tmp_path) == ["gcc.sh"]


def test_stages_of_one_package_that_are_announced_are_no_parts(tmp_path: Path) -> None:
    said = ("Building shared library", "Compiling bzip2", "Installing bzip2", "Installing shared binary")
    lines = [f'echo "### {text}"\nmake -f {number}\n' for number, text in enumerate(said)]
    write(tmp_path, {"bzip2.sh": "#!/bin/bash\ntar xf bzip2-1.0.8.tar.gz\ncd bzip2-1.0.8\n" + "".join(lines)})
    (found,) = discover(tmp_path).scripts
    assert (found.id, found.role, found.version and found.version.value) == ("bzip2.sh", "build", "1.0.8")


def test_sections_of_one_page_are_no_parts(tmp_path: Path) -> None:
    text = (
        "#!/bin/bash\n# 6.9.1 Installation of Glibc\ntar xf glibc-2.27.tar.xz\n./configure\nmake install\n"
        "# 6.9.2.1 Adding nsswitch.conf\ncat > /etc/nsswitch.conf\n"
        "# 6.9.2.2 Adding Time Zone Data\ntar xf tzdata.tar.gz\ninstall a b\n"
    )
    write(tmp_path, {"6.9-glibc.sh": text})
    assert names(tmp_path) == ["6.9-glibc.sh"]
