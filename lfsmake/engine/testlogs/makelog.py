"""What make and ninja stopped at: tests, or something else. Knows their messages and the usual names of targets.

A make that ran another make stops because that one did; only the innermost error has a cause of its own.
"""

import re
from collections.abc import Collection

from lfsmake.engine.testlogs.lines import Line
from lfsmake.engine.testlogs.suite import Handler

_ERROR = re.compile(r"make(?:\[(\d+)\])?: \*\*\* (?:\[(?:.*: )?([^\]]+)\] )?(.*)")
_TARGET = re.compile(
    r"(?:x?check|x?tests?|installcheck|test-suite|test_harness|test_dynamic|pass-fail|subdirs)(?:[-_][\w.+-]+)?"
)
_NOT_TESTS = re.compile(r"\.(?:o|lo|l?a|so|c|cc|cpp|h|d|gch|mo|gmo)$")
_NINJA = re.compile(r"FAILED: (?:\[code=\d+\] )?(\S+)")
_NINJA_TESTS = re.compile(r"(?:meson-internal__)?(?:test|check)|CMakeFiles/(?:test|check)\.util")
_MOST = 100


class MakeErrors:
    """The errors with causes of their own. `strays` names those that no failed test explains."""

    def __init__(self) -> None:
        self.any = False
        self._deepest: list[int] = []  # levels of errors that an outer make has not yet passed on
        self._causes: list[str] = []

    def handlers(self) -> dict[str, Handler]:
        """As those of a style."""
        return {"make": self._make, "ninja": self._ninja}

    def strays(self, failed: Collection[str]) -> tuple[str, ...]:
        """What was stopped at, besides tests: `failed` are the names of those that failed."""
        return tuple(cause for cause in self._causes if not _is_test(cause, failed))

    def _make(self, line: Line) -> None:
        found = _ERROR.match(line.text)
        if found is None or found[3].startswith("Waiting for unfinished"):
            return
        self.any = True
        level = int((found[1] or "0")[:4])
        inner = [each for each in self._deepest if each > level]
        self._deepest = [each for each in self._deepest if each <= level]
        if len(self._deepest) < _MOST:
            self._deepest.append(level)
        if not inner and len(self._causes) < _MOST:
            self._causes.append(found[2] or found[3])

    def _ninja(self, line: Line) -> None:
        self.any = True
        found = _NINJA.match(line.text)
        cause = found[1] if found else line.text
        if not (found and _NINJA_TESTS.fullmatch(cause)) and len(self._causes) < _MOST:
            self._causes.append(cause)


def _is_test(target: str, failed: Collection[str]) -> bool:
    """Whether a target's error is that of tests: it has a name that is theirs, or that of one that failed."""
    name = target.strip()
    last = name.rpartition("/")[2]
    if _NOT_TESTS.search(last):
        return False
    if _TARGET.fullmatch(last.removesuffix(".log").removesuffix(".stamp")):
        return True
    stem = re.sub(r"\.(?:log|trs|out|test-result|chk|res)$", "", name)
    return any(stem == each or stem.endswith(f"/{each}") for each in failed)
