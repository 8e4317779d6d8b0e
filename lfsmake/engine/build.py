"""Builds and fetches for an open session: settings put together, a run started. Knows the session, not the loop."""

import os
from collections.abc import Callable, Sequence

from lfsmake.engine.ask import Ask
from lfsmake.engine.key import all_resources
from lfsmake.engine.messages import Loaded
from lfsmake.engine.opened import Opened
from lfsmake.engine.run import Run, Settings
from lfsmake.model.events import Event, Invocation
from lfsmake.model.step import EPOCH, Resource


def default_jobs() -> int:
    """The processors this process may use."""
    return len(os.sched_getaffinity(0))


def make_run(
    session: Opened,
    targets: Sequence[str],
    *,
    jobs: int | None,
    on_failure: str = "stop",
    ask: Ask | None = None,
    rebuild: Sequence[str] = (),
    goal: Sequence[str] = (),
    listeners: Sequence[Callable[[Event], None]] = (),
    reload: Callable[[tuple[str, ...]], Loaded | None] | None = None,
) -> Run:
    """A run that is ready to be run. `on_failure`: "stop", "continue", or "ask", which asks `ask`."""
    request = session.request
    settings = Settings(
        jobs=jobs or session.config.jobs or default_jobs(),
        keep_going=on_failure != "stop",
        rebuild=tuple(rebuild),
        runs=session.runs,
        log_keep=session.config.log_keep,
        epoch=EPOCH,
        log_size=session.config.log_size * 1_000_000,
        quota=session.config.quota,
        invocation=Invocation(
            files=request.files,
            options=dict(request.options),
            store=str(session.store.path),
            on_failure=on_failure,
            rebuild=tuple(rebuild),
            goal=tuple(goal),
        ),
    )
    return Run(
        targets=targets,
        graph=session.graph,
        inputs=session.inputs,
        store=session.store,
        settings=settings,
        listeners=listeners,
        reload=reload,
        ask=ask if on_failure == "ask" else None,
        admit=session.admit,
    )


def build(
    session: Opened,
    targets: Sequence[str],
    *,
    jobs: int | None,
    on_failure: str,
    ask: Ask | None,
    rebuild: Sequence[str],
    goal: Sequence[str],
    listeners: Sequence[Callable[[Event], None]],
) -> int:
    """One run. Returns its exit code."""
    run = make_run(
        session,
        targets,
        jobs=jobs,
        on_failure=on_failure,
        ask=ask,
        rebuild=rebuild,
        goal=goal,
        listeners=listeners,
    )
    try:
        return run.run()
    finally:
        session.lock.save()


def fetch(session: Opened, targets: Sequence[str], *, listeners: Sequence[Callable[[Event], None]]) -> int:
    """Every source of the targets and of what they need. Returns the number of files; raises SourceError."""
    from lfsmake.sources.many import ensure_all

    resources: dict[Resource, None] = {}
    for name in session.graph.closure(session.graph.expand(targets)):
        resources.update(dict.fromkeys(all_resources(session.graph.step(name))))

    def emit(event: Event) -> None:
        for listener in listeners:
            listener(event)

    try:
        found = ensure_all(
            list(resources),
            session.store,
            session.lock,
            session.inputs.policy,
            emit=emit,
            cancelled=lambda: False,
        )
    finally:
        session.lock.save()
    return len(found)
