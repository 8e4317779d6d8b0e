"""`lfsmake show NAME`: one thing of the resolved recipes, whole."""

from collections.abc import Iterator
from typing import Any

import msgspec

from lfsmake.cli.options import Settings, declare, step_argument
from lfsmake.cli.output import emit, emit_json
from lfsmake.model.errors import EXIT_OK, Span, UsageError
from lfsmake.model.step import SCRIPTS, Project, Resource, Step
from lfsmake.ui.problems import place_of
from lfsmake.ui.text import safe

_SHAPE = """
`{"version": 1, "step": STEP}`, where STEP is as `grammar/step.schema.json` says; or `"group"`, `"resource"`, `"host"`,
`"option"` in place of `"step"`, with the fields of the record of that name in `lfsmake/model/step.py`.
"""


@declare(
    "show",
    step_argument("name", "NAME"),
    examples=(("lfsmake show glibc", "for people"), ("lfsmake show glibc --json", "for programs")),
    json=_SHAPE,
)
def command(settings: Settings, name: str) -> int:
    """Show a step as it is after styles, options and templates; or a group, resource, host or option."""
    from lfsmake.cli.opened import read_project

    _, project = read_project(settings)
    kind, found = _find(project, name)
    if settings.json:
        emit_json({"version": 1, kind: found})
    elif isinstance(found, Step):
        for line in step_lines(found, settings.start):
            emit(safe(line))
    else:
        for line in _record_lines(kind, found, settings.start):
            emit(safe(line))
    return EXIT_OK


def _find(project: Project, name: str) -> tuple[str, Any]:
    rooms: tuple[tuple[str, dict[str, Any]], ...] = (
        ("step", project.steps),
        ("group", project.groups),
        ("host", project.hosts),
        ("resource", project.resources),
        ("option", project.options),
    )
    for kind, known in rooms:
        if name in known:
            return kind, known[name]
    from lfsmake.lang.words import meant

    hint = meant(name, [known for _, names in rooms for known in names])
    raise UsageError(
        f'nothing is called "{name}"',
        expected="a package, script, group, resource, host or option",
        hint=hint or "`lfsmake list` names what there is",
    )


def step_lines(step: Step, folder: str) -> Iterator[str]:
    """A step, a fact a line, then its phases as they run."""
    title = f"  {step.title}" if step.title else ""
    yield f"{step.kind} {step.name}{f' {step.version}' if step.version else ''}{title}"
    yield from _row("declared", place_of(step.span, folder))
    yield from _row("summary", step.summary)
    yield from _row("homepage", step.homepage)
    yield from _row("license", step.license)
    yield from _row("runs", f"in the {step.context} context as {step.user}")
    yield from _row("workdir", step.workdir if step.workdir not in ("", ".") else "")
    resources = [step.source] if step.source else []
    for resource in (*resources, *(unpack.resource for unpack in step.unpacks), *step.extras):
        yield from _source(resource)
    for patch in step.patches:
        yield from _row("patch", f"{patch.resource.filename} (strip {patch.strip})")
    for scope in ("build", "run", "test"):
        yield from _row(f"needs {scope}", " ".join(need.name for need in step.needs if need.scope == scope))
    yield from _row("host", " ".join(step.hosts))
    yield from _row("after", " ".join(step.after))
    for key, value in step.env:
        yield from _row("env", f"{key}={value}")
    for file in step.files:
        yield from _row("file", f"{file.path} (mode {file.mode})")
    if step.script is not None:
        yield from _row("script", f"{step.script.file} at {SCRIPTS}/{step.script.path}")
        for read in step.script.reads:
            yield from _row("reads", f"{read.file} at {SCRIPTS}/{read.path}")
    for word, meant in (("allow", step.allows), ("differs", step.differs)):
        for each in meant:
            yield from _row(word, f"{each.what} because {each.reason}")
    for known in step.fails:
        yield from _row("fails", known.test + (f" because {known.reason}" if known.reason else ""))
    for phase in step.phases:
        for body in phase.bodies:
            yield ""
            skipped = " (not run: see option tests)" if phase.name == "check" and not step.check else ""
            yield f"{phase.name}, {place_of(body.span, folder)}{skipped}"
            for line in body.text.split("\n"):
                yield f"    {line}".rstrip()


def _source(resource: Resource) -> Iterator[str]:
    yield from _row("source", resource.filename)
    for origin in resource.origins:
        yield f"              {origin.url}"


def _row(name: str, text: str) -> Iterator[str]:
    if text:
        yield f"  {name:<10}  {text}"


def _record_lines(kind: str, record: msgspec.Struct, folder: str) -> Iterator[str]:
    """Any other record, a field a line."""
    for name in record.__struct_fields__:
        value = getattr(record, name)
        if name == "name":
            yield f"{kind} {value}"
        elif isinstance(value, Span):
            yield from _row("declared", place_of(value, folder))
        elif isinstance(value, tuple):
            yield from _row(name, " ".join(_word(item) for item in value))
        else:
            yield from _row(name, str(value))


def _word(item: Any) -> str:
    for name in ("url", "name"):
        if hasattr(item, name):
            version = getattr(item, "version", "")
            return f"{getattr(item, name)}{f'>={version}' if version else ''}"
    return str(item)
