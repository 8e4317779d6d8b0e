"""Results told as `FAIL: name`: automake's two harnesses, dejagnu, glibc. Knows lines, not where they come from.

They have the lines in common, and a summary says whose they were; lines that no summary follows are "plain".
"""

import re
from typing import NamedTuple

from lfsmake.engine.testlogs.lines import Line
from lfsmake.engine.testlogs.suite import MOST_NAMES, Handler, Names, Style, Suite, number, tidy

_RESULT = re.compile(r"(X?PASS|[XK]?FAIL|KPASS|SKIP|ERROR|UNRESOLVED|UNSUPPORTED|UNTESTED): +(.+)")
_HEADING = re.compile(r"\S+ \([\w.]+\)( .*)?")  # below a line of =: what failed in unittest
_STATUS = re.compile(r" \(exit(?: status)?:? \d+\)$")
_BOX = re.compile(r"# ([A-Z]+): +(\d+)")
_GLIBC = re.compile(r" +(\d+) ([A-Z]+)\s*$")
_SECTION = re.compile(r"\t\t=== (.+) (tests|Summary) ===")
_COUNT = re.compile(r"# of ([a-z ]+?)\s+(\d+)")
_ALL = re.compile(r"(?:All )?(\d+) tests? (?:passed|behaved as expected)\b")
_SOME = re.compile(r"(\d+) of (\d+) tests? (?:failed|did not behave)\b")
_NOT_RUN = re.compile(r"\(?(\d+) tests? (?:was|were) not run\)?")

_FAILS = frozenset(("FAIL", "XPASS", "KPASS", "ERROR", "UNRESOLVED"))
_PASSES = frozenset(("PASS", "XFAIL", "KFAIL"))
_SKIPS = frozenset(("SKIP", "UNTESTED", "UNSUPPORTED"))
_DEJAGNU = {
    "expected passes": "PASS",
    "unexpected failures": "FAIL",
    "unexpected successes": "XPASS",
    "expected failures": "XFAIL",
    "unknown successes": "KPASS",
    "known failures": "KFAIL",
    "untested testcases": "UNTESTED",
    "unresolved testcases": "UNRESOLVED",
    "unsupported tests": "UNSUPPORTED",
}


class _Failed(NamedTuple):
    start: int
    end: int
    name: str


class _Block:
    """A summary while it is read. `tool` is dejagnu's, "" for others."""

    def __init__(self, style: str, line: Line, tool: str = "") -> None:
        self.style = style
        self.start, self.end = line.start, line.end
        self.tool = tool
        self.counts: dict[str, int] = {}

    def add(self, word: str, count: str, line: Line) -> None:
        """One of its lines."""
        self.counts[word] = self.counts.get(word, 0) + number(count)
        self.end = line.end

    def sum(self, words: frozenset[str]) -> int:
        """The counts of these words together."""
        return sum(count for word, count in self.counts.items() if word in words)


class Gnu(Style):
    """`FAIL: name` and the summaries that follow. `frames` are stretches of the log that repeat what it said."""

    def __init__(self) -> None:
        super().__init__()
        self.frames: list[tuple[int, int]] = []
        self._failed: list[_Failed] = []  # since the last summary
        self._others: dict[str, int] = {}
        self._first = -1  # where the first result since then is
        self._block: _Block | None = None
        self._rule = -1  # where the last line of = ends
        self._heading = -1  # the same, if unittest may have put its heading below
        self._open: dict[str, int] = {}  # dejagnu's tool → runs that began and have no summary yet
        self._real: set[str] = set()  # tools whose own summary was read
        self._repeats = False  # inside of gcc's test_summary
        self._dump = -1  # where the dump of a test-suite.log began

    def handlers(self) -> dict[str, Handler]:
        return {
            "result": self._result,
            "rule": self._on_rule,
            "box": self._box,
            "dump": self._on_dump,
            "counted": self._counted,
            "autotest": self._counted,
            "dejagnu": self._dejagnu,
            "quoted": self._quoted,
            "glibc": self._glibc,
        }

    def finish(self) -> None:
        self._close()
        frames = self.frames
        left = [each for each in self._failed if not any(a <= each.start < b for a, b in frames)]
        names = tuple(each.name for each in left)
        passed = sum(count for word, count in self._others.items() if word in _PASSES)
        skipped = sum(count for word, count in self._others.items() if word in _SKIPS)
        if names or passed or skipped:
            last = max((each.end for each in left), default=self._first)
            self.suites.append(Suite("plain", self._first, last, passed, skipped, len(names), names, ended=False))

    # --- results ------------------------------------------------------------------------------------------------

    def _result(self, line: Line) -> None:
        if self._repeats or self._dump >= 0:
            return
        found = _RESULT.match(line.text)
        if found is None or (line.start == self._rule and _HEADING.fullmatch(found[2])):
            return
        if self._block is not None and self._block.style != "automake":
            self._close()
        if self._first < 0:
            self._first = line.start
        if found[1] not in _FAILS:
            self._others[found[1]] = self._others.get(found[1], 0) + 1
        elif len(self._failed) < MOST_NAMES:
            self._failed.append(_Failed(line.start, line.end, tidy(_STATUS.sub("", found[2]))))

    def _on_rule(self, line: Line) -> None:
        self._rule = line.end

    # --- automake -----------------------------------------------------------------------------------------------

    def _on_dump(self, line: Line) -> None:
        """`make check VERBOSE=1` prints the log of all failed tests, with their own results in it."""
        if line.start == self._rule and self._dump < 0:
            self._dump = line.start

    def _box(self, line: Line) -> None:
        if "Testsuite summary" in line.text:
            if self._dump >= 0:
                self.frames.append((self._dump, line.start))
                self._dump = -1
            self._close()
            self._block = _Block("automake", line)
            return
        found = _BOX.match(line.text)
        if found and self._block is not None and self._block.style == "automake":
            self._block.add(found[1], found[2], line)
            if found[1] == "ERROR":
                self._close()

    def _counted(self, line: Line) -> None:
        """The last words of automake's serial harness, and of many a makefile's own."""
        if self._repeats or self._dump >= 0:
            return
        boxed = line.start == self._rule
        if (found := _NOT_RUN.match(line.text)) and self.suites and line.start == self.suites[-1].last:
            last = self.suites[-1]
            self.suites[-1] = Suite(
                last.style, last.first, line.end, last.passed, number(found[1]), last.failures, last.failed
            )
        elif found := _ALL.match(line.text):
            self._closed("automake" if boxed else "counted", line, number(found[1]), 0)
        elif found := _SOME.match(line.text):
            failures = number(found[1])
            self._closed("automake" if boxed else "counted", line, max(0, number(found[2]) - failures), failures)

    # --- dejagnu ------------------------------------------------------------------------------------------------

    def _dejagnu(self, line: Line) -> None:
        if section := _SECTION.match(line.text):
            self._close()
            tool, word = section.groups()
            if word == "tests":
                self._open[tool] = self._open.get(tool, 0) + 1
            elif " Summary for" not in line.text:
                self._block = _Block("dejagnu", line, tool)
        elif (found := _COUNT.match(line.text)) and self._block is not None and self._block.style == "dejagnu":
            self._block.add(_DEJAGNU.get(found[1], ""), found[2], line)

    def _quoted(self, line: Line) -> None:
        """gcc's contrib/test_summary prints a shell script with everything once more."""
        self._close()
        self._repeats = line.text.startswith("cat") and bool(self._real)

    # --- glibc --------------------------------------------------------------------------------------------------

    def _glibc(self, line: Line) -> None:
        if line.text.startswith("Summary"):
            self._close()
            self._block = _Block("glibc", line)
            return
        block, found = self._block, _GLIBC.match(line.text)
        if found and block is not None and block.style == "glibc" and line.start == block.end:
            block.add(found[2], found[1], line)

    # --- summaries ----------------------------------------------------------------------------------------------

    def _close(self) -> None:
        """The summary that is being read is over."""
        block, self._block = self._block, None
        if block is None or not block.counts or self._repeats:
            return
        if block.style == "dejagnu" and not self._is_first(block.tool):
            return
        passed, failures = block.sum(_PASSES), block.sum(_FAILS)
        skipped = block.sum(_SKIPS)
        first = self._first if self._first >= 0 else block.start
        names = self._take(once=block.style == "glibc")
        self._add(block.style, first, block.end, passed, skipped, failures, names)

    def _is_first(self, tool: str) -> bool:
        """Whether a summary is a run's own, not what a script read out of its log afterwards."""
        if self._open.get(tool, 0) > 0:
            self._open[tool] -= 1
            self._real.add(tool)
            return True
        return tool not in self._real

    def _closed(self, style: str, line: Line, passed: int, failures: int) -> None:
        """A summary of one line."""
        self._close()
        first = self._first if self._first >= 0 else line.start
        self._add(style, first, line.end, passed, 0, failures, self._take())

    def _add(
        self, style: str, first: int, last: int, passed: int, skipped: int, failures: int, names: tuple[str, ...]
    ) -> None:
        self.suites.append(Suite(style, first, last, passed, skipped, max(failures, len(names)), names))

    def _take(self, *, once: bool = False) -> tuple[str, ...]:
        """The names since the last summary; with `once` each once."""
        names = Names()
        for each in self._failed:
            names.add(each.name, once=once)
        self._failed, self._others, self._first = [], {}, -1
        return names.take()
