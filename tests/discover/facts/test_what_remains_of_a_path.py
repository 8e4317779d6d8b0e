"""Numbers in front of names, words that count, second passes: what a script goes by once they are off."""

import pytest

from lfsmake.discover.facts.stems import stem_of

BASIC = frozenset(f"basic/{name}.sh" for name in ("basic01_acl-2.3", "basic02_attr", "basic03-zlib", "basic04_bc"))


@pytest.mark.parametrize(
    ("path", "part", "paths", "stem"),
    [
        ("5.10-gcc.sh", "", frozenset(), "gcc"),
        ("8.8-xz-5.4.4.sh", "", frozenset(), "xz-5.4.4"),
        ("030-xz.sh", "", frozenset(), "xz"),
        ("basic/basic01_acl-2.3.sh", "", BASIC, "acl-2.3"),
        ("basic/basic03-zlib.sh", "", BASIC, "zlib"),
        ("other/basic01_acl-2.3.sh", "", BASIC, "basic01_acl-2.3"),
        ("m4-1.4.sh", "", frozenset(("m4-1.4.sh", "m5-a.sh", "m6-b.sh", "m4-a.sh")), "m4-1.4"),
        ("stage1/ch5_2.sh", "", frozenset(), ""),
        ("ch02.sh", "", frozenset(), ""),
        ("gcc-9.2-2.sh", "", frozenset(("gcc-9.2.sh", "gcc-9.2-2.sh")), "gcc-9.2-pass2"),
        ("gcc-9.2-2.sh", "", frozenset(("gcc-9.2-2.sh",)), "gcc-9.2-2"),
        ("all.sh", "glibc-2", frozenset(), "glibc"),
        ("all.sh", "glibc-2.39", frozenset(), "glibc-2.39"),
        ("certifi/install/install.sh", "", frozenset(), "certifi"),
        ("gcc/Pkgfile", "", frozenset(), "gcc"),
    ],
)
def test_the_stem(path: str, part: str, paths: frozenset[str], stem: str) -> None:
    assert stem_of(path, part, paths) == stem
