"""Real C packages, built with the host's compiler: what an edit rebuilds, and what it does not."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from .conftest import Sandboxed

LIBRARY = """\
package libgreet 1.0 {
    context host
    user "lfs"
    source "libgreet-1.0.tar.gz"
    build:
        gcc -c greet.c -o greet.o
        ar crD libgreet.a greet.o
    install:
        install -D -m 644 libgreet.a $LFS/usr/lib/libgreet.a
        install -D -m 644 greet.h $LFS/usr/include/greet.h
}
"""
PROGRAM = """\
package hello 1.0 {
    context host
    user "lfs"
    source "hello-1.0.tar.gz"
    needs build libgreet
    build: gcc -static -I$LFS/usr/include hello.c -L$LFS/usr/lib -lgreet -o hello
    check: ./hello | grep -q "good day"
    install: install -D -m 755 hello $LFS/usr/bin/hello
}
"""
OTHER = """\
script motd {
    context host
    install: mkdir -p $LFS/etc; echo "welcome to $name" > $LFS/etc/motd
}
"""
PATCH = """\
--- a/greet.c
+++ b/greet.c
@@ -1,2 +1,2 @@
 #include "greet.h"
-const char *greet(void) { return "good day"; }
+const char *greet(void) { return "good day to you"; }
"""
COMMENT_PATCH = """\
--- a/greet.c
+++ b/greet.c
@@ -1,2 +1,3 @@
+/* greets */
 #include "greet.h"
 const char *greet(void) { return "good day"; }
"""


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project, built once; each test works on a copy of it, store and all."""
    project = Sandboxed(tmp_path_factory.mktemp("greeter"))
    project.tarball(
        "libgreet-1.0",
        {
            "greet.h": "const char *greet(void);\n",
            "greet.c": '#include "greet.h"\nconst char *greet(void) { return "good day"; }\n',
        },
    )
    project.tarball(
        "hello-1.0",
        {"hello.c": '#include <stdio.h>\n#include "greet.h"\nint main(void) { puts(greet()); return 0; }\n'},
    )
    project.recipe(LIBRARY + PROGRAM + OTHER)
    project.run("--set", "tests=all")
    assert project.outcomes() == {"libgreet": "built", "hello": "built", "motd": "built"}
    return project.folder


@pytest.fixture
def greeter(built: Path, tmp_path: Path) -> Sandboxed:
    shutil.copytree(built, tmp_path / "copy", symlinks=True)
    return Sandboxed(tmp_path / "copy")


def output_of(program: Path) -> str:
    return subprocess.run([str(program)], capture_output=True, text=True, check=True).stdout


def rebuilt(project: Sandboxed, *words: str) -> dict[str, str]:
    project.run("--set", "tests=all", *words)
    return project.outcomes()


def test_a_second_run_builds_nothing(greeter: Sandboxed) -> None:
    done = greeter.run("--set", "tests=all")
    assert done.stdout == "lfsmake: everything is up to date (3 steps)\n"
    assert set(greeter.states("--set", "tests=all").values()) == {"up-to-date"}


def test_what_was_built_runs(greeter: Sandboxed) -> None:
    greeter.run("--set", "tests=all", "export", "hello", "tree")
    program = greeter.folder / "tree/usr/bin/hello"
    assert output_of(program) == "good day\n"


@pytest.mark.parametrize(
    "edit",
    [
        lambda p: p.recipe("# a comment\n" + LIBRARY + PROGRAM + OTHER),
        lambda p: p.recipe(OTHER + PROGRAM + LIBRARY),
        lambda p: p.recipe(
            (LIBRARY + PROGRAM + OTHER).replace("package hello 1.0 {", 'package hello 1.0 "Says hello" {')
        ),
        lambda p: p.recipe(
            (LIBRARY + PROGRAM + OTHER).replace("    needs build", "    retry 2\n    cost 1 SBU 1 MB\n    needs build")
        ),
        lambda p: p.recipe(LIBRARY + PROGRAM + OTHER + "group all {\n    members hello motd\n}\n"),
        lambda p: p.recipe(LIBRARY + PROGRAM + OTHER + "option init = sysv|systemd\n"),
        lambda p: os.utime(p.recipes / "hello-1.0.tar.gz"),
        lambda p: os.utime(p.recipes / "main.lfs"),
    ],
    ids=["comment", "order", "title", "cost-and-retry", "group", "option", "touched-source", "touched-recipe"],
)
def test_these_edits_rebuild_nothing(greeter: Sandboxed, edit: Callable[[Sandboxed], object]) -> None:
    edit(greeter)
    assert set(greeter.states("--set", "tests=all").values()) == {"up-to-date"}


def test_an_edited_body_rebuilds_its_step_and_what_its_layer_changes(greeter: Sandboxed) -> None:
    greeter.recipe((LIBRARY + PROGRAM + OTHER).replace("hello $LFS/usr/bin/hello", "hello $LFS/usr/bin/hullo"))
    assert rebuilt(greeter) == {"hello": "built"}


def test_an_unchanged_layer_stops_the_rebuild(greeter: Sandboxed) -> None:
    greeter.recipe((LIBRARY + PROGRAM + OTHER).replace("gcc -c greet.c", "gcc  -c  greet.c"))
    assert rebuilt(greeter) == {"libgreet": "unchanged", "hello": "up-to-date"}


def test_a_patch_rebuilds_and_its_dependents_only_when_the_layer_changed(greeter: Sandboxed) -> None:
    patched = LIBRARY.replace('.tar.gz"\n', '.tar.gz"\n    patch "greet.patch"\n')
    (greeter.recipes / "greet.patch").write_text(COMMENT_PATCH, encoding="utf-8")
    greeter.recipe(patched + PROGRAM + OTHER)
    assert rebuilt(greeter) == {"libgreet": "unchanged", "hello": "up-to-date"}
    (greeter.recipes / "greet.patch").write_text(PATCH, encoding="utf-8")
    assert rebuilt(greeter) == {"libgreet": "built", "hello": "built"}
    greeter.run("--set", "tests=all", "export", "hello", "tree")
    assert output_of(greeter.folder / "tree/usr/bin/hello") == "good day to you\n"


def test_going_back_to_an_earlier_recipe_builds_nothing(greeter: Sandboxed) -> None:
    greeter.recipe((LIBRARY + PROGRAM + OTHER).replace("welcome", "hello"))
    assert rebuilt(greeter) == {"motd": "built"}
    greeter.recipe(LIBRARY + PROGRAM + OTHER)
    assert set(greeter.states("--set", "tests=all").values()) == {"up-to-date"}


def test_building_twice_gives_the_same_layers(greeter: Sandboxed) -> None:
    first = {name: step["layer"] for name, step in greeter.plan("--set", "tests=all").items()}
    assert rebuilt(greeter, "--rebuild", "libgreet", "--rebuild", "hello", "--rebuild", "motd") == {
        "libgreet": "unchanged",
        "hello": "unchanged",
        "motd": "unchanged",
    }
    assert {name: step["layer"] for name, step in greeter.plan("--set", "tests=all").items()} == first


def test_a_missing_layer_is_built_again(greeter: Sandboxed) -> None:
    layer = str(greeter.plan("--set", "tests=all")["motd"]["layer"])
    (greeter.store / "layers" / layer).rename(greeter.folder / "gone")
    plan = greeter.plan("--set", "tests=all")["motd"]
    assert plan["state"] == "build"
    assert rebuilt(greeter) == {"motd": "unchanged"}


def test_a_check_that_never_ran_is_run_and_its_layer_stays(greeter: Sandboxed) -> None:
    greeter.run("--set", "tests=none")
    assert set(greeter.states("--set", "tests=none").values()) == {"up-to-date"}
    greeter.recipe((LIBRARY + PROGRAM + OTHER).replace("good day", "day"))
    assert greeter.states("--set", "tests=none")["hello"] == "up-to-date"
    assert rebuilt(greeter) == {"hello": "unchanged"}


def test_a_failing_check_fails_the_step(greeter: Sandboxed) -> None:
    greeter.recipe((LIBRARY + PROGRAM + OTHER).replace("good day", "bad day"))
    done = greeter.run("--set", "tests=all", code=1)
    assert "hello" in done.stderr + done.stdout
    (failure,) = [e for e in greeter.events() if e["event"] == "step-failed"]
    assert failure["failure"]["failure_class"] == "test"
    assert failure["failure"]["phase"] == "check"
