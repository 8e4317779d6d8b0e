"""What each class of failure means: retried or not, remembered or not, which exit code. A table, nothing else."""

from msgspec import Struct

from lfsmake.model.errors import (
    EXIT_ENVIRONMENT,
    EXIT_INTERNAL,
    EXIT_INTERRUPTED,
    EXIT_RECIPE,
    EXIT_SOURCE,
    EXIT_STEP,
)


class Policy(Struct, frozen=True):
    """`retries`: whether the recipe's `retry` applies. `exit_code`: of a run whose first failure is of this class."""

    retries: bool
    exit_code: int
    meaning: str


POLICIES: dict[str, Policy] = {
    "recipe": Policy(False, EXIT_RECIPE, "the recipe says something that cannot be"),
    "source": Policy(False, EXIT_SOURCE, "a source could not be had; the origins have their own retries"),
    "environment": Policy(False, EXIT_ENVIRONMENT, "the machine lacks something: disk, memory, a tool, a feature"),
    "step": Policy(True, EXIT_STEP, "a command of the step failed"),
    "test": Policy(True, EXIT_STEP, "the step was built, and its check failed"),
    "timeout": Policy(True, EXIT_STEP, "the step took longer than its limit"),
    "conflict": Policy(False, EXIT_STEP, "two layers of one root bring the same path"),
    "interrupted": Policy(False, EXIT_INTERRUPTED, "the user stopped the run"),
    "internal": Policy(False, EXIT_INTERNAL, "a bug of lfsmake"),
}

RETRY_DELAY = 1.0  # seconds before a failed step starts again, doubled each time
