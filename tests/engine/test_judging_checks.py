"""When a check that failed has passed all the same: only if nothing but tests that may fail made it fail."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lfsmake.engine.checks import command_at, judge_check
from lfsmake.engine.testlogs.read import TestReport as Report
from lfsmake.engine.testlogs.verdict import compare, excuses
from lfsmake.model import events
from lfsmake.model.errors import Span
from lfsmake.model.events import Failure
from lfsmake.model.step import Body, KnownFailure, Phase, Step

RECIPE = Span("demo.lfs", 10, 9)
RESULTS = "FAIL: tests/b\nFAIL: tests/c\n" + "=" * 30 + "\n2 of 4 tests failed\n" + "=" * 30 + "\n"
MAKE = "make: *** [Makefile:2: check] Error 1\n"


def step(*known: str) -> Step:
    fails = tuple(KnownFailure(test) for test in known)
    body = Body("make check", RECIPE)
    return Step(
        "demo", "package", "1", "", "host", "root", "", (Phase("check", (body,)),), RECIPE, check=True, fails=fails
    )


def failed(command: str = "make check", line: int = 10, **changes: object) -> Failure:
    fields: dict[str, object] = {
        "failure_class": "test", "step": "demo", "phase": "check", "message": "exit status 2", "command": command,
        "file": "demo.lfs", "line": line, "status": 2,
    }  # fmt: skip
    return Failure(**{**fields, **changes})  # type: ignore[arg-type]


@pytest.fixture
def judged(tmp_path: Path) -> Callable[..., Failure | None]:
    """What becomes of a failure of a check with these known failures and this log."""

    def judge(known: tuple[str, ...], log: str, failure: Failure | None, body: str = "make check") -> Failure | None:
        path = tmp_path / "demo.log"
        path.write_text("FAIL: of the build\n" + log, encoding="utf-8")
        bodies = (Body(body, RECIPE),)
        outcome = judge_check(step(*known), bodies, failure, log=str(path), start=19, work="/kept")
        judge.events = outcome.events  # type: ignore[attr-defined]
        return outcome.failure

    return judge


def test_expected_failures_alone_are_no_failure(judged) -> None:
    assert judged(("tests/*",), RESULTS + MAKE, failed()) is None
    (event,) = judged.events
    assert isinstance(event, events.TestsDone)
    assert (event.total, event.expected, event.failed) == (4, ("tests/b", "tests/c"), ())


@pytest.mark.parametrize(
    ("known", "log", "message"),
    [
        ((), RESULTS + MAKE, "2 of 4 tests failed: tests/b, tests/c"),
        (("tests/b",), RESULTS + MAKE, "1 test failed that is not expected to: tests/c"),
        (("x",), RESULTS + MAKE, "2 tests failed that are not expected to: tests/b, tests/c"),
        (("tests/*",), RESULTS.replace("2 of 4", "5 of 9") + MAKE, "3 tests failed that are not expected to"),
        (
            ("tests/b",),
            RESULTS.replace("2 of", "3 of") + MAKE,
            "2 tests failed that are not expected to: tests/c and 1 more",
        ),
        (
            ("x",),
            "".join(f"FAIL: t{number}\n" for number in range(9)) + "9 of 9 tests failed\n" + MAKE,
            "9 tests failed that are not expected to: t0, t1, t2, t3, t4 and 4 more",
        ),
    ],
)
def test_regressions_are_named(judged, known: tuple[str, ...], log: str, message: str) -> None:
    found = judged(known, log, failed())
    assert found is not None
    assert (found.message, found.cause) == (message, "regression" if known else "test-failed")


@pytest.mark.parametrize(
    ("log", "failure", "body", "why"),
    [
        (RESULTS + "FAIL: tests/b\n" + MAKE, failed(), "make check", "a test suite did not come to its end"),
        (
            RESULTS + MAKE + "make: *** [Makefile:2: a.o] Error 1\n", failed(), "make check",
            "make stopped at a.o, which is no test",
        ),
        (RESULTS, failed(), "make check", "make failed without saying at what"),
        (RESULTS, failed("diff a b"), "diff a b", "the command that failed does not run tests"),
        (RESULTS, failed("test -f x"), "test -f x", "the command that failed does not run tests"),
        (RESULTS + MAKE, failed(), "make check\necho more", "what stands behind that command did not run"),
        (RESULTS + MAKE, failed(), "make check; echo more", "what stands behind that command did not run"),
        (RESULTS + MAKE, failed(line=99), "make check", "what stands behind that command did not run"),
    ],
)  # fmt: skip
def test_what_else_may_have_gone_wrong_is_not_excused(judged, log: str, failure: Failure, body: str, why: str) -> None:
    found = judged(("tests/*",), log, failure, body)
    assert found is not None
    assert found.message == f"exit status 2, and not only by tests that are expected to fail: {why}"


@pytest.mark.parametrize("failure_class", ["environment", "timeout"])
def test_a_failure_of_another_kind_stays_one(judged, failure_class: str) -> None:
    failure = failed(failure_class=failure_class)
    assert judged(("tests/*",), RESULTS + MAKE, failure) == failure
    assert len(judged.events) == 1


def test_a_failure_without_results_stays_as_it_is(judged) -> None:
    assert judged(("tests/*",), MAKE, failed()) == failed()
    assert judged.events == ()


@pytest.mark.parametrize(
    ("text", "line", "command", "said", "last"),
    [
        ("make check", 10, "make check", "make check", True),
        ("make check # the last\n\n  # no more", 10, "make check", "make check", True),
        ("true\nmake -k   check", 11, "make -k check", "make -k check", True),
        ("make check\nmake more", 10, "make check", "make check", False),
        ("make check; make more", 10, "make check", "make check", False),
        ("cd a; make check", 10, "make check", "make check", True),
        ("(\n cd a; make check\n)", 11, "make check", "make check", True),
        ("if x; then make check; fi", 10, "make check", "make check", True),
        ("for i in 1 2; do\n  make \\\n    check\ndone", 11, "make check", "make check", True),
        ("make check 2>&1 | tee log", 10, "… | tee log", "make check 2>&1 | tee log", True),
        ("make check 2>&1 | tee log; x", 10, "… | tee log", "make check 2>&1 | tee log; x", False),
        ("make check", 10, "", "", False),  # the shell ended by itself
    ],
)
def test_whether_a_command_is_the_last(text: str, line: int, command: str, said: str, last: bool) -> None:
    bodies = (Body("first", Span("demo.lfs", 3, 1)), Body(text, RECIPE))
    assert command_at(bodies, failed(command, line)) == (said, last)


def test_a_star_stands_for_anything_and_nothing_else_is_special() -> None:
    report = Report("automake", 0, 0, 4, ("a/b", "a[1]", "a1", "x+y"), complete=True)
    known = [KnownFailure("a*b*"), KnownFailure("a[1]"), KnownFailure("x+y"), KnownFailure("gone*")]
    compared = compare(report, known)
    assert (compared.regressions, compared.expected, compared.vanished) == (("a1",), ("a/b", "a[1]", "x+y"), ("gone*",))


def test_nothing_has_vanished_from_a_suite_that_was_cut_off() -> None:
    report = Report("automake", 0, 0, 1, ("a",), complete=False)
    assert compare(report, [KnownFailure("a"), KnownFailure("b")]).vanished == ()


def test_names_that_fail_twice_count_as_often_and_are_named_once() -> None:
    report = Report("automake", 0, 0, 2, ("a", "a"), complete=True, stopped=True)
    compared = compare(report, [KnownFailure("a")])
    assert (compared.expected, compared.nameless) == (("a",), 0)
    assert excuses(report, compared, "make check") == ""
