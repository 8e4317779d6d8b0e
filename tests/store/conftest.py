"""Trees, stores and traces for the tests of the store."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from lfsmake.model.plan import Trace
from lfsmake.store import programs
from lfsmake.store.layers import Captured
from lfsmake.store.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(tmp_path / "store")
    yield store
    store.close()


def run(request: programs.Request) -> programs.Answer:
    """Run tree.py or merge.py as the program it is."""
    done = subprocess.run(request.argv, input=request.stdin, capture_output=True, check=False)
    return programs.Answer(done.returncode, done.stdout, done.stderr)


@pytest.fixture
def ask() -> Callable[[programs.Request], programs.Answer]:
    return run


@pytest.fixture
def make_layer(store: Store) -> Callable[[dict[str, str]], Captured]:
    """Commits a layer of these files (path → text) the way a step does."""
    from lfsmake.store import tree

    def make(files: dict[str, str]) -> Captured:
        work = store.new_work("step")
        upper = work / "upper"
        upper.mkdir()
        for name, text in files.items():
            (upper / name).parent.mkdir(parents=True, exist_ok=True)
            (upper / name).write_text(text)
        counts = tree.capture(str(upper), str(work / "manifest"))
        captured = Captured(
            str(counts["digest"]), int(str(counts["size"])), int(str(counts["files"])), str(work / "manifest")
        )
        store.add_layer(upper, captured)
        shutil.rmtree(work)
        store.release_work(work)
        return captured

    return make


@pytest.fixture
def make_trace() -> Callable[..., Trace]:
    def make(key: str, step: str = "glibc", layer: str = "0" * 64, wall: float = 1.5, log: str = "") -> Trace:
        return Trace(
            key=key, step=step, layer=layer, check="", built=1.0, wall=wall, cpu=2.5, rss=7, size=9, log=log,
            parts={"phases": {"build": "make\n"}, "layers": {}}, run="r1",
        )  # fmt: skip

    return make


PRIVATE = ["unshare", "--mount"]


@pytest.fixture(scope="session")
def private_mounts(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """A command prefix under which mounts are private; skips where none may be made."""
    import os

    prefix = PRIVATE if os.geteuid() == 0 else [*PRIVATE, "--map-root-user"]
    folder = tmp_path_factory.mktemp("mount")
    try:
        tried = subprocess.run(
            [*prefix, "mount", "-t", "tmpfs", "-o", "size=64k", "none", str(folder)],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
    except FileNotFoundError:
        pytest.skip("unshare(1) is not installed")
    if tried.returncode:
        pytest.skip(f"mounts cannot be made here: {tried.stderr.strip()}")
    return prefix


@pytest.fixture
def in_private_mounts(private_mounts: list[str]) -> Callable[[str], str]:
    """Runs a Python program (its text) in a private mount namespace; gives its standard output."""

    def go(program: str) -> str:
        done = subprocess.run(
            [*private_mounts, sys.executable, "-c", program],
            capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    return go
