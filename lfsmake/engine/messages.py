"""What the threads of a run tell the loop, and what the loop asks of them. Types only."""

from collections.abc import Callable, Mapping, Sequence
from enum import Enum

from msgspec import Struct

from lfsmake.engine.execute import Running
from lfsmake.engine.graph import Graph
from lfsmake.engine.inputs import Inputs
from lfsmake.engine.plan import Planner
from lfsmake.model.events import Event, Failure
from lfsmake.model.plan import CacheKey, PlanStep, Trace
from lfsmake.model.step import Resource
from lfsmake.sources.choose import Known


class State(Enum):
    """Where a step is in this run."""

    WAITING = "waiting"  # for a step below it
    FETCHING = "fetching"  # for a source
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SKIPPED = "skipped"  # because something below it failed
    CANCELLED = "cancelled"


ENDED = {State.DONE, State.FAILED, State.SKIPPED, State.CANCELLED}


class Ended(Struct, frozen=True):
    """Message: a step's thread is over, with a trace or a failure, or neither when it was cancelled.

    `outcome` is StepDone's: with a trace, which is in the store by then, "built", "unchanged", or "up-to-date" when
    another lfsmake built it while this one waited.
    """

    step: str
    running: Running
    trace: Trace | None = None
    outcome: str = ""
    failure: Failure | None = None


class Fetched(Struct, frozen=True):
    """Message: a resource was fetched, or could not be."""

    resource: Resource
    known: Known | None = None
    failure: Failure | None = None


class Changed(Struct, frozen=True):
    """Message: watched files changed."""

    paths: tuple[str, ...]


class Retry(Struct, frozen=True):
    """Message: a failed step's delay is over."""

    step: str


class Interrupt(Struct, frozen=True):
    """Message: a signal asks the run to end. Raised as KeyboardInterrupt by the loop, between two messages."""


Message = Ended | Fetched | Changed | Retry | Interrupt | Event


Loaded = tuple[Graph, Inputs, Planner]  # recipes read anew


class Hooks(Struct, frozen=True):
    """What the loop has done for it. `launch` and `fetch` return at once and post a message when they end."""

    launch: Callable[[str, PlanStep, CacheKey, Mapping[str, str], Running, str], None]
    fetch: Callable[[Resource], None]
    emit: Callable[[Event], None]
    log_path: Callable[[str], str]
    clearing: Callable[[], bool]  # whether work folders are still being removed
    collect: Callable[[Sequence[str]], int]  # removes what no step needs, least of all these keys; gives the bytes
    reload: Callable[[tuple[str, ...]], Loaded | None] | None = None


class Totals(Struct):
    """How many steps ended how."""

    built: int = 0
    unchanged: int = 0
    up_to_date: int = 0
    failed: int = 0
    skipped: int = 0
