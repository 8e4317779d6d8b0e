"""How well the evidence is read, over the corpus of failing logs. Judges against the index, which people wrote.

python -m tests.engine.evidence.figures [--wrong]
"""

import gzip
import json
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

from lfsmake.engine.evidence.first import log_error
from lfsmake.engine.evidence.reader import scan
from lfsmake.engine.evidence.verdict import Scene, judge

LOGS = Path(__file__).parent / "corpus"


class Seen(NamedTuple):
    """What was expected of one log, and what was found in it. A line of 0: none."""

    name: str
    held_out: bool
    expected: tuple[str, str, int]  # class, cause, line
    found: tuple[str, str, int]
    text: str


class Figures(NamedTuple):
    """Of so many logs: right classes, causes and lines; how many lines were named, and how many there are to name."""

    logs: int
    classes: int
    causes: int
    lines: int
    named: int
    to_name: int

    @property
    def shares(self) -> tuple[float, float, float, float]:
        """Class, cause, precision of the line, recall of the line."""
        return (
            self.classes / self.logs,
            self.causes / self.logs,
            self.lines / max(self.named, 1),
            self.lines / max(self.to_name, 1),
        )


def index() -> dict[str, dict[str, Any]]:
    """Name → what is known and expected of the log, without those that lfsmake judges without a log."""
    every = json.loads((LOGS / "index.json").read_text(encoding="utf-8"))
    return {name: entry for name, entry in every.items() if entry["scene"]}


def look(name: str, entry: dict[str, Any], folder: Path) -> Seen:
    """Reads one log of the corpus."""
    path = folder / f"{name}.log"
    path.write_bytes(gzip.decompress((LOGS / f"{name}.log.gz").read_bytes()))
    found = scan(str(path))
    error = log_error(str(path), found.first) if found.first is not None else None
    scene = Scene(**entry["scene"])
    verdict = judge(scene, found)
    return Seen(
        name,
        entry["held_out"],
        (entry["class"], entry["cause"], entry["line"]),
        (verdict.failure_class, verdict.cause, error.log_line if error is not None else 0),
        error.text if error is not None else "",
    )


def all_seen() -> list[Seen]:
    """Every log of the corpus."""
    with tempfile.TemporaryDirectory() as folder:
        return [look(name, entry, Path(folder)) for name, entry in index().items()]


def figures(seen: Iterable[Seen]) -> Figures:
    """Sums up."""
    every = list(seen)
    return Figures(
        logs=len(every),
        classes=sum(each.expected[0] == each.found[0] for each in every),
        causes=sum(each.expected[1] == each.found[1] for each in every),
        lines=sum(each.expected[2] == each.found[2] > 0 for each in every),
        named=sum(each.found[2] > 0 for each in every),
        to_name=sum(each.expected[2] > 0 for each in every),
    )


def main() -> None:
    """Prints the table for docs/failures.md, and with --wrong what was not found."""
    seen = all_seen()
    print(
        "| logs | number | class | cause | line: precision | line: recall |\n| --- | --- | --- | --- | --- | --- |"
    )
    for title, part in (
        ("seen while the patterns were written", [each for each in seen if not each.held_out]),
        ("held out", [each for each in seen if each.held_out]),
    ):
        if part:
            found = figures(part)
            print(f"| {title} | {found.logs} | " + " | ".join(f"{share:.3f}" for share in found.shares) + " |")
    if "--wrong" in sys.argv[1:]:
        shown = [each for each in seen if not each.held_out or "--held-out" in sys.argv[1:]]
        for each in shown:
            if each.expected != each.found:
                print(f"{each.name}\n    expected {each.expected}\n    found    {each.found} {each.text[:150]}")


if __name__ == "__main__":
    main()
