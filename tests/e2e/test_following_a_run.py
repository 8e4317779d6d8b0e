"""`lfsmake status -f`: the live run on a second terminal, to its end, whatever that is."""

import json
import shutil
import subprocess
import sys
import threading
import time

import msgspec
import pytest
from screens import Screen

from lfsmake.engine.journal import Journal
from lfsmake.model.events import Failure, PhaseStarted, RunDone, RunStarted, StepDone, StepFailed, StepStarted

LFSMAKE = [sys.executable, "-m", "lfsmake"]
RUN = "20260101-000000-000000"


class Written:
    """A live run of which only the events are there: this process holds its lock."""

    def __init__(self, folder):
        self.runs = f"{folder}/.lfsmake/runs"
        self.journal = Journal(self.runs, RUN)
        self.path = f"{self.runs}/{RUN}/events.jsonl"

    def start(self, **more):
        self.journal(
            RunStarted(
                at=time.time() - 100, run=RUN, lfsmake="9", targets=("all",), jobs=2, steps=2, build=("hello", "world"),
                maybe=(), expected={"hello": 7_300.0, "world": 10.0}, graph={"world": ("hello",), "hello": ()}, **more,
            )
        )  # fmt: skip
        self.journal(StepStarted(at=time.time() - 99, step="hello", key="k", reason="r", log="", expected=7_300.0))
        self.journal(PhaseStarted(at=time.time() - 98, step="hello", phase="install"))

    def step_done(self):
        self.journal(StepDone(at=time.time(), step="hello", outcome="built", key="k", layer="3f2a91", wall=271.0))

    def done(self):
        self.journal(
            RunDone(
                at=time.time(), run=RUN, exit_code=0, built=2, unchanged=0, up_to_date=0, failed=0, skipped=0, wall=5.0
            )
        )

    def killed(self):
        self.journal.__exit__()


@pytest.fixture
def live(project):
    made = Written(project.folder)
    yield made
    made.killed()


def followed(*words):
    return subprocess.Popen(
        [*LFSMAKE, "status", "-f", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def test_the_follower_shows_what_the_run_s_own_terminal_shows(live):
    live.start()
    screen = Screen("status", "-f")
    screen.wait_for("  hello  install  1:")
    first, head, row = screen.rows()
    assert first.startswith(f"run     {RUN}: all, begun ")
    assert head == "[0/2] ETA 2 h"
    assert row.endswith("  of 2:01:40")
    live.step_done()
    screen.wait_for("[1/2] hello: built in 4:31 (0 B layer 3f2a91)")
    live.done()
    assert screen.ended() == 0
    assert screen.rows()[1:] == ["[1/2] hello: built in 4:31 (0 B layer 3f2a91)", "lfsmake: 2 built in 0:05"]


def test_ctrl_c_ends_the_follower_only(live):
    live.start()
    screen = Screen("status", "-f")
    screen.wait_for("  hello  install  1:")
    screen.child.sendintr()
    assert screen.ended() == 0
    assert len(screen.rows()) in (1, 2)  # the run, and perhaps what the terminal echoes
    assert "[0/2]" not in " ".join(screen.rows())


def test_on_a_pipe_it_is_plain_lines(live):
    live.start()
    with followed() as follower:
        lines = [follower.stdout.readline() for _ in range(3)]
        assert lines[1] == "        0 of 2 steps done\n"
        assert lines[2].startswith("now     hello install 1:")
        live.step_done()
        assert follower.stdout.readline() == "hello: built in 4:31 (0 B layer 3f2a91)\n"
        live.done()
        assert follower.communicate(timeout=60) == ("lfsmake: 2 built in 0:05\n", "")
    assert follower.returncode == 0


def test_as_json_it_is_the_run_s_events_from_the_first(live):
    live.start()
    live.step_done()
    with followed("--json") as follower:
        found = [json.loads(follower.stdout.readline())["event"] for _ in range(4)]
        live.done()
        out, err = follower.communicate(timeout=60)
    assert found == ["run-started", "step-started", "phase-started", "step-done"]
    assert json.loads(out)["event"] == "run-done"
    assert (err, follower.returncode) == ("", 0)


def test_without_a_live_run_it_says_so_and_waits_for_one(project):
    with followed() as follower:
        assert follower.stderr.readline() == "lfsmake: no run is under way; waiting for one (Ctrl-C ends it)\n"
        live = Written(project.folder)
        live.start()
        live.done()
        out, _ = follower.communicate(timeout=60)
        live.killed()
    assert follower.returncode == 0
    assert out.endswith("lfsmake: 2 built in 0:05\n")


def test_a_run_that_is_killed_ends_it(live):
    live.start()
    with followed() as follower:
        follower.stdout.readline()
        live.killed()
        _, err = follower.communicate(timeout=60)
    assert (err, follower.returncode) == (f"lfsmake: warning: the run {RUN} was killed\n", 0)


def test_a_run_that_is_removed_meanwhile_ends_it(live):
    live.start()
    with followed() as follower:
        follower.stdout.readline()
        shutil.rmtree(live.runs)
        _, err = follower.communicate(timeout=60)
    assert (err, follower.returncode) == (f"lfsmake: warning: the run {RUN} was removed\n", 0)


def test_damaged_lines_and_those_of_a_newer_version_are_passed_over(live):
    live.start(version=99)
    with open(live.path, "ab") as file:  # noqa: PTH123
        file.write(b'\x00\xff{"event": \n{"event":"from-the-future","at":1}\n[1]\n{"event":"step-done","at":"x"}\n\n')
    live.step_done()
    with followed() as follower:
        lines = [follower.stdout.readline() for _ in range(2)]
        live.done()
        out, err = follower.communicate(timeout=60)
    assert lines[1] == "        1 of 2 steps done\n"
    assert out == "lfsmake: 2 built in 0:05\n"
    assert err.startswith(
        "lfsmake: warning: a newer lfsmake does this run: what this one does not know of it is not shown\n"
    )
    assert err.count("\n") == 1 or err.endswith("lfsmake: warning: lines of its events are damaged and passed over\n")


def test_a_line_that_is_written_in_two_pieces_is_read_once_it_is_whole(live):
    live.start()
    line = msgspec.json.encode(StepDone(at=1.0, step="hello", outcome="built", key="k", layer="3f2a91", wall=271.0))
    with followed() as follower, open(live.path, "ab", buffering=0) as file:  # noqa: PTH123
        for _ in range(3):
            follower.stdout.readline()
        file.write(line[:20])
        file.write(line[20:] + b"\n")
        assert follower.stdout.readline() == "hello: built in 4:31 (0 B layer 3f2a91)\n"
        live.done()
        follower.communicate(timeout=60)


def test_what_failed_before_one_looked_is_named(live):
    live.start()
    live.journal(
        StepFailed(at=1.0, step="hello", failure=Failure(failure_class="step", step="hello", phase="", message="m"))
    )
    with followed() as follower:
        threading.Timer(0.5, live.done).start()
        out, _ = follower.communicate(timeout=60)
    assert "failed  hello\n" in out


def test_a_live_run_s_status_has_its_forecast(live, run):
    live.start()
    text = run("status").out.split("\n")
    assert text[1] == "        0 of 2 steps done, ETA 2 h"
    assert text[2].startswith("now     hello install 1:")
    assert text[2].endswith(" of 2:01:40")
    found = json.loads(run("status", "--json").out)
    assert 7100 < found["run"]["eta"] < 7212
    assert found["run"]["eta_sure"] is True
    assert found["run"]["running"][0]["expected"] == 7_300.0


def test_before_status_f_names_recipes_as_everywhere(project, run):
    found = run("-f", "recipes/main.lfs", "status")
    assert (found.code, found.err) == (0, "")
    assert found.out.startswith("run     none yet\n")
