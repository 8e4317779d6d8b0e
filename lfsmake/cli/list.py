"""`lfsmake list`: what there is to build and to choose."""

import sys
from typing import Any

import click

from lfsmake.cli.options import Settings, Words, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.model.errors import EXIT_OK
from lfsmake.model.step import Project

KINDS = ("groups", "packages", "scripts", "options")

_SHAPE = """
`{"version": 1, "default": ["toolchain"], "groups": [{"name": …, "title": …, "members": […]}], "packages": [{"name": …,
"version": …, "title": …, "context": …}], "scripts": [the same], "options": [{"name": …, "value": …, "choices": […]}]}`;
only the kinds that were asked for.
"""


@declare(
    "list",
    click.Argument(["kinds"], nargs=-1, metavar="[KIND...]", type=Words("KIND", KINDS)),
    examples=(("lfsmake list", "everything"), ("lfsmake list options", "what --set can choose")),
    json=_SHAPE,
)
def command(settings: Settings, kinds: tuple[str, ...]) -> int:
    """List groups, packages, scripts and options, or only the KINDs named."""
    from lfsmake.cli.opened import read_project

    _, project = read_project(settings)
    shape = list_shape(project, kinds or KINDS)
    if settings.json:
        emit_json(shape)
    else:
        _print(shape, settings)
    return EXIT_OK


def list_shape(project: Project, kinds: tuple[str, ...]) -> dict[str, Any]:
    """The documented shape of `list --json`."""
    steps: dict[str, list[dict[str, str]]] = {"package": [], "script": []}
    for step in project.steps.values():
        steps[step.kind].append(
            {"name": step.name, "version": step.version, "title": step.title, "context": step.context}
        )
    found: dict[str, Any] = {
        "groups": [
            {"name": group.name, "title": group.title, "members": list(group.members)}
            for group in project.groups.values()
        ],
        "packages": steps["package"],
        "scripts": steps["script"],
        "options": [
            {"name": option.name, "value": option.value, "choices": list(option.choices)}
            for option in project.options.values()
        ],
    }
    return {"version": 1, "default": list(project.default), **{kind: found[kind] for kind in KINDS if kind in kinds}}


def _print(shape: dict[str, Any], settings: Settings) -> None:
    from lfsmake.ui.color import paint, wants_color
    from lfsmake.ui.text import safe, several

    color = wants_color(settings.color, sys.stdout)
    shown = [kind for kind in KINDS if shape.get(kind)]
    for index, kind in enumerate(shown):
        rows = []
        for entry in shape[kind]:
            if kind == "groups":
                default = ", built by default" if entry["name"] in shape["default"] else ""
                rows.append((entry["name"], several(len(entry["members"]), "step") + default, entry["title"]))
            elif kind == "options":
                rows.append((entry["name"], entry["value"], f"of {', '.join(entry['choices'])}"))
            else:
                rows.append((entry["name"], entry["version"], entry["title"]))
        first, second = (max(len(row[column]) for row in rows) for column in (0, 1))
        emit(paint(kind, "bold", color))
        for name, middle, title in rows:
            emit(safe(f"  {name:<{first}}  {middle:<{second}}  {title}".rstrip()))
        if index < len(shown) - 1:
            emit("")
