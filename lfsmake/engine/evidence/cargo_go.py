"""What cargo, rustc and go say when they fail. Knows no other tool.

A file that does not compile is only FAIR in Go: a note below it may say that the compiler is too old.
"""

from lfsmake.engine.evidence.pattern import ECHO, FAIR, WEAK, Family

_CRATES = "a step has no network: vendor the crates, as `cargo vendor` does, and declare them as a resource"
_MODULES = "a step has no network: vendor the modules, as `go mod vendor` does, and declare them as a resource"
_CACHE = 'go and cargo want a home for their caches: `env HOME "/tmp"` in the recipe gives them one'

cargo = Family("cargo")
cargo("missing-package", "no matching package", r"^error: no matching package (?:named `(?P<name>[^`]+)` )?found",
    advice=_CRATES)  # fmt: skip
cargo("missing-package", "failed to select a version", r"^error: failed to select a version for .*?`(?P<name>[^`]+)`",
    advice=_CRATES)  # fmt: skip
cargo("network", "failed to get `", r"^error: failed to get `(?P<name>[^`]+)`", advice=_CRATES)
cargo("network", "--offline was specified", r"attempting to make an HTTP request, but --offline", advice=_CRATES)
cargo("network", "failed to download", r"^error: failed to download", advice=_CRATES)
cargo("bad-checksum", "the listed checksum of", r"^error: the listed checksum of `(?P<name>[^`]+)` has changed")
cargo("tool-too-old", "requires rustc", r"^error: (?:package|rustc) .*requires rustc")
cargo("tool-too-old", "is not supported by the following package", r"^error: rustc .* is not supported by")
cargo("tool-too-old", "this version of Cargo", r"this version of Cargo (?:is older than|does not understand)")
cargo("tool-too-old", "lock file version", r"^\s*lock file version .*(?:requires|was found)")
cargo("tool-too-old", "` is required", r"^\s*feature `\w+` is required")
cargo("no-makefile", "could not find `Cargo.toml`", r"^error: could not find `Cargo\.toml`")
cargo("build-files", "failed to parse", r"^error: failed to parse (?:manifest|lock file)", FAIR)
cargo("build-files", "needs to be updated", r"^error: the lock file .* needs to be updated")
cargo("build-files", "failed to load manifest", r"^error: failed to load manifest", FAIR)
cargo("missing-file", "failed to read `", r"^\s*(?:error: )?failed to read `(?P<name>[^`]+)`", FAIR)
cargo("missing-command", "no such ", r"^error: no such (?:sub)?command: `(?P<name>[^`]+)`")
cargo("configure-option", "feature", r"^error: .*does not (?:have|contain) (?:the|this|these) features?")
cargo("bad-option", "target named", r"^error: no (?:bin|example|test|lib\w*) target named")
cargo("missing-package", "The system library `", r"The system library `(?P<name>[^`]+)` required by crate")
cargo("missing-package", "Could not find directory of OpenSSL", r"Could not find directory of (?P<name>OpenSSL)")
cargo("missing-package", "nable to find libclang", r"[Uu]nable to find (?P<name>libclang)")
cargo("missing-command", "not installed?", r"is `(?P<name>[^`]+)` not installed\?")
cargo("missing-command", "failed to find tool", r"[Ff]ailed to find tool\. Is `(?P<name>[^`]+)` installed")
cargo("setup", "HOME", r"^error: could not find.*CARGO_HOME|^error: .*CARGO_HOME.*not (?:set|found)", advice=_CACHE)
cargo("killed", "signal: 9", r"process didn't exit successfully: .*\(signal: 9, SIGKILL")
cargo("build-script", "custom build command", r"^error: failed to run custom build command", FAIR)
cargo("command-failed", "error: could not compile", r"^error: (?:could not compile|aborting due to)", ECHO)
cargo("test-failed", "error: test failed", r"^error: (?:test failed|\d+ targets? failed)", ECHO)

rust = Family("rust")
rust("missing-file", "error[E0583]", r"^error\[E0583\]: file not found for module `(?P<name>[^`]+)`")
rust("missing-package", "error[E0463]", r"^error\[E0463\]: can't find crate for `(?P<name>[^`]+)`")
rust("tool-too-old", "error[E0", r"^error\[E0(?:554|658)\]")  # what only a newer rustc, or a nightly one, knows
rust("undeclared", "error[E04", r"^error\[E04(?:25|33|12|32|05|07|22|23|24|31)\]")
rust("type", "error[E", r"^error\[E\d+\]")
rust("undeclared", "error: cannot find ", r"^error: cannot find (?:derive )?(?:macro|attribute)")
rust("missing-file", "couldn't read", r"^error: couldn't read `?(?P<name>[^`:]+)")
rust("missing-command", "error: linker `", r"^error: linker `(?P<name>[^`]+)` not found")
rust("link", "linking with", r"^error: linking with `[^`]+` failed", FAIR)  # the linker's own words say more
rust(
    "warning-as-error",
    "error: ",
    r"^error: (?:unused |unreachable |use of deprecated|missing documentation|variable does not need|"
    r".* (?:is|are) never (?:used|read|constructed))",
    advice='a newer compiler warns of more: build with `RUSTFLAGS="--cap-lints warn"`',
)
rust(
    "syntax",
    "error: ",
    r"^error: (?:expected |unexpected |mismatched |unterminated |this file contains|unknown start)",
)
rust("exception", "thread '", r"^\s*thread '[^']*' (?:\(\d+\) )?panicked at ", FAIR)

go = Family("go")
_GO = r"^(?:vet: )?(?P<file>\S+\.go):(?P<line>\d+):\d+: "
go("tool-too-old", "odule requires ", r"^note: module requires [Gg]o ?(?P<name>[\d.]+)")
go("tool-too-old", "requires go >=", r"requires go >= (?P<name>[\d.]+)")
go("tool-too-old", "invalid go version", r"invalid go version '(?P<name>[^']+)'")
go("tool-too-old", "unknown directive: toolchain", r"unknown directive: toolchain")
go("network", "dial tcp", r': (?:Get|Head) "?https?://.*dial tcp', advice=_MODULES)
go("network", "module lookup disabled", r"module lookup disabled by", advice=_MODULES)
go("missing-package", "import lookup disabled", r"cannot find module providing package (?P<name>[^\s:]+)",
    advice=_MODULES)  # fmt: skip
go(
    "missing-package",
    ".go:",
    _GO + r"(?:package (?P<name>\S+) is not in|no required module provides package|cannot find package)",
    advice=_MODULES,
)
go("bad-checksum", "checksum mismatch", r"^(?:go: )?verifying (?P<name>\S+): checksum mismatch")
go("build-files", "missing go.sum entry", r"missing go\.sum entry", advice=_MODULES)
go("build-files", "does not contain main module", r"does not contain main module")
go(
    "build-files",
    "go: ",
    r"^go: (?:cannot find main module|go\.mod file not found|inconsistent vendoring|updates to go\.mod needed)",
)
go("build-files", "go: errors parsing", r"^go: errors parsing", FAIR)
go("missing-command", "executable file not found", r'exec: "(?P<name>[^"]+)": executable file not found in \$PATH')
go("setup", "cache ", r"^(?:go: )?(?:build cache is required|module cache not found)", advice=_CACHE)
go("setup", "error obtaining VCS status", r"^error obtaining VCS status", advice="add -buildvcs=false")
go("bad-option", "flag provided but not defined", r"^flag provided but not defined: (?P<name>\S+)")
go("killed", "signal: killed", r"\b(?:compile|link|asm|cgo): signal: killed")
go("undefined-reference", "relocation target", r"relocation target (?P<name>\S+) not defined")
go("link", "link: running", r"/link: running \S+ failed", ECHO)
go("configure", "build constraints exclude", r"build constraints exclude all Go files")
go("syntax", ".go:", _GO + r"(?:syntax error|expected |string literal not terminated)")
go(
    "type",
    ".go:",
    _GO + r".*(?:cannot (?:use|convert|assign)|(?:not enough|too many) (?:arguments|return)|has no field or method"
    r"|does not implement|assignment mismatch|mismatched types|missing return|redeclared)",
    FAIR,
)
go("undeclared", ".go:", _GO + r"undefined: (?P<name>\S+)", FAIR)
go("compile", ".go:", _GO, FAIR)
go("setup", "go: ", r"^go: (?!downloading|finding|extracting)", WEAK)

PATTERNS = (*cargo.patterns, *rust.patterns, *go.patterns)
