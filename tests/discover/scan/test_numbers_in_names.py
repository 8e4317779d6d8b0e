"""10 comes after 9, 5.10 after 5.4; a version is no chapter."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.discover.order import weave
from lfsmake.discover.scan.names import LAST, file_number, folder_number, natural, says_chapter, slug


@pytest.mark.parametrize(
    ("name", "numbers", "chapter"),
    [
        ("5.10-make-gcc.sh", (5, 10), True),
        ("5.4-lfs_binutils-2.25.1-pass-1.sh", (5, 4), True),
        ("502-binutils-pass1", (502,), False),
        ("01-gcc.sh", (1,), False),
        ("05_gcc.sh", (5,), False),
        ("10 linux.sh", (10,), False),
        ("7.x-configure-bash.sh", (7, LAST), True),
        ("5.all-lfs_construct-tools.sh", (5, LAST), True),
        ("6_x_all-tools.sh", (6, LAST), True),
        ("030-xz.sh", (30,), False),
        ("8.8-xz-5.4.4", (8, 8), True),
        ("05-x-server.sh", (5,), False),
        ("12-all-in-one.sh", (12,), False),
        ("ch5-04-gcc.sh", (5, 4), True),
        ("lfs-05-gcc.sh", (5,), False),
        ("6.9.1-glibc", (6, 9, 1), True),
        ("gcc-13.2.0.sh", (), False),
        ("m4.sh", (), False),
        ("2024", (), False),
        ("", (), False),
    ],
)
def test_a_files_number(name: str, numbers: tuple[int, ...], chapter: bool) -> None:
    assert file_number(name) == numbers
    assert says_chapter(name) == chapter


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("chapter05", (5, True)),
        ("Chapter-10", (10, True)),
        ("ch5", (5, True)),
        ("lfs-chapter8", (8, True)),
        ("phase1", (1, False)),
        ("02-tools", (2, False)),
        ("build-stage2", (2, False)),
        ("tools", None),
        ("gcc-13.2", None),
        ("x86_64", None),
    ],
)
def test_a_folders_number(name: str, found: tuple[int, bool] | None) -> None:
    assert folder_number(name) == found


def test_natural_order() -> None:
    names = ["5.10-a", "5.9-b", "gcc2", "gcc", "Make", "make-4.10", "make-4.9"]
    assert sorted(names, key=natural) == ["5.9-b", "5.10-a", "gcc", "gcc2", "Make", "make-4.9", "make-4.10"]


@given(one=st.text(), other=st.text())
def test_any_two_names_can_be_compared(one: str, other: str) -> None:
    assert (natural(one) < natural(other)) or (natural(one) >= natural(other))
    file_number(one), folder_number(one)


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("5.2. Binutils-2.39 - Pass 1", "5.2-binutils-2.39-pass-1"),
        ("XML::Parser-2.46", "xml-parser-2.46"),
        ("GCC 中的 Libstdc++", "gcc-中的-libstdc++"),
        ("…", "part"),
    ],
)
def test_a_heading_as_a_name(title: str, name: str) -> None:
    assert slug(title) == name


def test_weaving() -> None:
    assert weave(["a", "b", "c"], ["x", "a", "y", "c", "z", "b", "w"]) == ["x", "a", "y", "b", "w", "c", "z"]


@given(base=st.lists(st.integers(0, 20), unique=True), other=st.lists(st.integers(0, 20)))
def test_weaving_keeps_the_base_and_loses_nothing(base: list[int], other: list[int]) -> None:
    woven = weave([str(one) for one in base], [str(one) for one in other])
    assert [one for one in woven if int(one) in base] == [str(one) for one in base]
    assert sorted(set(woven)) == sorted(woven) == sorted({str(one) for one in (*base, *other)})
