"""Results of test suites that one project alone has: Tcl, e2fsprogs. Knows lines, not where they come from."""

import re

from lfsmake.engine.testlogs.lines import Line
from lfsmake.engine.testlogs.suite import Handler, Names, Style, Suite, number

_TCL = re.compile(r"[\w./-]+:\tTotal\t(\d+)\tPassed\t(\d+)\tSkipped\t(\d+)\tFailed\t(\d+)")
_TCL_TEST = re.compile(r"==== (\S+) .*FAILED\s*$")
_E2FS = re.compile(r"(\d+) tests succeeded\s+(\d+) tests failed")


class Tcl(Style):
    """`==== name what it tests FAILED` for each failure, then `all.tcl: Total 9 Passed 8 Skipped 0 Failed 1`."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._first = self._last = -1

    def handlers(self) -> dict[str, Handler]:
        return {"tcl": self._line}

    def finish(self) -> None:
        if len(self._names):
            names = self._names.take()
            self.suites.append(Suite("tcl", self._first, self._last, 0, 0, len(names), names, ended=False))

    def _line(self, line: Line) -> None:
        if test := _TCL_TEST.match(line.text):
            self._first = line.start if self._first < 0 else self._first
            self._last = line.end
            self._names.add(test[1], once=True)  # said again where its output ends
        elif found := _TCL.match(line.text):
            names = self._names.take()
            first = self._first if self._first >= 0 else line.start
            _, passed, skipped, failed = (number(part) for part in found.groups())
            self.suites.append(Suite("tcl", first, line.end, passed, skipped, max(failed, len(names)), names))
            self._first = -1


class E2fsprogs(Style):
    """`348 tests succeeded 2 tests failed`, then `Tests failed: names`."""

    def __init__(self) -> None:
        super().__init__()
        self._open: tuple[int, int, int, int] | None = None  # first, last, passed, failed

    def handlers(self) -> dict[str, Handler]:
        return {"e2fs": self._line}

    def finish(self) -> None:
        self._close(())

    def _line(self, line: Line) -> None:
        if found := _E2FS.match(line.text):
            self.finish()
            self._open = line.start, line.end, number(found[1]), number(found[2])
        elif line.text.startswith("Tests failed: ") and self._open is not None:
            self._close(tuple(line.text.partition(": ")[2].split()))

    def _close(self, listed: tuple[str, ...]) -> None:
        if self._open is None:
            return
        first, last, passed, failed = self._open
        self._open = None
        names = Names()
        for name in listed:
            names.add(name)
        taken = names.take()
        self.suites.append(Suite("e2fsprogs", first, last, passed, 0, max(failed, len(taken)), taken))
