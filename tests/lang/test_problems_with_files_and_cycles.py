"""What can be wrong between recipes: files that cannot be read or included, cycles, books that differ."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lfsmake.lang.load import load_project
from lfsmake.model.errors import RecipeErrors
from tests.lang.texts import script

Wrong = Callable[..., list[tuple[str, str, str, str]]]
FACTS = "LFS, LFS_TGT, arch, book, name, origin, tests or version"


def test_a_cycle_of_needs_and_order_is_named_whole(problems: Wrong) -> None:
    text = script("needs build b", "a") + script("needs run c", "b") + script("before b\n    needs build a", "c")
    # c waits for a, a for b, b for c; that c comes before b says nothing new.
    assert problems(text) == [
        (
            "main.lfs:2:17",
            "steps need each other: a → b → c → a",
            "needs without a cycle",
            "a needs b at main.lfs:2:17; b needs c at main.lfs:5:15; c needs a at main.lfs:9:17",
        )
    ]
    assert problems(script("before b", "a") + script("before a", "b")) == [
        (
            "main.lfs:5:12",
            "steps need each other: a → b → a",
            "needs without a cycle",
            "a comes after b at main.lfs:5:12; b comes after a at main.lfs:2:12",
        )
    ]


def test_a_cycle_through_tests_counts_where_they_run(problems: Wrong, load: Callable[..., object]) -> None:
    text = script("needs test b\n    check: true", "a") + script("needs build a", "b")
    load(text)
    assert [message for _, message, _, _ in problems(text, options={"tests": "all"})] == [
        "steps need each other: a → b → a"
    ]


def test_two_cycles_are_two_problems(problems: Wrong) -> None:
    text = "".join(
        script(f"needs build {need}", name) for name, need in (("a", "b"), ("b", "a"), ("c", "d"), ("d", "c"))
    )
    assert [message for _, message, _, _ in problems(text)] == [
        "steps need each other: a → b → a",
        "steps need each other: c → d → c",
    ]


def test_cycles_of_styles_groups_and_includes(problems: Wrong) -> None:
    files = {
        "a.lfs": 'include "b.lfs"\nstyle s inherits t {\n}\nstyle t inherits s {\n}\n',
        "b.lfs": 'include "a.lfs"\ngroup g {\n    members h\n}\ngroup h {\n    members g\n}\n',
    }
    assert problems(files) == [
        (
            "a.lfs:1:9",
            "files include each other: a.lfs → b.lfs → a.lfs",
            "",
            "b.lfs is included at a.lfs:1:9; a.lfs is included at b.lfs:1:9",
        ),
        (
            "a.lfs:2:18",
            "styles inherit from each other: s → t → s",
            "",
            "s inherits t at a.lfs:2:18; t inherits s at a.lfs:4:18",
        ),
        (
            "b.lfs:3:13",
            "groups are members of each other: g → h → g",
            "",
            "h is a member at b.lfs:3:13; g is a member at b.lfs:6:13",
        ),
    ]


@pytest.mark.parametrize(
    ("path", "message", "expected", "hint"),
    [
        ("../x.lfs", '"../x.lfs" leaves the folder of the recipes', "", "include files below that folder"),
        ("/etc/x.lfs", "an include is a path below the recipes", "", "write it relative to this file"),
        ("mian.lfs", 'there is no file "mian.lfs"', "a recipe file", 'did you mean "main.lfs"?'),
    ],
)
def test_an_include_that_cannot_be(problems: Wrong, path: str, message: str, expected: str, hint: str) -> None:
    # What is missing may declare the need: that it is unknown is not said.
    text = f'include "{path}"\n' + script("needs build elsewhere")
    assert problems(text) == [("main.lfs:1:9", message, expected, hint)]


def test_books_that_differ(problems: Wrong) -> None:
    assert problems('book "12.3"\nbook "12.4"\nbook "12.3"\n') == [
        ("main.lfs:2:6", 'book "12.4" after book "12.3"', "", "the first is at main.lfs:1:6")
    ]


def test_a_broken_file_does_not_hide_what_is_wrong_in_others(problems: Wrong) -> None:
    files = {
        "a.lfs": "script a {\n    bulid: x\n}\n",
        "b.lfs": 'script b {\n    needs build a elsewhere\n    env X "{{ nmae }}"\n    jobs 0\n}\n',
    }
    found = problems(files)
    assert found[0][:2] == ("a.lfs:2:5", 'unknown word "bulid"')
    assert found[1:] == [
        ("b.lfs:3:11", 'undefined variable "nmae"', FACTS, 'did you mean "name"?'),
        ("b.lfs:4:10", 'jobs cannot be "0"', "a whole number above 0", ""),
    ]


def test_recipes_that_are_not_there(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(RecipeErrors) as caught:
        load_project([tmp_path / "empty", tmp_path / "emptx"])
    assert [(problem.message, problem.expected, problem.hint) for problem in caught.value.problems] == [
        (f"no recipe in {tmp_path}/empty", "files called *.lfs", ""),
        (f"no such recipe: {tmp_path}/emptx", "a recipe file or a folder of them", 'did you mean "empty"?'),
    ]


def test_every_problem_shows_its_line(load: Callable[..., object]) -> None:
    with pytest.raises(RecipeErrors) as caught:
        load(script("jobs 0  # none"))
    assert [problem.source for problem in caught.value.problems] == ["    jobs 0  # none"]


def test_declarations_nested_without_end(problems: Wrong) -> None:
    text = "when tests=all {\n" * 3000 + "}\n" * 3000
    assert problems(text) == [
        ("", "the declarations are nested too deeply to be read", "", "use fewer `when`s inside each other")
    ]
