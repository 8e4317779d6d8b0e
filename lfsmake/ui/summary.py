"""A run in a few lines for a terminal or a pipe. Knows records, no stream; what does not fit is in the page."""

from lfsmake.ui.card import describe_status, message_of, place_of
from lfsmake.ui.comparison import Comparison, RunFacts
from lfsmake.ui.figures import figures, final_failures, last_tests, totals, unexpected
from lfsmake.ui.numbers import difference, moment, took
from lfsmake.ui.records import Counts, RunRecord
from lfsmake.ui.text import clock, nice_path, safe, several, size

SLOWEST = 8
FAILURES = 5


def ending(run: RunRecord) -> str:
    """How the run stands in words: `done in 4:12`, `failed after 0:07`, `running for 1:10`."""
    return _ending(run.state, run.wall)


def ending_of(run: RunFacts) -> str:
    """The same of one of two runs that are compared."""
    return _ending(run.state, run.wall)


def _ending(state: str, wall: float) -> str:
    words = {"done": "done in", "running": "running for", "killed": "was killed after about"}
    return f"{words.get(state, state + ' after')} {clock(wall)}"


def counted(counts: Counts) -> str:
    """`1 failed, 3 built, 2 up to date`, or "nothing done"."""
    pairs = (
        (counts.failed, "failed"), (counts.skipped, "skipped"), (counts.running, "running"), (counts.built, "built"),
        (counts.unchanged, "unchanged"), (counts.cancelled, "cancelled"), (counts.waiting, "not started"),
        (counts.up_to_date, "up to date"),
    )  # fmt: skip
    return ", ".join(f"{count:,} {word}" for count, word in pairs if count) or "nothing done"


def summary(run: RunRecord, *, folder: str = "", program: str = "lfsmake") -> list[str]:
    """The lines: how it ended, where its time went, what failed, and what to do about it."""
    targets = safe(" ".join(run.targets)) or "targets unknown"
    lines = [f"run       {run.run}: {targets}, begun {moment(run.started)}, {ending(run)}"]
    lines.append(f"steps     {counted(run.counts)}")
    lines += _used(run) + _critical(run) + _slowest(run)
    lines += _failures(run, folder, program) + _tests(run) + _oddities(run)
    lines.append(f"more      {program} report {run.run} --html report.html")
    return lines


def comparison_summary(both: Comparison) -> list[str]:
    """Two runs beside each other: the whole, what became slower or faster, what fails anew or no longer."""
    lines = []
    for word, run in (("before", both.before), ("after", both.after)):
        lines.append(f"{word:<10}{run.run}: {safe(' '.join(run.targets))}, {_ending(run.state, run.wall)}")
        lines.append(f"          {counted(run.counts)}")
    for word, found in (
        ("new", both.failures_new), ("failing", both.failures_both), ("mended", both.failures_mended),
        ("lost", both.failures_lost),
    ):  # fmt: skip
        for place, failed in enumerate(found[:FAILURES]):
            lines.append(f"{word if not place else '':<10}{safe(message_of(failed.failure))}")
        if len(found) > FAILURES:
            lines.append(f"          and {len(found) - FAILURES:,} more")
    for change in both.tests:
        if change.new:
            names = ", ".join(safe(name) for name in change.new[:3]) + (", …" if len(change.new) > 3 else "")
            lines.append(f"tests     {safe(change.step)}: failing since: {names}")
        if change.gone:
            lines.append(f"tests     {safe(change.step)}: {len(change.gone):,} no longer failing")
    return lines + _changed(both)


def _changed(both: Comparison) -> list[str]:
    changes = [change for change in both.steps if change.difference is not None]
    cells = [
        (
            safe(change.step),
            took(change.before.took),
            "→",
            took(change.after.took),
            difference(change.difference),
            f"{change.factor:.2f} ×" if change.factor else "",
        )
        for change in changes[: SLOWEST * 2]
        if change.before and change.after
    ]
    if not cells:
        return []
    widths = [max(len(cell[at]) for cell in cells) for at in range(6)]
    lines = [
        ("steps     " if place == 0 else " " * 10)
        + "  ".join(
            text.ljust(width) if at == 0 else text.rjust(width)
            for at, (text, width) in enumerate(zip(cell, widths, strict=True))
        )
        for place, cell in enumerate(cells)
    ]
    if len(changes) > len(cells):
        lines.append(f"          and {len(changes) - len(cells):,} that differ less")
    return lines


def _used(run: RunRecord) -> list[str]:
    sums = totals(run)
    if not sums.cpu and not sums.parallel:
        return []
    parts = [f"{clock(sums.cpu)} of processor time", f"{sums.parallel:.1f} steps at once"]
    if sums.busy is not None:
        parts.append(f"processors {sums.busy:.0%} busy")
    if sums.memory:
        parts.append(f"at most {size(sums.memory)} of memory in use")
    return [f"used      {', '.join(parts)}"]


def _critical(run: RunRecord) -> list[str]:
    if len(run.critical) < 2:
        return []
    names = [f"{safe(link.step)} {clock(link.ended - link.started)}" for link in run.critical]
    if len(names) > 12:
        names = [*names[:5], f"{len(names) - 10:,} more", *names[-5:]]
    return [f"critical  {' → '.join(names)}"]


def _slowest(run: RunRecord) -> list[str]:
    rows = figures(run)[:SLOWEST]
    if not rows:
        return []
    cells = []
    for row in rows:
        sbu = f"{row.sbu:.1f} SBU" if row.sbu >= 0.05 else ""
        book = f"book {row.book_sbu:.1f}" if sbu and row.book_sbu else ""
        cells.append(
            (safe(row.step), took(row.took), f"{row.cores:.1f} cores", size(row.rss) if row.rss else "",
             size(row.size) if row.size else "", sbu, book)
        )  # fmt: skip
    widths = [max(len(cell[at]) for cell in cells) for at in range(7)]
    return [
        ("slowest   " if place == 0 else " " * 10)
        + "  ".join(
            text.ljust(width) if at == 0 else text.rjust(width)
            for at, (text, width) in enumerate(zip(cell, widths, strict=True))
            if width
        ).rstrip()
        for place, cell in enumerate(cells)
    ]


def _failures(run: RunRecord, folder: str, program: str) -> list[str]:
    lines = []
    found = final_failures(run)
    for failed in found[:FAILURES]:
        failure = failed.failure
        lines.append(f"failed    {safe(place_of(failure, folder))}: {safe(message_of(failure))}")
        if failure.error is not None:
            lines.append(f"          {safe(failure.error.text.strip())}")
        elif describe_status(failure.status) and describe_status(failure.status) != failure.message:
            lines.append(f"          {describe_status(failure.status)}")
        if failure.log:
            lines.append(f"          {nice_path(failure.log, folder)}")
    if len(found) > FAILURES:
        lines.append(f"          and {len(found) - FAILURES:,} more: `{program} report {run.run} --markdown`")
    return lines


def _tests(run: RunRecord) -> list[str]:
    lines = []
    for test in last_tests(run):
        bad = unexpected(test)
        if bad:
            names = ", ".join(safe(name) for name in test.failed[:3]) + (", …" if len(test.failed) > 3 else "")
            which = f": {names}" if names else ""
            lines.append(f"tests     {safe(test.step)}: {several(bad, 'regression')} of {test.total:,}{which}")
        if test.vanished:
            lines.append(f"tests     {safe(test.step)}: {len(test.vanished):,} expected to fail did not")
    more = len(lines) - FAILURES
    return [*lines[:FAILURES], f"          and {more:,} more steps with such"] if more > 1 else lines


def _oddities(run: RunRecord) -> list[str]:
    lines = [f"recovery  {safe(one.step)}: {safe(one.text)}" for one in run.recoveries[:FAILURES]]
    if len(run.recoveries) > FAILURES:
        lines.append(f"          and {len(run.recoveries) - FAILURES:,} more")
    flaky = [safe(step.step) for step in run.steps if step.flaky]
    if flaky:
        lines.append(f"flaky     {' '.join(flaky)}")
    if run.newer:
        lines.append("note      a newer lfsmake wrote this run: there may be more to it")
    if run.damaged:
        lines.append(f"note      {several(run.damaged, 'line')} of its events could not be read")
    return lines
