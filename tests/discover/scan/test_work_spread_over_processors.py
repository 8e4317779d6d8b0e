"""What many scripts are told by several processes is what one would have told, also if one of them dies."""

import os
import signal
from collections.abc import Sequence
from pathlib import Path

import pytest
from msgspec import Struct

from lfsmake.discover.scan import spread as module
from lfsmake.discover.scan.spread import spread
from lfsmake.discover.tree import discover
from tests.discover.scan.trees import script, write


class Answer(Struct, frozen=True):
    """A number, and where it was made."""

    number: int
    here: bool


@pytest.fixture(autouse=True)
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FEWEST", 4)
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1})
    monkeypatch.setattr(module.threading, "active_count", lambda: 1)


def test_answers_come_in_order_from_both() -> None:
    parent = os.getpid()
    found = spread(range(7), lambda share: [Answer(one, os.getpid() == parent) for one in share], Answer)
    assert [one.number for one in found] == list(range(7))
    assert [one.here for one in found] == [True] * 4 + [False] * 3


def test_few_things_are_done_here() -> None:
    parent = os.getpid()
    found = spread(range(3), lambda share: [Answer(one, os.getpid() == parent) for one in share], Answer)
    assert all(one.here for one in found)


@pytest.mark.parametrize("how", ["raises", "dies", "tells too little"])
def test_a_process_that_fails_is_made_up_for(how: str) -> None:
    parent = os.getpid()

    def work(share: Sequence[int]) -> list[Answer]:
        if os.getpid() != parent:
            if how == "raises":
                raise ValueError
            if how == "dies":
                os.kill(os.getpid(), signal.SIGKILL)
            return []
        return [Answer(one, True) for one in share]

    assert [one.number for one in spread(range(8), work, Answer)] == list(range(8))


def test_a_tree_is_told_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path, {f"{number:02}-p{number}.sh": script(f"p{number}", f"1.{number}") for number in range(12)})
    both = discover(tmp_path)
    monkeypatch.setattr(module, "FEWEST", 1000)
    assert discover(tmp_path) == both
    assert [one.version.value for one in both.scripts if one.version] == [f"1.{number}" for number in range(12)]
