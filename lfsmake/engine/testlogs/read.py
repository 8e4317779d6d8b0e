"""The tests of a whole check phase, read from its part of the log. Knows how suites add up, not what is expected."""

from collections.abc import Callable, Iterable

from msgspec import Struct

from lfsmake.engine.testlogs.autotest import Autotest
from lfsmake.engine.testlogs.gnu import Gnu
from lfsmake.engine.testlogs.lines import Line, telling_lines
from lfsmake.engine.testlogs.makelog import MakeErrors
from lfsmake.engine.testlogs.others import M4, E2fsprogs, Gawk, GnuMake, Tcl, UtilLinux
from lfsmake.engine.testlogs.perl import Harness, PerlCore, Tap
from lfsmake.engine.testlogs.python import Pytest, Regrtest, Unittest
from lfsmake.engine.testlogs.runners import Cargo, CTest, Go, Meson
from lfsmake.engine.testlogs.suite import Style, Suite

_FRAMES = frozenset(("meson", "ctest", "prove", "cargo", "pytest"))  # print what tests print, between lines of theirs


class TestReport(Struct, frozen=True):
    """All results together.

    `style` is the one most tests were told in. `passed` counts what the suites themselves expect to fail. `failed`:
    the names in the order they came, one as often as it failed; names may be fewer than `failures`. `complete`: every
    suite that began has its summary. `strays`: what make stopped at that is no test; `stopped`: whether it stopped.
    """

    style: str
    passed: int
    skipped: int
    failures: int
    failed: tuple[str, ...]
    complete: bool
    strays: tuple[str, ...] = ()
    stopped: bool = False

    @property
    def total(self) -> int:
        """All tests."""
        return self.passed + self.skipped + self.failures


def read_tests(path: str, start: int = 0) -> TestReport | None:
    """The tests that a log tells of from byte `start` on; None if it tells of none. Raises OSError."""
    with open(path, "rb") as stream:
        stream.seek(start)
        return report(telling_lines(stream))


def report(lines: Iterable[Line]) -> TestReport | None:
    """The tests that these lines tell of; None if they tell of none."""
    gnu, make = Gnu(), MakeErrors()
    styles: tuple[Style, ...] = (
        gnu, Autotest(), Meson(), CTest(), Cargo(), Go(), Pytest(), Unittest(), Regrtest(), Tap(), Harness(),
        PerlCore(), Tcl(), E2fsprogs(), M4(), GnuMake(), Gawk(), UtilLinux(),
    )  # fmt: skip
    handlers: dict[str, list[Callable[[Line], None]]] = {}
    for mapping in (*(style.handlers() for style in styles), make.handlers()):
        for kind, handler in mapping.items():
            handlers.setdefault(kind, []).append(handler)
    for line in lines:
        for handler in handlers.get(line.kind, ()):
            handler(line)
    found: list[Suite] = []
    for style in styles:
        style.finish()
        found += style.suites
    suites = _outermost(found, gnu.frames)
    if not suites:
        return None
    sizes: dict[str, int] = {}
    for suite in suites:
        sizes[suite.style] = sizes.get(suite.style, 0) + suite.total
    failed = tuple(name for suite in suites for name in suite.failed)
    return TestReport(
        style=max(sizes, key=lambda style: sizes[style]),
        passed=sum(suite.passed for suite in suites),
        skipped=sum(suite.skipped for suite in suites),
        failures=sum(suite.failures for suite in suites),
        failed=failed,
        complete=all(suite.ended for suite in suites),
        strays=make.strays(frozenset(failed)),
        stopped=make.any,
    )


def _outermost(suites: list[Suite], frames: list[tuple[int, int]]) -> list[Suite]:
    """Those that are not what a test of another one printed, in the order of the log."""
    around = [suite for suite in suites if suite.style in _FRAMES and suite.ended]
    left = [
        suite
        for suite in suites
        if not suite.within(around) and not any(a <= suite.first and suite.last <= b for a, b in frames)
    ]
    summarised = any(suite.ended and suite.style != "counted" for suite in left)
    if summarised:  # a test that says "All 3 tests passed" is one of those the summary counts
        left = [suite for suite in left if suite.style != "counted"]
    return sorted(left, key=lambda suite: (suite.first, suite.last))
