"""The chains of `&&` whose failure bash keeps to itself are found in a script, and no other statement is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.engine.chains import chains


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("a && b\nc\n", ((1, 1),)),
        ("a \\\n&& b \\\n  && c\nunset x\n", ((1, 3),)),
        ("if a; then b && c; fi\nd\n", ((1, 1),)),
        ("if a; then b && c; else z; fi\nd\n", ((1, 1),)),
        ("f() { a && b; c; }\nf\n", ((1, 1),)),
        ("while a && b; do c && d; done\ne\n", ((1, 1),)),
        ("for i in 1; do c && d\n e\n done\n", ((1, 1),)),
        ("(a && b; d)\nc\n", ((1, 1),)),
        ("case x in y) a && b;; z) c;; esac\nd\n", ((1, 1),)),
        ("a && for i in 1; do x; done && case z in y) q ;; esac && m\nd # c\n", ((1, 1),)),
        ("a && { b || c; } && d\ne\n", ((1, 1),)),
        ("a && b > f\nc\n", ((1, 1),)),
        ("a && b | c\nd\n", ((1, 1),)),
    ],
)
def test_what_follows_such_a_chain_runs_though_it_failed(script: str, found: tuple[tuple[int, int], ...]) -> None:
    assert chains(script.encode()) == found


@pytest.mark.parametrize(
    "script",
    [
        "a && b\n",  # the script's own status
        "a && b\n# the end\n",
        "a && b || c\nd\n",
        "if a && b; then c; fi\nd\n",
        "while a && b; do c; done\nd\n",
        "f() { a && b; }\nf\n",  # the function's status, which its caller sees
        "(a && b)\nc\n",
        "x=$(a && b)\nc\n",
        "a && b &\nc\n",
        "! (a && b)\nc\n",
        "cat <<E\na && b\nE\nc\n",
        "echo 'a && b'\nc\n",
    ],
)
def test_where_somebody_looks_at_the_status_is_no_such_chain(script: str) -> None:
    assert chains(script.encode()) == ()


@given(st.binary(max_size=200).map(lambda data: data + b" && " + data))
def test_any_bytes_can_be_looked_at(script: bytes) -> None:
    assert all(first <= last for first, last in chains(script))
