"""What the page of two runs shows, put together for its template. Knows the comparison, no HTML."""

from typing import Any

from lfsmake.ui.card import message_of, place_of
from lfsmake.ui.comparison import Comparison, RunFacts
from lfsmake.ui.numbers import NONE, decimal, difference, percent, size_or_none, took
from lfsmake.ui.summary import counted, ending_of

TABLE = 200  # rows
NAMES = 40


def comparison_context(both: Comparison) -> dict[str, Any]:
    """The names that comparison.html uses."""
    compared = [change for change in both.steps if change.difference is not None]
    others = [change for change in both.steps if change.difference is None]
    return {
        "both": both,
        "title": " ".join(both.after.targets) or both.after.run,
        "runs": [("before", both.before, ending_of(both.before)), ("after", both.after, ending_of(both.after))],
        "facts": facts_rows(both),
        "compared": compared[:TABLE],
        "compared_left": max(0, len(compared) - TABLE),
        "most": max((abs(change.difference or 0.0) for change in compared), default=0.0) or 1.0,
        "others": others[:TABLE],
        "others_left": max(0, len(others) - TABLE),
        "failures": [
            (heading, [(place_of(failed.failure), message_of(failed.failure), failed.failure) for failed in found])
            for heading, found in failure_lists(both)
            if found
        ],
        "tests": [change for change in both.tests if change.new or change.gone or change.before or change.after],
        "sizes": [
            change
            for change in both.steps
            if change.before and change.after and change.before.size != change.after.size and change.after.size
        ][:TABLE],
        "names": NAMES,
    }


def failure_lists(both: Comparison) -> list[tuple[str, tuple[Any, ...]]]:
    """(heading, failures) in the order one wants to read them."""
    return [
        ("New failures", both.failures_new),
        ("Still failing", both.failures_both),
        ("Mended", both.failures_mended),
        ("Failed before, not come to after", both.failures_lost),
    ]


def facts_rows(both: Comparison) -> list[tuple[str, str, str, str]]:
    """(what, before, after, difference) of the runs as a whole."""
    one, two = both.before, both.after
    rows = [
        ("result", ending_word(one), ending_word(two), ""),
        ("took", took(one.wall), took(two.wall), difference(two.wall - one.wall)),
        ("steps", counted(one.counts), counted(two.counts), ""),
        ("processor time", took(one.cpu), took(two.cpu), difference(two.cpu - one.cpu)),
        ("steps at once", decimal(one.parallel), decimal(two.parallel), ""),
        ("processors busy", percent(one.busy), percent(two.busy), ""),
        ("memory, at most", size_or_none(one.memory), size_or_none(two.memory), sizes(one.memory, two.memory)),
        ("layers", size_or_none(one.layers), size_or_none(two.layers), sizes(one.layers, two.layers)),
        ("one SBU", took(one.sbu or None), took(two.sbu or None), ""),
        ("jobs", str(one.jobs), str(two.jobs), ""),
        ("lfsmake", one.lfsmake, two.lfsmake, ""),
    ]
    return [row for row in rows if (row[1], row[2]) != (NONE, NONE)]


def ending_word(run: RunFacts) -> str:
    """`done`, `failed (1)`."""
    return f"{run.state} ({run.exit_code})" if run.state == "failed" else run.state


def sizes(before: int, after: int) -> str:
    """The difference of two sizes with its sign; "" if one is not known."""
    if not before or not after:
        return ""
    if before == after:
        return "±0"
    return ("+" if after > before else "−") + size_or_none(abs(after - before))
