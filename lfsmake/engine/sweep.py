"""Removes work folders behind the run, so that no step's place waits for a slow disk. Knows folders, no steps."""

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from lfsmake.model.errors import LfsmakeError
from lfsmake.sandbox import remove_tree
from lfsmake.store.store import Store


class Sweeper:
    """One thread that removes what it is given, in that order."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._waiting = 0
        self._warnings: list[str] = []
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="sweep")

    def remove(self, folder: Path) -> None:
        """Removes a work folder of ours, later."""
        with self._lock:
            self._waiting += 1
        self._thread.submit(self._remove, folder)

    def remove_dead(self) -> None:
        """Removes what lfsmakes that were killed have left, later."""
        self._thread.submit(self._find_dead)

    @property
    def busy(self) -> bool:
        """Whether room on the disk is still to come."""
        return self._waiting > 0

    def close(self) -> Sequence[str]:
        """Waits until all is removed. Returns what could not be, in words."""
        self._thread.shutdown(wait=True)
        return self._warnings

    def _find_dead(self) -> None:
        try:
            for folder in self._store.dead_works():
                with self._lock:
                    self._waiting += 1
                self._remove(folder)
        except LfsmakeError as error:
            self._warnings.append(error.problems[0].message)

    def _remove(self, folder: Path) -> None:
        try:
            remove_tree(folder)
        except LfsmakeError as error:
            self._warnings.append(error.problems[0].message)
        finally:
            self._store.release_work(folder)
            with self._lock:
                self._waiting -= 1
