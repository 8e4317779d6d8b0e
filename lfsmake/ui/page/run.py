"""What the page of a run shows, put together for its template. Knows records and geometry, no HTML."""

from typing import Any

from msgspec import Struct

from lfsmake.model.events import Failure
from lfsmake.ui.card import message_of, place_of, rows_of
from lfsmake.ui.figures import Figures, figures, final_failures, last_tests, totals, unexpected
from lfsmake.ui.numbers import decimal, percent, size_or_none, took
from lfsmake.ui.page.geometry import Axis, Curve, axis_of, curve, stairs
from lfsmake.ui.page.geometry import rows_of as timeline_rows
from lfsmake.ui.records import Link, PhaseRecord, RunRecord, StepRecord
from lfsmake.ui.summary import counted, ending

TABLE = 200  # rows of a table
DETAILS = 12  # steps that are shown one by one
CARDS = 25  # failures
NAMES = 40  # names of tests, and of steps in a list

_WORDS = {
    "done": "done", "failed": "failed", "running": "running", "interrupted": "interrupted", "killed": "was killed",
}  # fmt: skip


class Band(Struct, frozen=True):
    """A curve below the timeline: what it is, its value in words, and what its top stands for."""

    name: str
    note: str
    top: str
    curve: Curve
    kind: str


class Detail(Struct, frozen=True):
    """One of the longest steps, by itself: its phases and what it used over its own time."""

    step: StepRecord
    figures: Figures
    phases: tuple[PhaseRecord, ...]
    cores: Curve | None
    memory: Curve | None


class Card(Struct, frozen=True):
    """A failure, its rows as the terminal shows them."""

    place: str
    message: str
    failure: Failure
    rows: tuple[tuple[str, str, bool], ...]  # name, text, whether it is to be copied


def run_context(run: RunRecord, program: str, folder: str) -> dict[str, Any]:
    """The names that run.html uses."""
    axis = axis_of(run)
    rows, rows_left = timeline_rows(run, axis)
    all_figures = figures(run)
    failures = final_failures(run)
    book = [one for one in all_figures if one.book_sbu or one.book_disk]
    sized = sorted((one for one in all_figures if one.size), key=lambda one: -one.size)
    tests = last_tests(run)
    return {
        "run": run,
        "program": program,
        "title": " ".join(run.targets) or run.run,
        "state": _WORDS[run.state],
        "ending": ending(run),
        "counted": counted(run.counts),
        "figures": _tiles(run),
        "cards": [_card(failed.failure, program, folder) for failed in failures[:CARDS]],
        "cards_left": max(0, len(failures) - CARDS),
        "axis": axis,
        "ticks": axis.ticks(),
        "rows": rows,
        "rows_left": rows_left,
        "bands": _bands(run, axis),
        "phases_seen": _phases_seen(run),
        "links": [(link, why(link)) for link in run.critical[-TABLE:]],
        "links_left": max(0, len(run.critical) - TABLE),
        "longest_link": max((link.ended - link.started for link in run.critical), default=0.0) or 1.0,
        "longest": (all_figures[0].took if all_figures else 0.0) or 1.0,
        "slowest": all_figures[:TABLE],
        "slowest_rest": (len(all_figures[TABLE:]), sum(one.took for one in all_figures[TABLE:])),
        "details": _details(run, all_figures[:DETAILS]),
        "book": sorted(book, key=lambda one: -one.took)[:TABLE],
        "book_left": max(0, len(book) - TABLE),
        "sized": sized[:TABLE],
        "sized_left": max(0, len(sized) - TABLE),
        "sized_total": sum(one.size for one in sized),
        "tests": [(test, unexpected(test)) for test in tests],
        "names": NAMES,
        "flaky": [step.step for step in run.steps if step.flaky],
        "recoveries": run.recoveries[:TABLE],
        "recoveries_left": max(0, len(run.recoveries) - TABLE),
        "fetches": run.fetches[: TABLE * 2],
        "fetches_left": max(0, len(run.fetches) - TABLE * 2),
        "notes": [note for note in run.notes if note.level == "warning"][:TABLE],
        "quiet": _quiet(run),
    }


def _tiles(run: RunRecord) -> list[tuple[str, str, str]]:
    """(name, value, what it means beside it)."""
    sums, counts = totals(run), run.counts
    tiles = [("took", took(run.wall), f"{run.jobs} jobs" if run.jobs else "")]
    made = counts.built + counts.unchanged
    tiles.append(("steps built", f"{made:,}", f"of {counts.total:,}" if counts.total else ""))
    if counts.failed:
        tiles.append(("failed", f"{counts.failed:,}", f"{counts.skipped:,} skipped" if counts.skipped else ""))
    if sums.cpu:
        tiles.append(("processor time", took(sums.cpu), f"{percent(sums.busy)} busy" if sums.busy is not None else ""))
    if sums.parallel:
        tiles.append(("steps at once", decimal(sums.parallel), "on average"))
    if sums.memory:
        tiles.append(("memory, at most", size_or_none(sums.memory), f"of {size_or_none(sums.memory_total)}"))
    if sums.layers:
        tiles.append(("layers", size_or_none(sums.layers), ""))
    if run.sbu:
        tiles.append(("one SBU", took(run.sbu), ""))
    return tiles


def _bands(run: RunRecord, axis: Axis) -> list[Band]:
    bands = []
    running = stairs([(at, float(count)) for at, count in run.parallel], axis)
    sums = totals(run)
    if running is not None:
        note = f"{decimal(sums.parallel)} on average"
        bands.append(Band("Steps at once", note, f"{running.most:.0f}", running, "steps"))
    samples = run.machine
    cpu = curve([(one.at, one.cpu) for one in samples], axis, most=1.0)
    if cpu is not None:
        bands.append(Band("Processors", f"{percent(sums.busy)} busy", "100 %", cpu, "cpu"))
    jobs = curve([(one.at, one.jobs) for one in samples], axis, most=float(run.jobs))
    if jobs is not None and run.jobs > 1:
        mean = sum(one.jobs for one in samples) / len(samples)
        bands.append(Band("Jobs in use", f"{decimal(mean)} on average", f"{jobs.most:.0f}", jobs, "jobs"))
    total = max((one.memory_total for one in samples), default=0)
    memory = curve([(one.at, float(one.memory_total - one.memory_free)) for one in samples], axis, most=float(total))
    if memory is not None:
        note = f"at most {size_or_none(sums.memory)}"
        bands.append(Band("Memory", note, size_or_none(round(memory.most)), memory, "memory"))
    return bands


def _phases_seen(run: RunRecord) -> list[str]:
    """The phases that any step had, in their usual order."""
    usual = ("unpack", "prepare", "configure", "build", "check", "install", "capture")
    seen = {phase.phase for step in run.steps for attempt in step.attempts for phase in attempt.phases}
    return [phase for phase in usual if phase in seen]


def why(link: Link) -> str:
    """Why it began no earlier."""
    return {
        "need": f"needs {link.after}",
        "room": f"had no room before {link.after} ended",
        "order": f"followed {link.after}",
        "source": f"waited for {link.after}",
        "retry": "tried again",
    }.get(link.why, "could start at once")


def _details(run: RunRecord, chosen: list[Figures]) -> list[Detail]:
    steps = {step.step: step for step in run.steps}
    details = []
    for one in chosen:
        step = steps[one.step]
        phases = step.attempts[-1].phases
        if not phases and len(step.samples) < 2:
            continue
        begun = step.attempts[0].started
        ended = step.attempts[-1].ended
        axis = Axis(begun, run.last if ended is None else ended)
        cores = curve([(sample.at, sample.cores) for sample in step.samples], axis)
        memory = curve([(sample.at, float(sample.rss)) for sample in step.samples], axis)
        details.append(Detail(step, one, phases, cores, memory))
    return details


def _card(failure: Failure, program: str, folder: str) -> Card:
    found = rows_of(failure, folder=folder, program=program, again=program)
    rows = tuple((row.name, row.text, row.literal) for row in found)
    return Card(place_of(failure, folder), message_of(failure), failure, rows)


def _quiet(run: RunRecord) -> list[tuple[str, list[str], int]]:
    """(heading, some names, how many) of the steps that did not run."""
    lists = []
    for state, words in (
        ("skipped", "Skipped, since what they need failed"),
        ("cancelled", "Stopped"),
        ("waiting", "Not started"),
        ("up-to-date", "Up to date"),
    ):
        names = [step.step for step in run.steps if step.state == state]
        if names:
            lists.append((words, names[: NAMES * 5], len(names)))
    return lists
