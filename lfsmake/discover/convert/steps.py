"""Which scripts become steps, what each is called, where it runs and what it needs. Writes no recipe."""

import re
from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace

from lfsmake.discover.convert.archives import Archives
from lfsmake.discover.convert.bodies import GIVEN, USES, cut_of, with_version
from lfsmake.discover.convert.cut import Walker
from lfsmake.discover.convert.model import Archive, As, Cut, Made
from lfsmake.discover.convert.packager import cut_by_functions
from lfsmake.discover.convert.place import Walked
from lfsmake.discover.convert.said import base
from lfsmake.discover.convert.styles import style_of
from lfsmake.discover.convert.texts import Text, variables
from lfsmake.discover.facts.names import is_archive, is_patch
from lfsmake.discover.model import Fact, Script

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9+._-]+")
_VERSION = re.compile(r"[\w/$~][\w.+\-/@~$,%]*")
_HOST = ("cross-toolchain", "temporary-tools")
_SUFFIX = {
    "cross-toolchain": "-cross", "temporary-tools": "-temp", "chroot": "-chroot",
    "configuration": "-config", "boot": "-boot",
    "beyond": "-beyond", "kernel": "-kernel",
}  # fmt: skip
_NUMBER = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,6})?")
_NAMES_LFS = re.compile(r"\$\{?LFS(?:_TGT)?\b|/mnt/lfs\b")
_ELSEWHERE = re.compile(r"--[\w-]*(?:prefix|host|target|sysroot)=[\"']?\$(?!\()|DESTDIR|/tools\b")
_BUILDS = re.compile(r"(?:^|[\s./])[Cc]onfigure\s|\bmake\b.*\binstall\b")
_STOPS = re.compile(r"(?m)^\s*set +-(?:[a-z]*e|o errexit)|\A#!.*\s-[a-z]*e")
_UNFIT = re.compile(r"[\r\0\ufffd]")


class Namer:
    """Gives each step a name of its own."""

    def __init__(self, scripts: Sequence[Script]) -> None:
        self._taken = {group_of(script) for script in scripts} | {"host-tools", "layout"}
        self._system = {_base(script) for script in scripts if script.category == "system"}

    def name(self, script: Script) -> str:
        """What it builds and the pass; where the system has that too, the part of the work; then a number."""
        wanted = _base(script)
        suffix = _SUFFIX.get(script.category or "", "")
        tries = [wanted] if wanted not in self._system or script.category == "system" else []
        tries += [f"{wanted}{suffix}"] if suffix else []
        tries += [f"{wanted}-{number}" for number in range(2, len(self._taken) + 3)]
        found = next(name for name in tries if name not in self._taken)
        self._taken.add(found)
        return found


def _base(script: Script) -> str:
    stem = script.part or script.path.rpartition("/")[2].rpartition(".")[0] or script.path.rpartition("/")[2]
    name = _NOT_IN_NAMES.sub("-", script.name.value if script.name else stem).strip("-._+") or "script"
    turn = script.turn.value if script.turn else ""
    return name[:100] + (f"-pass{turn}" if turn.isdigit() else "")


def group_of(script: Script) -> str:
    """The group of a script: its chapter, else its part of the work."""
    chapter = _chapter(script)
    return f"chapter-{chapter}" if chapter else script.category or "rest"


def _chapter(script: Script) -> str:
    found = re.match(r"\d{1,2}(?=\.|$)", script.chapter.value) if script.chapter else None
    return str(int(found[0])) if found else ""


def made(text: Text, name: str, archives: Archives, way: As, *, old: bool) -> Made:
    """The step of a script, without its needs. A packager's file is no script, so it is cut either way."""
    script = text.script
    context, user = _where(script, text.body, old)
    if text.packager:  # it lays out a folder that is copied to / itself
        context, user = "target", "root"
    for filename, url in text.addresses():
        archives.learn(filename, url)
    facts = (*script.sources[1:], *script.extras)
    extras = {one.filename: one for fact in facts if _is_file(fact) for one in [archives.of(fact.value)]}
    patches = {one.filename: one for fact in script.patches for one in [archives.of(fact.value)]}
    archive = archives.of(script.sources[0].value) if script.sources else None
    step = Made(
        name=name, kind="script", script=script, group=group_of(script), title=_title(script),
        version=_version(script), context=context, user=user,
    )  # fmt: skip
    if way == "scripts" and not text.packager:
        return _whole(step, text, archive, (*extras.values(), *patches.values()), "")
    complete = {one.filename: one.complete for one in (*extras.values(), *patches.values())}
    cut = _cut(text, complete, context)
    if cut.whole:
        return _whole(step, text, archive, (*extras.values(), *patches.values()), cut.whole)
    return _package(step, text, cut, archive, extras, patches)


def _cut(text: Text, complete: dict[str, bool], context: str) -> Cut:
    if text.stages is None:
        return Cut(whole="its statements cannot be told apart")
    if text.packager:
        try:
            return cut_by_functions(text, complete)
        except RecursionError:
            return Cut(whole="it is nested too deeply")
    walker = Walker(text.script, text.said, complete)
    walked = Walked(whole="it is empty")
    try:
        for stage in text.stages:
            walked = walker.walk(stage)
            if walked.whole and len(text.stages) == 1:
                break
        cut = cut_of(walked, text.said, "$LFS/sources" if context == "host" else "/sources")
        unfit = any(_UNFIT.search(body) for _, body in cut.bodies)
        return Cut(whole="a recipe cannot hold its text") if unfit else cut
    except RecursionError:
        return Cut(whole="it is nested too deeply")


def _package(
    step: Made, text: Text, cut: Cut, archive: Archive | None, extras: dict[str, Archive], patches: dict[str, Archive]
) -> Made:
    """A step whose phases are told."""
    known = archive is not None and archive.complete
    taken = {name for name, _ in cut.patches} | {name for name, _ in cut.unpacks}
    rest = [one for one in (*extras.values(), *patches.values()) if one.filename not in taken]
    marks = [*cut.marks, *_lacking(rest)]
    bodies = cut.bodies
    name = step.script.name.value if step.script.name else ""
    if known:
        bodies = tuple((phase, with_version(body, name, step.version)) for phase, body in bodies)
    style, same, absent = style_of(cut.bodies, cut.workdir, step.context)
    if style and same:
        bodies = tuple((phase, body) for phase, body in bodies if phase not in same)
    return replace(
        step,
        kind="package" if known else "script",
        archive=archive,
        extras=tuple(one for one in rest if one.complete),
        patches=tuple((patches.get(file) or extras[file], strip) for file, strip in cut.patches),
        unpacks=tuple((extras[file], folder) for file, folder in cut.unpacks if file in extras),
        env=cut.env,
        workdir=cut.workdir,
        style=style,
        skips=absent if style else (),
        bodies=bodies,
        marks=tuple(marks),
        lenient=not (text.packager or text.stops or _STOPS.search(text.body)),
    )


def _whole(step: Made, text: Text, archive: Archive | None, files: Sequence[Archive], why: str) -> Made:
    """A step that runs the script's text as it is, in the folder of the sources."""
    every = [*([archive] if archive is not None else []), *files]
    marks = [*([f"kept whole: {why}"] if why else []), *_lacking(every), *_asking(step.script)]
    root = "$LFS/sources" if step.context == "host" else "/sources"
    base_ = replace(step, extras=tuple(one for one in every if one.complete), why=why)
    if not text.script.part and not text.holds:
        file = f"scripts/{text.script.path}"
        return replace(base_, file=file, reads=tuple(f"scripts/{path}" for path in text.reads), marks=tuple(marks))
    before = [f"cd {root}"]
    if _UNFIT.search(f"{text.body}{text.ahead}"):
        text = replace(text, body=_UNFIT.sub("", text.body), ahead=_UNFIT.sub("", text.ahead))
        marks.append("its text holds bytes that a recipe cannot; they are gone")
    if text.script.part:
        names = dict.fromkeys(
            found[1] for found in USES.finditer(f"{text.body}\n{text.ahead}") if found[1] not in GIVEN
        )
        before += variables(text, names)
        if text.ahead:
            before.append(text.ahead)
    if text.script.env:
        unset = [
            fact.value
            for fact in text.script.env
            if fact.value not in GIVEN and not any(line.startswith(f"{fact.value}=") for line in before)
        ]
        marks += [f"nothing tells what {', '.join(unset)} {'is' if len(unset) == 1 else 'are'}"] if unset else []
    return replace(base_, before="\n".join(before), bodies=(("install", text.body),), marks=tuple(marks))


def _lacking(files: Sequence[Archive]) -> list[str]:
    """A mark for each file that no recipe can name yet."""
    out = []
    for one in files:
        if not one.complete:
            lacks = "digest" if one.url else "address" if one.digest else "address and digest"
            out.append(f"it uses {one.filename}, of which nothing tells the {lacks}")
    return out


def _asking(script: Script) -> list[str]:
    return [f"it waits for an answer: {' '.join(fact.value.split())[:80]}" for fact in script.prompts[:3]]


def _is_file(fact: Fact) -> bool:
    name = base(fact.value)
    return (
        bool(name)
        and (is_archive(name) or is_patch(name) or "." in name)
        and fact.sure != "guess"
        and "\ufffc" not in name
    )


def _where(script: Script, body: str, old: bool) -> tuple[Literal["host", "target"], str]:
    """(context, user): by what the script says and does, else by its chapter and category."""
    code = "\n".join(line for line in body.split("\n") if not line.lstrip().startswith("#"))
    told = script.context.value if script.context and script.context.sure != "guess" else ""
    sure = script.context is not None and script.context.sure == "sure"
    names_lfs = _NAMES_LFS.search(code) is not None
    if script.category in _HOST:
        if told != "chroot" and not names_lfs and not _ELSEWHERE.search(code) and _BUILDS.search(code):
            return "target", "root"  # it writes to / itself, so it must be within the chroot
    elif (script.category is not None or _chapter(script) > "6") and not (
        names_lfs and (sure or script.category == "chroot")
    ):
        return "target", "root"  # where it runs was a guess by its folder or by what stands beside it
    chapter = _chapter(script)
    if told in ("host", "lfs"):
        return "host", "lfs"
    if told == "chroot":
        return "target", "root"
    if script.category in _HOST and (chapter in ("", "4", "5") or (chapter == "6" and not old)):
        return "host", "lfs"
    return "target", "root"


def _title(script: Script) -> str:
    words = [script.name.value if script.name else script.id, script.version.value if script.version else ""]
    turn = f", pass {script.turn.value}" if script.turn else ""
    at = script.section or script.chapter
    return " ".join(word for word in words if word) + turn + (f", LFS {at.value}" if at else "")


def _version(script: Script) -> str:
    found = script.version.value if script.version else ""
    return found if _VERSION.fullmatch(found) and found != "from" else ""


def with_needs(steps: Sequence[Made]) -> list[Made]:
    """Each with its needs: what a packager's file says, else the step before it, since scripts rely on their order."""
    by_id = {step.script.id: step for step in steps}
    place = {step.name: number for number, step in enumerate(steps)}
    out: list[Made] = []
    for number, step in enumerate(steps):
        convention = step.script.convention
        if not convention.endswith(" a package") or convention in ("a file a package", "a folder a package"):
            out.append(replace(step, needs=(out[-1].name,) if out else ()))
            continue
        found = [by_id[fact.value] for fact in step.script.needs if fact.value in by_id]
        earlier = tuple(dict.fromkeys(one.name for one in found if place[one.name] < number))
        late = [one.name for one in found if place[one.name] > number]
        marks = [f"it needs {' '.join(late)}, which in the order of the tree comes later"] if late else []
        out.append(replace(step, needs=earlier, marks=(*step.marks, *marks)))
    return out


def cost_of(script: Script) -> str:
    """`1 SBU 20 MB`, as far as the script says."""
    parts = [(script.sbu, "SBU"), (script.disk, "MB")]
    return " ".join(
        f"{fact.value} {unit}" for fact, unit in parts if fact is not None and _NUMBER.fullmatch(fact.value)
    )
