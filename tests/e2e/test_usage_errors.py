"""Every mistake on the command line is an error on standard error with what to write instead, and exit code 2."""

import os
import sys

import pytest

from lfsmake.cli.main import main

CASES = {
    "an unknown option": (
        ["--jsn"],
        "lfsmake: error: lfsmake has no option --jsn\n"
        'hint: did you mean "--json"? `lfsmake --help` lists the options\n',
    ),
    "an unknown option of a command": (
        ["plan", "--rebild", "x"],
        "lfsmake: error: lfsmake plan has no option --rebild\n"
        'hint: did you mean "--rebuild"? `lfsmake plan --help` lists the options\n',
    ),
    "an unknown letter": (
        ["-x"],
        "lfsmake: error: lfsmake has no option -x\nhint: `lfsmake --help` lists the options\n",
    ),
    "an option of builds behind another command": (
        ["fetch", "-k"],
        "lfsmake: error: lfsmake fetch has no option -k\nhint: `lfsmake fetch --help` lists the options\n",
    ),
    "an option without its value": (
        ["hello", "-C"],
        "lfsmake: error: option -C needs a value\nhint: `lfsmake --help` lists the options\n",
    ),
    "no jobs": (
        ["-j", "0"],
        'lfsmake: error: -j needs a number of jobs from 1 up, not "0"\n'
        f"hint: write -j{os.cpu_count()}, or leave -j out: that uses every processor\n",
    ),
    "jobs below nothing": (
        ["-j-3"],
        'lfsmake: error: -j needs a number of jobs from 1 up, not "-3"\n'
        f"hint: write -j{os.cpu_count()}, or leave -j out: that uses every processor\n",
    ),
    "jobs that are a target": (
        ["-j", "hello"],
        'lfsmake: error: -j needs a number of jobs from 1 up, not "hello"\n'
        f"hint: write -j{os.cpu_count()}, or leave -j out: that uses every processor\n",
    ),
    "a choice without a value": (
        ["--set", "init"],
        'lfsmake: error: --set needs option=value, not "init"\n'
        "hint: for example --set init=systemd; `lfsmake list options` shows what there is\n",
    ),
    "a color that is none": (
        ["list", "--color", "alway"],
        'lfsmake: error: --color is auto, always or never, not "alway"\nhint: did you mean "always"?\n',
    ),
    "a folder that is not there": (
        ["-C", "/nowhere/at/all", "list"],
        'lfsmake: error: -C: cannot enter "/nowhere/at/all": No such file or directory\n'
        "hint: -C names a folder that exists\n",
    ),
    "an argument missing": (
        ["why", "hello"],
        "lfsmake: error: lfsmake why needs a B\nhint: write: lfsmake why [OPTIONS] A B\n",
    ),
    "an argument too many": (
        ["why", "a", "b", "c"],
        "lfsmake: error: lfsmake why takes no further argument: c\nhint: write: lfsmake why [OPTIONS] A B\n",
    ),
    "an unknown kind": (
        ["list", "package"],
        'lfsmake: error: KIND is groups, packages, scripts or options, not "package"\nhint: did you mean "packages"?\n',
    ),
    "an unknown shell": (
        ["completion", "tcsh"],
        'lfsmake: error: SHELL is bash, zsh or fish, not "tcsh"\n',
    ),
    "an unknown command of the store": (
        ["store", "cg"],
        'lfsmake: error: lfsmake store has no command "cg"\n'
        'expected: gc, verify, du or path\n',
    ),
    "no command of the store": (
        ["store"],
        "lfsmake: error: lfsmake store needs a command\n"
        "expected: gc, verify, du or path\nhint: `lfsmake store --help`\n",
    ),
    "two options that do not go together": (
        ["-n", "-w"],
        "lfsmake: error: -n and -w do not go together\nhint: -n builds nothing: there is nothing to watch for\n",
    ),
    "an unknown target": (
        ["helo"],
        'lfsmake: error: no target "helo"\nexpected: a package, a script or a group\nhint: did you mean "hello"?\n',
    ),
    "a target that may have been a command": (
        ["paln"],
        'lfsmake: error: no target "paln"\nexpected: a command, a package, a script or a group\n'
        "hint: did you mean the command `lfsmake plan`?\n",
    ),
    "a target as near to a command as to a target": (
        ["shelo"],
        'lfsmake: error: no target "shelo"\nexpected: a command, a package, a script or a group\n'
        'hint: did you mean the command `lfsmake shell` or the target "hello"?\n',
    ),
    "an unknown target to rebuild": (
        ["--rebuild", "worl"],
        'lfsmake: error: no target "worl"\nexpected: a package, a script or a group\nhint: did you mean "world"?\n',
    ),
    "an unknown name to show": (
        ["show", "wurld"],
        'lfsmake: error: nothing is called "wurld"\n'
        'expected: a package, script, group, resource, host or option\nhint: did you mean "world"?\n',
    ),
    "a log that was never written": (
        ["log", "hello"],
        "lfsmake: error: hello has no log\nhint: it was never built with this store: `lfsmake hello`\n",
    ),
    "a shell in several steps": (
        ["shell", "all"],
        "lfsmake: error: all is a group of 2 steps\nexpected: one step\nhint: name one of its steps: hello world\n",
    ),
    "an unknown book": (
        ["init", "99.9"],
        'lfsmake: error: there are no recipes for book "99.9"\nexpected: book 12.3\n',
    ),
    "an unknown file to format": (
        ["fmt", "nope.lfs"],
        "lfsmake: error: there is no file or folder nope.lfs\nhint: lfsmake fmt takes files and folders\n",
    ),
}


@pytest.mark.parametrize(("words", "shown"), CASES.values(), ids=CASES)
def test_a_mistake_gets_its_message(project, run, words, shown):
    result = run(*words)
    assert result.err.replace(f"{project.folder}/", "") == shown
    assert result.out == ""
    assert result.code == 2


def test_a_folder_that_is_gone_is_an_error(tmp_path, monkeypatch, spawn):
    gone = tmp_path / "gone"
    gone.mkdir()
    done = spawn("list", preexec_fn=gone.rmdir, cwd=gone)
    assert (done.returncode, done.stderr) == (
        2,
        "lfsmake: error: the current folder is gone\nhint: go to a folder that exists\n",
    )


def test_a_path_that_is_not_utf_8_is_refused(tmp_path, monkeypatch, run):
    folder = tmp_path / os.fsdecode(b"odd\xff")
    folder.mkdir()
    monkeypatch.chdir(folder)
    shown = f"{tmp_path}/odd\\udcff"
    message = f'lfsmake: error: the path "{shown}" is not UTF-8\nhint: rename it, or work in a folder whose name is\n'
    assert run("plan") == (2, "", message)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        (("-f", "LONG", "plan"), "lfsmake: error: cannot read {here}/LONG: File name too long"),
        (("check", "LONG"), 'lfsmake: error: there is no file, folder, step or group "LONG"'),
        (("registry", "add", "LONG"), "lfsmake: error: there is no folder {here}/LONG"),
        (("discover", "LONG"), "lfsmake: error: {here}/LONG cannot be read as a folder: file name too long"),
        (("book", "check", "LONG"), "lfsmake: error: {here}/LONG is no checkout of the book: File name too long"),
        (("import", "~no-such-user", "--to", "x"), "lfsmake: error: {here}/~no-such-user cannot be read as a folder: "
         "no such file or directory"),
    ],
)  # fmt: skip
def test_what_cannot_be_looked_at_is_named(project, run, words: tuple[str, ...], first: str) -> None:
    done = run(*(word.replace("LONG", "x" * 300) for word in words))
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[0] == first.replace("LONG", "x" * 300).replace("{here}", str(project.folder))


def test_who_interrupts_while_python_loads_sees_no_traceback(monkeypatch, capfd) -> None:
    class Interrupts:
        """Stands where modules are looked for; Ctrl-C comes when the command line is."""

        def find_spec(self, name: str, *_: object) -> None:
            if name == "lfsmake.cli.app":
                raise KeyboardInterrupt

    monkeypatch.delitem(sys.modules, "lfsmake.cli.app", raising=False)
    monkeypatch.delattr(sys.modules["lfsmake.cli"], "app", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Interrupts(), *sys.meta_path])
    assert main(["plan"]) == 130
    assert capfd.readouterr().err == "lfsmake: error: interrupted\n"
