"""`lfsmake doctor`: what the machine has, what it needs, what to install."""

import os
import shutil
from collections.abc import Iterator
from typing import Any

import click

from lfsmake.cli.options import Settings, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.discover.doctor.model import Examination, Result
from lfsmake.model.errors import EXIT_ENVIRONMENT, EXIT_OK, LfsmakeError
from lfsmake.model.step import Host
from lfsmake.ui.text import safe, several

_SHAPE = """
As `grammar/doctor.schema.json` says: `{"version": 1, "distribution": "debian" | "fedora" | "arch" | "opensuse" |
"", "errors": 0, "warnings": 1, "install": "apt-get install …", "results": [RESULT, …]}`. A RESULT is `{"id":
"tool.bison", "area": "tools", "title": "bison", "state": "ok" | "note" | "warning" | "error", "found": "3.8.2",
"needed": "2.7 or newer", "why": "…", "mend": "…", "packages": {"debian": "bison", "fedora": "bison", "arch":
"bison", "opensuse": "bison"}}`; `why`, `mend` and `packages` are empty where all is well. An `id` stays what it is
from version to version.
"""
_AREAS = {
    "recipes": "Recipes",
    "tools": "Programs",
    "names": "Other names",
    "compiler": "Compilers",
    "kernel": "Kernel",
    "sandbox": "Sandbox",
    "machine": "Machine",
    "files": "Files",
    "environment": "Environment",
}
_MARKS = {"ok": "ok", "note": "note", "warning": "warning", "error": "error"}


@declare(
    "doctor",
    click.Option(["--problems"], is_flag=True, help="Leave out what is well."),
    examples=(
        ("lfsmake doctor", "everything that a build needs of this machine"),
        ("lfsmake doctor --problems", "only what is not as it should be"),
    ),
    json=_SHAPE,
)
def command(settings: Settings, problems: bool) -> int:
    """Examine the machine: programs and their versions, kernel, sandbox, disk, clock, environment.

    What the recipes declare as host requirements decides; without any, those of the newest book. Nothing is changed.
    The exit code is 3 when something is missing that a build needs.
    """
    from lfsmake.cli.opened import store_path
    from lfsmake.discover.doctor.examine import examine

    hosts, first = _hosts(settings)
    try:
        store = str(store_path(settings))
    except LfsmakeError:
        from lfsmake.store.place import cache_folder

        store = settings.store or f"{cache_folder(os.environ)}/store"
    seen = examine(hosts, store, os.environ)
    seen = Examination(seen.distribution, (*first, *seen.results))
    if settings.json:
        emit_json(shape(seen))
    else:
        for line in lines(seen, problems or settings.quiet, shutil.get_terminal_size((100, 24)).columns):
            emit(line)
    return EXIT_ENVIRONMENT if count(seen, "error") else EXIT_OK


def _hosts(settings: Settings) -> tuple[tuple[Host, ...], tuple[Result, ...]]:
    """The host declarations of the project; where it cannot be read, the shipped ones, and a result that says so."""
    from lfsmake.cli.opened import read_project

    try:
        hosts = tuple(read_project(settings)[1].hosts.values())
        if hosts:
            return hosts, ()
        why, state = "the recipes declare no host requirements", "note"
    except LfsmakeError as error:
        why, state = f"the recipes cannot be read: {error.problems[0].message}", "warning"
    from lfsmake.lang.config import books
    from lfsmake.lang.load import load_project

    book, folder = next(reversed(books().items()))
    told = Result(
        id="recipes",
        area="recipes",
        title="host requirements",
        state=state,  # type: ignore[arg-type]
        found=why,
        needed="a host declaration",
        why=f"those of book {book} are looked at instead",
        mend="`lfsmake check` says what is wrong" if state == "warning" else "declare: host NAME { tool … }",
    )
    return tuple(load_project([folder]).hosts.values()), (told,)


def count(seen: Examination, state: str) -> int:
    """How many results are in that state."""
    return sum(result.state == state for result in seen.results)


def install(seen: Examination) -> str:
    """The one command that installs all that is missing here; "" where none is known or needed."""
    from lfsmake.discover.doctor.packages import install_command

    names = [
        package
        for result in seen.results
        if result.state == "error"
        for package in result.packages.get(seen.distribution, "").split()
    ]
    return install_command(seen.distribution, names)


def shape(seen: Examination) -> dict[str, Any]:
    """The documented JSON."""
    return {
        "version": 1,
        "distribution": seen.distribution,
        "errors": count(seen, "error"),
        "warnings": count(seen, "warning"),
        "install": install(seen),
        "results": seen.results,
    }


def lines(seen: Examination, only_problems: bool, columns: int) -> Iterator[str]:
    """The examination as text: an area a paragraph, a result a line, what to do below what is not well."""
    shown = [result for result in seen.results if not (only_problems and result.state in ("ok", "note"))]
    width = max((len(result.title) for result in shown), default=0)
    area = ""
    for result in shown:
        if result.area != area:
            if area:
                yield ""
            yield _AREAS[result.area]
            area = result.area
        yield from _result_lines(result, width, columns)
    if shown:
        yield ""
    yield summary(seen)
    command = install(seen)
    if command:
        yield f"install what is missing: {command}"


def _result_lines(result: Result, width: int, columns: int) -> Iterator[str]:
    from textwrap import wrap

    head = f"  {_MARKS[result.state]:<8}{result.title:<{width}}  "
    needed = f" (needed: {result.needed})" if result.needed and result.state != "ok" else ""
    room = max(24, columns - 12)
    text = safe(result.found) + safe(needed)
    if len(head) + len(text) <= columns:
        yield (head + text).rstrip()
    else:
        yield head.rstrip()
        yield from (f"          {line}" for line in wrap(text, room))
    if result.state == "ok":
        return
    for word, said in (("why", result.why), ("mend", result.mend)):
        if said:
            first, *rest = wrap(safe(said), room - 6) or [""]
            yield f"          {word:<5} {first}"
            yield from (f"                {line}" for line in rest)


def summary(seen: Examination) -> str:
    """One line: how many things were looked at, and how they are."""
    errors, warnings, notes = (count(seen, state) for state in ("error", "warning", "note"))
    looked = several(len(seen.results), "thing") + " looked at"
    if not errors and not warnings:
        return f"lfsmake: {looked}, nothing is missing" + (f"; {several(notes, 'note')}" if notes else "")
    counts = ((errors, "error"), (warnings, "warning"), (notes, "note"))
    return f"lfsmake: {looked}: {', '.join(several(number, word) for number, word in counts if number)}"
