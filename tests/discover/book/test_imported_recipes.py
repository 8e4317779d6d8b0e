"""What an import writes: the texts, that they are right, and that their order is the book's."""

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from lfsmake.discover.book.model import Book, Needs
from lfsmake.discover.book.recipes import Imported, import_book, quoted
from lfsmake.discover.book.site import site_files
from lfsmake.lang.format import format_text
from lfsmake.lang.graph import order
from lfsmake.lang.load import load_project
from lfsmake.lang.template import Templates
from lfsmake.model.errors import RecipeError
from lfsmake.model.step import Project
from tests.discover.book.little import REAL, archive, built, little, page, real, said, usual


def loaded(imported: Imported, folder: Path) -> Project:
    for name, text in imported.files.items():
        (folder / name).write_text(text, encoding="utf-8")
    return load_project([folder])


def places_in_the_book(imported: Imported) -> dict[str, int]:
    return {step.name: place for place, step in enumerate(imported.steps)}


def every_need_points_back(project: Project, imported: Imported) -> bool:
    place = places_in_the_book(imported)
    return all(place[need.name] < place[name] for name, step in project.steps.items() for need in step.needs)


def test_the_recipes_of_a_little_book() -> None:
    imported = import_book(little())
    assert list(imported.files) == [
        "options.lfs", "resources.lfs", "host.lfs", "styles.lfs",
        "chapter04.lfs", "chapter05.lfs", "chapter07.lfs", "chapter08.lfs", "chapter09.lfs",
    ]  # fmt: skip
    assert imported.notes == ("ch-config-clock: to fill in: <yyy>",)
    assert imported.files["chapter05.lfs"] == '''\
# LFS 1.0, sysv: chapter 5, A Toolchain.

group chapter-5 "A Toolchain, LFS chapter 5" {
    members binutils-pass1 gcc-pass1
}

# book: ch-tools-binutils-pass1
package binutils-pass1 from binutils "Binutils - Pass 1, LFS 5.2" {
    style       cross
    workdir     "build"
    cost        1 SBU 677 MB
    needs build chapter-4
    needs run   chapter-4

    configure: ../configure --prefix=$LFS/tools
    build:     make
    install:   make install
}

# book: ch-tools-gcc-pass1
package gcc-pass1 from gcc "GCC - Pass 1, LFS 5.3" {
    style       cross
    order       prepare configure build install check
    tests       critical
    with        gcc-fix-patch
    unpack      mpfr "mpfr"
    needs build binutils-pass1
    needs run   binutils-pass1

    prepare:   patch -Np1 -i ../gcc-14-fix-1.patch
    configure: ./configure --prefix=/usr --target=$LFS_TGT
    build:     make
    install:   make install
    check:
        echo 'int main(){}' > dummy.c
        readelf -l a.out | grep ld-linux

        rm -v dummy.c a.out
}
'''
    assert imported.files["chapter09.lfs"] == '''\
# LFS 1.0, sysv: chapter 9, Settings.

group chapter-9 "Settings, LFS chapter 9" {
    members clock
}

# book: ch-config-clock
# To fill in before this is built: <yyy>
script clock "ch-config-clock, LFS 9.2" {
    env         TIMEZONE "UTC"
    needs build chapter-8

    install:
        ln -sfv /usr/share/zoneinfo/$TIMEZONE /etc/localtime
        echo "UUID=<yyy> / ext4" > /etc/fstab
}
'''


def test_they_load_and_every_need_points_back(tmp_path: Path) -> None:
    imported = import_book(little())
    project = loaded(imported, tmp_path)
    assert list(project.steps) == [
        "layout", "binutils-pass1", "gcc-pass1", "kernfs", "hosts", "zlib", "gcc", "bash", "clock",
    ]  # fmt: skip
    assert every_need_points_back(project, imported)
    needs = {name: [need.name for need in step.needs if need.scope == "build"] for name, step in project.steps.items()}
    temporary = ["layout", "binutils-pass1", "gcc-pass1", "kernfs", "hosts"]
    assert needs["zlib"] == temporary  # Bash, GCC and Make of the appendix come later, or are not in the book
    assert needs["gcc"] == [*temporary, "zlib"]  # the second of "Isl or Zlib", and Zlib wants to come before
    assert needs["bash"] == [*temporary, "zlib", "gcc"]
    assert [need.name for need in project.steps["bash"].needs if need.scope == "run"] == ["zlib"]
    assert (project.steps["gcc-pass1"].context, project.steps["gcc-pass1"].user) == ("host", "lfs")
    assert (project.steps["layout"].context, project.steps["layout"].user) == ("host", "root")
    assert project.steps["hosts"].context == "target"


def test_an_import_is_laid_out_and_the_same_each_time() -> None:
    first, second = import_book(little()), import_book(little())
    assert first.files == second.files
    assert {name: format_text(name, text) for name, text in first.files.items()} == first.files


def test_what_cannot_be_fetched_is_told_and_nothing_needs_it(tmp_path: Path) -> None:
    book = little()
    bad = tuple(replace(each, md5="") if each.name == "zlib" else each for each in book.resources)
    old = tuple(replace(each, url=each.url.replace("https", "ftp")) for each in bad)
    sections = tuple(replace(each, address=each.address.replace("https", "ftp")) for each in book.sections)
    imported = import_book(replace(book, resources=old, sections=sections))
    project = loaded(imported, tmp_path)
    assert "zlib" not in project.steps
    assert project.steps["bash"].source is not None
    assert project.steps["bash"].source.origins[0].url == "https://example.org/bash-5.2.tar.xz"
    assert imported.notes[1:4] == (
        "binutils-2.44.tar.xz: taken from https instead of ftp",
        "gcc-14.tar.xz: taken from https instead of ftp",
        "mpfr-4.2.tar.xz: taken from https instead of ftp",
    )
    assert imported.notes[0] == "ch-system-zlib: left out, its source has no usable address or digest"


def test_a_book_without_a_build_is_refused() -> None:
    with pytest.raises(RecipeError, match="has no chapter that builds anything"):
        import_book(replace(little(), sections=()))


@given(st.text(alphabet='ab{}%#"\\\n\t <>', max_size=30))
def test_a_quoted_text_means_itself(text: str) -> None:
    from lfsmake.lang.nodes import Field
    from lfsmake.lang.syntax import parse

    (block,) = parse("x.lfs", f"script a {{\n summary {quoted(text)}\n}}\n").items
    (field,) = block.body  # type: ignore[union-attr]
    assert isinstance(field, Field)
    assert Templates(lambda name: name).render(field.value.text, {}) == text


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.text(alphabet='ab|#:{}%"\'\\\n\t\r $<', min_size=1, max_size=40), min_size=1, max_size=4))
def test_any_command_comes_through_unchanged(tmp_path: Path, texts: list[str]) -> None:
    book = little()
    odd = page("ch-tools-odd", *(said(text, "install") for text in texts), number="7.5")
    imported = import_book(replace(book, sections=(*book.sections[:7], odd, *book.sections[7:])))
    project = loaded(imported, tmp_path)
    made = next((step for step in imported.steps if step.name == "odd"), None)
    if made is None:
        assert "odd" not in project.steps
        return
    assert [(phase.name, phase.bodies[0].text) for phase in project.steps["odd"].phases] == [
        (name, body.strip("\n")) for name, body in made.phases.bodies
    ]


NAMES = ["Zlib", "GCC", "Bash", "Acl", "Attr", "Python", "Make"]
PRODUCTS = st.lists(st.lists(st.sampled_from(NAMES), min_size=1, max_size=2).map(tuple), max_size=5).map(tuple)


@st.composite
def books(draw: st.DrawFn) -> Book:
    """Little books whose system has any packages in any order, with any needs: also of themselves, also in circles."""
    chosen = draw(st.permutations(NAMES))[: draw(st.integers(1, len(NAMES)))]
    plain = little()
    pages = tuple(
        page(f"ch-system-{name.lower()}", *usual(), number=f"8.{at}", **built(name.lower(), "1"))
        for at, name in enumerate(chosen, 3)
    )
    needs = tuple(
        Needs(name, draw(PRODUCTS), draw(PRODUCTS), draw(PRODUCTS), tuple(draw(st.lists(st.sampled_from(NAMES)))))
        for name in draw(st.lists(st.sampled_from(NAMES), unique=True))
    )
    before = tuple(each for each in plain.sections if each.chapter < 8)
    after = tuple(each for each in plain.sections if each.chapter > 8)
    resources = tuple(each for each in plain.resources if each.name not in ("gcc", "zlib", "bash"))
    return replace(
        plain,
        sections=(*before, *pages, *after),
        resources=(*resources, archive("gcc", "14"), *(archive(name.lower(), "1") for name in chosen if name != "GCC")),
        needs=needs,
    )


@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(books())
def test_the_order_is_the_books_whatever_the_appendix_says(tmp_path: Path, book: Book) -> None:
    for old in tmp_path.iterdir():
        old.unlink()
    imported = import_book(book)
    project = loaded(imported, tmp_path)  # a cycle would be an error
    assert every_need_points_back(project, imported)


def test_a_title_may_hold_anything(tmp_path: Path) -> None:
    book = little()
    odd = page("ch-tools-odd", said("echo"), number="7.5", title='Say "{{ x }}" {# y #}\n\\ and\tmore')
    project = loaded(import_book(replace(book, sections=(*book.sections[:7], odd, *book.sections[7:]))), tmp_path)
    assert project.steps["odd"].title == 'Say "{{ x }}" {# y #} \\ and more, LFS 7.5'


@pytest.mark.skipif(not REAL.is_dir(), reason="the book's XML is not beside the checkout")
@pytest.mark.parametrize(("revision", "steps"), [("sysv", 126), ("systemd", 124)])
def test_the_book_itself(revision: str, steps: int, tmp_path: Path) -> None:
    book = real("systemd" if revision == "systemd" else "sysv")
    imported = import_book(book)
    project = loaded(imported, tmp_path)
    assert len(project.steps) == steps
    assert every_need_points_back(project, imported)
    assert len(order({name: [need.name for need in step.needs] for name, step in project.steps.items()})) == steps
    if revision == "sysv":
        for name, data in site_files("debian", book.version, tmp_path).items():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / name).write_bytes(data)
        amended = load_project([tmp_path, tmp_path / "site"])
        names = [*amended.groups["chapter-5"].members, *amended.groups["chapter-6"].members]
        tools = [amended.steps[name] for name in names]
        upstream = [step.name for step in tools if step.source is None or len(step.source.origins) < 2]
        assert upstream == []
    # No command of the book is lost but those that are left out: each line of a text is a line of some phase.
    kept = {line.strip() for step in imported.steps for _, body in step.phases.bodies for line in body.split("\n")}
    missing = [
        line
        for step in imported.steps
        for each in step.section.instructions
        if each.screen and not each.nodump and "mount" not in each.text and not each.replaceable
        and "$(find" not in each.text
        for line in each.text.strip("\n").split("\n")
        if line.strip() and line.strip() not in kept
    ]
    folders = re.compile(r"mkdir (-p|-v )? ?build|cd +build|tar -xf \.\./(mpfr|gmp|mpc)|mv -v (mpfr|gmp|mpc)-")
    assert [line for line in missing if not folders.match(line)] == []
