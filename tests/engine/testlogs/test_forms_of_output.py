"""Forms of output whose suites are too large to be run here, as their makers write them; and several in one log."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.engine.testlogs import lines
from lfsmake.engine.testlogs.lines import telling_lines
from lfsmake.engine.testlogs.read import TestReport as Report
from lfsmake.engine.testlogs.read import report
from lfsmake.engine.testlogs.verdict import compare, message

BOX = "=" * 76


def read(text: str | bytes) -> Report | None:
    return report(telling_lines(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def counts(text: str | bytes) -> tuple[str, int, int, int, tuple[str, ...], bool] | None:
    """Style, passed, skipped, failures, names, complete."""
    found = read(text)
    if found is None:
        return None
    return found.style, found.passed, found.skipped, found.failures, found.failed, found.complete


def automake(passed: int, failed: int, name: str = "") -> str:
    results = "".join(f"FAIL: {name}{number}\n" for number in range(failed))
    return (
        f"{results}{BOX}\nTestsuite summary for demo 1.0\n{BOX}\n# TOTAL: {passed + failed}\n# PASS:  {passed}\n"
        f"# SKIP:  0\n# XFAIL: 0\n# FAIL:  {failed}\n# XPASS: 0\n# ERROR: 0\n{BOX}\n"
    )


GCC = """\
Test run by tester on Sun Nov 22 17:15:05 2026
Native configuration is x86_64-pc-linux-gnu

\t\t=== gcc tests ===

Schedule of variations:
    unix

Running target unix
FAIL: gcc.dg/a.c   -O2  (test for excess errors)
UNRESOLVED: gcc.dg/a.c   -O2  compilation failed to produce executable

\t\t=== gcc Summary ===

# of expected passes\t\t1200
# of unexpected failures\t1
# of expected failures\t\t3
# of unresolved testcases\t1
# of unsupported tests\t\t20
/build/gcc/xgcc  version 14.2.0 (GCC)

"""
GCC_FAILED = ("gcc.dg/a.c -O2 (test for excess errors)", "gcc.dg/a.c -O2 compilation failed to produce executable")
SUMMARY = """\
cat <<'EOF' |
Native configuration is x86_64-pc-linux-gnu

\t\t=== gcc tests ===


Running target unix
FAIL: gcc.dg/a.c   -O2  (test for excess errors)

\t\t=== gcc Summary ===

# of expected passes\t\t1200
# of unexpected failures\t1

Compiler version: 14.2.0 (GCC)
EOF
Mail -s "Results for 14.2.0 (GCC) testsuite on x86_64-pc-linux-gnu" gcc-testresults@gcc.gnu.org &&
true
"""


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        # automake's serial harness
        (
            f"PASS: a\nFAIL: b\nSKIP: c\n{'=' * 26}\n1 of 2 tests failed\n(1 test was not run)\n"
            f"Please report to bug@example.org\n{'=' * 26}\n",
            ("automake", 1, 1, 1, ("b",), True),
        ),
        (
            f"XFAIL: a\nPASS: b\n{'=' * 51}\nAll 2 tests behaved as expected (1 expected failure)\n{'=' * 51}\n",
            ("automake", 2, 0, 0, (), True),
        ),
        (f"PASS: a\n{'=' * 20}\n1 test passed\n{'=' * 20}\n", ("automake", 1, 0, 0, (), True)),
        # gcc: parallel runs of one tool, then contrib/test_summary, whole or as the book cuts it
        (GCC, ("dejagnu", 1203, 20, 2, GCC_FAILED, True)),
        (GCC + GCC + SUMMARY, ("dejagnu", 2406, 40, 4, GCC_FAILED * 2, True)),
        (
            GCC + "\t\t=== gcc Summary ===\n\n# of expected passes\t\t1200\n# of unexpected failures\t1\n--\n",
            ("dejagnu", 1203, 20, 2, GCC_FAILED, True),
        ),
        (SUMMARY, ("dejagnu", 1200, 0, 1, GCC_FAILED[:1], True)),
        # glibc: each failure is told twice
        (
            "FAIL: io/tst-a\noriginal exit status 1\nXPASS: io/tst-b\nUNSUPPORTED: io/tst-c\n"
            "FAIL: io/tst-a\nXPASS: io/tst-b\nUNSUPPORTED: io/tst-c\nSummary of test results:\n"
            "      1 FAIL\n   4932 PASS\n      1 UNSUPPORTED\n     17 XFAIL\n      1 XPASS\n",
            ("glibc", 4949, 1, 2, ("io/tst-a", "io/tst-b"), True),
        ),
        # autotest
        (
            "  1: tar version                                     ok\n"
            " 12: decompressing from stdin                        FAILED (compress.at:28)\n"
            " 13: a: b                                            skipped (x.at:1)\n"
            " 14: known                                           expected failure (y.at:2)\n\n"
            "## ------------- ##\n## Test results. ##\n## ------------- ##\n\n"
            "ERROR: 3 tests were run,\n2 failed (1 expected failure).\n1 test was skipped.\n",
            ("autotest", 2, 1, 1, ("decompressing from stdin",), True),
        ),
        ("## Test results. ##\n\nAll 30 tests were successful.\n", ("autotest", 30, 0, 0, (), True)),
        (
            "## Test results. ##\n\n140 tests behaved as expected.\n6 tests were skipped.\n",
            ("autotest", 140, 6, 0, (), True),
        ),
        # Python's and Perl's own
        (
            "== Tests result: FAILURE ==\n\n2 tests failed:\n    test_a test_b\n    test_c\n\n10 tests skipped:\n"
            "    test_x test_y\n\n400 tests OK.\n\nTotal duration: 5 min\n"
            "Total test files: run=413 failed=3 skipped=10\n",
            ("python", 400, 10, 3, ("test_a", "test_b", "test_c"), True),
        ),
        (
            "Failed 2 tests out of 2500, 99.92% okay.\n\tlib/foo.t\n\t../dist/x/t/y.t\n"
            "### Since not all tests were successful, you may want to run some of\n"
            "u=1.20  s=0.80  cu=300.00  cs=40.00  scripts=2500  tests=1200000\n",
            ("perl", 2498, 0, 2, ("lib/foo.t", "../dist/x/t/y.t"), True),
        ),
        (
            "All tests successful.\nu=1.20  s=0.80  cu=3.00  cs=4.00  scripts=2500  tests=9\n",
            ("perl", 2500, 0, 0, (), True),
        ),
        # makefiles' own
        (
            "348 tests succeeded\t2 tests failed\nTests failed: f_a m_b \n",
            ("e2fsprogs", 348, 0, 2, ("f_a", "m_b"), True),
        ),
        ("FAIL: one\n3 of 30 tests failed\n", ("counted", 27, 0, 3, ("one",), True)),
        ("All 7 tests passed\n", ("counted", 7, 0, 0, (), True)),
        ("PASS: a\nFAIL: b\n", ("plain", 1, 0, 1, ("b",), False)),
        # TAP
        ("1..3\nok 1 - a\nnot ok 2 - b # TODO later\nok 3 # skip no\n", ("tap", 2, 1, 0, (), True)),
        ("ok\nnot ok - b\n1..2\n", ("tap", 1, 0, 1, ("b",), True)),
        ("1..0 # SKIP no network\n", ("tap", 0, 1, 0, (), True)),
        ("1..2\nok 1\nBail out!\n", ("tap", 1, 0, 1, (), False)),
        # nothing
        ("", None),
        ("checking for gcc... yes\nmake: Nothing to be done for 'check'.\nok\nRan out of words\n", None),
    ],
)
def test_what_a_suite_says(text: str, expected: object) -> None:
    assert counts(text) == expected


def test_summaries_of_a_recursive_make_add_up() -> None:
    text = automake(5, 1, "lib/") + "Making check in src\n" + automake(7, 2, "src/") + GCC
    assert counts(text) == ("dejagnu", 1215, 20, 5, ("lib/0", "src/0", "src/1", *GCC_FAILED), True)


def test_a_suite_that_was_cut_off_is_not_complete() -> None:
    assert counts(automake(5, 1) + "PASS: x\nFAIL: y\n") == ("automake", 6, 0, 2, ("0", "y"), False)


@pytest.mark.parametrize(
    ("make", "strays"),
    [
        ("make[2]: *** [Makefile:9: test-suite.log] Error 1\nmake[1]: *** [Makefile:8: check-am] Error 2\n", ()),
        ("make[1]: *** [Makefile:7: tests] Error 1\nmake: *** [Makefile:3: check] Error 2\n", ()),
        ("make: *** [Makefile:3: tests/0.log] Error 2\n", ()),  # the name of a test that failed
        ("make[1]: *** [Makefile:7: foo.o] Error 1\nmake: *** [Makefile:3: check] Error 2\n", ("foo.o",)),
        ("make[1]: *** [Makefile:7: tests/check.o] Error 1\n", ("tests/check.o",)),
        ("make: *** No rule to make target 'chekc'.  Stop.\n", ("No rule to make target 'chekc'.  Stop.",)),
        ("make[1]: *** [check] Error 1\nmake[1]: *** [foo] Error 1\nmake: *** [all] Error 2\n", ("foo",)),
        ("make: [Makefile:3: foo] Error 1 (ignored)\n", ()),
        ("make[1]: *** Waiting for unfinished jobs....\n", ()),
        ("FAILED: meson-internal__test \nninja: build stopped: subcommand failed.\n", ()),
        ("FAILED: src/foo.c.o \nninja: build stopped: subcommand failed.\n", ("src/foo.c.o",)),
    ],
)
def test_what_make_stopped_at(make: str, strays: tuple[str, ...]) -> None:
    found = read(automake(1, 1, "tests/") + make)
    assert found is not None
    assert found.strays == strays


HOSTILE = [
    b"FAIL: ", b"# FAIL:  99999999999999999999\n", b"# TOTAL: 1\n", b"\t\t=== x Summary ===\n",
    b"# of expected passes 1", b"=" * 76 + b"\n", b"1..999999999999\n", b"ok 1\n", b"\x1b[31m", b"\x1b]0;",
    b"\xff\xfe\x00", b"\n", b"\r", b"x" * 300, b"Testsuite summary for\n", b"Summary of test results:\n",
    b"  1 FAIL\n", b"make[99999999999999]: *** [", b"] Error 1\n",
    b"100% tests passed, 0 tests failed out of 3\n", b"1/1 Test #1: x ....   Passed\n", b"cat <<'EOF' |\n",
    b"running 3 tests\n", b"test result: ok. 1 passed; 0 failed; 0 ignored; 0 measured\n", b"Ran 1 test in \n",
    b"FAILED (failures=1)\n", b"a.t .. ok\n", b"Files=1, Tests=1\n", b"Result: PASS\n", b" x: test-suite.log\n",
    b"## Test results. ##\n", b"1 test was successful.\n", b"Ok: 1\n", b" 1/2 x OK 1.0s\n",
    b"2 tests failed:\n", b"    test_a\n", b"=== 1 failed in 1s ===\n", b"FAILED a.py::b\n", b"--- FAIL: X\n",
    b"FAIL\tp\t1s\n", b"a:\tTotal\t1\tPassed\t1\tSkipped\t0\tFailed\t0\n", b"Failed 1 test out of 2\n",
    b"\tx.t\n",
]  # fmt: skip


@given(st.lists(st.sampled_from(HOSTILE)), st.integers(1, 200))
def test_nothing_that_a_build_prints_breaks_it_or_depends_on_how_it_is_read(parts: list[bytes], chunk: int) -> None:
    text = b"".join(parts)
    whole = read(text)
    if whole is not None:
        assert whole.failures >= len(whole.failed)
        assert min(whole.passed, whole.skipped, whole.failures) >= 0
    if b"\x1b" in text:
        return  # a sequence may be cut in two where a line has no end
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_CHUNK", chunk)
        assert read(text) == whole


def test_a_line_without_an_end_is_passed_over_and_what_follows_is_read() -> None:
    long = b"FAIL: " + b"x" * (10 << 20)
    assert counts(long + b"\n" + automake(3, 1).encode()) == ("automake", 3, 0, 2, ("x" * 300, "0"), True)
    assert counts(long) == ("plain", 0, 0, 1, ("x" * 300,), False)


def test_a_million_failures_are_counted_and_not_all_named() -> None:
    found = read("FAIL: a\n" * 100_000 + automake(0, 0).replace("# FAIL:  0", "# FAIL:  100000"))
    assert found is not None
    assert (found.failures, len(found.failed)) == (100_000, 10_000)


UTIL = """\
     getopt: options              ... OK
   hexdump: hexdump               ...
                : canonical1-test1       ... OK
                : formatting             ... SKIPPED (not here)
           ... OK (all 2 sub-tests PASSED)
     paths: build-path            ... SKIPPED (no root permissions)
      misc: setarch               ... FAILED (misc/setarch)

---------------------------------------------------------------------
"""


def test_util_linux_counts_files_and_lists_those_that_failed() -> None:
    listed = "  2 tests of 9 FAILED\n\n      misc/setarch\n      misc/swaplabel\n" + "-" * 69 + "\n"
    assert counts(UTIL + listed) == ("util-linux", 6, 1, 2, ("misc/setarch", "misc/swaplabel"), True)
    assert counts("  All 9 tests PASSED\n") == ("util-linux", 9, 0, 0, (), True)


def test_gnu_make_says_a_file_as_often_as_one_of_its_tests_failed() -> None:
    log = (
        "features/errors ......................................... ok     (7 passed)\n"
        "functions/word .......................................... FAILED (14/17 passed)\n"
        "options/dash-k .......................................... Error running make (expected 0; got 512): make\n"
        "FAILED (1/2 passed)\n"
        "vms/library ............................................. N/A\n\n"
    )
    failed = ("functions/word",) * 3 + ("options/dash-k",)
    ended = "4 Tests in 2 Categories Failed (See .diff* files in work dir for details) :-(\n"
    assert counts(log + ended) == ("make", 22, 1, 4, failed, True)
    assert counts("1 Test in 1 Category Complete ... No Failures :-)\n") == ("make", 1, 0, 0, (), True)


def test_gawk_says_nothing_of_what_passed() -> None:
    assert counts("addcomma\nanchor\nALL TESTS PASSED\n") == ("gawk", 1, 0, 0, (), True)
    ignored = "rm: cannot remove 'x'\nmake[2]: [Makefile:9: clean] Error 1 (ignored)\n"
    one = "make[3]: [Makefile:5034: nors] Error 1 (ignored)\n1 TESTS FAILED\n"
    assert counts(one) == ("gawk", 0, 0, 1, ("nors",), True)
    assert counts(ignored + one) == ("gawk", 0, 0, 1, (), True)  # who of the two it was cannot be told
    found = read(one)
    assert found is not None
    assert message(found, compare(found, ()), known=False) == "1 test failed: nors"


def test_m4_lists_what_failed_once_for_each_reason() -> None:
    run = "Checking ./001.a\nChecking ./002.b\nChecking ./003.c\n\n"
    failed = "Skipped checks were:\n  ./002.b\nFailed checks were:\n  ./001.a:status ./001.a:err\n"
    assert counts(run + failed) == ("m4", 1, 1, 1, ("001.a",), True)
    assert counts(run + "All checks successful\n") == ("m4", 3, 0, 0, (), True)
    assert counts("All checks successful\n") is None
