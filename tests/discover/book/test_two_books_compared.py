"""`lfsmake book diff` and `book show`: whole outputs, and what counts as a change."""

import json
import shutil
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from lfsmake.cli.app import run
from lfsmake.discover.book.diff import diff_books
from lfsmake.discover.book.model import Book, Section
from lfsmake.discover.book.read import read_book

from .conftest import SMALL

OLD = read_book(SMALL, "systemd")


def edit(root: Path, name: str, *changes: tuple[str, str]) -> None:
    text = (root / name).read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (root / name).write_text(text, encoding="utf-8")


@pytest.fixture
def newer(tmp_path: Path) -> Path:
    """The small book, a release later."""
    root = tmp_path / "newer"
    shutil.copytree(SMALL, root)
    edit(root, "general.ent", ('"99.1"', '"99.2"'), ('"5.4 "', '"6.1"'))
    edit(root, "packages.ent", ('anvil-version "2.44"', 'anvil-version "2.45"'), ("000000001", "000000009"))
    edit(root, "packages.ent", ("00000002", "00000008"))
    edit(root, "chapter02/hostreqs.xml", ("Anvil-2.13.1a", "Anvil-2.20"))
    edit(root, "chapter03/packages.xml", ("revision='systemd'", "revision='sysv'"))
    edit(root, "chapter05/anvil-pass1.xml", ("--prefix=$LFS/tools", "--prefix=$LFS/tools --shiny"))
    edit(
        root,
        "chapter08/chapter08.xml",
        ('href="anvil.xml"', 'href="other"'), ('href="brook.xml"', 'href="anvil.xml"'), ('"other"', '"brook.xml"'),
    )  # fmt: skip
    edit(root, "chapter08/cedar.xml", ("ch-system-cedar", "ch-system-cedar-core"))
    edit(root, "chapter07/folders.xml", ("ch-folders", "ch-directories"), (">Folders<", ">Directories<"))
    edit(root, "appendices/dependencies.xml", ("Anvil, Bash, and", "Anvil, BASH, and"), ("Python or Perl", "Python"))
    return root


OUTPUT = """\
book 99.1 -> 99.2

packages and patches removed
  cedar-core 257.3

packages and patches upgraded
  anvil            2.44 -> 2.45
  anvil-fix-patch  anvil-2.44-fix-1.patch -> anvil-2.45-fix-1.patch

same version, another file
  brook 8.6.16
    md5 00000000000000000000000000000002 -> 00000000000000000000000000000008

pages added
  7.3  ch-directories  Directories

pages removed
  7.3  ch-folders  Folders

order
  8.2 -> 8.1  ch-system-brook, now behind ch-chroot

needs
  Anvil test: +Python, -Python or Perl

host
  Anvil 2.13.1a -> 2.20
  Linux Kernel 5.4 -> 6.1

5.1 Anvil-2.45 - Pass 1 (ch-tools-anvil-pass1)
--- chapter05/anvil-pass1.xml (99.1)
+++ chapter05/anvil-pass1.xml (99.2)
@@ -1,6 +1,6 @@
 mkdir build
 cd    build
-../configure --prefix=$LFS/tools \\
+../configure --prefix=$LFS/tools --shiny \\
              --jobs=4
 make
 make install

1 page where only versions changed; -v shows them
"""


def test_the_whole_output(newer: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["book", "diff", "--revision", "systemd", str(SMALL), str(newer)]) == 0
    assert capfd.readouterr().out == OUTPUT
    assert run(["book", "diff", "-v", "--revision", "systemd", str(SMALL), str(newer)]) == 0
    shown = capfd.readouterr().out
    assert "-patch -Np1 -i ../anvil-2.44-fix-1.patch\n+patch -Np1 -i ../anvil-2.45-fix-1.patch\n" in shown
    assert "-v shows them" not in shown


def test_json_has_all_of_it(newer: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["book", "diff", "--json", "--revision", "systemd", str(SMALL), str(newer)]) == 0
    told = json.loads(capfd.readouterr().out)
    diff = told.pop("diff")
    assert told == {"version": 1, "revision": "systemd", "arch": "x86_64"}
    assert [one["name"] for one in diff["removed"]] == ["cedar-core"]
    assert [one["after"]["md5"] for one in diff["refiled"]] == ["0" * 31 + "8"]
    assert [(one["id"], one["versions_only"]) for one in diff["commands"]] == [
        ("ch-tools-anvil-pass1", False),
        ("ch-system-anvil", True),
    ]
    assert diff["pages_added"] == [{"id": "ch-directories", "number": "7.3", "title": "Directories", "commands": 2}]
    assert diff["moved"] == [
        {"id": "ch-system-brook", "number_before": "8.2", "number_after": "8.1", "behind": "ch-chroot"}
    ]


def test_a_page_with_another_id_is_known_by_what_it_builds(newer: Path) -> None:
    found = diff_books(OLD, read_book(newer, "systemd"))
    assert [one.id for one in found.pages_added] == ["ch-directories"]  # and not ch-system-cedar-core


def test_pages_go_together_by_turn_product_or_title_where_ids_changed() -> None:
    def book(*sections: Section) -> Book:
        return replace(OLD, sections=sections)

    def page(identity: str, product: str = "", turn: str = "", title: str = "") -> Section:
        some = OLD.sections[0].instructions
        return Section(identity, title, "5.1", 5, "x", product=product, turn=turn, instructions=some)

    old = book(page("a1", "gcc", "1"), page("a2", "gcc", "2"), page("b1", "libstdc++", "1"), page("c1", title="Clean"))
    new = book(page("x2", "gcc", "2"), page("x1", "gcc", "1"), page("y", "libstdc++"), page("z", title="Clean"))
    found = diff_books(old, new)
    assert (found.pages_added, found.pages_removed) == ((), ())
    twice = book(page("y", "libstdc++"), page("z", "libstdc++", "2"))  # which of them was it?
    assert len(diff_books(old, twice).pages_added) == 2


def test_a_book_does_not_differ_from_itself(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["book", "diff", str(SMALL), str(SMALL)]) == 0
    assert capfd.readouterr().out == "book 99.1 -> 99.1\nnothing changed\n"


def ordered(ids: list[int]) -> Book:
    sections = tuple(
        Section(id=f"p{one}", title="", number=f"8.{at}", chapter=8, file="x") for at, one in enumerate(ids, start=1)
    )
    return replace(OLD, sections=sections)


@given(st.permutations(range(7)))
def test_pages_that_did_not_move_keep_their_order(after: list[int]) -> None:
    before = list(range(7))
    found = diff_books(ordered(before), ordered(after))
    moved = {int(one.id[1:]) for one in found.moved}
    assert [one for one in after if one not in moved] == [one for one in before if one not in moved]
    rises = [
        sum(bits >> at & 1 for at in range(7))
        for bits in range(128)
        if (kept := [one for at, one in enumerate(after) if bits >> at & 1]) == sorted(kept)
    ]
    assert len(moved) == 7 - max(rises)


SHOWN = """\
5.1 Anvil-2.44 - Pass 1 (ch-tools-anvil-pass1)

chapter05/anvil-pass1.xml:28  pre
    mkdir build
    cd    build

chapter05/anvil-pass1.xml:30  within a sentence
    time { make; }

chapter05/anvil-pass1.xml:32  configure; to fill in: 4
    ../configure --prefix=$LFS/tools \\
                 --jobs=4

chapter05/anvil-pass1.xml:35  make
    make

chapter05/anvil-pass1.xml:36  install
    make install
"""


def test_a_page_is_shown_as_it_was_read(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(SMALL)
    assert run(["book", "show", ".", "5.1"]) == 0
    assert capfd.readouterr().out == SHOWN
    assert run(["book", "show", ".", "ch-user", "--json"]) == 0
    section = json.loads(capfd.readouterr().out)["section"]
    assert [one["text"] for one in section["instructions"]] == ["useradd -m lfs", "su - lfs"]
    assert run(["book", "show", ".", "ch-usr"]) == 2
    assert capfd.readouterr().err == (
        'lfsmake: error: book 99.1 has no page "ch-usr"\n'
        "expected: a page's number or id\n"
        'hint: did you mean "ch-user"?\n'
    )


def test_a_book_is_shown_by_its_pages(capfd: pytest.CaptureFixture[str]) -> None:
    assert run(["book", "show", str(SMALL)]) == 0
    lines = capfd.readouterr().out.splitlines()
    assert lines[0] == "book 99.1, sysv, x86_64: 16 pages, 3 files of sources, 2 packages with needs"
    assert "  5.1    ch-tools-anvil-pass1      lfs        4 commands   1 SBU, 677 MB" in lines
    assert lines[-1] == "note: nothing includes prologue/left-out.xml"
    assert run(["book", "show", str(SMALL), "--json"]) == 0
    told = json.loads(capfd.readouterr().out)
    assert (told["version"], told["book"]["kernel"], told["book"]["chapters"][0]) == (1, "5.4", [1, "Introduction"])


def test_a_hostile_book_ends_with_its_place_and_exit_code_2(newer: Path, capfd: pytest.CaptureFixture[str]) -> None:
    edit(newer, "chapter02/hostreqs.xml", ("<para>Patience</para>", "<para>&none</para>"))
    assert run(["book", "diff", str(SMALL), str(newer)]) == 2
    assert capfd.readouterr().err.splitlines()[0] == (
        f"{newer}/chapter02/hostreqs.xml:15:26: error: not well-formed XML: not well-formed (invalid token)"
    )
