"""What python and perl say when they fail. Knows no other tool."""

from lfsmake.engine.evidence.pattern import ECHO, FAIR, WEAK, Family, Q

# The reader follows a traceback to the exception at its end (`exceptions.py`), which is matched by these, too.
TRACEBACK = "Traceback (most recent call last):"
CAUSED = "During handling of the above exception"

py = Family("python")
py(
    "missing-module",
    "No module named ",
    rf"(?:ModuleNotFoundError|ImportError): No module named {Q}?(?P<name>[\w.]+)",
    advice="no package of the root brings the module {name}: `needs build` what brings it",
)
py(
    "missing-module",
    "Cannot import '",
    r"(?:BackendUnavailable|BackendInvalid).*Cannot import '(?P<name>[\w.]+)'",
    advice="what builds the package, {name}, is not in the root: `needs build` it",
)
py(
    "missing-module",
    "cannot import name",
    r"ImportError: cannot import name '(?P<name>[\w.]+)'",
    advice="the module is there, but of another version",
)
py(
    "missing-library",
    "cannot open shared object file",
    r"ImportError: (?P<name>\S+): cannot open shared object file",
)
py("missing-package", "executable not found", r"^\s*Error: (?P<name>\S+) executable not found", tool="setup.py")
py("missing-package", "pkg-config name", r"Exception: Can ?not find valid pkg-config name", tool="setup.py")
py(
    "missing-package",
    "make sure the",
    r"^\s*Error: Please make sure the (?P<name>.+) development packages are installed",
    tool="setup.py",
)
py(
    "syntax",
    "SyntaxError: ",
    r"^\s*SyntaxError: ",
    advice="the file is for another version of Python, or was damaged",
)
py("syntax", "IndentationError: ", r"^\s*(?:IndentationError|TabError): ")
py("tool-too-old", "requires a different Python", r"ERROR: Package .* requires a different Python", tool="pip")
py("tool-too-old", "equires Python", r"[Rr]equires Python ['\"]?[<>=~!]", FAIR, tool="pip")
py(
    "network",
    "Could not find a version that satisfies",
    r"ERROR: Could not find a version that satisfies the requirement (?P<name>\S+)",
    tool="pip",
    advice="a step has no network: declare {name} as a resource, or `needs build` what brings it",
)
py("setup", "ERROR: Could not install", r"ERROR: Could not install packages", tool="pip")
py(
    "network",
    "No matching distribution found",
    r"ERROR: No matching distribution found for (?P<name>\S+)",
    FAIR,
    tool="pip",
)
py(
    "missing-file",
    "[Errno 2] No such file or directory: ",
    rf"^\s*(?:FileNotFoundError|OSError|IOError): \[Errno 2\] No such file or directory: {Q}(?P<name>[^'\"]+)",
    FAIR,
)
py("missing-file", "can't open file ", rf"can't open file {Q}(?P<name>[^'\"]+){Q}: \[Errno 2\]", FAIR)
py("file-exists", "[Errno 17] File exists: ", rf"^\s*FileExistsError: .*File exists: {Q}(?P<name>[^'\"]+)", FAIR)
py("exception", "Error: ", r"^\s*(?P<name>(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)): ", FAIR)
py("exception", "xception", r"^\s*(?P<name>(?:[A-Za-z_]\w*\.)*[A-Z]\w*Exception)(?:$|: )", FAIR)
py(
    "command-failed",
    "error: subprocess-exited-with-error",
    r"error: subprocess-exited-with-error",
    ECHO,
    tool="pip",
)
py("command-failed", "metadata-generation-failed", r"error: metadata-generation-failed", ECHO, tool="pip")
py("command-failed", "Failed building wheel", r"ERROR: Failed (?:building|to build)", ECHO, tool="pip")
py(
    "command-failed",
    "failed with exit",
    r"^\s*error: [Cc]ommand .* failed with exit (?:code|status)",
    ECHO,
    tool="setup.py",
)
py("command-failed", "CalledProcessError", r"CalledProcessError: ", WEAK)
py(
    "setup",
    "error: ",
    r"^\s*error: (?!subprocess|metadata|[Cc]ommand|legacy|aborting|could not compile)",
    FAIR,
    tool="setup.py",
)
py("setup", "Error: ", r"^\s*Error: ", FAIR, tool="setup.py")
py("setup", "ERROR: ", r"^\s*ERROR: (?!Failed|No matching|Could not build)", WEAK, tool="pip")

perl = Family("perl")
perl(
    "missing-module",
    "Can't locate ",
    r"Can't locate (?P<name>\S+?)(?:\.pm)? in @INC(?:.* at (?P<file>\S+) line (?P<line>\d+))?",
    advice="no package of the root brings this module of Perl: `needs build` what brings it",
)
perl("missing-module", "loadable object for module", r"Can't locate loadable object for module (?P<name>\S+)")
perl("missing-package", "must be installed", r"^(?P<name>[\w:+-]+) must be installed prior to building")
perl("syntax", "syntax error at ", r"^syntax error at (?P<file>\S+) line (?P<line>\d+)")
perl(
    "syntax",
    "explicit package name",
    r"Global symbol .* requires explicit package name.* at (?P<file>\S+) line (?P<line>\d+)",
)
perl("missing-command", "Can't exec ", r'^Can\'t exec "(?P<name>[^"]+)": No such file or directory', FAIR)
perl(
    "exception", "did not return a true value", r"did not return a true value at (?P<file>\S+) line (?P<line>\d+)"
)
perl("exception", " line ", r"^(?!.*[Ww]arning)\S.* at (?P<file>\S+\.(?:pl|PL|pm|t)) line (?P<line>\d+)\.$", FAIR)
perl("command-failed", "compilation aborted", r"(?:compilation aborted|BEGIN failed--)", ECHO)
perl("missing-module", "Warning: prerequisite", r"^Warning: prerequisite (?P<name>\S+) .* not found", WEAK)

PATTERNS = (*py.patterns, *perl.patterns)
