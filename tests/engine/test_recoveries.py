"""What lfsmake does about failures and shortages by itself, on real ones, and what it tells of that."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from .conftest import Sandboxed
from .test_failures_of_steps import failure, run, script
from .watching import ASK, answer, asking, events_of, named, runs_of, steps, wait_until

pytestmark = pytest.mark.slow


def recoveries(events: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """(step, action) of each, in order."""
    return [(event["step"], event["action"]) for event in named(events, "recovery")]


RACE = """\
printf 'all: gen use\\ngen: ; sleep 1; echo x > gen.h\\nuse: ; cp gen.h use.h\\n' > Makefile
make
"""


def test_a_race_is_built_with_one_job_and_told(project: Sandboxed) -> None:
    project.recipe("script racy {\n    context host\n    build:\n" + "".join(
        f"        {line}\n" for line in RACE.splitlines()
    ) + "}\n")  # fmt: skip
    said, events = run(project, "-j4", code=0)
    first, *_ = named(events, "step-failed")
    assert (first["failure"]["cause"], first["retrying"]) == ("race", True)
    assert recoveries(events) == [("racy", "serial"), ("racy", "race")]
    (done,) = named(events, "step-done")
    assert not done["flaky"]
    assert "it failed with several jobs, not with one: `jobs 1` in its recipe avoids that\n" in said


def test_a_make_that_fails_with_one_job_too_is_no_race(project: Sandboxed) -> None:
    make = "printf 'all: ; cp gen.h use.h\\n' > Makefile; make"
    project.recipe(f"script wrong {{\n    context host\n    build: {make}\n}}\n")
    _, events = run(project, "-j4", code=1)
    assert recoveries(events) == []
    assert len(named(events, "step-started")) == 1


def test_a_step_that_passes_unchanged_at_the_second_try_is_flaky(project: Sandboxed) -> None:
    project.recipe(script("flaky", f"{ASK}\ntest $answer = good", "retry 1"))
    process = subprocess.Popen(
        project.command(), cwd=project.folder, env=project.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True,
    )  # fmt: skip
    answer(project.store, "flaky", "bad")
    answer(project.store, "flaky", "good")
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    (new,) = runs_of(project.folder)
    events = events_of(new)
    assert recoveries(events) == [("flaky", "retry"), ("flaky", "flaky")]
    (done,) = named(events, "step-done")
    assert done["flaky"]
    assert "it failed, and was built unchanged when tried again: it is flaky\n" in said


EATER = """\
import os, sys, time
hog = bytearray(int(sys.argv[1]) << 20)
open(f"{sys.argv[2]}.{os.getpid()}", "w").close()
time.sleep(1.5)
"""


def memory_group(megabytes: int) -> Path:
    """A control group with a bound on memory, of either kind; skips where none can be had."""
    for folder, name in (("/sys/fs/cgroup/memory", "memory.limit_in_bytes"), ("/sys/fs/cgroup", "memory.max")):
        group = Path(folder) / f"lfsmake-test-{os.getpid()}"
        try:
            group.mkdir()
            if (group / name).exists():
                (group / name).write_text(str(megabytes << 20))
                return group
            group.rmdir()
        except OSError:
            continue
    pytest.skip("no control group with a bound on memory can be made here")


@pytest.mark.skipif(not shutil.which("make"), reason="needs make")
def test_memory_that_runs_out_is_answered_by_fewer_jobs_alone(project: Sandboxed) -> None:
    """A real one: four processes of 300 MB each in a group that is bound to 1000 MB."""
    (project.recipes / "eater").write_text(EATER)
    make = "all: a b c d\\na b c d: ; python3 $(LFS)/sources/eater 300 mark\\n"
    project.recipe(
        'resource eater {\n    source "eater"\n}\n'
        "script big {\n    context host\n    with eater\n    build:\n"
        f"        printf '{make}' > Makefile\n        make LFS=$LFS\n}}\n"
    )
    group = memory_group(1000)
    try:
        known = runs_of(project.folder)
        done = subprocess.run(
            project.command("-j4"), cwd=project.folder, env=project.env, capture_output=True, text=True, timeout=120,
            preexec_fn=lambda: (group / "cgroup.procs").write_text(str(os.getpid())), check=False,
        )  # fmt: skip
        (new,) = runs_of(project.folder) - known
    finally:
        wait_until(lambda: not (group / "cgroup.procs").read_text())
        group.rmdir()
    events = events_of(new)
    assert done.returncode == 0, done.stdout + done.stderr
    causes = [event["failure"]["cause"] for event in named(events, "step-failed")]
    assert causes
    assert set(causes) == {"out-of-memory"}
    assert {event["failure"]["failure_class"] for event in named(events, "step-failed")} == {"environment"}
    assert {action for _, action in recoveries(events)} == {"fewer-jobs"}
    assert "memory ran out: again with 2 jobs, alone\n" in done.stdout + done.stderr


FULL = """
import json, os, subprocess, sys
words, env, recipe, second = json.loads(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=50m", "none", "full"], check=True)
def lfsmake(*more):
    done = subprocess.run([*words, *more], env=env, capture_output=True, text=True)
    print(json.dumps([done.returncode, done.stdout + done.stderr]))
lfsmake("old")
open(recipe, "w").write(second)
lfsmake("old")
lfsmake("new")
"""


def test_a_full_disk_is_answered_by_removing_what_nothing_needs(project: Sandboxed) -> None:
    """The first layer of `old` is needed by nothing once the second is there; `new` fits only without it."""
    new = script("new", "head -c 30000000 /dev/urandom > $LFS/new")
    first = script("old", "head -c 25000000 /dev/urandom > $LFS/old") + new
    second = script("old", "echo little > $LFS/old") + new
    path = project.recipe(first)
    (project.folder / "full").mkdir()
    words = [*project.command()[:-2], "--store", "full/store"]
    done = subprocess.run(
        ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "python3", "-c", FULL,
         json.dumps([words, project.env, str(path), second])],
        cwd=project.folder, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    if not done.stdout:
        pytest.skip(f"no mounts of our own here: {done.stderr.strip().splitlines()[-1]}")
    results = [json.loads(line) for line in done.stdout.splitlines()]
    assert [code for code, _ in results] == [0, 0, 0], results
    events = events_of(max(runs_of(project.folder)))
    (failed,) = named(events, "step-failed")
    assert (failed["retrying"], failed["failure"]["cause"]) == (True, "disk-full")
    first_told, second_told = named(events, "recovery")
    assert (first_told["action"], first_told["text"]) == ("collect", "the disk is full: making room, then again")
    assert second_told["action"] == "collect"
    assert second_told["text"].endswith(" MB of what nothing needs were removed from the store")


def test_a_full_disk_with_nothing_to_remove_fails_the_step_once(project: Sandboxed) -> None:
    path = project.recipe(script("new", "head -c 70000000 /dev/urandom > $LFS/new") + script("old", "true"))
    (project.folder / "full").mkdir()
    words = [*project.command()[:-2], "--store", "full/store"]
    done = subprocess.run(
        ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "python3", "-c", FULL,
         json.dumps([words, project.env, str(path), path.read_text()])],
        cwd=project.folder, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    if not done.stdout:
        pytest.skip(f"no mounts of our own here: {done.stderr.strip().splitlines()[-1]}")
    code, said = json.loads(done.stdout.splitlines()[-1])
    assert code == 3, said
    events = events_of(max(runs_of(project.folder)))
    assert [event["retrying"] for event in named(events, "step-failed")] == [True, False]
    assert len(named(events, "step-started")) == 1, "no second attempt without more room"


@pytest.mark.parametrize(
    ("line", "action", "text"),
    [
        ("memory 900000 GB", "wait-memory", " MB are free: waits for others to end"),
        ("cost 1 SBU 999999999 MB", "wait-disk", ": waits for what others will free"),
    ],
)
def test_what_a_step_waits_for_is_told_once(project: Sandboxed, line: str, action: str, text: str) -> None:
    project.recipe(script("first", ASK) + script("large", "true", line))
    process = subprocess.Popen(
        project.command("-k", "-j3"), cwd=project.folder, env=project.env, stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_until(lambda: asking(project.store, "first"))
    (new,) = wait_for_runs(project)
    wait_until(lambda: named(events_of(new), "recovery"))
    wait_until(lambda: len(named(events_of(new), "machine")) >= 2)  # the gate has looked again and again since
    answer(project.store, "first", "go")
    code = process.wait(60)
    events = events_of(new)
    (told,) = named(events, "recovery")
    assert (told["step"], told["action"]) == ("large", action)
    assert told["text"].endswith(text)
    done, began = named(events, "step-done"), named(events, "step-started")
    if action == "wait-memory":  # alone it may try
        assert code == 0
        assert [event["step"] for event in began] == ["first", "large"]
        assert events.index(began[1]) > events.index(done[0])
    else:
        assert code == 3
        assert failure(events, "large")["cause"] == "disk-full"
        assert steps(events, "step-done") == {"first"}


def wait_for_runs(project: Sandboxed) -> set[Path]:
    wait_until(lambda: runs_of(project.folder))
    return runs_of(project.folder)


def test_a_disk_that_will_become_full_is_foretold_before_the_first_step(project: Sandboxed) -> None:
    project.recipe(
        script("a", "true", "cost 1 SBU 500000000 MB") + script("b", "true", "cost 1 SBU 500000000 MB")
        + script("c", "true")
    )  # fmt: skip
    said, events = run(project, "-k", "-j2", code=3)
    warning = next(event for event in named(events, "note") if event["level"] == "warning")
    assert warning["text"].startswith("the disk may become full: about 1,000,000,000 MB are needed, ")
    assert warning["text"].endswith(f" MB are free in {project.store}")
    assert events.index(warning) < events.index(named(events, "step-started")[0])
    assert warning["text"] in said


def test_a_full_disk_is_collected_down_to_the_quota(project: Sandboxed) -> None:
    """`other` is the newest build of a step that no recipe has any more; `new` fits only without it."""
    new = script("new", "head -c 30000000 /dev/urandom > $LFS/new")
    first = script("old", "true") + script("other", "head -c 25000000 /dev/urandom > $LFS/other") + new
    path = project.recipe(first)
    (project.folder / "lfsmake.toml").write_text(
        'recipes = ["recipes"]\nstore = { path = "full/store", quota = "1 MB" }\n', encoding="utf-8"
    )
    (project.folder / "full").mkdir()
    words = [*project.command()[:-2]]
    done = subprocess.run(
        ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "python3", "-c",
         FULL.replace('lfsmake("old")', 'lfsmake("other")', 1),
         json.dumps([words, project.env, str(path), script("old", "true") + new])],
        cwd=project.folder, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    if not done.stdout:
        pytest.skip(f"no mounts of our own here: {done.stderr.strip().splitlines()[-1]}")
    assert [json.loads(line)[0] for line in done.stdout.splitlines()] == [0, 0, 0], done.stdout
    told = named(events_of(max(runs_of(project.folder))), "recovery")
    assert [event["action"] for event in told] == ["collect", "collect"]
