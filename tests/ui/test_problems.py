"""Problems are shown with their place, the line, a caret below the right characters, an expectation and a hint."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.model.errors import Problem, Span
from lfsmake.ui.problems import render, render_all
from lfsmake.ui.text import width


def test_a_problem_has_place_line_caret_expectation_and_hint():
    problem = Problem(
        'unknown word "sorce"',
        Span("/p/recipes/a.lfs", 3, 5, 3, 10),
        "a statement such as source, needs, build",
        'did you mean "source"?',
        '    sorce "https://example.org/a.tar.gz"',
    )
    assert render(problem, folder="/p") == (
        'recipes/a.lfs:3:5: error: unknown word "sorce"\n'
        '      sorce "https://example.org/a.tar.gz"\n'
        "      ^^^^^\n"
        "expected: a statement such as source, needs, build\n"
        'hint: did you mean "source"?'
    )


def test_a_problem_without_a_place_starts_with_the_program():
    assert render(Problem('no target "x"', hint="look")) == 'lfsmake: error: no target "x"\nhint: look'


def test_a_file_outside_the_folder_keeps_its_whole_path():
    problem = Problem("m", Span("/other/a.lfs", 1, 1), severity="warning")
    assert render(problem, folder="/p") == "/other/a.lfs:1:1: warning: m"


def test_a_neighbour_folder_with_a_longer_name_is_not_below():
    assert render(Problem("m", Span("/p2/a.lfs", 1, 1)), folder="/p") == "/p2/a.lfs:1:1: error: m"


def test_the_caret_stands_below_what_follows_tabs():
    problem = Problem("m", Span("a", 1, 4, 1, 6), source="\tx\tyz")
    assert render(problem) == "a:1:4: error: m\n      x   yz\n          ^^"


def test_the_caret_stands_below_what_follows_wide_and_combining_characters():
    problem = Problem("m", Span("a", 1, 6, 1, 7), source="日本e\u0301 x")
    assert render(problem).split("\n")[1:] == ["  日本e\u0301 x", "        ^"]


def test_control_characters_are_shown_not_obeyed():
    problem = Problem("odd \x1b[31m name\x07", Span("a\x1b]0;t\x07", 1, 5, 1, 6), source="ab\x1bcd")
    assert render(problem) == (
        "a\\x1b]0;t\\x07:1:5: error: odd  name\\x07\n  ab\\x1bcd\n         ^"
    )


def test_text_that_would_turn_the_direction_is_shown():
    assert render(Problem("a\u202eb")) == "lfsmake: error: a\\u202eb"


def test_a_long_line_is_a_window_around_its_caret():
    source = "x" * 500 + "HERE" + "y" * 500
    shown = render(Problem("m", Span("a", 1, 501, 1, 505), source=source), columns_wide=60).split("\n")
    assert len(shown[1]) <= 60
    assert shown[1].startswith("  …x")
    assert shown[1].endswith("y…")
    at = shown[2].index("^")
    assert shown[1][at : at + 4] == "HERE"
    assert shown[2] == " " * at + "^^^^"


def test_a_line_of_ten_megabytes_is_shown_at_once():
    source = "x" * 10_000_000
    shown = render(Problem("m", Span("a", 1, 5_000_000, 1, 5_000_001), source=source))
    assert all(len(line) <= 100 for line in shown.split("\n"))


def test_a_caret_past_the_end_of_the_line_points_behind_it():
    assert render(Problem("m", Span("a", 1, 4), source="abc")) == "a:1:4: error: m\n  abc\n     ^"


def test_a_span_of_several_lines_is_marked_to_the_end_of_its_first():
    assert render(Problem("m", Span("a", 1, 3, 4, 2), source="ab{ cd")).split("\n")[2] == "    ^^^^"


def test_further_lines_of_a_message_are_indented():
    assert render(Problem("two\ncycles", hint="one\nother")) == (
        "lfsmake: error: two\n  cycles\nhint: one\n  other"
    )


def test_colors_mark_place_severity_and_caret():
    assert render(Problem("m", Span("a", 1, 1), source="x"), True) == (
        "\x1b[1ma:1:1:\x1b[0m \x1b[1;31merror:\x1b[0m m\n  x\n  \x1b[1;31m^\x1b[0m"
    )


def test_several_problems_end_with_their_number():
    problems = [Problem("one"), Problem("two", severity="warning"), Problem("three")]
    assert render_all(problems) == (
        "lfsmake: error: one\n\nlfsmake: warning: two\n\nlfsmake: error: three\n\nlfsmake: 2 errors"
    )


def test_one_problem_is_not_counted():
    assert render_all([Problem("one")]) == "lfsmake: error: one"


@given(
    st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), min_size=1, max_size=300),
    st.data(),
)
def test_the_caret_is_always_below_the_characters_it_means(source, data):
    first = data.draw(st.integers(0, len(source) - 1))
    last = data.draw(st.integers(first + 1, len(source)))
    span = Span("a", 1, first + 1, 1, last + 1)
    lines = render(Problem("m", span, source=source), columns_wide=60).split("\n")
    assert len(lines) == 3
    assert width(lines[1]) <= 60
    assert width(lines[2]) <= 60 + 1  # a caret stands one behind the last column at most
    assert "\x1b" not in lines[1]
    assert set(lines[2]) <= {" ", "^"}
    assert "^" in lines[2]
    whole = render(Problem("m", Span("a", 1, 1, 1, 2), source=source[: first + 1]), columns_wide=10**6).split("\n")[1]
    if "…" not in lines[1]:
        assert lines[2].index("^") <= width(whole)


@pytest.mark.parametrize("columns_wide", [40, 60, 100])
def test_the_window_never_exceeds_the_terminal(columns_wide):
    source = "日本" * 200
    for column in (1, 50, 200, 400):
        shown = render(Problem("m", Span("a", 1, column, 1, column + 3), source=source), columns_wide=columns_wide)
        assert all(width(line) <= columns_wide for line in shown.split("\n"))
