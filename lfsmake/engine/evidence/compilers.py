"""What gcc, g++, clang and the assembler say when they fail. Knows no other tool."""

from lfsmake.engine.evidence.pattern import ECHO, LOC, SURE, WEAK, Family, Q

gcc = Family("gcc")
_DRIVER = r"^(?:\S*/)?(?P<tool>[\w.+-]*(?:gcc|g\+\+|cc|c\+\+|cpp|clang|clang\+\+|gfortran)(?:-[\d.]+)?): "
_CC1 = r"^(?:\S*/)?(?P<tool>cc1\w*|lto1|lto-wrapper|f951): "

# Memory and crashes of the compiler itself.
gcc("killed", "Killed", _DRIVER + r"(?:fatal error|internal compiler error|error): Killed")
gcc("killed", "Killed", r"internal compiler error: Killed")
gcc(
    "killed",
    "due to signal",
    _DRIVER + r"error: unable to execute command: Killed|clang\S* frontend command failed due to signal",
)
gcc("out-of-memory", "out of memory", r"^(?:\S*/)?(?P<tool>cc1\w*|lto1|ld\S*|as|collect2): .*out of memory")
gcc("out-of-memory", "out of memory", r"(?:fatal )?error: .*out of memory|^LLVM ERROR: out of memory")
gcc("internal-compiler-error", "internal compiler error", r"(?:" + LOC + r")?internal compiler error")
gcc("internal-compiler-error", "PLEASE submit a bug report", r"PLEASE submit a bug report", tool="clang")
gcc("internal-compiler-error", "clang frontend command failed", r"clang frontend command failed", tool="clang")

# A file.
gcc(
    "missing-header", "fatal error: ", LOC + r"fatal error: (?P<name>[^\s:]+): No such file or directory",
    advice="no package of the root brings {name}, or its folder is not searched (-I): `needs build` what brings "
    "it",
)  # fmt: skip
gcc(
    "missing-header", "file not found", LOC + rf"fatal error: {Q}(?P<name>[^'’]+){Q} file not found", tool="clang",
    advice="no package of the root brings {name}, or its folder is not searched (-I): `needs build` what brings "
    "it",
)  # fmt: skip
gcc(
    "missing-file",
    "No such file or directory",
    _DRIVER + r"(?:fatal )?error: (?P<name>\S+): No such file or directory",
)
gcc(
    "missing-file",
    "no such file or directory",
    _DRIVER + rf"(?:fatal )?error: no such file or directory: {Q}(?P<name>[^'’]+)",
)
gcc("compiler-broken", "cannot execute", _DRIVER + r"(?:fatal )?error: cannot execute")

# Options.
gcc(
    "bad-option",
    "option", _DRIVER + rf"error: (?:unrecognized command[- ]line option|unsupported option) "
    rf"{Q}?(?P<name>[^'’;]+)",
    advice="this compiler does not know {name}: another version, or another architecture",
)  # fmt: skip
gcc("bad-option", "unknown argument", _DRIVER + rf"error: unknown argument:? {Q}?(?P<name>[^'’]+)")
gcc("bad-option", "bad value", rf"error: bad value \(?{Q}(?P<name>[^'’]+){Q}\)? for")
gcc("bad-option", "error: unrecognized argument", r"error: unrecognized argument")
gcc("bad-option", "error: unknown target CPU", r"error: unknown target CPU", tool="clang")

# The text. The warning that is an error comes first: it has all the words of the others.
gcc(
    "warning-as-error", "[-Werror", LOC + r"(?:fatal )?error: .*\[-Werror",
    advice="a newer compiler warns of more: build with --disable-werror or without -Werror",
)  # fmt: skip
gcc("warning-as-error", ",-W", LOC + r"error: .*\[-Werror,", tool="clang")
gcc("error-directive", "error: #error", LOC + r"error: #error")
gcc(
    "undeclared", "error: ",
    LOC + rf"error: (?:.* undeclared|.* was not declared in this scope|unknown type name|{Q}.*{Q} does not name a "
    rf"type|.* is not a member of|use of undeclared identifier|implicit declaration of function|call to "
    rf"undeclared "
    rf"(?:library )?function|{Q}.*{Q} in namespace .* does not name)",
)  # fmt: skip
gcc(
    "syntax", "error: ",
    LOC + r"error: (?:expected |stray |missing terminating|unterminated |extraneous |"
    r"invalid storage class for function|version control conflict marker|"
    r"invalid preprocessing directive|.* (?:without #if|in program))",
)  # fmt: skip
gcc("syntax", "error: ", r"^(?P<file>[^\s:]+):(?P<line>\d+)(?::\d+)?: error: (?:unterminated|expected)")
gcc(
    "type", "error: ",
    LOC + r"error: .*(?:conflicting types|redefinition of|redeclar|has no member|no member named|no matching |"
    r"invalid "
    r"conversion|too (?:few|many) arguments|incompatible|cannot convert|static assertion|static_assert|invalid "
    r"operands|"
    r"invalid use|cannot be |different|lvalue required|is not a function|invalid type|no viable|ambiguous|"
    r"does not match|no declaration matches|undefined type|deleted function|is private|is protected|ISO C\+\+ forbids)",
)  # fmt: skip
gcc("missing-module", "fatal error: ", LOC + r"fatal error: Cannot open module file")
gcc("compile", "error: ", LOC + r"(?:fatal )?error: ")
gcc("compile", "error: ", _CC1 + r"(?:fatal )?error: (?!.*(?:warnings being treated|some warnings))")
gcc("command-failed", "warnings being treated as errors", r"warnings being treated as errors", ECHO)
gcc("command-failed", "linker command failed", r"error: linker command failed", ECHO, tool="clang")
gcc("command-failed", "ld returned", r"(?:collect2|g?cc)\S*: (?:fatal )?error: ld (?:returned|terminated)", ECHO)
gcc("compile", "error: ", _DRIVER + r"(?:fatal )?error: (?!linker command)", SURE)
gcc("compile", "errors generated", r"^\d+ errors? generated", ECHO, tool="clang")

# The assembler.
gcc("assembler", "Error: ", r"^(?P<file>[^\s:][^:]*):(?P<line>\d+): Error: ", tool="as")
gcc("assembler", "Fatal error: ", r"^(?P<file>[^\s:][^:]*):(?P<line>\d+): Fatal error: ", tool="as")
gcc("assembler", "Assembler messages:", r"Assembler messages:$", ECHO, tool="as")
gcc("assembler", "Fatal error: can't", r"^(?:\S*/)?(?P<tool>\S*as): .*Fatal error: ", tool="as")

# Grammars.
gcc("syntax", "error: ", r"^(?P<file>[^\s:]+\.(?:y|yy|ypp|yacc)):(?P<line>\d+)\S*: error: ", tool="bison")
gcc(
    "syntax",
    "fatal error: ",
    r"^(?P<file>[^\s:]+\.(?:y|yy|ypp|yacc)):(?P<line>\d+)\S*: fatal error: ",
    tool="bison",
)
gcc("syntax", ", line ", r'^"?(?P<file>[^\s":]+\.(?:l|ll|lex))", line (?P<line>\d+): (?!warning)', tool="flex")
gcc("syntax", ".l", r"^(?P<file>[^\s:]+\.(?:l|ll|lex)):(?P<line>\d+): (?!warning)", tool="flex")
gcc(
    "syntax",
    ".tex",
    r"^(?:\S*makeinfo: )?(?P<file>[^\s:]+\.(?:texi|texinfo|txi)):(?P<line>\d+): (?!warning)",
    tool="makeinfo",
)
gcc("syntax", "fatal error", r"^(?P<tool>msgfmt|xgettext): found \d+ fatal errors?", tool="gettext")
gcc("compile", "error: ", r"^(?P<file>[^\s:]+):(?P<line>\d+)[.:][\d.:-]*\s*(?:fatal )?error: ", WEAK)

PATTERNS = gcc.patterns
