"""Results as the runners of build systems and languages tell them: meson, ctest, cargo, go. Knows lines only."""

import re

from lfsmake.engine.testlogs.lines import Line
from lfsmake.engine.testlogs.suite import Handler, Names, Style, Suite, number

_MESON = re.compile(
    r" *\d+/\d+ (.+?) +(OK|EXPECTEDFAIL|FAIL|TIMEOUT|INTERRUPT|ERROR|SKIP|UNEXPECTEDPASS)\s+\d+\.\d+ ?s\b"
)
_MESON_COUNT = re.compile(r"([A-Z][A-Za-z ]+): +(\d+)\s*$")
_CTEST = re.compile(r" *\d+/\d+ +Test +#\d+: (.+?) \.*(\*\*\*[^\d]+|   ?Passed)")
_CTEST_SUM = re.compile(r"(\d+)% tests passed, (\d+) tests? failed out of (\d+)")
_CTEST_LIST = re.compile(r"\t *\d+ - (.+) \(([^()]*(?:\([^()]*\))?[^()]*)\)")
_CARGO = re.compile(r"test (.+?)(?: - should panic)? \.\.\. (\w+)")
_CARGO_SUM = re.compile(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored; (\d+) measured")
_GO = re.compile(r"--- (FAIL|PASS|SKIP): (\S+)")


class Meson(Style):
    """`1/9 name OK 0.1s` for each test, then a line for each kind of result."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._first = self._last = -1
        self._counts: dict[str, int] = {}

    def handlers(self) -> dict[str, Handler]:
        return {"ratio": self._test, "meson": self._count}

    def finish(self) -> None:
        if self._counts:
            self._close()
        elif len(self._names):
            names = self._names.take()
            self.suites.append(Suite("meson", self._first, self._last, 0, 0, len(names), names, ended=False))

    def _test(self, line: Line) -> None:
        found = _MESON.match(line.text)
        if found is None:
            return
        if self._counts:
            self._close()
        self._first = line.start if self._first < 0 else self._first
        self._last = line.end
        if found[2] not in ("OK", "EXPECTEDFAIL", "SKIP"):
            self._names.add(found[1], once=True)  # named once more below "Summary of Failures"

    def _count(self, line: Line) -> None:
        if self._first < 0:
            return
        if found := _MESON_COUNT.match(line.text):
            self._counts[found[1]] = number(found[2])
            self._last = line.end
        elif self._counts:
            self._last = line.end
            self._close()

    def _close(self) -> None:
        get = self._counts.get
        names = self._names.take()
        failures = max(get("Fail", 0) + get("Unexpected Pass", 0) + get("Timeout", 0), len(names))
        passed, skipped = get("Ok", 0) + get("Expected Fail", 0), get("Skipped", 0) + get("Ignored", 0)
        self.suites.append(Suite("meson", self._first, self._last, passed, skipped, failures, names))
        self._counts, self._first = {}, -1


class CTest(Style):
    """`1/3 Test #1: name .... Passed` for each test, a line with the counts, then those that failed once more."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._skipped = Names()
        self._disabled = 0  # of the skipped, those that are in no count
        self._first = self._last = -1
        self._counts: tuple[int, int] | None = None  # failed, all

    def handlers(self) -> dict[str, Handler]:
        return {"ctest": self._words, "ratio": self._test}

    def finish(self) -> None:
        self._close()

    def _test(self, line: Line) -> None:
        found = _CTEST.match(line.text)
        if found is None:
            return
        if self._counts is not None:
            self._close()
        self._reached(line)
        self._judge(found[1], found[2].removeprefix("***"))

    def _words(self, line: Line) -> None:
        if line.text.startswith("Test project"):
            self._close()
            self._reached(line)
        elif found := _CTEST_SUM.match(line.text):
            self._reached(line)
            self._counts = number(found[2]), number(found[3])
        elif self._counts is not None and (listed := _CTEST_LIST.match(line.text)):
            self._reached(line)
            self._judge(listed[1], listed[2])
        elif self._counts is not None:
            self._reached(line)

    def _reached(self, line: Line) -> None:
        self._first = line.start if self._first < 0 else self._first
        self._last = line.end

    def _judge(self, name: str, result: str) -> None:
        """Takes a test's result in: of the line that told it, or of the list at the end."""
        result = result.strip()
        if result.startswith(("Skipped", "Disabled")) or "(Disabled)" in result:
            self._disabled += "Disabled" in result and not self._skipped.has(name)
            self._skipped.add(name, once=True)
        elif result != "Passed" and not self._skipped.has(name):
            self._names.add(name, once=True)

    def _close(self) -> None:
        counts, self._counts = self._counts, None
        names, skipped = self._names.take(), len(self._skipped.take())
        first, self._first = self._first, -1
        if counts is None:
            if names:
                self.suites.append(Suite("ctest", first, self._last, 0, skipped, len(names), names, ended=False))
            return
        failures = max(counts[0], len(names))
        passed = max(0, counts[1] - failures - (skipped - self._disabled))  # it counts what was skipped as passed
        self._disabled = 0
        self.suites.append(Suite("ctest", first, self._last, passed, skipped, failures, names))


class Cargo(Style):
    """`running 3 tests`, `test name ... ok`, `test result: ok. 3 passed; …`, for each crate."""

    def __init__(self) -> None:
        super().__init__()
        self._names = Names()
        self._first = self._last = -1

    def handlers(self) -> dict[str, Handler]:
        return {"cargo": self._line}

    def finish(self) -> None:
        if len(self._names):
            names = self._names.take()
            self.suites.append(Suite("cargo", self._first, self._last, 0, 0, len(names), names, ended=False))

    def _line(self, line: Line) -> None:
        if line.text.startswith("running "):
            self.finish()
            self._first = line.start
        elif self._first >= 0 and (found := _CARGO.match(line.text)):
            if found[2] == "FAILED":
                self._names.add(found[1])
        elif found := _CARGO_SUM.match(line.text):
            passed, failed, ignored, measured = (number(part) for part in found.groups())
            names = self._names.take()
            first = self._first if self._first >= 0 else line.start
            failures = max(failed, len(names))
            self.suites.append(Suite("cargo", first, line.end, passed + measured, ignored, failures, names))
            self._first = -1
        self._last = line.end


class Go(Style):
    """`--- FAIL: TestName` for each test that failed, then `FAIL package` or `ok package`.

    Without -v nothing is said of tests that pass: a package then counts as one.
    """

    def __init__(self) -> None:
        super().__init__()
        self._names: list[str] = []
        self._passed = self._skipped = 0
        self._first = -1

    def handlers(self) -> dict[str, Handler]:
        return {"go": self._line}

    def finish(self) -> None:
        """What no package's line follows is not go's."""

    def _line(self, line: Line) -> None:
        self._first = line.start if self._first < 0 else self._first
        if found := _GO.match(line.text):
            if found[1] == "FAIL":
                self._names.append(found[2])
            self._passed += found[1] == "PASS"
            self._skipped += found[1] == "SKIP"
            return
        words = line.text.split("\t")
        if len(words) < 3 and not line.text.endswith(("failed]", "[setup failed]")):
            return
        package = words[1].split(" ")[0]
        names = Names()
        for name in self._names:
            names.add(f"{package}/{name}")
        if words[0] == "FAIL" and not self._names:
            names.add(package)  # it did not build, or died
        failed = names.take()
        passed = self._passed or (not failed)
        self.suites.append(Suite("go", self._first, line.end, int(passed), self._skipped, len(failed), failed))
        self._names, self._passed, self._skipped, self._first = [], 0, 0, -1
