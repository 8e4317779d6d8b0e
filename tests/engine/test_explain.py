"""`lfsmake explain` tells what changed, with both values, from what merely follows."""

import json

import pytest

from .conftest import Sandboxed

RECIPE = """\
script low {
    context host
    install: echo low > $LFS/low
}
script middle {
    context host
    needs build low
    install: cat $LFS/low > $LFS/middle
}
script high {
    context host
    needs build middle
    env COLOR "red"
    install: echo $COLOR > $LFS/high
}
"""


@pytest.fixture
def tower(project: Sandboxed) -> Sandboxed:
    project.recipe(RECIPE)
    project.run("high")
    return project


def explained(project: Sandboxed) -> dict[str, dict[str, object]]:
    (answer,) = json.loads(project.run("explain", "high", "--json").stdout)["explanations"]
    return {step["step"]: step for step in answer["steps"]}


def test_nothing_changed(tower: Sandboxed) -> None:
    assert tower.run("explain", "high").stdout == "lfsmake: high is up to date (3 steps)\n"


def test_the_root_cause_is_told_from_what_follows(tower: Sandboxed) -> None:
    tower.recipe(RECIPE.replace("echo low", "echo LOW"))
    steps = explained(tower)
    assert {name: step["role"] for name, step in steps.items()} == {
        "low": "root cause",
        "middle": "follows",
        "high": "follows",
    }
    assert steps["high"]["because"] == ["low"]
    (reason,) = steps["low"]["reasons"]
    assert (reason["field"], reason["name"], reason["old"], reason["new"]) == (
        "phases",
        "install",
        "echo low > $LFS/low",
        "echo LOW > $LFS/low",
    )


def test_a_step_that_waits_may_have_a_cause_of_its_own(tower: Sandboxed) -> None:
    tower.recipe(RECIPE.replace("echo low", "echo LOW").replace('"red"', '"blue"'))
    steps = explained(tower)
    assert {name: step["role"] for name, step in steps.items()} == {
        "low": "root cause",
        "middle": "follows",
        "high": "root cause",
    }
    assert [(r["text"], r["old"], r["new"]) for r in steps["high"]["reasons"]] == [("env COLOR changed", "red", "blue")]


def test_a_need_more_is_a_cause_of_the_step_that_needs_it(tower: Sandboxed) -> None:
    tower.recipe(RECIPE.replace("needs build middle", "needs build middle low"))
    steps = explained(tower)
    assert {name: step["role"] for name, step in steps.items()} == {
        "low": "up to date",
        "middle": "up to date",
        "high": "root cause",
    }
    (reason,) = steps["high"]["reasons"]
    assert reason["text"] == "the layer of low added"
    assert "old" not in reason


def test_a_hook_is_a_line_of_its_own(tower: Sandboxed) -> None:
    body = "install: echo $COLOR > $LFS/high"
    tower.recipe(RECIPE.replace(body, f"{body}\n    post install: true"))
    assert tower.run("explain", "high").stdout == (
        "high is to be built:\n  the phase install changed\n"
        "    @@ -1 +1,2 @@\n     echo $COLOR > $LFS/high\n    +true\n"
    )
