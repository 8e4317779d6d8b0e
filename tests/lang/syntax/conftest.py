"""Texts parsed for a test: nodes without their places, problems as lines."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from lfsmake.lang.nodes import Block, PhaseNode, Shell
from lfsmake.lang.syntax import parse
from lfsmake.model.errors import Problem, RecipeErrors, Span


@pytest.fixture(scope="session")
def meaning() -> Callable[[str], Any]:
    """What a text says, as nested tuples without places."""

    def bare(node: Any) -> Any:
        if isinstance(node, Span):
            return None
        if isinstance(node, msgspec.Struct):
            return type(node).__name__, *(bare(getattr(node, name)) for name in node.__struct_fields__)
        return tuple(bare(part) for part in node) if isinstance(node, tuple) else node

    return lambda text: bare(parse("x.lfs", text).items)


@pytest.fixture(scope="session")
def refused() -> Callable[[str], tuple[Problem, ...]]:
    """What is wrong with a text that does not parse."""

    def refused(text: str) -> tuple[Problem, ...]:
        with pytest.raises(RecipeErrors) as caught:
            parse("x.lfs", text)
        return caught.value.problems

    return refused


@pytest.fixture(scope="session")
def shell() -> Callable[[str], Shell]:
    """The body of the last phase of the only block of a text."""

    def shell(text: str) -> Shell:
        (block,) = parse("x.lfs", text).items
        assert isinstance(block, Block)
        phases = [node for node in block.body if isinstance(node, PhaseNode)]
        return phases[-1].body

    return shell
