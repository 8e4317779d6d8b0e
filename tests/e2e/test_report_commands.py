"""`lfsmake runs`, `lfsmake report` and `--metrics-file` on real runs, and on runs that are damaged or gone."""

import json
import re
from pathlib import Path

import pytest

FAILING = """\
script good {
    context host
    install: echo good > $LFS/good
}
script bad {
    context host
    needs build good
    install: exit 3
}
"""


@pytest.fixture
def built(project, run):
    """A project with two runs: a good one of `good`, and a failed one."""
    project.main.write_text(FAILING)
    project.config.write_text('recipes = ["recipes"]\n')
    assert run("good").code == 0
    assert run("bad").code == 1
    return project


def names(run) -> list[str]:
    return [one["run"] for one in json.loads(run("runs", "--json").out)["runs"]]


def test_nothing_was_run_yet(project, run):
    assert run("runs") == (0, "no run is kept here\n", "")
    assert json.loads(run("runs", "--json").out) == {"version": 1, "runs": []}
    assert run("report") == (
        2,
        "",
        "lfsmake: error: no run is kept here\nexpected: a project that was built\nhint: `lfsmake` starts one\n",
    )


def test_what_is_told_of_real_runs(built, run, tmp_path):
    newest, oldest = names(run)
    time, day = r"\d:\d\d", r"\d{4}-\d\d-\d\d \d\d:\d\d"
    assert re.fullmatch(
        rf" 0  {newest}  {day}  {time}  failed \(1\)  1 failed  bad\n"
        rf"-1  {oldest}  {day}  {time}  done        1 built   good\n",
        run("runs").out,
    )
    lines = run("report").out.splitlines()
    assert re.fullmatch(rf"run       {newest}: bad, begun {day}, failed after {time}", lines[0])
    assert lines[1] == "steps     1 failed, 1 up to date"
    assert any(re.fullmatch(r"failed    recipes/main.lfs:8: bad failed in its install phase: .*", one) for one in lines)
    assert lines[-1] == f"more      lfsmake report {newest} --html report.html"
    assert run("report", "-1").out.startswith(f"run       {oldest}: good,")
    assert run("report", oldest[:-2]).out == run("report", oldest).out

    record = json.loads(run("report", "--json").out)
    assert (record["version"], record["run"], record["state"], record["exit_code"]) == (1, newest, "failed", 1)
    assert [(step["step"], step["state"]) for step in record["steps"]] == [("bad", "failed"), ("good", "up-to-date")]
    assert record["failures"][0]["failure"]["status"] == 3

    page, trace = tmp_path / "report.html", tmp_path / "run.json"
    assert run("report", "--html", str(page), "--trace", str(trace)) == (0, "", "")
    assert "bad failed in its install phase" in page.read_text()
    assert {event["name"] for event in json.loads(trace.read_text())["traceEvents"] if event["ph"] == "X"} >= {"bad"}
    assert run("report", "--html", "-").out.startswith("<!doctype html>")
    assert run("report", "--markdown").out.startswith("# bad: failed after 0:0")


def test_two_real_runs_beside_each_other(built, run, tmp_path):
    newest, oldest = names(run)
    out = run("report", "--compare", "-1", "latest").out
    assert out.startswith(f"before    {oldest}: good, done in 0:0")
    assert f"\nafter     {newest}: bad, failed after 0:0" in out
    assert "\nnew       bad failed in its install phase" in out
    both = json.loads(run("report", "--compare", "-1", "latest", "--json").out)
    assert (both["version"], both["before"]["run"], both["after"]["run"]) == (1, oldest, newest)
    assert "## New failures" in run("report", "--compare", "-1", "0", "--markdown").out
    page = tmp_path / "two.html"
    assert run("report", "--compare", "-1", "0", "--html", str(page)) == (0, "", "")
    assert "New failures" in page.read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--htlm",), 'lfsmake report has no option --htlm\nhint: did you mean "--html"?'),
        (("-9",), "there is no run -9: only 2 are kept\nexpected: 0 to -1\n"),
        (("--json", "--markdown"), "--json and --markdown do not go together\n"),
        (("--compare", "-1", "0", "--trace", "x"), "--compare and --trace do not go together\n"),
        (("-1", "--compare", "-1", "0"), "--compare takes two runs, and no third\n"),
        (("--html", "no/such/x.html"), "no/such/x.html cannot be written: no such file or directory\n"),
        (("--html", "recipes"), "recipes cannot be written: is a directory\n"),
    ],
)
def test_what_is_asked_for_wrongly(built, run, words, message):
    done = run("report", *words)
    assert done.code in (2, 3)
    assert done.out == ""
    assert done.err.startswith(f"lfsmake: error: {message}")


def test_recipes_are_not_needed(built, run):
    built.main.write_text("nonsense")
    assert run("report").code == 0
    assert run("runs").code == 0


def test_a_damaged_run_is_told_as_far_as_it_goes(built, run):
    newest, oldest = names(run)
    events = built.folder / ".lfsmake" / "runs" / newest / "events.jsonl"
    lines = events.read_bytes().splitlines(keepends=True)
    events.write_bytes(lines[0] + b"\x00\xff garbage\n" + b"".join(lines[1:4]) + lines[4][:30])
    out = run("report").out
    assert ", was killed after about 0:0" in out
    assert "note      1 line of its events could not be read" in out
    events.write_bytes(b"\x00" * 1000)
    done = run("report")
    assert (done.code, done.out) == (3, "")
    assert done.err.startswith(f"lfsmake: error: the events of {newest} do not say what it did\n")
    assert run("runs").out.splitlines()[0].split() == ["0", newest, "unreadable"]
    assert run("report", oldest).code == 0


@pytest.mark.parametrize("by", ["option", "configuration"])
def test_metrics_are_kept_by_a_build(project, run, tmp_path, by):
    path = tmp_path / "lfsmake.prom"
    words = ("--metrics-file", str(path)) if by == "option" else ()
    if by == "configuration":
        project.config.write_text(project.config.read_text() + f'metrics_file = "{path}"\n')
    assert run("hello", *words).code == 0
    text = path.read_text()
    assert "\nlfsmake_run_exit_code 0\n" in text
    assert '\nlfsmake_steps{state="built"} 1\n' in text


@pytest.mark.parametrize("command", ["retry", "resume"])
def test_metrics_are_kept_by_what_goes_on_with_a_run(built, run, tmp_path, command):
    path = tmp_path / "lfsmake.prom"
    run(command, "--metrics-file", str(path))
    assert "\nlfsmake_run_exit_code " in path.read_text()


def test_metrics_that_cannot_be_kept_are_an_error_before_the_build(project, run):
    done = run("hello", "--metrics-file", "no/such.prom")
    assert (done.code, done.err) == (
        3,
        "lfsmake: error: no/such.prom cannot be written: no such file or directory\n"
        "hint: name a file in a folder that exists and that you may write\n",
    )
    assert not Path(".lfsmake/runs").exists()
