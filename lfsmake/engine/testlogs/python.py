"""Results as Python's runners tell them: pytest, unittest, and those of Python itself. Knows lines only."""

import re

from lfsmake.engine.testlogs.lines import Line
from lfsmake.engine.testlogs.suite import Handler, Names, Style, Suite, number

_ID = re.compile(r"(?:FAILED|ERROR|SUBFAIL(?:ED)?(.*?)) ([^\s\[]+(?:(?: [^\s\[-]+)*|\[.*?\]))(?: - .*)?$")
_COUNT = re.compile(r"(\d+) ([a-z]+)")
_HEADING = re.compile(r"(?:FAIL|ERROR): (\S+) \(([^()\s]+)\)(.*)")
_SURPRISE = re.compile(r"(?:UNEXPECTED SUCCESS: )?(\w+) \(([\w.]+)\)")
_RAN = re.compile(r"Ran (\d+) tests? in ")
_PART = re.compile(r"([a-z ]+)=(\d+)")
_LISTED = re.compile(r"(\d+) tests? (failed|OK|skipped|omitted|run no tests)\b|All (\d+) tests OK")


class Pytest(Style):
    """`FAILED file::test - why` for each failure, then `=== 1 failed, 9 passed in 0.1s ===`."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._first = self._last = -1
        self._session = False

    def handlers(self) -> dict[str, Handler]:
        return {"session": self._begins, "id": self._failed, "pytest": self._ends}

    def finish(self) -> None:
        if self._session:  # it never came to its end
            names = self._names.take()
            self.suites.append(Suite("pytest", self._first, self._last, 0, 0, len(names), names, ended=False))

    def _begins(self, line: Line) -> None:
        if "session" in line.text:
            self.finish()
            self._session, self._first = True, line.start
        elif self._first < 0:  # -q says nothing earlier
            self._first = line.start
        self._last = line.end

    def _failed(self, line: Line) -> None:
        if found := _ID.match(line.text):
            sub, test = found.groups()
            if "::" not in test and ".py" not in test:
                return
            self._first = line.start if self._first < 0 else self._first
            self._last = line.end
            self._names.add(f"{test} {sub}" if sub else test, once=True)

    def _ends(self, line: Line) -> None:
        counts = {word.rstrip("s"): number(count) for count, word in _COUNT.findall(line.text.partition(" in ")[0])}
        get = counts.get
        names = self._names.take()
        failures = max(get("failed", 0) + get("error", 0), len(names))
        passed = get("passed", 0) + get("xfailed", 0) + get("xpassed", 0)
        first = self._first if self._first >= 0 else line.start
        self.suites.append(Suite("pytest", first, line.end, passed, get("skipped", 0), failures, names))
        self._session, self._first = False, -1


class Unittest(Style):
    """A heading below a line of = for each failure, then `Ran 9 tests in 0.1s` and `FAILED (failures=1)`."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._rule = -1
        self._first = self._last = -1
        self._ran: int | None = None

    def handlers(self) -> dict[str, Handler]:
        return {
            "rule": self._on_rule,
            "result": self._heading,
            "surprise": self._surprise,
            "ran": self._on_ran,
            "ended": self._ends,
        }

    def finish(self) -> None:
        if len(self._names):
            names = self._names.take()
            self.suites.append(Suite("unittest", self._first, self._last, 0, 0, len(names), names, ended=False))

    def _on_rule(self, line: Line) -> None:
        self._rule = line.end

    def _heading(self, line: Line) -> None:
        found = _HEADING.match(line.text)
        if found is None or line.start != self._rule:
            return
        self._add(line, found[1], found[2], found[3])

    def _surprise(self, line: Line) -> None:
        """A test that was expected to fail: said with -v, and since Python 3.12."""
        if found := _SURPRISE.match(line.text):
            self._add(line, found[1], found[2])

    def _add(self, line: Line, test: str, where: str, sub: str = "") -> None:
        name = where if where.endswith(f".{test}") else f"{where}.{test}"  # since 3.11 the place has the name, too
        self._names.add(f"{name}{sub}", once=True)
        self._first = line.start if self._first < 0 else self._first
        self._last = line.end

    def _on_ran(self, line: Line) -> None:
        found = _RAN.match(line.text)
        self._ran = number(found[1]) if found else None
        self._first = line.start if self._first < 0 else self._first

    def _ends(self, line: Line) -> None:
        if self._ran is None:
            return
        parts = {word.strip(): number(count) for word, count in _PART.findall(line.text)}
        names = self._names.take()
        failures = parts.get("failures", 0) + parts.get("errors", 0) + parts.get("unexpected successes", 0)
        failures = max(failures, len(names))
        skipped = parts.get("skipped", 0)
        passed = max(0, self._ran - failures - skipped)
        self.suites.append(Suite("unittest", self._first, line.end, passed, skipped, failures, names))
        self._ran, self._first = None, -1


class Regrtest(Style):
    """Python's own: lists of files by result, then `Total test files: run=… failed=…` (since 3.12)."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._counts: dict[str, int] = {}
        self._first = self._last = -1
        self._listing = ""

    def handlers(self) -> dict[str, Handler]:
        return {"python": self._line}

    def finish(self) -> None:
        if self._counts:
            self._close()

    def _line(self, line: Line) -> None:
        text = line.text
        if text.startswith("    "):
            if self._listing == "failed":
                for name in text.split():
                    self._names.add(name, once=True)
                self._last = line.end
        elif found := _LISTED.match(text):
            self._listing = found[2] or "OK"
            if self._listing in self._counts and self._listing != "failed":
                self._close()
            self._first = line.start if self._first < 0 else self._first
            self._counts[self._listing] = number(found[1] or found[3])
            self._last = line.end
        elif text.startswith("Total test files") and self._counts:
            self._last = line.end
            self._close()

    def _close(self) -> None:
        names = self._names.take()
        failures = max(self._counts.get("failed", 0), len(names))
        passed, skipped = self._counts.get("OK", 0), self._counts.get("skipped", 0)
        self.suites.append(Suite("python", self._first, self._last, passed, skipped, failures, names))
        self._counts, self._first, self._listing = {}, -1, ""
