"""A project in a folder of its own, driven through the command line as a person would."""

import io
import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.warm import warm

REPO = Path(__file__).parents[2]


class Sandboxed:
    """A project folder, a store, and `lfsmake` run in them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.recipes = folder / "recipes"
        self.recipes.mkdir(exist_ok=True)
        self.store = folder / "store"
        (folder / "lfsmake.toml").write_text('recipes = ["recipes"]\n', encoding="utf-8")
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("LFSMAKE", "XDG"))},
            "LFSMAKE_CACHE": str(warm(folder / "cache")),
            "PYTHONPATH": str(REPO),
            "NO_COLOR": "1",
        }

    def recipe(self, text: str, name: str = "main") -> Path:
        """Writes a recipe file."""
        path = self.recipes / f"{name}.lfs"
        path.write_text(text, encoding="utf-8")
        return path

    def tarball(self, name: str, files: dict[str, str]) -> Path:
        """A source archive NAME.tar.gz beside the recipes, with NAME/ as its top folder."""
        path = self.recipes / f"{name}.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for file, text in files.items():
                info = tarfile.TarInfo(f"{name}/{file}")
                info.size = len(text.encode())
                info.mode = 0o755 if text.startswith("#!") else 0o644
                archive.addfile(info, io.BytesIO(text.encode()))
        return path

    def command(self, *words: str) -> list[str]:
        """The command line, to be started by other means."""
        return [sys.executable, "-m", "lfsmake", "--store", str(self.store), *words]

    def run(self, *words: str, code: int = 0, **options: object) -> subprocess.CompletedProcess[str]:
        """Runs `lfsmake WORDS`; asserts its exit code."""
        done = subprocess.run(
            self.command(*words),
            cwd=self.folder,
            env=self.env,
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
            timeout=120,
            **options,  # type: ignore[call-overload]
        )
        assert done.returncode == code, f"exit {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done

    def plan(self, *words: str) -> dict[str, dict[str, object]]:
        """`plan --json`, by step."""
        steps = json.loads(self.run("plan", *words, "--json").stdout)["steps"]
        return {step["name"]: step for step in steps}

    def states(self, *words: str) -> dict[str, str]:
        """Step → state."""
        return {name: str(step["state"]) for name, step in self.plan(*words).items()}

    def events(self) -> list[dict[str, object]]:
        """The events of the newest run."""
        runs = sorted((self.folder / ".lfsmake" / "runs").iterdir())
        return [json.loads(line) for line in (runs[-1] / "events.jsonl").read_text().splitlines()]

    def outcomes(self) -> dict[str, str]:
        """What became of each step in the newest run, as its events tell it."""
        kinds = {"step-done": "outcome", "step-failed": "event", "step-skipped": "event", "step-cancelled": "event"}
        return {str(e["step"]): str(e[kinds[str(e["event"])]]) for e in self.events() if e["event"] in kinds}

    def layers(self) -> dict[str, str]:
        """Step → digest of its layer, from the plan."""
        return {str(event["step"]): str(event["layer"]) for event in self.events() if event["event"] == "step-done"}


@pytest.fixture
def project(tmp_path: Path) -> Sandboxed:
    """An empty project."""
    return Sandboxed(tmp_path)


@pytest.fixture
def make_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Sandboxed]:
    """Several projects."""
    return lambda: Sandboxed(tmp_path_factory.mktemp("project"))
