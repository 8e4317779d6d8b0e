"""What a check phase came to: its tests, and whether it has passed. Knows one step's log and recipe, runs nothing."""

import time
from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from lfsmake.engine.testlogs.read import TestReport, read_tests
from lfsmake.engine.testlogs.verdict import Comparison, compare, excuses, message
from lfsmake.model.events import Event, Failure, Note, TestsDone
from lfsmake.model.step import Body, Step

_MOST = 1000  # names of each kind in an event
_CLOSERS = frozenset(("done", "fi", "esac", ")", "}", ";;"))


class Outcome(Struct, frozen=True):
    """A check's end: what to tell, and the failure it is in the end, None if it has passed."""

    events: tuple[Event, ...]
    failure: Failure | None


def judge_check(
    step: Step, bodies: Sequence[Body], failure: Failure | None, *, log: str, start: int, work: str
) -> Outcome:
    """The outcome of a check that ran `bodies` and ended with `failure`, if with any.

    `log` and the folder `work` are absolute; the check's part of the log begins at byte `start`. Raises OSError.
    """
    report = read_tests(log, start)
    if report is None:
        text = "no results of tests were found in what its check printed: `fails` says nothing about it"
        note = Note(at=time.time(), step=step.name, text=text, level="warning")
        return Outcome((note,) if step.fails and failure is None else (), failure)
    compared = compare(report, step.fails)
    event = TestsDone(
        at=time.time(),
        step=step.name,
        style=report.style,
        total=report.total,
        passed=report.passed,
        skipped=report.skipped,
        failed=compared.regressions[:_MOST],
        expected=compared.expected[:_MOST],
        vanished=compared.vanished[:_MOST],
        failures=report.failures,
    )
    where = bodies[-1].span
    if failure is None and step.fails and compared.new:  # the shell hides it: make check || true
        failure = Failure("test", step.name, "check", "", log=log, work=work, file=where.file, line=where.line)
    return Outcome((event,), _failure(step, bodies, failure, report, compared) if failure is not None else None)


def _failure(
    step: Step, bodies: Sequence[Body], failure: Failure, report: TestReport, compared: Comparison
) -> Failure | None:
    """What becomes of a failure once the results are known."""
    known = bool(step.fails)
    if failure.failure_class != "test" or not report.failures:
        return failure
    if compared.new:
        cause = "regression" if known else "test-failed"
        hint = failure.hint or _hint(compared)
        return replace(failure, message=message(report, compared, known=known), cause=cause, hint=hint)
    command, last = command_at(bodies, failure)
    why = excuses(report, compared, command) or ("" if last else "what stands behind that command did not run")
    if not why:
        return None
    return replace(failure, message=f"{failure.message}, and not only by tests that are expected to fail: {why}")


def _hint(compared: Comparison) -> str:
    """How to say that they are known to fail."""
    if not 0 < len(compared.regressions) <= 3 or compared.nameless:
        return "" if compared.nameless else "if they are known to fail, name them in the recipe: fails"
    names = " ".join('"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"' for name in compared.regressions)
    which = "it is" if len(compared.regressions) == 1 else "they are"
    return f"if {which} known to fail, say so in the recipe: fails {names}"


def command_at(bodies: Sequence[Body], failure: Failure) -> tuple[str, bool]:
    """The command that failed, as the recipe has it, and whether nothing stands behind it."""
    body = bodies[-1]
    offset = failure.line - body.span.line
    lines = body.text.split("\n")
    if not failure.command or body.span.file != failure.file or not 0 <= offset < len(lines):
        return failure.command, False
    end = offset
    while end + 1 < len(lines) and lines[end].endswith("\\"):
        end += 1
    whole = " ".join(line.removesuffix("\\").strip() for line in lines[offset : end + 1])
    last = all(_says_nothing(line) for line in lines[end + 1 :])
    piped = failure.command.startswith("… | ")
    command = whole if piped else failure.command
    behind = whole if piped else whole.partition(" ".join(failure.command.split()))[2]
    if not piped and failure.command.split() and not behind and not whole.endswith(failure.command.split()[-1]):
        behind = whole  # bash spells it in another way
    return command, last and all(_says_nothing(part) for part in behind.split(";")[1:])


def _says_nothing(line: str) -> bool:
    """Whether no command stands in it."""
    text = line.partition(" #")[0].strip() if not line.lstrip().startswith("#") else ""
    return not text or text.partition(" ")[0] in _CLOSERS
