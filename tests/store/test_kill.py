"""Killed at any instant, a process leaves a store that opens and in which every trace has its whole layer."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

DRIVER = '''
import json, os, random, shutil, signal, sys, time
from pathlib import Path
from lfsmake.model.plan import Trace
from lfsmake.store import tree
from lfsmake.store.collect import Policy, collect
from lfsmake.store.layers import Captured
from lfsmake.store.store import Store

where, mode, count = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
ROOM = os.path.dirname(tree.__file__)

def commit(store, number):
    "What a step does: a work folder, a tree, a layer, a trace."
    with store.use(), store.lock_step(f"k{number % 5}"):
        work = store.new_work("step")
        (work / "upper/usr").mkdir(parents=True)
        (work / "upper/usr/file").write_text(f"content {number}" * 50)
        counts = tree.capture(str(work / "upper"), str(work / "manifest"))
        captured = Captured(counts["digest"], counts["size"], counts["files"], str(work / "manifest"))
        store.add_layer(work / "upper", captured)
        store.record(Trace(f"k{number % 5}", f"s{number % 3}", captured.digest, "", 0.0, 1.0, 0.0, 0, 0, "", {}))
        shutil.rmtree(work)
        store.release_work(work)

def life(path, start):
    store = Store.open(path)
    for number in range(start, start + 3):
        commit(store, number)
    collect(store, Policy(), shutil.rmtree)
    store.close()

def die_at_line(path, start, line):
    "Live, and kill oneself when so many lines of the store's code have run; else say how many there were."
    seen = 0
    def trace(frame, event, argument):
        nonlocal seen
        if not frame.f_code.co_filename.startswith(ROOM):
            return None
        if event == "line":
            seen += 1
            if seen == line:
                os.kill(os.getpid(), signal.SIGKILL)
        return trace
    sys.settrace(trace)
    life(path, start)
    sys.settrace(None)
    return seen

def check(path):
    "What is wrong with the store after a kill."
    wrong = []
    store = Store.open(path)
    for key, step, layer, _ in store.trace_index():
        if layer not in store.layer_digests():
            wrong.append(f"{key}: no layer")
            continue
        found = tree.verify(str(store.layer_path(layer)), str(store.manifest_path(layer)))
        if found["digest"] != layer or found["manifest"] != layer:
            wrong.append(f"{key}: {found}")
    for layer in store.layer_digests():
        if not store.manifest_path(layer).exists():
            wrong.append(f"{layer}: no manifest")
    with store.exclusive(), store.lock_step("k0"):
        pass
    for work in store.dead_works():
        shutil.rmtree(work)
        store.release_work(work)
    if os.listdir(store.path / "work"):
        wrong.append(f"work left: {os.listdir(store.path / 'work')}")
    store.close()
    return wrong

def fork(action):
    pid = os.fork()
    if pid == 0:
        try:
            action()
        finally:
            os._exit(0)
    return pid

wrong, killed = [], 0
chance = random.Random(count)
total = die_at_line(where / "count", 0, -1)
for number in range(count):
    path = where / f"s{number % 4}"
    if mode == "lines":
        line = 1 + (total - 1) * number // count
        pids = [fork(lambda: die_at_line(path, number, line))]
    else:  # two at once on the same keys, one of them dies at some time
        pids = [fork(lambda: life(path, number)), fork(lambda: life(path, number + 1))]
        time.sleep(chance.random() * 0.06)
        os.kill(pids[0], signal.SIGKILL)
    for pid in pids:
        killed += os.WIFSIGNALED(os.waitpid(pid, 0)[1])
    wrong += [f"{mode} {number}: {what}" for what in check(path)]
print(json.dumps({"wrong": wrong, "killed": killed, "lines": total}))
'''


@pytest.mark.parametrize(("mode", "count"), [("lines", 60), ("times", 20)])
def test_kill_9_leaves_a_whole_store(tmp_path: Path, mode: str, count: int) -> None:
    done = subprocess.run(
        [sys.executable, "-c", DRIVER, str(tmp_path), mode, str(count)],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["wrong"] == []
    assert said["killed"] >= (count - 1 if mode == "lines" else 1)
    assert said["lines"] > 200
    assert "Traceback" not in done.stderr or mode == "times", done.stderr


def test_two_processes_commit_the_same_key(tmp_path: Path) -> None:
    driver = DRIVER[: DRIVER.index("wrong, killed = [], 0")] + '''
pids = [fork(lambda: [commit(Store.open(where / "s"), 0) for _ in range(10)]) for _ in range(3)]
states = [os.waitpid(pid, 0)[1] for pid in pids]
print(json.dumps([states, check(where / "s"), len(Store.open(where / "s").summaries())]))
'''
    done = subprocess.run(
        [sys.executable, "-c", driver, str(tmp_path), "", "0"],
        capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2],
    )  # fmt: skip
    assert done.stderr == ""
    assert json.loads(done.stdout) == [[0, 0, 0], [], 1]
