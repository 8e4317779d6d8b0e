"""A run, or two beside each other, as Markdown to paste. Knows records; what came from outside is escaped."""

import re
from collections.abc import Iterable, Sequence

from lfsmake.model.events import Failure
from lfsmake.ui.card import message_of, place_of
from lfsmake.ui.comparison import Comparison
from lfsmake.ui.figures import figures, final_failures, last_tests, totals, unexpected
from lfsmake.ui.numbers import NONE, decimal, difference, moment, percent, size_or_none, took
from lfsmake.ui.page.run import why
from lfsmake.ui.page.two import facts_rows, failure_lists
from lfsmake.ui.records import RunRecord
from lfsmake.ui.summary import counted, ending
from lfsmake.ui.text import clock, safe, several

ROWS = 40  # of a table
_SPECIAL = re.compile(r"([\\`*_\[\]<>|#~&])")


def run_markdown(run: RunRecord) -> str:
    """The report of a run."""
    lines = [f"# {plain(' '.join(run.targets) or run.run)}: {ending(run)}", ""]
    lines += [f"Run {run.run}, begun {moment(run.started)}, {plain(counted(run.counts))}.", ""]
    if run.damaged:
        lines += [f"{several(run.damaged, 'line')} of its events could not be read.", ""]
    if run.newer:
        lines += ["A newer lfsmake wrote this run: there may be more to it.", ""]
    lines += _whole(run)
    lines += _failed([failed.failure for failed in final_failures(run)])
    lines += _critical(run) + _steps(run) + _tests(run) + _recoveries(run) + _sources(run)
    return "\n".join(lines).rstrip() + "\n"


def comparison_markdown(both: Comparison) -> str:
    """The report of two runs."""
    title = plain(" ".join(both.after.targets) or both.after.run)
    lines = [f"# {title}: {both.before.run} and {both.after.run}", ""]
    lines += _table(("", "before", "after", "difference"), facts_rows(both), "lllr")
    for heading, found in failure_lists(both):
        if found:
            lines += [f"## {heading}", ""]
            lines += [f"- {plain(message_of(failed.failure))}" for failed in found] + [""]
    compared = [change for change in both.steps if change.difference is not None and change.before and change.after]
    rows = [
        (change.step, took(change.before.took), took(change.after.took), difference(change.difference),
         f"{decimal(change.factor, 2)} ×", size_or_none(change.before.size), size_or_none(change.after.size))
        for change in compared[:ROWS]
        if change.before and change.after
    ]  # fmt: skip
    if rows:
        lines += ["## Steps", ""]
        lines += _table(
            ("step", "before", "after", "difference", "factor", "layer before", "after"), rows, "lrrrrrr"
        )
        lines += _left(len(compared))
    for change in both.tests:
        if change.new:
            lines += [f"Failing since, of {plain(change.step)}: {_names(change.new)}", ""]
        if change.gone:
            lines += [f"No longer failing, of {plain(change.step)}: {_names(change.gone)}", ""]
    return "\n".join(lines).rstrip() + "\n"


def plain(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", safe(text).replace("\n", " "))


def code(text: str) -> str:
    """A code span, with as many backticks as it takes."""
    text = safe(text).replace("\n", " ")
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    room = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{room}{text}{room}{fence}"


def block(lines: Iterable[str]) -> list[str]:
    """A fenced block that nothing in it ends."""
    body = [safe(line) for line in lines]
    longest = max((len(run) for line in body for run in re.findall("`+", line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [fence, *body, fence, ""]


def _whole(run: RunRecord) -> list[str]:
    sums = totals(run)
    rows = [
        ("took", took(run.wall)),
        ("jobs", str(run.jobs or NONE)),
        ("processor time", took(sums.cpu or None)),
        ("steps at once", decimal(sums.parallel)),
        ("processors busy", percent(sums.busy)),
        ("memory, at most", size_or_none(sums.memory)),
        ("layers", size_or_none(sums.layers)),
        ("one SBU", took(run.sbu or None)),
    ]
    return _table(("", ""), [row for row in rows if row[1] != NONE], "lr")


def _failed(failures: Sequence[Failure]) -> list[str]:
    lines = ["## What failed", ""] if failures else []
    for failure in failures[:ROWS]:
        lines += [f"### {plain(message_of(failure))}", ""]
        known = [
            ("at", code(place_of(failure)) if failure.file else ""),
            ("class", plain(failure.failure_class + (f", {failure.cause}" if failure.cause else ""))),
            ("command", code(failure.command) if failure.command else ""),
            ("hint", plain(failure.hint)),
            ("log", code(failure.log) if failure.log else ""),
        ]
        lines += [f"- {name}: {text}" for name, text in known if text]
        lines += [f"- changed: {plain(text)}" for text in failure.changes[:10]]
        lines += [f"- tried: {plain(text)}" for text in failure.tried]
        lines.append("")
        if failure.error is not None:
            lines += block(failure.error.context or (failure.error.text,))
            if failure.error.advice:
                lines += [plain(failure.error.advice), ""]
        elif failure.tail:
            lines += block(failure.tail)
    return lines + _left(len(failures))


def _critical(run: RunRecord) -> list[str]:
    rows = [
        (link.step, clock(link.started - run.started), took(link.ended - link.started), why(link))
        for link in run.critical[-ROWS:]
    ]
    if not rows:
        return []
    return ["## Critical path", "", *_table(("step", "began at", "took", "why not earlier"), rows, "lrrl")]


def _steps(run: RunRecord) -> list[str]:
    found = figures(run)
    if not found:
        return []
    rows = [
        (one.step, one.state, took(one.took), percent(one.share), took(one.cpu), size_or_none(one.rss),
         size_or_none(one.size), decimal(one.sbu, 2), decimal(one.book_sbu, 2))
        for one in found[:ROWS]
    ]  # fmt: skip
    head = ("step", "result", "took", "share", "CPU time", "memory", "layer", "SBU", "by the book")
    return ["## Steps", "", *_table(head, rows, "llrrrrrrr"), *_left(len(found))]


def _tests(run: RunRecord) -> list[str]:
    tests = last_tests(run)
    if not tests:
        return []
    rows = [
        (test.step, f"{test.total:,}", f"{test.passed:,}", f"{test.skipped:,}", str(len(test.expected)),
         f"{unexpected(test):,}")
        for test in tests[:ROWS]
    ]  # fmt: skip
    lines = ["## Tests", ""]
    lines += _table(("step", "tests", "passed", "skipped", "failed as expected", "regressions"), rows, "lrrrrr")
    for test in tests:
        if test.failed:
            lines += [f"Not expected to fail, of {plain(test.step)}: {_names(test.failed)}", ""]
        if test.vanished:
            lines += [f"Expected to fail and did not, of {plain(test.step)}: {_names(test.vanished)}", ""]
    return lines


def _recoveries(run: RunRecord) -> list[str]:
    flaky = [step.step for step in run.steps if step.flaky]
    if not run.recoveries and not flaky:
        return []
    lines = ["## Recoveries", ""]
    lines += [f"- {plain(one.step)}: {plain(one.text)}" for one in run.recoveries[:ROWS]]
    lines += [f"- flaky: {_names(flaky)}"] if flaky else []
    return [*lines, "", *_left(len(run.recoveries))]


def _sources(run: RunRecord) -> list[str]:
    rows = [(fetch.file, size_or_none(fetch.size), fetch.url) for fetch in run.fetches[:ROWS]]
    if not rows:
        return []
    return ["## Sources fetched", "", *_table(("file", "size", "from"), rows, "lrl"), *_left(len(run.fetches))]


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(code(name) for name in names[:ROWS])
    return f"{shown} and {len(names) - ROWS:,} more" if len(names) > ROWS else shown


def _left(count: int) -> list[str]:
    return [f"and {count - ROWS:,} more", ""] if count > ROWS else []


def _table(head: Sequence[str], rows: Iterable[Sequence[str]], sides: str) -> list[str]:
    marks = {"l": "---", "r": "--:"}
    lines = [f"| {' | '.join(head)} |", f"| {' | '.join(marks[side] for side in sides)} |"]
    return [*lines, *(f"| {' | '.join(plain(cell) for cell in row)} |" for row in rows), ""]
