"""What alerts say: a short subject, and plain text with what a failure card has. Knows events, no receiver."""

from collections.abc import Iterable, Sequence

from msgspec import Struct

from lfsmake.model.events import Failure, RunDone, TestsDone
from lfsmake.ui.text import clip, clock, nice_path, safe, several, size, width

_SUBJECT = 120  # columns; mail programs show less
_LINE = 500
_LINES = 60
_NAMES = 10


class Place(Struct, frozen=True):
    """Where lfsmake runs, for whoever reads the message elsewhere.

    `program` begins the commands to look, such as `lfsmake -f my.lfs`; `again` is the command to go on.
    """

    host: str
    folder: str
    program: str = "lfsmake"
    again: str = "lfsmake"


class Progress(Struct, frozen=True):
    """How far a run is: steps done of all that were stale, seconds since it began."""

    run: str = ""
    targets: tuple[str, ...] = ()
    done: int = 0
    total: int = 0
    seconds: float = 0.0


class Alert(Struct, frozen=True):
    """One message. `words`: of the configuration's events, those it answers; the first is its kind.

    `what` is the subject without the machine's name, `tone` one of "info", "success", "warning", "failure".
    """

    words: tuple[str, ...]
    what: str
    body: str
    tone: str
    host: str = ""

    @property
    def subject(self) -> str:
        """One short line without a control character."""
        where = f" on {self.host}" if self.host else ""
        return _one_line(f"lfsmake: {self.what}", _SUBJECT - width(where)) + where


def failure_alert(words: tuple[str, ...], failure: Failure, place: Place, progress: Progress) -> Alert:
    """A step failed, or what every step needs."""
    who = failure.step or "the run"
    where = f" in its {failure.phase} phase" if failure.phase else ""
    rows: list[tuple[str, str]] = []
    if failure.error is not None:
        at = f" (line {failure.error.log_line:,} of the log)" if failure.error.log_line else ""
        rows += [("error", failure.error.text + at), ("advice", failure.error.advice)]
    else:
        rows += [("log", "\n".join(failure.tail[-5:]))]
    line = f":{failure.line}" if failure.line else ""
    rows += [
        ("recipe", nice_path(failure.file, place.folder) + line if failure.file else ""),
        ("command", failure.command),
        ("tried", "\n".join(failure.tried)),
        ("hint", failure.hint),
    ]
    looks = [f"{place.program} log {failure.step}"] if failure.log else []
    if failure.work:
        looks.append(f"{place.program} shell {failure.step} --failed")
    rows += [("look", "\n".join(looks)), ("go on", place.again)]
    text = f"{who} failed{where}" + (f": {failure.message}" if failure.message else "")
    short = f"{who} failed" + (f" in {failure.phase}" if failure.phase else "")
    return Alert(words, short, _body(text, rows, place, progress), "failure", place.host)


def trouble_alert(words: tuple[str, ...], what: str, place: Place, progress: Progress) -> Alert:
    """Something to look at that is no failure of a step: slow, low, a run that broke off."""
    tone = "failure" if "failure" in words else "warning"
    rows = [("look", f"{place.program} status")]
    return Alert(words, what, _body(what, rows, place, progress), tone, place.host)


def regression_alert(event: TestsDone, place: Place, progress: Progress) -> Alert:
    """Tests failed that are not expected to."""
    count = max(event.failures, len(event.failed))
    what = f"{several(count, 'test')} of {event.step} failed, not expected to"
    rows = [
        ("tests", "\n".join(_some(event.failed))),
        ("counts", f"{event.passed:,} of {event.total:,} passed, {event.skipped:,} skipped"),
        ("look", f"{place.program} log {event.step}"),
    ]
    return Alert(("regression",), what, _body(what, rows, place, progress), "warning", place.host)


def end_alert(
    words: tuple[str, ...], event: RunDone, failed: Sequence[str], place: Place, progress: Progress
) -> Alert:
    """A run ended; `failed` are its failed steps."""
    targets = _targets(progress.targets)
    took = clock(event.wall)
    counts = ", ".join(
        f"{count:,} {word}"
        for count, word in (
            (event.failed, "failed"),
            (event.skipped, "skipped"),
            (event.built, "built"),
            (event.unchanged, "unchanged"),
            (event.up_to_date, "up to date"),
        )
        if count
    )
    if event.exit_code:
        what, tone = f"{targets} failed after {took}", "failure"
    else:
        what, tone = f"{targets} {'is fixed' if 'fixed' in words else 'is done'} after {took}", "success"
    rows = [("steps", counts), ("failed", "\n".join(_some(failed)))]
    if event.exit_code:
        rows += [("look", f"{place.program} status"), ("go on", place.again)]
    text = what + (" (the run before had failed)" if "fixed" in words else "")
    return Alert(words, what, _body(text, rows, place, progress), tone, place.host)


def together(alerts: Sequence[Alert], left_out: int = 0) -> Alert:
    """Several alerts of one kind as one message. `left_out`: how many more there were."""
    first = alerts[0]
    if len(alerts) == 1 and not left_out:
        return first
    what = f"{first.what}, and {len(alerts) - 1 + left_out:,} more"
    heads = [f"- {_one_line(alert.what, _LINE)}" for alert in alerts]
    if left_out:
        heads.append(f"- {left_out:,} more")
    body = "\n".join((*_cut(heads), "", first.body))
    words = tuple(dict.fromkeys(word for alert in alerts for word in alert.words))
    return Alert(words, what, body, first.tone, first.host)


def low(what: str, free: int, limit: int) -> str:
    """`disk is low: 1.9 GB are free, less than 2.1 GB`."""
    return f"{what} is low: {size(free)} are free, less than {size(limit)}"


def _targets(targets: Sequence[str]) -> str:
    more = f" and {len(targets) - 1:,} more" if len(targets) > 1 else ""
    return f"{targets[0]}{more}" if targets else "the run"


def _some(names: Sequence[str]) -> list[str]:
    more = len(names) - _NAMES
    return [*names[:_NAMES], f"and {more:,} more"] if more > 0 else list(names)


def _body(text: str, rows: Iterable[tuple[str, str]], place: Place, progress: Progress) -> str:
    far = f"{progress.done:,} of {several(progress.total, 'step')} done after {clock(progress.seconds)}"
    lines = [*_lines(text), ""]
    for name, value in (*rows, ("where", f"{place.host}:{place.folder}"), ("run", f"{progress.run}, {far}")):
        for at, line in enumerate(_lines(value)):
            lines.append(f"{'' if at else name:<8} {line}")
    return "\n".join(_cut(lines))


def _lines(text: str) -> list[str]:
    return [clip(safe(line).replace("\t", " "), _LINE) for line in text.split("\n") if line.strip()]


def _cut(lines: list[str]) -> list[str]:
    return [*lines[:_LINES], f"({len(lines) - _LINES:,} lines more)"] if len(lines) > _LINES else lines


def _one_line(text: str, limit: int) -> str:
    return clip(safe(" ".join(text.split())), limit)
