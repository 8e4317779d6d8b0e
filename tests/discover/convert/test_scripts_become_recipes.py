"""A tree of scripts becomes recipes: split into phases, or kept whole; what cannot be decided is marked."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lfsmake.discover.convert.convert import counts, import_tree, write
from lfsmake.discover.convert.model import Converted
from lfsmake.lang.config import load_config
from lfsmake.lang.format import format_text
from lfsmake.lang.load import load_configured
from lfsmake.lang.syntax import parse
from lfsmake.model.errors import UsageError
from lfsmake.model.step import Project

MD5 = "0d90823e1426f1da2fd872df0311298d"
M4 = """#!/bin/bash
set -e
echo "Building m4"
cd $LFS/sources
tar -xf m4-1.4.19.tar.xz
cd m4-1.4.19
./configure --prefix=/usr   \\
            --host=$LFS_TGT \\
            --build=$(build-aux/config.guess)
make -j$(nproc)
read -p "Press any key"
make DESTDIR=$LFS install
cd ..
rm -rf m4-1.4.19
"""
GCC = """#!/bin/bash
set -e
cd $LFS/sources
tar -xf gcc-14.2.0.tar.xz
cd gcc-14.2.0
tar -xf ../mpfr-4.2.1.tar.xz
mv -v mpfr-4.2.1 mpfr
patch -Np1 -i ../gcc-14.2.0-fix-1.patch
# 64-bit libraries belong into lib.
sed -e '/m64=/s/lib64/lib/' -i.orig gcc/config/i386/t-linux64
mkdir -v build
cd build
../configure --target=$LFS_TGT --prefix=$LFS/tools --docdir=/usr/share/doc/gcc-14.2.0
make
make install
cd ..
cat gcc/limitx.h gcc/glimits.h > limits.h
cd ..
rm -rf gcc-14.2.0
"""
ZLIB = """#!/bin/bash
tar xf zlib-1.3.1.tar.gz
cd zlib-1.3.1
./configure --prefix=/usr && make && make check && make install
cd ..
rm -rf zlib-1.3.1
"""
ETC = "#!/bin/bash\nset -e\ncat > /etc/hosts << EOF\n127.0.0.1 localhost\nEOF\n"
SUMS = "".join(
    f"{MD5}  {name}\n"
    for name in ("m4-1.4.19.tar.xz", "gcc-14.2.0.tar.xz", "mpfr-4.2.1.tar.xz", "gcc-14.2.0-fix-1.patch")
)
URLS = "".join(
    f"https://example.org/{name}\n"
    for name in (
        "gcc-14.2.0.tar.xz", "m4-1.4.19.tar.xz", "mpfr-4.2.1.tar.xz", "gcc-14.2.0-fix-1.patch", "zlib-1.3.1.tar.gz"
    )
)  # fmt: skip
TREE = {
    "chapter05/5.3-gcc-pass1.sh": GCC,
    "chapter06/6.2-m4.sh": M4,
    "chapter08/8.4-etc.sh": ETC,
    "chapter08/8.6-zlib.sh": ZLIB,
    "md5sums": SUMS,
    "wget-list": URLS,
}


def made(folder: Path, files: dict[str, str] = TREE) -> Path:
    for name, text in files.items():
        path = folder / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / "tree"


def loaded(converted: Converted, folder: Path) -> Project:
    write(converted, folder)
    return load_configured(load_config(folder / "lfsmake.toml"), {})


def test_a_script_is_split_into_phases(tmp_path: Path) -> None:
    text = import_tree(made(tmp_path), "packages").files["chapter05.lfs"].decode()
    assert text.partition("# from: ")[2] == f"""chapter05/5.3-gcc-pass1.sh
package gcc-pass1 from gcc "gcc 14.2.0, pass 1, LFS 5.3" {{
    style   tools
    workdir "build"
    patch   "https://example.org/gcc-14.2.0-fix-1.patch"
    md5     {MD5}
    unpack  mpfr "mpfr"
    prepare:
        # 64-bit libraries belong into lib.
        sed -e '/m64=/s/lib64/lib/' -i.orig gcc/config/i386/t-linux64
    configure: ../configure --target=$LFS_TGT --prefix=$LFS/tools --docdir=/usr/share/doc/gcc-$version
    build:     make
    install:
        make install
        cd ..
        cat gcc/limitx.h gcc/glimits.h > limits.h
}}
"""


def test_a_body_that_is_exactly_a_style_is_left_out(tmp_path: Path) -> None:
    text = import_tree(made(tmp_path), "packages").files["chapter06.lfs"].decode()
    assert text.partition("# from: ")[2] == """chapter06/6.2-m4.sh
package m4 from m4 "m4 1.4.19, LFS 6.2" {
    style       cross
    needs build gcc-pass1
    needs run   gcc-pass1
}
"""


def test_a_source_without_a_digest_is_marked_at_its_place(tmp_path: Path) -> None:
    converted = import_tree(made(tmp_path), "packages")
    assert """script zlib "zlib 1.3.1, LFS 8.6" {
    # import: zlib-1.3.1.tar.gz has no digest that the tree tells. With both it is a package:
    # say so in place of `script`, with a version, and take the signs away here:
    #     source "https://example.org/zlib-1.3.1.tar.gz"
    #     sha256 …
    style       autotools
    context     target
    needs build etc
    needs run   etc
}
""" in converted.files["chapter08.lfs"].decode()
    assert counts(converted) == {"package": 2, "script": 1, "cut with marks": 1, "marks": 1}


def test_an_archive_that_lies_there_gives_its_digest(tmp_path: Path) -> None:
    folder = tmp_path / "archives"
    folder.mkdir()
    (folder / "zlib-1.3.1.tar.gz").write_bytes(b"an archive")
    text = import_tree(made(tmp_path), "packages", [folder]).files["resources.lfs"].decode()
    assert f"""resource zlib 1.3.1 {{
    source "https://example.org/zlib-{{{{ version }}}}.tar.gz"
    sha256 {hashlib.sha256(b"an archive").hexdigest()}
}}
""" in text


@pytest.mark.parametrize("way", ["packages", "scripts"])
def test_what_is_made_is_a_project_in_the_standard_form(tmp_path: Path, way: str) -> None:
    converted = import_tree(made(tmp_path), "scripts" if way == "scripts" else "packages")
    project = loaded(converted, tmp_path / "recipes")
    assert [step for step in project.steps if step != "layout"] == ["gcc-pass1", "m4", "etc", "zlib"]
    for name, data in converted.files.items():
        if name.endswith(".lfs"):
            assert format_text(name, data.decode()) == data.decode()


def test_a_script_that_reads_others_is_carried_with_them(tmp_path: Path) -> None:
    script = (
        '#!/bin/bash\n. "$(dirname "$0")/../lib.sh"\nbuild_it\n'
        'tar xf a-1.0.tar.gz\ncd a-1.0\n./configure\nmake\nmake install\n'
    )
    files = {"chapter05/01-a.sh": script, "lib.sh": "build_it() { gcc -o x x.c; }\n"}
    converted = import_tree(made(tmp_path, files), "packages")
    assert converted.files["scripts/chapter05/01-a.sh"] == script.encode()
    assert converted.files["scripts/lib.sh"] == files["lib.sh"].encode()
    step = next(step for step in converted.steps if step.name == "a")
    assert step.why == "it calls build_it, a function that does more than unpack and tell"
    project = loaded(converted, tmp_path / "recipes")
    run = project.steps["a"].script
    assert run is not None
    assert (run.text, [read.path for read in run.reads]) == (script, ["scripts/lib.sh"])


def test_nothing_that_is_there_is_overwritten(tmp_path: Path) -> None:
    converted = import_tree(made(tmp_path), "packages")
    out = tmp_path / "recipes"
    out.mkdir()
    (out / "chapter06.lfs").write_text("# mine\n")
    with pytest.raises(UsageError, match=r"chapter06.lfs in .* says something else"):
        write(converted, out)
    assert [path.name for path in out.iterdir()] == ["chapter06.lfs"]
    write(converted, out, force=True)
    assert write(converted, out).written == ()


def test_a_folder_without_build_scripts_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="there is no build script in"):
        import_tree(made(tmp_path, {"README": "nothing\n"}), "packages")


LINES = st.sampled_from(
    [
        "make", "make install", "./configure --prefix=/usr", "cd build", "cd ..", "tar xf a-1.0.tar.gz",
        "rm -rf a-1.0",
        "if true; then", "fi", "cat > x << EOF", "EOF", "# a comment", "", "   ", "\tmake check",
        "x=$(pwd)", "export A=b",
        "pushd a-1.0", "popd", "{", "}", "( cd x && make )", "f() {", "f", "echo 'a", "echo \"a",
        "a && b && c", "|x", "read x",
        "for i in 1 2; do", "done", "case $x in", "esac", "exit 0", "\\", "é {{ x }} {% y %}", "make \\",
        "patch -p1 < ../a.patch",
    ]
)  # fmt: skip


@settings(max_examples=25, deadline=None)
@given(st.lists(LINES, max_size=14))
def test_whatever_a_script_says_its_text_survives(tmp_path_factory: pytest.TempPathFactory, lines: list[str]) -> None:
    text = "#!/bin/bash\n" + ZLIB.partition("\n")[2] + "\n".join(lines) + "\n"
    tree = made(tmp_path_factory.mktemp("a"), {"chapter08/01-zlib.sh": text})
    whole = import_tree(tree, "scripts")
    bodies = dict(whole.steps[0].bodies)
    if whole.steps[0].file:
        assert whole.files[whole.steps[0].file] == text.encode()
    else:
        assert bodies["install"] == text.removesuffix("\n")
        steps = loaded(whole, tree.parent / "recipes").steps["zlib"]
        assert steps.phases[0].bodies[-1].text == text.removesuffix("\n")
    for name, data in import_tree(tree, "packages").files.items():
        if name.endswith(".lfs"):
            parse(name, data.decode())
            assert format_text(name, data.decode()) == data.decode()


@settings(max_examples=20, deadline=None)
@given(st.binary(max_size=300))
@example(b"b\r\x10")
def test_no_bytes_stop_an_import(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    tree = made(tmp_path_factory.mktemp("a"), {"chapter08/01-zlib.sh": ZLIB})
    (tree / "chapter08" / "02-x.sh").write_bytes(b"#!/bin/bash\n./configure\nmake\nmake install\n" + data)
    for way in ("scripts", "packages"):
        converted = import_tree(tree, "scripts" if way == "scripts" else "packages")
        loaded(converted, tree.parent / way)
