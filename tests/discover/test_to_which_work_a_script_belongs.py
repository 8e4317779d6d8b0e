"""Categories from the chapter of either kind of book, from folders, from names."""

import pytest

from lfsmake.discover.category import category_of, is_old
from lfsmake.discover.model import Category, Fact, Role, Script
from lfsmake.model.errors import Span


def one(
    path: str, name: str = "", chapter: str = "", turn: str = "", role: Role = "build", part: str = ""
) -> Script:
    def fact(value: str) -> Fact | None:
        return Fact(value, "-") if value else None

    return Script(id=path, path=path, part=part, span=Span(path, 1, 1), role=role, why="-", convention="-",
                  name=fact(name), chapter=fact(chapter), turn=fact(turn))  # fmt: skip


@pytest.mark.parametrize(
    ("script", "new", "old"),
    [
        (one("a", "gcc", "5", "1"), "cross-toolchain", "cross-toolchain"),
        (one("a", "gcc", "5", "2"), "cross-toolchain", "temporary-tools"),
        (one("a", "m4", "5"), "cross-toolchain", "temporary-tools"),
        (one("a", "m4", "6"), "temporary-tools", "system"),
        (one("a", "perl", "7"), "chroot", "configuration"),
        (one("a", "gcc", "8"), "system", "boot"),
        (one("8.3-linux", "linux", "8"), "kernel", "kernel"),
        (one("a", "lfs-bootscripts", "9"), "configuration", "configuration"),
        (one("a", "grub", "10"), "boot", None),
    ],
)
def test_by_chapter(script: Script, new: Category | None, old: Category | None) -> None:
    assert category_of(script, old=False) == new
    if old is not None:
        assert category_of(script, old=True) == old


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (one("cross-toolchain/gcc.sh", "gcc"), "cross-toolchain"),
        (one("toolchain/03_more/gettext.sh", "gettext"), "temporary-tools"),
        (one("toolchain/gcc-pass2.sh", "gcc", turn="2"), "temporary-tools"),
        (one("basic/acl.sh", "acl"), "system"),
        (one("lfs/tools/m4.sh", "m4"), "temporary-tools"),
        (one("chroot/tools/m4.sh", "m4"), "temporary-tools"),
        (one("packages/chroot/m4.sh", "m4"), "chroot"),
        (one("software/m4.sh", "m4"), "system"),
        (one("kernel/x.sh", "linux"), "kernel"),
        (one("linux.sh", "linux"), "kernel"),
        (one("tools/linux-headers.sh", "linux"), "cross-toolchain"),
        (one("tools/glibc.sh", "glibc"), "cross-toolchain"),
        (one("tools/binutils-2.sh", "binutils", turn="2"), "temporary-tools"),
        (one("blfs/curl.sh", "curl"), "beyond"),
        (one("ports/extra/curl/Pkgfile", "curl"), "beyond"),
        (one("templates/x.sh", "m4"), "system"),
        (one("gcc-pass1.sh", "gcc", turn="1"), "cross-toolchain"),
        (one("gcc-pass2.sh", "gcc", turn="2"), "temporary-tools"),
        (one("x.sh", role="helper"), "helper"),
        (one("x.sh", role="driver"), None),
        (one("x.sh"), None),
    ],
)
def test_by_folder_and_name(script: Script, expected: Category | None) -> None:
    assert category_of(script, old=False) == expected


def test_an_old_book_is_known_by_its_chapters() -> None:
    assert is_old([one("6.9", "glibc", "6")])
    assert is_old([one(f"{number}", "x", "5") for number in range(20)])
    early = one("6.11-zlib", "zlib", "6")  # somebody needed it before its turn
    assert not is_old([early, *(one(f"8{number}", "y", "8") for number in range(12))])
    assert not is_old(
        [
            *(one(f"{number}", "x", "5") for number in range(5)),
            *(one(f"8{number}", "y", "8") for number in range(12)),
        ]
    )
