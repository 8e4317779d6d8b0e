"""`lfsmake discover`: the table, one script's facts, JSON as the schema says, narrow terminals, mistakes."""

import json
import os
from pathlib import Path

import jsonschema
import pytest

from lfsmake.cli.discover import tree_lines
from lfsmake.discover.tree import discover
from lfsmake.lang.shipped import shipped
from lfsmake.ui.text import width

pytestmark = pytest.mark.slow

GCC = """#!/bin/bash
# 5.3. GCC-12.2.0 - Pass 1
tar -xf gcc-12.2.0.tar.xz
cd gcc-12.2.0
patch -Np1 -i ../gcc-12.2.0-fix-1.patch
../configure --prefix=$LFS/tools --target=$LFS_TGT
make
make install
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    folder = tmp_path / "scripts"
    files = {
        "5.10-gcc-pass1.sh": GCC,
        "5.2-binutils.sh": GCC.replace("gcc-12.2.0", "binutils-2.39").replace(
            "5.3. GCC-12.2.0", "5.2. Binutils-2.39"
        ),
        "all.sh": "#!/bin/sh\n./5.2-binutils.sh\n./5.10-gcc-pass1.sh\n",
        "common.sh": "LFS=/mnt/lfs\n",
        "gcc copy.sh": GCC,
        "picture.sh": "\0",
    }
    folder.mkdir()
    for name, text in files.items():
        (folder / name).write_text(text)
    return folder


def test_the_table(project, run, tree: Path) -> None:
    done = run("discover", str(tree))
    assert (done.code, done.err) == (0, "")
    assert (
        done.out
        == f"""\
{tree}: 2 build scripts, as numbered files

order  script             package          version  chapter  context  category
    1  5.2-binutils.sh    binutils pass 1  2.39     5.2      lfs      cross-toolchain
    2  5.10-gcc-pass1.sh  gcc pass 1       12.2.0   5.10     lfs      cross-toolchain

Not build scripts
  driver    all.sh: it calls 2 other scripts in turn
  helper    common.sh: it only sets variables
  stray     gcc copy.sh: its name is that of a copy or a leftover

Not read
  picture.sh: is binary
"""
    )


def test_one_script_and_where_each_fact_is_from(project, run, tree: Path) -> None:
    lines = run("discover", str(tree), "5.10-gcc-pass1.sh").out.split("\n")
    assert lines[:6] == [
        "5.10-gcc-pass1.sh",
        "  role      build: it unpacks an archive, configures and makes",
        "  layout    numbered files",
        "  category  cross-toolchain",
        "  order     2 of 2",
        "  lines     1 to 8",
    ]
    facts = {line.split()[0]: line for line in lines[6:] if line.strip()}
    assert facts["version"].startswith("  version   12.2.0  from ")
    assert facts["source"].startswith("  source    gcc-12.2.0.tar.xz  from ")
    assert facts["source"].endswith(", 5.10-gcc-pass1.sh:3")
    assert facts["patch"].startswith("  patch     gcc-12.2.0-fix-1.patch  from ")


def test_json_is_as_the_schema_says(project, run, tree: Path) -> None:
    told = json.loads(run("discover", str(tree), "--json").out)
    schema = json.loads((shipped("grammar") / "tree.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator.check_schema(schema)
    jsonschema.Draft202012Validator(schema).validate(told)
    assert [one["id"] for one in told["tree"]["scripts"]] == [
        "5.2-binutils.sh", "5.10-gcc-pass1.sh", "all.sh", "common.sh", "gcc copy.sh",
    ]  # fmt: skip
    one = json.loads(run("discover", str(tree), "all.sh", "--json").out)
    assert (one["version"], one["script"]["role"]) == (1, "driver")


def test_odd_names_stay_in_their_line(project, run, tmp_path: Path) -> None:
    folder = tmp_path / os.fsdecode(b"odd\xff\nname")
    folder.mkdir()
    for name in ("01-gcc.sh", "two\nlines.sh", "-rf.sh"):
        (folder / name).write_text(GCC)
    shown = run("discover", str(folder)).out
    assert shown.splitlines()[0] == (
        f"{tmp_path}/odd\\udcff\\nname: 3 build scripts, as numbered files, a file a package"
    )
    assert "two\\nlines.sh  gcc pass 1  12.2.0" in shown
    assert run("discover", str(folder), "two\nlines.sh").out.startswith("two\\nlines.sh\n  role")
    told = json.loads(run("discover", str(folder), "--json").out)
    assert told["tree"]["root"] == f"{tmp_path}/odd\ufffd\nname"


def test_a_narrow_terminal_keeps_what_matters(tree: Path) -> None:
    for columns in (120, 80, 60, 44, 30):
        lines = list(tree_lines(discover(tree), columns))
        assert all(width(line) <= columns for line in lines[2:]), columns
    assert "category" not in "\n".join(tree_lines(discover(tree), 60))
    assert "    2  5.10-gcc-pass1.sh  gcc pass 1       12.2.0" in "\n".join(tree_lines(discover(tree), 60))


def test_mistakes_are_explained(project, run, tree: Path) -> None:
    done = run("discover", str(tree), "5.10-gcc-pass.sh")
    assert done.code == 2
    assert f'error: no script of {tree} is called "5.10-gcc-pass.sh"' in done.err
    assert "5.10-gcc-pass1.sh" in done.err
    done = run("discover", str(tree / "nowhere"))
    assert (done.code, "cannot be read as a folder: no such file or directory" in done.err) == (2, True)
    assert run("discover").code == 2


def test_two_scripts_of_one_name(project, run, tree: Path) -> None:
    for folder in ("a", "b"):
        (tree / folder).mkdir()
        (tree / folder / "m4.sh").write_text(GCC.replace("gcc-12.2.0", "m4-1.4"))
    done = run("discover", str(tree), "m4.sh")
    assert done.code == 2
    assert '2 scripts are called "m4.sh"' in done.err
    assert "one of a/m4.sh, b/m4.sh" in done.err
    assert run("discover", str(tree), "b/m4.sh").out.startswith("b/m4.sh\n")


def test_an_empty_folder(project, run, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert run("discover", str(tmp_path / "empty")).out == f"{tmp_path / 'empty'} holds no scripts\n"
