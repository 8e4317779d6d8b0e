"""Where a walk over a script's statements is: outside of the folder of its sources, in it, or somewhere below.

Follows `cd`, and knows the names that folder goes by. Decides nothing about other statements.
"""

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from lfsmake.discover.convert.said import Said, alike, base, stem_of
from lfsmake.discover.convert.statements import Statement
from lfsmake.discover.convert.trim import relative
from lfsmake.discover.facts.lines import UNKNOWN
from lfsmake.discover.model import Script
from lfsmake.discover.shell.nodes import Command

# Where packages install to; that `gcc` there has the name of the unpacked folder means nothing.
_SYSTEM = re.compile(
    r"(?:^/|\$\{?LFS\}?/|/lfs/)(?!.*(?:/src/|/sources|/build))(?:usr/|etc/|lib\w*/|s?bin/|var/(?!tmp)|boot/|tools/)"
)


class Kept(Struct):
    """A statement that stays. `at` is where it runs, below the folder of the sources; None if that is not told."""

    statement: Statement
    text: str
    phase: str | None
    at: str | None
    sets: bool = False
    moves: bool = False
    comments: tuple[str, ...] = ()
    lenient: bool = False  # behind `set +e`: its failure stops nothing


class Walked(Struct):
    """What is left of a script. `whole` says why it cannot be cut, "" if it can."""

    whole: str = ""
    kept: tuple[Kept, ...] = ()
    patches: tuple[tuple[str, int], ...] = ()
    unpacks: tuple[tuple[str, str], ...] = ()  # archive, folder
    roots: tuple[tuple[str, str], ...] = ()  # variable, the way from the folder of the sources to what it names
    marks: tuple[str, ...] = ()
    heres: tuple[str, ...] = ()  # variables that name the folder of the unpacked sources
    tops: frozenset[str] = frozenset()  # what that folder may be called, patterns too


class Place:
    """The state of one walk. `complete`: which archives and patches can be named by a recipe."""

    def __init__(self, script: Script, said: Said, complete: Mapping[str, bool]) -> None:
        self.said = said
        self.script = script
        self.asked: dict[str, str] = {}  # variable → the program of the tree that tells it
        self.complete = complete
        self.own = base(script.sources[0].value) if script.sources else ""
        stem = stem_of(self.own)
        self.tops = {stem, f"{stem}*"} if stem else set()
        name, version = (fact.value if fact else "" for fact in (script.name, script.version))
        if name and version:
            self.tops |= {f"{name}-{version}", f"{name}{version}"}
        if name:
            self.tops |= {f"{name}-[0-9]*", f"{name}[0-9]*"}  # and not gettext-tools within gettext
        self.globs = {f"{name}-*", f"{name}*"} if name else set()
        self.kept: list[Kept] = []
        self.patches: list[tuple[str, int]] = []
        self.unpacks: list[tuple[str, str]] = []
        self.roots: dict[str, str] = {}  # variable → the way from the folder of the sources to what it names
        self.heres: dict[str, None] = {}
        self.marks: list[str] = []
        self.opened = self.inside = self.entered = False
        self.at: list[str] | None = []
        self.stack: list[tuple[list[str] | None, bool, bool]] = []
        self.pending: list[Kept] = []
        self.lenient = False
        self.behind: list[str] | None = None  # where the line before ended, in a text whose lines begin anew

    def anew(self, statements: Sequence[Statement]) -> None:
        """What follows begins at the top of the sources again, as a packager calls each function there."""
        if self.at and statements:
            back = Kept(statements[0], f"cd {relative('', '/'.join(self.at))}", None, "", moves=True)
            self.pending = [back] if self.kept else []
        self.at, self.stack = [], []

    def _is_own(self, archive: str) -> bool:
        name = base(archive)
        if UNKNOWN in name:
            return bool(self.own)
        stem = stem_of(self.own)
        return alike(name, self.own) or bool(stem and alike(stem_of(name), stem)) or not self.own

    def _is_top(self, command: Command) -> bool:
        word = command.words[-1]
        value, text = self.said.value(word), word.text.strip("\"'")
        if text in self.tops:
            return True
        last = base(value)
        if _SYSTEM.search(value):
            return False
        if last in self.globs or base(text) in self.globs:
            return True
        if UNKNOWN in last:
            return bool(self.own) and "/" in value and not text.startswith("..") and "$" in text
        return any(alike(last, top) for top in self.tops)

    def _names_top(self, text: str, value: str) -> bool:
        names = {base(text), base(value)}
        if _SYSTEM.search(value):
            return False
        return bool(names & (self.tops | self.globs)) or any(alike(base(value), top) for top in self.tops)

    def _removes_top(self, command: Command) -> bool:
        words = [(word.text, self.said.value(word)) for word in command.words[1:] if not word.text.startswith("-")]
        if not words:
            return False
        outside = not self.inside
        return all(
            not _SYSTEM.search(value)
            and (self._names_top(text, value) or (outside and not value.startswith("/")) or
            (outside and UNKNOWN in base(value)) or re.search(r"[-_]build$", base(value)) is not None)
            for text, value in words
        )  # fmt: skip

    def _move(self, command: Command, one: Statement) -> str:
        """`cd`, `pushd`, `popd`: into the folder of the sources and out of it without a trace, else kept."""
        if command.name.startswith("popd"):
            if not self.stack:
                self.inside = False
                return ""
            at, inside, kept = self.stack.pop()
            back = relative("/".join(at), "/".join(self.at)) if at is not None and self.at is not None else ""
            self.at, self.inside = at, inside
            if kept and not back:
                return "it leaves a folder for one that cannot be told"
            if kept:
                self._keep(one, None, text=f"cd {back}", moves=True)
            return ""
        target = self.said.value(command.words[1]) if len(command.words) > 1 else "~"
        text = command.words[1].text.strip("\"'") if len(command.words) > 1 else ""
        push = command.name.startswith("pushd")
        before = (list(self.at) if self.at is not None else None, self.inside)
        enters = not self.inside and (
            self._is_top(command) or (self.own and UNKNOWN in base(target) and text not in ("..", "-"))
            or (self.own and not self.entered and re.fullmatch(r"[\w+][\w.+-]*/?", target))
        )  # fmt: skip
        below = "" if enters or self.inside or push else self._below_top(target)
        if below:
            self._keep_in(one, below)
            return ""
        if push and text in (".", "$PWD", "${PWD}"):
            self.stack.append((*before, False))
            return ""
        if enters:
            if self.behind:  # of the line before, whose shell is another's
                self.pending.append(Kept(one, f"cd {relative('', '/'.join(self.behind))}", None, "", moves=True))
            self.behind = None
            self.inside, self.at, self.entered = True, [], True
            self.tops.add(base(target))
            if push:
                self.stack.append((*before, False))
            return ""
        if not self.inside:
            if push:
                return "it enters a folder that cannot be told"
            self.pending.append(Kept(one, one.text, None, None, moves=True, lenient=self.lenient))
            self.at = None
            return ""
        if self._stays(target):
            self._keep(one, None, text=f"cd {command.words[1].text}" if push else "", moves=True)
        else:
            self.pending.append(Kept(one, one.text, None, None, moves=True, lenient=self.lenient))
        if push:
            self.stack.append((*before, True))
        return ""

    def _below_top(self, target: str) -> str:
        """The rest of a path that leads through the folder of the sources, "" for any other."""
        parts = target.split("/")
        for place, part in enumerate(parts[:-1]):
            if part and UNKNOWN not in part and any(alike(part, top) for top in self.tops):
                return "/".join(parts[place + 1 :]).strip("/")
        return ""

    def _keep_in(self, one: Statement, below: str) -> None:
        """Enters a folder below that of the sources, from outside of that."""
        here = "/".join(self.behind or ())
        self.behind, self.inside, self.entered, self.at = None, True, True, []
        way = relative(below, here)
        if self._stays(below) and way != ".":
            self._keep(one, None, text=f"cd {way}", moves=True)

    def _stays(self, target: str) -> bool:
        """Goes to a folder; whether that is still one below the folder of the sources."""
        self._go(target)
        return self.inside

    def _go(self, target: str) -> None:
        if target.startswith(("/", "~")) or UNKNOWN in target:
            if self._names_top(target, target):
                self.at = []
            else:
                self.at, self.inside = None, False
            return
        for part in target.split("/"):
            if self.at is None:
                break
            if part == "..":
                if not self.at:
                    self.at, self.inside = None, False
                else:
                    self.at.pop()
            elif part not in ("", "."):
                self.at.append(part)

    def _keep(
        self, one: Statement, phase: str | None, *, text: str = "", sets: bool = False, moves: bool = False
    ) -> None:
        if not sets:
            self.kept += self.pending
            self.pending.clear()
        at = "/".join(self.at) if self.at is not None else None
        self.kept.append(Kept(one, text or one.text, phase, at, sets=sets, moves=moves, lenient=self.lenient))
