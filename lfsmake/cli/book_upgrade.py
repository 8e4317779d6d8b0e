"""`lfsmake book upgrade --from OLD --to NEW [DIR]`: changes carried to the next book."""

import click

from lfsmake.cli.given import PLACE, given
from lfsmake.cli.options import Settings, Words, declare
from lfsmake.cli.output import emit, emit_json, write
from lfsmake.model.errors import EXIT_OK, EXIT_STEP
from lfsmake.ui.text import several

_SHAPE = """
`{"version": 1, "from": "12.2", "to": "12.3", "written": true | false, "files": ["chapter05.lfs", …], "outcomes":
[{"file": "chapter05.lfs", "name": "package glibc-temp", "what": "taken" | "merged" | "added" | "removed" | "kept" |
"conflict", "why": "…"}, …]}`; `written` is false with `--dry-run`.
"""


@declare(
    "upgrade",
    click.Argument(["folder"], metavar="[DIR]", default="."),
    click.Option(["--from", "old"], metavar="OLD", required=True, type=PLACE, help="the book imported from"),
    click.Option(["--to", "new"], metavar="NEW", required=True, type=PLACE, help="the book to go to"),
    click.Option(
        ["--revision"], metavar="NAME", type=Words("--revision", ("sysv", "systemd")),
        help="sysv or systemd; that of the recipes without",
    ),
    click.Option(["--arch"], metavar="ARCH", help="the architecture of the books; that of the recipes without"),
    click.Option(["-n", "--dry-run"], is_flag=True, help="change nothing; print the differences"),
    examples=(
        ("lfsmake book upgrade -n --from lfs-12.2 --to lfs-12.3", "what it would change"),
        ("lfsmake book upgrade --from lfs-12.2 --to lfs-12.3 ~/lfs", "merge, and list the conflicts"),
    ),
    json=_SHAPE,
)
def command(
    settings: Settings, folder: str, old: str, new: str, revision: str | None, arch: str | None, dry_run: bool
) -> int:
    """Merge the changes made to imported recipes with those from one book to the next, recipe by recipe.

    All files are written or none. Where both changed the same lines, both versions stand between marks; each such
    recipe is listed, and the exit code is 1.
    """
    from lfsmake.cli.books import imported_arch, imported_revision, ready_to_write, revision_of
    from lfsmake.discover.book.project import ask_base, read_files, upgrade, write_merge
    from lfsmake.discover.book.read import read_book

    ready_to_write()
    place = given(settings.directory, folder, "DIR")
    paths = [given(settings.directory, path, word) for path, word in ((old, "--from"), (new, "--to"))]
    ours = read_files(place)
    word = revision_of(revision) if revision else imported_revision(place)
    kind = arch or imported_arch(place)
    before, after = (read_book(path, word, kind) for path in paths)
    merge = upgrade(before, after, ours)
    ask_base(place, ours, before)
    if not dry_run:
        write_merge(place, merge)
    if settings.json:
        emit_json(
            {
                "version": 1,
                "from": before.version,
                "to": after.version,
                "written": not dry_run,
                "files": sorted(merge.files),
                "outcomes": [
                    {"file": one.file, "name": one.name, "what": one.what, "why": one.why} for one in merge.outcomes
                ],
            }
        )
        return EXIT_STEP if merge.conflicts else EXIT_OK
    if dry_run:
        from lfsmake.discover.book.project import differences

        write(differences(ours, merge))
    if settings.verbose:
        for one in merge.outcomes:
            if one.what != "conflict":
                emit(f"{one.what:<8}  {one.file}  {one.name}")
    for one in merge.conflicts:
        emit(f"conflict  {one.file}  {one.name}: {one.why}")
    if not settings.quiet:
        words = "would be changed" if dry_run else "changed"
        counts = {what: sum(one.what == what for one in merge.outcomes) for what in _COUNTED}
        told = ", ".join(f"{count:,} {what}" for what, count in counts.items() if count)
        emit(f"lfsmake: {several(len(merge.files), 'file')} {words}" + (f": {told}" if told else ""))
    return EXIT_STEP if merge.conflicts else EXIT_OK


_COUNTED = ("taken", "merged", "added", "removed", "kept", "conflict")
