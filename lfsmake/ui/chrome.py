"""A run as a trace in the form that Chrome began and Perfetto opens. Knows records; writes no file.

Process 1 is lfsmake: a thread for each step that ran at once, with the step and its phases in it, and one for each
download. Process 2 is the machine: counters. Times are microseconds since the start of the run.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from lfsmake.ui.lanes import lanes
from lfsmake.ui.records import Attempt, FetchRecord, RunRecord, StepRecord

_LFSMAKE, _MACHINE = 1, 2
_DOWNLOADS = 10_000  # the first thread of downloads


def chrome_trace(run: RunRecord) -> str:
    """The JSON object form: `traceEvents` and what is known of the run."""
    events = [*_names(run), *_steps(run), *_downloads(run), *_instants(run), *_counters(run)]
    events.sort(key=lambda event: (event.get("ts", -1.0), -event.get("dur", 0.0)))
    return msgspec.json.encode(
        {
            "traceEvents": events,
            "displayTimeUnit": "ms",
            "otherData": {
                "run": run.run, "targets": " ".join(run.targets), "lfsmake": run.lfsmake, "state": run.state,
                "started": run.started,
            },
        }
    ).decode()  # fmt: skip


def _end(run: RunRecord, ended: float | None) -> float:
    return run.last if ended is None else ended


def _since(run: RunRecord, at: float) -> float:
    """Microseconds since the start, never before it."""
    return round(max(0.0, at - run.started) * 1e6, 1)


def _attempts(run: RunRecord) -> list[tuple[StepRecord, Attempt]]:
    return [(step, attempt) for step in run.steps for attempt in step.attempts]


def _lanes_of(run: RunRecord) -> list[int]:
    return lanes([(attempt.started, _end(run, attempt.ended)) for _, attempt in _attempts(run)])


def _fetch_lanes(run: RunRecord) -> list[int]:
    return lanes([(fetch.started, _end(run, fetch.ended)) for fetch in run.fetches])


def _names(run: RunRecord) -> Iterator[dict[str, Any]]:
    def named(kind: str, process: int, thread: int, **what: object) -> dict[str, Any]:
        return {"ph": "M", "name": kind, "pid": process, "tid": thread, "args": what}

    yield named("process_name", _LFSMAKE, 0, name=f"lfsmake {' '.join(run.targets)}")
    yield named("process_sort_index", _LFSMAKE, 0, sort_index=0)
    yield named("process_name", _MACHINE, 0, name="machine")
    yield named("process_sort_index", _MACHINE, 0, sort_index=1)
    for lane in range(max(_lanes_of(run), default=-1) + 1):
        yield named("thread_name", _LFSMAKE, lane + 1, name=f"steps {lane + 1}")
        yield named("thread_sort_index", _LFSMAKE, lane + 1, sort_index=lane)
    for lane in range(max(_fetch_lanes(run), default=-1) + 1):
        yield named("thread_name", _LFSMAKE, _DOWNLOADS + lane, name=f"downloads {lane + 1}")
        yield named("thread_sort_index", _LFSMAKE, _DOWNLOADS + lane, sort_index=_DOWNLOADS + lane)


def _steps(run: RunRecord) -> Iterator[dict[str, Any]]:
    critical = {(link.step, link.started) for link in run.critical}
    for (step, attempt), lane in zip(_attempts(run), _lanes_of(run), strict=True):
        begun, ended = attempt.started, max(attempt.started, _end(run, attempt.ended))
        known = {
            "outcome": attempt.outcome, "reason": step.reason, "critical": (step.step, begun) in critical,
            "cpu": step.cpu, "rss": step.rss, "layer": step.layer, "size": step.size,
        }  # fmt: skip
        yield _complete(run, step.step, "step", begun, ended, lane + 1, known)
        for phase in attempt.phases:
            # a viewer nests what lies within: a phase must not stick out of its step by a rounding
            start = min(max(phase.started, begun), ended)
            stop = ended if phase.wall is None else min(start + phase.wall, ended)
            known = {
                "step": step.step, "cpu": phase.cpu, "rss": phase.rss, "read": phase.read, "written": phase.written,
            }  # fmt: skip
            yield _complete(run, phase.phase, "phase", start, stop, lane + 1, known)


def _downloads(run: RunRecord) -> Iterator[dict[str, Any]]:
    def known(fetch: FetchRecord) -> dict[str, Any]:
        return {"url": fetch.url, "size": fetch.size or fetch.done, "complete": fetch.ended is not None}

    for fetch, lane in zip(run.fetches, _fetch_lanes(run), strict=True):
        ended = _end(run, fetch.ended)
        yield _complete(run, fetch.file, "download", fetch.started, ended, _DOWNLOADS + lane, known(fetch))


def _complete(
    run: RunRecord, name: str, kind: str, begun: float, ended: float, thread: int, known: dict[str, Any]
) -> dict[str, Any]:
    start = _since(run, begun)
    return {
        "ph": "X", "name": name, "cat": kind, "pid": _LFSMAKE, "tid": thread,
        "ts": start, "dur": round(max(0.0, _since(run, ended) - start), 1), "args": known,
    }  # fmt: skip


def _instants(run: RunRecord) -> Iterator[dict[str, Any]]:
    threads: dict[str, int] = {}
    for (step, _), lane in zip(_attempts(run), _lanes_of(run), strict=True):
        threads[step.step] = lane + 1
    for failed in run.failures:
        failure = failed.failure
        known = {"message": failure.message, "class": failure.failure_class, "phase": failure.phase}
        if failure.error is not None:
            known["error"] = failure.error.text
        yield _instant(run, f"{failed.step or 'the run'} failed", "failure", failed.at, threads.get(failed.step), known)
    for done in run.recoveries:
        known = {"text": done.text, "action": done.action}
        yield _instant(run, f"{done.step}: {done.action}", "recovery", done.at, threads.get(done.step), known)


def _instant(
    run: RunRecord, name: str, kind: str, at: float, thread: int | None, known: dict[str, Any]
) -> dict[str, Any]:
    """On the step's thread, or over the whole process."""
    return {
        "ph": "i", "s": "p" if thread is None else "t", "name": name, "cat": kind, "pid": _LFSMAKE,
        "tid": thread or 0, "ts": _since(run, at), "args": known,
    }  # fmt: skip


def _counters(run: RunRecord) -> Iterator[dict[str, Any]]:
    for one in run.machine:
        at = _since(run, one.at)
        values: dict[str, dict[str, float]] = {
            "processors": {"busy %": round(one.cpu * 100, 1)},
            "memory": {"used MB": round((one.memory_total - one.memory_free) / 1e6)},
            "jobs": {"in use": one.jobs},
            "disk": {"free MB": round(one.disk_free / 1e6)},
        }
        pressures = (("processors", one.pressure_cpu), ("memory", one.pressure_memory), ("disks", one.pressure_io))
        for name, pressure in pressures:
            if pressure >= 0:
                values[f"waiting for {name}"] = {"%": round(pressure * 100, 1)}
        for name, known in values.items():
            yield {"ph": "C", "name": name, "pid": _MACHINE, "tid": 0, "ts": at, "args": known}
    for since, count in run.parallel:
        yield {"ph": "C", "name": "steps", "pid": _LFSMAKE, "tid": 0, "ts": _since(run, since), "args": {"run": count}}
