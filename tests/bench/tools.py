"""Writes one graph as a project of each tool. Times nothing.

In every project each step has an input file of its own, `in/NAME.txt`, needs the outputs of the steps below it, and its
command copies the input to its output. lfsmake's steps run in a sandbox, so its output is a layer; the others write
`out/NAME`.
"""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from tests.bench.graphs import Graph, input_of

Commands = tuple[tuple[str, ...], tuple[str, ...]]  # arguments of a plain run, and those a parallel build adds


class Project(Struct, frozen=True):
    """A folder with a graph written for one tool, and the command that brings it up to date.

    `parallel` is added for a build on two processors; `forget` is removed before each timed run.
    """

    tool: str
    folder: Path
    command: tuple[str, ...]
    parallel: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    forget: str = ""


def program(name: str) -> str | None:
    """The program beside this Python, else on PATH."""
    beside = Path(sys.executable).with_name(name)
    return str(beside) if beside.exists() else shutil.which(name)


def peers(graph: Graph, folder: Path) -> list[Project]:
    """A project for every peer that is installed."""
    made = []
    for tool, (executable, write) in WRITERS.items():
        path = program(executable)
        if path is not None:
            place = folder / executable
            _inputs(graph, place)
            command, parallel = write(graph, place)
            made.append(Project(tool, place, (path, *command), parallel))
    return made


def lfsmake(graph: Graph, folder: Path) -> Project:
    """The same graph as recipes: 100 steps a file, each with its own input as a local resource."""
    place = folder / "lfsmake"
    recipes = place / "recipes"
    recipes.mkdir(parents=True)
    (recipes / "in").mkdir()
    for name in graph:
        (recipes / "in" / f"{name}.txt").write_text(input_of(name), encoding="utf-8")
    (place / "lfsmake.toml").write_text('recipes = ["recipes"]\nstore = "store"\n', encoding="utf-8")
    names = list(graph)
    for start in range(0, len(names), 100):
        text = "\n".join(_recipe(name, graph[name]) for name in names[start : start + 100])
        (recipes / f"steps{start // 100:03}.lfs").write_text(text, encoding="utf-8")
    env = (("LFSMAKE_CACHE", str(place / "cache")),)
    return Project("lfsmake", place, (sys.executable, "-m", "lfsmake", "-q"), ("-j2",), env)


def long_way(project: Project) -> Project:
    """The same lfsmake project without the certificate that a run with nothing to do leaves."""
    return replace(project, tool="lfsmake, no certificate", forget="cache/certificates")


def _recipe(name: str, needs: tuple[str, ...]) -> str:
    lines = [f"resource {name}-in {{", f'    source "in/{name}.txt"', "}", f"script {name} {{", "    context host"]
    lines += [f"    with    {name}-in"]
    lines += [f"    needs   build {' '.join(needs)}"] if needs else []
    lines += [f"    install: cp ../{name}.txt $LFS/{name}", "}", ""]
    return "\n".join(lines)


def _inputs(graph: Graph, folder: Path) -> None:
    (folder / "in").mkdir(parents=True)
    (folder / "out").mkdir()
    for name in graph:
        (folder / "in" / f"{name}.txt").write_text(input_of(name), encoding="utf-8")


def _make(graph: Graph, folder: Path) -> Commands:
    lines = [f"all: {' '.join(f'out/{name}' for name in graph)}", ".PHONY: all", "MAKEFLAGS += -rR"]
    for name, needs in graph.items():
        lines += [f"out/{name}: in/{name}.txt {' '.join(f'out/{need}' for need in needs)}", "\tcp $< $@"]
    (folder / "Makefile").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ("-s",), ("-j2",)


def _ninja(graph: Graph, folder: Path) -> Commands:
    lines = ["rule copy", "  command = cp $in $out"]
    for name, needs in graph.items():
        below = f" | {' '.join(f'out/{need}' for need in needs)}" if needs else ""
        lines.append(f"build out/{name}: copy in/{name}.txt{below}")
    (folder / "build.ninja").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return ("--quiet",), ("-j2",)


def _doit(graph: Graph, folder: Path) -> Commands:
    lines = ["GRAPH = {", *(f"    {name!r}: {needs!r}," for name, needs in graph.items()), "}", ""]
    lines += [
        "def task_copy():",
        "    for name, needs in GRAPH.items():",
        "        yield {",
        "            'name': name,",
        "            'actions': [f'cp in/{name}.txt out/{name}'],",
        "            'file_dep': [f'in/{name}.txt', *(f'out/{need}' for need in needs)],",
        "            'targets': [f'out/{name}'],",
        "        }",
        "",
    ]
    (folder / "dodo.py").write_text("\n".join(lines), encoding="utf-8")
    return ("-v0", "--reporter", "zero"), ("-n", "2")


def _scons(graph: Graph, folder: Path) -> Commands:
    lines = ["GRAPH = {", *(f"    {name!r}: {needs!r}," for name, needs in graph.items()), "}", ""]
    lines += [
        "env = Environment(tools=[])",
        "for name, needs in GRAPH.items():",
        "    target = env.Command(f'out/{name}', f'in/{name}.txt', 'cp $SOURCE $TARGET')",
        "    env.Depends(target, [f'out/{need}' for need in needs])",
        "",
    ]
    (folder / "SConstruct").write_text("\n".join(lines), encoding="utf-8")
    return ("-Q", "-s"), ("-j2",)


Writer = Callable[[Graph, Path], Commands]
WRITERS: dict[str, tuple[str, Writer]] = {
    "GNU make": ("make", _make),
    "ninja": ("ninja", _ninja),
    "doit": ("doit", _doit),
    "SCons": ("scons", _scons),
}
