"""The events of a run as a file of JSON lines, so that any other process can follow it. Knows events, no meaning."""

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from typing import Self

import msgspec

from lfsmake.model.errors import HostError
from lfsmake.model.events import AnyEvent, Event

_FILE = "events.jsonl"


def new_run_id() -> str:
    """The time in UTC down to the microsecond, so that runs sort by age: 20250305-101500-042137."""
    now = time.time_ns()
    return time.strftime("%Y%m%d-%H%M%S", time.gmtime(now // 10**9)) + f"-{now // 1000 % 10**6:06}"


class Journal:
    """Writes a run's events. Holds a lock on the file for as long as the run lives, also through a crash of ours:
    a reader that can take the lock knows that nobody writes any more."""

    def __init__(self, runs: str, run: str) -> None:
        self.path = f"{runs}/{run}"
        try:
            os.makedirs(self.path, exist_ok=True)
            ignore = f"{os.path.dirname(runs)}/.gitignore"
            if os.path.basename(os.path.dirname(runs)) == ".lfsmake" and not os.path.exists(ignore):
                with open(ignore, "w", encoding="utf-8") as file:
                    file.write("*\n")
            self._file = open(f"{self.path}/{_FILE}", "ab", buffering=0)  # noqa: SIM115 - closed by close()
        except OSError as error:
            raise HostError(
                f"the run cannot be written down: {error.strerror}: {self.path}",
                hint="make the folder writable, or start from another one",
            ) from error
        fcntl.flock(self._file, fcntl.LOCK_EX)  # waits only for a reader that asks whether we live
        self._encoder = msgspec.json.Encoder()
        self._broken = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __call__(self, event: Event) -> None:
        """Appends one line. A full disk ends the journal, not the run: the failure shows where it matters."""
        if self._broken:
            return
        try:
            self._file.write(self._encoder.encode(event) + b"\n")
        except OSError:
            self._broken = True


def runs_in(runs: str) -> list[str]:
    """Run ids, newest first. A folder that somebody else put there does not begin with a time."""
    try:
        names = (name for name in os.listdir(runs) if name[0] in "0123456789")
        return sorted((name for name in names if os.path.exists(f"{runs}/{name}/{_FILE}")), reverse=True)
    except (FileNotFoundError, NotADirectoryError):
        return []
    except OSError as error:
        raise _unreadable(runs, error) from error


def read_events(runs: str, run: str) -> Iterator[Event]:
    """The events of a run so far. Lines that are no event we know (cut off, damaged, newer) are passed over."""
    decoder = msgspec.json.Decoder(AnyEvent)
    try:
        with open(f"{runs}/{run}/{_FILE}", "rb") as file:
            for line in file:
                try:
                    yield decoder.decode(line)
                except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                    continue
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        return
    except OSError as error:
        raise _unreadable(f"{runs}/{run}/{_FILE}", error) from error


def _unreadable(path: str, error: OSError) -> HostError:
    reason = (error.strerror or "it cannot be read").lower()
    return HostError(f"cannot read {path}: {reason}", hint="make it readable, or remove it")


def is_live(runs: str, run: str) -> bool:
    """Whether the run's lfsmake still runs."""
    try:
        with open(f"{runs}/{run}/{_FILE}", "rb") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
            return False
    except OSError:
        return False


def forget_runs(runs: str, keep: int) -> None:
    """Removes the oldest runs beyond `keep`, never a live one."""
    for run in runs_in(runs)[keep:]:
        if is_live(runs, run):
            continue
        folder = f"{runs}/{run}"
        with contextlib.suppress(OSError):  # another run that ends now removes it too, or somebody keeps things there
            for name in os.listdir(folder):
                os.unlink(f"{folder}/{name}")
            os.rmdir(folder)
