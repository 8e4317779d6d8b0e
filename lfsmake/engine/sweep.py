"""Removes work folders behind the run, so that no step's place waits for a slow disk. Knows folders, no steps."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from lfsmake.model.errors import LfsmakeError
from lfsmake.sandbox import remove_tree
from lfsmake.store.store import Store

PATIENCE = 5.0  # seconds
_LOOK = 0.2  # seconds between two looks whether somebody is in a hurry


class Sweeper:
    """One thread that removes what it is given, in that order. The process does not wait for it unless `close` does:
    what is left then is removed by the next run, as after a kill."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._waiting = 0
        self._warnings: list[str] = []
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None

    def remove(self, folder: Path) -> None:
        """Removes a work folder of ours, later."""
        with self._lock:
            self._waiting += 1
        self._put(lambda: self._remove(folder))

    def remove_dead(self) -> None:
        """Removes what lfsmakes that were killed have left, later."""
        self._put(self._find_dead)

    @property
    def busy(self) -> bool:
        """Whether room on the disk is still to come."""
        return self._waiting > 0

    def close(self, hurry: Callable[[], bool], patience: float = PATIENCE) -> Sequence[str]:
        """Waits until all is removed, but no more than `patience` seconds once somebody is in a hurry.

        Returns what could not be removed, in words.
        """
        self._work.put(None)
        while self._thread is not None and self._thread.is_alive() and patience > 0:
            began = time.monotonic()
            self._thread.join(_LOOK)
            patience -= time.monotonic() - began if hurry() else 0.0
        with self._lock:
            return tuple(self._warnings)

    def _put(self, work: Callable[[], None]) -> None:
        self._work.put(work)
        with self._lock:
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sweep", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()

    def _find_dead(self) -> None:
        try:
            for folder in self._store.dead_works():
                with self._lock:
                    self._waiting += 1
                self._remove(folder)
        except LfsmakeError as error:
            self._warn(error)

    def _remove(self, folder: Path) -> None:
        try:
            remove_tree(folder)
        except LfsmakeError as error:
            self._warn(error)
        finally:
            self._store.release_work(folder)
            with self._lock:
                self._waiting -= 1

    def _warn(self, error: LfsmakeError) -> None:
        with self._lock:
            self._warnings.append(error.problems[0].message)
