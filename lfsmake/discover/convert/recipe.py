"""Steps to the texts of recipes: one file a chapter, resources, styles, the host. Writes no files."""

import re
from collections.abc import Iterator, Mapping, Sequence

from lfsmake.discover.convert.model import MARK, Archive, Made
from lfsmake.discover.convert.steps import cost_of
from lfsmake.discover.convert.styles import STYLES
from lfsmake.discover.ground import host_statements, layout, one_line
from lfsmake.lang.body import embed

_LENIENT = "A phase ends at its first command that fails. Scripts without `set -e`, {} of these, went on."
_PLAIN_NAME = re.compile(r"[^A-Za-z0-9+._-]+")
_VERSION = re.compile(r"[\w/$~][\w.+\-/@~$,%]*")
_FILE = re.compile(r"[\w~][\w.+\-@~,%]*")
_RECIPES = re.compile(r"(?:-v?|_)(\d[\w.+-]*?)(?:[-.](?:src|orig|stable|html|docs?))?$")


def quoted(text: str) -> str:
    """`text` as a string of the language, which is a template, that means just this."""
    text = "".join(sign if sign.isprintable() else " " for sign in text)
    text = re.sub(r"\{(?=[{%#])", "{{ '{' }}", text)
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{text}"'


def comment(text: str) -> str:
    """`text` as one line of comment."""
    return f"# {one_line(text)}"


class Resources:
    """Names for the files that several steps may use, each once."""

    def __init__(self, steps: Sequence[Made]) -> None:
        self.names: dict[str, str] = {}
        self._files: dict[str, Archive] = {}
        self._versions: dict[str, str] = {}
        taken: set[str] = set()
        for step in steps:
            every = [
                *([step.archive] if step.archive else []),
                *step.extras,
                *(one for one, _ in (*step.patches, *step.unpacks)),
            ]
            for one in every:
                if one.filename in self.names or not one.complete or not _FILE.fullmatch(one.filename):
                    continue
                name, version = _split(one.filename, step if one is step.archive else None)
                while name in taken:
                    name += "-more"
                taken.add(name)
                self.names[one.filename], self._files[one.filename], self._versions[one.filename] = name, one, version

    def has(self, archive: Archive | None) -> bool:
        """Whether a recipe can name the file."""
        return archive is not None and archive.filename in self.names

    def lines(self) -> Iterator[str]:
        """The declarations."""
        for filename, name in self.names.items():
            archive, version = self._files[filename], self._versions[filename]
            yield ""
            yield " ".join(filter(None, ("resource", name, version, "{")))
            yield from source(archive, version)
            yield "}"


def source(archive: Archive, version: str = "") -> Iterator[str]:
    """`source` and its digest."""
    url = quoted(archive.url)
    if version and "{{" not in url and len(version) > 1:
        url = url.replace(version, "{{ version }}")
    last = re.split(r"[?#]", archive.url, maxsplit=1)[0].rpartition("/")[2]
    yield f"source {url}" + (f" as {archive.filename}" if last != archive.filename else "")
    if archive.digest and not archive.url.startswith("file:"):
        yield f"{archive.algorithm} {archive.digest}"


def _split(filename: str, step: Made | None) -> tuple[str, str]:
    """(name, version) of a file: by its step if it is that one's own archive, else by its form."""
    stem = re.sub(r"\.(?:tar(?:\.\w+)?|t[gx]z|tbz2?|zip|patch|diff)(?:\.\w+)?$", "", filename)
    patch = "-patch" if re.search(r"\.(?:patch|diff)", filename) else ""
    found = _RECIPES.search(stem)
    version = step.version if step is not None and step.version in filename else found[1] if found else ""
    if step is not None and step.script.name is not None and step.version:
        name = step.script.name.value
        if name.lower() not in stem.lower():
            name = stem[: found.start()] if found else stem
    else:
        name = stem if patch else stem[: found.start()] if found else stem
    name = _PLAIN_NAME.sub("-", name.lower()).strip("-._+") or "file"
    return f"{name[:80]}{patch}", version if _VERSION.fullmatch(version) and version != "from" and not patch else ""


def styles_text(title: str, steps: Sequence[Made], old: bool) -> str:
    """`styles.lfs`: the styles that steps take."""
    used = {step.style for step in steps if step.style}
    lines = [f"# {title}: how packages are usually built."]
    if any(step.context == "host" for step in steps):
        lines += [
            "",
            "# Built on the host for $LFS_TGT, as the user lfs, into $LFS.",
            "style tools {",
            "context host",
            'user "lfs"',
        ]
        lines += ["needs build host-tools layout", "needs run layout"]
        if old:
            lines.append('env PATH "/tools/bin:/bin:/usr/bin"  # the book before 10.0; /tools is a link to $LFS/tools')
        lines.append("}")
    for name, phases in STYLES.items():
        if name not in used:
            continue
        lines += ["", f"style {name}{' inherits tools' if name == 'cross' else ''} {{"]
        if name == "meson":
            lines.append('workdir "build"')
        for phase, text in phases.items():
            if name == "cross" and phase == "configure":
                lines += [
                    "configure:",
                    embed(f"guess=build-aux/config.guess\n[ -e $guess ] || guess=./config.guess\n{text}", "    "),
                ]
            else:
                lines.append(f"{phase}: {text}")
        lines.append("}")
    return "\n".join(lines) + "\n"


def host_text(title: str, old: bool) -> str:
    """`host.lfs`: what the host must have, and the folders that everything is installed into."""
    lines = [f"# {title}: the host.", "", 'host host-tools "What the scripts find on the host" {']
    lines += [*host_statements(), "}", ""]
    lines += [
        'script layout "The folders that everything is installed into" {',
        "context host",
        'user "lfs"',
        "needs build host-tools",
    ]
    lines += ["install:", embed(layout(old=old), "    "), "}"]
    return "\n".join(lines) + "\n"


def chapter_text(title: str, group: str, heading: str, steps: Sequence[Made], resources: Resources) -> str:
    """The file of one group."""
    lenient = sum(step.lenient for step in steps)
    lines = [
        f"# {title}: {heading}.",
        *([f"# {_LENIENT.format(lenient)}"] if lenient else []),
        "",
        f"group {group} {quoted(heading)} {{",
        "members " + " ".join(step.name for step in steps),
        "}",
    ]
    for step in steps:
        lines += ["", *_step(step, resources)]
    return "\n".join(lines) + "\n"


def _step(step: Made, resources: Resources) -> Iterator[str]:
    package = step.kind == "package" and step.archive is not None and resources.has(step.archive)
    yield comment(f"from: {step.script.id}")
    if package and step.archive is not None:
        yield f"package {step.name} from {resources.names[step.archive.filename]} {quoted(step.title)} {{"
    elif step.file:
        yield f"script {step.name} from {quoted(step.file)} {quoted(step.title)} {{"
    else:
        yield f"script {step.name} {quoted(step.title)} {{"
    phases = [phase for phase, _ in step.bodies]
    placed: Mapping[str, list[str]] = {
        phase: [mark for mark in step.marks if mark.startswith(f"{phase}: ")] for phase in phases
    }
    for mark in step.marks:
        if not any(mark in marks for marks in placed.values()):
            yield f"{MARK}{comment(mark)[2:]}"
    if not package and step.archive is not None and not step.why:
        yield from _unfinished(step.archive)
    if step.style and not (step.context == "host" and step.style != "cross"):
        yield f"style {step.style}"
    elif step.context == "host":
        yield "style tools"
    if step.context == "target":
        yield "context target"
    if step.workdir and step.style != "meson":
        yield f"workdir {quoted(step.workdir)}"
    if cost_of(step.script):
        yield f"cost {cost_of(step.script)}"
    yield from _files(step, resources, package=package)
    yield from (f"env {name} {quoted(value)}" for name, value in step.env)
    if step.reads:
        yield "reads " + " ".join(quoted(path) for path in step.reads)
    if step.needs:
        yield f"needs build {' '.join(step.needs)}"
        yield f"needs run {' '.join(step.needs)}"
    if step.skips:
        yield f"skip {' '.join(step.skips)}"
    if step.before:
        yield "pre install:"
        yield embed(step.before, "    ")
    for phase, body in step.bodies:
        yield from (f"{MARK}{comment(mark)[2:]}" for mark in placed[phase])
        yield from _body(phase, body)
    yield "}"


def _files(step: Made, resources: Resources, *, package: bool) -> Iterator[str]:
    names = [resources.names[one.filename] for one in step.extras if resources.has(one)]
    if package:
        for archive, strip in step.patches:
            yield from _patched(archive, strip)
        yield from (
            f"unpack {resources.names[one.filename]} {quoted(folder)}"
            for one, folder in step.unpacks
            if resources.has(one)
        )
    else:
        names += [resources.names[one.filename] for one, _ in (*step.patches, *step.unpacks) if resources.has(one)]
    if names:
        yield f"with {' '.join(dict.fromkeys(names))}"


def _patched(archive: Archive, strip: int) -> Iterator[str]:
    for line in source(archive):
        if line.startswith("source "):
            yield line.replace("source ", "patch ", 1) + (f" strip {strip}" if strip != 1 else "")
        else:
            yield line


def _unfinished(archive: Archive) -> Iterator[str]:
    """The source of a package that is not one yet."""
    lacks = "digest" if archive.url else "address" if archive.digest else "address and no digest"
    yield f"{MARK}{comment(archive.filename)[2:]} has no {lacks} that the tree tells. With both it is a package:"
    yield "# say so in place of `script`, with a version, and take the signs away here:"
    yield from (
        f"#     {line}"
        for line in source(
            Archive(archive.filename, archive.url or f"https://…/{archive.filename}", archive.algorithm, archive.digest)
        )
    )
    if not archive.digest:
        yield "#     sha256 …"


def _body(phase: str, body: str) -> list[str]:
    """A phase, in the line of its colon where that reads well."""
    if (
        "\n" not in body
        and body
        and not body.endswith("\\")
        and body[0] not in " \t|#"
        and len(body) < 90
        and body == body.strip()
    ):
        return [f"{phase}: {body}"]
    return [f"{phase}:", embed(body, "    ")]
