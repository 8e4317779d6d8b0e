"""What a failure says of the step's last success: each part of the key that is another, old and new, in a line."""

from pathlib import Path
from typing import Any

import pytest

from .conftest import Sandboxed
from .test_failures_of_steps import failure, run

FIRST = """\
script base {
    context host
    install: echo 1 > $LFS/base
}
script step {
    context host
    needs build base
    env CFLAGS "-O2"
    with beside
    build:
        echo one
        echo two
    install: true
}
resource beside {
    source "beside-1"
}
"""


@pytest.fixture
def built(project: Sandboxed) -> Sandboxed:
    (project.recipes / "beside-1").write_text("1")
    project.recipe(FIRST)
    run(project, code=0)
    return project


def changes(project: Sandboxed, **edits: Any) -> list[str]:
    """The changes that the failure of `step` names after these edits of the recipe."""
    text = FIRST.replace("install: true", "install: false")
    for old, new in edits.get("replace", ()):
        assert old in text
        text = text.replace(old, new)
    project.recipe(text)
    _, events = run(project, "step", code=1)
    return list(failure(events, "step")["changes"])


def test_a_step_that_was_never_built_differs_from_nothing(project: Sandboxed) -> None:
    (project.recipes / "beside-1").write_text("1")
    assert changes(project) == []


def test_every_part_that_is_another_is_named_with_old_and_new(built: Sandboxed) -> None:
    Path(built.recipes / "beside-2").write_text("2")
    found = changes(
        built,
        replace=[
            ("-O2", "-O3"), ("beside-1", "beside-2"), ("echo 1 >", "echo 2 >"), ("echo one\n", "echo none\n"),
            ("    env", '    env NEW "x"\n    env'),
        ],
    )  # fmt: skip
    layer = next(line for line in found if line.startswith("the layer of base: "))
    found.remove(layer)
    old, arrow, new = layer.removeprefix("the layer of base: ").partition(" → ")
    assert (len(old), arrow, len(new)) == (12, " → ", 12)
    assert found == [
        "the phase build: `echo one` → `echo none`", "the phase install: `true` → `false`",
        'env CFLAGS: "-O2" → "-O3"', 'env NEW added: "x"', "the source: beside-1 → beside-2",
    ]  # fmt: skip


def test_lines_that_came_or_went_are_told_as_such(built: Sandboxed) -> None:
    found = changes(built, replace=[("echo two\n", "echo two\n        echo three\n"), ("\n    env CFLAGS \"-O2\"", "")])
    assert found == [
        "the phase build: `echo three` added", "the phase install: `true` → `false`", 'env CFLAGS removed: "-O2"',
    ]  # fmt: skip


def test_a_text_that_is_long_is_cut(built: Sandboxed) -> None:
    found = changes(built, replace=[("-O2", "x" * 200)])
    assert found[-1] == f'env CFLAGS: "-O2" → "{"x" * 59}…"'
