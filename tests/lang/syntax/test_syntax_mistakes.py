"""What is said of each mistake: every word of it, and nothing that only follows from it.

The cases are in `mistakes/*.txt`: a name, the text, and a line for each problem: place, message | expected | hint.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfsmake.lang.syntax import parse
from lfsmake.model.errors import Problem, RecipeErrors

Refused = Callable[[str], tuple[Problem, ...]]
DIGITS = re.compile(r"<(\d+) digits>")


def cases() -> list[tuple[str, str, str]]:
    """(name, text, what is said) of every mistake."""
    found = []
    for file in sorted((Path(__file__).parent / "mistakes").glob("*.txt")):
        for case in file.read_text(encoding="utf-8").split("=== ")[1:]:
            name, _, rest = case.partition("\n")
            text, _, said = rest.partition("---\n")
            text = DIGITS.sub(lambda digits: "a" * int(digits[1]), text)
            text = text.replace("<CR>", "\r").replace("<U+0001>", "\x01")
            found.append((f"{file.stem}: {name}", text, said.strip()))
    return found


CASES = cases()


@pytest.mark.parametrize(("text", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_mistake_is_explained(text: str, expected: str, refused: Refused) -> None:
    said = [
        f"{span.line}:{span.column}-{span.end_column} {problem.message} | {problem.expected} | {problem.hint}"
        for problem in refused(text)
        if (span := problem.span)
    ]
    assert "\n".join(line.rstrip() for line in said) == "\n".join(line.rstrip() for line in expected.split("\n"))


@pytest.mark.parametrize("text", [case[1] for case in CASES], ids=[case[0] for case in CASES])
def test_every_problem_has_its_place_and_line(text: str, refused: Refused) -> None:
    lines = text.split("\n")
    problems = refused(text)
    for problem in problems:
        assert problem.span is not None
        assert problem.span.file == "x.lfs"
        assert problem.source == lines[problem.span.line - 1]
        assert 1 <= problem.span.column < problem.span.end_column
        assert problem.severity == "error"
        assert problem.expected
    places = [(problem.span.line, problem.span.column) for problem in problems if problem.span]
    assert places == sorted(set(places))


def test_a_nul_byte_in_a_text_is_refused(refused: Refused) -> None:
    (problem,) = refused('book "1"\n# a\0b\n')
    assert problem.message == "a NUL byte"
    assert problem.span is not None
    assert (problem.span.line, problem.span.column) == (2, 4)
    assert problem.source == "# a\ufffdb"


def test_no_more_than_fifty_problems_are_looked_for(refused: Refused) -> None:
    assert len(refused("qqq\n" * 200)) == 50


GOOD = """\
# A recipe with one of everything.
book "12.3"
option init = sysv|systemd

resource zlib 1.3.1 {
    source "https://zlib.net/fossils/zlib-{{ version }}.tar.gz"
    sha256 9a93b2b7dfdac77ceba5a558a580e74667dd6fede4585b91eefb60f03b72df23
    fixup:
        rm -r contrib
}

when init=systemd {
    package a 1 from zlib "A" {
        style make
        needs build gcc >= 2.0 make  # a comment
        when init=sysv|systemd {
            env CFLAGS "-O2"
        } else {
            skip check
        }
        build: make \\
            all
        post install:
            cat > x << EOF
            a
            EOF

            f() {
                echo "${#arr[@]} }"
            }
        file /etc/x mode 0644:
            text
    }
} else {
    group g {
        members a b
    }
}
"""


def lines_named(text: str) -> list[int]:
    """The lines of the problems of a text; none where it parses."""
    try:
        parse("x.lfs", text)
    except RecipeErrors as error:
        return [problem.span.line for problem in error.problems if problem.span]
    return []


@settings(deadline=None)
@given(st.integers(0, GOOD.count("\n") - 1))
def test_a_line_that_is_lost_gives_few_problems(number: int) -> None:
    lines = GOOD.split("\n")
    del lines[number]
    assert len(lines_named("\n".join(lines))) <= 2


@settings(deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.sampled_from([*'x"{}:=#|\\\t\n >', ""]))
def test_a_character_that_is_wrong_gives_few_problems_near_it(at: int, character: str) -> None:
    found = lines_named(GOOD[:at] + character + GOOD[at + 1 :])
    assert len(found) <= 4


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.text(max_size=9)), max_size=9))
def test_no_text_is_too_broken_to_explain(changes: list[tuple[int, str]]) -> None:
    text = GOOD
    for at, new in changes:
        text = text[:at] + new + text[at + len(new) :]
    lines = text.split("\n")
    assert all(1 <= line <= len(lines) for line in lines_named(text))


@settings(deadline=None)
@given(st.lists(st.sampled_from([*'\n\n \t{}:="|#\\aé', "package ", "install:", "when ", "source ", "else"])))
def test_no_text_at_all_is_too_strange_to_explain(parts: list[str]) -> None:
    text = "".join(parts)
    assert all(1 <= line <= len(text.split("\n")) for line in lines_named(text))
