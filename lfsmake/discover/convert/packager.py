"""Files that a packager builds by calling their functions, such as a Pkgfile: cut, and put in place as packagers do.

Knows the cut phases of one file, and no packager by name.
"""

import re
from collections.abc import Sequence

from msgspec.structs import replace

from lfsmake.discover.convert.bodies import cut_of
from lfsmake.discover.convert.cut import Walker
from lfsmake.discover.convert.model import Cut
from lfsmake.discover.convert.place import Walked
from lfsmake.discover.convert.statements import Statement
from lfsmake.discover.convert.styles import STYLES
from lfsmake.discover.convert.texts import BESIDE, Text

FOLDERS = ("PKG", "pkgdir")  # what is installed is laid out there, and copied into the system afterwards
SOURCES = ("SRC", "srcdir")
_STAGE = "/sources/pkg"
_COPY = 'tar -C "$@" -cf - . | tar -C / --keep-directory-symlink -xpf -'
_DEFAULT = "nothing in it says how it is built: its packager does that by a rule, for which the autotools style stands"


def cut_by_functions(text: Text, complete: dict[str, bool]) -> Cut:
    """The phases of a packager's file. Where it has no function that builds, the usual commands are those phases."""
    assert text.stages is not None  # noqa: S101 - the caller looked
    stages = dict(zip(text.functions, text.stages, strict=True))
    ahead = [stages[name] for name in BESIDE[:1] if name in stages]
    behind = [stages[name] for name in BESIDE[1:] if name in stages]
    built = [stages[name] for name in text.functions if name not in BESIDE]
    if built:
        return _staged(_cut(text, [*ahead, *built, *behind], complete))
    early, late = (_cut(text, part, complete) if part else Cut() for part in (ahead, behind))
    if early.whole or late.whole:
        return Cut(whole=early.whole or late.whole)
    usual = dict(STYLES["autotools"])
    usual.pop("check")
    if late.bodies:
        name = next((name for name in FOLDERS if any(_uses(body, name) for _, body in late.bodies)), "")
        if name:
            usual["install"] = f'make DESTDIR="${name}" install'
        usual["install"] = "\n".join((usual["install"], *(body for _, body in late.bodies)))
    if early.bodies:
        usual = {"prepare": "\n".join(body for _, body in early.bodies), **usual}
    marks = (_DEFAULT, *early.marks, *late.marks)
    env, patches, unpacks = (*early.env, *late.env), (*early.patches, *late.patches), (*early.unpacks, *late.unpacks)
    return _staged(Cut("", tuple(usual.items()), "", env, patches, unpacks, marks))


def _cut(text: Text, stages: Sequence[Sequence[Statement]], complete: dict[str, bool]) -> Cut:
    walker = Walker(text.script, text.said, complete)
    walked = Walked(whole="it is empty")
    for stage in stages:
        walker.anew(stage)
        walked = walker.walk(stage)
        if walked.whole:
            break
    walked.roots = (*walked.roots, *((name, "") for name in SOURCES))
    return cut_of(walked, text.said, "/sources")


def _staged(cut: Cut) -> Cut:
    """What is laid out in a folder of the packager's is copied into the system at the end."""
    names = [name for name in FOLDERS if any(_uses(body, name) for _, body in cut.bodies)]
    if cut.whole or not names:
        return cut
    heads = "\n".join(f"{name}={_STAGE}" for name in names)
    bodies = {
        phase: f'{heads}\nmkdir -p "${names[0]}"\n{body}' if any(_uses(body, name) for name in names) else body
        for phase, body in cut.bodies
    }
    copy = _COPY.replace("@", names[0])
    bodies["install"] = f"{bodies['install']}\n{copy}" if "install" in bodies else f"{heads}\n{copy}"
    unknown = {f"nothing tells what {name} is" for name in names}
    return replace(cut, bodies=tuple(bodies.items()), marks=tuple(mark for mark in cut.marks if mark not in unknown))


def _uses(body: str, name: str) -> bool:
    return re.search(rf"\$\{{?{name}\b", body) is not None
