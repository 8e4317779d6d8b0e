"""Results to Markdown, put between the markers of docs/benchmarks.md. Measures nothing."""

import os
import platform
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.bench.clock import Taken, median, ratio
from tests.bench.noop import OWN

_SECTION = "<!-- {} {} -->"


def machine() -> str:
    """What the figures depend on, in one sentence."""
    load = os.getloadavg()[0]
    model = "unknown processor"
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{len(os.sched_getaffinity(0))} cores ({model}), {memory:.0f} GB, Linux {os.uname().release}, "
        f"Python {platform.python_version()}, load {load:.1f} when it ended"
    )


def versions(commands: Mapping[str, str]) -> str:
    """The versions of the peers; `commands` maps a tool's name to its program."""
    found = [f"Python {sys.version_info.major}.{sys.version_info.minor}"]
    for tool, program in commands.items():
        done = subprocess.run((program, "--version"), capture_output=True, text=True, check=False)
        number = re.search(r"\b[0-9]+(\.[0-9]+)+", done.stdout)
        found.append(f"{tool} {number[0] if number else '?'}")
    return ", ".join(found[1:])


def noop_table(taken: Mapping[str, Sequence[Taken]]) -> list[str]:
    """A row a tool: wall and CPU, and how many times as long as lfsmake it took."""
    rows = ["| tool | wall | CPU | CPU, times lfsmake's |", "| --- | ---: | ---: | ---: |"]
    own = [each.cpu for each in taken[OWN]]
    for tool, times in taken.items():
        cpu = [each.cpu for each in times]
        wall = median([each.wall for each in times])
        rows.append(f"| {tool} | {seconds(wall)} | {seconds(median(cpu))} | {ratio(cpu, own):.2f} |")
    return rows


def build_table(builds: Mapping[str, Taken], steps: int) -> list[str]:
    """A row a tool: the first build."""
    rows = ["| first build with two jobs | wall | CPU | wall, each step |", "| --- | ---: | ---: | ---: |"]
    for tool, took in builds.items():
        rows.append(f"| {tool} | {seconds(took.wall)} | {seconds(took.cpu)} | {seconds(took.wall / steps)} |")
    return rows


def plain_table(taken: Mapping[str, Sequence[Taken]], head: str) -> list[str]:
    """A row each: median wall and CPU."""
    rows = [f"| {head} | wall | CPU |", "| --- | ---: | ---: |"]
    for name, times in taken.items():
        wall, cpu = median([each.wall for each in times]), median([each.cpu for each in times])
        rows.append(f"| {name} | {seconds(wall)} | {seconds(cpu)} |")
    return rows


def seconds(value: float) -> str:
    """A time for people: milliseconds below a second."""
    return f"{value * 1000:.0f} ms" if value < 1 else f"{value:.2f} s"


def write(page: Path, section: str, lines: Sequence[str]) -> bool:
    """Replaces what stands between the section's markers. False if the page has no such markers."""
    text = page.read_text(encoding="utf-8")
    begin, end = _SECTION.format(section, "begins"), _SECTION.format(section, "ends")
    before, found, rest = text.partition(begin)
    _, closed, after = rest.partition(end)
    if not found or not closed:
        return False
    page.write_text(f"{before}{begin}\n\n{chr(10).join(lines)}\n\n{end}{after}", encoding="utf-8")
    return True
