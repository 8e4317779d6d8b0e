"""A script that goes on after a failure, or ends well though nothing came of it, is told of: no failure is silent."""

from pathlib import Path

import pytest

from lfsmake.engine.phase import Stop
from lfsmake.engine.went_on import broken_by
from lfsmake.model.step import ScriptFile

from .conftest import Sandboxed

HIDING = """\
#!/bin/bash
set -e
set -x
tar xf hello-1.0.tar.gz \\
  && cd hello-1.0 \\
  && ls nowhere \\
  && echo made > $LFS/made
echo "all is well"
"""
ASKING = """\
#!/bin/bash
set -eu
tar xf hello-1.0.tar.gz && cd hello-1.0
[ -f nowhere ] && cat nowhere
grep -q nothing data && echo found
mkdir -p a/b && cd $_
test "$PWD" = /mnt/lfs/sources/hello-1.0/a/b
if ls nowhere && true; then exit 3; fi
ls nowhere && true || true
build() { false && true; }
build || true
echo made > $LFS/made
"""


def script(project: Sandboxed, text: str, more: str = "") -> None:
    project.tarball("hello-1.0", {"data": "from the archive"})
    folder = project.recipes / "t"
    folder.mkdir(exist_ok=True)
    (folder / "a.sh").write_text(text, encoding="utf-8")
    project.recipe(f'script a from "t/a.sh" {{\n    context host\n    source "hello-1.0.tar.gz"\n{more}}}\n')


def notes(project: Sandboxed) -> list[str]:
    return [str(event["text"]) for event in project.events() if event["event"] == "note"]


def of(text: str) -> ScriptFile:
    return ScriptFile("a.sh", "a.sh", "", text, "bash", (), strict=False, command="")


def failure(project: Sandboxed) -> tuple[object, ...]:
    (failed,) = [event["failure"] for event in project.events() if event["event"] == "step-failed"]
    assert isinstance(failed, dict)
    return Path(failed["file"]).name, failed["line"], failed["command"], failed["message"]


def test_a_chain_that_breaks_is_told_and_what_installs_nothing_has_failed(project: Sandboxed) -> None:
    script(project, HIDING)
    done = project.run(code=1)
    assert notes(project) == ["a: its script went on after a command failed: a.sh:6: ls nowhere"]
    assert failure(project)[3] == "its script ended as if all was well, and installed no file"
    assert 'if nothing is to be installed: allow nothing-installed because "…"' in done.stderr
    lines = project.run("log", "a").stdout.splitlines()
    path = project.recipes / "t" / "a.sh"
    assert lines[-1] == f"lfsmake: failed, and the script went on: {path}:6: ls nowhere"
    assert [line for line in lines if "__lfsmake" in line] == []  # set -x shows the script's own commands


def test_strict_ends_the_script_where_a_chain_breaks(project: Sandboxed) -> None:
    script(project, HIDING, "    strict\n")
    project.run(code=1)
    assert failure(project) == ("a.sh", 6, "ls nowhere", "exit status 2")
    assert "all is well" not in project.run("log", "a").stdout.replace("echo 'all is well'", "")


def test_asking_is_no_failure(project: Sandboxed) -> None:
    script(project, ASKING)
    project.run()
    assert notes(project) == []


def test_installing_nothing_can_be_meant(project: Sandboxed) -> None:
    script(project, "tar xf hello-1.0.tar.gz\n", '    allow nothing-installed because "it looks into the archive"\n')
    project.run()
    assert project.states() == {"a": "up-to-date"}


@pytest.mark.parametrize("lines", ["make\n", "tar xf hello-1.0.tar.gz && make && make install\n"])
def test_a_build_that_broke_off_has_failed_though_its_script_went_on(project: Sandboxed, lines: str) -> None:
    script(project, f"#!/bin/bash\n{lines}echo made > $LFS/made\n")
    done = project.run(code=1)
    assert failure(project) == ("a.sh", 2, "make", "exit status 2, and the script went on as if all was well")
    assert 'where this may fail: allow went-on because "…"' in done.stderr
    script(project, f"#!/bin/bash\n{lines}echo made > $LFS/made\n", '    allow went-on because "a test"\n')
    project.run()
    assert notes(project) == ["a: its script went on after a command failed: a.sh:2: make"]


@pytest.mark.parametrize(
    "command",
    [
        "make -j$(nproc)", "../configure --prefix=/usr", "CC=gcc ./configure", "tar -xf x.tar.xz", "ninja -C build",
        "patch -Np1 -i ../x.patch", "make DESTDIR=$LFS install", 'time make', "meson setup build", "make install",
    ],
)  # fmt: skip
def test_without_these_there_is_nothing_to_go_on_with(command: str) -> None:
    assert broken_by((Stop("ls"), Stop(command, "f", 3)), of("")) == Stop(command, "f", 3)


@pytest.mark.parametrize(
    "command",
    [
        "make check", "make -k check", "make -k", "make test", "make html", "make install-doc", "ninja test", "ls x",
        "mkdir build", "rm -r x", "echo 'unended", "", "A=1", "make -C gcc check-gcc", "make -i install",
    ],
)  # fmt: skip
def test_these_fail_on_many_machines_and_the_build_goes_on(command: str) -> None:
    assert broken_by((Stop(command),), of("")) is None


def test_a_script_that_looks_at_the_status_knows_what_it_does() -> None:
    stop = Stop("make", "a.sh", 2)
    asks = "x\nmake \\\n  -j4\n\n# how was it?\nif [ $? -ne 0 ]; then make -j1; fi\n"
    assert broken_by((stop,), of(asks)) is None
    assert broken_by((stop,), of("x\nmake\nmake install\nif [ $? -ne 0 ]; then exit 1; fi\n")) == stop
    assert broken_by((stop,), of("x\nmake")) == stop
