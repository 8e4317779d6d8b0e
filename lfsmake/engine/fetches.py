"""The sources that are on their way, and those that could not be had. Knows resources and failures, no steps."""

from collections.abc import Callable, Iterable

from lfsmake.engine.messages import Fetched
from lfsmake.model.events import Failure
from lfsmake.model.step import Resource


class Fetches:
    """What was asked for in one run, and what became of it. Used by the scheduler only."""

    def __init__(self, fetch: Callable[[Resource], None]) -> None:
        self._fetch = fetch
        self._coming: set[Resource] = set()
        self._lost: dict[Resource, Failure] = {}

    def want(self, resources: Iterable[Resource]) -> None:
        """Asks for each that is neither on its way nor lost."""
        for resource in resources:
            if resource not in self._coming and resource not in self._lost:
                self._coming.add(resource)
                self._fetch(resource)

    def ended(self, message: Fetched) -> None:
        """A resource has come, or could not be had."""
        self._coming.discard(message.resource)
        if message.failure is not None:
            self._lost[message.resource] = message.failure

    def coming(self, resources: Iterable[Resource]) -> bool:
        """Whether any of these is still on its way."""
        return any(resource in self._coming for resource in resources)

    def lost(self, resources: Iterable[Resource]) -> Failure | None:
        """Why the first of these that could not be had could not."""
        return next((self._lost[resource] for resource in resources if resource in self._lost), None)

    def forget(self, resources: Iterable[Resource] | None = None) -> None:
        """These, or all, may be asked for again."""
        for resource in list(self._lost) if resources is None else resources:
            self._lost.pop(resource, None)
