"""Words of a script are told by reading alone, and not told where it is not certain."""

from pathlib import Path

import pytest

from lfsmake.discover.shell.follow import Files
from lfsmake.discover.shell.nodes import Shell, Word
from lfsmake.discover.shell.parse import read_shell
from lfsmake.discover.shell.values import Values
from lfsmake.discover.shell.walk import walk


def said(shell: Shell) -> Word:
    """The word after `say`, by which a script asks."""
    return next(command for command in shell.commands if command.name == "say").words[1]


def value(text: str) -> str | None:
    shell = read_shell("/tree/dir/script.sh", text)
    return Values(shell).word(said(shell))


def every(text: str) -> tuple[str, ...]:
    shell = read_shell("/tree/dir/script.sh", text)
    return Values(shell).all(said(shell))


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("VERSION=1.2\nsay $VERSION", "1.2"),
        ("name=gcc version=9.2\nsay $name-${version}.tar.xz", "gcc-9.2.tar.xz"),
        ("a=1; b=$a.2; c=\"x-$b\"\nsay \"$c\"", "x-1.2"),
        ("say a\\ b'c d'\"e f\"", "a bc de f"),
        ("f=gcc-9.2.tar.xz; say ${f%.tar.*}", "gcc-9.2"),
        ("f=gcc-9.2.tar.xz; say ${f%%.*}", "gcc-9"),
        ("f=/a/b/gcc-9.2.tar.xz; say ${f##*/}", "gcc-9.2.tar.xz"),
        ("f=a-b-c; say ${f#*-}", "b-c"),
        ("v=1.2.3; say ${v//./_}", "1_2_3"),
        ("v=1.2.3; say ${v/./_}", "1_2.3"),
        ("v=1.2.3; say ${v/#1/9}", "9.2.3"),
        ("v=1.2.3; say ${v%.*}", "1.2"),
        ("v=; say ${v:-3}", "3"),
        ("v=4; say ${v:-3}", "4"),
        ("v=4; say ${v:+yes}", "yes"),
        ("v=1.2.3; say ${v:0:3}", "1.2"),
        ("v=1.2.3; say ${v: -1}", "3"),
        ("v=Ab; say ${v^^}${v,,}", "ABab"),
        ("v=abc; say ${#v}", "3"),
        ("n=v; v=7; say ${!n}", "7"),
        ("a=(x y z); say ${a[1]}", "y"),
        ("a=(x y); a+=(z); say \"${a[@]}\"", "x y z"),
        ("a[0]=p; say ${a[0]}", "p"),
        ("declare -A m=([gcc]=9 [tar]=1); say ${m[gcc]}", "9"),
        ("declare -A m; m[gcc]=9; k=gcc; say ${m[$k]}", "9"),
        ("f=gcc-9.2.tar.xz; say $(basename $f .tar.xz)", "gcc-9.2"),
        ("f=/s/gcc-9.2.tar.xz; say `basename $f .tar.xz`", "gcc-9.2"),
        ("say $(echo gcc-9.2 | cut -d- -f2)", "9.2"),
        ("v=9.2; say $(echo $v | sed 's/\\./_/g')", "9_2"),
        ("v=9.2.0; say $(echo $v | sed -E 's/([0-9]+)\\.([0-9]+).*/\\1.\\2/')", "9.2"),
        ("say $(echo a.b | tr . - | tr a-z A-Z)", "A-B"),
        ("say $(echo 1.2.3 | awk -F. '{print $1\".\"$2}')", "1.2"),
        ("say $(cut -d. -f1 <<< 4.5)", "4"),
        ("say $(printf '%s-%s' a b)", "a-b"),
        ("say $(cd $(dirname $0) && pwd)", "/tree/dir"),
        ("say ${BASH_SOURCE[0]}", "/tree/dir/script.sh"),
        ("V=1\nV+=.2\nsay $V", "1.2"),
        ("export A=1\nreadonly B=$A\nsay $B", "1"),
        ("V=1\nV=2\nsay $V\nV=3", "2"),
        ("f() { say $1-$2; }\nf a b", "a-b"),
        ("f() { local n=$1; shift; say $n$1; }\nf a b", "ab"),
        ("f() { say \"$@\"; }\nf a b", "a b"),
        ("f() { V=$1; }\nf 9\nsay $V", "9"),
        ("V=1; f() { say $V; }\nV=2\nf", "2"),
        ("V=1\nbuild() { say $V; }", "1"),
        ("if a; then V=1; say $V; else V=2; fi", "1"),
        ("case $x in a) V=1 ;; b) V=2; say $V ;; esac", "2"),
        ("V=1 && say $V", "1"),
        ("( V=1; say $V )", "1"),
        ("V=1\n( V=2 )\nsay $V", "1"),
        ("V=1; if a; then V=1; fi; say $V", "1"),
        ("cat > /x <<EOF\nV=3\nEOF\nV=1\nsay $V", "1"),
        ("say $'a\\tb'", "a\tb"),
    ],
)  # fmt: skip
def test_a_certain_value_is_told(script: str, expected: str) -> None:
    assert value(script) == expected


@pytest.mark.parametrize(
    "script",
    [
        "say $V",
        "say ${V:-1}",
        "if a; then V=1; fi\nsay $V",
        "if a; then V=1; else V=2; fi\nsay $V",
        '[ -z "$V" ] && V=1\nsay $V',
        "a || V=1\nsay $V",
        "V=1\nread V\nsay $V",
        "V=1\nprintf -v V x\nsay $V",
        "say $(uname -m)",
        "say $(cat /etc/version)",
        "say $(echo a > b)",
        "say $(echo a; echo b)",
        "say *.tar.xz",
        "say {a,b}",
        "say ~/x",
        "say $((1+1))",
        "f() { say $1; }\nf a\nf b",
        "for p in a b; do say $p; done",
        "V=$V\nsay $V",
        "a=$b b=$a\nsay $a",
        "f() { f; V=1; }\nf\nsay $(sed 's/\\(a*\\)*b/x/' <<< aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa)",
    ],
)
def test_what_is_not_certain_is_not_told(script: str) -> None:
    assert value(script) is None


def test_a_loop_over_words_gives_all_of_them() -> None:
    assert every("for p in gmp-1 mpfr-2; do say $p.tar.xz; done") == ("gmp-1.tar.xz", "mpfr-2.tar.xz")
    assert every("list='a b'; for p in $list c; do say $p; done") == ("a", "b", "c")
    assert every('list=(a b)\nfor p in "${list[@]}"; do n=x-$p; say $n; done') == ("x-a", "x-b")


def test_several_calls_of_a_function_give_all_their_values() -> None:
    assert every("f() { say $1.tar; }\nf a\nf b") == ("a.tar", "b.tar")
    assert every("f() { g $1; }\ng() { say $1; }\nfor x in a b; do f $x; done") == ("a", "b")


def test_a_default_is_likely_only() -> None:
    shell = read_shell("/s", "say ${V:-1.2}")
    values = Values(shell)
    assert (values.word(said(shell)), values.likely(said(shell))) == (None, "1.2")


@pytest.mark.parametrize(
    "line",
    [
        ". ../PkgVersions",
        "source ../PkgVersions",
        '. "$(dirname "$0")/../PkgVersions"',
        "source $(dirname ${BASH_SOURCE[0]})/../PkgVersions",
        'source "$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../PkgVersions"',
        "DIR=$(dirname $(readlink -f $0))/..\n. $DIR/PkgVersions",
        ". $SCRIPTS/PkgVersions",
        ". /root/scripts/PkgVersions",
        ". ./PkgVersions",
        "[ -f ../PkgVersions ] && . ../PkgVersions",
    ],
)
def test_a_sourced_file_is_followed(tmp_path: Path, line: str) -> None:
    (tmp_path / "PkgVersions").write_text(". ./more\ngcc_version=9.2\n")
    (tmp_path / "more").write_text("base=gcc\nget() { say $base-$gcc_version-$1; }\n")
    (tmp_path / "ch5").mkdir()
    script = tmp_path / "ch5" / "5.1-gcc.sh"
    script.write_text(f"{line}\nsay $base-$gcc_version\nget x\n")
    followed = Files(str(tmp_path)).follow(read_shell(str(script), script.read_bytes()))
    assert followed.values.word(said(followed.values.scope.shell)) == "gcc-9.2"
    assert [one.path for one in followed.sourced] == ["PkgVersions", "more"]
    called = [frame for command, frame in walk(followed.values) if command.name == "say"][1]
    assert followed.values.get(called.scope.shell.commands[0].words[1], called) == "gcc-9.2-x"


def test_nothing_outside_the_tree_is_read(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("V=1\n")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "link").symlink_to("../secret")
    (tmp_path / "tree" / "loop").symlink_to("loop")
    script = tmp_path / "tree" / "a.sh"
    script.write_text(". ../secret\n. ./link\n. ./loop\n. ./a.sh\n. /dev/zero\n. $X\n. ''\nsay $V\n")
    followed = Files(str(tmp_path / "tree")).follow(read_shell(str(script), script.read_bytes()))
    assert followed.values.word(said(followed.values.scope.shell)) is None
    assert [one.path for one in followed.sourced] == ["", "", "", "a.sh", "", "", ""]


def test_long_chains_end_somewhere() -> None:
    chain = "v0=x\n" + "".join(f"v{n}=$v{n - 1}\n" for n in range(1, 3000))
    assert value(chain + "say $v20") == "x"
    assert value(chain + "say $v2999") is None
    grown = "l=\n" + "".join(f"l+=' {n}'\n" for n in range(30))
    assert value(grown + 'say "$l"') == "".join(f" {n}" for n in range(30))
    assert value("l=\n" + "l+=x\n" * 3000 + "say $l") is None
    assert value("a=(x)\n" + 'a=("${a[@]}" y)\n' * 3000 + 'say "${a[@]}"') is None
    assert value("a=xxxxxxxx\n" + "a=$a$a\n" * 40 + "say $a") is None


def test_calls_of_calls_of_calls_end_somewhere() -> None:
    text = "f0() { say $1; }\n" + "".join(f"f{n + 1}() {{\n" + f"f{n} $1\n" * 60 + "}\n" for n in range(12)) + "f12 x\n"
    assert value(text) in ("x", None)
    shell = read_shell("s", text)
    assert sum(1 for _ in walk(Values(shell))) <= 20_000
