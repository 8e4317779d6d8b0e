"""Lets the tests of this folder import their helpers; a terminal for those that draw."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def terminal(monkeypatch):
    """One that cuts off rows when it becomes narrower, as pyte does."""
    for name in ("TMUX", "XTERM_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "linux")
    from terminals import Terminal

    made = Terminal()
    yield made
    made.close()
