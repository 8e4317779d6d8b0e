"""`script NAME from "path"`: the file, its shell, the files it reads, all found when the recipes are read."""

import hashlib
import os
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.lang.format import format_text
from lfsmake.lang.load import load_project
from lfsmake.model.errors import RecipeErrors
from lfsmake.model.step import Step

BASH = "#!/bin/bash\n. ./vars\n"


def write(path: Path, text: str | bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def step(folder: Path, words: str = "", *, path: str = "tree/a.sh", trees: dict[str, str] | None = None) -> Step:
    """A script from that path with these statements."""
    write(folder / "a.lfs", f'script a from "{path}" {{\n{words}\n}}\n')
    return load_project([folder], trees=trees).steps["a"]


def problem(folder: Path, words: str = "", *, path: str = "tree/a.sh", trees: dict[str, str] | None = None) -> str:
    """The one thing that is wrong, with its place."""
    with pytest.raises(RecipeErrors) as caught:
        step(folder, words, path=path, trees=trees)
    (found,) = caught.value.problems
    assert found.span is not None
    said = [f"{os.path.relpath(found.span.file, folder)}:{found.span.line}:{found.span.column} {found.message}"]
    return " | ".join([*said, *filter(None, (found.expected, found.hint))])


def test_the_script_becomes_the_install_phase(tmp_path: Path) -> None:
    script = write(tmp_path / "tree" / "a.sh", BASH)
    found = step(tmp_path, "    pre install: true\n    post install: false")
    (phase,) = found.phases
    command = "BASH_ENV=/run/lfsmake/script-env bash /run/scripts/tree/a.sh"
    assert (phase.name, [body.text for body in phase.bodies]) == ("install", ["true", command, "false"])
    assert found.script is not None
    assert (found.script.path, found.script.file, found.script.text) == ("tree/a.sh", str(script), BASH)
    assert found.script.sha256 == hashlib.sha256(BASH.encode()).hexdigest()
    assert (found.source, found.script.strict, found.script.reads) == (None, False, ())


@pytest.mark.parametrize(
    ("first", "strict", "command"),
    [
        ("#!/bin/bash", False, "BASH_ENV=/run/lfsmake/script-env bash"),
        ("#!/bin/bash -e", False, "BASH_ENV=/run/lfsmake/script-env bash -e"),
        ("#! /usr/bin/env bash", True, "BASH_ENV=/run/lfsmake/script-env bash -e"),
        ("#!/usr/bin/env -S bash -eu", False, "BASH_ENV=/run/lfsmake/script-env bash -eu"),
        ("#!/bin/sh", False, "sh"),
        ("#!/bin/dash -e", False, "sh -e"),
        ("echo no first line", False, "BASH_ENV=/run/lfsmake/script-env bash"),
        ("#!/bin/bash -o pipefail", False, "BASH_ENV=/run/lfsmake/script-env bash -o pipefail"),
    ],
)
def test_its_first_line_says_its_shell(tmp_path: Path, first: str, strict: bool, command: str) -> None:
    write(tmp_path / "tree" / "a.sh", f"{first}\n")
    found = step(tmp_path, "    strict" if strict else "")
    assert found.phases[0].bodies[0].text == f"{command} /run/scripts/tree/a.sh"


def test_what_it_reads_is_found_by_path_folder_and_pattern(tmp_path: Path) -> None:
    write(tmp_path / "tree" / "a.sh", BASH)
    for name in ("vars", "lib/b.sh", "lib/a.sh", "lib/x.txt", "conf/deep/er", "conf/.git/no"):
        write(tmp_path / "tree" / name, name)
    (tmp_path / "tree" / "lib" / "a.sh").chmod(0o755)
    found = step(tmp_path, '    reads "tree/vars" "tree/lib/*.sh"\n    reads "tree/conf"').script
    assert found is not None
    assert [(read.path, read.executable) for read in found.reads] == [
        ("tree/conf/deep/er", False), ("tree/lib/a.sh", True), ("tree/lib/b.sh", False), ("tree/vars", False),
    ]  # fmt: skip
    project = load_project([tmp_path])
    listed = {os.path.relpath(path, tmp_path) for path in project.files}
    assert listed >= {"tree/a.sh", "tree/vars", "tree/lib", "tree/lib/a.sh", "tree/conf", "tree/conf/deep/er"}


def test_another_file_can_stand_in_its_place(tmp_path: Path) -> None:
    write(tmp_path / "tree" / "a.sh", BASH)
    write(tmp_path / "ours", "gcc_version=14.2.0\n")
    found = step(tmp_path, '    reads "tree/PkgVersions" from "ours"').script
    assert found is not None
    assert [(read.path, Path(read.file).name) for read in found.reads] == [("tree/PkgVersions", "ours")]


def test_a_registered_tree_lies_anywhere(tmp_path: Path) -> None:
    project, tree = tmp_path / "project", tmp_path / "elsewhere"
    project.mkdir()
    write(tree / "5" / "gcc.sh", BASH)
    write(tree / "vars", "x=1\n")
    found = step(project, '    reads "mine:vars"', path="mine:5/gcc.sh", trees={"mine": str(tree)}).script
    assert found is not None
    assert (found.path, [read.path for read in found.reads]) == ("5/gcc.sh", ["vars"])


def test_its_sources_lie_beside_each_other_and_its_workdir_is_anywhere(tmp_path: Path) -> None:
    write(tmp_path / "tree" / "a.sh", BASH)
    write(tmp_path / "x.tar.xz", "x")
    found = step(tmp_path, '    source "x.tar.xz"\n    workdir "{{ scripts }}/tree"')
    assert (found.source, [extra.filename for extra in found.extras]) == (None, ["x.tar.xz"])
    assert found.workdir == "/run/scripts/tree"


def test_text_that_is_no_utf8_is_run_all_the_same(tmp_path: Path) -> None:
    data = "#!/bin/bash\n# für alle\n".encode("latin-1")
    write(tmp_path / "tree" / "a.sh", data)
    found = step(tmp_path).script
    assert found is not None
    assert (found.text, found.sha256) == ("", hashlib.sha256(data).hexdigest())


MISTAKES = {
    "gone": ("", "tree/b.sh", 'a.lfs:1:15 there is no script "tree/b.sh" | a shell script | did you mean "a.sh"?'),
    "a folder": ("", "tree", 'a.lfs:1:15 the script "tree" is a folder | a shell script | did you mean'),
    "outside": ("", "../a.sh", 'a.lfs:1:15 "../a.sh" leaves the folder of the recipes | a path below it'),
    "absolute": ("", "/bin/sh", 'a.lfs:1:15 "/bin/sh" leaves the folder of the recipes | a path below it'),
    "no tree": (
        "", "mine:a.sh",
        'a.lfs:1:15 no tree is registered as "mine" | gone | register it: lfsmake registry add DIR --name mine',
    ),
    "a tree that is gone": (
        "", "gone:a.sh",
        "a.lfs:1:15 the tree gone is gone: there is no folder /nowhere | put its new place into lfsmake.toml: "
        "[registry.gone]",
    ),
    "a program": ("", "tree/elf", 'a.lfs:1:15 "elf" is a program, not a shell script'),
    "another language": (
        "", "tree/b.py",
        'tree/b.py:1:1 "b.py" is no script for bash or sh: #!/usr/bin/python3 | #!/bin/bash or #!/bin/sh | '
        "call it in a body of your own: script b { install: …",
    ),
    "reads what is not there": (
        '    reads "tree/var"', "tree/a.sh", 'a.lfs:2:11 there is no file "tree/var" | did you mean "vars"?',
    ),
    "a pattern for nothing": ('    reads "tree/*.x"', "tree/a.sh", 'a.lfs:2:11 no file is called "tree/*.x"'),
    "many from one": (
        '    reads "a" "b" from "c"', "tree/a.sh",
        'a.lfs:2:15 2 files cannot be "c" | one path before from | write a line for each: reads "path" from "other"',
    ),
    "a body beside it": (
        "    install: true", "tree/a.sh",
        "a.lfs:2:5 a has two bodies for install | its script is one; before and after it: pre install, post install",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_has_its_place(tmp_path: Path, name: str) -> None:
    write(tmp_path / "tree" / "a.sh", BASH)
    write(tmp_path / "tree" / "vars", "")
    write(tmp_path / "tree" / "elf", b"\x7fELF\0\0")
    write(tmp_path / "tree" / "b.py", "#!/usr/bin/python3\n")
    words, path, expected = MISTAKES[name]
    assert problem(tmp_path, words, path=path, trees={"gone": "/nowhere"}).startswith(expected)


def test_what_belongs_to_a_script_is_refused_without_one(tmp_path: Path) -> None:
    write(tmp_path / "a.lfs", 'script a {\n    strict\n    reads "x"\n    install: true\n}\n')
    with pytest.raises(RecipeErrors) as caught:
        load_project([tmp_path])
    hint = 'it stands in a step that runs a file: script a from "PATH" {'
    assert [(found.message, found.hint) for found in caught.value.problems] == [
        ('"strict" without a script of its own', hint), ('"reads" without a script of its own', hint),
    ]  # fmt: skip


def test_a_link_out_of_the_tree_is_refused(tmp_path: Path) -> None:
    project = tmp_path / "project"
    write(tmp_path / "secret", "#!/bin/bash\n")
    (project / "tree").mkdir(parents=True)
    (project / "tree" / "a.sh").symlink_to(tmp_path / "secret")
    assert problem(project) == 'a.lfs:1:15 "tree/a.sh" leaves the folder of the recipes | a path below it'


def test_it_is_formatted(tmp_path: Path) -> None:
    text = 'script   a   from "b"   "c" {\n  strict\n  reads   "x"   "y"\n  reads "x" from "z"\n}\n'
    formatted = 'script a from "b" "c" {\n    strict\n    reads "x" "y"\n    reads "x" from "z"\n}\n'
    assert format_text("a.lfs", text) == formatted
    assert format_text("a.lfs", formatted) == formatted


@given(data=st.binary(max_size=200), path=st.text(max_size=20))
def test_whatever_lies_there_is_run_or_refused(
    tmp_path_factory: pytest.TempPathFactory, data: bytes, path: str
) -> None:
    folder = tmp_path_factory.mktemp("any")
    write(folder / "tree" / "a.sh", data)
    quoted = "".join(each for each in path if each not in '"\\\n\r\0{')
    for name in ("tree/a.sh", quoted):
        with suppress(RecipeErrors):
            assert step(folder, f'    reads "{quoted}"' if quoted else "", path=name).script is not None
