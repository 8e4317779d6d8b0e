"""What the threads of a run tell the loop, and what the loop asks of them. Types only."""

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from lfsmake.engine.execute import Running
from lfsmake.engine.graph import Graph
from lfsmake.engine.inputs import Inputs
from lfsmake.engine.plan import Planner
from lfsmake.model.events import Event, Failure
from lfsmake.model.plan import CacheKey, PlanStep, Trace
from lfsmake.model.step import Resource
from lfsmake.sources.choose import Known


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


class Answer(Struct, frozen=True):
    """Message: what the user wants done about a failed step: "continue" (without it), "retry" or "quit"."""

    step: str
    word: str


class Interrupt(Struct, frozen=True):
    """Message: a signal asks the run to end. Raised as KeyboardInterrupt by the loop, between two messages."""


Message = Ended | Fetched | Changed | Retry | Answer | Interrupt | Event


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
    ask: Callable[[str, Failure], None] | None = None  # what to do about a failed step; an Answer comes of it
