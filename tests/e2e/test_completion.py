"""The shell completes commands, options, targets and the few words that some arguments take."""

import subprocess

import pytest


def completed(spawn, *words):
    import os

    env = {
        **os.environ, "_LFSMAKE_COMPLETE": "bash_complete", "COMP_WORDS": " ".join(("lfsmake", *words)),
        "COMP_CWORD": str(len(words)),
    }  # fmt: skip
    done = spawn(env=env)
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


def test_the_first_word_is_a_command_or_a_target(project, spawn):
    assert completed(spawn, "w") == ["why", "world"]
    assert completed(spawn, "-C", ".", "w") == ["why", "world"]


def test_later_words_are_targets(project, spawn):
    assert completed(spawn, "plan", "") == ["all", "hello", "world"]
    assert completed(spawn, "hello", "w") == ["world"]


def test_options_and_few_words(project, spawn):
    assert completed(spawn, "--keep") == ["--keep-going"]
    assert completed(spawn, "plan", "--re") == ["--rebuild"]
    assert completed(spawn, "list", "g") == ["groups"]
    assert "gc" in completed(spawn, "store", "")


def test_broken_recipes_do_not_disturb_the_shell(project, spawn):
    project.main.write_text("script {\n")
    assert completed(spawn, "plan", "w") == []


@pytest.mark.parametrize(("shell", "sign"), [("bash", "complete -o"), ("zsh", "compdef"), ("fish", "complete ")])
def test_each_shell_has_a_script(run, shell, sign):
    result = run("completion", shell)
    assert (result.code, result.err) == (0, "")
    assert sign in result.out
    assert "_LFSMAKE_COMPLETE" in result.out


def test_the_bash_script_is_bash(run):
    script = run("completion", "bash").out
    subprocess.run(["bash", "-n"], input=script, text=True, check=True)
