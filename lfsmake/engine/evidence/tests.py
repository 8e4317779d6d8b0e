"""What test harnesses say of a test that fails. Only the check phase is read with these. Knows no build tool."""

from lfsmake.engine.evidence.pattern import ECHO, FAIR, WEAK, Family

test = Family("test")
test("test-failed", "FAIL: ", r"^(?:FAIL|XPASS|ERROR|UNRESOLVED): (?!\s*\d+$)(?P<name>\S+)", tool="automake")
test("test-failed", "XPASS: ", r"^XPASS: (?!\s*\d+$)(?P<name>\S+)", tool="automake")
test("test-failed", "ERROR: test", r"^ERROR: (?P<name>test\w*) ", tool="unittest")
test("test-failed", "not ok", r"^\s*not ok \d*(?!.*# (?:TODO|SKIP|todo|skip))", tool="tap")
test("test-failed", "***", r"^\s*\d+/\d+ Test\s+#\d+: (?P<name>\S+) \.+\s*\*\*\*", tool="ctest")
test(
    "test-failed",
    "(Failed)",
    r"^\s*\d+ - (?P<name>.+) \((?:Failed|Timeout|SEGFAULT|Not Run)\)",
    FAIR,
    tool="ctest",
)
test("test-failed", "FAIL", r"^\s*\d+/\d+ (?:\S+ [:/-] )*(?P<name>\S+).*\s(?:FAIL|ERROR|TIMEOUT)\b", tool="meson")
test("test-failed", "TIMEOUT", r"^\s*\d+/\d+ (?P<name>\S+).*\sTIMEOUT\b", tool="meson")
test("test-failed", "E  ", r"^E   +\S", tool="pytest")
test("test-failed", "FAILED ", r"^FAILED (?P<name>\S+::\S+)", tool="pytest")
test("test-failed", "ERROR ", r"^ERROR (?P<name>\S+\.py\S*)", tool="pytest")
test("test-failed", " ... FAIL", r"^(?P<name>test\w*) .*\.\.\. (?:FAIL|ERROR)$", FAIR, tool="unittest")
test("test-failed", "Failed test", r"#\s+Failed test", tool="prove")
test("test-failed", "Dubious", r"^(?P<name>\S+)?\s*\.*\s*Dubious, test returned", tool="prove")
test("test-failed", "Failed ", r"Failed \d+/\d+ subtests", FAIR, tool="prove")
test("test-failed", "... FAILED", r"^test (?P<name>\S+) \.\.\. FAILED", tool="cargo")
test("test-failed", " mismatch", r"^(?:\./)?(?P<name>[\w.-]+): (?:stdout|stderr) mismatch$", tool="m4")
test("test-failed", ": status was ", r"^(?:\./)?(?P<name>[\w.-]+): status was \d+, expected", tool="m4")
test("test-failed", "--- FAIL: ", r"^\s*--- FAIL: (?P<name>\S+)", tool="go")
test("test-failed", "FAILED", r"\bFAILED\b(?! -- saving)(?!.*\b0\b)", FAIR)
test("test-failed", "failed", r"\b[1-9]\d* (?:of \d+ )?tests? (?:did not|failed|have failed)", FAIR)
test("test-failed", "FAIL", r"^\s*FAIL\b", FAIR)
test("test-failed", "ailed", r"(?i:\btests? .*failed\b)(?!.*\b0 failed)", WEAK)
test("test-failed", "See ", r"^See \S*test-suite\.log", ECHO, tool="automake")
test("test-failed", "Testsuite summary", r"^Testsuite summary", ECHO, tool="automake")

PATTERNS = test.patterns
