"""What each event says in words, a line at a time. Knows no stream, no color and no terminal."""

from typing import NamedTuple

from lfsmake.model.events import (
    Event,
    FetchDone,
    FetchStarted,
    Note,
    PhaseDone,
    PhaseStarted,
    RunDone,
    RunStarted,
    StepCancelled,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
)
from lfsmake.ui.text import about, clock, several, size
from lfsmake.ui.view import RunView


class Line(NamedTuple):
    """A line to print. `severity`: "" for progress, "info", "warning", "error"."""

    text: str
    severity: str = ""


def up_to_date(targets: tuple[str, ...], steps: int) -> str:
    """The one line of a run with nothing to do."""
    if len(targets) == 1:
        return f"lfsmake: {targets[0]} is up to date ({several(steps, 'step')})"
    return f"lfsmake: everything is up to date ({several(steps, 'step')})"


def lines_of(event: Event, view: RunView, *, live: bool, verbose: bool) -> list[Line]:
    """The lines for an event that `view` took in. `live`: what runs is seen elsewhere, only ends count."""
    counted = f"[{len(view.finished)}/{view.total}] " if live and view.total else ""
    if isinstance(event, RunStarted):
        return _started(event, live)
    if isinstance(event, Note):
        who = event.step or "lfsmake"
        if event.level == "warning":
            return [Line(f"{who}: warning: {event.text}", "warning")]
        return [Line(f"{who}: {event.text}", "info")]
    if isinstance(event, FetchStarted):
        return [Line(f"{event.file}: fetching {event.url}", "info")] if verbose else []
    if isinstance(event, FetchDone):
        return [Line(f"{event.file}: fetched ({size(event.size)})")]
    if isinstance(event, StepStarted):
        why = f", {event.reason}" if event.reason else ""
        return [] if live else [Line(f"{event.step}: started{why}")]
    if isinstance(event, PhaseStarted):
        return [Line(f"{event.step}: {event.phase}", "info")] if verbose else []
    if isinstance(event, PhaseDone):
        if not verbose:
            return []
        took = f"{clock(event.wall)} ({clock(event.cpu)} of CPU)"
        return [Line(f"{event.step}: {event.phase} took {took}", "info")]
    if isinstance(event, StepDone):
        return [Line(counted + _done(event))] if event.outcome != "up-to-date" or verbose else []
    if isinstance(event, StepFailed):
        if not event.retrying:
            return []  # its card says it
        when = f" in {about(event.delay)}" if event.delay >= 1 else ""
        return [Line(f"{event.step}: {event.failure.message}; trying again{when}", "warning")]
    if isinstance(event, StepSkipped):
        return [Line(f"{counted}{event.step}: skipped, {event.because} failed")]
    if isinstance(event, StepCancelled):
        return [Line(f"{event.step}: stopped, {event.reason}")]
    if isinstance(event, RunDone):
        return [_over(event, view)]
    return []


def _started(event: RunStarted, live: bool) -> list[Line]:
    if live or (not event.build and not event.maybe):
        return []
    counts = [f"{len(event.build):,} to build"]
    if event.maybe:
        counts.append(f"{len(event.maybe):,} waiting for those")
    rest = event.steps - len(event.build) - len(event.maybe)
    if rest > 0:
        counts.append(f"{rest:,} up to date")
    return [Line(f"lfsmake: {', '.join(counts)}")]


def _done(event: StepDone) -> str:
    if event.outcome == "up-to-date":
        return f"{event.step}: up to date, what it needs came out the same"
    layer = f"{size(event.size)} layer {event.layer[:6]}"
    if event.outcome == "unchanged":
        return f"{event.step}: built in {clock(event.wall)}, nothing changed ({layer})"
    return f"{event.step}: built in {clock(event.wall)} ({layer})"


def _over(event: RunDone, view: RunView) -> Line:
    if event.exit_code == 0 and not event.built and not event.unchanged:
        return Line(up_to_date(view.targets, view.steps))
    counts = [
        f"{count:,} {word}"
        for count, word in (
            (event.failed, "failed"),
            (event.skipped, "skipped"),
            (event.built, "built"),
            (event.unchanged, "unchanged"),
            (event.up_to_date, "up to date"),
        )
        if count
    ]
    interrupted = event.exit_code == 130
    if interrupted:
        counts.insert(0, "interrupted")
    text = f"lfsmake: {', '.join(counts) or 'nothing done'} in {clock(event.wall)}"
    return Line(text, "error" if event.exit_code and not interrupted else "warning" if interrupted else "")
