"""Tables that a driver reads for scripts which name no archive: a package a row, by name or by number."""

from pathlib import Path

from lfsmake.discover.facts.rows import table
from lfsmake.discover.model import Script
from lfsmake.discover.tree import discover
from tests.discover.scan.trees import write

BUILD = "./configure --prefix=/usr\nmake\nmake install\n"


def told(script: Script) -> tuple[str, str, list[str]]:
    name = script.name.value if script.name else ""
    version = script.version.value if script.version else ""
    return name, version, [fact.value for fact in script.sources[:1]]


def test_rows_by_the_number_in_a_scripts_name(tmp_path: Path) -> None:
    write(tmp_path, {
        "one.csv": "5_2;Binutils-2.38 - Pass 1;binutils-2.38.tar.xz;binutils-2.38\n"
                   "5_3;GCC-11.2.0 - Pass 1;gcc-11.2.0.tar.xz;gcc-11.2.0\n"
                   "5_21;Glibc-2.35;glibc-2.35.tar.xz;glibc-2.35\n",
        "one/ch5_2.sh": BUILD,
        "one/ch5_3.sh": f"tar xf $LFS/sources/mpfr-4.1.0.tar.xz\n{BUILD}",
        "one/ch5_21.sh": BUILD,
        "run.sh": "while IFS=';' read -r n name file folder; do\n  tar xf $file\n  . one/ch$n.sh\ndone < one.csv\n",
    })  # fmt: skip
    found = {script.path: told(script) for script in discover(tmp_path).scripts if script.role == "build"}
    assert found["one/ch5_2.sh"] == ("binutils", "2.38", ["binutils-2.38.tar.xz"])
    assert found["one/ch5_3.sh"] == ("gcc", "11.2.0", ["gcc-11.2.0.tar.xz"])
    assert found["one/ch5_21.sh"] == ("glibc", "2.35", ["glibc-2.35.tar.xz"])


def test_rows_by_name_with_a_sign_for_the_version(tmp_path: Path) -> None:
    write(tmp_path, {
        "packages.csv": "m4;1.4.19;https://h/m4-@.tar.xz;0d90823e1426f1da2fd872df0311298d\n"
                        "make;4.3;https://h/make-@.tar.gz;fc7a67ea86ace13195b0bce683fd4469\n"
                        "Python;3.10.2;https://h/@/Python-@.tar.xz;14e8c22458ed7779a1957b26cde01db9\n",
        "chapter6/m4.sh": BUILD, "chapter6/make.sh": BUILD, "chapter7/python.sh": BUILD,
    })  # fmt: skip
    found = {script.path: told(script) for script in discover(tmp_path).scripts if script.role == "build"}
    assert found == {
        "chapter6/m4.sh": ("m4", "1.4.19", ["m4-1.4.19.tar.xz"]),
        "chapter6/make.sh": ("make", "4.3", ["make-4.3.tar.gz"]),
        "chapter7/python.sh": ("python", "3.10.2", ["Python-3.10.2.tar.xz"]),
    }


def test_what_is_no_table() -> None:
    assert table("a;b;c\n" * 5) == ()
    assert table("https://h/a-1.tar.gz\nhttps://h/b-1.tar.gz\nhttps://h/c-1.tar.gz\n") == ()
    assert table("a;a-1.tar.gz\nb;b-1.tar.gz\n") == ()
    assert table("\0;;;\n,,,\n\t\t\n" * 10) == ()
