"""What a step that runs a script finds: the script beside what it reads, archives put right. Knows no phases."""

import hashlib
import os
import shlex
from collections.abc import Iterator, Mapping

from lfsmake.engine.place import Work
from lfsmake.engine.unpack import UNPACK, inner_bodies, is_archive, ours, stem
from lfsmake.model.errors import RecipeError, Span
from lfsmake.model.step import Body, ReadFile, Resource, ScriptFile, Step

_REPACKED = ".lfsmake"  # below the sources folder, gone before the script runs
_PACKERS = {
    ("xz", "txz"): "xz -0 -T0",
    ("gz", "tgz"): "gzip -1 -n",
    ("bz2", "tbz2"): "bzip2 -1",
    ("zst",): "zstd -1",
    ("lz",): "lzip -0",
}


def place_scripts(script: ScriptFile, work: Work, span: Span) -> None:
    """Copies the script and what it reads below `work.scripts`, as they were when the recipes were read.

    Copies: nothing the step does reaches the originals, and an edit meanwhile reaches no running step. RecipeError for
    a file that has changed or gone since.
    """
    own = ReadFile(script.path, script.file, script.sha256, executable=True)
    for read in (own, *script.reads):
        try:
            with open(read.file, "rb") as file:
                data = file.read()
        except OSError as error:
            raise RecipeError(f"{read.file} cannot be read: {error.strerror}", span=span) from None
        if hashlib.sha256(data).hexdigest() != read.sha256:
            raise RecipeError(f"{read.file} was changed while lfsmake ran", span=span, hint="start lfsmake again")
        path = f"{work.scripts}/{read.path}"
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as copy:
            copy.write(data)
        os.chmod(path, 0o755 if read.executable else 0o644)


def repacked(step: Step, fixups: Mapping[str, Body]) -> tuple[str, ...]:
    """Names of the archives that are put right before the step's script unpacks them: their origin has a fix-up."""
    if step.script is None:
        return ()
    names = (resource.filename for resource in step.extras)
    return tuple(name for name in names if name in fixups and is_archive(name))


def script_bodies(step: Step, fixups: Mapping[str, Body]) -> tuple[Body, ...]:
    """Shell that makes what the step's script finds in the sources folder, where it runs; none where that is there.

    What `unpack` names is unpacked and fixed up. An archive whose origin has a fix-up is unpacked, fixed up and packed
    again, its top folder called as the archive is: so the script finds what its book promises, whatever the origin has.
    """
    bodies = [body for one in step.unpacks for body in inner_bodies(one, fixups, step.span, up="")]
    if bodies:
        bodies.insert(0, ours(UNPACK, step.span))
    names = repacked(step, fixups)
    if names:
        bodies.append(ours("LFSMAKE_SOURCES=$PWD", step.span))
    for resource in step.extras:
        if resource.filename in names:
            bodies += _repack(resource, fixups[resource.filename], step.span)
    return tuple(bodies)


def _repack(resource: Resource, fixup: Body, span: Span) -> Iterator[Body]:
    name, folder = shlex.quote(resource.filename), shlex.quote(stem(resource.filename))
    ending = resource.filename.rpartition(".")[2]
    packer = next((program for endings, program in _PACKERS.items() if ending in endings), "cat")
    start = f"mkdir -p {_REPACKED}/in\ncd {_REPACKED}/in\nunpack ../../{name} {folder}\ncd {folder}"
    yield ours(f"{UNPACK}\n{start}", span)
    yield fixup
    yield ours(
        f'cd "$LFSMAKE_SOURCES/{_REPACKED}/in"\n'
        f"tar --create --sort=name --owner=0 --group=0 --numeric-owner --format=gnu {folder} | {packer} > ../{name}\n"
        f'rm -rf -- {folder}\ncd "$LFSMAKE_SOURCES"',
        span,
    )


def take_repacked(step: Step, fixups: Mapping[str, Body], work: Work) -> None:
    """Puts the archives in their places in the sources folder."""
    for name in repacked(step, fixups):
        os.replace(f"{work.sources}/{_REPACKED}/{name}", f"{work.sources}/{name}")
    if os.path.isdir(f"{work.sources}/{_REPACKED}/in"):
        os.rmdir(f"{work.sources}/{_REPACKED}/in")
        os.rmdir(f"{work.sources}/{_REPACKED}")
