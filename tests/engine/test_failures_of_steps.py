"""What a step may do wrong, and what becomes of it and of the others."""

import hashlib
import http.server
import json
import os
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from .conftest import Sandboxed
from .watching import ASK, answer, events_of, named, processes_of, runs_of, steps


def script(name: str, body: str, *lines: str) -> str:
    """A recipe of one script in the host context, with an install body."""
    indented = "\n".join(f"        {line}" for line in body.splitlines())
    head = "".join(f"    {line}\n" for line in ("context host", *lines))
    return f"script {name} {{\n{head}    install:\n{indented}\n}}\n"


def run(project: Sandboxed, *words: str, code: int) -> tuple[str, list[dict[str, Any]]]:
    """What lfsmake wrote, and the events of the run."""
    known = runs_of(project.folder)
    done = project.run(*words, code=code)
    events = [event for new in runs_of(project.folder) - known for event in events_of(new)]
    return done.stdout + done.stderr, events


def failure(events: list[dict[str, Any]], step: str) -> dict[str, Any]:
    """The last failure of the step."""
    return next(e["failure"] for e in reversed(named(events, "step-failed")) if e["step"] == step)  # type: ignore[no-any-return]


def exported(project: Sandboxed, target: str) -> Path:
    tree = project.folder / f"tree-{target}"
    project.run("export", target, str(tree))
    return tree


def test_going_on_builds_all_that_does_not_need_the_failed_step(project: Sandboxed) -> None:
    project.recipe(
        script("bad", "exit 3")
        + script("above", "true", "needs build bad")
        + script("top", "true", "needs build above")
        + script("first", "exit 2", "before second")
        + script("second", "mkdir $LFS/second")
        + script("free", "mkdir $LFS/free")
        + script("freer", "test -d $LFS/free; mkdir $LFS/freer", "needs build free")
    )
    said, events = run(project, "-k", "-j2", code=1)
    assert steps(events, "step-failed") == {"bad", "first"}
    assert {e["step"]: e["because"] for e in named(events, "step-skipped")} == {"above": "bad", "top": "bad"}
    assert steps(events, "step-done") == {"second", "free", "freer"}
    assert "above: skipped, bad failed\n" in said
    assert "top: skipped, bad failed\n" in said
    assert "lfsmake: 2 failed, 2 skipped, 3 built in " in said
    (end,) = named(events, "run-done")
    assert (end["exit_code"], end["failed"], end["skipped"], end["built"]) == (1, 2, 2, 3)


def test_without_going_on_nothing_starts_after_a_failure(project: Sandboxed) -> None:
    project.recipe(script("a", "exit 3", "before b") + script("b", "true") + script("c", "true", "needs build b"))
    said, events = run(project, "-j1", code=1)
    assert steps(events, "step-started") == {"a"}
    assert "lfsmake: 1 failed in " in said


def test_a_killed_shell_is_the_machine_s_fault(project: Sandboxed) -> None:
    project.recipe(script("dies", "kill -9 $$") + script("quits", "kill -ABRT $$"))
    said, events = run(project, "-k", "dies", code=3)
    assert failure(events, "dies")["failure_class"] == "environment"
    assert "dies failed in its install phase: killed by SIGKILL\n" in said
    assert "hint: often the kernel, out of memory: see `dmesg`, and build with fewer jobs (-j)\n" in said
    said, events = run(project, "quits", code=1)
    assert failure(events, "quits")["failure_class"] == "step"


def test_a_step_over_its_time_is_killed_with_all_it_started(project: Sandboxed) -> None:
    body = "setsid sh -c 'trap \"\" TERM HUP INT; while :; do sleep 1; done' &\nsetsid -f sleep 1000\nsleep 1000"
    project.recipe(script("slow", body, "time 1 s"))
    said, events = run(project, code=1)
    assert failure(events, "slow")["failure_class"] == "timeout"
    assert "slow failed in its install phase: took longer than its limit of 1 s\n" in said
    assert "hint: raise `time` in the recipe, or see what it waits for in the log\n" in said
    assert not processes_of(project.store)


def test_a_step_is_tried_as_often_as_it_says(project: Sandboxed) -> None:
    project.recipe(script("flaky", "false", "retry 1"))
    said, events = run(project, code=1)
    assert [e["retrying"] for e in named(events, "step-failed")] == [True, False]
    assert "flaky: exit status 1: again, time 1 of 1, in 1 s\n" in said
    assert len(named(events, "step-started")) == 2


def test_a_third_try_that_works_is_a_step_built(project: Sandboxed) -> None:
    project.recipe(script("flaky", f"{ASK}\ntest $answer = good", "retry 2"))
    process = subprocess.Popen(project.command("-q"), cwd=project.folder, env=project.env)
    for word in ("bad", "bad", "good"):
        answer(project.store, "flaky", word)
    assert process.wait(60) == 0
    (new,) = runs_of(project.folder)
    assert [e["delay"] for e in named(events_of(new), "step-failed")] == [1.0, 2.0]
    assert named(events_of(new), "run-done")[0]["built"] == 1


def test_a_step_that_cannot_fit_on_the_disk_is_not_started(project: Sandboxed) -> None:
    project.recipe(script("huge", "true", "cost 1 SBU 999999999 MB") + script("small", "true"))
    said, events = run(project, "-k", code=3)
    assert steps(events, "step-started") == {"small"}
    assert f"MB are free in {project.store}, the step takes 999999999 MB\n" in said
    assert "hint: make room: `lfsmake store gc`, or another --store\n" in said


def test_a_source_that_is_not_what_it_should_be(project: Sandboxed) -> None:
    content = b"not what it should be"

    class Lies(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Lies) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        project.recipe(
            f'package zlib 1.0 {{\n    context host\n    source "http://127.0.0.1:{server.server_port}/zlib-1.0.tar.gz"\n'
            f"        sha256 {'ab' * 32}\n    install: true\n}}\n" + script("other", "true")
        )
        said, events = run(project, "-k", code=4)
        server.shutdown()
    assert failure(events, "zlib")["failure_class"] == "source"
    assert steps(events, "step-done") == {"other"}
    assert "ab" * 32 in said
    assert hashlib.sha256(content).hexdigest() in said
    (kept,) = (path for path in project.store.rglob("*") if path.is_file() and path.read_bytes() == content)
    assert str(kept) in said, "kept aside, to be looked at"


def test_all_missing_host_tools_are_told_before_anything_is_built(project: Sandboxed) -> None:
    project.recipe(
        'host machine {\n    tool no-such-tool >= 1.0 package "nothing"\n    tool bash >= 99.0 package "bash"\n'
        "    kernel 99.0\n}\n" + script("uses", "true", "needs build machine") + script("other", "true")
    )
    done = project.run("-k", code=3)
    assert not runs_of(project.folder)
    for text in ("the host has no no-such-tool", "the host's bash is ", "the host's kernel is ", "lfsmake: 3 errors"):
        assert text in done.stderr
    assert "recipes/main.lfs:2:" in done.stderr
    assert "recipes/main.lfs:3:" in done.stderr
    project.run("other")


def test_two_layers_that_bring_one_path_are_a_conflict(project: Sandboxed) -> None:
    project.recipe(
        script("a", "echo a > $LFS/same; echo x > $LFS/equal")
        + script("b", "echo b > $LFS/same; echo x > $LFS/equal")
        + script("c", "true", "needs build a b")
    )
    said, events = run(project, code=1)
    assert failure(events, "c")["failure_class"] == "conflict"
    assert "recipes/main.lfs:11: error: c failed: b and a both bring same, with different contents\n" in said.replace(
        str(project.folder) + "/", ""
    )
    assert "hint: if b should win, let it need a\n" in said
    text = (project.recipes / "main.lfs").read_text()
    project.recipe(text.replace("script b {\n", "script b {\n    needs build a\n"))
    run(project, code=0)
    assert (exported(project, "b") / "same").read_text() == "b\n"


def test_what_a_step_leaves_running_is_dead_before_its_layer_is_read(project: Sandboxed) -> None:
    body = (
        "(trap '' TERM HUP; n=0; while :; do n=$((n+1)); echo $n > $LFS/count; done) < /dev/null > /dev/null 2>&1 &\n"
        "until test -s $LFS/count; do :; done\necho done > $LFS/end"
    )
    project.recipe(script("daemon", body))
    run(project, code=0)
    assert not processes_of(project.store)
    assert (exported(project, "daemon") / "end").read_text() == "done\n"
    project.run("store", "verify")


def test_a_step_changes_nothing_but_its_root(project: Sandboxed) -> None:
    victim = project.folder / "victim"
    victim.write_text("alive")
    lines = [
        "! touch $LFS/../../etc/lfsmake-was-here",
        f"! echo dead > {victim}",
        "! rm -rf /usr/lib/os-release",
        "! mount -o remount,rw /usr",
        "ln -s /etc $LFS/etc; ! touch $LFS/etc/lfsmake-was-here",
        "! timeout 5 bash -c 'exec 3<> /dev/tcp/192.0.2.1/80' 2> error",
        "cat error >&2; grep -q 'Network is unreachable' error",
    ]
    project.recipe(script("tries", "\n".join(lines)))
    run(project, code=0)
    assert victim.read_text() == "alive"
    assert not Path("/etc/lfsmake-was-here").exists()


def test_a_full_disk_is_told_as_such_and_mended_by_room(project: Sandboxed) -> None:
    project.recipe(script("big", "head -c 30000000 /dev/zero > $LFS/big", "before small") + script("small", "true"))
    words = [*project.command()[:-2], "--store", "full/store"]
    (project.folder / "full").mkdir()
    code = """
import json, os, subprocess, sys
words, env = json.loads(sys.argv[1])
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=200m", "none", "full"], check=True)
with open("full/filler", "wb") as file:
    os.posix_fallocate(file.fileno(), 0, 180 << 20)  # 20 MB are left
def lfsmake(*more):
    done = subprocess.run([*words, *more], env=env, capture_output=True, text=True)
    print(json.dumps([done.returncode, done.stdout + done.stderr]))
lfsmake("-k", "-j1")
lfsmake("small")
os.unlink("full/filler")
lfsmake()
lfsmake("store", "verify")
"""
    done = subprocess.run(
        ["unshare", "--mount", *([] if os.geteuid() == 0 else ["--map-root-user"]), "python3", "-c", code,
         json.dumps([words, project.env])],
        cwd=project.folder, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    if not done.stdout:
        pytest.skip(f"no mounts of our own here: {done.stderr.strip().splitlines()[-1]}")
    first, second, third, verified = map(json.loads, done.stdout.splitlines())
    assert first[0] == 3, first[1]
    assert "No space left on device" in first[1]
    assert "hint: make room: `lfsmake store gc`, or another --store\n" in first[1]
    assert "1 failed, 1 built" in first[1]
    assert second[0] == 0, second[1]
    assert third[0] == 0, third[1]
    assert verified[0] == 0, verified[1]
