"""Finds the first real error of a log: of all lines that tell of errors, the one that the others follow from.

Knows patterns and how make and ninja end, not what becomes of a failure.

    scan(log):
        only the last phase counts; the ones before it succeeded
        gather what tells of errors into clusters: lines that stand close together
        make's `*** [target] Error 1` closes a cluster, which is its cause; its parents' adopt that
        an error that make says it ignored takes its cluster with it
        of the cluster that the last make ended with, or the last one: the first line of the surest patterns
"""

import re
from collections.abc import Iterator

from msgspec import Struct

from lfsmake.engine.evidence import (
    cargo_go,
    compilers,
    configures,
    generators,
    languages,
    linkers,
    machine,
    makes,
    shells,
    sources,
    tests,
)
from lfsmake.engine.evidence.exceptions import end_of
from lfsmake.engine.evidence.lines import Header, Line, read
from lfsmake.engine.evidence.pattern import ECHO, FAIR, SURE, WEAK, Pattern

_GAP = 150  # lines between two errors that may have to do with each other
_TRACEBACKS = 100  # that are followed
PATTERNS: tuple[Pattern, ...] = (
    *tests.PATTERNS,
    *machine.PATTERNS,
    *sources.PATTERNS,
    *configures.PATTERNS,
    *generators.PATTERNS,
    *linkers.PATTERNS,
    *compilers.PATTERNS,
    *cargo_go.PATTERNS,
    *languages.PATTERNS,
    *makes.PATTERNS,
    *shells.PATTERNS,
)
_TESTS = len(tests.PATTERNS)  # the first so many are for the check phase
_END = re.compile(
    r"^(?:\S*/)?[\w-]*make(?:\[(?P<level>\d+)\])?: (?:\*\*\* )?\[(?:(?P<file>[^:\]]+):(?P<line>\d+): "
    r")?(?P<target>[^\]]*)\] "
    r"(?P<how>Error \d+|[A-Z][a-z]+.*?)(?P<ignored> \(ignored\))?$"
)
_STOP = re.compile(r"^(?:(?:\S*/)?[\w-]*make(?:\[(?P<level>\d+)\])?|\S+:\d+): \*\*\* .*  Stop\.$")
_MARKS = (
    "] Error ",
    "*** [",
    "  Stop.",
    "FAILED: ",
    "ninja: build stopped",
    languages.TRACEBACK,
    languages.CAUSED,
)
_INNERMOST = 1000  # the level of a make that does not say it


class Hit(Struct, frozen=True):
    """A line that a pattern matched."""

    line: int
    offset: int
    text: str
    pattern: Pattern
    match: re.Match[str]


class Found(Struct, frozen=True):
    """What a log says of the failure of its last phase. `first`: the first real error. `full`, `memory`: the first
    word of a full disk and of missing memory, wherever they stand. `by_make`: make says that it ended."""

    phase: str
    by_make: bool
    first: Hit | None
    full: Hit | None
    memory: Hit | None


class _Ended(Struct, frozen=True):
    """A make that said that it ends, and why."""

    level: int
    line: int
    cause: Hit


_ENDED = Pattern("make", "command-failed", "*** [", _END.pattern, ECHO)
_FAILED = Pattern("ninja", "command-failed", "FAILED: ", r"^FAILED: (?:\[code=\d+\] )?(?P<name>.+)", ECHO)
_RAISED = Pattern("python", "exception", "", r"(?P<name>[\w.]*)", SURE)


class _Cluster:
    """Lines that tell of errors and stand close together: the first of each weight."""

    def __init__(self) -> None:
        self.first: dict[int, Hit] = {}
        self.last = 0

    def add(self, hit: Hit) -> None:
        self.first.setdefault(hit.pattern.weight, hit)
        if hit.pattern.weight > WEAK:
            self.last = hit.line

    def forget_python(self) -> None:
        """What was raised while an exception was handled tells more than that one."""
        hit = self.first.get(SURE)
        if hit is not None and hit.pattern.tool == "python":
            del self.first[SURE]

    def best(self) -> Hit | None:
        """The first line of the surest."""
        return next((self.first[weight] for weight in (SURE, FAIR, WEAK, ECHO) if weight in self.first), None)


class _Reader:
    """The state of one reading."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.phase = ""
        self.restart()
        self.tracebacks = 0

    def restart(self) -> None:
        """A phase begins: what was before it succeeded."""
        self.cluster = _Cluster()
        self.ended: list[_Ended] = []
        self.test = _Cluster()
        self.ninja = False
        self.full: Hit | None = None
        self.memory: Hit | None = None
        self.sticky: Hit | None = None

    def header(self, header: Header) -> None:
        self.phase = header.phase
        self.restart()

    def line(self, line: Line) -> None:
        """One line with a needle in it."""
        if languages.CAUSED in line.text:
            self.cluster.forget_python()
        elif languages.TRACEBACK in line.text:
            self.traceback(line)
        elif line.text.startswith("FAILED: "):
            self.ninja_failed(line)
        hit = self.match(line)
        if hit is not None:
            self.add(hit)
        self.end(line)

    def match(self, line: Line) -> Hit | None:
        """The surest pattern that matches."""
        best: Hit | None = None
        for index in sorted(place for needle in line.found for place in _BY_NEEDLE[needle]):
            pattern = PATTERNS[index]
            if best is not None and pattern.weight <= best.pattern.weight:
                continue
            if index < _TESTS and self.phase != "check":
                continue
            match = pattern.search(line.text)
            if match is not None:
                best = Hit(line.number, line.offset, line.text, pattern, match)
                if pattern.weight == SURE:
                    break
        return best

    def add(self, hit: Hit) -> None:
        kind = hit.pattern.kind
        if kind == "disk-full":
            self.full = self.full or hit
        if kind in ("out-of-memory", "killed"):
            self.memory = self.memory or hit
        if kind in machine.STICKY and hit.pattern.weight == SURE and self.phase != "check":
            self.sticky = self.sticky or hit
        if kind == "test-failed":
            self.test.add(hit)
            return
        if (
            self.cluster.last
            and hit.line - self.cluster.last > _GAP
            and hit.pattern.weight > WEAK
            and not self.ninja
        ):
            self.cluster = _Cluster()
        self.cluster.add(hit)

    def traceback(self, line: Line) -> None:
        self.tracebacks += 1
        raised = end_of(self.path, line.offset) if self.tracebacks <= _TRACEBACKS else None
        if raised is None or languages.TRACEBACK in raised[2]:  # the other half of it is followed on its own
            return
        below, offset, text = raised
        for pattern in (*languages.py.patterns, *machine.PATTERNS, _RAISED):
            match = pattern.search(text)
            if match is not None and pattern.weight > ECHO:
                sure = Pattern(pattern.tool, pattern.kind, "", pattern.regex, SURE, pattern.advice)
                self.add(Hit(line.number + below, offset, text, sure, match))
                return

    def ninja_failed(self, line: Line) -> None:
        """Ninja says what failed, then shows what that wrote."""
        match = _FAILED.search(line.text)
        if not self.ninja and match is not None and self.phase != "check":
            self.ninja = True
            self.cluster = _Cluster()
            self.cluster.add(Hit(line.number, line.offset, line.text, _FAILED, match))

    def end(self, line: Line) -> None:
        """Make or ninja ends, or says that it goes on in spite of an error."""
        match = _END.search(line.text)
        stop = None if match else _STOP.search(line.text)
        if match is None and stop is None:
            if line.text.startswith("ninja: build stopped") and (cause := self.cluster.best()) is not None:
                self.close(_Ended(_INNERMOST, line.number, cause))
            return
        found = match or stop
        level = int(found["level"] or 0) if found is not None else 0
        if stop is not None and not line.text.startswith("make") and stop["level"] is None:
            level = _INNERMOST
        if match is not None and match["ignored"]:
            self.ended = [ended for ended in self.ended if ended.level <= level]
            self.cluster = _Cluster()
            return
        if match is not None and "*** " not in line.text:
            return
        children = [ended for ended in self.ended if ended.level > level]
        own = self.cluster.best()
        if children:
            cause = children[0].cause
        elif own is not None and own.pattern.weight > WEAK:
            cause = own
        elif match is not None:
            weak = own if own is not None and own.pattern.weight == WEAK and line.number - own.line < 20 else None
            cause = weak or Hit(line.number, line.offset, line.text, _ENDED, match)
        else:
            return
        self.ended = [ended for ended in self.ended if ended.level <= level]
        self.close(_Ended(level, line.number, cause))

    def close(self, ended: _Ended) -> None:
        self.ended.append(ended)
        self.cluster = _Cluster()
        self.ninja = False

    def result(self) -> Found:
        """The first real error, once all was read."""
        return Found(self.phase, bool(self.ended), self.first(), self.full, self.memory)

    def first(self) -> Hit | None:
        test = self.test.best()
        if self.phase == "check" and test is not None and test.pattern.weight > WEAK:
            return test
        if self.sticky is not None:
            return self.sticky
        own = self.cluster.best()
        if self.ended:
            last = min(self.ended, key=lambda ended: (ended.level, ended.line))
            after = own is not None and own.pattern.weight == SURE and own.line - self.ended[-1].line > _GAP
            if not after:
                return last.cause
        return own or test


_NEEDLES = tuple(dict.fromkeys((*(pattern.needle for pattern in PATTERNS), *_MARKS)))
_BY_NEEDLE: tuple[tuple[int, ...], ...] = tuple(
    tuple(index for index, pattern in enumerate(PATTERNS) if pattern.needle == needle) for needle in _NEEDLES
)


def hits(path: str) -> Iterator[Hit]:
    """Every line of the log that a pattern matches; for those who look at the patterns."""
    reader = _Reader(path)
    for line in read(path, _NEEDLES):
        if isinstance(line, Header):
            reader.header(line)
        elif (hit := reader.match(line)) is not None:
            yield hit


def scan(path: str) -> Found:
    """What the log says. Raises OSError if it cannot be read."""
    reader = _Reader(path)
    for line in read(path, _NEEDLES):
        if isinstance(line, Header):
            reader.header(line)
        else:
            reader.line(line)
    return reader.result()
