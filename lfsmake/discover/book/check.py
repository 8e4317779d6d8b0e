"""Do these recipes agree with that book? Resolved steps against those the book would make. Changes nothing.

A step is held against the page that it names in a comment above it (`# book: ch-tools-m4`), in its title ("LFS 6.2")
or by its own name. Where it leaves the page it says so and why, with `differs WORD because "…"`; what is not said, and
what is said and not so, are findings.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from msgspec import Struct

from lfsmake.discover.book.hosts import tools_of
from lfsmake.discover.book.model import Book, BookResource
from lfsmake.discover.book.recipes import MARK, Imported, import_book
from lfsmake.discover.book.steps import BookStep
from lfsmake.lang.words import listed, meant
from lfsmake.model.errors import Problem, Span
from lfsmake.model.step import PHASES, Project, Resource, Step

# What `differs` can name.
_PLACES = ("version", "source", "digest", "patch", "unpack", "context", "user", "workdir", "env", "order", "needs")
WORDS = (*_PLACES, *PHASES)

_SECTION = re.compile(r"\bLFS (\d+\.\d+)\b")
_PATCHES = re.compile(r"^patch -Np\d+ -i (?:\.\./)+(\S+)$")


class Difference(Struct, frozen=True):
    """One way in which a step leaves its page. `word` is what `differs` calls it, "" if no step can declare it."""

    word: str
    message: str
    expected: str
    span: Span | None


class Compared(Struct, frozen=True):
    """What came of it: steps held against a page, what was found, and how many differences are declared."""

    steps: int
    problems: tuple[Problem, ...]
    declared: int
    unmatched: tuple[str, ...]  # steps of no page of this book


def check_recipes(project: Project, book: Book) -> Compared:
    """Every undeclared difference, every declared one that is none, and every page without a step.

    A page counts as left out only in a chapter of which the project has a step at all.
    """
    imported = import_book(book)
    pages = {step.section.id: step for step in imported.steps}
    matched = _matched(project, imported)
    problems: list[Problem] = []
    declared = 0
    if project.book and project.book != book.version:
        problems.append(
            Problem(
                f"the recipes are for book {project.book}, not {book.version}",
                hint="`lfsmake book upgrade` carries them to another book",
            )
        )
    places = _Places(matched, imported)
    for name, identity in matched.items():
        step = project.steps[name]
        found = list(_differences(step, pages[identity], places))
        declared += len({each.what for each in step.differs} & {one.word for one in found})
        problems += _told(step, found)
    covered = {pages[identity].section.chapter for identity in matched.values()}
    there = set(matched.values())
    for identity, page in pages.items():
        if page.section.chapter in covered and identity not in there:
            problems.append(
                Problem(
                    f"no step for {page.section.number} {page.section.title} of the book",
                    hint=f'name it in the comment above a step: "{MARK}{identity}"',
                )
            )
    problems += _hosts(project, book)
    unmatched = tuple(name for name in project.steps if name not in matched)
    return Compared(len(matched), tuple(problems), declared, unmatched)


def _matched(project: Project, imported: Imported) -> dict[str, str]:
    """Step → the id of its page, in the project's order; a page has at most one step."""
    ids = {step.section.id for step in imported.steps}
    numbers = {step.section.number: step.section.id for step in imported.steps}
    names = {step.name: step.section.id for step in imported.steps}
    marks = _Marks()
    out: dict[str, str] = {}
    taken: set[str] = set()
    for name, step in project.steps.items():
        title = _SECTION.search(step.title)
        identity = marks.above(step.span) or (numbers.get(title[1], "") if title else names.get(name, ""))
        if identity in ids and identity not in taken:
            out[name] = identity
            taken.add(identity)
    return out


class _Marks:
    """The pages that comments above declarations name."""

    def __init__(self) -> None:
        self._lines: dict[str, list[str]] = {}

    def above(self, span: Span) -> str:
        """The id in the comments right above a line; "" without one."""
        if span.file not in self._lines:
            try:
                self._lines[span.file] = Path(span.file).read_text(encoding="utf-8", errors="replace").split("\n")
            except OSError:
                self._lines[span.file] = []
        lines = self._lines[span.file]
        for line in reversed(lines[: span.line - 1]):
            text = line.strip()
            if text.startswith(MARK):
                return text.removeprefix(MARK).split()[0] if text.removeprefix(MARK).split() else ""
            if not text.startswith("#"):
                return ""
        return ""


class _Places:
    """Where the steps stand in the book, and what each has in its root."""

    def __init__(self, matched: Mapping[str, str], imported: Imported) -> None:
        order = {step.section.id: place for place, step in enumerate(imported.steps)}
        self.of = {name: order[identity] for name, identity in matched.items()}
        ours = {identity: name for name, identity in matched.items()}
        self.names = {step.name: ours[step.section.id] for step in imported.steps if step.section.id in ours}


def _differences(step: Step, page: BookStep, places: _Places) -> Iterator[Difference]:
    yield from _source(step, page)
    yield from _commands(step, page)
    section = page.section
    if step.context != section.context:
        yield Difference("context", f"it runs in the {step.context} context", section.context, step.span)
    user = "lfs" if section.user == "lfs" else "root"
    if step.user != user:
        yield Difference("user", f"it runs as {step.user}", user, step.span)
    if step.kind == "package" and step.workdir != page.phases.workdir:
        expected = f'"{page.phases.workdir}"' if page.phases.workdir else "the folder of the sources"
        yield Difference("workdir", f'it is built in "{step.workdir}"', expected, step.span)
    env = dict(step.env)
    for name, value in page.phases.env:
        if name not in env:
            yield Difference("env", f"{name} is not exported", f'env {name} "{value}"', step.span)
    yield from _order(step, page, places)


# Sources.


def _source(step: Step, page: BookStep) -> Iterator[Difference]:
    book = page.resource
    if book is None:
        return
    if step.source is None:
        yield Difference("source", "it has no source", book.url, step.span)
        return
    if book.version and step.version != book.version:
        yield Difference("version", f"its version is {step.version or 'not told'}", book.version, step.span)
    first = step.source.origins[0]
    if first.url != book.url:
        yield Difference("source", f"its source is {first.url}", book.url, first.span)
    yield from _digest(step.source, book)


def _digest(resource: Resource, book: BookResource) -> Iterator[Difference]:
    first = resource.origins[0]
    told = [digest.value for digest in first.digests if digest.algorithm == "md5"]
    if told and told[0] != book.md5.lower():
        yield Difference("digest", f"the md5 of {resource.filename} is {told[0]}", book.md5.lower(), first.span)


# Commands.


def _commands(step: Step, page: BookStep) -> Iterator[Difference]:
    ours = {phase.name: phase.bodies for phase in step.phases}
    theirs = dict(page.phases.bodies)
    facts = dict(step.facts)
    patches: list[str] = []
    wanted: list[str] = []
    for name in PHASES:
        mine, own = _lines("\n".join(body.text for body in ours.get(name, ())), facts)
        book, needed = _lines(theirs.get(name, ""), {})
        patches += own
        wanted += needed
        if mine == book:
            continue
        span = ours[name][0].span if name in ours else step.span
        yield Difference(name, *_change(name, mine, book), span)
    patches += [patch.resource.filename for patch in step.patches]
    if sorted(patches) != sorted(wanted):
        place = step.patches[0].resource.span if step.patches else step.span
        yield Difference("patch", f"it applies {_files(patches)}", _files(wanted), place)
    unpacked = sorted((each.resource.name, each.folder) for each in step.unpacks)
    if unpacked != sorted(page.unpacks):
        folders = [f"{name} in {folder}" for name, folder in unpacked]
        yield Difference(
            "unpack", f"it unpacks {_files(folders)}", _files(f"{n} in {f}" for n, f in page.unpacks), step.span
        )
    both = [phase for phase, _ in page.phases.bodies if phase in ours]
    mine_order = [phase.name for phase in step.phases if phase.name in both]
    if mine_order != both:
        yield Difference("order", f"its phases run as {' '.join(mine_order)}", " ".join(both), step.span)


def _files(names: Iterable[str]) -> str:
    return listed(names, "and") or "nothing"


def _change(phase: str, ours: Sequence[str], book: Sequence[str]) -> tuple[str, str]:
    """The message and what was expected, for the first line that is not the same."""
    if not book:
        return f"the book has no {phase}", "nothing"
    if not ours:
        return f"it has no {phase}", book[0]
    for at, line in enumerate(book):
        if at < len(ours) and ours[at] != line and ours[at].split()[0] == line.split()[0]:
            return _words(phase, ours[at].split(), line.split())
        if at >= len(ours) or ours[at] != line:
            mine = f"`{_short(ours[at])}`" if at < len(ours) else "nothing more"
            return f"its {phase} says {mine}", f"`{_short(line)}`"
    return f"its {phase} says `{_short(ours[len(book)])}` besides", "nothing more"


def _words(phase: str, ours: Sequence[str], book: Sequence[str]) -> tuple[str, str]:
    """The same for two lines of one command, by the words that only one of them has."""
    more = " ".join(word for word in ours if word not in book)
    less = " ".join(word for word in book if word not in ours)
    if not more and not less:
        return f"its {phase} says `{_short(' '.join(ours))}`", f"`{_short(' '.join(book))}`"
    if not more:
        return f"its {phase} leaves out `{_short(less)}`", f"`{_short(' '.join(book), 60)}`"
    return f"its {phase} says `{_short(more)}`", f"`{_short(less)}`" if less else "without that"


def _short(text: str, most: int = 160) -> str:
    return text if len(text) <= most else text[: most - 1] + "…"


def _lines(text: str, facts: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The commands, each a line with single blanks, without comments; and the files that `patch` lines name."""
    for name in ("version", "name"):
        if name in facts:
            text = re.sub(rf"\$(?:{name}\b|\{{{name}\}})", lambda _: facts[name], text)  # noqa: B023 - used at once
    out: list[str] = []
    patches: list[str] = []
    for line in re.sub(r"\\\n", " ", text).split("\n"):
        plain = " ".join(line.split())
        if not plain or plain.startswith("#"):
            continue
        patch = _PATCHES.match(plain)
        if patch:
            patches.append(patch[1])
        else:
            out.append(plain)
    return out, patches


# Order and needs.


def _order(step: Step, page: BookStep, places: _Places) -> Iterator[Difference]:
    place = places.of[step.name]
    needed = {need.name for need in step.needs}
    first = [(need.name, need.span) for need in step.needs] + [(name, step.span) for name in step.after]
    late = next((each for each in first if places.of.get(each[0], -1) > place), None)
    if late is not None:
        yield Difference("order", f"it waits for {late[0]}, which the book builds later", "the book's order", late[1])
    if page.part == "system":
        wanted = [places.names[name] for name in (*page.build, *page.run) if name in places.names]
        missing = [name for name in dict.fromkeys(wanted) if name not in needed]
        if missing:
            yield Difference("needs", f"it does not need {listed(missing, 'and')}", "the book's appendix", step.span)


# What is told.


def _told(step: Step, found: Sequence[Difference]) -> Iterator[Problem]:
    declared = {each.what for each in step.differs}
    words = {one.word for one in found}
    for one in found:
        if one.word not in declared:
            yield Problem(
                f"{step.name} differs from the book: {one.message}",
                one.span,
                one.expected,
                f'if that is meant: differs {one.word} because "…"',
            )
    for each in step.differs:
        if each.what not in WORDS:
            yield Problem(
                f'{step.name} cannot differ in "{each.what}"', each.span, listed(WORDS), meant(each.what, WORDS)
            )
        elif each.what not in words:
            yield Problem(
                f"{step.name} does not differ from the book in {each.what}",
                each.span,
                hint=f"take it out: differs {each.what}",
            )


def _hosts(project: Project, book: Book) -> Iterator[Problem]:
    """Tools that the project wants in another version than the book."""
    if not project.hosts:
        return
    wanted = {name: version for name, version, _, _ in tools_of(book)}
    for host in project.hosts.values():
        for tool in host.tools:
            if tool.name in wanted and tool.version != wanted[tool.name]:
                yield Problem(
                    f"{host.name} wants {tool.name} {tool.version or 'of any version'}",
                    tool.span,
                    f">= {wanted[tool.name]}" if wanted[tool.name] else "any version",
                )
        if host.kernel and book.kernel and host.kernel != book.kernel:
            yield Problem(f"{host.name} wants Linux {host.kernel}", host.span, book.kernel)
