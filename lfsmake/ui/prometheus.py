"""A run as metrics in Prometheus' text form, for a file that the node exporter reads or for an answer over HTTP.

Knows the history of a run; the file it writes is whole at any moment.
"""

import math
import time
from collections.abc import Iterable

from lfsmake.model.errors import HostError
from lfsmake.model.events import Event, RunDone, RunStarted
from lfsmake.ui.figures import unexpected
from lfsmake.ui.folding import Step
from lfsmake.ui.history import History
from lfsmake.ui.saving import check_writable, save

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
PERIOD = 15.0  # seconds between two writings of the file
STEPS = 1000  # that have metrics of their own
_STATES = ("waiting", "running", "built", "unchanged", "up-to-date", "failed", "skipped", "cancelled")

Sample = tuple[dict[str, str], float]


class MetricsFile:
    """A listener of a run's events that keeps a file of metrics. Raises HostError at once if it cannot be written;
    later the run goes on without it, and each time is tried anew."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._history = History()
        self._written = -math.inf  # on the clock that only goes on
        check_writable(path)

    def __call__(self, event: Event) -> None:
        """Takes the event in, and writes if it is time to."""
        self._history.apply(event)
        edge = isinstance(event, RunStarted | RunDone)
        if edge or time.monotonic() - self._written >= PERIOD:
            self._written = time.monotonic()
            try:
                save(self._path, metrics_text(self._history).encode("utf-8", "replace"))
            except HostError:
                return


def metrics_text(history: History, *, live: bool = True) -> str:
    """All metrics of the run; of none, only that there is none. `live`: somebody still writes the run's events."""
    lines: list[str] = []
    run, done = history.run, history.done
    running = run is not None and done is None and live
    _add(lines, "lfsmake_run_running", "gauge", "1 while a run goes on", [({}, float(running))])
    if run is None:
        return "".join(lines)
    info = {"run": run.run, "targets": " ".join(run.targets), "version": run.lfsmake}
    _add(lines, "lfsmake_run_info", "gauge", "The run that the other metrics are of", [(info, 1.0)])
    _run(lines, history)
    _machine(lines, history)
    _steps(lines, history)
    return "".join(lines)


def _run(lines: list[str], history: History) -> None:
    run, done = history.run, history.done
    if run is None:
        return
    seconds = [
        ("lfsmake_run_start_time_seconds", "When the run began, since the epoch", run.at),
        ("lfsmake_run_last_event_time_seconds", "When the run last said anything, since the epoch", history.last),
    ]
    if done is not None:
        seconds += [
            ("lfsmake_run_end_time_seconds", "When the run ended, since the epoch", done.at),
            ("lfsmake_run_duration_seconds", "How long the run took", done.wall),
            ("lfsmake_run_exit_code", "The exit code of the run", float(done.exit_code)),
        ]
    if history.sbu > 0:
        seconds.append(("lfsmake_sbu_seconds", "What one SBU takes on this machine", history.sbu))
    for name, text, value in seconds:
        _add(lines, name, "gauge", text, [({}, value)])
    states = dict.fromkeys(_STATES, 0)
    for step in history.steps.values():
        states[step.state] = states.get(step.state, 0) + 1
    _add(lines, "lfsmake_steps", "gauge", "Steps of the run by state",
         [({"state": state}, float(count)) for state, count in states.items()])  # fmt: skip
    flaky = sum(step.flaky for step in history.steps.values())
    _add(lines, "lfsmake_steps_flaky", "gauge", "Steps that failed and then passed unchanged", [({}, float(flaky))])
    _count(lines, "lfsmake_failures_total", "Failures of steps, those that were tried again among them", "class",
           (failed.failure.failure_class for failed in history.failures))  # fmt: skip
    _count(lines, "lfsmake_recoveries_total", "What was done about failures and shortages", "action",
           (recovery.action for recovery in history.recoveries))  # fmt: skip
    fetched = sum(fetch.size for fetch in history.fetches.values() if fetch.ended is not None)
    _add(lines, "lfsmake_fetched_bytes_total", "counter", "Bytes of sources that were fetched", [({}, float(fetched))])


def _machine(lines: list[str], history: History) -> None:
    if history.run is not None:
        _add(lines, "lfsmake_jobs", "gauge", "Jobs that all steps have together", [({}, float(history.run.jobs))])
    points = history.machine.points()
    if not points:
        return
    last = points[-1]
    for name, text, value in (
        ("lfsmake_jobs_used", "Jobs that run", float(last.jobs)),
        ("lfsmake_machine_cpu_busy_ratio", "Share of all processors that is busy", last.cpu),
        ("lfsmake_machine_memory_available_bytes", "Memory to be had without swapping", float(last.memory_free)),
        ("lfsmake_machine_memory_bytes", "Memory of the machine", float(last.memory_total)),
        ("lfsmake_store_available_bytes", "Free on the file system of the store", float(last.disk_free)),
    ):
        _add(lines, name, "gauge", text, [({}, value)])
    pressures = (("cpu", last.pressure_cpu), ("memory", last.pressure_memory), ("io", last.pressure_io))
    known: list[Sample] = [({"resource": name}, value) for name, value in pressures if value >= 0]
    _add(lines, "lfsmake_machine_pressure_ratio", "gauge", "Share of ten seconds in which something waited", known)


def _steps(lines: list[str], history: History) -> None:
    """What ran, each by itself, the newest if there are too many; a scraper pays for every label value."""
    ran = [step for step in history.steps.values() if step.running_since is not None or step.attempts]
    left_out = max(0, len(ran) - STEPS)
    ran = ran[left_out:]
    now = [step for step in ran if step.running_since is not None]
    done = [step for step in ran if step.done is not None and step.done.outcome != "up-to-date"]
    _add(lines, "lfsmake_step_start_time_seconds", "gauge", "When a running step began, since the epoch",
         [({"step": step.name, "phase": step.phase}, step.running_since or 0.0) for step in now])  # fmt: skip
    _add(lines, "lfsmake_step_expected_seconds", "gauge", "What a running step is expected to take",
         [({"step": step.name}, step.expected) for step in now if step.expected > 0])  # fmt: skip
    for name, text, at in (
        ("lfsmake_step_duration_seconds", "How long a step took", 0),
        ("lfsmake_step_cpu_seconds", "Processor time of a step", 1),
        ("lfsmake_step_memory_peak_bytes", "The most memory a step had", 2),
        ("lfsmake_step_read_bytes", "What a step read from disks", 3),
        ("lfsmake_step_written_bytes", "What a step wrote to disks", 4),
    ):
        _add(lines, name, "gauge", text, [({"step": step.name}, float(step.used[at])) for step in done])
    _add(lines, "lfsmake_step_layer_bytes", "gauge", "Size of a step's layer", [_layer(step) for step in done])
    _add(lines, "lfsmake_steps_left_out", "gauge", "Steps that ran and have no metrics of their own",
         [({}, float(left_out))])  # fmt: skip
    tests: list[Sample] = []
    for test in {test.step: test for test in history.tests}.values():
        results = {
            "passed": test.passed, "skipped": test.skipped, "expected": len(test.expected),
            "regression": unexpected(test), "vanished": len(test.vanished),
        }  # fmt: skip
        tests += [({"step": test.step, "result": result}, float(count)) for result, count in results.items()]
    _add(lines, "lfsmake_step_tests", "gauge", "Tests of a step by result", tests)


def _layer(step: Step) -> Sample:
    return {"step": step.name}, float(step.done.size if step.done else 0)


def _count(lines: list[str], name: str, text: str, label: str, values: Iterable[str]) -> None:
    counts: dict[str, int] = {}
    for value in values:
        counts[value] = counts.get(value, 0) + 1
    _add(lines, name, "counter", text, [({label: value}, float(count)) for value, count in counts.items()])


def _add(lines: list[str], name: str, kind: str, text: str, samples: list[Sample]) -> None:
    """A metric with its help and type; nothing if there is nothing to say."""
    if not samples:
        return
    lines += [f"# HELP {name} {text}\n", f"# TYPE {name} {kind}\n"]
    for labels, value in samples:
        inner = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels.items())
        lines.append(f"{name}{{{inner}}} {_number(value)}\n" if inner else f"{name} {_number(value)}\n")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _number(value: float) -> str:
    if not math.isfinite(value):
        return "NaN"
    return str(int(value)) if value == int(value) else repr(value)
