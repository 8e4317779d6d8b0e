"""One recipe edited: how long until the first command of its step runs. Knows one project: the book's and one step.

The clock starts before `lfsmake` is started and is read by the step's own shell as its first command, so that Python's
start, the edited file, all recipes, the plan, the journal, the sandbox and the shell's start all count.
"""

import json
import shutil
import sys
import time
from pathlib import Path

from tests.bench import clock
from tests.bench.clock import REPO, Taken

_RECIPE = """script probe {
    context host
    user    "lfs"
    needs   build host-tools
    install: echo "began $EPOCHREALTIME" # %d
}
"""


def project(folder: Path) -> Path:
    """All recipes of book 12.3 and the step `probe`, which needs nothing to be fetched. Gives the step's recipe."""
    recipes = folder / "recipes"
    shutil.copytree(REPO / "recipes" / "12.3", recipes, ignore=shutil.ignore_patterns("lfsmake.toml"))
    (folder / "lfsmake.toml").write_text('recipes = ["recipes"]\n', encoding="utf-8")
    recipe = recipes / "probe.lfs"
    recipe.write_text(_RECIPE % 0, encoding="utf-8")
    return recipe


def measure(folder: Path, count: int) -> list[Taken]:
    """Seconds from the start of `lfsmake probe` to the first command, for `count` edits. `cpu` is the whole run's."""
    recipe = project(folder)
    env = clock.environment(LFSMAKE_CACHE=str(folder / "cache"))
    command = (sys.executable, "-m", "lfsmake", "-q", "probe")
    taken = []
    for number in range(count + 1):
        recipe.write_text(_RECIPE % number, encoding="utf-8")
        time.sleep(0.1)  # nobody types faster, and a file that is too new is not trusted
        began = time.time()
        whole = clock.run(command, folder, env)
        taken.append(Taken(_began(folder) - began, whole.cpu))
    return taken[1:]  # the first one makes the caches


def _began(folder: Path) -> float:
    """When the step's shell ran its first command, from the log of the newest run."""
    newest = max((folder / ".lfsmake" / "runs").iterdir(), key=lambda run: run.name)
    for line in (newest / "events.jsonl").read_text(encoding="utf-8").splitlines():
        event = json.loads(line)
        if event["event"] == "step-started":
            log = Path(event["log"]).read_text(encoding="utf-8")
            return float(log.split("began ", 1)[1].split()[0].replace(",", "."))
    raise RuntimeError(f"nothing was built in {newest}")
