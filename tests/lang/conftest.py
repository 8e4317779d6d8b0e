"""Recipes written by a test, loaded as a user's are."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lfsmake.lang.load import load_project
from lfsmake.model.errors import Problem, RecipeErrors
from lfsmake.model.step import Project

Load = Callable[..., Project]


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a file of the project and gives its path."""

    def write(name: str, text: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    return write


@pytest.fixture
def toml(tmp_path: Path) -> Path:
    """Where a test's lfsmake.toml is, once it is written."""
    return tmp_path / "lfsmake.toml"


@pytest.fixture
def load(tmp_path: Path, write: Callable[[str, str], Path]) -> Load:
    """Loads one text as `main.lfs`, or the folder when given a dict of files."""

    def load(recipes: str | dict[str, str], **settings: Any) -> Project:
        files = {"main.lfs": recipes} if isinstance(recipes, str) else recipes
        for name, text in files.items():
            write(name, text)
        return load_project([tmp_path], **settings)

    return load


@pytest.fixture
def problems(load: Load, tmp_path: Path) -> Callable[..., list[tuple[str, str, str, str]]]:
    """What is wrong with the recipes: (place, message, expected, hint) each, places as `main.lfs:1:1`."""

    def problems(recipes: str | dict[str, str], **settings: Any) -> list[tuple[str, str, str, str]]:
        with pytest.raises(RecipeErrors) as caught:
            load(recipes, **settings)
        return [flat(problem) for problem in caught.value.problems]

    def flat(problem: Problem) -> tuple[str, str, str, str]:
        span = problem.span
        place = f"{span.file}:{span.line}:{span.column}" if span else ""
        texts = (place, problem.message, problem.expected, problem.hint)
        first, second, third, fourth = (re.sub(re.escape(str(tmp_path)) + "/?", "", text) for text in texts)
        return first, second, third, fourth

    return problems
