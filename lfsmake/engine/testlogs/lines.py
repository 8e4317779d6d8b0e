"""The lines of a log that may tell of tests, out of however many. Knows how they begin, not what they mean."""

import re
from collections.abc import Iterator
from typing import BinaryIO, NamedTuple

_CHUNK = 1 << 20  # bytes read at a time
_LONGEST = 1 << 13  # bytes of a line that are looked at: names of tests are shorter
_SKIPPED = 1 << 16  # bytes after which a line without an end is not kept any longer

_ESCAPE = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(?:\x07|\x1b\\)|[@-Z\\-_])")

# How a line of each kind begins, in the order tried. A kind is what one or several styles have a handler for.
KINDS: dict[str, bytes] = {
    "autotest": rb"## Test results. ##|(?:ERROR: )?(?:All |Only )?\d+ tests? (?:was|were|behaved)"
    rb"|\d+ (?:failed (?:un|\()|passed unex|did not)",
    "result": rb"(?:X?PASS|[XK]?FAIL|KPASS|SKIP|ERROR|UNRESOLVED|UNSUPPORTED|UNTESTED): ",
    "make": rb"make(?:\[\d+\])?: \*\*\* ",
    "ignored": rb"make(?:\[\d+\])?: \[[^\n]{1,500}\] Error 1 \(ignored\)",
    "gawk": rb"(?:ALL|\d+) TESTS (?:PASSED|FAILED)",
    "checking": rb"Checking \./[\w.-]+\s*$",
    "checks": rb"(?:Failed|Skipped|All) checks (?:were:|successful)",
    "listed": rb" +\./[\w.-]+",
    "categories": rb"\d+ Tests? in \d+ Categor",
    "util": rb"  (?:All )?\d+ tests (?:of \d+ )?(?:PASSED|FAILED)",
    "dots": rb" {1,12}[\w-]+: [^\n]{1,200} \.\.\. (?:OK|SKIPPED|FAILED|KNOWN FAILED)",
    "named": rb"      [\w.-]+/[\w.-]+\s*$",
    "ninja": rb"FAILED: |ninja: (?:error|fatal): ",
    "box": rb"Testsuite summary|# (?:TOTAL|PASS|SKIP|XFAIL|FAIL|XPASS|ERROR): ",
    "rule": rb"={20,}[ \t]*\r?$",
    "session": rb"=+ (?:test session starts|FAILURES|ERRORS) =",
    "dump": rb" +\S[^\n]{0,500}: \S*test-suite\.log\s*$",
    "python": rb"\d+ tests? (?:failed:|OK\.|skipped:|altered|omitted:|run no)|All \d+ tests OK\.|Total test files: "
    rb"|    test_",
    "e2fs": rb"\d+ tests succeeded|Tests failed: ",
    "counted": rb"(?:\(?\d+|All \d+)(?: of \d+)? tests? (?:passed|failed|did not|was not|were not)",
    "dejagnu": rb"\t\t=== |# of [a-z]",
    "quoted": rb"cat <<\W?EOF\W? \||EOF$",
    "glibc": rb"Summary of test results| +\d+ (?:X?PASS|X?FAIL|UNSUPPORTED|UNRESOLVED|ERROR)\s*$",
    "group": rb" *\d+: [^\n]{0,500}(?:ok|skipped|FAILED|expected failure|UNEXPECTED PASS)\b",
    "tcl": rb"[\w./-]+:\tTotal\t\d|==== \S",
    "ratio": rb" *\d+/\d+ ",
    "meson": rb"(?:Ok|Expected Fail|Fail|Unexpected Pass|Skipped|Timeout|Ignored): +\d+\s*$|Full log written to ",
    "ctest": rb"Test project /|\d+% tests passed|\t *\d+ - |The following tests ",
    "program": rb"\S+ ?\.{2,} ?(?:ok|skipped|Failed|FAILED \(|N/A|Error |Dubious|All|No subtests|$)",
    "harness": rb"Files=\d|Result: |\S[^\n]{0,500}\(Wstat: |  Parse errors: ",
    "go": rb"--- (?:FAIL|PASS|SKIP): |ok  \t|FAIL\t",
    "tap": rb"(?:not )?ok(?:[ \r\n]|$)|1\.\.\d|Bail out!",
    "cargo": rb"running \d+ tests?\s*$|test [^\n]{1,500} \.\.\. |test result: ",
    "ended": rb"OK(?: \(|\s*$)|FAILED \(|NO TESTS RAN",
    "surprise": rb"UNEXPECTED SUCCESS: |\w+ \([\w.]+\) \.\.\. unexpected success",
    "ran": rb"Ran \d+ tests? in ",
    "id": rb"(?:FAILED|ERROR|SUBFAIL(?:ED)?(?:[\[(][^\n]{0,200}[\])])?) \S",
    "pytest": rb"(?:=+ )?\d+ (?:passed|failed|errors?|skipped|xfailed|xpassed|deselected)\b[^\n]{0,300} in \d",
    "perl": rb"Failed \d+ tests? out of \d+|All tests successful\.|\t\S+\.t\b|u=[\d. ]",
}

_LINE = re.compile(b"|".join(b"(?P<%s>%s)" % (name.encode(), text) for name, text in KINDS.items()))
_FIRST = frozenset(b"#=(\t 0123456789ABCEFKNOPRSTUXmnortu-")  # how lines of most kinds begin
# What lines of the other kinds hold.
_WITHIN = (b"cat <<", b":\tTotal\t", b"(Wstat: ", b".. ", b"..\n", b"unexpected success")


class Line(NamedTuple):
    """A line that may tell of tests: its kind, where it begins, where the next one does, and its text.

    Places are bytes from where reading began, escape sequences not counted.
    """

    kind: str
    start: int
    end: int
    text: str


def telling_lines(stream: BinaryIO) -> Iterator[Line]:
    """The lines of interest from where the stream stands to its end, escape sequences taken out.

    Reads in pieces: neither a log of any size nor a line of any length is ever in memory as a whole.
    """
    place = 0
    held = b""
    inside = False  # the middle of a line too long to keep
    while data := stream.read(_CHUNK):
        whole = held + data
        cut = whole.rfind(b"\n") + 1
        held = whole[cut:]
        if inside:
            first = whole.find(b"\n") + 1
            inside = not first
            whole = whole[first:cut]
        else:
            whole = whole[:cut]
        if len(held) > _SKIPPED:
            whole += b"" if inside else held[:_SKIPPED] + b"\n"
            held, inside = b"", True
        block = _ESCAPE.sub(b"", whole) if b"\x1b" in whole else whole
        yield from _matches(block, place)
        place += len(block)
    if held and not inside:
        yield from _matches(_ESCAPE.sub(b"", held), place)


def _matches(block: bytes, place: int) -> Iterator[Line]:
    """A look at the first byte spares most lines the expression: that is what makes it fast."""
    others = any(text in block for text in _WITHIN)
    for raw in block.split(b"\n"):
        end = place + len(raw) + 1
        if raw and (others or raw[0] in _FIRST):
            found = _LINE.match(raw)
            if found is not None:
                yield Line(found.lastgroup or "", place, end, _text(raw[:_LONGEST]))
        place = end


def _text(raw: bytes) -> str:
    return raw.decode("utf-8", "replace").rstrip("\r").rsplit("\r", 1)[-1]
