"""What is put together from the lines: suites, their counts, the names of what failed. Knows no form of output."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable

from msgspec import Struct

from lfsmake.engine.testlogs.lines import Line

MOST_NAMES = 10_000  # of one suite: beyond that they are only counted
_LONGEST_NAME = 300

Handler = Callable[[Line], None]


class Suite(Struct, frozen=True):
    """One summary's worth of results. `first` and `last` are places in the log.

    `passed` counts what the suite itself expects to fail, too. `failed` are names, as often as they failed; `ended`:
    there was a summary, and what stands before it fits.
    """

    style: str
    first: int
    last: int
    passed: int
    skipped: int
    failures: int
    failed: tuple[str, ...] = ()
    ended: bool = True

    @property
    def total(self) -> int:
        """All tests."""
        return self.passed + self.skipped + self.failures

    def within(self, others: Iterable["Suite"]) -> bool:
        """Whether it is the output of a test of one of the others."""
        return any(other is not self and other.first <= self.first and self.last <= other.last for other in others)


class Names:
    """Names of failed tests in the order they came."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._seen: set[str] = set()

    def add(self, name: str, *, once: bool = False) -> None:
        """One more; with `once` not if it is there already."""
        name = tidy(name)
        if len(self._names) < MOST_NAMES and name and not (once and name in self._seen):
            self._names.append(name)
            self._seen.add(name)

    def has(self, name: str) -> bool:
        """Whether it is there."""
        return tidy(name) in self._seen

    def take(self) -> tuple[str, ...]:
        """All of them; none are left."""
        names = tuple(self._names)
        self._names, self._seen = [], set()
        return names

    def __len__(self) -> int:
        return len(self._names)


class Style(ABC):
    """A form of output. `suites` holds what was found so far; `finish` closes what the log left open."""

    def __init__(self) -> None:
        self.suites: list[Suite] = []

    @abstractmethod
    def handlers(self) -> dict[str, Handler]:
        """For each kind of line it wants, what takes it."""

    @abstractmethod
    def finish(self) -> None:
        """The log is over."""


def tidy(name: str) -> str:
    """A test's name as it is compared: blanks count as one, and nobody writes more than a few hundred characters."""
    return " ".join(name.split())[:_LONGEST_NAME]


def number(text: str | None) -> int:
    """The number that a log says, 0 for none; one of absurd length is none."""
    return int(text) if text and len(text) <= 9 and text.isascii() and text.isdigit() else 0
