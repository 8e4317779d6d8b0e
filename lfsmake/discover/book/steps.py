"""Which pages of a book become steps, what they are called, and what each needs. Writes no recipes.

Every need points back in the book, so the order that follows is one the book allows, and there is no cycle.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from lfsmake.discover.book.environ import exported, used
from lfsmake.discover.book.model import Book, BookResource, Needs, Section
from lfsmake.discover.book.phases import Phases, page_done, phases_of

Part = Literal["layout", "cross", "tools", "system", "config"]

_PREFIX = re.compile(r"^ch-([a-z]+)-")
_MAKES = frozenset(("pre", "configure", "make", "test", "install", "adjust"))
_SUFFIX = {"layout": "-temp", "cross": "-temp", "tools": "-temp", "system": "-system", "config": "-config"}


class BookStep(Struct, frozen=True):
    """A page that becomes a step. `part` is the part of the book it belongs to; needs are names of steps or groups."""

    section: Section
    name: str
    part: Part
    phases: Phases
    resource: BookResource | None = None  # a package is built from it
    extras: tuple[str, ...] = ()  # further resources its commands name
    unpacks: tuple[tuple[str, str], ...] = ()  # resource, folder
    build: tuple[str, ...] = ()
    run: tuple[str, ...] = ()
    test: tuple[str, ...] = ()


class LeftPage(Struct, frozen=True):
    """A page of which nothing becomes a step, and why."""

    section: Section
    reason: str


class BookSteps(Struct, frozen=True):
    """The steps in the order of the book, the pages left out, and what could not be decided."""

    steps: tuple[BookStep, ...]
    left: tuple[LeftPage, ...]
    notes: tuple[str, ...]


def group_of(chapter: int) -> str:
    """The name of a chapter's group."""
    return f"chapter-{chapter}"


def resource_names(book: Book) -> dict[str, BookResource]:
    """The resources by the names that recipes give them, each once."""
    out: dict[str, BookResource] = {}
    for resource in book.resources:
        name = plain_name(resource.name)
        if resource.kind == "patch" and not name.endswith("-patch"):
            name += "-patch"
        while name in out:
            name += "-more"
        out[name] = replace(resource, url=reachable(resource.url))
    return out


def reachable(url: str) -> str:
    """`url` without surrounding blanks; for ftp, which lfsmake does not speak, that host's https address."""
    url = url.strip()
    return "https://" + url.removeprefix("ftp://") if url.startswith("ftp://") else url


def plain_name(text: str) -> str:
    """`text` as a name of the language: lower case, other characters replaced."""
    return re.sub(r"[^a-z0-9+._-]+", "-", text.lower()).strip("-._") or "unnamed"


def steps_of(book: Book) -> BookSteps:
    """The steps that a book makes."""
    resources = resource_names(book)
    parts = _parts(book)
    environ = exported(book.sections)
    left: list[LeftPage] = []
    made: list[BookStep] = []
    for section in book.sections:
        part = parts.get(section.chapter)
        if part is None or not section.chapter or not any(each.screen for each in section.instructions):
            continue
        shown = replace(section, instructions=tuple(each for each in section.instructions if each.screen))
        reason = page_done(section)
        if reason:
            left.append(LeftPage(section, reason))
            continue
        resource = _resource(section, resources)
        phases = phases_of(shown, package=resource is not None)
        if section.user == "lfs" and environ:
            phases = replace(phases, env=(*used(environ, (body for _, body in phases.bodies)), *phases.env))
        if not phases.bodies:
            if phases.left:
                left.append(LeftPage(section, phases.left[0].reason))
            continue
        made.append(_with_files(BookStep(section, "", part, phases, resource), resources))
    named = _named(made)
    needed, notes = _needed(named, book)
    return BookSteps(tuple(needed), tuple(left), notes)


def _parts(book: Book) -> dict[int, Part]:
    """What each chapter is for; those before the folders are made are not in it."""
    out: dict[int, Part] = {}
    begun = built = False
    for chapter, _ in book.chapters:
        inside = [section for section in book.sections if section.chapter == chapter]
        prefixes = [found[1] for section in inside if (found := _PREFIX.match(section.id))]
        sources = [section for section in inside if section.address or section.version]
        begun = begun or "tools" in prefixes or "preps" in prefixes
        if not begun:
            continue
        if "system" in prefixes:
            out[chapter], built = "system", True
        elif built:
            out[chapter] = "config"
        elif not sources:
            out[chapter] = "layout"
        else:
            out[chapter] = "cross" if all(section.context == "host" for section in sources) else "tools"
    return out


def _resource(section: Section, resources: Mapping[str, BookResource]) -> BookResource | None:
    """What a page is built from; None if it is no package."""
    makes = any(each.remap in _MAKES and not each.nodump for each in section.instructions)
    if not makes and not re.search(r"(?m)^\s*(?:make|ninja|\S*/configure)\b", "\n".join(_texts(section))):
        return None
    address = reachable(section.address)
    if address:
        for resource in resources.values():
            if resource.url == address:
                return resource
    tail = _PREFIX.sub("", section.id)
    for wanted in (section.product, tail, f"lfs-{tail}", section.product.partition("-")[0]):
        found = resources.get(plain_name(wanted)) if wanted else None
        if found is not None and found.kind == "package":
            return found
    return None


def _texts(section: Section) -> list[str]:
    return [each.text for each in section.instructions if not each.nodump]


def _with_files(step: BookStep, resources: Mapping[str, BookResource]) -> BookStep:
    """With the further resources that its commands name."""
    by_file = {resource.filename: name for name, resource in resources.items()}
    text = "\n".join(body for _, body in step.phases.bodies)
    unpacks = tuple((by_file[file], folder) for file, folder in step.phases.unpacks if file in by_file)
    own = step.resource.filename if step.resource else ""
    extras = [
        name
        for file, name in by_file.items()
        if file != own and re.search(rf"(?<![\w.+-]){re.escape(file)}(?![\w+-])", text)
    ]
    return replace(step, extras=tuple(extras), unpacks=unpacks)


def _named(steps: Sequence[BookStep]) -> list[BookStep]:
    """Each with a name of its own: the last part of the page's id, told apart by the part of the book."""
    tails = [plain_name(_PREFIX.sub("", step.section.id)) for step in steps]
    systems = {tail for tail, step in zip(tails, steps, strict=True) if step.part == "system"}
    taken: set[str] = set()
    out = []
    for tail, step in zip(tails, steps, strict=True):
        name = tail
        if (tail in systems and step.part != "system") or name in taken:
            name = tail + _SUFFIX[step.part]
        while name in taken:
            name += "-more"
        taken.add(name)
        out.append(replace(step, name=name))
    return out


# Needs.


def _needed(steps: Sequence[BookStep], book: Book) -> tuple[list[BookStep], tuple[str, ...]]:
    keys = [_keys(step) for step in steps]
    told = {_key(needs.product): needs for needs in book.needs}
    later: dict[int, list[str]] = {}  # what the book wants installed before a step
    notes: list[str] = []
    for place, step in enumerate(steps):
        needs = _told(keys[place], told)
        if step.part == "system" and needs is not None:
            for wanted in needs.before:
                for other in range(place + 1, len(steps)):
                    if _key(wanted) in keys[other] and steps[other].part in ("system", "config"):
                        later.setdefault(other, []).append(step.name)
    out: list[BookStep] = []
    for place, step in enumerate(steps):
        if step.part != "system":
            out.append(_chained(step, steps[:place]))
            continue
        packages = [other.name for other in steps[:place] if other.part == "system"]
        needs = _told(keys[place], told)
        if step.resource is None or needs is None:
            if step.resource is not None:
                notes.append(f"{step.section.id}: not in the appendix on dependencies, so it needs all before it")
            out.append(replace(step, build=tuple(packages)))
            continue
        build = _earlier(needs.build, place, steps, keys)
        build += [name for name in later.get(place, ()) if name not in build]
        run = _earlier(needs.run, place, steps, keys)
        test = [name for name in _earlier(needs.test, place, steps, keys) if name not in build]
        build.sort(key=packages.index)
        out.append(replace(step, build=tuple(build), run=tuple(run), test=tuple(test)))
    return out, tuple(notes)


def _chained(step: BookStep, before: Sequence[BookStep]) -> BookStep:
    """Outside the system the book tells no dependencies: what comes first must be there, in the order of the book."""
    chapter = step.section.chapter
    own = tuple(other.name for other in before if other.section.chapter == chapter)
    others = [other for other in before if other.section.chapter != chapter]
    if step.part == "config":
        others = [other for other in others if other.part in ("system", "config")]
        return replace(step, build=(*_groups(others), *own))
    if step.part == "cross" and any(other.part == "cross" for other in others):
        # The temporary tools stand side by side, each built with the cross toolchain; a second pass comes last.
        return replace(step, build=(*_groups(others), *(own if step.section.turn else ())))
    needs = own[-1:] or _groups(others)
    return replace(step, build=needs, run=needs)


def _groups(steps: Iterable[BookStep]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(group_of(step.section.chapter) for step in steps))


def _earlier(
    wanted: Iterable[tuple[str, ...]], place: int, steps: Sequence[BookStep], keys: Sequence[frozenset[str]]
) -> list[str]:
    """The steps of the system before `place` that these name; of alternatives the first that is there."""
    out: dict[str, None] = {}
    for alternatives in wanted:
        for name in alternatives:
            key = _key(name)
            found = [at for at in range(place) if steps[at].part == "system" and key in keys[at]]
            if found:
                out[steps[found[-1]].name] = None
                break
    return list(out)


def _told(keys: frozenset[str], told: Mapping[str, Needs]) -> Needs | None:
    return next((told[key] for key in sorted(keys) if key in told), None)


def _keys(step: BookStep) -> frozenset[str]:
    """The names that the book's prose may call a step by."""
    section = step.section
    title = section.title.replace(f"-{section.version}", "") if section.version else section.title
    title = title.partition(" from ")[0].partition(" - ")[0]
    names = {section.product, _PREFIX.sub("", section.id), title}
    if step.part == "config" and step.resource is not None:
        names.add(step.resource.name)  # the kernel
    return frozenset(_key(name) for name in names if name)


def _key(name: str) -> str:
    """A product's name without case, signs and remarks."""
    return re.sub(r"[^a-z0-9+]", "", re.sub(r"\(.*?\)", "", name).lower())
