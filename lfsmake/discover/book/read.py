"""A checkout of the book's XML to a `Book`. Runs nothing, fetches nothing, reads nothing outside the folder."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from msgspec.structs import replace

from lfsmake.discover.book.entities import Element, Folder, refusal
from lfsmake.discover.book.materials import hosts_of, resources_of
from lfsmake.discover.book.model import Book, BookResource, HostTool, Needs, Revision, Section
from lfsmake.discover.book.needs import needs_of
from lfsmake.discover.book.pages import section_of
from lfsmake.discover.book.profile import Profile
from lfsmake.discover.book.prose import one_line
from lfsmake.discover.book.xml import whole
from lfsmake.lang.words import listed, meant
from lfsmake.model.errors import BookErrors, Problem

_BECOMES_LFS = re.compile(r"^\s*su\s+-\s+lfs\b", re.MULTILINE)
_ENTERS = re.compile(r"^\s*chroot\s+\"?\$\{?LFS\b", re.MULTILINE)
_SYSTEMD = re.compile(r"-systemd(?=-rc|$)")


def read_book(root: Path, revision: Revision = "sysv", arch: str = "x86_64") -> Book:
    """The book whose `index.xml` lies in `root`. BookErrors, with the place, if it cannot or must not be read."""
    folder = Folder(_checkout(root), revision)
    profile = Profile(revision, arch)
    tree = whole(folder, "index.xml", profile)
    _ask(folder, profile)
    sections, chapters = _sections(folder, tree)
    resources: list[BookResource] = []
    hosts: tuple[HostTool, ...] = ()
    needs: tuple[Needs, ...] = ()
    kernel = ""
    for page in _pages(tree):
        identity = page.attributes.get("id", "")
        if identity.endswith(("materials-packages", "materials-patches")):
            resources += resources_of(page, folder.entities)
        elif identity.endswith("hostreqs"):
            hosts, kernel = hosts_of(page)
        elif page.tag == "appendix" and _title(page).lower() == "dependencies":
            needs = needs_of(page)
    return Book(
        version=_version(folder, tree),
        revision=revision,
        arch=arch,
        root=str(folder.root),
        sections=sections,
        resources=tuple(resources),
        needs=needs,
        hosts=hosts,
        kernel=kernel,
        chapters=chapters,
        orphans=_orphans(folder),
        notes=(*folder.notes, *_absent(folder), *(f"{one.name} has no MD5" for one in resources if not one.md5)),
    )


def _checkout(root: Path) -> Path:
    """The folder with the index; `root` may be the index itself. BookErrors."""
    hint = "give the folder that holds index.xml"
    try:
        found = (root.parent if root.name == "index.xml" and root.is_file() else root).resolve()
        str(found).encode()
        if (found / "index.xml").is_file():
            return found
        reason = (
            "it has no index.xml" if found.is_dir() else "it is no folder" if found.exists() else "nothing is there"
        )
        above = next((up for up in found.parents if (up / "index.xml").is_file()), None)
        if (found / "HEAD").is_file() and (found / "objects").is_dir():
            hint = f"that is a repository without its files: git clone --branch VERSION {found} FOLDER"
        elif above is not None:
            hint = f"did you mean {above}?"
    except UnicodeEncodeError:
        reason = "its name is not UTF-8"
    except (OSError, RuntimeError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    told = str(root).encode("utf-8", "replace").decode()
    raise refusal(f"{told} is no checkout of the book: {reason}", None, hint)


def _ask(folder: Folder, profile: Profile) -> None:
    """Refuse an architecture that the book does not name among others: half of each command would be missing."""
    if profile.known(folder.architectures):
        return
    if not folder.architectures:
        folder.note(f"{profile.arch}: the book is the same for every architecture")
        return
    names = sorted(folder.architectures)
    expected = f"{listed(names)}; x86_64 is default" if "default" in names else listed(names)
    message = f'the book at {folder.root} has no architecture "{profile.arch}"'
    raise BookErrors((Problem(message, None, expected, meant(profile.arch, names)),))


def _sections(folder: Folder, tree: Element) -> tuple[tuple[Section, ...], tuple[tuple[int, str], ...]]:
    """The pages in the order of the book, and its chapters. Pages outside of chapters have chapter 0."""
    made: list[Section] = []
    chapters: list[tuple[int, str]] = []
    appendices = 0
    for part in _all(tree, ("chapter", "appendix", "preface")):
        chapter, mark = 0, ""
        if part.tag == "chapter":
            chapter = len(chapters) + 1
            mark = str(chapter)
            chapters.append((chapter, _title(part)))
        elif part.tag == "appendix":
            mark = chr(ord("A") + appendices % 26)
            appendices += 1
            if not any(child.tag == "sect1" for child in part.elements()):
                made.append(section_of(part, mark, 0, _below(folder, part)))
        pages = [page for page in part.elements() if page.tag == "sect1"]
        for place, page in enumerate(pages, start=1):
            made.append(section_of(page, f"{mark}.{place}" if mark else "", chapter, _below(folder, page)))
    return _peopled(made), tuple(chapters)


def _peopled(sections: list[Section]) -> tuple[Section, ...]:
    """With who runs each page where: the host's root until a page becomes `lfs`, the target's root after the chroot."""
    into = next((at for at, section in enumerate(sections) if _says(section, _ENTERS)), len(sections))
    entered = sections[into].chapter if into < len(sections) else 7
    becomes = next(
        (at for at, section in enumerate(sections[:into]) if _says(section, _BECOMES_LFS)),
        None,
    )
    made = []
    for at, section in enumerate(sections):
        user: Literal["host-root", "lfs", "root"]
        if not section.chapter:
            user = "host-root"
        elif at > into or (into == len(sections) and section.chapter > entered):
            user = "root"
        elif section.chapter == entered:
            user = "host-root"
        elif at > becomes if becomes is not None else section.chapter in (5, 6):
            user = "lfs"
        else:
            user = "host-root"
        made.append(replace(section, user=user, context="target" if user == "root" else "host"))
    return tuple(made)


def _says(section: Section, words: re.Pattern[str]) -> bool:
    return any(one.screen and words.search(one.text) for one in section.instructions)


def _version(folder: Folder, tree: Element) -> str:
    """As the book's entity says, without what tells the revisions apart."""
    text = folder.value("version")
    if not text:
        subtitles = [one_line(found.text()) for found in _all(tree, ("subtitle",))]
        match = re.search(r"\d+\.\d+\S*", subtitles[0]) if subtitles else None
        text = match[0] if match else "unknown"
    return _SYSTEMD.sub("", text)


def _absent(folder: Folder) -> Iterator[str]:
    if len(folder.absent) == 1:
        yield f"{folder.absent[0]} is not here: left empty"
    elif folder.absent:
        yield f"{folder.absent[0]} and {len(folder.absent) - 1} more files are not here: left empty"


def _pages(tree: Element) -> Iterator[Element]:
    yield from _all(tree, ("sect1", "appendix"))


def _all(element: Element, tags: tuple[str, ...]) -> Iterator[Element]:
    for child in element.elements():
        if child.tag in tags:
            yield child
        yield from _all(child, tags)


def _title(element: Element) -> str:
    return next((one_line(child.text()) for child in element.elements() if child.tag == "title"), "")


def _below(folder: Folder, element: Element) -> str:
    return os.path.relpath(element.file, folder.root)


def _orphans(folder: Folder) -> tuple[str, ...]:
    """The XML files below the root that were not read; stylesheets and hidden folders do not count."""
    found = []
    for where, folders, files in os.walk(folder.root):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name != "stylesheets")
        found += [os.path.relpath(f"{where}/{name}", folder.root) for name in files if name.endswith(".xml")]
    told = (name.encode("utf-8", "replace").decode() for name in found if name not in folder.read)
    return tuple(sorted(told))
