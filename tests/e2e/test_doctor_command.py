"""`lfsmake doctor`: everything a build needs of the machine, what is missing, and what to install."""

import json

import pytest

pytestmark = pytest.mark.slow

HOST = """\
host here "This machine" {
    tool bash >= 3.2 package "bash"
    tool no-such-tool >= 2 package "no-such-package"
}
"""


def test_what_is_missing_is_an_error_with_its_package(project, run) -> None:
    (project.recipes / "host.lfs").write_text(HOST)
    done = run("doctor", "--problems")
    assert done.code == 3
    assert ("Programs\n  error   no-such-tool") in done.out
    assert "          mend  install the package no-such-package\n" in done.out
    assert "  ok " not in done.out
    assert "things looked at: 1 error" in done.out


def test_json_has_every_result_and_the_packages(project, run) -> None:
    (project.recipes / "host.lfs").write_text(HOST)
    told = json.loads(run("doctor", "--json").out)
    assert list(told) == ["version", "distribution", "errors", "warnings", "install", "results"]
    results = {each["id"]: each for each in told["results"]}
    assert results["tool.bash"]["state"] == "ok"
    assert results["tool.no-such-tool"]["packages"]["fedora"] == "no-such-tool"
    assert {"compiler.c", "kernel.pty", "sandbox", "machine.memory", "files.room", "environment.locale"} <= set(results)
    if told["distribution"] == "debian":
        assert told["install"] == "apt-get install no-such-package"


def test_without_recipes_of_ones_own_the_book_s_requirements_count(project, run) -> None:
    done = json.loads(run("doctor", "--json").out)
    assert done["results"][0]["found"] == "the recipes declare no host requirements"
    assert "tool.texinfo" in {each["id"] for each in done["results"]}


def test_recipes_that_cannot_be_read_hide_nothing(project, run) -> None:
    project.main.write_text("this is not a recipe\n")
    done = run("doctor", "--problems")
    assert done.out.startswith("Recipes\n  warning host requirements")
    assert "the recipes cannot be read: " in done.out.replace("\n          ", " ")
