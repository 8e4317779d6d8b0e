"""A script and the phases made of it call the same commands in the same folders, with stand-ins for all of them."""

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lfsmake.discover.convert.convert import import_tree, write
from lfsmake.lang.config import load_config
from lfsmake.lang.load import load_configured

DIGEST = "0d90823e1426f1da2fd872df0311298d"
# What is called is written down with the folder it is called in; folders are made, and nothing else is done.
STANDINS = r"""
command_not_found_handle() {
    case $1 in
        mkdir) /bin/mkdir "$@" 2>/dev/null; return 0 ;;
        tar) /bin/mkdir -p a-1.0; return 0 ;;
        rm|mv) return 0 ;;
    esac
    printf '%s: %s\n' "${PWD#"$HERE"}" "$*" >> "$CALLS"
}
"""
LINES = st.sampled_from(
    [
        "configure --prefix=/usr", "make", "make", "make check", "make install", "make -j4 all", "mkdir -p build",
        "cd build", "cd ..", "x=$(pwd)", 'install -d "$x/lib"', "y=one", 'touch "$y"', "echo done", "read -p Enter",
        "sed -i s/a/b/ Makefile", "$LFS_TGT-gcc -o t t.c", "pushd build", "popd", "[ -e z ] && install z",
        "for i in 1 2; do install $i; done", "(cd build && make -C lib)", "set +e", "set -e", "export CFLAGS=-O2",
        "make && make install", "touch one || touch two", "if [ -d build ]; then touch three; fi", "# a comment",
        "cat > /dev/null << EOF\nmake install\nEOF", "tidy() {\n  touch four\n}\ntidy",
        "install -d /usr/lib/a-1.0", "unlink /usr/lib/a-1.0", "grep -c PASS log",
    ]
)  # fmt: skip


def calls(folder: Path, name: str, texts: list[tuple[str, str]]) -> list[str]:
    """What is called by shells that run the texts, each (text, folder it starts in, "" for where the last ended).

    The first is "", or the exit status of the one that failed.
    """
    here = folder / name
    (here / "a-1.0").mkdir(parents=True)
    (folder / f"{name}.standins").write_text(STANDINS)
    log = folder / f"{name}.calls"
    log.touch()
    where = str(here)
    for text, start in texts:
        script = folder / f"{name}.sh"
        script.write_text(f"{text}\npwd > {shlex.quote(str(folder))}/{name}.cwd\n")
        cwd = f"{here}/{start}" if start else where
        Path(cwd).mkdir(parents=True, exist_ok=True)
        done = subprocess.run(
            ["/bin/bash", "-e", "-o", "pipefail", str(script)], cwd=cwd, stdin=subprocess.DEVNULL, check=False,
            capture_output=True,
            env={
                "PATH": "/nonexistent", "BASH_ENV": f"{folder}/{name}.standins", "HERE": str(here), "CALLS": str(log),
                "LFS_TGT": "x86_64-lfs-linux-gnu", "name": "a", "version": "1.0",
            },
        )  # fmt: skip
        if done.returncode:
            return [f"exit status {done.returncode}"]
        where = (folder / f"{name}.cwd").read_text().rstrip("\n")
    return [""] + [re.sub(r" -j\d*", "", line).replace(str(here), "") for line in log.read_text().splitlines()]


def both(folder: Path, body: str) -> tuple[list[str], list[str]] | None:
    """(calls of the script, calls of its phases); None if it stays whole, or says that it does not know where it is."""
    script = f"#!/bin/bash\nset -e\ntar xf a-1.0.tar.gz\ncd a-1.0\n{body}\n"
    (folder / "tree").mkdir()
    (folder / "tree" / "8.1-a.sh").write_text(script)
    (folder / "tree" / "md5sums").write_text(f"{DIGEST}  a-1.0.tar.gz\n")
    (folder / "tree" / "wget-list").write_text("https://example.org/a-1.0.tar.gz\n")
    converted = import_tree(folder / "tree", "packages")
    (made,) = converted.steps
    if made.why or any("could not be told" in mark or "is set anew" in mark for mark in made.marks):
        return None
    write(converted, folder / "recipes")
    step = load_configured(load_config(folder / "recipes" / "lfsmake.toml"), {}).steps["a"]
    texts = []
    entered = False
    checks = []
    env = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in step.env if name != "PATH")
    for phase in step.phases:
        text = env + "\n".join(part.text for part in phase.bodies)
        if phase.name == "check":
            checks.append((text, f"a-1.0/{step.workdir}"))
            continue
        start = "" if texts else "a-1.0"
        if phase.name != "prepare" and not entered and step.workdir:
            start = f"a-1.0/{step.workdir}"
        entered = entered or phase.name != "prepare"
        texts.append((text, start))
    return calls(folder, "script", [(script, "")]), calls(folder, "phases", texts + checks)


def sorted_out(found: list[str]) -> tuple[list[str], list[str]]:
    """(all but tests in their order, tests and looks at what they left, which may go with them)."""
    tests = [line for line in found if line.endswith(("make check", "grep -c PASS log"))]
    return [line for line in found if line not in tests], sorted(tests)


@settings(max_examples=40, deadline=None, derandomize=True)  # thousands of others were tried
@given(st.lists(LINES, min_size=1, max_size=9))
@example(["mkdir -p build", "cd build", "configure --prefix=/usr", "x=$(pwd)", "make", "cd ..", 'install -d "$x/lib"'])
@example(["x=$(pwd)", "mkdir -p build", "cd build", "configure --prefix=/usr", "make", 'install -d "$x/lib"'])
@example(["$LFS_TGT-gcc -o t t.c", "make install"])
@example(["set +e", "make check", "set -e", "make install", "[ -e z ] && install z"])
@example(["make check", "cd ..", "make check"])
@example(["make check", "mkdir -p build", "cd build", "make check", "make install"])
@example(["make", "tidy() {\n  touch four\n}\ntidy", "make install"])
def test_the_same_commands_run_in_the_same_folders(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str]
) -> None:
    if "set +e" in lines and any(line.startswith(("cd ", "pushd ", "popd")) for line in lines):
        return  # where it is once a `cd` has failed cannot be told: the recipe is marked
    found = both(tmp_path_factory.mktemp("a"), "\n".join(lines))
    if found is not None and "exit status" not in found[0][0]:
        script, phases = found
        assert sorted_out(phases) == sorted_out(script)
