"""What becomes of steps in a run: the states of one, the counts of all. Data only; `schedule` is the one writer."""

from enum import Enum

from msgspec import Struct


class State(Enum):
    """Where a step is in this run."""

    WAITING = "waiting"  # for a step below it
    FETCHING = "fetching"  # for a source
    READY = "ready"
    RUNNING = "running"
    DONE = "done"
    ASKED = "asked"  # it failed, and the user is asked what to do about it
    FAILED = "failed"
    SKIPPED = "skipped"  # because something below it failed
    CANCELLED = "cancelled"


ENDED = {State.DONE, State.FAILED, State.SKIPPED, State.CANCELLED}


class Totals(Struct):
    """How many steps ended how."""

    built: int = 0
    unchanged: int = 0
    up_to_date: int = 0
    failed: int = 0
    skipped: int = 0
