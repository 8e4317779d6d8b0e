"""Whether a check has passed, by its results and what its recipe expects. Knows names and counts, no logs."""

import re
from collections.abc import Sequence

from msgspec import Struct

from lfsmake.engine.testlogs.read import TestReport
from lfsmake.model.step import KnownFailure

_NAMED = 5  # failed tests in a message
_FAILURES_ONLY = frozenset(("gawk", "plain"))  # styles that may say nothing of what passed

# Commands that fail for a reason of their own, and those that fail because tests do.
_LOOKS = re.compile(r"\s*(?:test|\[\[?|[ef]?grep|diff|cmp|cat|head|tail|sed|g?awk|false|exit|cd|rm|cp|mv|tar)\b")
_RUNS = re.compile(
    r"(?<![\w-])(?:g?make|ninja|samu|meson|muon|ctest|cmake|prove|py\.?test|unittest|python[\d.]*|cargo|go|perl|runtest"
    r"|[\w./-]*(?:check|tests?)[\w.-]*)(?![\w-])"
)


class Comparison(Struct, frozen=True):
    """The failures of a report by what the recipe says. Each name once."""

    regressions: tuple[str, ...]
    expected: tuple[str, ...]
    vanished: tuple[str, ...]  # known failures that did not fail, as the recipe writes them
    nameless: int  # failures that were counted and have no name

    @property
    def new(self) -> int:
        """How many failures are not expected."""
        return len(self.regressions) + self.nameless


def compare(report: TestReport, known: Sequence[KnownFailure]) -> Comparison:
    """What failed against what may. Nothing has vanished from a suite that did not come to its end."""
    patterns = [(each, _pattern(each.test)) for each in known]
    seen: set[str] = set()
    regressions: dict[str, None] = {}
    expected: dict[str, None] = {}
    for name in dict.fromkeys(report.failed):
        fits = [each.test for each, pattern in patterns if pattern.fullmatch(name)]
        seen.update(fits)
        (expected if fits else regressions)[name] = None
    vanished = tuple(each.test for each in known if each.test not in seen) if report.complete else ()
    nameless = max(0, report.failures - len(report.failed))
    return Comparison(tuple(regressions), tuple(expected), vanished, nameless)


def _pattern(test: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(part) for part in re.split(r"\*+", test)))


def excuses(report: TestReport, compared: Comparison, command: str) -> str:
    """Why a check that failed has not passed all the same: "" if only expected failures made it fail.

    `command` is what failed. Whether others stand behind it is for the caller to know.
    """
    if compared.new or not compared.expected:
        return "no failure that is expected explains it"
    if not report.complete:
        return "a test suite did not come to its end"
    if report.strays:
        return f"make stopped at {report.strays[0]}, which is no test"
    if _LOOKS.match(command) or not _RUNS.search(command):
        return "the command that failed does not run tests"
    if re.search(r"(?<![\w-])g?make(?![\w-])", command) and not report.stopped:
        return "make failed without saying at what"
    return ""


def message(report: TestReport, compared: Comparison, *, known: bool) -> str:
    """The failure in a sentence. `known`: whether the recipe says of any test that it fails."""
    names = list(compared.regressions[:_NAMED])
    rest = compared.new - len(names)
    listed = ", ".join(names)
    if rest and names:
        listed += f" and {rest:,} more"
    listed = f": {listed}" if listed else ""
    if not known:
        tests = "test" if report.total == 1 else "tests"
        if report.style in _FAILURES_ONLY and report.failures == report.total:
            return f"{report.failures:,} {tests} failed{listed}"
        return f"{report.failures:,} of {report.total:,} {tests} failed{listed}"
    if compared.new == 1:
        return f"1 test failed that is not expected to{listed}"
    return f"{compared.new:,} tests failed that are not expected to{listed}"
