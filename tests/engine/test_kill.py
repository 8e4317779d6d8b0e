"""kill -9 at any instant: the sandboxes die too, and the next run ends in what a clean one gives."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from .conftest import Sandboxed
from .watching import ASK, PATIENCE, asking, events_of, processes_of, runs_of, steps, wait_until

KILLS = 6


def recipe() -> str:
    """A small system with every kind of work: many files, links, deletions, a check."""
    steps = []
    for number in range(6):
        needs = f"    needs build s{number - 1}\n" if number % 3 else ""
        steps.append(
            f"script s{number} {{\n    context host\n{needs}    tests critical\n    build:\n"
            f"        for n in $(seq 60); do echo $n > file-$n; done\n"
            f"    install:\n        mkdir $LFS/d{number}\n        cp file-* $LFS/d{number}\n"
            f"        ln $LFS/d{number}/file-1 $LFS/d{number}/hard\n        ln -s hard $LFS/d{number}/soft\n"
            f"        rm -rf $LFS/d{number - 1}\n    check: test -e file-60\n}}\n"
        )
    return "".join(steps)


def layers(project: Sandboxed) -> dict[str, object]:
    return {name: step["layer"] for name, step in project.plan().items()}


def test_after_a_kill_at_any_instant_the_next_run_ends_as_a_clean_one(
    project: Sandboxed, make_project: Callable[[], Sandboxed]
) -> None:
    clean = make_project()
    clean.recipe(recipe())
    began = time.monotonic()
    clean.run("-j2")
    took = time.monotonic() - began
    chance = random.Random(20250305)
    project.recipe(recipe())
    for _ in range(KILLS):
        process = subprocess.Popen(
            project.command("-j2"), cwd=project.folder, env=project.env,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        )  # fmt: skip
        try:
            process.wait(chance.uniform(0.2, 0.7) * took)
        except subprocess.TimeoutExpired:
            process.kill()
        process.wait()
        wait_until(lambda: not processes_of(project.store))
    project.run("-j2")
    assert layers(project) == layers(clean)
    project.run("store", "verify")
    left = [path.name for path in (project.store / "work").iterdir() if path.name != "failed"]
    assert left == [], "the folders of the killed are cleared away"


def test_the_sandboxes_die_with_lfsmake(project: Sandboxed) -> None:
    body = f"(trap '' TERM HUP INT; exec setsid sleep 1000) &\n        {ASK}"
    project.recipe(f"script waits {{\n    context host\n    install:\n        {body}\n}}\n")
    process = subprocess.Popen(project.command("-q"), cwd=project.folder, env=project.env)
    wait_until(lambda: asking(project.store, "waits"))
    inside = processes_of(project.store)
    assert len(inside) >= 3
    process.kill()
    process.wait()
    wait_until(lambda: not processes_of(project.store))
    assert asking(project.store, "waits"), "the folder of the killed is still there"
    process = subprocess.Popen(project.command("-q"), cwd=project.folder, env=project.env)
    wait_until(lambda: len(asking(project.store, "waits")) == 1 and processes_of(project.store))
    process.terminate()
    assert process.wait(PATIENCE) == 130
    assert not list((project.store / "work").glob("waits.*"))


def test_killing_what_runs_a_step_fails_the_step_only(project: Sandboxed) -> None:
    project.recipe(
        f"script waits {{\n    context host\n    install:\n        {ASK}\n}}\n"
        "script other {\n    context host\n    install: true\n}\n"
    )
    process = subprocess.Popen(project.command("-q", "-k"), cwd=project.folder, env=project.env)
    wait_until(lambda: asking(project.store, "waits"))
    wait_until(lambda: any(steps(events_of(run), "step-done") for run in runs_of(project.folder)))
    for pid in sorted(processes_of(project.store)):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue
    assert process.wait(PATIENCE) == 3
    assert project.states() == {"waits": "build", "other": "up-to-date"}
    assert Path(project.store / "work/failed/waits").is_dir()
