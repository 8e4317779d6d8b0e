"""The failures of a run as files in its folder: failure.json for programs, failure.md for a report. Sees events only.

Both are written anew with every failure, whole or not at all. A step that is built after all is taken out again, and
with the last one the files go.
"""

import contextlib
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from lfsmake.model.errors import LfsmakeError
from lfsmake.model.events import Event, Failure, RunStarted, StepDone, StepFailed
from lfsmake.ui.card import CHANGES, message_of, place_of, rows_of
from lfsmake.ui.text import about, safe

VERSION = 1  # of failure.json; rises when a field changes its meaning or goes
JSON, MARKDOWN = "failure.json", "failure.md"


class FailedStep(Struct, frozen=True):
    """A step that failed for good. `host`: what the tools of the host that it uses say of their versions."""

    step: str
    at: float  # seconds since the epoch
    wall: float  # seconds it took
    failure: Failure
    host: dict[str, str] = {}


class FailureReport(Struct, frozen=True):
    """All of failure.json. `machine`: kernel, architecture, distribution, processors and memory, in words."""

    version: int
    run: str
    lfsmake: str
    started: float
    targets: tuple[str, ...]
    jobs: int
    options: dict[str, str]
    machine: dict[str, str]
    failures: tuple[FailedStep, ...]


class FailureFiles:
    """A listener of one run's events, or of several in turn.

    `runs` is the folder of all runs. `host` gives what a step's host tools say of themselves. `program` and `again`
    are the commands to look and to go on. A folder that cannot be written costs the files, not the run.
    """

    def __init__(
        self, runs: str, host: Callable[[str], Mapping[str, str]], *, program: str = "lfsmake", again: str = "lfsmake"
    ) -> None:
        self._runs = runs
        self._host = host
        self._program = program
        self._again = again
        self._started: RunStarted | None = None
        self._failed: dict[str, FailedStep] = {}

    def __call__(self, event: Event) -> None:
        """Take in one event."""
        if isinstance(event, RunStarted):
            self._started, self._failed = event, {}
        elif isinstance(event, StepFailed) and not event.retrying:
            host: dict[str, str] = {}
            with contextlib.suppress(LfsmakeError):  # the store's: what is wrong with it shows where it matters
                host = dict(self._host(event.step))
            self._failed[event.step] = FailedStep(event.step, event.at, event.wall, event.failure, host)
            self._write()
        elif isinstance(event, StepDone) and self._failed.pop(event.step, None) is not None:
            self._write()

    def _write(self) -> None:
        run = self._started
        if run is None:
            return
        folder = Path(self._runs, run.run)
        if not self._failed:
            for name in (JSON, MARKDOWN):
                with contextlib.suppress(OSError):
                    (folder / name).unlink()
            return
        import msgspec

        report = FailureReport(
            version=VERSION, run=run.run, lfsmake=run.lfsmake, started=run.at, targets=run.targets, jobs=run.jobs,
            options=run.invocation.options, machine=machine(), failures=tuple(self._failed.values()),
        )  # fmt: skip
        _replace(folder / JSON, msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n")
        text = markdown(report, program=self._program, again=self._again)
        _replace(folder / MARKDOWN, text.encode("utf-8", "replace"))


def machine() -> dict[str, str]:
    """What a failure may depend on besides the recipes. Names nobody and no host."""
    seen = os.uname()
    found = {"kernel": f"{seen.sysname} {seen.release}", "architecture": seen.machine}
    for path in ("/etc/os-release", "/usr/lib/os-release"):
        with contextlib.suppress(OSError):
            text = Path(path).read_text(encoding="utf-8", errors="replace")
            pairs = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
            found["distribution"] = pairs.get("PRETTY_NAME", pairs.get("NAME", "")).strip("\"'")
            break
    found["processors"] = str(len(os.sched_getaffinity(0)))
    with contextlib.suppress(OSError, ValueError):
        found["memory"] = f"{os.sysconf('SC_PHYS_PAGES') * os.sysconf('SC_PAGE_SIZE') >> 20} MB"
    return found


def markdown(report: FailureReport, *, program: str = "lfsmake", again: str = "lfsmake") -> str:
    """The report as Markdown, to be pasted into a bug report."""
    failures = report.failures
    title = failures[0].step if len(failures) == 1 and failures[0].step else f"{len(failures)} steps"
    lines = [f"# {_text(title)} failed", ""]
    rows = [("lfsmake", report.lfsmake), ("run", report.run), ("targets", " ".join(report.targets))]
    rows += [("jobs", str(report.jobs))]
    rows += [("options", " ".join(f"{name}={value}" for name, value in report.options.items()))]
    rows += report.machine.items()
    lines += ["| | |", "| --- | --- |", *(f"| {name} | {_text(value)} |" for name, value in rows if value)]
    for failed in failures:
        lines += _failed_lines(failed, program, again)
    return "\n".join(lines) + "\n"


def _failed_lines(failed: FailedStep, program: str, again: str) -> Iterator[str]:
    failure = failed.failure
    yield from ("", f"## {_text(failed.step or 'A source')}", "")
    took = f" after {about(failed.wall)}" if failed.wall >= 1 else ""
    yield f"{_text(message_of(failure))}{took} (class `{failure.failure_class}`{_cause(failure)})."
    card = [f"{place_of(failure)}: error: {message_of(failure)}"]
    for row in rows_of(failure, program=program, again=again):
        card.append(f"  {row.name:<7}  " + row.text.rstrip("\n").replace("\n", "\n" + " " * 11))
    if failure.hint:
        card.append(f"hint: {failure.hint}")
    yield from ("", *_fenced(card))
    if failure.error is not None and failure.error.context:
        yield from ("", f"The first error, line {failure.error.log_line:,} of the log:", "")
        yield from _fenced(failure.error.context)
    if failure.tail:
        yield from ("", "The end of the log:", "", *_fenced(failure.tail))
    if len(failure.changes) > CHANGES:
        yield from ("", "Everything that differs from the last success:", "")
        yield from (f"- {_text(change)}" for change in failure.changes)
    if failed.host:
        yield from ("", "Tools of the host:", "", *_fenced([f"{name}: {says}" for name, says in failed.host.items()]))


def _cause(failure: Failure) -> str:
    return f", cause `{failure.cause}`" if failure.cause else ""


def _fenced(lines: Sequence[str]) -> list[str]:
    """The lines as they are, between fences that none of them closes."""
    texts = [safe(line) for line in lines]
    longest = max((len(run) for text in texts for run in _runs_of_ticks(text)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}text", *texts, fence]


def _runs_of_ticks(text: str) -> list[str]:
    return "".join(char if char == "`" else " " for char in text).split()


def _text(text: str) -> str:
    """Prose in which nothing is markup."""
    return "".join(f"\\{char}" if char in "\\`*_[]<>#|" else char for char in safe(text).replace("\n", " "))


def _replace(path: Path, content: bytes) -> None:
    """The file is the old one or the new one at any instant. A full disk leaves the old one."""
    part = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with contextlib.suppress(OSError):
            part.unlink()
