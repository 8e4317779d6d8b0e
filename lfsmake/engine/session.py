"""The engine's front door: an opened project, and everything that can be done with it. Knows no screen."""

import gc
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from lfsmake.engine.opened import Opened, Request, load, read_configuration
from lfsmake.model.errors import Problem
from lfsmake.model.events import Event
from lfsmake.store.place import cache_folder
from lfsmake.store.store import Store

if TYPE_CHECKING:
    from lfsmake.engine.ask import Ask

__all__ = ["Request", "Session", "load", "open_session", "read_configuration"]


class Session(Opened):
    """The opened project with what changes it: the modules that do so are imported when they are first needed."""

    def build(
        self,
        targets: Sequence[str] = (),
        *,
        jobs: int | None = None,
        on_failure: str = "stop",
        ask: "Ask | None" = None,
        rebuild: Sequence[str] = (),
        goal: Sequence[str] = (),
        listeners: Sequence[Callable[[Event], None]] = (),
    ) -> int:
        """Builds what is stale of the targets. Returns the exit code; failures of steps are events, not exceptions.

        `on_failure`: "stop", "continue", or "ask", which asks `ask` about every step that failed for good.
        """
        from lfsmake.engine.build import build

        wanted = tuple(dict.fromkeys((*self.targets(targets), *rebuild)))
        return build(
            self,
            wanted,
            jobs=jobs,
            on_failure=on_failure,
            ask=ask,
            rebuild=rebuild,
            goal=goal,
            listeners=listeners,
        )

    def watch(
        self,
        targets: Sequence[str] = (),
        *,
        jobs: int | None = None,
        on_failure: str = "stop",
        listeners: Sequence[Callable[[Event], None]] = (),
    ) -> int:
        """Builds, and builds again whenever a file the recipes are made of changes. Ends with Ctrl-C (130)."""
        from lfsmake.engine.watch import watch

        return watch(self, targets, jobs=jobs, on_failure=on_failure, listeners=listeners)

    def fetch(self, targets: Sequence[str] = (), *, listeners: Sequence[Callable[[Event], None]] = ()) -> int:
        """Has every source of the targets, and of all they need, in the store. Returns how many files there are."""
        from lfsmake.engine.build import fetch

        return fetch(self, self.targets(targets), listeners=listeners)

    def shell(self, step: str, *, failed: bool = False, command: Sequence[str] = ()) -> int:
        """A shell, or a command, in the step's own root and environment. Returns its exit status."""
        from lfsmake.engine.look import shell

        (name,) = self._one_step(step)
        return shell(self, name, failed=failed, command=command)

    def export(self, target: str, destination: Path) -> int:
        """The target's layers, and those it needs at run time, as one plain tree. Returns the number of files."""
        from lfsmake.engine.look import export

        return export(self, target, destination)

    def verify(self) -> tuple[Problem, ...]:
        """Every layer and source hashed again; a problem for each that is not what it should be."""
        from lfsmake.engine.look import check_store

        return check_store(self)


def open_session(request: Request) -> Session:
    """Opens the project the request means: its configuration, its recipes, its store. Raises LfsmakeError."""
    config, absent = read_configuration(request)
    project = load(config, request.options)
    gc.freeze()  # the project stays for as long as the process: looking for garbage in it is lost time
    where = request.store or config.store or f"{cache_folder(os.environ)}/store"
    return Session(request, config, project, Store.open(Path(os.path.expanduser(where))), absent)
