"""A book to the texts of its recipes: one file a chapter, resources, styles, the host. Writes no files.

What it gives is laid out as `lfsmake fmt` does it and depends on nothing but the book, so that two books can be
compared and changes carried from one to the next. Each step says in a comment which page it is from:
`# book: ch-tools-m4`.
"""

import re
from collections.abc import Collection, Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from lfsmake.discover.book.hosts import host_text
from lfsmake.discover.book.model import Book, BookResource
from lfsmake.discover.book.steps import BookStep, BookSteps, LeftPage, group_of, resource_names, steps_of
from lfsmake.lang.body import embed
from lfsmake.lang.format import format_text
from lfsmake.model.errors import RecipeError

MARK = "# book: "  # a page's id stands behind it

_WEB = re.compile(r"https?://[^/\s]+/\S*")
_MD5 = re.compile(r"[0-9a-fA-F]{32}")
_FILE = re.compile(r"[\w~][\w.+\-@~,%]*")
_VERSION = re.compile(r"[\w/$~][\w.+\-/@~$,%]*")
# What the book does on purpose, by the findings that `lfsmake check` would have.
_ALLOWED = (
    (re.compile(r"(?m)^\s*cp -\w*i"), "prompt", "there is no file yet that cp would ask about"),
)
_HOST_STYLE, _SYSTEM_STYLE, _TEMPORARY = "cross", "system", "temporary-tools"


class Imported(Struct, frozen=True):
    """The recipes of a book. `files` are by name, `options` those that were made of what the book leaves open."""

    files: dict[str, str]
    steps: tuple[BookStep, ...]
    notes: tuple[str, ...]  # what could not be decided, or has to be filled in


def import_book(book: Book) -> Imported:
    """The recipes that a book makes. Raises RecipeError if it has no step."""
    made = steps_of(book)
    if not made.steps:
        raise RecipeError(
            f"the book at {book.root} has no chapter that builds anything",
            hint="lfsmake reads books from version 10.0 on",
        )
    resources, dropped = _usable(resource_names(book))
    gone = {step.name: step for step in made.steps if step.resource is not None and step.resource.url in dropped}
    steps = [_without(step, gone) for step in made.steps if step.name not in gone]
    notes = [*book.notes, *made.notes]
    notes += [f"{step.section.id}: left out, its source has no usable address or digest" for step in gone.values()]
    notes += [
        f"{each.filename}: taken from https instead of ftp" for each in book.resources if each.url.startswith("ftp:")
    ]
    notes += [f"{step.section.id}: to fill in: {', '.join(step.phases.fills)}" for step in steps if step.phases.fills]
    texts = {
        "options.lfs": _options(book, steps),
        "resources.lfs": _resources(book, resources),
        "host.lfs": host_text(book, _title(book, "what the host must have")),
        "styles.lfs": _styles(book, steps),
    }
    for chapter, title in book.chapters:
        inside = [step for step in steps if step.section.chapter == chapter]
        if inside:
            left = [page for page in made.left if page.section.chapter == chapter]
            texts[f"chapter{chapter:02}.lfs"] = _chapter(book, chapter, title, inside, left, resources)
    return Imported({name: format_text(name, text) for name, text in texts.items()}, tuple(steps), tuple(notes))


def _without(step: BookStep, gone: Collection[str]) -> BookStep:
    """The step without needs of those that are left out."""
    if not gone:
        return step
    build, run, test = (
        tuple(name for name in needs if name not in gone) for needs in (step.build, step.run, step.test)
    )
    return replace(step, build=build, run=run, test=test)


def default_target(steps: BookSteps | Imported) -> str:
    """What is built where nothing is named: the cross toolchain."""
    chosen = next((step for step in steps.steps if step.part == "cross"), steps.steps[0])
    return group_of(chosen.section.chapter)


def quoted(text: str) -> str:
    """`text` as a string of the language, which is a template, that means just this."""
    text = re.sub(r"\{(?=[{%#])", "{{ '{' }}", text)
    text = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{text}"'


def _title(book: Book, rest: str) -> str:
    arch = "" if book.arch == "x86_64" else f", {book.arch}"
    return f"# LFS {book.version}, {book.revision}{arch}: {rest}."


def _comment(text: str) -> str:
    """`text` as one line of comment."""
    return "# " + " ".join(re.sub(r"[\0\r]", " ", text).split())


def _options(book: Book, steps: Iterable[BookStep]) -> str:
    found = {name: choices for step in steps for name, choices in step.phases.options}
    lines = [
        _title(book, "what can be chosen"),
        "# Imported from the book. `lfsmake book upgrade` merges what is changed here with the next book. What is",
        "# particular to a site stands in the folder site, with `amend`.",
        "",
        f"book {quoted(book.version)}",
        "",
        f"option init = {book.revision}",
        *(f"option {name} = {'|'.join(choices)}" for name, choices in found.items()),
    ]
    return "\n".join(lines) + "\n"


# Resources.


def _usable(resources: dict[str, BookResource]) -> tuple[dict[str, BookResource], frozenset[str]]:
    """Those that the language can name, and the addresses of the others."""
    usable = {
        name: each
        for name, each in resources.items()
        if _WEB.fullmatch(each.url) and _MD5.fullmatch(each.md5) and _FILE.fullmatch(each.filename)
    }
    return usable, frozenset(each.url for name, each in resources.items() if name not in usable)


def _resources(book: Book, resources: dict[str, BookResource]) -> str:
    lines = [_title(book, "where the sources come from")]
    for name, resource in resources.items():
        version = resource.version if _VERSION.fullmatch(resource.version) and resource.version != "from" else ""
        url = quoted(resource.url)
        if version and "{{" not in url:
            url = url.replace(version, "{{ version }}")
        last = re.split(r"[?#]", resource.url, maxsplit=1)[0].rpartition("/")[2]
        renamed = resource.filename != last and _VERSION.fullmatch(resource.filename)
        alias = f" as {resource.filename}" if renamed else ""
        size = f"  # {resource.size:,} bytes" if resource.size else ""
        lines += ["", " ".join(filter(None, ("resource", name, version, "{")))]
        if resource.homepage.strip():
            lines.append(f"homepage {quoted(resource.homepage.strip())}")
        lines += [f"source {url}{alias}{size}", f"md5 {resource.md5}", "}"]
    return "\n".join(lines) + "\n"


# Styles and chapters.


def _styles(book: Book, steps: Sequence[BookStep]) -> str:
    before = dict.fromkeys(
        group_of(step.section.chapter) for step in steps if step.part in ("layout", "cross", "tools")
    )
    lines = [_title(book, "what steps of one part have in common"), ""]
    lines += [
        "# Built on the host for $LFS_TGT, as the user lfs, into $LFS.",
        f"style {_HOST_STYLE} {{",
        "context host",
        'user "lfs"',
        "needs build host-tools",
        "}",
    ]
    if before and any(step.part == "system" for step in steps):
        lines += [
            "",
            "# Built by the temporary system, on top of it: what it installs may cover the temporary tools.",
            f"style {_SYSTEM_STYLE} {{",
            "context target",
            f"needs build {_TEMPORARY}",
            "}",
            "",
            f'group {_TEMPORARY} "All that is there before the system itself is built" {{',
            "members " + " ".join(before),
            "}",
        ]
    return "\n".join(lines) + "\n"


def _chapter(
    book: Book,
    chapter: int,
    title: str,
    steps: Sequence[BookStep],
    left: Sequence[LeftPage],
    resources: dict[str, BookResource],
) -> str:
    lines = [_title(book, f"chapter {chapter}, {_plain(title)}")]
    if left:
        lines += ["#", "# Pages of which nothing is needed here:"]
        lines += [_comment(f"{page.section.number} {page.section.title}: {page.reason}") for page in left]
    lines += ["", f"group {group_of(chapter)} {quoted(f'{title}, LFS chapter {chapter}')} {{"]
    lines += ["members " + " ".join(step.name for step in steps), "}"]
    for step in steps:
        lines += ["", *_step(book, step, resources)]
    return "\n".join(lines) + "\n"


def _plain(text: str) -> str:
    return " ".join(text.split())


def _step(book: Book, step: BookStep, resources: dict[str, BookResource]) -> list[str]:
    """The lines of one step, not laid out."""
    section, phases = step.section, step.phases
    names = {resource.url: name for name, resource in resources.items()}
    lines = [f"{MARK}{section.id}"]
    lines += [_comment(f"Left out, {one.reason}: {one.text}") for one in phases.left]
    if phases.fills:
        lines.append(_comment(f"To fill in before this is built: {', '.join(phases.fills)}"))
    if phases.choices:
        lines.append(_comment(f"The book lets its reader choose: {', '.join(phases.choices)}"))
    title = _plain(section.title)
    if section.version:
        title = title.replace(f"-{section.version}", "")
    heading = quoted(f"{title}, LFS {section.number}")
    if step.resource is not None:
        lines.append(f"package {step.name} from {names[step.resource.url]} {heading} {{")
    else:
        lines.append(f"script {step.name} {heading} {{")
    lines += _where(step)
    if phases.order:
        lines.append("order " + " ".join(phases.order))
    if phases.workdir:
        lines.append(f"workdir {quoted(phases.workdir)}")
    if phases.critical:
        lines.append("tests critical")
    cost = [f"{value:g} {unit}" for value, unit in ((section.sbu, "SBU"), (section.disk, "MB")) if value]
    if cost and "e" not in "".join(cost):
        lines.append("cost " + " ".join(cost))
    extras = [name for name in step.extras if name in resources]
    if extras:
        lines.append("with " + " ".join(extras))
    lines += [f"unpack {name} {quoted(folder)}" for name, folder in step.unpacks if name in resources]
    lines += [f"env {name} {quoted(value)}" for name, value in phases.env]
    text = "\n".join(body for _, body in phases.bodies)
    lines += [f"allow {what} because {quoted(why)}" for pattern, what, why in _ALLOWED if pattern.search(text)]
    for scope, needs in (("build", step.build), ("run", step.run), ("test", step.test)):
        if needs:
            lines.append(f"needs {scope} " + " ".join(needs))
    lines.append("")
    for phase, body in phases.bodies:
        lines += _body(phase, body)
    return [*lines, "}"]


def _where(step: BookStep) -> list[str]:
    section = step.section
    if step.part == "system":
        return [f"style {_SYSTEM_STYLE}"]
    if section.context == "target":
        return []
    if section.user == "lfs":
        return [f"style {_HOST_STYLE}"]
    return ["context host", "needs build host-tools"]


def _body(phase: str, body: str) -> list[str]:
    """A phase, in the line of its colon where that reads well."""
    body = body.strip("\n")
    if "\n" not in body and not body.endswith("\\") and not body.startswith((" ", "\t")) and len(body) < 90:
        return [f"{phase}: {body}"]
    return [f"{phase}:", embed(body, "    ")]
