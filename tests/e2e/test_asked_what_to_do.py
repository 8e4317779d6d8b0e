"""`--on-failure ask`: a failed step, a question on the terminal, and what each answer does."""

import json
import os
import shutil
import sys

import pexpect
import pytest

pytestmark = pytest.mark.slow

RECIPES = """\
script bad {
    context host
    with answer
    install:
        echo some words
        cat $LFS/sources/answer
        grep good $LFS/sources/answer
}
script top {
    context host
    needs build bad
    install: true
}
script free {
    context host
    before last
    with wait
    install: true
}
script last {
    context host
    install: true
}
resource answer {
    source "answer"
}
resource wait {
    source "wait"
}
"""

ASKED = "bad failed: [c]ontinue without it, [r]etry, [l]og, [s]hell or [q]uit? "


@pytest.fixture
def project(project):
    project.main.write_text(RECIPES)
    project.config.write_text('recipes = ["recipes"]\n')
    (project.recipes / "answer").write_text("bad\n")
    (project.recipes / "wait").write_text("")
    return project


def start(*words, size=(24, 100), **env):
    return pexpect.spawn(
        sys.executable, ["-m", "lfsmake", *words], env={**os.environ, "TERM": "xterm", "NO_COLOR": "1", **env},
        dimensions=size, timeout=60, encoding="utf-8",
    )  # fmt: skip


def end(child):
    """What was said since the last expectation, and the exit code."""
    child.expect(pexpect.EOF)
    child.close()
    return child.before, child.exitstatus


def events(project):
    newest = max((project.folder / ".lfsmake/runs").iterdir())
    return [json.loads(line) for line in (newest / "events.jsonl").read_text().splitlines()]


def outcomes(project):
    """Step → the last thing that became of it."""
    last = ("step-done", "step-failed", "step-skipped")
    return {event["step"]: event["event"] for event in events(project) if event["event"] in last}


def test_continue_builds_what_does_not_need_the_step(project):
    child = start("-j1", "--on-failure", "ask")
    child.expect_exact(ASKED)
    child.sendline("c")
    said, code = end(child)
    assert code == 1
    assert "1 failed, 1 skipped, 2 built in" in said
    assert outcomes(project) == {
        "bad": "step-failed", "top": "step-skipped", "free": "step-done", "last": "step-done",
    }  # fmt: skip


def test_retry_tries_it_again_in_the_same_run(project):
    child = start("-j1", "--on-failure", "ask")
    child.expect_exact(ASKED)
    child.sendline("retry")
    child.expect_exact(ASKED)
    child.sendline("q")
    assert end(child)[1] == 1
    found = events(project)
    assert [event["step"] for event in found if event["event"] == "step-started"].count("bad") == 2
    (recovery,) = (event for event in found if event["event"] == "recovery")
    assert (recovery["step"], recovery["action"], recovery["text"]) == ("bad", "asked", "again, as you asked")
    assert found[-1]["failed"] == 1
    assert [event["failure"]["tried"] for event in found if event["event"] == "step-failed"] == [
        [], ["again, as you asked"],
    ]  # fmt: skip


def test_the_log_and_the_shell_lead_back_to_the_question(project):
    child = start("bad", "--on-failure", "ask")
    child.expect_exact(ASKED)
    child.sendline("l")
    if shutil.which("less"):
        child.expect_exact("some words")
        child.expect_exact("(END)")
        child.sendintr()  # less's own business
        child.send("q")
    else:
        child.expect_exact("some words")
    child.expect_exact(ASKED)
    child.sendline("s")
    child.expect(r"\(bad\) .*[#$] ")
    child.sendline("echo here: $(ls /mnt/lfs/sources)")
    child.expect_exact("here: answer build")
    child.expect(r"\(bad\) .*[#$] ")
    child.sendintr()
    child.expect(r"\(bad\) .*[#$] ")
    child.sendline("exit")
    child.expect_exact(ASKED)
    child.sendline("what?")
    child.expect_exact(ASKED)
    child.sendline("c")
    assert end(child)[1] == 1


def test_the_end_of_the_input_is_quit(project):
    child = start("-j1", "--on-failure", "ask")
    child.expect_exact(ASKED)
    child.sendeof()
    _, code = end(child)
    assert code == 1
    assert "last" not in outcomes(project)


def test_ctrl_c_at_the_question_interrupts_the_run(project):
    child = start("-j1", "--on-failure", "ask")
    child.expect_exact(ASKED)
    child.sendintr()
    said, code = end(child)
    assert code == 130
    assert "Traceback" not in said
    assert events(project)[-1]["exit_code"] == 130
    assert events(project)[-1]["failed"] == 1


def test_a_run_that_is_ended_takes_the_shell_along(project):
    child = start("bad", "--on-failure", "ask")
    child.expect_exact(ASKED)
    child.sendline("s")
    child.expect(r"\(bad\) .*[#$] ")
    child.kill(15)
    _, code = end(child)
    assert code == 130


def test_other_steps_go_on_meanwhile_and_are_told_of_afterwards(project):
    text = RECIPES.replace("before last\n    with wait\n    install: true", "install: sleep 3; mkdir $LFS/free")
    project.main.write_text(text)
    child = start("-j2", "--on-failure", "ask", "bad", "free")
    child.expect_exact(ASKED)
    runs = project.folder / ".lfsmake/runs"
    (run,) = runs.iterdir()
    while '"step-done"' not in (run / "events.jsonl").read_text():
        assert child.isalive()
    with pytest.raises(pexpect.TIMEOUT):
        child.expect_exact("free", timeout=0)
    child.sendline("c")
    said, code = end(child)
    assert "free: built in 0:0" in said
    assert code == 1


def test_the_configuration_may_ask_but_only_on_a_terminal(project, run):
    project.config.write_text('recipes = ["recipes"]\non_failure = "ask"\n')
    assert run("-q", "bad").code == 1
    assert events(project)[0]["invocation"]["on_failure"] == "stop"
    child = start("bad")
    child.expect_exact(ASKED)
    child.sendline("q")
    assert end(child)[1] == 1
    assert events(project)[0]["invocation"]["on_failure"] == "ask"


def test_the_configuration_may_say_continue(project, run):
    project.config.write_text('recipes = ["recipes"]\non_failure = "continue"\n')
    assert run("-q", "-j1").code == 1
    assert outcomes(project)["last"] == "step-done"
    assert run("-q", "-j1", "--on-failure", "stop").code == 1
    assert events(project)[0]["invocation"]["on_failure"] == "stop"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ("--on-failure", "ask"),
            "lfsmake: error: --on-failure ask needs a terminal to ask on\n"
            "hint: --on-failure continue builds what does not need the failed step\n",
        ),
        (
            ("-k", "--on-failure", "stop"),
            "lfsmake: error: -k and --on-failure stop do not go together\nhint: -k is --on-failure continue\n",
        ),
        (
            ("-w", "--on-failure", "ask"),
            "lfsmake: error: -w and --on-failure ask do not go together\n"
            "hint: -w builds again by itself when a recipe is mended\n",
        ),
        (("--on-failure", "aks"), 'lfsmake: error: --on-failure is stop, continue or ask, not "aks"\n'),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_built(project, run, words, message):
    result = run(*words)
    assert (result.code, result.out) == (2, "")
    assert result.err.startswith(message)
    assert not (project.folder / ".lfsmake").exists()
