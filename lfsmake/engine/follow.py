"""Follows the events of a run that another process writes. Knows files and events, no meaning."""

import os
from collections.abc import Iterator
from typing import Self

import msgspec

from lfsmake.engine.journal import is_live, runs_in
from lfsmake.model.events import AnyEvent, Event, RunStarted

_CHUNK = 1 << 20  # bytes
_LONGEST = 1 << 26  # bytes of a line: more is no event of ours, and is passed over


class Follower:
    """One run's events so far, then what is added. Lines that are no event we know are passed over.

    `damaged`: how many lines were passed over that are no JSON. `version`: of the events, as the run says it, 0 before.
    Raises OSError when the run is not there.
    """

    def __init__(self, runs: str, run: str) -> None:
        self.run = run
        self.damaged = 0
        self.version = 0
        self._runs = runs
        self._file = open(f"{runs}/{run}/events.jsonl", "rb", buffering=0)  # noqa: SIM115 - closed by close()
        self._decoder = msgspec.json.Decoder(AnyEvent)
        self._rest = b""  # of a line whose end is not written yet
        self._skipping = False  # until the next newline

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def read(self) -> Iterator[Event]:
        """What was added since the last call."""
        while data := self._file.read(_CHUNK):
            *lines, self._rest = (self._rest + data).split(b"\n")
            for line in lines:
                if self._skipping:
                    self._skipping = False
                    continue
                event = self._decoded(line)
                if isinstance(event, RunStarted):
                    self.version = event.version
                if event is not None:
                    yield event
            if len(self._rest) > _LONGEST:
                self._rest, self._skipping = b"", True
                self.damaged += 1

    def live(self) -> bool:
        """Whether the run's lfsmake still runs. What it wrote last may be unread then."""
        return is_live(self._runs, self.run)

    def gone(self) -> bool:
        """Whether the file was removed meanwhile."""
        return os.fstat(self._file.fileno()).st_nlink == 0

    def _decoded(self, line: bytes) -> Event | None:
        try:
            event: Event = self._decoder.decode(line)
        except msgspec.ValidationError:  # of a later version, which has other types
            return None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            self.damaged += 1
            return None
        return event


def newest_live(runs: str) -> str | None:
    """The newest run that is under way."""
    return next((run for run in runs_in(runs) if is_live(runs, run)), None)
