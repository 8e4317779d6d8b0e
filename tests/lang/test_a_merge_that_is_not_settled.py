"""A recipe with the marks of a merge in it: each conflict is one problem, and none that follows from it."""

from pathlib import Path

import pytest

from lfsmake.lang.load import load_project
from lfsmake.model.errors import RecipeErrors

TEXT = """\
<<<<<<< here
option init = sysv
=======
option init = systemd
>>>>>>> book 12.3

script one {
    install:
<<<<<<< HEAD
        true
=======
        false
>>>>>>> branch
}
"""


def test_each_conflict_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "main.lfs").write_text(TEXT)
    with pytest.raises(RecipeErrors) as caught:
        load_project([tmp_path])
    assert [(one.span.line if one.span else 0, one.message) for one in caught.value.problems] == [
        (1, "a merge has left both versions here"),
        (9, "a merge has left both versions here"),
    ]


def test_marks_in_shell_that_can_be_read_are_shell(tmp_path: Path) -> None:
    body = "        cat << X\n        <<<<<<< a\n        X\n"
    (tmp_path / "main.lfs").write_text(f"script one {{\n    install:\n{body}}}\n")
    assert list(load_project([tmp_path]).steps) == ["one"]
