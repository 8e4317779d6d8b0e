"""Every error a user can meet, with its place, its hint and its exit code. Knows no terminal: `ui` renders them."""

from typing import ClassVar

from msgspec import Struct

EXIT_OK = 0
EXIT_STEP = 1
EXIT_RECIPE = 2
EXIT_ENVIRONMENT = 3
EXIT_SOURCE = 4
EXIT_INTERNAL = 70  # EX_SOFTWARE of sysexits(3): a bug of ours, reported without a traceback
EXIT_INTERRUPTED = 130


class Span(Struct, frozen=True):
    """A place in a text file. Lines and columns count from 1; `end_column` is one past the last character."""

    file: str
    line: int
    column: int
    end_line: int = 0
    end_column: int = 0


class Problem(Struct, frozen=True):
    """One thing that is wrong, ready to be shown.

    `message` is one sentence without a full stop; `expected` completes "expected …"; `hint` is what to do;
    `source` is the text of the line at `span`, kept because the file may change before it is shown.
    """

    message: str
    span: Span | None = None
    expected: str = ""
    hint: str = ""
    source: str = ""
    severity: str = "error"  # or "warning"


class LfsmakeError(Exception):
    """The base of all errors a user can cause. Carries at least one `Problem`."""

    exit_code: ClassVar[int] = EXIT_INTERNAL
    failure_class: ClassVar[str] = "internal"

    def __init__(
        self,
        message: str,
        *,
        span: Span | None = None,
        expected: str = "",
        hint: str = "",
        source: str = "",
    ) -> None:
        super().__init__(message)
        self.problems: tuple[Problem, ...] = (Problem(message, span, expected, hint, source),)

    @property
    def hint(self) -> str:
        """The first problem's hint."""
        return self.problems[0].hint


class RecipeError(LfsmakeError):
    """The recipes, or the project's configuration, say something that cannot be."""

    exit_code = EXIT_RECIPE
    failure_class = "recipe"


class RecipeErrors(RecipeError):  # noqa: N818 - several, and the plural says so
    """Several problems found in one go; the exception's text is the first one's."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


class BookErrors(RecipeErrors):
    """The book's XML cannot be read, or asks for what a book must not."""


class UsageError(LfsmakeError):
    """The command line asks for something that does not exist or does not fit."""

    exit_code = EXIT_RECIPE
    failure_class = "recipe"


class HostError(LfsmakeError):
    """The machine lacks something: a tool, disk, memory, a kernel feature, a permission."""

    exit_code = EXIT_ENVIRONMENT
    failure_class = "environment"


class HostErrors(HostError):  # noqa: N818 - as above
    """Several host requirements unmet, reported together."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems[0].message)
        self.problems = problems


class SandboxError(HostError):
    """The sandbox cannot be had; the message names the cause and the hint the cure."""


class StoreError(HostError):
    """The store cannot be used: newer version, unreadable, corrupt, locked."""


class DiskFullError(HostError):
    """A write failed for want of space; nothing half-written stays."""


class SourceError(LfsmakeError):
    """A source could not be had, or is not what its digest says."""

    exit_code = EXIT_SOURCE
    failure_class = "source"


class ConflictError(LfsmakeError):
    """Two layers of one root bring the same path with different contents."""

    exit_code = EXIT_STEP
    failure_class = "conflict"


class StepError(LfsmakeError):
    """A step's command failed."""

    exit_code = EXIT_STEP
    failure_class = "step"


class InterruptedRun(LfsmakeError):  # noqa: N818 - nothing went wrong
    """The user stopped the run."""

    exit_code = EXIT_INTERRUPTED
    failure_class = "interrupted"
