"""Results as Perl's world tells them: TAP, Test::Harness (prove, modules), Perl's own. Knows lines only."""

import re

from lfsmake.engine.testlogs.lines import Line
from lfsmake.engine.testlogs.suite import Handler, Names, Style, Suite, number

_PLAN = re.compile(r"1\.\.(\d+)(?:\s+#\s*(skip)?)?", re.IGNORECASE)
_TEST = re.compile(r"(not )?ok\b(?: +(\d+))?(?: *-)? *(.*)$")
_DIRECTIVE = re.compile(r"(?:^|\s)#\s*(skip|todo)\b.*$", re.IGNORECASE)
_ROW = re.compile(r"(\S.*?)\s+\(Wstat: (\d+).* Tests: (\d+) Failed: (\d+)\)")
_FILES = re.compile(r"Files=(\d+), Tests=\d+")
_LIVE = re.compile(r"(\S+) ?\.{2,} ?(\w*)")
_CORE = re.compile(r"Failed (\d+) tests? out of (\d+)")
_SCRIPTS = re.compile(r"u=.*\b[Ss]cripts=(\d+)")


class Tap(Style):
    """`ok 1 - name` and `not ok 2 - name`, with the plan `1..9` before or behind."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._plan: int | None = None
        self._passed = self._skipped = self._failures = 0
        self._first = self._last = -1
        self._bailed = False

    def handlers(self) -> dict[str, Handler]:
        return {"tap": self._line}

    def finish(self) -> None:
        if self._plan is not None:
            self._close()
        self._forget()  # without a plan, "ok" was something else

    def _line(self, line: Line) -> None:
        text = line.text
        if plan := _PLAN.match(text):
            if self._plan is not None:
                self._close()
            elif self._seen() != number(plan[1]):  # not those that stand before it
                self._forget()
            self._reached(line)
            self._plan = number(plan[1])
            if self._plan == 0:
                self._skipped += 1
                self._plan = 1
        elif text.startswith("Bail out!"):
            self._bailed = self._first >= 0
        elif test := _TEST.match(text):
            begins = test[2] == "1" and self._seen() > 0
            if self._plan is not None and (begins or self._seen() >= self._plan):
                self._close()
            elif begins:
                self._forget()
            self._reached(line)
            self._take(test)

    def _take(self, test: re.Match[str]) -> None:
        directive = _DIRECTIVE.search(test[3])
        name = _DIRECTIVE.sub("", test[3]) or f"test {test[2] or self._seen() + 1}"
        if directive and directive[1].lower() == "skip":
            self._skipped += 1
        elif not test[1] or directive:
            self._passed += 1
        else:
            self._failures += 1
            self._names.add(name)

    def _seen(self) -> int:
        return self._passed + self._skipped + self._failures

    def _reached(self, line: Line) -> None:
        self._first = line.start if self._first < 0 else self._first
        self._last = line.end

    def _close(self) -> None:
        ended = self._seen() == self._plan and not self._bailed
        missing = max(0, (self._plan or 0) - self._seen())  # it died before them
        failures = self._failures + missing
        names = self._names.take()
        self.suites.append(
            Suite("tap", self._first, self._last, self._passed, self._skipped, failures, names, ended=ended)
        )
        self._forget()

    def _forget(self) -> None:
        self._names.take()
        self._plan, self._first, self._bailed = None, -1, False
        self._passed = self._skipped = self._failures = 0


class Harness(Style):
    """A line for each test program, a report of those that failed, `Files=9, Tests=99, …`, `Result: FAIL`.

    What counts is the programs: they are what the report names.
    """

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._row = ""
        self._skipped = 0
        self._files = 0
        self._first = self._last = -1

    def handlers(self) -> dict[str, Handler]:
        return {"program": self._program, "harness": self._report}

    def finish(self) -> None:
        if len(self._names):
            names = self._names.take()
            self.suites.append(Suite("prove", self._first, self._last, 0, 0, len(names), names, ended=False))

    def _program(self, line: Line) -> None:
        found = _LIVE.match(line.text)
        if found:
            self._first = line.start if self._first < 0 else self._first
            self._skipped += found[2] == "skipped"

    def _report(self, line: Line) -> None:
        text = line.text
        self._first = line.start if self._first < 0 else self._first
        self._last = line.end
        if row := _ROW.match(text):
            self._row = row[1]
            if number(row[2]) or number(row[4]):
                self._names.add(row[1], once=True)
        elif text.startswith("  Parse errors: ") and self._row:
            self._names.add(self._row, once=True)
        elif files := _FILES.match(text):
            self._files = number(files[1])
        elif text.startswith("Result: ") and self._files:
            names = self._names.take()
            passed = max(0, self._files - len(names) - self._skipped)
            self.suites.append(
                Suite("prove", self._first, line.end, passed, self._skipped, len(names), names)
            )
            self._row, self._skipped, self._files, self._first = "", 0, 0, -1


class PerlCore(Style):
    """Perl's own `make test`: `Failed 2 tests out of 2500, …`, those that did below it, `u=… scripts=…` at the end."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._counts: tuple[int, int] | None = None  # failed, all
        self._success = False
        self._first = -1

    def handlers(self) -> dict[str, Handler]:
        return {"perl": self._line}

    def finish(self) -> None:
        if self._counts is not None:
            self._close(self._first, self._counts[1])

    def _line(self, line: Line) -> None:
        if found := _CORE.match(line.text):
            self.finish()
            self._counts, self._first = (number(found[1]), number(found[2])), line.start
        elif line.text.startswith("\t") and self._counts is not None:
            if len(self._names) < self._counts[0]:
                self._names.add(line.text.split()[0])
                self._first = max(self._first, 0)
        elif line.text.startswith("All tests"):
            self._success, self._first = True, line.start
        elif (scripts := _SCRIPTS.match(line.text)) and (self._success or self._counts is not None):
            self._close(line.end, self._counts[1] if self._counts else number(scripts[1]))

    def _close(self, last: int, total: int) -> None:
        names = self._names.take()
        failures = max(self._counts[0] if self._counts else 0, len(names))
        self.suites.append(Suite("perl", self._first, last, max(0, total - failures), 0, failures, names))
        self._counts, self._success = None, False
