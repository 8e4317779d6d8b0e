"""What configure scripts and the tools that make them say. Knows no other tool."""

from lfsmake.engine.evidence.pattern import ECHO, FAIR, SURE, WEAK, Family, Q

conf = Family("configure")
_IN = rf"in {Q}.*{Q}:$"  # the next line says what
_CONF = rf"configure(?:\.\w+)?: error: (?!{_IN})"

conf("configure", "configure: error: in ", r"configure(?:\.\w+)?: error: " + _IN, ECHO)
conf("configure", "configure: error:", r"configure(?:\.\w+)?: error:$", WEAK)  # here, too
conf("tool-too-old", "critical programs", r"^\*\*\* These critical programs are missing or too old: (?P<name>.+)")
conf("missing-command", "configure: error: ", _CONF + r"no acceptable (?P<name>.+?) (?:could be )?found")
conf(
    "missing-command",
    "configure: error: ",
    _CONF
    + r".*\b(?P<name>m4|makeinfo|perl|python3?|bison|flex|pkg-config|gawk|sed|gperf|help2man)\b.* (?:is |was "
    r")?(?:not found|missing|not installed)",
)
conf("missing-command", "configure: error: ", _CONF + r".*(?P<name>M4|m4)\b.*(?:required|is needed|not found)")
conf(
    "missing-command",
    "configure: error: ",
    _CONF + r"(?:[Cc]ould not|[Cc]annot|[Uu]nable to) find (?:GNU )?"
    r"(?P<name>m4|makeinfo|perl|python3?|bison|flex|pkg-config|gawk|gperf|help2man)\b",
)
conf("configure-option", "Unsupported options: ", r"^\*+ Unsupported options: (?P<name>.+)", tool="openssl")
conf("configure", "build file wasn't produced", r"^Failure!  build file wasn't produced", FAIR, tool="openssl")
conf("missing-command", "configure: error: ", _CONF + r"The pkg-config script could not be found")
conf(
    "compiler-broken", "configure: error: ",
    _CONF + r"(?:.* compiler cannot create executables|.* preprocessor .* fails sanity check|cannot run \S+ "
    r"compiled programs|"
    r"cannot compute suffix|.*compiler .*(?:does not work|is not able))",
)  # fmt: skip
conf(
    "missing-package",
    "configure: error: ",
    _CONF + r"Package requirements \((?P<name>[^)]*)\)? ?(?:were|was)? ?",
    advice="pkg-config does not find {name}: `needs build` what brings its .pc file",
)
conf(
    "tool-too-old",
    "configure: error: ",
    _CONF
    + r".*(?:missing or too old|too old|is required to build|or (?:newer|later|higher|greater)|at least version)",
)
conf(
    "configure-option",
    "configure: error: ",
    _CONF + r"(?:unrecognized option|invalid (?:package|feature|variable|option)|expected an absolute|.*missing "
    r"argument to)",
)
conf(
    "configure",
    "newly created file is older",
    _CONF + r"newly created file is older",
    advice="times of the sources are wrong: unpack them anew, and look at the machine's clock",
)
conf("missing-file", "cannot find sources", _CONF + r"cannot find sources \((?P<name>[^)]+)\)")
conf("missing-file", "cannot find ", _CONF + r"cannot find (?:required auxiliary files|install-sh|input file)")
conf(
    "configure",
    "config.sub",
    _CONF + r".*config\.(?:sub|guess)\b.* failed",
    advice="the name of the machine is not known to this config.sub: correct --host, --build or --target, or "
    "bring a newer config.sub",
)
conf(
    "missing-package", "configure: error: ",
    _CONF + r".*(?:(?<!type )not found|missing|required|could not (?:be )?f(?:ind|ound)|cannot find|can't find|"
    r"needs?\b|must be installed|unable to find|not installed|not available|unusable)",
)  # fmt: skip
conf("configure", "configure: error: ", _CONF)
conf("configure-option", "Invalid configuration ", r"^Invalid configuration ", FAIR)
conf("command-failed", "configure failed for", r"error: \S*configure failed for", ECHO)

# `missing`, which stands in for a tool that is not there.
conf(
    "missing-command", "is missing on your "
    "system", rf"WARNING: {Q}(?P<name>[^'’]+){Q} is missing on your system", tool="missing",
    advice="the build wants to make a file anew that the sources bring: its times are wrong, or a patch touched "
    "its source; `needs build` what brings {name} otherwise",
)  # fmt: skip
conf("missing-command", "is too old", rf"WARNING: {Q}(?P<name>[^'’]+){Q} .*is too old", FAIR, tool="missing")

# autoconf, automake, aclocal, libtool.
_AUTO = r"(?:(?P<file>[^\s:]+):(?P<line>\d+): )?"
conf("tool-too-old", "require Automake", _AUTO + r"error: require Automake", tool="automake")
conf(
    "tool-too-old",
    "or higher is required",
    _AUTO + r"error: Autoconf version .* or higher is required",
    tool="autoconf",
)
conf(
    "build-files",
    "possibly undefined macro",
    _AUTO + r"error: possibly undefined macro: (?P<name>\S+)",
    tool="autoconf",
    advice="the package that brings the macro {name} is not in the root, or aclocal does not look where it is",
)
conf(
    "build-files",
    "but 'LIBTOOL' is undefined",
    _AUTO + r"error: Libtool library used",
    tool="automake",
    advice="libtool is not in the root, or configure.ac does not call LT_INIT",
)
conf(
    "build-files",
    "required file",
    _AUTO + rf"error: required file {Q}(?P<name>[^'’]+){Q} not found",
    tool="automake",
)
conf(
    "tool-mismatch",
    "Version mismatch error",
    r"Version mismatch error\.  This is libtool",
    tool="libtool",
    advice="libtool's files are of two versions: run `autoreconf -fi`",
)
conf("tool-mismatch", "aclocal.m4", r"You have another version of autoconf", WEAK, tool="autoconf")
conf(
    "missing-command",
    "Can't exec ",
    r'Can\'t exec "(?P<name>[^"]+)": No such file or directory',
    FAIR,
    tool="autoreconf",
)
conf(
    "command-failed",
    "failed with exit status",
    r"^auto(?:reconf|make|conf|header|m4te|point): (?:error: )?\S+ failed with exit status",
    ECHO,
    tool="autoreconf",
)
conf(
    "build-files",
    "error: ",
    r"^(?:\S*/)?(?P<tool>aclocal|automake|autoconf|autoheader|autom4te|autoreconf|autopoint|libtoolize|"
    r"intltoolize|gtkdocize)(?:-[\d.]+)?: error: ",
    FAIR,
)
conf(
    "build-files",
    "error: ",
    r"^(?P<file>configure\.(?:ac|in)|\S+\.m4|Makefile\.am):(?P<line>\d+): error: ",
    tool="autoconf",
)
conf("build-files", "m4:", r"^(?:\S*/)?m4:(?P<file>[^\s:]+):(?P<line>\d+): (?!Warning)", FAIR, tool="m4")
conf(
    "link",
    "libtool: ",
    r"^\S*libtool:\s+(?:link: |install: |compile: )?(?:error|fatal error): ",
    SURE,
    tool="libtool",
)
conf("link", "libtool:   error", r"libtool:\s+error: ", SURE, tool="libtool")
conf("missing-package", "No package '", r"^No package '(?P<name>[^']+)' found", FAIR, tool="pkg-config")
conf(
    "missing-package",
    "was not found in the pkg-config search path",
    r"^Package (?P<name>\S+) was not found in the pkg-config",
    FAIR,
    tool="pkg-config",
)

PATTERNS = conf.patterns
