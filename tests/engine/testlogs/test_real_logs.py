"""Logs of real suites, recorded from their runners: the counts are theirs, and each failure has its name."""

import gzip
from pathlib import Path

import pytest

from lfsmake.engine.testlogs.lines import telling_lines
from lfsmake.engine.testlogs.read import TestReport as Report
from lfsmake.engine.testlogs.read import report

LOGS = Path(__file__).parent / "logs"

MESON = ("demo / broken", "demo:core / a name with spaces", "demo / surprise", "demo / taps", "demo / slow")
CTEST = ("broken", "a name with (parens)", "crash", "slow", "missing")
PROVE = ("t/bad.t", "t/die.t", "t/more.t", "t/short.t")
PYTEST = (
    "test_a.py::A::test_bad",
    "test_a.py::A::test_err",
    "test_a.py::A::test_sub (i=1)",
    "test_a.py::A::test_xpass",
    "test_b.py::test_p[a b]",
    "test_b.py::test_p[e - f]",
    "test_b.py::test_prints",
    "test_b.py::test_f",
)
UNITTEST = ("test_a.A.test_err", "test_a.A.test_bad", "test_a.A.test_sub (i=1)", "test_a.A.test_xpass")
DEMO = ("demo two -O2 execution", "demo four", "demo (eight)")
_FLAGS = "-W -Wall -Wno-psabi"
_WINDOWS = "-DABI_NUM=FFI_GNUW64 -DABI_ATTR=__MSABI__"
_TWICE = ("-O0", f"-O0 {_WINDOWS}", "-O2", f"-O2 {_WINDOWS}")
LIBFFI = (
    *(f"libffi.call/align_mixed.c {_FLAGS} {how} execution test" for how in _TWICE),
    *(f"libffi.call/float.c {_FLAGS} {how} execution test" for how in ("-O0", "-O2")),
    *(f"libffi.call/many.c {_FLAGS} {how} execution test" for how in _TWICE),
)
GAS = (
    "x86-64 (ILP32) -mtune=k8 nops 1",
    "x86-64 (ILP32) nops 1",
    "x86-64 nops 1",
    "x86-64 -mtune=generic64 nops 1",
    "x86-64 -mtune=k8 nops 1",
)
PERL = ("op/append.t", "op/attrhand.t", "op/attrproto.t", "op/attrs.t", "op/auto.t")
GNUMAKE = ("features/output-sync", "functions/word", "misc/fopen-fail", "targets/POSIX")

# Log → style, passed, skipped, failures, names; whether make stopped.
EXPECTED = {
    "hello-pass": ("automake", 4, 1, 0, (), False),
    "hello-fail": ("automake", 3, 1, 1, ("tests/hello-1",), True),
    "hello-verbose": ("automake", 3, 1, 1, ("tests/hello-1",), True),  # with test-suite.log in it
    "sed-fail": ("automake", 209, 50, 1, ("testsuite/panic-tests.sh",), True),  # its own tests and gnulib's
    "grep-pass": ("automake", 258, 95, 0, (), False),
    "glibc-scripts": ("glibc", 2, 1, 2, ("io/tst-b", "nptl/tst-e"), True),
    "dejagnu-fail": ("dejagnu", 3, 2, 4, DEMO, False),
    "dejagnu-twice": ("dejagnu", 6, 4, 8, DEMO * 2, False),
    "gas-fail": ("dejagnu", 2020, 1, 5, GAS, True),
    "libffi-fail": ("dejagnu", 348, 0, 10, LIBFFI, True),
    "meson-pass": ("meson", 3, 0, 0, (), False),
    "meson-fail": ("meson", 4, 1, 5, MESON, False),
    "meson-errorlogs": ("meson", 4, 1, 5, MESON, False),  # with what the failed tests printed
    "meson-verbose": ("meson", 4, 1, 5, MESON, False),
    "meson-ninja": ("meson", 4, 1, 5, MESON, True),
    "ctest-pass": ("ctest", 3, 0, 0, (), False),
    "ctest-fail": ("ctest", 3, 2, 5, CTEST, False),
    "ctest-verbose": ("ctest", 3, 2, 5, CTEST, False),
    "ctest-make": ("ctest", 3, 2, 5, CTEST, True),
    "prove-pass": ("prove", 1, 1, 0, (), False),
    "prove-fail": ("prove", 2, 1, 4, PROVE, False),
    "prove-verbose": ("prove", 2, 1, 4, PROVE, False),  # with TAP in it
    "perl-module": ("prove", 2, 1, 4, PROVE, True),
    "perl-core": ("perl", 21, 0, 5, PERL, False),
    "perl-harness": ("prove", 23, 0, 5, PERL, False),
    "pytest-fail": ("pytest", 5, 1, 8, PYTEST, False),
    "pytest-quiet": ("pytest", 5, 1, 8, PYTEST, False),
    "pytest-color": ("pytest", 5, 1, 8, PYTEST, False),
    "pytest-broken": ("pytest", 0, 0, 1, ("test_c.py",), False),
    "unittest-discover": ("unittest", 2, 1, 4, UNITTEST, False),
    "unittest-fail": ("unittest", 2, 1, 4, (UNITTEST[-1], *UNITTEST[:-1]), False),
    "cargo-fail": ("cargo", 4, 1, 2, ("tests::bad", "two"), False),
    "go-fail": ("go", 1, 0, 2, ("example.org/demo/TestBad", "example.org/demo/broken"), False),
    "go-verbose": ("go", 2, 1, 1, ("example.org/demo/TestBad",), False),
    "gnumake-fail": ("make", 685, 2, 4, GNUMAKE, False),
    "m4-fail": ("m4", 229, 6, 2, ("001.preprocess", "198.sysval"), True),
    "gawk-fail": ("gawk", 0, 0, 5, ("addcomma", "nors", "commas", "mbstr1", "mbstr2"), True),
    "tcl-fail": ("tcl", 2, 2, 2, ("a-1.2", "b-1.2"), False),
}


def test_every_log_has_its_expectation() -> None:
    assert {path.name.removesuffix(".log.gz") for path in LOGS.iterdir()} == {*EXPECTED, "tap-fail"}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_real_log(name: str) -> None:
    style, passed, skipped, failures, failed, stopped = EXPECTED[name]
    with gzip.open(LOGS / f"{name}.log.gz") as stream:
        found = report(telling_lines(stream))
    assert found == Report(style, passed, skipped, failures, failed, complete=True, strays=(), stopped=stopped)


def test_tap_whose_tests_died_is_not_complete() -> None:
    with gzip.open(LOGS / "tap-fail.log.gz") as stream:
        found = report(telling_lines(stream))
    assert found == Report("tap", 10, 1, 3, ("b",), complete=False)
