"""Ctrl-C, a polite kill, a lost terminal: nothing is left running, what is done stays, the next run goes on."""

import os
import pty
import signal
import subprocess
from collections.abc import Iterator

import pytest

from .conftest import Sandboxed
from .watching import ASK, answer, asking, events_of, named, processes_of, runs_of, steps, wait_until

RECIPE = f"""\
script first {{
    context host
    before second third
    install: mkdir $LFS/first
}}
script second {{
    context host
    install:
        (trap '' INT TERM HUP; while :; do sleep 1; done) &
        {ASK}
        mkdir $LFS/second
}}
script third {{
    context host
    install:
        {ASK}
        mkdir $LFS/third
}}
script fourth {{
    context host
    needs build third
    install: mkdir $LFS/fourth
}}
"""


@pytest.fixture
def waiting(project: Sandboxed) -> Iterator[Sandboxed]:
    project.recipe(RECIPE)
    yield project
    for pid in processes_of(project.store):
        os.kill(pid, signal.SIGKILL)


def start(project: Sandboxed, **options: object) -> "subprocess.Popen[str]":
    """lfsmake, with two steps that wait."""
    process = subprocess.Popen(
        project.command("-j2"), cwd=project.folder, env=project.env, text=True,
        **{"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, **options},  # type: ignore[call-overload]
    )  # fmt: skip
    wait_until(lambda: asking(project.store, "second") and asking(project.store, "third"))
    assert processes_of(project.store), "or the tests below prove nothing"
    return process  # type: ignore[no-any-return]


def assert_interrupted(project: Sandboxed) -> None:
    """The run has ended as it should; the next one goes on from there."""
    assert not processes_of(project.store)
    (run,) = runs_of(project.folder)
    events = events_of(run)
    assert events[-1]["event"] == "run-done"
    assert events[-1]["exit_code"] == 130
    assert steps(events, "step-done") == {"first"}
    assert steps(events, "step-cancelled") == {"second", "third"}
    assert not named(events, "step-failed")
    assert not list((project.store / "work").glob("*.*")), "no work folder is left"
    again = subprocess.Popen(project.command("-q", "-j2"), cwd=project.folder, env=project.env)
    answer(project.store, "second", "go")
    answer(project.store, "third", "go")
    assert again.wait(60) == 0
    (new,) = runs_of(project.folder) - {run}
    assert steps(events_of(new), "step-started") == {"second", "third", "fourth"}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_the_run(waiting: Sandboxed, number: signal.Signals) -> None:
    process = start(waiting)
    process.send_signal(number)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert sorted(said.splitlines()[-3:-1]) == ["second: stopped, interrupted", "third: stopped, interrupted"]
    assert said.splitlines()[-1].startswith("lfsmake: interrupted, 1 built in ")
    assert "Traceback" not in said
    assert "Exception" not in said
    assert_interrupted(waiting)


def test_an_impatient_ctrl_c_changes_nothing(waiting: Sandboxed) -> None:
    process = start(waiting)
    for _ in range(50):
        process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Traceback" not in said
    assert "Exception" not in said
    assert_interrupted(waiting)


def test_ctrl_c_at_a_terminal_reaches_the_whole_group(waiting: Sandboxed) -> None:
    ours, theirs = pty.openpty()

    def own_terminal() -> None:
        os.setsid()
        import fcntl
        import termios

        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    process = start(waiting, stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=own_terminal)
    os.close(theirs)
    os.write(ours, b"\x03")
    said = b""
    try:
        while data := os.read(ours, 4096):
            said += data
    except OSError:  # the other end is closed: EIO
        pass
    os.close(ours)
    assert process.wait(60) == 130
    assert b"interrupted, 1 built in " in said
    assert_interrupted(waiting)


def test_a_run_under_nohup_outlives_its_terminal(waiting: Sandboxed) -> None:
    process = start(waiting, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    process.send_signal(signal.SIGHUP)
    answer(waiting.store, "second", "go")
    answer(waiting.store, "third", "go")
    process.communicate(timeout=60)
    assert process.returncode == 0


def test_an_interrupt_at_any_moment_ends_the_run_whole(project: Sandboxed) -> None:
    """Many short steps, a signal at a moment nobody chose: never a hang, a failure, or a trace without a layer."""
    step = "script sN {\n    context host\n    install: echo N > $LFS/sN\n}\n"
    project.recipe("".join(step.replace("N", str(number)) for number in range(12)))
    for count in (1, 3, 6):
        process = subprocess.Popen(
            project.command("-j3"), cwd=project.folder, env=project.env, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        seen = 0
        for line in process.stdout:
            seen += ": built in " in line or ": started" in line
            if seen >= count:
                break
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode in (0, 130)
        assert not processes_of(project.store)
        newest = max(runs_of(project.folder), key=lambda run: run.stat().st_mtime_ns)
        events = events_of(newest)
        assert not named(events, "step-failed")
        done = steps(events, "step-done")
        plan = project.states()
        assert all(plan[name] == "up-to-date" for name in done)
    project.run()
    project.run("store", "verify")
