"""`fails` names tests that are known to fail: rendered, each once, with its reason; what names nothing is refused."""

import json
import re
from pathlib import Path

import msgspec
import pytest

from lfsmake.lang.load import load_project
from lfsmake.model.errors import RecipeErrors
from lfsmake.model.step import KnownFailure


def fails(folder: Path, text: str) -> tuple[KnownFailure, ...]:
    """The known failures of a script with these statements."""
    (folder / "a.lfs").write_text(f"script a {{\n{text}\n    check: make check\n}}\n", encoding="utf-8")
    return load_project([folder]).steps["a"].fails


def wrong(folder: Path, text: str) -> list[tuple[str, str, str]]:
    """(place, message, expectation and hint) of everything wrong with such a script."""
    with pytest.raises(RecipeErrors) as caught:
        fails(folder, text)
    return [
        (f"{p.span.line}:{p.span.column}", p.message, f"{p.expected}; {p.hint}") if p.span else ("", p.message, "")
        for p in caught.value.problems
    ]


def test_names_and_reasons_in_the_order_written(tmp_path: Path) -> None:
    assert fails(
        tmp_path,
        '    fails "io/tst-b" "io/{{ name }}-*" because "slow on {{ name }}"\n'
        '    fails "gcc.dg/x.c   -O2"\n    fails "io/tst-b"',
    ) == (
        KnownFailure("io/tst-b", "slow on a"),
        KnownFailure("io/a-*", "slow on a"),
        KnownFailure("gcc.dg/x.c -O2"),
    )


def test_none_without_the_statement(tmp_path: Path) -> None:
    assert fails(tmp_path, "    tests critical") == ()


def test_only_where_the_option_says_so(tmp_path: Path) -> None:
    assert fails(tmp_path, '    when tests=all {\n        fails "a"\n    } else {\n        fails "b"\n    }') == (
        KnownFailure("b"),
    )


def test_a_name_that_is_empty_or_stands_for_all_is_refused(tmp_path: Path) -> None:
    assert wrong(tmp_path, '    fails " " "x"\n    fails "**"') == [
        (
            "2:11",
            "a test that is known to fail needs a name",
            'the name of a test, such as "tests/io" or "io-*"; to leave all tests out: skip check',
        ),
        (
            "3:11",
            '"**" stands for every test',
            'the name of a test, such as "tests/io" or "io-*"; to leave all tests out: skip check',
        ),
    ]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            "    fails io",
            ("2:11", 'unexpected "io"', 'a quoted string; write it in quotes: "io"'),
        ),
        (
            '    fails "io" becuase "x"',
            (
                "2:16",
                'unexpected "becuase"',
                'a quoted string, "because" or the end of the line; did you mean "because"?',
            ),
        ),
        (
            '    fails because "x"',
            (
                "2:11",
                'unexpected "because"',
                'a quoted string; write it in quotes: "because"',
            ),
        ),
        (
            '    fails "io" because',
            (
                "2:23",
                'the line ends after "io" because',
                'a quoted string; write: fails "TEST"… [because "text"]',
            ),
        ),
    ],
)
def test_what_is_written_otherwise_is_explained(tmp_path: Path, text: str, said: tuple[str, str, str]) -> None:
    assert wrong(tmp_path, text) == [said]


def test_it_does_not_stand_in_a_style(tmp_path: Path) -> None:
    (tmp_path / "a.lfs").write_text('style a {\n    fails "x"\n}\n', encoding="utf-8")
    with pytest.raises(RecipeErrors, match=re.escape('"fails" does not stand in a style')):
        load_project([tmp_path])


def test_it_is_a_part_of_the_resolved_step(tmp_path: Path) -> None:
    fails(tmp_path, '    fails "x" because "y"')
    step = json.loads(msgspec.json.encode(load_project([tmp_path]).steps["a"]))
    assert step["fails"] == [{"test": "x", "reason": "y"}]
