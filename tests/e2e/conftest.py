"""A small project and the command line on it: in this process for most tests, in one of its own where that matters."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from lfsmake.cli.main import main
from tests.warm import warm

REPO = Path(__file__).parents[2]
sys.path.insert(0, str(Path(__file__).parent))  # for `screens`

RECIPES = """\
option init = sysv|systemd

group all "Everything" {
    members hello world
}

script hello "Says hello" {
    context host
    install:
        mkdir -p $LFS/etc
        echo hello > $LFS/etc/hello
}

script world "Says world" {
    context host
    needs build hello
    install:
        echo world > $LFS/etc/world
}
"""


class Result(NamedTuple):
    """What a command line gave."""

    code: int
    out: str
    err: str


class Project:
    """A folder with a configuration and recipes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recipes = folder / "recipes"
        self.recipes.mkdir(parents=True)
        self.main = self.recipes / "main.lfs"
        self.main.write_text(RECIPES)
        self.config = folder / "lfsmake.toml"
        self.config.write_text('recipes = ["recipes"]\ndefault = ["all"]\n')


@pytest.fixture(autouse=True)
def _plain_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("LFSMAKE", "XDG_", "_LFSMAKE")) or name in ("NO_COLOR", "COLUMNS"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("LFSMAKE_CACHE", str(warm(tmp_path / "cache")))
    monkeypatch.setenv("PYTHONPATH", str(REPO))


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project, and its folder the current one."""
    made = Project(tmp_path / "project")
    monkeypatch.chdir(made.folder)
    return made


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Result]]:
    """`run(*words)`: one command line in this process, from the folder that is current when it is called."""

    def once(*words: str) -> Result:
        here = Path.cwd()
        capfd.readouterr()
        try:
            code = main(words)
        finally:
            os.chdir(here)
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return once


@pytest.fixture
def spawn() -> Callable[..., "subprocess.CompletedProcess[str]"]:
    """`spawn(*words)`: one command line in a process of its own."""

    def once(*words: str, **options: object) -> "subprocess.CompletedProcess[str]":
        settings = {"capture_output": True, "text": True, "timeout": 120, "stdin": subprocess.DEVNULL, **options}
        return subprocess.run([sys.executable, "-m", "lfsmake", *words], check=False, **settings)

    return once
