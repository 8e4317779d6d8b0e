"""Versions compare as the packages of the book are numbered, and the order is total."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.lang.versions import OPERATORS, compare, satisfies, sort_key


@pytest.mark.parametrize(
    ("older", "newer"),
    [
        ("1.9", "1.10"),
        ("2.5", "2.5.1"),
        ("2.5.1", "2.5.1a"),
        ("2.5.1a", "2.5.1b"),
        ("2.5.1a", "2.5.1.1"),
        ("2.5rc1", "2.5"),
        ("2.5-rc1", "2.5-rc2"),
        ("2.5-beta2", "2.5-rc1"),
        ("2.5alpha", "2.5beta"),
        ("2.5pre", "2.5"),
        ("2.5~git20250101", "2.5"),
        ("2.5~1", "2.5rc1"),
        ("1.0", "1.0.0"),
        ("2025a", "2025b"),
        ("9.9p1", "9.9p2"),
        ("5.4", "6.18.5"),
        ("3.4.4", "20250305"),
        ("1." + "9" * 5000, "1.1" + "0" * 5000),
        ("", "0"),
    ],
)
def test_older_and_newer(older: str, newer: str) -> None:
    assert compare(older, newer) == -1
    assert compare(newer, older) == 1


@pytest.mark.parametrize(("one", "other"), [("1.0", "1-0"), ("1.07", "1.7"), ("v2.1", "2.1"), ("2.0RC1", "2.0rc1")])
def test_the_same_in_other_writing(one: str, other: str) -> None:
    assert compare(one, other) == 0


@pytest.mark.parametrize(
    ("operator", "holds"),
    [
        (">=", [False, True, True]),
        (">", [False, False, True]),
        ("=", [False, True, False]),
        ("<", [True, False, False]),
        ("<=", [True, True, False]),
    ],
)
def test_operators(operator: str, holds: list[bool]) -> None:
    assert [satisfies(version, operator, "2.35") for version in ("2.34", "2.35", "2.36")] == holds


def test_an_operator_that_does_not_exist_is_refused() -> None:
    with pytest.raises(ValueError, match="'~' is not one of"):
        satisfies("1", "~", "1")


VERSIONS = st.text("0019abrcpdev.-_~+", max_size=12)


@given(VERSIONS, VERSIONS, VERSIONS)
def test_the_order_is_total(a: str, b: str, c: str) -> None:
    assert compare(a, a) == 0
    assert compare(a, b) == -compare(b, a)
    if compare(a, b) <= 0 and compare(b, c) <= 0:
        assert compare(a, c) <= 0
    assert [sort_key(x) for x in sorted([a, b, c], key=sort_key)] == sorted(map(sort_key, (c, a, b)))


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=4), st.lists(st.integers(0, 10**6), min_size=1, max_size=4))
def test_dotted_numbers_compare_as_their_numbers(a: list[int], b: list[int]) -> None:
    expected = (a > b) - (a < b)
    assert compare(".".join(map(str, a)), ".".join(map(str, b))) == expected


@given(VERSIONS, VERSIONS)
def test_exactly_one_of_less_equal_greater_holds(a: str, b: str) -> None:
    assert [satisfies(a, operator, b) for operator in ("<", "=", ">")].count(True) == 1
    assert satisfies(a, ">=", b) == (not satisfies(a, "<", b))
    assert satisfies(a, "<=", b) == (not satisfies(a, ">", b))
    assert set(OPERATORS) == {"<", "<=", "=", ">=", ">"}
