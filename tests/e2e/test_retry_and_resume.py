"""`lfsmake retry` builds what failed, `lfsmake resume` goes on where the newest run ended; both as it ran."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

RECIPES = """\
option loud = no|yes

script base {
    context host
    before bad
    install: echo base > $LFS/base
}
script bad {
    context host
    needs build base
    with answer
    install:
        echo $loud
        cat $LFS/sources/answer
        grep good $LFS/sources/answer
}
script worse {
    context host
    needs build base
    with answer
    install: grep good $LFS/sources/answer
}
script top {
    context host
    needs build bad worse
    install: mkdir $LFS/top
}
resource answer {
    source "answer"
}
"""


@pytest.fixture
def failing(project, run):
    """A project whose `bad` and `worse` failed in a run for `top`."""
    project.main.write_text(RECIPES)
    project.config.write_text('recipes = ["recipes"]\ndefault = ["base"]\n')
    (project.recipes / "answer").write_text("bad\n")
    assert run("-k", "-j2", "--set", "loud=yes", "top").code == 1
    return project


def mend(project):
    (project.recipes / "answer").write_text("good\n")


def events(project):
    """Of the newest run."""
    newest = max((project.folder / ".lfsmake/runs").iterdir())
    return [json.loads(line) for line in (newest / "events.jsonl").read_text().splitlines()]


def built(project):
    return {event["step"] for event in events(project) if event["event"] == "step-done"}


def test_retry_builds_the_failed_steps_and_nothing_above_them(failing, run):
    before = events(failing)[0]
    mend(failing)
    result = run("retry")
    assert (result.code, result.err) == (0, "")
    assert result.out.startswith(f"lfsmake: bad worse once more, as in {before['run']}\nlfsmake: 2 to build, 1 up to")
    started = events(failing)[0]
    assert started["targets"] == ["bad", "worse"]
    assert started["jobs"] == 2
    assert started["invocation"]["options"] == {"loud": "yes"}
    assert started["invocation"]["on_failure"] == "continue"
    assert started["invocation"]["goal"] == ["top"]
    assert built(failing) == {"bad", "worse"}


def test_after_retry_resume_goes_on_with_what_the_run_was_for(failing, run):
    mend(failing)
    assert run("retry", "-q").code == 0
    assert run("retry").out == (
        "lfsmake: nothing to retry: no step of the newest run failed; `lfsmake resume` goes on with top\n"
    )
    result = run("resume")
    assert result.code == 0
    assert result.out.startswith("lfsmake: going on with top, as in 2")
    assert events(failing)[0]["targets"] == ["top"]
    assert built(failing) == {"top"}
    assert run("resume") == (0, "lfsmake: nothing to resume: the newest run was done\n", "")
    assert run("retry") == (0, "lfsmake: nothing to retry: no step of the newest run failed\n", "")


def test_what_fails_again_is_retried_again(failing, run):
    for _ in range(2):
        result = run("retry", "-q")
        assert result.code == 1
        assert "  go on    lfsmake retry -q\n" in result.err
    assert events(failing)[0]["invocation"]["goal"] == ["top"]
    mend(failing)
    assert run("retry", "-q", "-j1").code == 0
    assert events(failing)[0]["jobs"] == 1


def test_resume_goes_on_with_a_failed_run(failing, run):
    mend(failing)
    result = run("resume", "--set", "loud=no")
    assert result.code == 0
    assert ", which failed\n" in result.out
    assert events(failing)[0]["invocation"]["options"] == {"loud": "no"}
    assert built(failing) == {"bad", "worse", "top"}


def test_resume_goes_on_with_a_run_that_was_killed(failing, run):
    failing.main.write_text(RECIPES.replace("cat $LFS/sources/answer", "echo up; sleep 600"))
    words = [sys.executable, "-m", "lfsmake", "-v", "bad"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        while process.stdout.readline() != "bad: install\n":
            assert process.poll() is None
        live = run("resume")
        process.send_signal(signal.SIGKILL)
    assert live.code == 2
    assert live.err.startswith("lfsmake: error: the newest run still runs: 2")
    result = run("retry")
    assert (result.code, result.err) == (
        2,
        "lfsmake: error: nothing to retry: the newest run was killed, no step of it failed\n"
        "hint: `lfsmake resume` goes on with bad\n",
    )
    failing.main.write_text(RECIPES)
    mend(failing)
    result = run("resume")
    assert result.code == 0
    assert ", which was killed\n" in result.out
    assert built(failing) == {"bad"}


def test_what_the_recipes_have_no_more_cannot_be_retried(failing, run):
    failing.main.write_text(RECIPES.replace(" bad", " other"))
    mend(failing)
    assert run("retry").code == 0
    assert events(failing)[0]["targets"] == ["worse"]


def test_a_rebuild_that_was_not_reached_is_still_wanted(failing, run):
    mend(failing)
    assert run("-q", "top").code == 0
    (failing.recipes / "answer").write_text("bad\n")
    assert run("-q", "--rebuild", "base", "--rebuild", "top", "top").code == 1
    mend(failing)
    assert run("resume", "-q").code == 0
    assert events(failing)[0]["invocation"]["rebuild"] == ["top"]
    assert built(failing) >= {"top"}


def test_an_earlier_run_is_named_as_reports_name_it(failing, run):
    first = events(failing)[0]["run"]
    assert run("-q", "--rebuild", "base", "base").code == 0
    assert run("retry") == (0, "lfsmake: nothing to retry: no step of the newest run failed\n", "")
    again = run("retry", "-1", "-q")
    assert again.code == 1
    assert "  go on    lfsmake retry -q\n" in again.err, "by then it is the newest"
    assert events(failing)[0]["targets"] == ["bad", "worse"]
    mend(failing)
    result = run("resume", first[:-1])
    assert result.code == 0
    assert result.out.startswith(f"lfsmake: going on with top, as in {first}, which failed\n")
    newest = events(failing)[0]["run"]
    assert run("resume", "0") == (0, f"lfsmake: nothing to resume: run {newest} was done\n", "")
    assert run("retry", newest).out == f"lfsmake: nothing to retry: no step of run {newest} failed\n"


@pytest.mark.parametrize("word", ["retry", "resume"])
def test_a_run_that_is_not_there_or_not_of_these_recipes(failing, run, word):
    assert run(word, "-7") == (
        2, "", "lfsmake: error: there is no run -7: only one is kept\nexpected: 0\nhint: `lfsmake runs` lists them\n"
    )
    assert run(word, "--jbos").err.startswith(f"lfsmake: error: lfsmake {word} has no option --jbos\n")
    folder = max((failing.folder / ".lfsmake/runs").iterdir())
    path = folder / "events.jsonl"
    path.write_text(path.read_text().replace('"files":[]', '"files":["/srv/x.lfs"]', 1))
    said = f"lfsmake: error: {folder.name} was a run of other recipes\nhint: say so: -f /srv/x.lfs\n"
    assert run(word, "latest") == (2, "", said)
    path.write_text("")
    assert run(word, "latest") == (
        2, "", f"lfsmake: error: the events of {folder.name} do not say what it was for\n"
        "hint: name another run: `lfsmake runs` lists them\n",
    )  # fmt: skip


@pytest.mark.parametrize("word", ["retry", "resume"])
def test_where_nothing_was_built_there_is_nothing_to_go_on_with(project, run, word):
    assert run(word) == (
        2,
        "",
        "lfsmake: error: no run is kept here\n"
        "expected: a project that was built\n"
        "hint: `lfsmake` starts one; of a run with -f or --store, name these again\n",
    )


def test_the_store_of_the_run_is_used_again(project, run, tmp_path):
    project.main.write_text(RECIPES)
    project.config.write_text('recipes = ["recipes"]\n')
    (project.recipes / "answer").write_text("bad\n")
    store = tmp_path / "elsewhere"
    assert run("--store", str(store), "-q", "bad").code == 1
    mend(project)
    assert run("retry", "-q").code == 0
    assert built(project) == {"bad"}
    assert not (Path(os.environ["LFSMAKE_CACHE"]) / "store" / "traces.sqlite").exists()


def test_runs_of_single_files_are_found_by_naming_them_again(project, run, tmp_path):
    single = tmp_path / "one.lfs"
    single.write_text("script one {\n    context host\n    install: false\n}\n")
    assert run("-f", str(single), "-q").code == 1
    assert run("retry").code == 2
    single.write_text(single.read_text().replace("false", "true"))
    result = run("-f", str(single), "retry")
    assert result.code == 0
    assert "lfsmake: one once more, as in " in result.out
