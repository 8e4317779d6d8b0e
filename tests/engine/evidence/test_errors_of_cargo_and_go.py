"""What newer and older versions of cargo, rustc and go say, which the corpus's versions do not, has its kind."""

from pathlib import Path

import pytest

from lfsmake.engine.evidence.first import first_error

LOGS = {
    # cargo
    "error: failed to parse lock file at: /b/Cargo.lock\n\nCaused by:\n"
    "  lock file version 4 requires `-Znext-lockfile-bump`\n": ("tool-too-old", 4),
    "error: failed to parse manifest at `/b/Cargo.toml`\n\nCaused by:\n  feature `edition2024` is required\n": (
        "tool-too-old",
        4,
    ),
    "error: could not find `Cargo.toml` in `/sources` or any parent directory\n": ("no-makefile", 1),
    "error: the lock file /b/Cargo.lock needs to be updated but --locked was passed\n": ("build-files", 1),
    'error: failed to select a version for the requirement `libc = "^0.3"`\n': ("missing-package", 1),
    "error: no such command: `cbuild`\n\n\tView all installed commands with `cargo --list`\n": ("missing-command", 1),
    "error: the listed checksum of `/b/vendor/libc/src/lib.rs` has changed:\n": ("bad-checksum", 1),
    "error: could not compile `big` (lib)\n\nCaused by:\n"
    "  process didn't exit successfully: `rustc --crate-name big` (signal: 9, SIGKILL: kill)\n": ("killed", 4),
    "error: failed to run custom build command for `openssl-sys v0.9`\n\n--- stderr\n"
    "  The system library `openssl` required by crate `openssl-sys` was not found.\n": ("missing-package", 4),
    "error: failed to run custom build command for `zstd-sys v2`\n\n--- stderr\n"
    "z.c:9:10: fatal error: zstd.h: No such file or directory\n": ("missing-header", 4),
    # rustc
    "error[E0463]: can't find crate for `std`\n": ("missing-package", 1),
    "error[E0658]: use of unstable library feature 'let_chains'\n": ("tool-too-old", 1),
    "error: field `name` is never read\n": ("warning-as-error", 1),
    "error: cannot find macro `oops` in this scope\n": ("undeclared", 1),
    # go
    "go: go.mod requires go >= 1.23 (running go 1.21.1; GOTOOLCHAIN=local)\n": ("tool-too-old", 1),
    "go: errors parsing go.mod:\n/b/go.mod:3: invalid go version '1.21.0': must match format 1.23\n": (
        "tool-too-old",
        2,
    ),
    "x.go:4:2: cannot find module providing package github.com/a/b: import lookup disabled by -mod=vendor\n": (
        "missing-package",
        1,
    ),
    "go: github.com/a/b@v1.0.0: missing go.sum entry for go.mod file\n": ("build-files", 1),
    "error obtaining VCS status: exit status 128\n\tUse -buildvcs=false to disable VCS stamping.\n": ("setup", 1),
    "# runtime\ncompile: signal: killed\n": ("killed", 2),
    "flag provided but not defined: -frob\n": ("bad-option", 1),
    "# example.org/a\n./a.go:3:9: undefined: max\n./b.go:9:1: undefined: min\n": ("undeclared", 2),
    "go: downloading github.com/a/b v1.0.0\n": None,
}


@pytest.mark.parametrize("log", LOGS)
def test_kind_and_line(log: str, tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_text(log, encoding="utf-8")
    error = first_error(str(path))
    assert (None if error is None else (error.kind, error.log_line)) == LOGS[log]
