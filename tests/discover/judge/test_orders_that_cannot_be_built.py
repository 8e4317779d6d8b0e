"""Scripts that need a later one, need each other, or come before what every book builds first are found."""

from pathlib import Path

import pytest

from lfsmake.discover.judge.order import findings
from lfsmake.discover.model import Category, Fact, Script, Tree
from lfsmake.discover.tree import discover
from lfsmake.model.errors import Span


def script(
    name: str, position: int, needs: str = "", category: Category = "system", convention: str = "numbered files"
) -> Script:
    return Script(
        id=f"{category}/{name}",
        path=f"{category}/{name}",
        span=Span(f"/t/{name}", 1, 1),
        role="build",
        why="",
        convention=convention,
        category=category,
        position=position,
        name=Fact(name, "the tar line"),
        needs=tuple(Fact(need, "a list") for need in needs.split()),
    )


def told(*scripts: Script) -> list[tuple[str, str]]:
    return [(each.rule, each.message) for each in findings(Tree("/t", (), scripts))]


def test_a_need_that_comes_later_is_told() -> None:
    assert told(script("a", 1, "system/b"), script("b", 2)) == [
        ("unordered", "system/a needs system/b, which comes later")
    ]
    assert told(script("a", 2, "system/b"), script("b", 1)) == []
    assert told(script("a", 0, "system/b"), script("b", 2)) == []  # it has no place in the order


def test_what_every_book_builds_first_is_told() -> None:
    assert told(script("gcc", 1), script("gmp", 2), script("mpfr", 3)) == [
        ("unordered", "system/gcc comes before system/gmp: the book builds gmp first"),
        ("unordered", "system/gcc comes before system/mpfr: the book builds mpfr first"),
    ]
    assert told(script("gmp", 1), script("mpfr", 2), script("mpc", 3), script("gcc", 4)) == []
    assert told(script("gcc", 1)) == []  # built elsewhere, or not at all


def test_a_temporary_tool_takes_what_the_host_has() -> None:
    assert told(script("gcc", 1, category="cross-toolchain"), script("gmp", 2)) == []
    assert told(script("tar", 1, "system/acl", category="temporary-tools"), script("acl", 2)) == []
    early = script("gmp", 1, category="temporary-tools")
    assert told(early, script("gcc", 2), script("gmp", 3)) == []  # one is there


def test_a_makefile_means_its_needs_as_they_stand() -> None:
    first = script("tar", 1, "system/acl", category="temporary-tools", convention="targets of a makefile")
    assert told(first, script("acl", 2)) == [("unordered", "temporary-tools/tar needs system/acl, which comes later")]


def test_scripts_that_need_each_other_are_told_once() -> None:
    circle = (script("a", 1, "system/b"), script("b", 2, "system/c"), script("c", 3, "system/a"))
    assert told(*circle, script("d", 4, "system/a")) == [
        ("circular", "system/a → system/b → system/c → system/a need each other")
    ]
    assert told(script("a", 1, "system/a")) == [("circular", "system/a → system/a need each other")]
    tools = (
        script("a", 1, "temporary-tools/b", category="temporary-tools"),
        script("b", 2, "temporary-tools/a", category="temporary-tools"),
    )
    assert told(*tools) == []


def test_a_long_chain_of_needs_is_followed_to_its_end() -> None:
    chain = [script(f"p{at}", at + 1, f"system/p{at - 1}" if at else "system/p4999") for at in range(5000)]
    ((rule, message),) = told(*chain)
    assert rule == "circular"
    assert message.endswith("→ … → system/p0 need each other")


BUILD = "\ttar xf x.tar.gz\n\t./configure\n\tmake\n\tmake install\n"


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        (f"all: a b\na: b\n{BUILD}b: a\n{BUILD}", [(2, "a → b → a need each other")]),
        (f"a: zlib\n{BUILD}", [(1, "a needs zlib, which is no target and no file")]),
        (f".PHONY: a\nall: a\na: here.txt\n{BUILD}", []),
        (f"a: b | c\n{BUILD}b:\n{BUILD}c:\n{BUILD}", []),
        (f"a: gone\n{BUILD}%: %.sh\n\tsh $<\n", []),  # a pattern may make it
        (f"include more.mk\na: gone\n{BUILD}", []),
        (f"NEEDS = b\na: $(NEEDS)\n{BUILD}b:\n{BUILD}", []),
    ],
)
def test_needs_of_a_makefile_that_make_cannot_meet(tmp_path: Path, text: str, messages: list[tuple[int, str]]) -> None:
    (tmp_path / "here.txt").write_text("x")
    (tmp_path / "Makefile").write_text(text)
    found = findings(discover(tmp_path))
    assert [(each.span.line, each.message) for each in found if each.span] == messages
