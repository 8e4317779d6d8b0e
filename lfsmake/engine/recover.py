"""What lfsmake does about a failure by itself, and what it has done so far. Knows failures, no threads.

A remedy is chosen from the class and the cause of the failure (`failures.POLICIES` has the classes):

    cause                      remedy                                            how often
    out-of-memory              again with half the jobs, nothing beside it       until one job is left
    disk-full                  unneeded layers are removed, then again           once, if that freed anything
    race                       again with one job                                once
    any other, class retried   again after a delay that doubles                  the recipe's `retry`
"""

import time
from collections.abc import Sequence

from msgspec import Struct

from lfsmake.engine.failures import POLICIES, RETRY_DELAY
from lfsmake.model.events import Failure, Recovery


class Remedy(Struct, frozen=True):
    """How the step is tried again. `action` and `text` are the Recovery event's; `jobs` bounds the next attempt;
    `alone`: nothing may run beside it; `collect`: the store is rid first of what nothing needs."""

    action: str
    text: str
    delay: float = 0.0
    jobs: int | None = None
    alone: bool = False
    collect: bool = False


def remedy(failure: Failure, done: Sequence[Remedy], *, retry: int, jobs: int) -> Remedy | None:
    """What to do about the failure, after the remedies `done`; None where nothing is left.

    `retry`: how often the recipe has a failed step tried again. `jobs`: how many the failed attempt could have.
    """
    actions = [earlier.action for earlier in done]
    if failure.cause == "out-of-memory" and jobs > 1:
        fewer = jobs // 2
        return Remedy("fewer-jobs", f"memory ran out: again with {_jobs(fewer)}, alone", jobs=fewer, alone=True)
    if failure.cause == "disk-full" and "collect" not in actions:
        return Remedy("collect", "the disk is full: making room, then again", collect=True, alone=True)
    if failure.cause == "race" and jobs > 1 and "serial" not in actions:
        return Remedy("serial", "perhaps two jobs of make got into each other's way: again with one job", jobs=1)
    again = actions.count("retry")
    if POLICIES[failure.failure_class].retries and again < retry:
        delay = RETRY_DELAY * 2**again
        return Remedy("retry", f"{failure.message}: again, time {again + 1} of {retry}", delay=delay)
    return None


class Remedies:
    """What was done about the steps of one run. Used by the scheduler only."""

    def __init__(self) -> None:
        self._done: dict[str, list[Remedy]] = {}
        self._failures: dict[str, Failure] = {}

    def find(self, failure: Failure, *, retry: int, jobs: int) -> Remedy | None:
        """The next remedy for the failed step, counted as done; None where nothing is left."""
        done = self._done.setdefault(failure.step, [])
        found = remedy(failure, done, retry=retry, jobs=jobs)
        if found is not None:
            done.append(found)
            self._failures[failure.step] = failure
        return found

    def current(self, step: str) -> Remedy | None:
        """What the step is to be tried again with, or was."""
        done = self._done.get(step)
        return done[-1] if done else None

    def jobs(self, step: str, most: int) -> int:
        """How many jobs the step's next attempt may have, of `most`."""
        return min([most, *(each.jobs for each in self._done.get(step, ()) if each.jobs is not None)])

    def failure(self, step: str) -> Failure:
        """What the last remedy was for."""
        return self._failures[step]

    def tried(self, step: str) -> tuple[str, ...]:
        """What was done about the step so far, in words."""
        return tuple(each.text for each in self._done.get(step, ()))

    def asked(self, step: str, failure: Failure) -> Remedy:
        """The user wants the failed step tried again: as before, with what earlier remedies took from it."""
        done = self._done.setdefault(step, [])
        remedy = Remedy("asked", "again, as you asked", alone=bool(done) and done[-1].alone)
        done.append(remedy)
        self._failures[step] = failure
        return remedy

    def proof(self, step: str) -> Recovery | None:
        """What the success of the step shows, after what was done: that it is flaky, or that it is a race."""
        found = self.current(step)
        if found is None or found.action not in ("retry", "asked", "serial"):
            return None
        if not POLICIES[self._failures[step].failure_class].retries:
            return None  # what was wrong lay outside the step, and may have been put right
        action, text = "flaky", "it failed, and was built unchanged when tried again: it is flaky"
        if found.action == "serial":
            action, text = "race", "it failed with several jobs, not with one: `jobs 1` in its recipe avoids that"
        return Recovery(at=time.time(), step=step, action=action, text=text)

    def clear(self) -> None:
        """Forgets everything: the recipes are others."""
        self._done.clear()
        self._failures.clear()


def _jobs(count: int) -> str:
    return "one job" if count == 1 else f"{count} jobs"
