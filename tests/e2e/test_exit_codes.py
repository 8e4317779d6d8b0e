"""How each way to end is told: its exit code, its stream, and never a traceback."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lfsmake.cli import app

FAILING = """\
script bad {
    context host
    install:
        echo before
        false
}

script after {
    context host
    needs build bad
    install: true
}
"""


def test_0_built_then_nothing_to_do_and_the_fast_path_says_the_same(project, spawn):
    first = spawn("world")
    assert (first.returncode, first.stderr) == (0, "")
    assert "world: built in 0:0" in first.stdout
    second = spawn("world")
    assert (second.returncode, second.stdout, second.stderr) == (0, "lfsmake: world is up to date (2 steps)\n", "")
    loaded = spawn("world", env={**os.environ, "PYTHONPROFILEIMPORTTIME": "1"})
    assert "click" not in loaded.stderr, "the second run left no certificate"
    assert loaded.stdout == second.stdout
    text = project.main.read_text()
    project.main.write_text(text.replace("echo world", "echo World"))
    assert spawn("-n", "world").stdout.startswith(
        "would build world: the phase install changed\nlfsmake: 1 to build, 1 up to date; "
    )


def test_1_a_step_failed(project, spawn):
    project.main.write_text(FAILING)
    project.config.write_text('recipes = ["recipes"]\n')
    done = spawn("-k")
    assert done.returncode == 1
    log = next((project.folder.parent / "cache").glob("store/logs/*/bad.log"))
    kept = project.folder.parent / "cache/store/work/failed/bad"
    assert done.stdout == (
        "lfsmake: 1 to build, 1 waiting for those\nbad: started, never built\nafter: skipped, bad failed\n"
    )
    head, _, card = re.sub(r"in \d+:\d\d", "in 0:00", done.stderr).partition("────\n")
    assert head.startswith("── log of bad ──\n")
    assert "\nbefore\n" in head
    assert card == (
        "recipes/main.lfs:5: error: bad failed in its install phase: exit status 1\n"
        "  command  false\n"
        f"  log      {log}\n"
        f"  kept     {kept}\n"
        "  look     lfsmake log bad\n"
        "           lfsmake shell bad --failed\n"
        "  go on    lfsmake -k\n"
        "lfsmake: 1 failed, 1 skipped in 0:00\n"
    )
    assert "before" in spawn("log", "bad").stdout
    shell = spawn("shell", "bad", "--failed", "--", "sh", "-c", "echo inside; exit 7")
    assert (shell.returncode, shell.stdout) == (7, "inside\n")
    status = spawn("status")
    assert status.returncode == 0
    assert "\nfailed  bad\n" in status.stdout


def test_2_a_recipe_is_wrong(project, run):
    project.main.write_text("script hello {\n    instal: true\n}\n")
    result = run("hello")
    assert result.code == 2
    assert result.out == ""
    assert result.err.startswith("recipes/main.lfs:2:5: error: ")
    assert "\n      instal: true\n      ^^^^^^" in result.err


def test_3_the_store_is_of_a_newer_version(project, run, tmp_path):
    store = tmp_path / "store"
    store.mkdir()
    (store / "VERSION").write_text("99\n")
    result = run("--store", str(store), "hello")
    assert result.code == 3
    assert result.err == (
        f"lfsmake: error: the store {store} has format 99; this lfsmake knows up to 1\n"
        "hint: upgrade lfsmake, or choose another folder with --store\n"
    )


def test_3_what_the_machine_denies_is_no_bug(project, run, monkeypatch, tmp_path):
    def denied(argv):
        raise PermissionError(13, "Permission denied", "/root/recipes")

    monkeypatch.setattr(app, "_invoke", denied)
    hint = "hint: see who may use it: namei -l shows the way there\n"
    assert run("list", "--color=never") == (3, "", f"lfsmake: error: /root/recipes: permission denied\n{hint}")
    assert not (tmp_path / "cache" / "crashes").exists()


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
@pytest.mark.parametrize("words", [("check", "shut"), ("fmt", "shut"), ("-f", "shut", "list")])
def test_3_a_folder_that_nobody_may_look_into(project, run, words):
    shut = project.folder / "shut"
    shut.mkdir(mode=0)
    result = run(*words)
    assert (result.code, result.err.split(": ")[-2:]) == (3, ["see who may use it", "namei -l shows the way there\n"])


def test_4_a_source_is_not_what_its_digest_says(project, run, tmp_path):
    file = tmp_path / "a.tar"
    file.write_bytes(b"not the archive")
    project.main.write_text(
        f'package a 1 {{\n    source "file://{file}"\n    sha256 {"0" * 64}\n    context host\n    install: true\n}}\n'
    )
    project.config.write_text('recipes = ["recipes"]\n')
    result = run("fetch", "a")
    assert result.code == 4
    assert "0000" in result.err
    assert "Traceback" not in result.err


def test_70_a_bug_is_one_line_and_a_report(project, run, monkeypatch, tmp_path):
    monkeypatch.setattr(app, "_invoke", lambda argv: {}["the bug"])
    result = run("list", "--color=never")
    report = next((tmp_path / "cache" / "crashes").iterdir())
    assert result == (
        70,
        "",
        f"lfsmake: error: this is a bug in lfsmake: KeyError: 'the bug'\nhint: please report it with {report}\n",
    )
    text = report.read_text()
    assert "command line: ['list', '--color=never']\n" in text
    assert "Traceback (most recent call last):\n" in text
    assert report.stat().st_mode & 0o077 == 0


def test_70_with_debugging_the_traceback_is_shown(project, run, monkeypatch):
    monkeypatch.setattr(app, "_invoke", lambda argv: {}["the bug"])
    monkeypatch.setenv("LFSMAKE_DEBUG", "1")
    assert "Traceback (most recent call last):\n" in run("list").err


def test_130_interrupted(project):
    project.main.write_text("script slow {\n    context host\n    install: sleep 600\n}\n")
    project.config.write_text('recipes = ["recipes"]\n')
    command = [sys.executable, "-m", "lfsmake", "slow", "-v"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            if line == "slow: install\n":
                break
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.startswith("lfsmake: interrupted in 0:")


def test_141_the_reader_of_a_pipe_went_away(project):
    steps = "".join(f"script s{n} {{\n    context host\n    install: true\n}}\n" for n in range(9000))
    project.main.write_text(steps)
    project.config.write_text('recipes = ["recipes"]\n')
    command = [sys.executable, "-m", "lfsmake", "list"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "scripts\n"
        process.stdout.close()
        assert process.stderr.read() == ""
    assert process.returncode == 141


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_standard_output_is_an_error(project, spawn):
    with Path("/dev/full").open("w") as full:
        done = spawn("list", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (
        3,
        "lfsmake: error: cannot write to standard output: No space left on device\n",
    )


def test_a_closed_standard_output_is_no_error(project):
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m lfsmake list >&-"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_events_are_lines_of_json(project, spawn):
    done = spawn("hello", "--json")
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert (events[0]["event"], events[0]["version"]) == ("run-started", 1)
    assert (events[-1]["event"], events[-1]["exit_code"], events[-1]["built"]) == ("run-done", 0, 1)
    assert events[0]["at"] <= events[-1]["at"] <= time.time()
