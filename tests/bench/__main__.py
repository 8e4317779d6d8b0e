"""`python -m tests.bench`: runs the benchmarks and writes what they show into docs/benchmarks.md."""

import argparse
import contextlib
import os
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from tests.bench import discovered, edited, noop, overhead, page, tools, watched
from tests.bench.clock import REPO, median, ratio

PARTS = ("recipes", "graph", "edit", "overhead", "status", "discover")


def main() -> int:
    """Runs what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without one")
    parser.add_argument("--steps", type=int, nargs="+", default=[1000, 10000], help="sizes of the graphs")
    parser.add_argument("--real", type=int, default=1000, help="graphs up to this size are really built")
    parser.add_argument("--rounds", type=int, default=7, help="how often each command is timed")
    parser.add_argument("--toolchain", type=Path, metavar="STORE", help="a store in which toolchain is up to date")
    parser.add_argument("--hello", type=Path, metavar="FILE", help="hello-2.10.tar.gz, instead of fetching it")
    parser.add_argument("--folder", type=Path, help="where to work; a temporary folder without it")
    parser.add_argument("--page", type=Path, default=REPO / "docs" / "benchmarks.md")
    given = parser.parse_args()
    parts = given.parts or PARTS
    for part in parts:
        if part not in PARTS:
            parser.error(f"no part {part}")
    with _working(given.folder) as folder:
        for part in parts:
            RUN[part](given, folder / part)
    return 0


def say(text: str) -> None:
    """Progress, on standard error."""
    print(f"{time.strftime('%H:%M:%S')} {text}", file=sys.stderr, flush=True)


@contextlib.contextmanager
def _working(folder: Path | None) -> Iterator[Path]:
    made = Path(tempfile.mkdtemp(prefix="lfsmake-bench-", dir=folder))
    try:
        yield made
    finally:
        shutil.rmtree(made)


def _show(given: argparse.Namespace, section: str, lines: list[str]) -> None:
    lines = [*lines, "", f"*{time.strftime('%Y-%m-%d')}: {page.machine()}.*"]
    print("\n".join(lines), flush=True)
    if not page.write(given.page, section, lines):
        say(f"{given.page} has no place for {section}: only printed")


def _recipes(given: argparse.Namespace, folder: Path) -> None:
    folder.mkdir()
    if given.toolchain is not None:
        say("toolchain, nothing to do")
        env = {"LFSMAKE_CACHE": str(folder / "cache")}
        store = str(given.toolchain.absolute())
        command: tuple[str, ...] = (sys.executable, "-m", "lfsmake", "--store", store, "toolchain")
        what = "`lfsmake toolchain`, all recipes of 12.3"
    else:
        say("one step beside the recipes of 12.3, nothing to do")
        edited.project(folder)
        env = {"LFSMAKE_CACHE": str(folder / "cache")}
        command = (sys.executable, "-m", "lfsmake", "probe")
        what = "`lfsmake probe`, one step beside all recipes of 12.3"
    taken = noop.recipes(command, folder, env, given.rounds)
    _show(given, "recipes", page.plain_table(taken, f"{what}, nothing to do"))


def _graph(given: argparse.Namespace, folder: Path) -> None:
    known = {tool: path for tool, (name, _) in tools.WRITERS.items() if (path := tools.program(name))}
    for steps in given.steps:
        place = folder / str(steps)
        place.mkdir(parents=True)
        real = steps <= given.real
        builds, taken = noop.graph(steps, place, given.rounds, real=real, say=say)
        lines = [f"**{steps:,} steps, nothing to do**", "", *page.noop_table(taken), ""]
        if real:
            lines += [*page.build_table(builds, steps), ""]
        _show(given, f"graph-{steps}", [*lines, f"With {page.versions(known)}."])
        shutil.rmtree(place)


def _edit(given: argparse.Namespace, folder: Path) -> None:
    folder.mkdir()
    say("one recipe edited")
    taken = edited.measure(folder, given.rounds)
    _show(
        given,
        "edit",
        page.plain_table({"from the start of `lfsmake` to the step's first command (CPU: of the whole run)": taken},
                         "one recipe of 12.3 edited"),
    )


def _overhead(given: argparse.Namespace, folder: Path) -> None:
    folder.mkdir()
    say("a real package, bare and in the sandbox")
    try:
        taken = overhead.measure(folder, given.rounds, given.hello)
    except RuntimeError as error:
        say(f"left out: {error}")
        return
    bare, own = taken[overhead.BARE], taken[overhead.OWN]
    cpu = (ratio([each.cpu for each in own], [each.cpu for each in bare]) - 1) * 100
    wall = (ratio([each.wall for each in own], [each.wall for each in bare]) - 1) * 100
    memory = median([each.peak for each in own]) / 2**20
    lines = page.plain_table(taken, "GNU hello 2.10")
    lines += [
        "",
        f"Beyond the bare commands: {wall:+.1f} % of wall time, {cpu:+.1f} % of CPU time (medians of paired runs), "
        f"Python's start included. lfsmake's own process took {memory:.0f} MB at most.",
    ]
    _show(given, "overhead", lines)


def _status(given: argparse.Namespace, folder: Path) -> None:
    folder.mkdir()
    say("a run that is shown, sampled and written down")
    try:
        taken = watched.measure(folder)
    except RuntimeError as error:
        say(f"left out: {error}")
        return
    lines = ["| lfsmake's own CPU, two steps at once on a terminal | CPU | of one core |", "| --- | ---: | ---: |"]
    rows = {what: taken[part] for part, what in watched.PARTS.items()}
    rows["all three"] = sum(rows.values())
    for what, cpu in rows.items():
        lines.append(f"| {what} | {page.seconds(cpu)} | {100 * cpu / taken['wall']:.2f} % |")
    lines += ["", f"Over {taken['wall']:.0f} s; the whole process took {page.seconds(taken['process'])}."]
    _show(given, "status", lines)


def _discover(given: argparse.Namespace, folder: Path) -> None:
    folder.mkdir()
    taken = {}
    for scripts in given.steps:
        say(f"a tree of {scripts:,} scripts")
        what = f"`lfsmake discover --json`, {scripts:,} scripts"
        taken[what] = discovered.measure(folder, scripts, min(given.rounds, 3))
    _show(given, "discover", page.plain_table(taken, "a tree of scripts"))


RUN = {
    "recipes": _recipes, "graph": _graph, "edit": _edit,
    "overhead": _overhead, "status": _status, "discover": _discover,
}  # fmt: skip

if __name__ == "__main__":
    os.environ.pop("LFSMAKE_CACHE", None)
    raise SystemExit(main())
