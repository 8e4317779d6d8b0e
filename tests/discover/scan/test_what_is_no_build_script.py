"""Roles: each script that does not build is told so, with the reason in one sentence."""

from pathlib import Path

import pytest

from lfsmake.discover.tree import discover
from tests.discover.scan.trees import script, write

SH = "#!/bin/bash\n"


def role(folder: Path, path: str) -> tuple[str, str]:
    found = next(one for one in discover(folder).scripts if one.id == path)
    return found.role, found.why


def test_recipes_of_our_own_are_none(tmp_path: Path) -> None:
    recipe = "package linux 6.13 {\n    build:\n        make mrproper\n        make -j4\n    install: make install\n}\n"
    write(tmp_path, {"kernel.lfs": recipe, "gcc.sh": script("gcc"), "m4.lfs": script("m4")})
    assert sorted(one.id for one in discover(tmp_path).scripts) == ["gcc.sh", "m4.lfs"]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("gcc.sh", script("gcc"), ("build", "it unpacks an archive, configures and makes")),
        ("x.sh", SH + "try ./configure --prefix=/usr\ntry make install\n", ("build", "it configures and makes")),
        ("man.sh", SH + "tar xf man-pages.tar.xz\ncp -r man* /usr/share/man\n", ("build", "it unpacks an "
                                                                                          "archive and installs "
                                                                                          "what is in it")),
        ("U.sh", SH + "function U ()\n{\ntar xf u.tar.gz\n./configure\nmake\n}\nU\n", ("build", "it unpacks an "
                                                                                                "archive, "
                                                                                                "configures and "
                                                                                                "makes")),
        ("bc-3.1.5 copy.sh", script("bc"), ("stray", "its name is that of a copy or a leftover")),
        ("bc.sh~", script("bc"), ("stray", "its name is that of a copy or a leftover")),
        ("old/bc.sh", script("bc"), ("stray", "it lies in a folder of leftovers")),
        ("empty.sh", SH, ("stray", "it holds no command")),
        ("version-check.sh", SH + "bash --version\nld --version\nmake --version\n", ("host", "its name says "
                                                                                             "that it prepares "
                                                                                             "or checks the "
                                                                                             "machine")),
        ("d.sh", SH + "parted /dev/sdb mklabel gpt\nmkfs.ext4 /dev/sdb1\n", ("host", "it works on disks, images "
                                                                                     "or packages of the machine")),
        ("enter.sh", SH + "mount --bind /dev $LFS/dev\nmount -t proc proc $LFS/proc\nchroot $LFS /bin/bash\n",
         ("host", "it mounts file systems or enters the chroot, and builds nothing")),
        ("u.sh", SH + "groupadd lfs\nuseradd -g lfs lfs\npasswd lfs\nchown lfs $LFS\n", ("host", "it makes or "
                                                                                                 "becomes the "
                                                                                                 "user lfs")),
        ("4.2-dirs.sh", SH + "mkdir -pv $LFS/tools\nln -sv $LFS/tools /\n", ("host", "chapter 4 of the book "
                                                                                     "prepares the machine")),
        ("get.sh", SH + "wget -i list\ncurl -O https://example.org/x\n", ("download", "it fetches files with 2 "
                                                                                      "commands and builds "
                                                                                      "nothing")),
        ("s.sh", SH + "strip --strip-debug /tools/lib/*\nrm -rf /tools/share\n", ("cleanup", "all it does is "
                                                                                             "remove or strip")),
        ("f.sh", SH + "a() { echo $1; }\nb() { make install; }\n", ("helper", "it only defines functions")),
        ("v.sh", "LFS=/mnt/lfs\nexport MAKEFLAGS=-j4\n", ("helper", "it only sets variables")),
        ("6.5-dirs.sh", SH + "mkdir -pv /usr/lib\n", ("build", "its number, 6.5, makes it a step, and it sets "
                                                               "up a part of the system")),
        ("etc.sh", SH + "cat > /etc/hosts << E\nx\nE\ncat > /etc/fstab << E\nx\nE\nln -s a /etc/b\n", ("build",
            "it sets up files of the system")),
        ("wget-list", "https://example.org/a-1.tar.gz\nhttps://example.org/b-2.tar.gz\n", ("list", "it holds 2 "
                                                                                                   "URLs")),
        ("md5sums", "0123456789abcdef0123456789abcdef  a-1.tar.gz\n", ("list", "it is a list of 1 line")),
    ],
)  # fmt: skip
def test_a_role_and_why(tmp_path: Path, name: str, text: str, expected: tuple[str, str]) -> None:
    write(tmp_path, {name: text})
    assert role(tmp_path, name) == expected


def test_a_script_that_others_read_in_is_a_helper(tmp_path: Path) -> None:
    write(tmp_path, {"common.sh": SH + "check() { [ $? = 0 ] || exit 1; }\nset -e\numask 022\n"})
    write(
        tmp_path,
        {"m4.sh": SH + ". ./common.sh\n./configure\nmake\n", "sed.sh": SH + ". ./common.sh\n./configure\nmake\n"},
    )
    assert role(tmp_path, "common.sh") == ("helper", "it is read in by m4.sh and 1 more and builds nothing itself")
    assert role(tmp_path, "m4.sh") == ("build", "it configures and makes")


def test_a_script_that_builds_for_those_who_read_it_in(tmp_path: Path) -> None:
    write(tmp_path, {"generic.sh": "try ./configure\ntry make\ntry make install\n"})
    for name in ("m4", "sed", "grep"):
        write(tmp_path, {f"{name}.sh": "try source $root/generic.sh\ntry mv /usr/bin/x /bin\n"})
    assert role(tmp_path, "m4.sh") == ("build", "generic.sh, which it reads in, builds for it")
    assert role(tmp_path, "generic.sh") == ("helper", "it is read in by grep.sh and 2 more")


def test_reading_in_what_all_read_in_is_no_call(tmp_path: Path) -> None:
    files = {f"{number:03}-{name}.sh": f"{SH}. lib/common.sh\nlog {name}\n" for number, name in
             enumerate(("clock", "console", "locale", "shells"), start=130)}  # fmt: skip
    common = f"{SH}set -e\n: ${{ID:=x}}\nrm -f /tmp/a\nlog() {{ echo $*; }}\nlog up\n"
    write(tmp_path, {**files, "lib/common.sh": common})
    assert {role(tmp_path, path)[0] for path in files} == {"build"}
    assert role(tmp_path, "lib/common.sh")[0] == "helper"


def test_a_spec_file_is_left_out_and_said_so(tmp_path: Path) -> None:
    spec = "Name: sed\nVersion: 4.9\n%build\n./configure\nmake\n%install\nmake install\n"
    write(tmp_path, {"SPECS/sed.spec": spec, "tar.sh": script("tar")})
    found = discover(tmp_path)
    assert [one.id for one in found.scripts] == ["tar.sh"]
    assert found.skipped == (("SPECS/sed.spec", "is an RPM spec file, which is not read"),)


def test_functions_handed_over_to_what_is_read_in(tmp_path: Path) -> None:
    body = "build_src() {\nfile=sed-4.9.tar.xz\ntar xf $SRC/$file\ncd sed-4.9\n./configure\nmake\nmake install\n}\n"
    write(tmp_path, {
        "s/sed/build.sh": f"{SH}. ../../common\n{body}build\n",
        "s/sed/functions.sh": f"{SH}. ../../common\n{body}",
        "s/sed/run.sh": f"{SH}{body}build_src\n",
    })  # fmt: skip
    handed = "it defines how to build, and what it reads in does so at `build`"
    assert role(tmp_path, "s/sed/build.sh") == ("build", handed)
    assert role(tmp_path, "s/sed/functions.sh") == ("helper", "it only defines functions")
    assert role(tmp_path, "s/sed/run.sh") == ("build", "it unpacks an archive, configures and makes")
    found = next(one for one in discover(tmp_path).scripts if one.id == "s/sed/build.sh")
    assert [fact.value for fact in found.sources] == ["sed-4.9.tar.xz"]


def test_a_copy_with_a_name_of_its_own_is_known_by_the_plain_one(tmp_path: Path) -> None:
    write(
        tmp_path, {"gcc.sh": script("gcc"), "gcc-old.sh": script("gcc", "0.9"), "restart-backup.sh": script("m4")}
    )
    assert role(tmp_path, "gcc-old.sh") == ("stray", "its name is that of gcc.sh, put aside")
    assert role(tmp_path, "restart-backup.sh")[0] == "build"


def test_a_copy_of_the_same_text_says_of_what(tmp_path: Path) -> None:
    write(tmp_path, {"bc.sh": script("bc"), "bc copy.sh": script("bc")})
    assert role(tmp_path, "bc copy.sh") == (
        "stray",
        "its name is that of a copy or a leftover; bc.sh has the same text",
    )


def test_targets_of_a_makefile_that_build_nothing(tmp_path: Path) -> None:
    write(tmp_path, {"Makefile": "all: m4\nm4: m4-src\n\tcd m4-1 && ./configure && make\nm4-src:\n\ttar xf "
                                 "m4-1.tar.gz\n\tsed -i s/a/b/ m4-1/x\n"
                                 "get:\n\twget -i list\nclean:\n\trm -rf m4-1\nnothing:\n"})  # fmt: skip
    found = {one.id: (one.role, one.why, one.position) for one in discover(tmp_path).scripts}
    assert found == {
        "Makefile": ("driver", "it holds 1 target that builds", 0),
        "Makefile#m4": ("build", "the target builds", 1),
        "Makefile#m4-src": ("helper", "the target unpacks and patches for others", 0),
        "Makefile#get": ("download", "the target fetches files", 0),
        "Makefile#clean": ("cleanup", "all the target does is remove", 0),
    }
