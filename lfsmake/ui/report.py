"""What each event says in words, a line at a time. Knows no stream, no color and no terminal."""

from typing import NamedTuple

from lfsmake.model.events import (
    Event,
    Failure,
    FetchDone,
    FetchFailed,
    FetchStarted,
    Note,
    PhaseDone,
    PhaseStarted,
    Recovery,
    RunAdopted,
    RunDone,
    RunStarted,
    StepCancelled,
    StepDone,
    StepFailed,
    StepSkipped,
    StepStarted,
    TestsDone,
)
from lfsmake.ui.eta import eta_text
from lfsmake.ui.text import about, clip, clock, several, size
from lfsmake.ui.view import RunView

_NAMES = 5  # tests that are named in a line
_ERROR = 200  # columns of an error in a line


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
    if isinstance(event, FetchFailed):
        return [Line(f"{event.file}: cannot be had", "warning")]
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
        failure = event.failure
        where = f"failed in its {failure.phase} phase: " if failure.phase else ""
        return [Line(f"{event.step}: {where}{failure.message}{_first(failure)}", "warning")]
    if isinstance(event, Recovery):
        return [_recovery(event)]
    if isinstance(event, TestsDone):
        return [_tests(event)]
    if isinstance(event, RunAdopted):
        return [] if live else _counts(event)
    if isinstance(event, StepSkipped):
        return [Line(f"{counted}{event.step}: skipped, {event.because} failed")]
    if isinstance(event, StepCancelled):
        return [Line(f"{event.step}: stopped, {event.reason}")]
    if isinstance(event, RunDone):
        return [_over(event, view)]
    return []


def heartbeat(view: RunView, now: float) -> str:
    """What runs and how long still, for a log in which nothing else was said for a while; "" if nothing runs."""
    if not view.running and not view.fetching:
        return ""
    parts = [
        " ".join(filter(None, (step, running.phase, clock(now - running.started))))
        + (f" of {clock(running.expected)}" if running.expected >= 1 else "")
        for step, running in sorted(view.running.items(), key=lambda item: item[1].started)
    ]
    parts += [f"fetching {file}" for file in view.fetching]
    done = f"{len(view.finished):,} of {several(view.total, 'step')} done" if view.total else ""
    left = eta_text(view.remaining(now), view.sbu) if view.total else ""
    return f"lfsmake: {'; '.join(filter(None, (done, ', '.join(parts), left)))}"


def _started(event: RunStarted, live: bool) -> list[Line]:
    return [] if live or (not event.build and not event.maybe) else _counts(event)


def _counts(event: RunStarted | RunAdopted) -> list[Line]:
    counts = [f"{len(event.build):,} to build"]
    if event.maybe:
        counts.append(f"{len(event.maybe):,} waiting for those")
    rest = event.steps - len(event.build) - len(event.maybe)
    if rest > 0:
        counts.append(f"{rest:,} up to date")
    return [Line(f"lfsmake: {', '.join(counts)}")]


def _first(failure: Failure) -> str:
    """The first real error, for what is tried again has no card; "" if the message says it, or nobody knows it."""
    error = " ".join(failure.error.text.split()) if failure.error is not None else ""
    return f": {clip(error, _ERROR, '...')}" if error and error not in failure.message else ""


def _recovery(event: Recovery) -> Line:
    """What lfsmake does by itself."""
    later = f", in {about(event.delay)}" if event.delay >= 1 else ""
    return Line(f"{event.step or 'lfsmake'}: {event.text}{later}", "warning")


def _tests(event: TestsDone) -> Line:
    """`gcc: 120,000 tests: 119,000 passed, 3 failed (a, b, c), 12 failed as expected`."""
    fresh = max(len(event.failed), event.failures - len(event.expected))
    counts = [f"{event.passed:,} passed"]
    if fresh:
        counts.append(f"{fresh:,} failed{_named(event.failed)}")
    if event.expected:
        counts.append(f"{len(event.expected):,} failed as expected")
    if event.skipped:
        counts.append(f"{event.skipped:,} skipped")
    if event.vanished:
        counts.append(f"{len(event.vanished):,} no longer {'fails' if len(event.vanished) == 1 else 'fail'}"
                      f"{_named(event.vanished)}")  # fmt: skip
    return Line(f"{event.step}: {several(event.total, 'test')}: {', '.join(counts)}", "warning" if fresh else "")


def _named(tests: tuple[str, ...]) -> str:
    if not tests:
        return ""
    more = f", +{len(tests) - _NAMES:,}" if len(tests) > _NAMES else ""
    return f" ({', '.join(tests[:_NAMES])}{more})"


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
            (len(view.flaky), "flaky"),
        )
        if count
    ]
    interrupted = event.exit_code == 130
    if interrupted:
        counts.insert(0, "interrupted")
    text = f"lfsmake: {', '.join(counts) or 'nothing done'} in {clock(event.wall)}"
    return Line(text, "error" if event.exit_code and not interrupted else "warning" if interrupted else "")
