"""What shells and the small tools say when they fail, and crashes. Knows no other tool.

The small tools are FAIR at most: a script often goes on after them.
"""

from lfsmake.engine.evidence.pattern import FAIR, WEAK, Family, Q

sh = Family("shell")
_SH = r"^(?P<file>[^:\s]+): (?:line )?(?P<line>\d+): "
_ANY = r"^(?:(?P<file>[^:\s]+): (?:line )?(?P<line>\d+): )?"

sh(
    "missing-file",
    "not found",
    _SH + r"(?P<name>\S*/[^:\s]*): (?:command )?not found",
    FAIR,
    "{name} is not there, or the interpreter that its first line names is not",
)
sh("missing-command", "command not found", _SH + r"(?P<name>[^:\s]+): command not found", FAIR)
sh(
    "missing-command",
    "not found",
    r"^(?P<file>(?:/\S+/)?(?:sh|dash|ash|\S+\.sh|configure)): (?:line )?(?P<line>\d+): (?P<name>[^:\s]+): not "
    r"found",
    FAIR,
)
sh("missing-command", "command not found", r"(?:^|: )(?P<name>[^:\s]+): command not found", FAIR)
sh(
    "missing-command",
    "No such file or directory",
    r"^(?:/usr/bin/)?env: [‘']?(?P<name>[^'’:]+)[’']?: No such file or directory",
    tool="env",
)
sh(
    "bad-interpreter",
    "bad interpreter",
    r"bad interpreter: ",
    advice="the script names an interpreter that is not in the root: `needs build` it, or correct its first line",
)
sh(
    "bad-interpreter",
    "cannot execute: required file",
    r"cannot execute: required file not found",
    advice="the script's interpreter, or the program's dynamic linker, is not in the root",
)
sh(
    "exec-format",
    "Exec format error",
    r"Exec format error",
    advice="a program for another machine: cross-built programs cannot run here",
)
sh(
    "exec-format",
    "cannot execute binary file",
    r"cannot execute binary file",
    advice="a program for another machine: cross-built programs cannot run here",
)
sh("unbound-variable", "unbound variable", _SH + r"(?P<name>\S+): unbound variable")
sh("unbound-variable", "parameter ", _ANY + r"(?P<name>\S+): parameter (?:not set|null or not set)")
sh(
    "shell-syntax",
    "syntax error",
    r"^(?P<file>[^:\s]+): (?:(?:eval|-c): )?(?:line )?(?P<line>\d+): [Ss]yntax error",
)
sh("shell-syntax", "unexpected EOF while looking", _SH + r"unexpected EOF while looking for matching")
sh("shell-syntax", "here-document at line", r"here-document at line \d+ delimited by end-of-file", WEAK)
sh("shell-syntax", "Unterminated quoted string", r"[Ss]yntax error: Unterminated quoted string")
sh("bad-option", "ambiguous redirect", _SH + r".*ambiguous redirect")
sh("text-file-busy", "Text file busy", r"Text file busy")
sh(
    "permission-denied",
    "Permission denied",
    _SH + r"(?P<name>[^:]+): Permission denied",
    FAIR,
    advice="a script of the sources is not executable, or the step's `user` may not write there",
)
sh(
    "missing-file",
    "No such file or directory",
    _SH + r"(?:cd: |source: |\.: )?(?P<name>[^:]+): No such file or directory",
    FAIR,
)
sh("missing-file", "annot open", _SH + r"(?:cannot|can't) (?:open|create|cd to) (?P<name>[^:]+): ", FAIR)
sh("file-exists", "File exists", _SH + r"(?P<name>[^:]+): File exists", FAIR)
sh("crash", "Segmentation fault", _SH + r"\s*\d* ?Segmentation fault")
sh("crash", "Aborted", _SH + r"\s*\d* ?Aborted")
sh("killed", "Killed", _SH + r"\s*\d* ?Killed")
sh("killed", "Killed", r"^Killed$")
sh("crash", "Segmentation fault", r"Segmentation fault", FAIR)
sh(
    "crash",
    "Assertion ",
    r"(?:^|: )Assertion [`'‘\"].* failed",
    advice="a program of the step found itself in a state that cannot be: a bug of it, or a wrong compiler",
)
sh("crash", "Assertion failed", r"Assertion failed", FAIR)
sh("crash", "terminate called", r"^terminate called (?:after throwing|without an active)")
sh("crash", "stack smashing detected", r"\*\*\* stack smashing detected \*\*\*")
sh("crash", "buffer overflow detected", r"\*\*\* buffer overflow detected \*\*\*")
sh(
    "crash",
    "double free",
    r"double free or corruption|free\(\): invalid|malloc\(\): |munmap_chunk\(\): |corrupted size vs",
)
sh(
    "crash",
    "Illegal instruction",
    r"Illegal instruction",
    FAIR,
    advice="built for a newer processor than this one: see -march",
)
sh("crash", "core dumped", r"\(core dumped\)", FAIR)
sh("crash", "Bus error", r"Bus error", FAIR)

tool = Family("coreutils")
_TOOL = (
    r"^(?:/\S*/)?(?P<tool>cp|mv|rm|ln|mkdir|install|cat|sed|grep|[ef]grep|chmod|chown|ls|touch|rmdir|find|head|"
    r"tail|sort|cmp|"
    r"diff|tee|dd|xargs|readlink|realpath|stat|ginstall|rsync|cpio|awk|gawk|m4|tr|cut|bash|sh|gzip|xz|bzip2|file|"
    r"ldconfig|"
    r"mktemp|patch|tar|git|hostname|mknod|mount|od|wc|uniq|expr|test|find|depmod|pwd|comm|split|\S*/?install-sh|"
    r"groupadd|useradd|pwconv|grpconv|chroot|localedef|udevadm|systemctl|install-info|msgfmt|update-\S+):"
)
tool("text-file-busy", "Text file busy", _TOOL + r".*Text file busy")
for kind, text in (
    ("missing-file", "No such file or directory"),
    ("permission-denied", "Permission denied"),
    ("permission-denied", "Operation not permitted"),
    ("file-exists", "File exists"),
    ("file-exists", "Directory not empty"),
    ("file-exists", "Not a directory"),
    ("file-exists", "s a directory"),
    ("missing-file", "omitting directory"),
    ("missing-file", "are the same file"),
):
    tool(kind, text, _TOOL + rf"(?:.*?{Q}(?P<name>[^'’]+){Q})?.*{text}", FAIR)
tool("missing-file", "can't read ", r"^(?P<tool>sed): can't read (?P<name>.+): No such", FAIR)
tool("syntax", "sed: -e expression", r"^(?P<tool>sed): -e expression #\d+, char \d+: ")
tool(
    "bad-option", "option", r"^(?:/\S*/)?(?P<tool>[\w.+-]+): (?:unrecognized|invalid|unknown|illegal) option", FAIR
)
tool("bad-option", ": invalid ", rf"^(?:/\S*/)?(?P<tool>[\w.+-]+): invalid [\w ]+ {Q}", FAIR)
tool("bad-option", "missing ", r"^(?P<tool>[\w.+-]+): missing (?:\w+ )*operand", FAIR)
tool("missing-file", "No such file or directory", r": No such file or directory$", WEAK)
tool("permission-denied", "Permission denied", r": Permission denied$", WEAK)
tool(
    "network",
    "ould not resolve host",
    r"[Cc]ould not resolve host:? ?(?P<name>\S*)",
    tool="curl",
    advice="a step has no network: declare the file as a source or resource",
)
tool(
    "network",
    "unable to resolve host",
    r"unable to resolve host address",
    tool="wget",
    advice="a step has no network: declare the file as a source or resource",
)
tool(
    "network",
    "Temporary failure in name resolution",
    r"^(?!warning: ).*Temporary failure in name resolution",  # cargo warns, then tries again
    advice="a step has no network: declare the file as a source or resource",
)
tool(
    "network",
    "Network is unreachable",
    r"Network is unreachable",
    FAIR,
    advice="a step has no network: declare the file as a source or resource",
)
tool("setup", "fatal: ", r"^fatal: ", FAIR, tool="git")
tool(
    "setup",
    "help2man: can't get",
    r"^help2man: can't get",
    FAIR,
    "the program that was just built does not run here: it is broken, or for another machine",
    tool="help2man",
)
tool("setup", "rror: ", r"^(?:\S+: )?(?:fatal )?[Ee]rror: ", WEAK, tool="")
tool("setup", "ERROR", r"^(?:\S+: )?(?:FATAL )?ERROR:? ", WEAK, tool="")
tool("setup", "FATAL", r"^(?:FATAL|Fatal)\b", WEAK, tool="")

PATTERNS = (*sh.patterns, *tool.patterns)
