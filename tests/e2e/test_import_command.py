"""`lfsmake import`: what it prints and writes, JSON, what would be made, mistakes; and that what it made plans."""

import json
import os
from pathlib import Path

import pytest

MD5 = "0d90823e1426f1da2fd872df0311298d"
FILES = {
    "chapter06/6.2-m4.sh": """#!/bin/bash
set -e
echo "Building m4"
cd $LFS/sources
tar -xf m4-1.4.19.tar.xz
cd m4-1.4.19
./configure --prefix=/usr --host=$LFS_TGT --build=$(build-aux/config.guess)
make -j$(nproc)
make DESTDIR=$LFS install
cd ..
rm -rf m4-1.4.19
""",
    "chapter08/8.6-zlib.sh": """#!/bin/bash
. ../lib.sh
read -p "Which level? " LEVEL
tar xf zlib-1.3.1.tar.gz
cd zlib-1.3.1
CFLAGS=-O$LEVEL ./configure --prefix=/usr
make
make check
make install
""",
    "chapter08/8.7-home.sh": "#!/bin/bash\nset -e\nmkdir -p /home/tester\nsu tester -c 'touch /home/tester/x'\n",
    "lib.sh": "LFS=/mnt/lfs\n",
    "md5sums": f"{MD5}  m4-1.4.19.tar.xz\n",
    "wget-list": "https://example.org/m4-1.4.19.tar.xz\nhttps://example.org/zlib-1.3.1.tar.gz\n",
}
WHY = "it runs su: su tester -c 'touch /home/tester/x'"
ASKED = "it asked for LEVEL, which nothing answers now: read -p \"Which level? \" LEVEL"


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name, text in FILES.items():
        path = tmp_path / "their" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path / "their"


def test_recipes_are_made_and_counted(project, run, tree: Path) -> None:
    done = run("import", str(tree), "--to", "recipes/mine", "-v")
    assert (done.code, done.err) == (0, "")
    assert done.out == """\
not imported: lib.sh: helper: it only sets variables
not imported: md5sums: list: it is a list of 1 line
not imported: wget-list: list: it holds 2 URLs
lfsmake: 3 steps of 4 scripts: 5 files written in recipes/mine, 0 as before
     1  packages, complete
     1  in phases, a package once the source has an address and a digest
     1  scripts with marks
lfsmake: 3 marks: look for "# import:" in the recipes
"""
    assert (project.recipes / "mine" / "chapter08.lfs").read_text() == f"""\
# The scripts of their: Chapter 8.
# A phase ends at its first command that fails. Scripts without `set -e`, 1 of these, went on.

group chapter-8 "Chapter 8" {{
    members zlib home
}}

# from: chapter08/8.6-zlib.sh
script zlib "zlib 1.3.1, LFS 8.6" {{
    # import: {ASKED}
    # import: zlib-1.3.1.tar.gz has no digest that the tree tells. With both it is a package:
    # say so in place of `script`, with a version, and take the signs away here:
    #     source "https://example.org/zlib-1.3.1.tar.gz"
    #     sha256 …
    style       autotools
    context     target
    needs build m4
    needs run   m4
    configure:  CFLAGS=-O$LEVEL ./configure --prefix=/usr
}}

# from: chapter08/8.7-home.sh
script home "home, LFS 8.7" {{
    # import: kept whole: {WHY}
    context     target
    needs build zlib
    needs run   zlib
    pre install:
        cd /sources
    install:
        #!/bin/bash
        set -e
        mkdir -p /home/tester
        su tester -c 'touch /home/tester/x'
}}
"""
    again = run("import", str(tree), "--to", "recipes/mine")
    assert "0 files written in recipes/mine, 5 as before" in again.out


def test_what_each_script_would_become(project, run, tree: Path) -> None:
    done = run("import", str(tree), "--to", "mine", "-n")
    assert (done.code, done.out.splitlines()[:4]) == (0, [
        "package  m4  chapter06/6.2-m4.sh",
        "script   zlib  chapter08/8.6-zlib.sh",
        f"script   home  chapter08/8.7-home.sh  ({WHY})",
        "lfsmake: 3 steps of 4 scripts: 5 files would be written in mine, 0 as before",
    ])  # fmt: skip
    assert not (project.folder / "mine").exists()


def test_json(project, run, tree: Path) -> None:
    done = run("import", str(tree), "--to", "mine", "--json")
    assert done.code == 0
    assert json.loads(done.out) == {
        "version": 1,
        "folder": str(project.folder / "mine"),
        "written": ["chapter06.lfs", "chapter08.lfs", "resources.lfs", "host.lfs", "styles.lfs"],
        "unchanged": [],
        "steps": [
            {"name": "m4", "kind": "package", "script": "chapter06/6.2-m4.sh", "why": "", "marks": []},
            {"name": "zlib", "kind": "script", "script": "chapter08/8.6-zlib.sh", "why": "", "marks": [ASKED]},
            {
                "name": "home", "kind": "script", "script": "chapter08/8.7-home.sh", "why": WHY,
                "marks": [f"kept whole: {WHY}"],
            },
        ],
        "marks": 3,
        "left": [
            {"id": "lib.sh", "why": "helper: it only sets variables"},
            {"id": "md5sums", "why": "list: it is a list of 1 line"},
            {"id": "wget-list", "why": "list: it holds 2 URLs"},
        ],
        "skipped": [],
    }  # fmt: skip


def test_whole_scripts(project, run, tree: Path) -> None:
    done = run("import", str(tree), "--to", "mine", "--as", "scripts")
    assert done.out == """\
lfsmake: 3 steps of 4 scripts: 7 files written in mine, 0 as before
     2  scripts
     1  scripts with marks
lfsmake: 2 marks: look for "# import:" in the recipes
"""
    assert (project.folder / "mine" / "scripts" / "chapter08" / "8.6-zlib.sh").read_text() == FILES[
        "chapter08/8.6-zlib.sh"
    ]


def test_what_was_made_is_planned(project, run, tree: Path, tmp_path: Path) -> None:
    assert run("import", str(tree), "--to", str(tmp_path / "own")).code == 0
    done = run("-C", str(tmp_path / "own"), "plan", "chapter-8")
    assert (done.code, done.out.splitlines()[-1]) == (0, "lfsmake: 1 to build, 3 waiting")


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["{tree}"], "lfsmake: error: lfsmake import needs --to FOLDER"),
        (
            ["{tree}/nowhere", "--to", "x"],
            "lfsmake: error: {tree}/nowhere cannot be read as a folder: no such file or directory",
        ),
        (["{tree}", "--to", "x", "--as", "recipes"], 'lfsmake: error: --as is packages or scripts, not "recipes"'),
    ],
)
def test_mistakes(project, run, tree: Path, arguments: list[str], error: str) -> None:
    done = run("import", *(word.format(tree=tree) for word in arguments))
    assert done.code == 2
    assert done.err.splitlines()[0] == error.format(tree=tree)


def test_what_is_there_and_different_is_kept(project, run, tree: Path) -> None:
    (project.folder / "mine").mkdir()
    (project.folder / "mine" / "chapter08.lfs").write_text("# mine\n")
    done = run("import", str(tree), "--to", "mine")
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        f"lfsmake: error: chapter08.lfs in {project.folder}/mine says something else\n"
        "hint: name another folder with --to; --force writes over them\n"
    )
    assert [path.name for path in (project.folder / "mine").iterdir()] == ["chapter08.lfs"]


@pytest.mark.parametrize("name", ["new\nline", os.fsdecode(b"b\xffad")])
def test_a_folder_may_be_called_anything(project, run, tree: Path, name: str) -> None:
    tree.rename(tree.with_name(name))
    (tree.with_name(name) / "chapter06" / "6.3-gone.sh").symlink_to("nowhere.sh")
    done = run("import", str(tree.with_name(name)), "--to", "recipes/mine")
    assert (done.code, done.err) == (0, "")
    first = "lfsmake: warning: not read: chapter06/6.3-gone.sh: cannot be read: no such file or directory"
    assert done.out.splitlines()[0] == first
    assert run("-f", "recipes/mine", "fmt", "--check").code == 0
