"""A check's output is read as tests: told as an event, compared with what the recipe expects, named when it fails."""

import json
from typing import Any

import pytest

AUTOMAKE = """\
PASS: tests/a
FAIL: tests/b
FAIL: tests/c
SKIP: tests/d
============================================================================
Testsuite summary for demo 1.0
============================================================================
# TOTAL: 4
# PASS:  1
# SKIP:  1
# XFAIL: 0
# FAIL:  2
# XPASS: 0
# ERROR: 0
============================================================================
"""


@pytest.fixture
def checked(project):
    """Runs a package whose sources have a Makefile with these lines below `check:`; gives the finished process."""

    def run(check: str, *, fails: str = "", makefile: str = "", code: int = 0) -> Any:
        rules = makefile or "check:\n\tcat results; exit 1\n"
        project.tarball("demo-1.0", {"Makefile": rules, "results": AUTOMAKE})
        project.recipe(
            'package demo 1.0 {\n    source "demo-1.0.tar.gz"\n    context host\n    tests critical\n'
            f"    {fails}\n    install: touch $LFS/demo\n    check:\n{check}\n}}\n"
        )
        return project.run("demo", code=code)

    return run


def results_of(project) -> dict[str, Any]:
    (event,) = (event for event in project.events() if event["event"] == "tests-done")
    return {key: value for key, value in event.items() if key not in ("at", "event")}


def failure(project) -> dict[str, Any]:
    (event,) = (event for event in project.events() if event["event"] == "step-failed")
    return event["failure"]


def test_results_are_told_and_failures_named(project, checked) -> None:
    checked("        make check", code=1)
    assert results_of(project) == {
        "step": "demo",
        "style": "automake",
        "total": 4,
        "passed": 1,
        "skipped": 1,
        "failed": ["tests/b", "tests/c"],
        "expected": [],
        "vanished": [],
        "failures": 2,
    }
    failed = failure(project)
    assert (failed["failure_class"], failed["message"], failed["line"]) == (
        "test",
        "2 of 4 tests failed: tests/b, tests/c",
        8,
    )
    assert failed["hint"] == 'if they are known to fail, say so in the recipe: fails "tests/b" "tests/c"'


def test_a_check_that_fails_only_as_expected_has_passed(project, checked) -> None:
    checked("        make -k check", fails='fails "tests/b" "tests/[c]" "*/c" because "it is known"')
    done = results_of(project)
    assert (done["failed"], done["expected"], done["vanished"]) == ([], ["tests/b", "tests/c"], ["tests/[c]"])
    assert project.outcomes() == {"demo": "built"}
    assert "up to date" in project.run("demo").stdout


def test_a_regression_is_named_among_expected_failures(project, checked) -> None:
    checked("        make check", fails='fails "tests/b" "tests/z"', code=1)
    done = results_of(project)
    assert (done["failed"], done["expected"], done["vanished"]) == (["tests/c"], ["tests/b"], ["tests/z"])
    assert failure(project)["message"] == "1 test failed that is not expected to: tests/c"
    assert failure(project)["cause"] == "regression"


def test_a_regression_counts_though_the_shell_hides_it(project, checked) -> None:
    checked("        make check || true", fails='fails "tests/b"', code=1)
    assert failure(project)["message"] == "1 test failed that is not expected to: tests/c"
    assert failure(project)["work"]


def test_without_expectations_the_commands_decide(project, checked) -> None:
    checked("        make check || true")
    assert results_of(project)["failed"] == ["tests/b", "tests/c"]
    assert project.outcomes() == {"demo": "built"}


def test_what_else_went_wrong_is_not_excused(project, checked) -> None:
    rules = "check: one.o results-only\none.o:\n\tfalse\nresults-only:\n\tcat results; false\n"
    checked("        make -k check", fails='fails "tests/b" "tests/c"', makefile=rules, code=1)
    assert failure(project)["message"] == (
        "exit status 2, and not only by tests that are expected to fail: make stopped at one.o, which is no test"
    )


def test_the_last_command_may_be_a_pipe_within_an_if(project, checked) -> None:
    check = "if true; then\n            make \\\n              check 2>&1 | tee check.log\n        fi\n        # end"
    checked(f"        {check}", fails='fails "tests/b" "tests/c"')
    assert project.outcomes() == {"demo": "built"}


def test_without_results_a_check_is_what_its_commands_say(project, checked) -> None:
    checked("        make check", makefile="check:\n\techo fine\n", fails='fails "tests/b"')
    events = project.events()
    assert [event["text"] for event in events if event["event"] == "note"] == [
        "no results of tests were found in what its check printed: `fails` says nothing about it"
    ]
    assert not any(event["event"] == "tests-done" for event in events)
    checked("        make check", makefile="check:\n\techo bad; exit 1\n", code=1)
    assert failure(project)["message"] == "exit status 2"


def test_what_the_build_prints_is_no_result(project) -> None:
    project.recipe(
        "script s {\n    context host\n    tests critical\n"
        "    build: printf 'FAIL: x\\n1 of 3 tests failed\\n'\n    install: touch $LFS/s\n    check: true\n}\n"
    )
    project.run("s")
    assert not any(event["event"] == "tests-done" for event in project.events())


def test_another_expectation_runs_the_check_again_and_keeps_the_key(project, checked) -> None:
    checked("        make check", fails='fails "tests/b" "tests/c"')
    before = project.plan("demo")["demo"]
    assert before["state"] == "up-to-date"
    project.recipe((project.recipes / "main.lfs").read_text(encoding="utf-8").replace('"tests/c"', '"tests/*"'))
    after = project.plan("demo")["demo"]
    assert (after["key"], after["state"], json.dumps(after["reasons"])) == (
        before["key"],
        "build",
        '[{"kind": "check-not-run", "text": "its check changed"}]',
    )
