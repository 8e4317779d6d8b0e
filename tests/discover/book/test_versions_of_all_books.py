"""The table of versions in all books: whole, in order, and as the real book says."""

import json
import re
from pathlib import Path

import pytest

from lfsmake.discover.book.read import read_book
from lfsmake.lang.versions import sort_key
from tests.discover.book.make_books import of_list

from .conftest import REAL

TABLE: dict[str, dict[str, str]] = json.loads(
    (Path(__file__).parents[3] / "lfsmake" / "discover" / "data" / "books.json").read_text(encoding="utf-8")
)
RELEASES = [
    *(f"7.{minor}" for minor in range(10)), *(f"8.{minor}" for minor in range(5)), "9.0", "9.1", "10.0", "10.1",
    *(f"11.{minor}" for minor in range(4)), *(f"12.{minor}" for minor in range(5)),
]  # fmt: skip
ALWAYS = {"bash", "binutils", "coreutils", "gcc", "glibc", "gmp", "linux", "m4", "make", "mpc", "mpfr", "perl", "tar"}


def test_every_release_is_there_in_order() -> None:
    assert list(TABLE) == RELEASES


@pytest.mark.parametrize("book", RELEASES)
def test_names_and_versions_are_well_formed(book: str) -> None:
    packages = TABLE[book]
    assert packages.keys() >= ALWAYS
    assert [name for name in packages if not re.fullmatch(r"[a-z0-9]+(?:-[a-z0-9]+)*", name)] == []
    assert [version for version in packages.values() if not re.fullmatch(r"\d[\w.+~-]*", version)] == []
    assert list(packages) == sorted(packages)


def test_the_toolchain_never_went_back() -> None:
    for name in ("binutils", "gcc", "glibc", "linux"):
        versions = [sort_key(packages[name]) for packages in TABLE.values()]
        assert versions == sorted(versions)


def test_the_list_of_the_book_without_xml_is_in_it() -> None:
    assert TABLE["12.4"] == of_list(Path(__file__).parent / "versions-12.4.txt")


@pytest.mark.skipif(not REAL.is_dir(), reason="the book's XML is not beside the checkout")
def test_the_real_book_agrees() -> None:
    read = {one.name: one.version for one in read_book(REAL, "systemd").resources if one.kind == "package"}
    assert read == {name: TABLE["12.3"][name] for name in read}
