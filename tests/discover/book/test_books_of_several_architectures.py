"""A book tells architectures apart by the attribute arch: one that it does not know is refused, not half a book."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from lfsmake.cli.app import run
from lfsmake.discover.book.environ import exported, used
from lfsmake.discover.book.recipes import import_book

from .conftest import SMALL
from .little import little, page, said

ENVIRONMENT = """\
cat > ~/.bashrc << "EOF"
set +h
LFS=/mnt/lfs
LFS_TGT=x86_64-lfs-linux-gnu
LFS_TGT32=i686-lfs-linux-gnu
HIDDEN=kept-to-the-shell
NOW=$(date)
export LFS LFS_TGT LFS_TGT32 NOW
EOF"""
MORE = """\
cat >> ~/.bashrc << EOF
export MAKEFLAGS=-j4
export FLAVOUR=plain
EOF"""


def test_an_unknown_architecture_is_refused(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["book", "show", str(SMALL), "--arch", "i386"]) == 2
    assert capfd.readouterr().err == (
        f'lfsmake: error: the book at {SMALL} has no architecture "i386"\n'
        "expected: default or i686; x86_64 is default\n"
        'hint: did you mean "i686"?\n'
    )


def test_a_book_for_all_says_so(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    import shutil

    shutil.copytree(SMALL, tmp_path / "book")
    where = tmp_path / "book" / "chapter05" / "anvil-pass1.xml"
    where.write_text(where.read_text().replace(' arch="i686"', "").replace(' arch="default,i686"', ""))
    told = "note: aarch64: the book is the same for every architecture"
    assert run(["book", "show", str(tmp_path / "book"), "--arch", "aarch64"]) == 0
    assert told in capfd.readouterr().out.splitlines()
    assert run(["book", "import", str(tmp_path / "book"), "--arch", "aarch64", "--to", str(tmp_path / "out")]) == 0
    assert told in capfd.readouterr().out.splitlines()


def test_a_step_has_what_the_book_exports_for_the_user_lfs() -> None:
    book = little()
    environment = page("ch-preps-settingenviron", said(ENVIRONMENT), said(MORE), number="4.4", user="lfs")
    first = replace(book.sections[3], instructions=(said("../configure --host=$LFS_TGT32 $HIDDEN", "configure"),))
    book = replace(book, sections=(*book.sections[:3], environment, first, *book.sections[4:]))
    values = exported(book.sections)
    assert values == {"LFS_TGT32": "i686-lfs-linux-gnu", "FLAVOUR": "plain"}
    assert used(values, ["echo ${FLAVOUR}", "echo $LFS_TGT321"]) == (("FLAVOUR", "plain"),)
    text = import_book(book).files["chapter05.lfs"]
    assert text.count("env ") == 1
    assert '    env         LFS_TGT32 "i686-lfs-linux-gnu"\n' in text


def test_recipes_remember_their_architecture(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["book", "import", str(SMALL), "--arch", "i686", "--to", str(tmp_path)]) == 0
    assert (tmp_path / "options.lfs").read_text().startswith("# LFS 99.1, sysv, i686: what can be chosen.\n")
    capfd.readouterr()
    assert run(["-C", str(tmp_path), "book", "check", str(SMALL)]) == 0
    assert run(["-C", str(tmp_path), "book", "check", str(SMALL), "--arch", "x86_64"]) == 1
    assert "anvil-pass1 differs from the book: its build says" in capfd.readouterr().err
    assert run(["book", "upgrade", "--from", str(SMALL), "--to", str(SMALL), str(tmp_path)]) == 0
    assert capfd.readouterr().out == "lfsmake: 0 files changed\n"
