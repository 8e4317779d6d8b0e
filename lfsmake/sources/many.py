"""Several resources at once. Knows threads, not origins: each resource is `fetch`'s affair."""

import contextlib
import queue
import threading
import time
from collections.abc import Callable, Sequence

from lfsmake.model.errors import InterruptedRun, Problem, SourceError
from lfsmake.model.events import Event
from lfsmake.model.step import Resource
from lfsmake.sources.choose import Known, resource_id
from lfsmake.sources.fetch import Fetcher, obtain
from lfsmake.sources.lock import LockFile
from lfsmake.sources.problems import SourcesError
from lfsmake.sources.reach import Reach
from lfsmake.sources.transfer import Patience
from lfsmake.store.store import Store

_POLL = 0.1
_FAREWELL = 1.0  # seconds that threads are given to notice the end; what they leave is whole at any time


def ensure_all(
    resources: Sequence[Resource],
    store: Store,
    lock: LockFile,
    policy: str,
    *,
    emit: Callable[[Event], None],
    cancelled: Callable[[], bool],
    parallel: int = 4,
    patience: Patience = Patience(),  # noqa: B008 - a frozen record
) -> dict[str, Known]:
    """The verified files of all `resources`, by `resource_id`, at most `parallel` downloads at a time.

    Raises SourceError with the problems of all resources that failed, after the others came; DiskFullError,
    InterruptedRun and KeyboardInterrupt at once. What was fetched until then stays.
    """
    wanted = {resource_id(resource): resource for resource in resources}
    jobs: queue.SimpleQueue[str] = queue.SimpleQueue()
    results: queue.SimpleQueue[tuple[str, Known | BaseException]] = queue.SimpleQueue()
    stop = threading.Event()
    speaking = threading.Lock()

    def say(event: Event) -> None:
        with speaking:
            if not stop.is_set():
                emit(event)

    fetcher = Fetcher(
        store, lock, policy, say, lambda: stop.is_set() or cancelled(), patience, Reach(store)
    )

    def work() -> None:
        while not stop.is_set():
            try:
                name = jobs.get_nowait()
            except queue.Empty:
                return
            try:
                results.put((name, obtain(wanted[name], fetcher)))
            except BaseException as error:  # the waiting thread decides what becomes of it
                results.put((name, error))

    for name in wanted:
        jobs.put(name)
    # Not an executor's threads: the interpreter would wait for those before it ends after a Ctrl-C.
    threads = [threading.Thread(target=work, daemon=True) for _ in range(min(parallel, len(wanted)))]
    for thread in threads:
        thread.start()
    try:
        return _collect(list(wanted), results, cancelled)
    finally:
        stop.set()
        end = time.monotonic() + _FAREWELL
        for thread in threads:
            thread.join(max(end - time.monotonic(), 0.0))


def _collect(
    names: list[str],
    results: "queue.SimpleQueue[tuple[str, Known | BaseException]]",
    cancelled: Callable[[], bool],
) -> dict[str, Known]:
    got: dict[str, Known] = {}
    problems: dict[str, tuple[Problem, ...]] = {}
    while len(got) + len(problems) < len(names):
        with contextlib.suppress(queue.Empty):
            name, outcome = results.get(timeout=_POLL)
            if isinstance(outcome, SourceError):
                problems[name] = outcome.problems
            elif isinstance(outcome, BaseException):
                raise outcome
            else:
                got[name] = outcome
            continue
        if cancelled():
            raise InterruptedRun("interrupted")
    if problems:
        raise SourcesError(tuple(problem for name in names for problem in problems.get(name, ())))
    return {name: got[name] for name in names}
