"""The recipe of a registered tree, as text to be edited: a script a step, in order. Knows no file and no tree."""

import re
from collections.abc import Iterator, Sequence

from lfsmake.discover.ground import host_statements, layout, one_line
from lfsmake.discover.registry.known import Place
from lfsmake.discover.registry.steps import Left, Planned
from lfsmake.engine.unpack import stem

_QUOTED = re.compile(r'["\\]')
_PLAIN_NAME = re.compile(r"[^A-Za-z0-9+._-]+")


def recipe_text(name: str, steps: Sequence[Planned], left: Sequence[Left], *, old: bool) -> str:
    """The recipe of the tree `name`, formatted. `old`: it follows a book before 10.0, whose tools lie in /tools."""
    from lfsmake.lang.format import format_text

    lines = [*_head(name, steps, left), *_groups(name, steps)]
    if any(step.context == "host" for step in steps):
        lines += _host(name, old)
    lines += _resources(name, steps)
    previous = ""
    for step in steps:
        lines += ["", *_script(name, step, previous)]
        previous = step.step
    return format_text(f"{name}.lfs", "\n".join(lines) + "\n")


def _head(name: str, steps: Sequence[Planned], left: Sequence[Left]) -> Iterator[str]:
    yield f"# The scripts of the tree {name}, run as they are. Made by `lfsmake registry add`, and yours to edit:"
    yield "# `registry refresh` keeps what you change. What could not be told stands as a comment at its place."
    lacking = sum(1 for step in steps if step.unsure)
    if lacking:
        yield f"# {lacking} of {len(steps)} steps have such a comment."
    unset = dict.fromkeys(each for step in steps for each in step.env)
    if unset:
        yield f"# Nothing sets what they use from their environment: {one_line(' '.join(unset))}."
        yield '# `env NAME "value"` does, in a step or its style.'
    if left:
        yield "#"
        yield "# Not here:"
        yield from (f"#   {one_line(one.id)}: {one_line(one.why)}" for one in left)
    yield ""


def _string(text: str) -> str:
    """A quoted string that templates leave alone."""
    text = "".join(each if each.isprintable() else " " for each in text)
    for sign in ("{{", "{%", "{#"):
        text = text.replace(sign, f"{{{{ '{sign}' }}}}") if sign in text else text
    return '"' + _QUOTED.sub(lambda found: "\\" + found.group(), text) + '"'


def _groups(name: str, steps: Sequence[Planned]) -> Iterator[str]:
    yield f'group {name} "The scripts of {name}" {{'
    yield f"    members {' '.join(step.step for step in steps)}"
    yield "}"
    for chapter in dict.fromkeys(step.chapter for step in steps if step.chapter.isdigit()):
        yield ""
        yield f'group {name}-chapter{chapter} "Chapter {chapter} of {name}" {{'
        yield f"    members {' '.join(step.step for step in steps if step.chapter == chapter)}"
        yield "}"
    yield ""


def _host(name: str, old: bool) -> Iterator[str]:
    yield f'host {name}-host "What the scripts of {name} find on the host" {{'
    yield from (f"    {line}" for line in host_statements())
    yield "}"
    yield ""
    yield f'script {name}-layout "The folders that the scripts of {name} install into" {{'
    yield "    context host"
    yield '    user "lfs"'
    yield f"    needs build {name}-host"
    yield "    install:"
    yield from (f"        {line}" for line in layout(old=old).split("\n"))
    yield "}"
    yield ""
    yield f"style {name}-tools {{"
    yield "    context host"
    yield '    user "lfs"'
    yield f"    needs build {name}-host {name}-layout"
    yield f"    needs run {name}-layout"
    if old:
        yield '    env PATH "/tools/bin:/bin:/usr/bin"  # the book before 10.0; /tools is a link to $LFS/tools'
    yield "}"


def _resources(name: str, steps: Sequence[Planned]) -> Iterator[str]:
    """A resource for each file that the tree's own lists tell of."""
    seen: dict[str, Place] = {}
    for step in steps:
        for place in step.sources:
            if place.url and place.digest:
                seen.setdefault(place.filename, place)
    for filename, place in seen.items():
        yield ""
        yield f"resource {_resource_name(name, filename)} {{"
        alias = "" if place.url.partition("?")[0].rpartition("/")[2] == filename else f" as {filename}"
        yield f"    source {_string(place.url)}{alias}"
        yield f"    {place.algorithm} {place.digest}"
        yield "}"


def _resource_name(name: str, filename: str) -> str:
    return f"{name}-{_PLAIN_NAME.sub('-', filename)}"


def _script(name: str, step: Planned, previous: str) -> Iterator[str]:
    yield f"script {step.step} from {_string(f'{name}:{step.path}')} {_string(step.title)} {{"
    if step.context == "host":
        yield f"    style {name}-tools"
    else:
        yield "    context target"
    if step.sbu or step.disk:
        yield "    cost" + (f" {step.sbu} SBU" if step.sbu else "") + (f" {step.disk} MB" if step.disk else "")
    complete = {
        place.filename: place.resource or _resource_name(name, place.filename)
        for place in step.sources
        if place.complete
    }
    start = complete.pop(step.unpacked, "")
    if start:
        folder = _string(stem(step.unpacked))
        yield f"    unpack {start} {folder}"
        yield f"    workdir {folder}"
    if complete:
        yield f"    with {' '.join(dict.fromkeys(complete.values()))}"
    yield from (f"    # unknown: {one_line(one)}" for one in step.unsure)
    if step.reads:
        yield f"    reads {' '.join(_string(f'{name}:{path}') for path in step.reads)}"
    if previous:
        yield f"    needs build {previous}"
        yield f"    needs run {previous}"
    if step.env:
        yield f"    # it uses from its environment: {' '.join(one_line(one) for one in step.env)}"
    yield "}"
