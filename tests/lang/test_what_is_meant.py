"""`allow` and `differs` say what is as it should be, and why: kept with their places, never without a reason."""

from pathlib import Path

import pytest

from lfsmake.lang.format import format_text
from lfsmake.lang.load import load_project
from lfsmake.model.errors import RecipeErrors
from lfsmake.model.step import Meant, Step


def step(folder: Path, text: str) -> Step:
    """A script with these statements."""
    (folder / "a.lfs").write_text(f"option full = no|yes\nscript a {{\n{text}\n    check: true\n}}\n", encoding="utf-8")
    return load_project([folder]).steps["a"]


def said(meant: tuple[Meant, ...]) -> list[tuple[str, str, int, int]]:
    return [(each.what, each.reason, each.span.line, each.span.column) for each in meant]


def test_each_word_has_its_reason_and_place(tmp_path: Path) -> None:
    text = (
        '    allow unsafe-rm because "the folder of {{ name }} is its own"\n'
        '    differs configure because "no zstd"\n    allow download because "it is a test"'
    )
    found = step(tmp_path, text)
    assert said(found.allows) == [
        ("unsafe-rm", "the folder of a is its own", 3, 11),
        ("download", "it is a test", 5, 11),
    ]
    assert said(found.differs) == [("configure", "no zstd", 4, 13)]


def test_only_where_the_option_says_so(tmp_path: Path) -> None:
    text = '    when full=yes {\n        allow x because "y"\n    } else {\n        differs x because "y"\n    }'
    found = step(tmp_path, text)
    assert (found.allows, said(found.differs)) == ((), [("x", "y", 6, 17)])


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ('    allow x because "  "', (3, 21), '"allow" wants a reason'),
        ("    allow x", (3, 12), 'the line ends after "allow x"'),
        ('    allow because "y"', (3, 19), 'unexpected "y"'),
        ('    differs "x" because "y"', (3, 13), 'unexpected "x"'),
    ],
)
def test_a_reason_is_asked_for(tmp_path: Path, text: str, place: tuple[int, int], message: str) -> None:
    with pytest.raises(RecipeErrors) as caught:
        step(tmp_path, text)
    (problem,) = caught.value.problems
    assert problem.span is not None
    assert ((problem.span.line, problem.span.column), problem.message) == (place, message)


def test_it_stands_in_packages_and_scripts_only(tmp_path: Path) -> None:
    (tmp_path / "a.lfs").write_text('style a {\n    allow x because "y"\n}\n', encoding="utf-8")
    with pytest.raises(RecipeErrors, match='"allow" does not stand in a style'):
        load_project([tmp_path])


def test_it_is_formatted_as_a_row() -> None:
    text = 'script a {\n  retry 2\n  allow   x   because   "z"\n}\n'
    assert format_text("a.lfs", text) == 'script a {\n    retry 2\n    allow x because "z"\n}\n'
