"""What ld, gold, lld, ar and the dynamic linker say when they fail. Knows no other tool."""

from lfsmake.engine.evidence.pattern import ECHO, FAIR, WEAK, Family, Q

ld = Family("ld")
_LD = r"(?P<tool>ld(?:\.\w+)?|[\w.-]+-ld(?:\.\w+)?|gold): "
_BY = r"(?:(?:\S*/)?(?:ld|gold|[\w.-]+-ld)(?:\.\w+)?: )?"
_AT = r"(?:(?P<file>[^\s:(]+\.\w+):(?:(?P<line>\d+):)?(?:\([^)]*\):?)? )?"

ld(
    "undefined-reference", "undefined reference "
    "to", _BY + _AT + rf"(?:error: )?undefined reference to (?:symbol )?{Q}(?P<name>[^'’]+)",
    advice="nothing that was linked defines {name}: a library is missing, comes too early on the line, or is "
    "another version",
)  # fmt: skip
ld(
    "undefined-reference", "undefined "
    "symbol", r"(?P<tool>ld\S*): error: undefined (?:hidden |protected )?symbol: (?P<name>.+)",
    advice="nothing that was linked defines {name}: a library is missing, comes too early on the line, or is "
    "another version",
)  # fmt: skip
ld(
    "missing-library", "cannot find -l", r"cannot find -l(?P<name>[^\s:]+)",
    advice="no package of the root brings lib{name}, or its folder is not searched (-L): `needs build` what "
    "brings it",
)  # fmt: skip
ld(
    "missing-library",
    "unable to find library",
    r"error: unable to find library -l(?P<name>[^\s:]+)",
    tool="ld.lld",
)
ld("missing-file", "cannot find ", _LD + r"cannot find (?P<name>[^\s:]+)")
ld(
    "missing-file",
    "cannot open",
    _LD + r"(?:error: )?cannot open (?:linker script file )?(?P<name>[^\s:]+): No such file",
)
ld("missing-file", "cannot open linker script", _LD + r"cannot open linker script file (?P<name>[^\s:]+)")
ld(
    "multiple-definition",
    "multiple definition of",
    rf"multiple definition of {Q}(?P<name>[^'’]+)",
    advice="{name} is defined twice; with gcc 10 and newer, -fcommon brings back what older ones allowed",
)
ld("multiple-definition", "duplicate symbol", r"error: duplicate symbol: (?P<name>.+)", tool="ld.lld")
ld("relocation", "relocation", r"relocation .*(?:can not be used|cannot be used) .*recompile with -fPIC")
ld("relocation", "relocation", r"relocation .*(?:can not be used|cannot be used|truncated to fit|out of range)")
ld("relocation", "recompile with -fPIC", r"recompile with -fPIC", FAIR)
ld(
    "truncated-file",
    "truncated",
    r"(?:file|File) truncated|: file is truncated|section .* extends past end of file",
)
ld("truncated-file", "malformed archive", r"malformed archive")
ld("truncated-file", "file too short", r"(?P<name>\S+): file too short")
ld("bad-object", "not recognized", r"(?P<name>\S+): file (?:format )?not recognized")
ld("bad-object", "unknown file type", r"error: (?P<name>\S+): unknown file type")
ld("bad-object", "incompatible with", r"is incompatible with .* output|error: (?P<name>\S+) is incompatible with")
ld("bad-object", "file in wrong format", r"(?P<name>\S+): file in wrong format")
ld("bad-object", "skipping incompatible", r"skipping incompatible (?P<name>\S+)", WEAK)
ld(
    "bad-option",
    "unrecognized",
    _LD + rf"(?:error: )?unrecognized (?:option|emulation mode):? {Q}?(?P<name>[^'’]+)",
)
ld("link", "hidden symbol", r"hidden symbol .* (?:isn't defined|is referenced by DSO)")
ld("link", "version node not found", r"version node not found for symbol")
ld("syntax", "syntax error", r"(?P<file>[^\s:]+):(?P<line>\d+): syntax error in (?:VERSION|linker) script")
ld("text-file-busy", "Text file busy", _LD + r".*Text file busy")
ld("permission-denied", "Permission denied", _LD + r".*cannot open output file (?P<name>\S+): Permission denied")
ld("link", "final link failed", r"final link failed", WEAK)
ld("link", "error: ", _LD + r"(?:fatal )?error: ", FAIR)
ld("command-failed", "linker input file unused", r"linker input file unused", ECHO)

# When a program starts.
ld(
    "missing-library", "error while loading shared "
    "libraries", r"error while loading shared libraries: (?P<name>[^\s:]+)", tool="ld.so",
    advice="a program that the step runs needs {name}: `needs build` what brings it",
)  # fmt: skip
ld(
    "missing-library",
    "not found (required by",
    rf"version {Q}(?P<name>[^'’]+){Q} not found \(required by",
    tool="ld.so",
    advice="the C library of the root is older than the one that was linked against",
)
ld(
    "undefined-reference",
    "symbol lookup error",
    r"symbol lookup error: .*undefined symbol: (?P<name>\S+)",
    tool="ld.so",
)

# Archives of objects.
ld(
    "missing-file",
    "No such file or directory",
    r"^(?:\S*/)?(?P<tool>[\w-]*(?:ar|ranlib|strip|objcopy|nm)): (?:error: )?(?P<name>[^:]+): No such file or "
    r"directory",
    tool="ar",
)
ld(
    "bad-object",
    "file format not recognized",
    r"^(?:\S*/)?(?P<tool>[\w-]*(?:ar|ranlib|strip|objcopy|nm)): ",
    FAIR,
    tool="ar",
)

PATTERNS = ld.patterns
