"""What an import or the registry could not decide, and left marked in a recipe. Reads the recipes' comments alone."""

import contextlib
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from lfsmake.discover.convert.model import MARK
from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.model.errors import Span
from lfsmake.model.step import Step

UNDECIDED = Rule(
    "undecided",
    "warning",
    "a mark that an import or the registry left",
    "the scripts did not tell it: what is missing there, the build misses, too",
    "write what is missing, and take the comment out",
)
RULES = (UNDECIDED,)
UNKNOWN = "# unknown: "  # as the registry marks it, in recipes of its own
_OF_REGISTRY = ".generated"  # what stands behind the name of the file that lies beside such a recipe


def findings(files: Iterable[str], steps: Mapping[str, Step], chosen: Iterable[str]) -> Iterator[Finding]:
    """Each mark in `files`, the recipes; of the steps `chosen` alone, unless these are all there are."""
    chosen = frozenset(chosen)
    starts: dict[str, list[tuple[int, str]]] = {}
    for step in steps.values():
        starts.setdefault(step.span.file, []).append((step.span.line, step.name))
    for file in dict.fromkeys(files):
        if not file.endswith(".lfs"):
            continue
        marks = (MARK, UNKNOWN) if Path(file + _OF_REGISTRY).exists() else (MARK,)
        places = sorted(starts.get(file, ()))
        for number, line in _lines(file):
            text = line.strip()
            mark = next((each for each in marks if text.startswith(each)), "")
            if not mark:
                continue
            at = bisect_right(places, (number, "\U0010ffff"))
            subject = places[at - 1][1] if at else ""
            if subject in chosen or (not subject and len(chosen) == len(steps)):
                column = len(line) - len(line.lstrip()) + 1
                span = Span(file, number, column, number, column + len(text))
                message = f"not decided: {text.removeprefix(mark).strip()}"
                yield Finding(
                    UNDECIDED.id, UNDECIDED.severity, message, span, subject, UNDECIDED.why, UNDECIDED.mend, (), line
                )


def _lines(file: str) -> Iterator[tuple[int, str]]:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        yield from enumerate(Path(file).read_text(encoding="utf-8").splitlines(), 1)
