"""Results of suites that one project alone has: Tcl, e2fsprogs, m4, make, gawk, util-linux. Knows lines only."""

import re

from lfsmake.engine.testlogs.lines import Line
from lfsmake.engine.testlogs.suite import Handler, Names, Style, Suite, number

_TCL = re.compile(r"[\w./-]+:\tTotal\t(\d+)\tPassed\t(\d+)\tSkipped\t(\d+)\tFailed\t(\d+)")
_TCL_TEST = re.compile(r"==== (\S+) .*FAILED\s*$")
_E2FS = re.compile(r"(\d+) tests succeeded\s+(\d+) tests failed")
_MAKE_NAME = re.compile(r"([\w.-]+/[\w.-]+) \.{2,} ?(N/A)?")
_MAKE_RESULT = re.compile(r"(?:\S+ \.{2,} ?)?(?:ok +\((\d+)|FAILED \((\d+)/(\d+)) passed\)")
_MAKE_SUM = re.compile(r"(\d+) Tests? in \d+ Categor(?:y|ies) (Complete|Failed)")
_M4_LIST = re.compile(r"\./([\w.-]+)")
_GAWK = re.compile(r"(?:ALL|(\d+)) TESTS (?:PASSED|FAILED)")
_GAWK_TEST = re.compile(r"make(?:\[\d+\])?: \[(?:[^\]]*:\d+: )?([\w.-]+)\] Error 1 \(ignored\)")
_UTIL = re.compile(r" +(?:All )?(\d+) tests (?:of (\d+) )?(PASSED|FAILED)")
_UTIL_SKIP = re.compile(r" +[\w-]+: (?!.*\[\d+\] ).*\.\.\. SKIPPED \(")


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


class GnuMake(Style):
    """`features/errors ..... ok (7 passed)` or `FAILED (6/7 passed)` for each file, then a line with the tests.

    Its tests have no names: what is told is the file, as often as one of them failed.
    """

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._file = ""
        self._passed = self._skipped = 0
        self._first = -1

    def handlers(self) -> dict[str, Handler]:
        return {"program": self._result, "ended": self._result, "tap": self._result, "categories": self._ends}

    def finish(self) -> None:
        """What no line with the tests follows is not make's."""

    def _result(self, line: Line) -> None:
        if name := _MAKE_NAME.match(line.text):
            self._file = name[1]
            self._skipped += bool(name[2])
            self._first = line.start if self._first < 0 else self._first
        if self._file and (found := _MAKE_RESULT.match(line.text)):
            self._passed += number(found[1] or found[2])
            for _ in range(number(found[3]) - number(found[2])):
                self._names.add(self._file)
            self._file = ""

    def _ends(self, line: Line) -> None:
        found = _MAKE_SUM.match(line.text)
        if found is None:
            return
        names, first = self._names.take(), self._first if self._first >= 0 else line.start
        all_well = found[2] == "Complete"
        failures = 0 if all_well else max(number(found[1]), len(names))
        passed = number(found[1]) if all_well else self._passed
        self.suites.append(Suite("make", first, line.end, passed, self._skipped, failures, names))
        self._file, self._passed, self._skipped, self._first = "", 0, 0, -1


class M4(Style):
    """`Checking ./001.name` for each test, then lists: `Failed checks were:`, `Skipped checks were:`."""

    def __init__(self) -> None:
        super().__init__()
        self._run = 0
        self._first = -1
        self._listing = ""
        self._lists: dict[str, tuple[str, ...]] = {}
        self._last = -1

    def handlers(self) -> dict[str, Handler]:
        return {"checking": self._test, "checks": self._heading, "listed": self._listed}

    def finish(self) -> None:
        self._close()

    def _test(self, line: Line) -> None:
        self._close()
        self._first = line.start if self._first < 0 else self._first
        self._run += 1

    def _heading(self, line: Line) -> None:
        word = line.text.split()[0]
        if self._run:
            self._listing, self._last = word, line.end
            self._lists[word] = ()

    def _listed(self, line: Line) -> None:
        if self._listing and line.start == self._last:
            self._lists[self._listing] = tuple(dict.fromkeys(_M4_LIST.findall(line.text)))
            self._listing, self._last = "", line.end

    def _close(self) -> None:
        if not self._lists:
            return
        names = Names()
        for name in self._lists.get("Failed", ()):
            names.add(name)
        failed, skipped = names.take(), len(self._lists.get("Skipped", ()))
        passed = max(0, self._run - len(failed) - skipped)
        self.suites.append(Suite("m4", self._first, self._last, passed, skipped, len(failed), failed))
        self._run, self._first, self._listing, self._lists = 0, -1, "", {}


class Gawk(Style):
    """An error of make that is ignored for each failure, then `ALL TESTS PASSED` or `2 TESTS FAILED`.

    Nobody says how many passed: then they count as one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._first = -1

    def handlers(self) -> dict[str, Handler]:
        return {"ignored": self._test, "gawk": self._ends}

    def finish(self) -> None:
        """Errors of make that are ignored are nobody's without the last line."""

    def _test(self, line: Line) -> None:
        if found := _GAWK_TEST.match(line.text):
            self._first = line.start if self._first < 0 else self._first
            self._names.add(found[1], once=True)

    def _ends(self, line: Line) -> None:
        found = _GAWK.match(line.text)
        if found is None:
            return
        names, failures = self._names.take(), number(found[1])
        first = self._first if self._first >= 0 and failures else line.start
        listed = names if len(names) <= failures else ()  # others' errors are among them
        self.suites.append(Suite("gawk", first, line.end, int(not failures), 0, failures, listed))
        self._first = -1


class UtilLinux(Style):
    """`part: what it tests ... OK` for each, then `All 9 tests PASSED`, or `1 tests of 9 FAILED` and its name."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._skipped = 0
        self._first = self._last = -1
        self._counts: tuple[int, int] | None = None  # failed, all

    def handlers(self) -> dict[str, Handler]:
        return {"dots": self._test, "util": self._ends, "named": self._named}

    def finish(self) -> None:
        self._close()

    def _test(self, line: Line) -> None:
        self._close()
        self._first = line.start if self._first < 0 else self._first
        self._skipped += bool(_UTIL_SKIP.match(line.text))

    def _ends(self, line: Line) -> None:
        if found := _UTIL.match(line.text):
            self._close()
            failed, total = (found[1], found[2]) if found[2] else ("0", found[1])
            self._counts, self._last = (number(failed), number(total)), line.end
            self._first = line.start if self._first < 0 else self._first

    def _named(self, line: Line) -> None:
        if self._counts is not None and len(self._names) < self._counts[0]:
            self._names.add(line.text)
            self._last = line.end

    def _close(self) -> None:
        if self._counts is None:
            return
        (failures, total), self._counts = self._counts, None
        names, skipped = self._names.take(), self._skipped
        passed = max(0, total - failures - skipped)
        self.suites.append(Suite("util-linux", self._first, self._last, passed, skipped, failures, names))
        self._skipped, self._first = 0, -1
