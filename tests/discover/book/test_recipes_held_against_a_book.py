"""`lfsmake book check`: what differs and does not say so, and what says so and does not."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lfsmake.discover.book.check import Compared, check_recipes
from lfsmake.discover.book.model import Book
from lfsmake.discover.book.recipes import import_book
from lfsmake.lang.load import load_project
from tests.discover.book.little import REAL, little, real

Check = Callable[..., Compared]


@pytest.fixture
def check(tmp_path: Path) -> Check:
    """Imports the little book, changes texts in a file, and holds the result against a book."""

    def check(*changes: tuple[str, str, str], book: Book | None = None) -> Compared:
        files = dict(import_book(little()).files)
        for name, old, new in changes:
            assert old in files[name]
            files[name] = files[name].replace(old, new, 1)
        for name, text in files.items():
            (tmp_path / name).write_text(text, encoding="utf-8")
        return check_recipes(load_project([tmp_path]), book or little())

    return check


def told(compared: Compared) -> list[tuple[str, str, str]]:
    return [(problem.message, problem.expected, problem.hint) for problem in compared.problems]


def test_an_import_agrees_with_its_book(check: Check) -> None:
    assert check() == Compared(9, (), 0, ())


def test_a_changed_command_is_named_by_its_words(check: Check) -> None:
    found = check(("chapter08.lfs", "--prefix=/usr", "--prefix=/opt --shared"))
    assert told(found) == [
        (
            "zlib differs from the book: its configure says `--prefix=/opt --shared`",
            "`--prefix=/usr`",
            'if that is meant: differs configure because "…"',
        )
    ]
    assert found.problems[0].span is not None
    assert Path(found.problems[0].span.file).name == "chapter08.lfs"


def test_layout_comments_and_names_of_facts_are_no_difference(check: Check) -> None:
    mine = "configure:\n        # why\n        ./configure \\\n            --prefix=/usr\n"
    assert told(check(("chapter08.lfs", "configure: ./configure --prefix=/usr\n", mine))) == []


def test_what_is_declared_is_no_finding(check: Check) -> None:
    found = check(
        ("chapter08.lfs", "--prefix=/usr", "--prefix=/opt"),
        ("chapter08.lfs", "style system\n", 'style system\n    differs configure because "it goes to /opt here"\n'),
    )
    assert (told(found), found.declared) == ([], 1)


def test_what_is_declared_and_no_longer_so_is_one(check: Check) -> None:
    said = 'style system\n    differs build because "long ago"\n    differs colour because "who knows"\n'
    assert told(check(("chapter08.lfs", "style system\n", said))) == [
        ("zlib does not differ from the book in build", "", "take it out: differs build"),
        (
            'zlib cannot differ in "colour"',
            "version, source, digest, patch, unpack, context, user, workdir, env, order, needs, prepare, configure, "
            "build, check or install",
            "",
        ),
    ]


def test_versions_sources_and_digests(check: Check) -> None:
    found = check(
        ("resources.lfs", "zlib 1.3", "zlib 1.2"),
        ("resources.lfs", "md5    00000000000000000000000000000003", f"md5    {'f' * 32}"),
    )
    assert [(message, expected) for message, expected, _ in told(found)] == [
        ("gcc-pass1 differs from the book: the md5 of gcc-14.tar.xz is " + "f" * 32, "0" * 31 + "3"),
        ("zlib differs from the book: its version is 1.2", "1.3"),
        (
            "zlib differs from the book: its source is https://example.org/zlib-1.2.tar.xz",
            "https://example.org/zlib-1.3.tar.xz",
        ),
        ("gcc differs from the book: the md5 of gcc-14.tar.xz is " + "f" * 32, "0" * 31 + "3"),
    ]


def test_patches_archives_folders_and_who_runs_it(check: Check) -> None:
    found = check(
        ("chapter05.lfs", "    prepare:   patch -Np1 -i ../gcc-14-fix-1.patch\n", ""),
        ("chapter05.lfs", '    unpack      mpfr "mpfr"\n', ""),
        ("chapter05.lfs", "order       prepare configure", "order       configure"),
        ("chapter05.lfs", '    workdir     "build"\n', ""),
        ("styles.lfs", '    user        "lfs"\n', ""),
    )
    assert [(message, expected) for message, expected, _ in told(found)] == [
        ("binutils-pass1 differs from the book: it runs as root", "lfs"),
        ('binutils-pass1 differs from the book: it is built in ""', '"build"'),
        ("gcc-pass1 differs from the book: it applies nothing", "gcc-14-fix-1.patch"),
        ("gcc-pass1 differs from the book: it unpacks nothing", "mpfr in mpfr"),
        ("gcc-pass1 differs from the book: it runs as root", "lfs"),
    ]


def test_order_and_needs(check: Check) -> None:
    found = check(
        ("chapter08.lfs", "needs build zlib gcc\n", "needs build gcc\n"),
        ("chapter05.lfs", "configure build install check", "configure build check install"),
    )
    assert [(message, expected) for message, expected, _ in told(found)] == [
        (
            "gcc-pass1 differs from the book: its phases run as prepare configure build check install",
            "prepare configure build install check",
        )
    ]
    found = check(("chapter08.lfs", "    needs build zlib gcc\n    needs run   zlib\n", ""))
    assert [(message, expected) for message, expected, _ in told(found)] == [
        ("bash differs from the book: it does not need zlib and gcc", "the book's appendix")
    ]
    found = check(
        ("chapter07.lfs", "needs build kernfs\n", "needs build kernfs zlib\n"), ("styles.lfs", " chapter-7\n", "\n")
    )
    assert [(message, expected) for message, expected, _ in told(found)] == [
        ("hosts differs from the book: it waits for zlib, which the book builds later", "the book's order")
    ]


RENAMED = (
    ("chapter08.lfs", "package zlib from zlib", "package z from zlib"),
    ("chapter08.lfs", "members zlib", "members z"),
    ("chapter08.lfs", "needs build zlib\n", "needs build z\n"),
    ("chapter08.lfs", "needs build zlib gcc\n", "needs build z gcc\n"),
    ("chapter08.lfs", "needs run   zlib\n", "needs run   z\n"),
)


def test_a_page_without_a_step_and_a_step_without_a_page(check: Check) -> None:
    gone = check(
        *RENAMED,
        ("chapter08.lfs", "# book: ch-system-zlib", "# Ours."),
        ("chapter08.lfs", '"Zlib, LFS 8.3"', '"Zlib"'),
    )
    assert told(gone) == [
        (
            "no step for 8.3 Zlib-1.3 of the book",
            "",
            'name it in the comment above a step: "# book: ch-system-zlib"',
        )
    ]
    assert gone.unmatched == ("z",)


def test_a_comment_or_a_title_names_the_page_whatever_the_step_is_called(check: Check) -> None:
    found = check(*RENAMED)
    assert (told(found), found.unmatched) == ([], ())
    found = check(*RENAMED, ("chapter08.lfs", "# book: ch-system-zlib\n", ""))
    assert (told(found), found.unmatched) == ([], ())


def test_another_book(check: Check) -> None:
    found = check(book=little("1.1", zlib="1.4", options=("--new",)))
    assert [message for message, _, _ in told(found)] == [
        "the recipes are for book 1.0, not 1.1",
        "gcc-pass1 differs from the book: its configure leaves out `--new`",
        "zlib differs from the book: its version is 1.3",
        "zlib differs from the book: its source is https://example.org/zlib-1.3.tar.xz",
    ]


def test_the_hosts_tools(check: Check) -> None:
    assert told(check(("host.lfs", ">= 3.2", ">= 3.1"))) == [("host-tools wants bash 3.1", ">= 3.2", "")]


@pytest.mark.skipif(not REAL.is_dir(), reason="the book's XML is not beside the checkout")
def test_the_shipped_recipes_declare_where_they_leave_the_book() -> None:
    from lfsmake.lang.config import books, load_config
    from lfsmake.lang.load import load_configured

    project = load_configured(load_config(books()["12.3"] / "lfsmake.toml"), {})
    found = check_recipes(project, real("sysv"))
    assert [problem.message for problem in found.problems] == []
    assert (found.steps, found.declared, found.unmatched) == (6, 16, ())
