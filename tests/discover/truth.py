"""`python -m tests.discover.truth TREES [BOOK]`: real trees of scripts against what their own files say, as a table.

TREES is a folder of checkouts, OWNER+NAME each; BOOK a git directory of the book, for the order of its chapters. This
reads with regular expressions of its own and none of the product's code: what it cannot read is no truth, so
`known_trees` and `later_trees` say for every tree where its truth stands. The table goes into docs/discover.md.
"""

import argparse
import re
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.discover.known_trees import KNOWN
from tests.discover.later_trees import LATER
from tests.discover.telling import TreeTruth, spelled, split, text_of

TREES = {**KNOWN, **LATER}


def chapters(book: Path, version: str) -> dict[str, list[str]]:
    """Chapter → names of its pages, in order."""
    found: dict[str, list[str]] = {}
    for chapter in ("5", "6", "7", "8"):
        shown = subprocess.run(
            ["git", "--git-dir", str(book), "show", f"{version}:chapter0{chapter}/chapter0{chapter}.xml"],
            capture_output=True, text=True, check=False,
        ).stdout  # fmt: skip
        pages = re.findall(r'include[^>]*href="([^"]+)\.xml"', shown)
        found[chapter] = [re.sub(r"-pass\d$", "", page) for page in pages]
    return found


def book_order(truth: TreeTruth, book: Path, version: str) -> list[str]:
    """Keys of the scripts as the book has its pages, by chapter, then by page; what it does not have is left out."""
    pages = chapters(book, version)
    ranked = []
    for script in truth.scripts:
        chapter = script.chapter or script.__dict__.get("stage")
        if not chapter or chapter not in pages or script.name is None:
            continue
        names = [spelled(page) for page in pages[chapter]]
        own = spelled(split(script.key.rpartition("/")[2].removesuffix(".sh") + ".tar.xz")[0])
        asked = (
            own if own in names else spelled(script.name)
        )  # one script's tar line names another package by mistake
        places = [at for at, name in enumerate(names) if name == asked]
        if not places:
            continue
        second = re.search(r"pass[-_]?2|pass 2|2\.sh$|-p2", script.key)
        same = [
            other
            for other in ranked
            if other[0] == int(chapter) and spelled(other[3] or "") == spelled(script.name)
        ]
        at = places[-1] if second and len(places) > 1 else places[min(len(same), len(places) - 1)]
        ranked.append((int(chapter), at, script.key, script.name))
    return [key for _, _, key, _ in sorted(ranked, key=lambda item: item[:2])]


def mentioned(tree: Path, key: str) -> bool:
    """Whether another file of the tree names the script, or it has a number: else it has no place there."""
    name = key.rpartition("/")[2].removesuffix(".sh")
    if name[:1].isdigit() or ":" in key:
        return True
    files = [path for pattern in ("*.sh", "*/*.sh", "*/*/*.sh", "*/*/*/*.sh") for path in tree.glob(pattern)]
    return any(name in text_of(path) for path in files if path.stem != name)


def in_order(found: list[str], wanted: list[str]) -> tuple[int, list[str]]:
    """How many of `wanted` stand in `found` as they should, and those beside the longest right chain."""
    place = {key: at for at, key in enumerate(found)}
    line = [place[key] for key in wanted if key in place]
    tails: list[int] = []
    back: list[int] = []
    ends: list[int] = []
    for at, value in enumerate(line):
        spot = bisect_left(tails, value)
        if spot == len(tails):
            tails.append(value)
            ends.append(at)
        else:
            tails[spot] = value
            ends[spot] = at
        back.append(ends[spot - 1] if spot else -1)
    chain = set()
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.add(line[at])
        at = back[at]
    known = [key for key in wanted if key in place]
    return len(chain), [key for key in known if place[key] not in chain] + [
        key for key in wanted if key not in place
    ]


def same(one: str, other: str) -> bool:
    return one.lower().lstrip("v").replace("_", ".") == other.lower().lstrip("v").replace("_", ".")


def measure(name: str, tree: Path, truth: TreeTruth) -> tuple[list[str], list[str]]:
    """A row of the table, and the wrong ones."""
    from lfsmake.discover.tree import discover

    begun = time.perf_counter()
    found = discover(tree)
    took = time.perf_counter() - begun
    scripts = {script.id: script for script in found.scripts}
    starts = {f"{script.path}:{script.span.line}": script for script in found.scripts if script.part}

    def of(key: str):  # type: ignore[no-untyped-def]
        if key in scripts:
            return scripts[key]
        path, _, line = key.rpartition(":")
        if key in starts or not line.isdigit():
            return starts.get(key)
        inside = [script for script in found.scripts if script.path == path and script.part
                  and script.span.line <= int(line) <= script.span.end_line]  # fmt: skip
        return inside[0] if inside else None

    wrong: list[str] = []
    counts = {what: [0, 0] for what in ("found", "name", "version", "chapter", "source")}

    def judge(what: str, key: str, right: bool, text: str) -> None:
        counts[what][0] += right
        counts[what][1] += 1
        if not right:
            wrong.append(f"{key}: {text}")

    keys = {}
    for script in truth.scripts:
        here = of(script.key)
        role = here.role if here is not None else "missing"
        judge("found", script.key, role == "build", f"is {role}, not a build script")
        if here is None:
            continue
        keys[script.key] = here.id
        said = here.name.value if here.name else ""
        if script.name is not None:
            judge(
                "name", script.key, spelled(said) == spelled(script.name), f"name {said or '—'}, is {script.name}"
            )
        version = here.version.value if here.version else ""
        if script.version is not None:
            judge(
                "version",
                script.key,
                same(version, script.version),
                f"version {version or '—'}, is {script.version or 'none'}",
            )
        chapter = here.chapter.value if here.chapter else ""
        if script.chapter is not None:
            judge(
                "chapter", script.key, chapter == script.chapter, f"chapter {chapter or '—'}, is {script.chapter}"
            )
        source = here.sources[0].value.rpartition("/")[2] if here.sources else ""
        if script.source is not None:
            judge("source", script.key, source == script.source, f"source {source or '—'}, is {script.source}")
    line = [script.id for script in found.scripts if script.position]
    wanted = [keys.get(key, key) for key in truth.order]
    right, off = in_order(line, wanted)
    wrong += [f"{key}: out of order" for key in off]
    extra = [
        script.id for script in found.scripts if script.role == "build" and script.id not in set(keys.values())
    ]

    def cell(pair: list[int]) -> str:
        return f"{pair[0]}/{pair[1]}" if pair[1] else "–"

    best = (
        f"{found.books[0].book} ({found.books[0].same} same, {len(found.books[0].differ)} differ)"
        if found.books
        else "–"
    )
    row = [
        name.replace("+", "/"),
        *(cell(counts[what]) for what in counts),
        cell([right, len(wanted)]),
        best,
        f"{took:.1f} s",
    ]
    return row, [*wrong, *(f"{key}: taken for a build script too" for key in extra)]


def main() -> int:
    """Prints the table, then what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.discover.truth", description=__doc__)
    parser.add_argument("trees", type=Path)
    parser.add_argument("book", type=Path, nargs="?")
    parser.add_argument("--only", default="", help="a part of a tree's name")
    given = parser.parse_args()
    rows, lists = [], []
    for name, (read, version) in TREES.items():
        tree = given.trees / name
        if given.only not in name or not tree.is_dir():
            continue
        truth = read(tree)
        if not truth.order and version and given.book:
            truth.order = [key for key in book_order(truth, given.book, version) if mentioned(tree, key)]
        row, wrong = measure(name, tree, truth)
        rows.append(row)
        lists.append((name, wrong))
        print(f"{name}: {row}", file=sys.stderr, flush=True)
    heads = ["tree", "found", "name", "version", "chapter", "source", "order", "book", "time"]
    for line in table([heads, *rows]):
        print(line)
    for name, wrong in lists:
        print(f"\n{name.replace('+', '/')}:")
        for line in wrong:
            print(f"- {line}")
    return 0


def table(rows: Iterable[list[str]]) -> Iterator[str]:
    for number, row in enumerate(rows):
        yield "| " + " | ".join(row) + " |"
        if not number:
            yield "| " + " | ".join("---" for _ in row) + " |"


if __name__ == "__main__":
    raise SystemExit(main())
