"""`lfsmake book diff A B`: what changed from one book to another."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from lfsmake.cli.given import PLACE, given
from lfsmake.cli.options import Settings, Words, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.model.errors import EXIT_OK
from lfsmake.ui.text import safe, several

if TYPE_CHECKING:
    from lfsmake.discover.book.diff import BookDiff, FileChange

_SHAPE = """
As `grammar/book-diff.schema.json` says: `{"version": 1, "revision": "sysv", "arch": "x86_64", "diff": {"before":
"12.2", "after": "12.3", "added": [FILE, …], "removed": [FILE, …], "upgraded": [FILE, …], "refiled": [FILE, …],
"pages_added": [PAGE, …], "pages_removed": [PAGE, …], "commands": [{"id": …, "title": …, "number_before": "8.5",
"number_after": "8.5", "versions_only": true | false, "diff": ["--- chapter08/glibc.xml (12.2)", …]}, …], "moved":
[{"id": …, "number_before": …, "number_after": …, "behind": "ch-system-zlib"}, …], "needs": [{"product": "Acl",
"kind": "build" | "run" | "test" | "before" | "optional", "added": […], "removed": […]}, …], "hosts": [{"name":
"GCC", "before": "5.1", "after": "5.2"}, …]}}`. A FILE is `{"name": "acl", "before": RESOURCE | null, "after":
RESOURCE | null}`, a RESOURCE `{"name", "version", "url", "md5", "filename", "kind": "package" | "patch", "size":
BYTES | null, "homepage"}`; `upgraded` has another version, `refiled` the same version with another digest or
address. A PAGE is `{"id", "number", "title", "commands": 3}`.
"""


@declare(
    "diff",
    click.Argument(["before"], metavar="A", type=PLACE),
    click.Argument(["after"], metavar="B", type=PLACE),
    click.Option(
        ["--revision"], metavar="NAME", type=Words("--revision", ("sysv", "systemd")), default="sysv",
        help="sysv (default) or systemd",
    ),
    click.Option(["--arch"], metavar="ARCH", default="x86_64", help="the architecture of the books; x86_64 without"),
    examples=(("lfsmake book diff ~/lfs-12.2 ~/lfs-12.3", "packages, files, commands, order, needs, the host"),),
    json=_SHAPE,
)
def command(settings: Settings, before: str, after: str, revision: str, arch: str) -> int:
    """Show what changed from the book in A to the book in B: folders that hold an index.xml.

    Commands are shown as a unified diff for each page. Pages where only versions changed are listed with -v.
    """
    from lfsmake.cli.books import revision_of
    from lfsmake.discover.book.diff import diff_books
    from lfsmake.discover.book.read import read_book

    paths = [given(settings.directory, path, word) for path, word in ((before, "A"), (after, "B"))]
    old, new = (read_book(path, revision_of(revision), arch) for path in paths)
    found = diff_books(old, new)
    if settings.json:
        emit_json({"version": 1, "revision": new.revision, "arch": new.arch, "diff": found})
    else:
        for line in diff_lines(found, verbose=settings.verbose):
            emit(safe(line))
    return EXIT_OK


def diff_lines(found: "BookDiff", *, verbose: bool) -> list[str]:
    """The whole of it as text, a heading a kind of change; kinds without changes are left out."""
    lines = [f"book {found.before} -> {found.after}"]
    lines += _headed("packages and patches added", (_file(one) for one in found.added))
    lines += _headed("packages and patches removed", (_file(one) for one in found.removed))
    lines += _headed("packages and patches upgraded", _columns([(one.name, _step(one)) for one in found.upgraded]))
    lines += _headed("same version, another file", (line for one in found.refiled for line in _refiled(one)))
    lines += _headed("pages added", (f"{one.number}  {one.id}  {one.title}" for one in found.pages_added))
    lines += _headed("pages removed", (f"{one.number}  {one.id}  {one.title}" for one in found.pages_removed))
    lines += _headed(
        "order",
        (f"{one.number_before} -> {one.number_after}  {one.id}, now {_behind(one.behind)}" for one in found.moved),
    )
    lines += _headed(
        "needs",
        (
            f"{one.product} {one.kind}: " + ", ".join([*(f"+{x}" for x in one.added), *(f"-{x}" for x in one.removed)])
            for one in found.needs
        ),
    )
    lines += _headed(
        "host", (f"{one.name} {one.before or '(none)'} -> {one.after or '(none)'}" for one in found.hosts)
    )
    told = [one for one in found.commands if verbose or not one.versions_only]
    for change in told:
        lines += ["", f"{change.number_after} {change.title} ({change.id})", *change.diff]
    if len(told) < len(found.commands):
        lines += ["", f"{several(len(found.commands) - len(told), 'page')} where only versions changed; -v shows them"]
    return lines if len(lines) > 1 else [*lines, "nothing changed"]


def _headed(heading: str, rows: Iterable[str]) -> list[str]:
    made = [f"  {row}" for row in rows]
    return ["", heading, *made] if made else []


def _columns(rows: Sequence[tuple[str, str]]) -> list[str]:
    width = max((len(name) for name, _ in rows), default=0)
    return [f"{name:<{width}}  {text}" for name, text in rows]


def _file(change: "FileChange") -> str:
    one = change.after or change.before
    return f"{change.name} {one.version or one.filename}" if one else change.name


def _step(change: "FileChange") -> str:
    old, new = change.before, change.after
    if old is None or new is None:
        return ""
    return f"{old.version or old.filename} -> {new.version or new.filename}"


def _refiled(change: "FileChange") -> list[str]:
    old, new = change.before, change.after
    if old is None or new is None:
        return []
    lines = [f"{change.name} {new.version or new.filename}"]
    if old.md5 != new.md5:
        lines.append(f"  md5 {old.md5 or '(none)'} -> {new.md5 or '(none)'}")
    if old.url != new.url:
        lines += [f"  from {old.url}", f"    to {new.url}"]
    return lines


def _behind(identity: str) -> str:
    return f"behind {identity}" if identity else "the first"
