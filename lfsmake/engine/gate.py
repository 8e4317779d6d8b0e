"""Whether a ready step may start now: tokens, memory, disk, what its last failure asks for. Starts nothing."""

import time
from collections.abc import Callable, Sequence

from lfsmake.engine.admission import lacks_disk, memory_shortage
from lfsmake.engine.jobserver import Jobserver
from lfsmake.engine.messages import Hooks
from lfsmake.engine.recover import Remedies
from lfsmake.model.events import Failure, Recovery
from lfsmake.model.step import Step
from lfsmake.store.store import Store

PAUSE = 0.5  # seconds between two looks at a shortage


class Gate:
    """Judges one step at a time, and tells once what each waits for. Used by the scheduler only."""

    def __init__(self, store: Store, jobserver: Jobserver, remedies: Remedies, hooks: Hooks) -> None:
        self._store = store
        self._jobserver = jobserver
        self._remedies = remedies
        self._hooks = hooks
        self._not_before = 0.0  # on the clock that only goes on: a shortage is not looked at all the time
        self._told: dict[str, str] = {}  # step → the action it was told of

    def opens(self, step: Step, threads: int, keys: Callable[[], Sequence[str]]) -> bool | Failure:
        """True: it may start, and a token is taken for it. False: later. A Failure: it cannot.

        `threads` steps run now. `keys` are those of the steps whose layers this run needs.
        """
        if threads >= self._jobserver.jobs or (threads and time.monotonic() < self._not_before):
            return False
        if threads == 0:
            self._jobserver.reset()  # a killed make may have kept some
        elif not self._jobserver.take():
            return False
        answer = self._room(step, threads, keys)
        if answer is not True:
            if threads:
                self._jobserver.give()
            if answer is False:
                self._not_before = time.monotonic() + PAUSE
        elif self._told.get(step.name, "").startswith("wait-"):
            del self._told[step.name]
        return answer

    def _room(self, step: Step, threads: int, keys: Callable[[], Sequence[str]]) -> bool | Failure:
        failure = lacks_disk(step, str(self._store.path))
        if failure is not None and (threads or self._hooks.clearing()):
            self._tell(step, "wait-disk", f"{failure.message}: waits for what others will free")
            return False
        found = self._remedies.current(step.name)
        if threads and found is not None and found.alone:
            return False
        if found is not None and found.collect and self._told.get(step.name) != found.action:
            freed = self._hooks.collect(keys())
            if not freed:
                return self._remedies.failure(step.name)
            self._tell(step, found.action, f"{freed >> 20} MB of what nothing needs were removed from the store")
            failure = lacks_disk(step, str(self._store.path))
        if failure is not None:
            return failure
        shortage = memory_shortage(step, self._store.last_trace(step.name)) if threads else ""
        if shortage:
            self._tell(step, "wait-memory", shortage)
        return not shortage

    def _tell(self, step: Step, action: str, text: str) -> None:
        if self._told.get(step.name) != action:
            self._told[step.name] = action
            self._hooks.emit(Recovery(at=time.time(), step=step.name, action=action, text=text))
