"""The class and the cause of a failed phase follow from its log, its status and what it left behind."""

import os
from pathlib import Path

import msgspec
import pytest

from lfsmake.engine.evidence.gather import gather
from lfsmake.engine.evidence.scene import made_since, why_configure_failed
from lfsmake.engine.evidence.verdict import Scene, Verdict
from lfsmake.engine.failures import CAUSES, POLICIES
from lfsmake.engine.place import Work

TARGET = Scene(phase="build", context="target", status=2)
HOST = Scene(phase="build", context="host", status=2)


class Left:
    """What a phase left behind: its work folder, with a control folder as old as the phase, and a log."""

    def __init__(self, folder: Path) -> None:
        self.work = Work(str(folder))
        self.work.make(())
        self.control = self.work.new_control()
        self.log = folder / "log"
        script = Path(self.control, "phase.sh")
        script.write_text("", encoding="utf-8")
        os.utime(script, (1000, 1000))

    def made(self, name: str, when: float) -> None:
        """A file of the build folder, written at that time."""
        path = Path(self.work.sources, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("", encoding="utf-8")
        os.utime(path, (when, when))

    def judged(self, scene: Scene, log: str) -> Verdict:
        """The verdict, with this log."""
        self.log.write_text(log, encoding="utf-8")
        return gather(scene, log=str(self.log), work=self.work.path, control=self.control)[1]


@pytest.fixture
def left(tmp_path: Path) -> Left:
    """A phase that began at second 1000."""
    return Left(tmp_path)


COMPILER_KILLED = (
    "g++: fatal error: Killed signal terminated program cc1plus\nmake: *** [Makefile:1: a.o] Error 1\n"
)
MAKE_KILLED = "make: *** [Makefile:1: table.h] Killed\n"
SYNTAX = "a.c:1:1: error: expected ';'\nmake: *** [Makefile:1: a.o] Error 1\n"


@pytest.mark.parametrize(
    ("scene", "log", "expected"),
    [
        (TARGET, "", ("step", "")),
        (TARGET, SYNTAX, ("step", "syntax")),
        (TARGET, COMPILER_KILLED, ("environment", "out-of-memory")),
        (TARGET, MAKE_KILLED, ("environment", "killed")),
        (msgspec.structs.replace(TARGET, oom_kills=1), MAKE_KILLED, ("environment", "out-of-memory")),
        (msgspec.structs.replace(TARGET, oom_kills=1), SYNTAX, ("step", "syntax")),
        (msgspec.structs.replace(TARGET, status=-9), "", ("environment", "killed")),
        (msgspec.structs.replace(TARGET, status=-9, oom_kills=1), "", ("environment", "out-of-memory")),
        (msgspec.structs.replace(TARGET, status=137, oom_kills=1), "", ("environment", "out-of-memory")),
        (msgspec.structs.replace(TARGET, status=-11), "", ("step", "")),
        (
            TARGET,
            "cc1: out of memory allocating 65536 bytes after a total of 1 bytes\n",
            ("environment", "out-of-memory"),
        ),
        (TARGET, "tee: x: No space left on device\n", ("environment", "disk-full")),
        (TARGET, "sh: 1: flex: not found\nmake: *** [a:1: b] Error 127\n", ("recipe", "missing-command")),
        (HOST, "sh: 1: flex: not found\nmake: *** [a:1: b] Error 127\n", ("environment", "missing-command")),
        (HOST, "/run/lfsmake/body-0: line 3: frobnicate: command not found\n", ("recipe", "missing-command")),
        (HOST, "/run/lfsmake/body-0: line 3: swig: command not found\n", ("environment", "missing-command")),
        (HOST, "cp: cannot create regular file '/usr/x': Read-only file system\n", ("recipe", "read-only")),
        (TARGET, "/run/lfsmake/body-0: line 2: x: unbound variable\n", ("recipe", "unbound-variable")),
        (TARGET, "./build.sh: line 2: x: unbound variable\n", ("step", "unbound-variable")),
        (TARGET, "Hunk #1 FAILED at 20.\n", ("recipe", "patch-failed")),
        (TARGET, "gzip: stdin: unexpected end of file\n", ("source", "truncated-archive")),
        (msgspec.structs.replace(TARGET, phase="check"), "FAIL: test-a\n", ("test", "test-failed")),
        (msgspec.structs.replace(TARGET, phase="check"), SYNTAX, ("test", "syntax")),
        (msgspec.structs.replace(TARGET, phase="check"), COMPILER_KILLED, ("environment", "out-of-memory")),
    ],
)
def test_the_class_follows_from_the_evidence(
    left: Left, scene: Scene, log: str, expected: tuple[str, str]
) -> None:
    verdict = left.judged(scene, f"==> a: {scene.phase}\n{log}")
    assert (verdict.failure_class, verdict.cause) == expected


def test_what_is_missing_on_the_host_has_a_package(left: Left) -> None:
    verdict = left.judged(HOST, "/bin/sh: 1: makeinfo: not found\nmake: *** [a:1: b] Error 127\n")
    assert verdict == Verdict("environment", "missing-command", "install the package texinfo")


HEADER = "a.c:1:10: fatal error: gen/opcodes.h: No such file or directory\nmake: *** [Makefile:1: a.o] Error 1\n"


def test_a_header_that_was_made_too_late_is_a_race(left: Left) -> None:
    left.made("thing-1.0/src/gen/opcodes.h", 1005)
    several = msgspec.structs.replace(TARGET, jobs=4)
    assert left.judged(several, HEADER).cause == "race"
    assert left.judged(TARGET, HEADER).cause == "missing-header", "one job cannot race"


@pytest.mark.parametrize(
    "line",
    [
        "cat: gen.h: No such file or directory",
        "cp: cannot stat 'gen.h': No such file or directory",
        "install: cannot stat ‘src/gen.h’: No such file or directory",
        "sed: can't read ./gen.h: No such file or directory",
        "grep: gen.h: No such file or directory",
        "awk: cannot open gen.h (No such file or directory)",
        "m4:gen.h: No such file or directory",
        "tar: gen.h: Cannot stat: No such file or directory",
        "mkheader: cannot open gen.h: No such file or directory",
        "head: cannot open 'gen.h' for reading: No such file or directory",
        "cat: /sources/thing-1.0/src/gen.h: No such file or directory",
        "/bin/sh: 1: cannot open gen.h: No such file",
        "/bin/bash: line 1: src/gen.h: No such file or directory",
        "make[2]: src/gen.h: No such file or directory",
        "make[2]: *** No rule to make target 'gen.h', needed by 'use'.  Stop.",
        "ninja: error: 'src/gen.h', needed by 'use.o', missing and no known rule to make it",
        "FileNotFoundError: [Errno 2] No such file or directory: 'gen.h'",
        "Traceback (most recent call last):\n  File \"g.py\", line 1, in <module>\n    open('src/gen.h')\n"
        "FileNotFoundError: [Errno 2] No such file or directory: 'src/gen.h'",
        "python3: can't open file '/sources/thing-1.0/src/gen.h': [Errno 2] No such file or directory",
    ],
)
def test_a_file_that_came_too_late_is_a_race_however_the_tool_names_it(left: Left, line: str) -> None:
    log = f"{line}\nmake: *** [Makefile:7: use] Error 1\n"
    several = msgspec.structs.replace(TARGET, jobs=4)
    assert left.judged(several, log).cause != "race", "nobody made it"
    left.made("thing-1.0/src/gen.h", 1005)
    assert left.judged(several, log).cause == "race"


def test_a_header_of_the_sources_that_is_not_found_is_no_race(left: Left) -> None:
    left.made("thing-1.0/src/gen/opcodes.h", 900)
    left.made("thing-1.0/src/other/opcodes.h", 1005)
    assert left.judged(msgspec.structs.replace(TARGET, jobs=4), HEADER).cause == "missing-header"


def test_a_folder_made_twice_by_several_jobs_is_a_race(left: Left) -> None:
    log = "mkdir: cannot create directory 'out': File exists\nmake: *** [Makefile:3: out/a] Error 1\n"
    assert left.judged(msgspec.structs.replace(TARGET, jobs=2), log).cause == "race"
    assert left.judged(msgspec.structs.replace(TARGET, jobs=1), log).cause == "file-exists"
    log = "FileExistsError: [Errno 17] File exists: 'out'\nmake: *** [Makefile:3: out/a] Error 1\n"
    assert left.judged(msgspec.structs.replace(TARGET, jobs=2), log).cause == "race"


def test_links_out_of_the_build_folder_are_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "a.h").write_text("", encoding="utf-8")
    (tmp_path / "build").mkdir()
    (tmp_path / "build" / "link").symlink_to(tmp_path / "outside")
    assert not made_since(str(tmp_path / "build"), "a.h", 0)
    assert made_since(str(tmp_path / "outside"), "./a.h", 0)


def test_config_log_says_why_configure_gave_up(left: Left) -> None:
    left.made("thing-1.0/config.log", 1005)
    Path(left.work.sources, "thing-1.0/config.log").write_text(
        "configure:3000: checking for gcc\nconfigure:3001: result: gcc\n"
        "configure:3002: checking whether the C compiler works\n"
        "configure:3003: gcc -march=none conftest.c  >&5\n"
        "cc1: error: bad value ('none') for '-march=' switch\n"
        "configure:3004: $? = 1\nconfigure: failed program was:\n| int main () { return 0; }\n"
        "configure:3005: error: C compiler cannot create executables\n## Cache variables. ##\n",
        encoding="utf-8",
    )
    left.log.write_text("configure: error: C compiler cannot create executables\n", encoding="utf-8")
    error, verdict = gather(TARGET, log=str(left.log), work=left.work.path, control=left.control)
    assert error is not None
    assert verdict.cause == "compiler-broken"
    assert error.context == (
        "configure: error: C compiler cannot create executables",
        "config.log:",
        "configure:3003: gcc -march=none conftest.c  >&5",
        "cc1: error: bad value ('none') for '-march=' switch",
        "configure:3004: $? = 1",
    )


def test_a_config_log_may_be_anything(left: Left) -> None:
    os.mkfifo(Path(left.work.sources, "config.log"))
    assert why_configure_failed(left.work.sources) == ()


def test_a_log_that_is_gone_leaves_the_status(left: Left) -> None:
    error, verdict = gather(TARGET, log="/no/such/log", work=left.work.path, control=left.control)
    assert (error, verdict) == (None, Verdict("step"))


def test_every_cause_has_a_class_that_exists() -> None:
    assert {cause.host for cause in CAUSES.values()} | {cause.target for cause in CAUSES.values()} <= set(POLICIES)


def test_every_kind_of_error_has_a_cause() -> None:
    from lfsmake.engine.evidence.reader import PATTERNS

    assert {pattern.kind for pattern in PATTERNS} <= set(CAUSES)
