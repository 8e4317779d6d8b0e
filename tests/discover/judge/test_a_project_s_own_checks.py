"""Hooks: given steps and scripts as JSON, they answer findings; whatever they do wrong is a finding, no more."""

import contextlib
import json
import os
import select
from pathlib import Path

import pytest

from lfsmake.discover.judge.findings import Finding
from lfsmake.discover.judge.hooks import findings
from lfsmake.lang.check_table import Checks, Hook
from lfsmake.lang.config import load_config
from lfsmake.lang.load import load_project
from lfsmake.model.errors import RecipeErrors
from lfsmake.model.step import Step

RECIPES = 'script a {\n    build: make\n}\nscript b {\n    summary "has one"\n    build: make\n}\n'


@pytest.fixture
def steps(tmp_path: Path) -> list[Step]:
    (tmp_path / "a.lfs").write_text(RECIPES)
    return list(load_project([tmp_path]).steps.values())


def hook(folder: Path, text: str, *, timeout: float = 60.0, about: str = "both") -> Checks:
    """A hook that is a program with this text."""
    path = folder / "check.sh"
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return Checks((Hook("house", (str(path),), "", about, timeout),), "", str(folder))  # type: ignore[arg-type]


def only(checks: Checks, steps: list[Step]) -> Finding:
    (found,) = findings(checks, steps, ())
    return found


def test_what_a_program_answers_is_found_at_the_step(tmp_path: Path, steps: list[Step]) -> None:
    answer = {"findings": [{"id": "no-summary", "message": "a has no summary", "subject": "a", "mend": "write one"}]}
    found = only(hook(tmp_path, f"cat > asked.json\necho '{json.dumps(answer)}'"), steps)
    assert (found.rule, found.severity, found.message) == ("house/no-summary", "warning", "a has no summary")
    assert found.span == steps[0].span
    assert found.mend == "write one"
    asked = json.loads((tmp_path / "asked.json").read_text())
    assert (asked["version"], [step["name"] for step in asked["steps"]], asked["scripts"]) == (1, ["a", "b"], [])


def test_a_function_of_python_runs_in_a_process_of_its_own(tmp_path: Path, steps: list[Step]) -> None:
    (tmp_path / "own_checks.py").write_text(
        "import os\n"
        "def summaries(asked):\n"
        "    print('this is no answer')\n"
        "    for step in asked['steps']:\n"
        "        if not step.get('summary'):\n"
        "            said = {'id': 'no-summary', 'severity': 'error', 'message': str(os.getpid())}\n"
        "            yield {**said, 'file': 'x.lfs', 'line': 3}\n"
    )
    found = only(Checks((Hook("mine", (), "own_checks:summaries"),), "", str(tmp_path)), steps)
    assert (found.rule, found.severity) == ("mine/no-summary", "error")
    assert int(found.message) != os.getpid()
    assert found.span is not None
    assert (found.span.file, found.span.line) == (str(tmp_path / "x.lfs"), 3)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("exit 3", "hook house ended with status 3"),
        ("echo 'no such thing' >&2; exit 1", "hook house ended with status 1: no such thing"),
        ("kill -SEGV $$", "hook house was killed by signal 11"),
        ("echo nonsense", "hook house answered what is no JSON: 'nonsense\\n'"),
        ("", "hook house answered nothing"),
        ("echo '[1]'", "hook house answered what is no list of findings: Expected `object`, got `array`"),
        (
            'echo \'{"findings": [{"id": "x"}]}\'',
            "hook house answered what is no list of findings:"
            " Object missing required field `message` - at `$.findings[0]`",
        ),
        ('echo \'{"findings": [], "version": 2}\'', "hook house answered in version 2, version 1 is known"),
        (
            'echo \'{"findings": [{"id": "../x", "message": ""}]}\'',
            "hook house answered a finding whose id cannot be one: '../x'",
        ),
        ("head -c 9000000 /dev/zero", "hook house answered more than the 8,388,608 bytes that are read"),
    ],
)
def test_what_a_hook_does_wrong_is_a_finding(tmp_path: Path, steps: list[Step], text: str, said: str) -> None:
    found = only(hook(tmp_path, text), steps)
    assert (found.rule, found.severity, found.message) == ("hook-failed", "error", said)


def test_a_hook_that_hangs_is_ended_with_all_it_started(tmp_path: Path, steps: list[Step]) -> None:
    found = only(hook(tmp_path, "sleep 1000 & echo $! > child; wait", timeout=1.0), steps)
    assert found.message == "hook house did not answer in 1 s, and was ended"
    child = int((tmp_path / "child").read_text())
    with contextlib.suppress(ProcessLookupError):  # gone already
        handle = os.pidfd_open(child)
        assert select.select([handle], [], [], 20)[0], "what the hook started lives on"
        os.close(handle)


def test_a_hook_that_is_not_there(tmp_path: Path, steps: list[Step]) -> None:
    found = only(Checks((Hook("house", ("/nowhere/check",)),), "", str(tmp_path)), steps)
    assert found.message == "hook house cannot be run: No such file or directory (/nowhere/check)"


def configured(folder: Path, text: str) -> Checks:
    (folder / "lfsmake.toml").write_text(f'recipes = ["a.lfs"]\n{text}')
    (folder / "a.lfs").write_text(RECIPES)
    return load_config(folder / "lfsmake.toml").checks


def test_hooks_are_declared_in_the_configuration(tmp_path: Path) -> None:
    (tmp_path / "keys.gpg").touch()
    checks = configured(
        tmp_path,
        '[check]\nkeyring = "keys.gpg"\n[[check.hook]]\nname = "a"\ncommand = ["./a.sh", "x"]\nfor = "steps"\n'
        '[[check.hook]]\nname = "b"\npython = "own.checks:main"\ntimeout = 5\n',
    )
    a, b = checks.hooks
    assert (a.command, a.about, a.timeout) == ((str(tmp_path / "a.sh"), "x"), "steps", 60.0)
    assert (b.command, b.python, b.about, b.timeout) == ((), "own.checks:main", "both", 5.0)
    assert (checks.keyring, checks.folder) == (str(tmp_path / "keys.gpg"), str(tmp_path))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[check]\nhok = 1\n", 'unknown key "hok" in [check]'),
        ("[check]\nkeyring = 1\n", "keyring is a file"),
        ('[[check.hook]]\ncommand = ["x"]\n', "a hook needs a name"),
        ('[[check.hook]]\nname = "a"\n', "hook a: one of command and python is needed"),
        ('[[check.hook]]\nname = "a"\ncommand = "x"\n', "hook a: command is a list of words"),
        ('[[check.hook]]\nname = "a"\npython = "x"\n', "hook a: python names no function"),
        ('[[check.hook]]\nname = "a"\ncommand = ["x"]\nfor = "step"\n', "hook a: for cannot be 'step'"),
        ('[[check.hook]]\nname = "a"\ncommand = ["x"]\ntimeout = 0\n', "hook a: timeout cannot be 0"),
        ('[[check.hook]]\nname = "a"\ncommand = ["x"]\nwhen = 1\n', 'unknown key "when" in [[check.hook]]'),
        (
            '[[check.hook]]\nname = "a"\ncommand = ["x"]\n[[check.hook]]\nname = "a"\ncommand = ["y"]\n',
            'two hooks are named "a"',
        ),
    ],
)
def test_what_is_wrong_with_their_declaration(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(RecipeErrors) as caught:
        configured(tmp_path, text)
    assert [problem.message for problem in caught.value.problems] == [message]


def test_an_answer_that_is_empty_tells_what_the_hook_said_beside_it(tmp_path: Path, steps: list[Step]) -> None:
    assert only(hook(tmp_path, "echo oops >&2"), steps).message == "hook house answered nothing: oops"


def test_an_answer_that_is_nested_without_end_is_nonsense(tmp_path: Path, steps: list[Step]) -> None:
    text = """printf '{"findings":[],"x":'; head -c 400000 /dev/zero | tr '\\0' '['"""
    assert only(hook(tmp_path, text), steps).rule == "hook-failed"
