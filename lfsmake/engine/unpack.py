"""The build folder: sources unpacked, fixed up, patched, as shell for the sandbox. Knows archives, not builds."""

import shlex
from collections.abc import Mapping

from lfsmake.model.errors import Span
from lfsmake.model.step import Body, Step, Unpack

_ENDINGS = (".tar.xz", ".tar.gz", ".tar.bz2", ".tar.lz", ".tar.zst", ".tgz", ".tbz2", ".txz", ".tar")

# In a sandbox whose root is thrown away afterwards: whatever an archive holds, only the sources folder keeps it.
# GNU tar refuses `..`, strips a leading `/` and delays links that lead outside.
UNPACK = """\
unpack() {
    mkdir -- "$2"
    tar --extract --no-same-owner --force-local --file="$1" --directory="$2"
    shopt -s nullglob dotglob
    local top=("$2"/*)
    shopt -u nullglob dotglob
    if [ "${#top[@]}" = 1 ] && [ -d "${top[0]}" ] && [ ! -L "${top[0]}" ]; then
        mv -- "${top[0]}" "$2.top"
        rmdir -- "$2"
        mv -- "$2.top" "$2"
    fi
}
"""


def is_archive(filename: str) -> bool:
    """Whether tar can unpack it, by its name."""
    return filename.endswith(_ENDINGS)


def folder_of(step: Step) -> str:
    """The name of the build folder: the archive's name without its ending, whatever its origin called it inside.

    A step can see it, so it says nothing that is not in the key: not the step's name.
    """
    if step.source is None or not is_archive(step.source.filename):
        return "build"
    return stem(step.source.filename)


def stem(filename: str) -> str:
    """An archive's name without its ending."""
    return next((filename.removesuffix(ending) for ending in _ENDINGS if filename.endswith(ending)), filename)


def unpack_bodies(step: Step, folder: str, fixups: Mapping[str, Body]) -> tuple[Body, ...]:
    """The bodies of the unpack phase, which make `folder`. They run in the sources folder.

    `fixups`: file name → fix-up of the origin that was used.
    """
    span = step.span
    bodies = []
    quoted = shlex.quote(folder)
    lines = [UNPACK]
    if step.source is not None and is_archive(step.source.filename):
        lines.append(f"unpack {shlex.quote(step.source.filename)} {quoted}")
    else:
        lines.append(f"mkdir -p -- {quoted}")
    lines.append(f"cd -- {quoted}")
    bodies.append(ours("\n".join(lines), span))
    if step.source is not None and step.source.filename in fixups:
        bodies.append(fixups[step.source.filename])
    for unpack in step.unpacks:
        bodies += inner_bodies(unpack, fixups, span)
    for patch in step.patches:
        name = shlex.quote(patch.resource.filename)
        bodies.append(ours(f"patch --batch -Np{patch.strip} -i ../{name}", patch.resource.span))
    return tuple(bodies)


def inner_bodies(unpack: Unpack, fixups: Mapping[str, Body], span: Span, up: str = "../") -> list[Body]:
    """Unpacks one archive into its folder and fixes it up. `up` leads to the sources folder."""
    filename, folder = shlex.quote(unpack.resource.filename), shlex.quote(unpack.folder)
    bodies = [ours(f"unpack {up}{filename} {folder}", span)]
    fixup = fixups.get(unpack.resource.filename)
    if fixup is not None:
        bodies += [ours(f"pushd {folder} > /dev/null", span), fixup, ours("popd > /dev/null", span)]
    return bodies


def ours(text: str, span: Span) -> Body:
    """A body of lfsmake itself."""
    # Column 0: a body of ours, all of whose lines stand for the one line of the declaration.
    return Body(text, Span(span.file, span.line, 0))
