"""A script of somebody else's runs unedited in the sandbox: it finds what it expects, is cached, judged, explained."""

from pathlib import Path

import pytest

from .conftest import Sandboxed


def tree(project: Sandboxed, **files: str) -> None:
    """Files below the recipes' folder `t`; `_sh` stands for `.sh`."""
    folder = project.recipes / "t"
    folder.mkdir(exist_ok=True)
    for name, text in files.items():
        (folder / name.replace("_sh", ".sh")).write_text(text, encoding="utf-8")


def log(project: Sandboxed, step: str) -> str:
    return project.run("log", step).stdout


def notes(project: Sandboxed) -> list[str]:
    return [str(event["text"]) for event in project.events() if event["event"] == "note"]


def test_it_finds_what_it_expects(project: Sandboxed) -> None:
    project.tarball("hello-1.0", {"data": "from the archive"})
    tree(
        project,
        a_sh=(
            '#!/bin/bash\nset -e\n. "$(dirname "$0")/vars"\necho "$0 in $PWD for $USER_WORD with $MAKEFLAGS_SET"\n'
            "tar xf hello-1.0.tar.gz\ncd hello-1.0\nmkdir /tools/lib\ncp data /tools/lib/$name\n"
            "! touch /run/scripts/recipes/t/mine 2> /dev/null\n"
        ),
        vars="name=data-of-vars\n",
    )
    project.recipe(
        'script a from "t/a.sh" {\n    context host\n    user "lfs"\n    reads "t/vars"\n    env USER_WORD "me"\n'
        '    source "hello-1.0.tar.gz"\n    pre install: mkdir $LFS/tools\n}\n'
        "script b {\n    context host\n    needs build a\n    install: cat $LFS/tools/lib/data-of-vars\n}\n"
    )
    project.run()
    assert "/run/scripts/recipes/t/a.sh in /mnt/lfs/sources for me with \n" in log(project, "a")
    assert "from the archive" in log(project, "b")
    assert set(project.states().values()) == {"up-to-date"}


def test_an_edit_of_it_or_of_what_it_reads_makes_it_stale_and_is_told(project: Sandboxed) -> None:
    tree(project, a_sh="#!/bin/sh\ntrue\n. /run/scripts/recipes/t/vars\n", vars="x=1\n", other="")
    host = "    context host\n"
    project.recipe(f'script a from "t/a.sh" {{\n{host}    reads "t/v*"\n}}\n')
    project.run()
    assert project.states() == {"a": "up-to-date"}
    tree(project, a_sh="#!/bin/sh\ntrue\ntrue\n. /run/scripts/recipes/t/vars\n")
    assert reasons(project) == ["the script recipes/t/a.sh changed, line 3"]
    tree(project, a_sh="#!/bin/sh\ntrue\n. /run/scripts/recipes/t/vars\n", vars="x=2\n", other="not read")
    assert reasons(project) == ["the script's file recipes/t/vars changed"]
    tree(project, vars="x=1\n", vold="")
    assert reasons(project) == ["the script's file recipes/t/vold added"]
    (project.recipes / "t" / "vold").unlink()
    assert project.states() == {"a": "up-to-date"}


def reasons(project: Sandboxed) -> list[str]:
    step = project.plan()["a"]
    return [str(reason["text"]) for reason in step["reasons"]]  # type: ignore[attr-defined]


def test_a_failure_names_the_file_and_line_of_the_script(project: Sandboxed) -> None:
    tree(
        project,
        a_sh="#!/bin/bash -e\ntrue\nf() {\n    sh -c 'exit 3'\n}\nf\n",
        b_sh="#!/bin/bash\nset -e\n. /run/scripts/recipes/t/lib\n",
        c_sh="#!/bin/bash\nfalse\nexit 4\n",
        d_sh="#!/bin/sh\nset -e\nfalse\n",
        e_sh="false\ntrue\n",
        lib="true\nfalse\n",
    )
    words = "    context host\n"
    project.recipe(
        "".join(f'script {name} from "t/{name}.sh" {{\n{words}}}\n' for name in "acd")
        + f'script b from "t/b.sh" {{\n{words}    reads "t/lib"\n}}\n'
        + f'script e from "t/e.sh" {{\n{words}    strict\n}}\n'
    )
    project.run("-k", code=1)
    failures = {str(e["step"]): e["failure"] for e in project.events() if e["event"] == "step-failed"}
    told = {
        step: (Path(f["file"]).name, f["line"], f["command"], f["message"])  # type: ignore[index,call-overload]
        for step, f in failures.items()
    }
    assert told == {
        "a": ("a.sh", 4, "sh -c 'exit 3'", "exit status 3"),
        "b": ("lib", 2, "false", "exit status 1"),
        "c": ("c.sh", 1, "", "exit status 4"),  # it ended itself
        "d": ("d.sh", 1, "", "exit status 1"),  # sh reports nothing
        "e": ("e.sh", 1, "false", "exit status 1"),
    }


def test_a_file_it_misses_is_told_how_to_be_given(project: Sandboxed) -> None:
    tree(project, a_sh='#!/bin/bash\nset -e\n. "$(dirname "$0")/../PkgVersions"\n')
    project.recipe('script a from "t/a.sh" {\n    context host\n}\n')
    project.run(code=1)
    (failed,) = [event for event in project.events() if event["event"] == "step-failed"]
    assert failed["failure"]["hint"] == (  # type: ignore[index,call-overload]
        'the script finds only what its step names: reads "PkgVersions", with the path it has beside the script'
    )


def test_what_it_ignores_is_said(project: Sandboxed) -> None:
    tree(project, a_sh="#!/bin/bash\ntrue\nfalse\nfalse || true\nif false; then :; fi\nls /nowhere\ntrue\n")
    project.recipe('script a from "t/a.sh" {\n    context host\n}\n')
    project.run()
    assert notes(project) == ["a: its script went on after a command failed: a.sh:3: false (and 1 more)"]
    path = project.recipes / "t" / "a.sh"
    assert log(project, "a").splitlines()[-2:] == [
        f"lfsmake: failed, and the script went on: {path}:3: false",
        f"lfsmake: failed, and the script went on: {path}:6: ls /nowhere",
    ]


def test_an_archive_with_a_fixup_is_put_right_before_it(project: Sandboxed) -> None:
    project.tarball("odd", {"data": "wrong"})
    read = "cat hello-1.0/data hello-1.0/more\nls -A\n> $LFS/made\n"
    tree(project, a_sh=f"#!/bin/bash -e\ntar xf hello-1.0.tar.xz\n{read}")
    project.recipe(
        'script a from "t/a.sh" {\n    context host\n    source "odd.tar.gz" as hello-1.0.tar.xz\n    fixup:\n'
        "        echo right > data\n        echo more > more\n}\n"
    )
    project.run()
    assert log(project, "a").splitlines()[-4:] == ["right", "more", "hello-1.0", "hello-1.0.tar.xz"]


def test_it_starts_in_an_archive_that_was_unpacked_for_it(project: Sandboxed) -> None:
    project.tarball("odd", {"data": "wrong"})
    tree(project, a_sh="#!/bin/bash -e\ncat data\necho $PWD\nls ..\n> $LFS/made\n")
    project.recipe(
        'resource hello {\n    source "odd.tar.gz" as hello-1.0.tar.xz\n    fixup: echo right > data\n}\n'
        'script a from "t/a.sh" {\n    context host\n    unpack hello "hello-1.0"\n    workdir "hello-1.0"\n}\n'
    )
    project.run()
    assert log(project, "a").splitlines()[-4:] == [
        "right", "/mnt/lfs/sources/hello-1.0", "hello-1.0", "hello-1.0.tar.xz",
    ]  # fmt: skip


def test_a_file_that_changes_between_reading_and_running_is_an_error(project: Sandboxed) -> None:
    tree(project, a_sh="#!/bin/bash\necho a\n", b_sh="#!/bin/bash\ntrue\n")
    path = project.recipes / "t" / "b.sh"
    project.recipe(
        'script a {\n    context host\n    install: true\n}\nscript b from "t/b.sh" {\n    context host\n'
        "    needs build a\n}\n"
    )
    from lfsmake.engine.place import Work
    from lfsmake.engine.scripts import place_scripts
    from lfsmake.lang.load import load_project
    from lfsmake.model.errors import RecipeError

    step = load_project([project.recipes]).steps["b"]
    assert step.script is not None
    path.write_text("#!/bin/bash\nfalse\n", encoding="utf-8")
    with pytest.raises(RecipeError, match=f"^{path} was changed while lfsmake ran$"):
        place_scripts(step.script, Work(str(project.folder / "work")), step.span)


def test_keys_of_other_steps_do_not_know_of_scripts(project: Sandboxed) -> None:
    import msgspec

    from lfsmake.engine.key import make_key
    from lfsmake.lang.load import load_project

    project.recipe("script a {\n    install: true\n}\n")
    step = load_project([project.recipes]).steps["a"]
    key = make_key(step, digests={}, layers=(), host=(), sandbox="strict")
    assert "scripts" not in msgspec.json.decode(msgspec.json.encode(key))


def test_a_person_finds_in_there_what_the_script_found(project: Sandboxed) -> None:
    project.tarball("odd", {"data": "wrong"})
    tree(project, a_sh="#!/bin/bash\nexit 1\n", vars="x=1\n")
    project.recipe(
        'script a from "t/a.sh" {\n    context host\n    reads "t/vars"\n    source "odd.tar.gz" as hello-1.0.tar.gz\n'
        "    fixup: echo right > data\n}\n"
    )
    project.run(code=1)
    look = "cat /run/scripts/recipes/t/vars; tar xOf /mnt/lfs/sources/hello-1.0.tar.gz hello-1.0/data"
    assert project.run("shell", "a", "--failed", "--", "bash", "-c", look).stdout == "x=1\nright\n"
    assert project.run("shell", "a", "--", "cat", "/run/scripts/recipes/t/vars").stdout == "x=1\n"
    shown = project.run("show", "a").stdout
    assert f"{project.recipes}/t/a.sh at /run/scripts/recipes/t/a.sh\n" in shown
    assert f"{project.recipes}/t/vars at /run/scripts/recipes/t/vars\n" in shown
