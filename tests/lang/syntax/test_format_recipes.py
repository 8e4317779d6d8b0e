"""`lfsmake fmt` changes how a recipe looks and never what it says, and leaves alone what it has formatted."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfsmake.lang.body import embed
from lfsmake.lang.format import WIDTH, format_text
from lfsmake.model.errors import RecipeErrors

Meaning = Callable[[str], Any]
ROOT = Path(__file__).parents[3]
EXAMPLES = [
    *sorted((ROOT / "recipes").rglob("*.lfs")),
    *sorted((ROOT.parent / "shared" / "design").glob("*.lfs")),
]

UGLY = """\


#  first
book   "12.3"
option init=sysv | systemd   # which
option architecture = x86_64


resource  zlib 1.3.1{

\tsummary "z\\"lib" # short
  source "https://zlib.net/zlib-{{ version }}.tar.gz"  as zlib.tar.gz
  # why sha256
  sha256 9A93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23
  fixup:
    rm -r x
      deep

      # in the shell


  # about the patch

  patch "a.patch" strip 0

}
package a 1 from zlib "A" { # the package
 style make
 needs build gcc>=2.0 make
 env CFLAGS "-O2"
 env   X   "y"
 when init=systemd|
 sysv {
 }
 else_is_a_name: x
}
when init=sysv { }
"""


def test_a_recipe_is_laid_out() -> None:
    text = UGLY.replace(
        " when init=systemd|\n sysv {\n }\n else_is_a_name: x\n",
        " when init=systemd|\\\n sysv {\n } else {\n skip check\n }\n",
    )
    assert (
        format_text("x.lfs", text)
        == """\
#  first
book "12.3"
option init         = sysv|systemd  # which
option architecture = x86_64

resource zlib 1.3.1 {
    summary "z\\"lib"  # short
    source  "https://zlib.net/zlib-{{ version }}.tar.gz" as zlib.tar.gz
    # why sha256
    sha256  9A93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23
    fixup:
        rm -r x
          deep

          # in the shell

    # about the patch

    patch "a.patch" strip 0
}
package a 1 from zlib "A" {  # the package
    style       make
    needs build gcc >= 2.0 make
    env         CFLAGS "-O2"
    env         X      "y"
    when init=systemd|sysv {
    } else {
        skip check
    }
}
when init=sysv {}
"""
    )


def test_what_does_not_parse_is_not_formatted() -> None:
    with pytest.raises(RecipeErrors, match="missing"):
        format_text(
            "x.lfs", UGLY.replace("else_is_a_name: x", "build x").replace("init=systemd|\n", "init=systemd|\\\n")
        )


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n", "# only\n", "# no newline", "\n# a\n\n\n# b\n"])
def test_next_to_nothing_stays_that(text: str) -> None:
    once = format_text("x.lfs", text)
    assert once.split() == text.split()
    assert format_text("x.lfs", once) == once


def test_many_names_go_on_below_each_other() -> None:
    names = [f"package-{number}" for number in range(40)]
    text = f"group g {{\n    needs run x\n    needs build {' '.join(names)}  # all\n}}\n"
    formatted = format_text("x.lfs", text)
    lines = formatted.split("\n")
    assert lines[1] == "    needs run   x"
    assert lines[2].startswith("    needs build package-0 package-1 ")
    assert all(len(line) <= WIDTH and line.endswith(" \\") for line in lines[2:-3])
    assert all(line.startswith(" " * 16 + "package-") for line in lines[3:-2])
    assert lines[-3].endswith("package-39  # all")
    assert formatted.replace(" \\\n", "").split() == text.split()
    assert format_text("x.lfs", formatted) == formatted


def test_windows_line_ends_become_our_own_outside_of_shell() -> None:
    assert format_text("x.lfs", "group g {\r\n  # a\r\n\r\n  members a \\\r\n    b\r\n}\r\n") == (
        "group g {\n    # a\n\n    members a b\n}\n"
    )


def test_many_failing_tests_go_on_below_each_other_and_the_reason_stays_whole() -> None:
    tests = " ".join(f'"misc/tst-{number:02}"' for number in range(7))
    text = f'script a {{\nfails "a" because "b"\nfails {tests}   because "no network"\n}}\n'
    assert format_text("x.lfs", text) == """\
script a {
    fails "a" because "b"
    fails "misc/tst-00" "misc/tst-01" "misc/tst-02" "misc/tst-03" "misc/tst-04" "misc/tst-05" \\
          "misc/tst-06" because "no network"
}
"""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_our_own_recipes_say_the_same_when_formatted(path: Path, meaning: Meaning) -> None:
    text = path.read_text(encoding="utf-8")
    once = format_text(str(path), text)
    assert meaning(once) == meaning(text)
    assert format_text(str(path), once) == once
    comments = [line.strip() for line in text.split("\n") if line.lstrip().startswith("#")]
    assert [line.strip() for line in once.split("\n") if line.lstrip().startswith("#")] == comments


NAMES = st.sampled_from(["a", "gcc", "libstdc++", "from", "build", "run", "x" * 30, "1.2", "package", "é"])
STRINGS = st.sampled_from(['"a"', '""', '"a # b"', '"{ }"', '"= |"', r'"\"\\\n\t"', '"' + "long " * 30 + '"'])
BODIES = st.text(st.sampled_from(" \t\n|#{}\\ab"), max_size=20)
SPACES = st.sampled_from([" ", "  ", "\t", " \\\n   "])
ENDS = st.sampled_from(["\n", "  # why\n", "\n\n\n", "\n# own line\n", "#tight\n\n    # far\n\n"])
INDENTS = st.sampled_from(["", " ", "    ", "\t", "            "])


@st.composite
def statements(draw: st.DrawFn, depth: int = 0) -> str:
    """Any statement that can stand in any block, as untidy as it may be."""
    name, text, space = draw(NAMES), draw(STRINGS), draw(SPACES)
    indent, end = draw(INDENTS), draw(ENDS)
    kinds = ["field", "words", "needs", "env", "body", "inline", "tool", "source", "cost", "unpack", "fails"]
    match draw(st.sampled_from([*kinds, "when"] if depth < 2 else kinds)):
        case "field":
            return f"{indent}summary{space}{text}{end}"
        case "words":
            return f"{indent}before{space}{space.join(draw(st.lists(NAMES, min_size=1, max_size=30)))}{end}"
        case "needs":
            operator = draw(st.sampled_from([">=", " > ", "  ="]))
            return f"{indent}needs{space}run {name}{operator}1.0{space}{name} b{operator} 2{end}"
        case "env":
            return f"{indent}env{space}A{draw(st.sampled_from(['', 'BCD']))} {text}{end}"
        case "body":
            hook = draw(st.sampled_from(["", "pre ", "post\t"]))
            below = draw(st.sampled_from(["", "\n"]))
            return f"{indent}{hook}build:\n{embed(draw(BODIES), indent + ' ' * 16)}\n{below}"
        case "inline":
            return f"{indent}install:{draw(st.sampled_from(['', '  ']))}make x # y{draw(st.sampled_from(['', '  ']))}\n"
        case "tool":
            return f"{indent}tool{space}{name} >= 2 run {text} package{space}{text}{end}"
        case "source":
            return f'{indent}source{space}"x.tar" as {name}{end}{indent}md5 {"0" * 32}{end}'
        case "cost":
            return f"{indent}cost 1{space}SBU 2 MB{end}{indent}memory{space}1 GB{end}"
        case "unpack":
            return f"{indent}unpack{space}{name} {text}{end}{indent}file /{name} from {text}{space}mode 0644{end}"
        case "fails":
            tests = space.join(draw(st.lists(STRINGS, min_size=1, max_size=9)))
            return f"{indent}fails{space}{tests}{draw(st.sampled_from(['', f'{space}because{space}{text}']))}{end}"
        case _:
            body = "".join(draw(st.lists(statements(depth + 1), max_size=3)))
            other = "".join(draw(st.lists(statements(depth + 1), max_size=2)))
            closing = draw(st.sampled_from(["}", f"}} else{space}{{\n{other}{indent}}}"]))
            return f"{indent}when a={name}|b {{{end}{body}{indent}{closing}{end}"


@settings(deadline=None)
@given(st.lists(statements(), max_size=6), ENDS, NAMES, STRINGS)
def test_any_recipe_says_the_same_when_formatted(
    meaning: Meaning, body: list[str], end: str, name: str, title: str
) -> None:
    text = f"script {name} {title} {{{end}{''.join(body)}}}{end}option a={name} |b{end}"
    once = format_text("x.lfs", text)
    assert meaning(once) == meaning(text)
    assert format_text("x.lfs", once) == once
    assert once.count("# own line") == text.count("# own line")
