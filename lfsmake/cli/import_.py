"""`lfsmake import DIR --to FOLDER`: recipes of a tree of build scripts."""

from pathlib import Path

import click

from lfsmake.cli.given import PLACE, given
from lfsmake.cli.options import Settings, Words, declare
from lfsmake.cli.output import emit, emit_json
from lfsmake.model.errors import EXIT_OK
from lfsmake.ui.text import nice_path, safe, several

_SHAPE = """
`{"version": 1, "folder": "/…", "written": ["temporary-tools.lfs", …], "unchanged": […], "steps": [{"name": "gcc-pass1",
"kind": "package" | "script", "script": "5.5-gcc.sh", "why": "…", "marks": ["…", …]}, …], "marks": 9, "left": [{"id":
"lib.sh", "why": "helper: …"}, …], "skipped": [{"path": "x.sh", "why": "…"}, …]}`. `why` says why a script was kept
whole, `marks` what could not be decided, `skipped` names what could not be read.
"""


@declare(
    "import",
    click.Argument(["folder"], metavar="DIR"),
    click.Option(["--to"], metavar="FOLDER", required=True, type=PLACE, help="where the recipes go"),
    click.Option(
        ["--as", "way"],
        metavar="KIND",
        type=Words("--as", ("packages", "scripts")),
        default="packages",
        help="packages (default): phases, sources and patches taken out; scripts: bodies kept whole",
    ),
    click.Option(["--sources"], metavar="DIR", type=PLACE, help="a folder of archives, whose digests are taken"),
    click.Option(["-n", "--dry-run"], is_flag=True, help="write nothing; list what each script would become"),
    click.Option(["--force"], is_flag=True, help="write over files that say something else"),
    examples=(
        ("lfsmake import ../my-lfs --to recipes/mine", "packages, as far as that can be decided"),
        ("lfsmake import ../my-lfs --to recipes/mine --sources ~/lfs/sources", "with digests of what lies there"),
        ("lfsmake import ../my-lfs --to recipes/mine --as scripts", "each script whole, as a step"),
    ),
    json=_SHAPE,
)
def command(settings: Settings, folder: str, to: str, way: str, sources: str | None, dry_run: bool, force: bool) -> int:
    """Make recipes of the build scripts below DIR. Reads them, and runs none.

    What could not be decided stands at its place as a comment, `# import: …`. Files that are there are kept.
    """
    from lfsmake.discover.convert.convert import counts, import_tree, write

    here = Path(settings.directory)
    target = given(here, to, "--to")
    archives = [] if sources is None else [given(here, sources, "--sources")]
    made = import_tree(given(here, folder, "DIR"), "scripts" if way == "scripts" else "packages", archives)
    done = write(made, target, force=force, dry=dry_run)
    found = counts(made)
    if settings.json:
        steps = [
            {"name": step.name, "kind": step.kind, "script": step.script.id, "why": step.why, "marks": list(step.marks)}
            for step in made.steps
        ]
        emit_json(
            {
                "version": 1,
                "folder": str(target),
                "written": list(done.written),
                "unchanged": list(done.unchanged),
                "steps": steps,
                "marks": found["marks"],
                "left": [{"id": name, "why": why} for name, why in made.left],
                "skipped": [{"path": path, "why": why} for path, why in made.skipped],
            }
        )
        return EXIT_OK
    if dry_run:
        for step in made.steps:
            emit(safe(f"{step.kind:<7}  {step.name}  {step.script.id}" + (f"  ({step.why})" if step.why else "")))
    if settings.verbose:
        for name, why in made.left:
            emit(safe(f"not imported: {name}: {why}"))
    if settings.quiet:
        return EXIT_OK
    for path, why in made.skipped:
        emit(safe(f"lfsmake: warning: not read: {path}: {why}"))
    scripts = len(made.steps) + sum(not why.startswith("list: ") for _, why in made.left)
    shown = nice_path(str(target), settings.start)
    word = "would be written" if dry_run else "written"
    emit(
        safe(
            f"lfsmake: {several(len(made.steps), 'step')} of {several(scripts, 'script')}: "
            f"{several(len(done.written), 'file')} {word} in {shown}, {len(done.unchanged):,} as before"
        )
    )
    lines = [
        (found["package"], "packages, complete"),
        (found["package with marks"], "packages with marks"),
        (found["cut with marks"], "in phases, a package once the source has an address and a digest"),
        (found["script"], "scripts"),
        (found["script with marks"], "scripts with marks"),
    ]
    for count, what in lines:
        if count:
            emit(f"{count:>6,}  {what}")
    if found["marks"]:
        emit(f'lfsmake: {several(found["marks"], "mark")}: look for "# import:" in the recipes')
    return EXIT_OK
