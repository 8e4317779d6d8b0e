"""Nothing to do: synthetic graphs in every tool, and lfsmake's own recipes. Knows how to set up, not how to print."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from tests.bench import clock, graphs, tools
from tests.bench.clock import Taken
from tests.bench.prime import prime
from tests.bench.tools import Project

OWN = "lfsmake"


def once(project: Project) -> Taken:
    """One run of the project's command."""
    if project.forget:
        shutil.rmtree(project.folder / project.forget, ignore_errors=True)
    return clock.run(project.command, project.folder, clock.environment(**dict(project.env)))


def build(project: Project) -> Taken:
    """The first build, on two processors."""
    command = (*project.command, *project.parallel)
    return clock.run(command, project.folder, clock.environment(**dict(project.env)))


def graph(steps: int, folder: Path, count: int, *, real: bool, say: Callable[[str], None]) -> tuple[
    dict[str, Taken], dict[str, list[Taken]]
]:
    """(what the first builds took, what runs with nothing to do took), by tool.

    With `real` lfsmake builds every step too; otherwise its store is primed, and it has no first build.
    """
    made = graphs.layered(steps)
    own = tools.lfsmake(made, folder)
    others = tools.peers(made, folder)
    builds: dict[str, Taken] = {}
    for project in others:
        say(f"{steps:,} steps: first build with {project.tool}")
        builds[project.tool] = build(project)
    say(f"{steps:,} steps: {'first build with' if real else 'priming the store of'} lfsmake")
    if real:
        builds[OWN] = build(own)
    else:
        prime(own.folder, own.folder / "cache")
    projects = [own, tools.long_way(own), *others]
    for project in projects:
        once(project)  # leaves the certificate, the kept project, the page cache
    once(own)
    say(f"{steps:,} steps: nothing to do, {count} rounds of {len(projects)} tools")
    turns: dict[str, Callable[[], Taken]] = {}
    for project in projects:
        turns[project.tool] = partial(_certified if project.tool == OWN else once, project)
    return builds, clock.rounds(count, turns)


def _certified(project: Project) -> Taken:
    """The long way has just taken the certificate away and, having found nothing to do, left a new one."""
    if not any((project.folder / "cache" / "certificates").iterdir()):
        once(project)
    return once(project)


def recipes(command: tuple[str, ...], folder: Path, env: dict[str, str], count: int) -> dict[str, list[Taken]]:
    """A repeated `lfsmake` with nothing to do; the same with `-n`, which has no short cut; `python -c pass`."""
    environ = clock.environment(**env)
    python = command[0]

    def turn(words: tuple[str, ...]) -> Callable[[], Taken]:
        return lambda: clock.run(words, folder, environ)

    for _ in range(2):
        clock.run(command, folder, environ)
    turns = {
        "lfsmake": turn(command),
        "the long way (`-n`)": turn((*command, "-n")),
        "Python alone": turn((python, "-c", "pass")),
    }
    return clock.rounds(count, turns)
