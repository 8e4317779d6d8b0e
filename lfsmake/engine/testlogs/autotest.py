"""Results as autoconf's autotest tells them (tar, bison, libtool, autoconf). Knows lines, not where they come from."""

import re

from lfsmake.engine.testlogs.lines import Line
from lfsmake.engine.testlogs.suite import Handler, Names, Style, Suite, number

_GROUP = re.compile(r" *\d+: (.+?) +(ok|skipped|FAILED|expected failure|UNEXPECTED PASS)(?: \(.*\))?\s*$")
_RUN = re.compile(r"(?:ERROR: )?(?:All |Only )?(\d+) tests? (?:was|were|behaved)")
_SKIPPED = re.compile(r"(\d+) tests? (?:was|were) skipped")
_FAILED = re.compile(r"(\d+) (failed|passed unexpectedly|did not behave)")
_EXPECTED = re.compile(r"(\d+) expected failure")


class Autotest(Style):
    """A line for each test group, then a box that says "Test results", then some lines in words."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._first = -1
        self._last = -1
        self._counts: list[int] | None = None  # run, skipped, failed, expected

    def handlers(self) -> dict[str, Handler]:
        return {"group": self._group, "autotest": self._words, "counted": self._words}

    def finish(self) -> None:
        self._close()
        if self._first >= 0 and len(self._names):
            names = self._names.take()
            self.suites.append(Suite("autotest", self._first, self._last, 0, 0, len(names), names, ended=False))

    def _group(self, line: Line) -> None:
        found = _GROUP.match(line.text)
        if found is None:
            return
        self._close()
        self._first = line.start if self._first < 0 else self._first
        self._last = line.end
        if found[2] in ("FAILED", "UNEXPECTED PASS"):
            self._names.add(found[1])

    def _words(self, line: Line) -> None:
        if line.text.startswith("##"):
            self._close()
            self._counts = [0, 0, 0, 0]
            self._last = line.end
            return
        if self._counts is None:
            return
        if line.start - self._last > 100:  # something else that reads alike
            self._close()
            return
        self._last = line.end
        if found := _SKIPPED.match(line.text):
            self._counts[1] = number(found[1])
        elif found := _RUN.match(line.text):
            self._counts[0] = number(found[1])
        elif found := _FAILED.match(line.text):
            self._counts[2] = number(found[1])
        if found := _EXPECTED.search(line.text):
            self._counts[3] = number(found[1])

    def _close(self) -> None:
        counts, self._counts = self._counts, None
        if counts is None or not any(counts):
            return
        run, skipped, failed, expected = counts
        failures = max(0, failed - expected)
        names = self._names.take()
        first = self._first if self._first >= 0 else self._last
        failures = max(failures, len(names))
        self.suites.append(Suite("autotest", first, self._last, max(0, run - failures), skipped, failures, names))
        self._first = -1
