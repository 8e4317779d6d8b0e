"""`lfsmake log`: whole, of a phase, of a run, the last lines; on a terminal harmless, and without sound recipes."""

import json
import os
from pathlib import Path

import pytest
from screens import Screen

OLD, NEW = "20260101-100000-000001", "20260202-100000-000001"
TEXT = "==> hello: unpack\nunpacking\n==> hello: build\nmake\ndone\n==> hello: check\nPASS: a\nlast"


@pytest.fixture
def logs(project, tmp_path: Path) -> Path:
    """The logs of two runs of hello, which the project knows."""
    folder = tmp_path / "cache" / "store" / "logs"
    for run, text in ((OLD, "old\n"), (NEW, TEXT)):
        (folder / run).mkdir(parents=True)
        (folder / run / "hello.log").write_text(text, encoding="utf-8")
        kept = project.folder / ".lfsmake" / "runs" / run
        kept.mkdir(parents=True)
        (kept / "events.jsonl").write_text("", encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    ("words", "out"),
    [
        ([], TEXT),
        (["--run", "-1"], "old\n"),
        (["--run", "2026010"], "old\n"),
        (["--phase", "build"], "==> hello: build\nmake\ndone\n"),
        (["--phase", "check"], "==> hello: check\nPASS: a\nlast"),
        (["-n", "2"], "PASS: a\nlast"),
        (["-n1", "--phase", "build"], "done\n"),
        (["-n", "99"], TEXT),
        (["-f"], TEXT),  # it does not run
        (["-f", "--phase", "build", "-n", "1"], "done\n"),
    ],
)
def test_what_is_printed_of_a_log(logs, run, words: list[str], out: str) -> None:
    assert run("log", "hello", *words) == (0, out, "")


def test_logs_are_listed_as_json(logs, run) -> None:
    code, out, _ = run("log", "hello", "--json")
    said = json.loads(out)
    assert (code, said["version"], said["step"], [log["run"] for log in said["logs"]]) == (0, 1, "hello", [NEW, OLD])
    newest = said["logs"][0]
    path = logs / NEW / "hello.log"
    assert (newest["path"], newest["size"], newest["written"]) == (str(path), len(TEXT), path.stat().st_mtime)
    assert newest["phases"] == [
        {"phase": "unpack", "start": 0, "end": 28},
        {"phase": "build", "start": 28, "end": 55},
        {"phase": "check", "start": 55, "end": 84},
    ]
    assert [log["run"] for log in json.loads(run("log", "hello", "--json", "--run", "-1").out)["logs"]] == [OLD]


def test_a_log_is_read_while_the_recipes_are_wrong(logs, project, run) -> None:
    project.main.write_text("package {\n")
    assert run("log", "hello") == (0, TEXT, "")
    assert run("log", "helo") == (2, "", 'lfsmake: error: helo has no log\nhint: did you mean "hello"?\n')


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["world"], "lfsmake: error: world has no log\nhint: it was never built with this store: `lfsmake world`\n"),
        (
            ["all"],
            "lfsmake: error: all is a group of 2 steps\nexpected: one step\nhint: name one of its steps: hello world\n",
        ),
        (
            ["hello", "--phase", "install"],
            "lfsmake: error: the log of hello has no install phase\nhint: it has: unpack, build, check\n",
        ),
        (
            ["hello", "--phase", "test"],
            "lfsmake: error: --phase is unpack, prepare, configure, build, check or install, not \"test\"\n",
        ),
        (
            ["hello", "-n", "0"],
            'lfsmake: error: -n needs a number of lines from 1 up, not "0"\nhint: for example -n 50\n',
        ),
        (
            ["hello", "--run", "1999"],
            "lfsmake: error: hello has no log of run 1999\nexpected: a run that built it\n"
            f"hint: it has {NEW} {OLD}\n",
        ),
    ],
)
def test_what_is_not_there_is_said(logs, run, words: list[str], error: str) -> None:
    assert run("log", *words) == (2, "", error)


def test_a_log_of_gigabytes_shows_its_end_at_once(logs, run) -> None:
    with (logs / NEW / "hello.log").open("r+b") as file:
        file.truncate(2 << 30)  # a hole: it takes no room
        file.seek(0, os.SEEK_END)
        file.write(b"\n==> hello: install\nthe end\n")
    assert run("log", "hello", "-n", "2") == (0, "==> hello: install\nthe end\n", "")


def test_bytes_go_into_a_pipe_as_they_are(logs, capfdbinary) -> None:
    data = bytes(range(256)) * 300
    (logs / NEW / "hello.log").write_bytes(data)
    from lfsmake.cli.main import main

    assert main(["log", "hello"]) == 0
    assert capfdbinary.readouterr().out == data


def test_a_terminal_survives_a_hostile_log(logs, project) -> None:
    (logs / NEW / "hello.log").write_bytes(
        b"\x1b]0;title\x07\x1b[2J\x1b[31mred\x1b[0m\x9b5A\n10 %\r100 %\n\x00\xff\xfe\x07bell\n"
        + b"\x1b[?1049h" * 20_000  # a line of its own, without an end
        + b"\nlast line\n"
    )
    screen = Screen("log", "hello", columns=120)
    screen.wait_for("last line")
    assert screen.ended() == 0
    assert b"\x1b" not in screen.raw
    assert b"\x07" not in screen.raw
    assert b"\x00" not in screen.raw
