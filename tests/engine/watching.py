"""Looking at lfsmake from outside: its processes, its runs, the end of things."""

import contextlib
import json
import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

PATIENCE = 60.0  # seconds: for a machine on its knees


def wait_until(done: Callable[[], object]) -> None:
    """Waits for what is to happen; fails when it does not."""
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.02)


def processes_of(store: Path) -> set[int]:
    """The processes in a sandbox of this store: those that have something of the store mounted."""
    found = set()
    for name in os.listdir("/proc"):
        if name.isdigit():
            with contextlib.suppress(OSError):
                mounts = Path(f"/proc/{name}/mountinfo").read_text(errors="replace")
                if f"{store}/work/" in mounts:
                    found.add(int(name))
    return found


def runs_of(folder: Path) -> set[Path]:
    """The folders of the project's runs."""
    runs = folder / ".lfsmake/runs"
    return {path for path in runs.iterdir() if (path / "events.jsonl").exists()} if runs.exists() else set()


def events_of(run: Path) -> list[dict[str, Any]]:
    """The events of a run so far."""
    lines = (run / "events.jsonl").read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line.endswith("\n")]


def named(events: Iterable[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    """The events of one kind."""
    return [event for event in events if event["event"] == kind]


def steps(events: Iterable[dict[str, Any]], kind: str) -> set[str]:
    """The steps that events of one kind are about."""
    return {str(event["step"]) for event in named(events, kind)}


# For the body of a step: waits to be told a word, without a clock. The step's /tmp lies in the store.
ASK = "mkfifo /tmp/ask; read answer < /tmp/ask; rm /tmp/ask"


def asking(store: Path, step: str) -> list[Path]:
    """Where a step that runs `ASK` waits."""
    return list((store / "work").glob(f"{step}.*/tmp/ask"))


def answer(store: Path, step: str, word: str) -> None:
    """Waits until the step asks, and tells it the word."""
    wait_until(lambda: asking(store, step))
    (ask,) = asking(store, step)
    with ask.open("w") as pipe:  # opens when the step has opened it to read
        pipe.write(f"{word}\n")
    wait_until(lambda: not ask.exists())
