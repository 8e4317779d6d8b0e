"""`.lfsmake/lfsmake.log`: what each command line was and how it ended, as lines of JSON; it fails nothing."""

import json
import os

import pytest

from lfsmake import __version__
from lfsmake.cli import ownlog


def lines(project):
    path = project.folder / ".lfsmake" / "lfsmake.log"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def told(found):
    """The lines without what differs from run to run."""
    return [
        {name: value for name, value in line.items() if name not in ("at", "pid", "seconds", "run")} for line in found
    ]


def test_a_build_is_a_start_a_run_and_an_end(project, run):
    run("-k", "all")
    found = lines(project)
    assert told(found) == [
        {"event": "start", "argv": ["-k", "all"], "lfsmake": __version__, "folder": str(project.folder)},
        {"event": "run", "targets": ["all"], "jobs": os.cpu_count(), "stale": 1},
        {"event": "run-done", "exit_code": 0},
        {"event": "end", "exit_code": 0},
    ]
    assert {line["pid"] for line in found} == {os.getpid()}
    assert found[0]["at"] <= found[-1]["at"] < found[0]["at"] + 600
    assert found[1]["run"] == found[2]["run"] == os.listdir(project.folder / ".lfsmake" / "runs")[0]


def test_failures_and_errors_are_in_it(project, run):
    project.config.write_text('recipes = ["recipes"]\n')
    run("hello")
    before = len(lines(project))
    project.main.write_text('script hello "x" {\n    context host\n    install:\n        false\n}\n')
    assert run("hello").code == 1
    assert run("nothing").code == 2
    project.main.write_text("sorce\n")
    assert run("plan").code == 2
    found = told(lines(project)[before:])
    assert [line["event"] for line in found] == [
        "start", "run", "failed", "run-done", "end", "start", "error", "end", "start", "error", "end",
    ]  # fmt: skip
    assert found[2]["step"] == "hello"
    assert found[2]["failure_class"] == "step"
    assert found[6]["text"] == 'no target "nothing"'
    assert found[9]["where"] == f"{project.main}:1:1"
    assert [line["exit_code"] for line in found if line["event"] == "end"] == [1, 2, 2]


def test_before_the_first_run_nothing_is_written_or_made(project, run):
    run("plan")
    run("list", "groups")
    assert not (project.folder / ".lfsmake").exists()


def test_a_run_with_nothing_to_do_that_needs_no_look_is_not_in_it(project, spawn):
    spawn("hello")
    spawn("hello")
    before = lines(project)
    assert spawn("hello").stdout == "lfsmake: hello is up to date (1 step)\n"
    assert lines(project) == before


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("--set=a=b", "--set=a=b"),
        ("https://me:secret@host/x", "https://***@host/x"),
        ("see ftp://token@host/x and https://h/?a=1&access_token=abc&b=2", None),
        ("a@b", "a@b"),
        ("\udcff", "\\udcff"),
        ("x" * 3000, "x" * 2000 + "…"),
    ],
)
def test_what_a_url_hides_is_not_written(text, shown):
    if shown is None:
        shown = "see ftp://***@host/x and https://h/?a=1&access_token=***&b=2"
    assert ownlog.redacted(text) == shown


def test_a_long_log_is_turned_twice_and_then_forgotten(project, run, monkeypatch):
    run("hello")
    monkeypatch.setattr(ownlog, "LARGEST", 300)
    for _ in range(12):
        run("plan")
    folder = project.folder / ".lfsmake"
    assert sorted(name for name in os.listdir(folder) if "log" in name) == [
        "lfsmake.log", "lfsmake.log.1", "lfsmake.log.2",
    ]  # fmt: skip
    for name in ("lfsmake.log", "lfsmake.log.1", "lfsmake.log.2"):
        assert 0 < (folder / name).stat().st_size < 1000
        assert all(json.loads(line) for line in (folder / name).read_text().splitlines())


def test_a_log_that_cannot_be_written_fails_nothing(project, run):
    run("hello")
    log = project.folder / ".lfsmake" / "lfsmake.log"
    log.unlink()
    log.mkdir()
    assert run("plan").code == 0
    log.rmdir()
    log.symlink_to(project.folder / "elsewhere")
    assert run("plan").code == 0
    assert not (project.folder / "elsewhere").exists()
    log.unlink()
    os.mkfifo(log)
    assert run("plan").code == 0


def test_it_is_its_owner_s_only(project, run):
    run("hello")
    assert (project.folder / ".lfsmake" / "lfsmake.log").stat().st_mode & 0o777 == 0o600
