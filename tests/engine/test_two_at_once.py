"""Several lfsmakes and one store: each step is built once, nobody sees half a thing; stores that cannot be used."""

import os
import shutil
import subprocess
import time
from pathlib import Path

from .conftest import Sandboxed
from .watching import ASK, PATIENCE, answer, asking, events_of, named, runs_of, steps, wait_until

SLOW = f"script slow {{\n    context host\n    install:\n        {ASK}\n        echo $answer > $LFS/answer\n}}\n"


class Started:
    """An lfsmake under way."""

    def __init__(self, project: Sandboxed, *words: str) -> None:
        self._out = project.folder / f"out-{time.monotonic_ns()}"
        with self._out.open("w") as out:
            self.process = subprocess.Popen(project.command(*words), cwd=project.folder, env=project.env, stdout=out)

    @property
    def said(self) -> str:
        return self._out.read_text()

    def end(self) -> int:
        return self.process.wait(PATIENCE)


def waiting(project: Sandboxed, *words: str) -> Started:
    """One that waits for a step that another builds."""
    started = Started(project, *words)
    wait_until(lambda: "slow: slow is being built elsewhere: waiting for it\n" in started.said)
    return started


def test_a_step_that_another_builds_is_waited_for_and_taken(project: Sandboxed) -> None:
    above = "script above {\n    context host\n    needs build slow\n    install: cp $LFS/answer $LFS/copy\n}\n"
    project.recipe(SLOW + above)
    first = Started(project, "slow")
    wait_until(lambda: asking(project.store, "slow"))
    (building,) = runs_of(project.folder)
    second = waiting(project, "above")
    answer(project.store, "slow", "go")
    assert (first.end(), second.end()) == (0, 0)
    (other,) = runs_of(project.folder) - {building}
    events = events_of(other)
    assert steps(events, "phase-started") == {"above"}
    assert {e["step"]: e["outcome"] for e in named(events, "step-done")} == {"slow": "up-to-date", "above": "built"}
    assert "1 built, 1 up to date in " in second.said
    project.run("export", "above", "tree")
    assert (project.folder / "tree/copy").read_text() == "go\n"


def test_who_waits_can_be_interrupted(project: Sandboxed) -> None:
    project.recipe(SLOW)
    first = Started(project)
    wait_until(lambda: asking(project.store, "slow"))
    second = waiting(project)
    second.process.terminate()
    assert second.end() == 130
    answer(project.store, "slow", "go")
    assert first.end() == 0


def test_when_the_builder_is_killed_the_other_builds(project: Sandboxed) -> None:
    project.recipe(SLOW)
    first = Started(project)
    wait_until(lambda: asking(project.store, "slow"))
    (killed,) = asking(project.store, "slow")
    second = waiting(project)
    first.process.kill()
    first.process.wait()
    wait_until(lambda: set(asking(project.store, "slow")) - {killed})
    (ask,) = set(asking(project.store, "slow")) - {killed}
    with ask.open("w") as pipe:
        pipe.write("go\n")
    assert second.end() == 0
    assert project.states() == {"slow": "up-to-date"}


def test_many_at_once_build_each_step_once(project: Sandboxed) -> None:
    """Four runs with overlapping targets: by their events, every step's phases ran in exactly one of them."""
    names = [f"s{number}" for number in range(6)]
    project.recipe(
        "".join(
            f"script {name} {{\n    context host\n"
            + (f"    needs build {names[at - 1]}\n" if at % 2 else "")
            + f"    install: echo {name} > $LFS/{name}\n}}\n"
            for at, name in enumerate(names)
        )
    )
    runs = [Started(project, "-q", "-j2", *targets) for targets in ([], names[:4], names[2:], reversed(names))]
    assert [run.end() for run in runs] == [0, 0, 0, 0]
    built = [step for run in runs_of(project.folder) for step in steps(events_of(run), "phase-started")]
    assert sorted(built) == names
    project.run("store", "verify")


def test_a_store_of_a_newer_version_is_left_alone(project: Sandboxed) -> None:
    project.recipe("script a {\n    context host\n    install: true\n}\n")
    project.run()
    (project.store / "VERSION").write_text("99\n")
    before = sorted(project.store.rglob("*"))
    done = project.run(code=3)
    assert done.stderr == (
        f"lfsmake: error: the store {project.store} has format 99; this lfsmake knows up to 1\n"
        "hint: upgrade lfsmake, or choose another folder with --store\n"
    )
    assert sorted(project.store.rglob("*")) == before


def test_a_store_that_cannot_be_made_is_an_error_of_the_machine(project: Sandboxed) -> None:
    project.recipe("script a {\n    context host\n    install: true\n}\n")
    shutil.rmtree(project.store, ignore_errors=True)
    project.store = Path("/proc/nowhere/store")  # not even root can write there
    done = project.run(code=3)
    assert done.stderr.startswith("lfsmake: error: ")
    assert "/proc/nowhere" in done.stderr
    assert "hint: " in done.stderr


def test_a_store_of_somebody_else_is_not_used(project: Sandboxed) -> None:
    project.recipe("script a {\n    context host\n    install: true\n}\n")
    project.store = Path("/usr") if os.geteuid() else project.folder / "theirs"
    if os.geteuid() == 0:
        project.store.mkdir()
        os.chown(project.store, 12345, 12345)
    done = project.run(code=3)
    owner = project.store.stat().st_uid
    assert f"the store {project.store} belongs to user {owner}, and lfsmake runs as user {os.geteuid()}" in done.stderr
