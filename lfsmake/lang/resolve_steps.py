"""One package or script to a step, all but its needs. Knows options and its own styles, no other step."""

import re
from collections.abc import Mapping
from typing import Literal, cast

from lfsmake.lang.merge import Merged
from lfsmake.lang.nodes import Block, CostNode, FileNode, Limit, Name, PhaseNode, Quantity
from lfsmake.lang.resolve_report import Report, Strings
from lfsmake.lang.resolve_sources import Sources
from lfsmake.lang.words import listed
from lfsmake.model.errors import Span
from lfsmake.model.step import (
    EPOCH,
    LFS,
    PHASES,
    SCRIPTS,
    Body,
    Context,
    Cost,
    File,
    Limits,
    Patch,
    Phase,
    PhaseName,
    Resource,
    Unpack,
)

_CONTEXTS = ("host", "target", "image")
_SIZES = {"B": 1, "KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
_TIMES = {"s": 1.0, "min": 60.0, "h": 3600.0}
_NUMBER = re.compile(r"[0-9]{1,12}(?:\.[0-9]{1,12})?")
_USER = re.compile(r"[a-z_][a-z0-9_-]{0,31}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")

_COMMON_ENV = {
    "HOME": "/root",
    "KBUILD_BUILD_HOST": "lfs",
    "KBUILD_BUILD_TIMESTAMP": "Wed Mar  5 00:00:00 UTC 2025",
    "KBUILD_BUILD_USER": "lfs",
    "LC_ALL": "POSIX",
    "SOURCE_DATE_EPOCH": str(EPOCH),
    "TERM": "dumb",
}


def default_env(context: str, target: str) -> dict[str, str]:
    """What is exported to a step of that context unless its recipe says otherwise; `target` is LFS_TGT."""
    if context == "host":
        return {
            **_COMMON_ENV,
            "CONFIG_SITE": f"{LFS}/usr/share/config.site",
            "LFS": LFS,
            "LFS_TGT": target,
            "PATH": f"{LFS}/tools/bin:/usr/bin:/bin",
        }
    return {**_COMMON_ENV, "PATH": "/usr/bin:/usr/sbin"}


class Shaper:
    """Makes the parts of a step from its merged statements and reports what does not fit."""

    def __init__(self, report: Report, strings: Strings, sources: Sources) -> None:
        self._report = report
        self._strings = strings
        self._sources = sources
        self._plain_env: dict[tuple[str, str], tuple[tuple[str, str], ...]] = {}
        self._words: dict[str, frozenset[str]] = {}  # what a body mentions: most bodies are a style's
        self._bodies: dict[int, Body] = {}  # by the identity of their nodes

    def context(self, merged: Merged) -> Context:
        """Where the step runs: "target" unless said otherwise."""
        word = self._one(merged, "context", _CONTEXTS, "target")
        return cast(Context, word)

    def tests(self, merged: Merged) -> Literal["normal", "critical"]:
        """How much its check matters."""
        return cast(
            Literal["normal", "critical"], self._one(merged, "tests", ("normal", "critical"), "normal")
        )

    def _one(self, merged: Merged, key: str, choices: tuple[str, ...], default: str) -> str:
        words = merged.setting(key)
        if not words:
            return default
        if len(words) > 1:
            self._report.add(f"{key} takes one word", words[1].span, expected=listed(choices))
        if words[0].text not in choices:
            self._report.add(
                f'{key} cannot be "{words[0].text}"',
                words[0].span,
                expected=listed(choices),
                hint=self._report.nearest(words[0].text, choices),
            )
            return default
        return words[0].text

    def text(self, merged: Merged, key: str, names: Mapping[str, str]) -> str:
        """A rendered field, "" without one."""
        field = merged.text(key)
        return self._strings.render(field.value, names) if field else ""

    def user(self, merged: Merged, names: Mapping[str, str]) -> str:
        """Who the phases run as."""
        field = merged.text("user")
        name = self.text(merged, "user", names) or "root"
        if field and not _USER.fullmatch(name):
            self._report.add(
                f'"{name}" is not a user name', field.value.span, expected='a name such as "lfs"'
            )
        return name

    def workdir(self, merged: Merged, names: Mapping[str, str], *, anywhere: bool = False) -> str:
        """The folder below the build folder that phases run in; `anywhere`: one of the root's will do."""
        field = merged.text("workdir")
        if field and anywhere:
            return self.text(merged, "workdir", {**names, "scripts": SCRIPTS})
        return self._below(self.text(merged, "workdir", names), field.value.span) if field else ""

    def _below(self, folder: str, span: Span) -> str:
        if folder.startswith("/") or ".." in folder.split("/") or "\0" in folder:
            self._report.add(
                f'"{folder}" leaves the build folder', span, expected='a folder below it such as "build"'
            )
        return folder

    def env(self, merged: Merged, context: str, names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
        """Everything exported, sorted by name."""
        target = names["LFS_TGT"]
        if not merged.env:
            plain = self._plain_env.get((context, target))
            if plain is None:
                plain = self._plain_env[context, target] = tuple(sorted(default_env(context, target).items()))
            return plain
        env = default_env(context, target)
        for name, (_, node) in merged.env.items():
            if not _VARIABLE.fullmatch(name):
                self._report.add(
                    f'"{name}" cannot be an environment variable',
                    node.name.span,
                    expected="a name such as CFLAGS",
                )
                continue
            value = self._strings.render(node.value, names)
            if "\0" in value:
                self._report.add(f"{name} holds a NUL, which no environment can", node.value.span)
                continue
            env[name] = value
        return tuple(sorted(env.items()))

    def phases(self, block: Block, merged: Merged, script: Body | None = None) -> tuple[Phase, ...]:
        """The phases that have anything to run, in the order they run. `script`: the body that runs a script."""
        for name, (_, word) in merged.skips.items():
            if name not in PHASES:
                self._report.unknown("phase", word, PHASES)
        out = []
        if block.path is not None and "install" in merged.bodies:
            self._report.add(
                f'{block.name.text} has two bodies for install',
                merged.bodies["install"][1].phase.span,
                hint="its script is one; before and after it: pre install, post install",
            )
        for phase in self._order(block, merged):
            if phase in merged.skips and merged.skipped(phase):
                continue
            held = merged.bodies.get(phase)
            own = [script] if script is not None and phase == "install" else []
            nodes = [held[1]] if held else []
            if phase in merged.pre:
                nodes = [*merged.pre[phase], *nodes]
            if phase in merged.post:
                nodes = [*nodes, *merged.post[phase]]
            if nodes or own:
                before, after = len(merged.pre.get(phase, ())), [self._body(node) for node in nodes]
                out.append(Phase(phase, (*after[:before], *own, *after[before:])))
        return tuple(out)

    def _body(self, node: PhaseNode) -> Body:
        body = self._bodies.get(id(node))
        if body is None:
            body = self._bodies[id(node)] = Body(node.body.text, node.body.span)
        return body

    def _order(self, block: Block, merged: Merged) -> tuple[PhaseName, ...]:
        words = merged.setting("order")
        if not words:
            return PHASES
        seen: list[str] = []
        for word in words:
            if word.text not in PHASES:
                self._report.unknown("phase", word, PHASES)
            elif word.text in seen:
                self._report.add(f"order names {word.text} twice", word.span)
            else:
                seen.append(word.text)
        for phase in PHASES:
            has_text = phase in merged.bodies or phase in merged.pre or phase in merged.post
            if has_text and phase not in seen and not merged.skipped(phase):
                self._report.add(
                    f"the order of {block.name.text} leaves out {phase}",
                    words[0].span,
                    hint=f"name it, or say: skip {phase}",
                )
        return cast(tuple[PhaseName, ...], tuple(seen))

    def unpacks(
        self, merged: Merged, resources: Mapping[str, Resource], names: Mapping[str, str]
    ) -> tuple[Unpack, ...]:
        """Resources unpacked below the build folder."""
        out = []
        for node in merged.unpacks:
            resource = self.resource(node.resource, resources)
            folder = self._below(self._strings.render(node.folder, names), node.folder.span)
            if resource is not None:
                out.append(Unpack(resource, folder))
        return tuple(out)

    def resource(self, name: Name, resources: Mapping[str, Resource]) -> Resource | None:
        """The declared resource of that name."""
        found = resources.get(name.text)
        if found is None:
            self._report.unknown(
                "resource", name, resources, hint=f"declare it: resource {name.text} VERSION {{ source … }}"
            )
        return found

    def one_name_each(self, files: list[tuple[Resource, Span]]) -> None:
        """Reports different files that would lie under one name in the sources folder."""
        held: dict[str, Resource] = {}
        for resource, span in files:
            other = held.setdefault(resource.filename, resource)
            if other is not resource and other.origins != resource.origins:
                self._report.add(
                    f'two files would be called "{resource.filename}" in the sources folder',
                    span,
                    hint=f'give one a name of its own with "as"; the other is at {self._report.place(other.span)}',
                )

    def files(self, merged: Merged, names: Mapping[str, str]) -> tuple[File, ...]:
        """The files placed before the install phase."""
        out: dict[str, File] = {}
        for node in merged.files:
            path, span = node.path.text, node.path.span
            if not path.startswith("/") or path.endswith("/") or {"..", "."} & set(path.split("/")):
                self._report.add(
                    f'"{path}" is not the path of a file in the root',
                    span,
                    expected="a path such as /etc/hosts",
                )
                continue
            if path in out:
                self._report.add(
                    f"{path} is given twice",
                    span,
                    hint=f"the first is at {self._report.place(out[path].span)}",
                )
                continue
            out[path] = File(path, self._file_text(node, names), self._mode(node), span)
        return tuple(out.values())

    def _file_text(self, node: FileNode, names: Mapping[str, str]) -> str:
        if node.template is None:
            text = node.body.text if node.body else ""
            return text + "\n" if text else ""
        span = node.template.span
        path = self._sources.local(self._strings.render(node.template, names), span, "template")
        if not path:
            return ""
        try:
            with open(path, encoding="utf-8", newline="") as file:  # noqa: PTH123 - spans hold plain strings
                text = file.read()
        except (OSError, UnicodeDecodeError) as error:
            what = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
            self._report.add(f"the template cannot be read: {what}", span)
            return ""
        return self._strings.render_file(path, text, names)

    def _mode(self, node: FileNode) -> str:
        if node.mode is None:
            return "0644"
        if not re.fullmatch(r"[0-7]{3,4}", node.mode.text):
            self._report.add(
                f'"{node.mode.text}" is not a file mode', node.mode.span, expected="octal digits such as 0644"
            )
        return node.mode.text.zfill(4)

    def facts(
        self,
        phases: tuple[Phase, ...],
        resources: list[Resource],
        patches: tuple[Patch, ...],
        names: Mapping[str, str],
    ) -> tuple[tuple[str, str], ...]:
        """The shell's plain variables: `name`, `version`, LFS, and of the rest what some body mentions.

        A step that does not mention an option stays up to date when that option changes or is added.
        """
        bodies = [item.text for phase in phases for item in phase.bodies]
        for resource in (*resources, *(patch.resource for patch in patches)):
            bodies += [origin.fixup.text for origin in resource.origins if origin.fixup]
        used = {"name", "version", "LFS"}
        for text in bodies:
            words = self._words.get(text)
            if words is None:
                words = self._words[text] = frozenset(_WORD.findall(text))
            used |= words
        return tuple(sorted((name, value) for name, value in names.items() if name in used))

    def cost(self, merged: Merged) -> Cost:
        """SBU and MB of disk."""
        found = merged.scalars.get("cost")
        if found is None or not isinstance(found[1], CostNode):
            return Cost()
        sbu = disk = None
        for quantity in found[1].quantities:
            unit = quantity.unit.text
            if unit == "SBU" and sbu is None:
                sbu = self._number(quantity)
            elif unit in _SIZES and disk is None:
                number = self._number(quantity)
                disk = number * _SIZES[unit] / _SIZES["MB"] if number is not None else None
            else:
                known = unit == "SBU" or unit in _SIZES
                self._report.add(
                    f"the cost in {unit} is given twice" if known else f'"{unit}" is not a unit of cost',
                    quantity.unit.span,
                    expected="a time in SBU, a size in KB, MB or GB",
                )
        return Cost(sbu, disk)

    def limits(self, merged: Merged) -> Limits:
        """Bounds of memory, jobs and time."""
        memory = self._limit(merged, "memory", _SIZES)
        jobs = self._limit(merged, "jobs", {"": 1})
        return Limits(
            int(memory) if memory is not None else None,
            int(jobs) if jobs is not None else None,
            self._limit(merged, "time", _TIMES),
        )

    def _limit(self, merged: Merged, key: str, units: Mapping[str, float]) -> float | None:
        found = merged.scalars.get(key)
        if found is None or not isinstance(found[1], Limit):
            return None
        quantity = found[1].quantity
        factor = units.get(quantity.unit.text)
        if factor is None:
            named = [unit for unit in units if unit]
            self._report.add(
                f'"{quantity.unit.text}" is not a unit of {key}'
                if quantity.unit.text
                else f"{key} needs a unit",
                quantity.unit.span if quantity.unit.text else quantity.number.span,
                expected=listed(named) if named else "a number alone",
            )
            return None
        number = self._number(quantity)
        if number is None:
            return None
        value = number * factor
        if value <= 0 or (key != "time" and value != int(value)):
            self._report.add(
                f'{key} cannot be "{quantity.number.text}"',
                quantity.number.span,
                expected="a number above 0" if key == "time" else "a whole number above 0",
            )
            return None
        return value

    def _number(self, quantity: Quantity) -> float | None:
        if not _NUMBER.fullmatch(quantity.number.text):
            self._report.add(
                f'"{quantity.number.text}" is not a number', quantity.number.span, expected="such as 1.5"
            )
            return None
        return float(quantity.number.text)

    def retry(self, merged: Merged) -> int:
        """How often a failed step is run again."""
        words = merged.setting("retry")
        found = merged.scalars.get("retry")
        if not words and found is not None and isinstance(found[1], Limit):
            words = (found[1].quantity.number,)
        if not words:
            return 0
        if not (words[0].text.isascii() and words[0].text.isdigit()) or len(words[0].text) > 3:
            self._report.add(
                f'retry cannot be "{words[0].text}"', words[0].span, expected="a whole number such as 2"
            )
            return 0
        return int(words[0].text)
