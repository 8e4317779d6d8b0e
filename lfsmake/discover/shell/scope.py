"""An index of one script for looking values up: who sets what, where, and which functions it has. Knows no values."""

from typing import Literal

from msgspec import Struct

from lfsmake.discover.shell.nodes import Assignment, Command, Loop, Shell, Word

Kind = Literal["assign", "unknown", "unset", "call", "source"]


class Setting(Struct, frozen=True):
    """Something that sets a variable, or may. `start` and `end`: bytes; `block` as in Assignment, (0, 0) if certain."""

    kind: Kind
    start: int
    end: int
    block: tuple[int, int] = (0, 0)
    shut: bool = False  # it holds nowhere else than in `block`
    conditional: bool = False
    assignment: Assignment | None = None
    command: Command | None = None


_READERS = frozenset(("read", "mapfile", "readarray", "getopts", "let"))


class Scope:
    """A script and its index. `settings[function][name]` are in the order they stand; "" is outside of functions."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        self.functions = {function.name: function for function in shell.functions}
        self.settings: dict[str, dict[str, list[Setting]]] = {}
        self.calls: dict[str, list[Command]] = {}  # by name: the commands that are functions of this script or another
        self.bodies: dict[str, list[Command]] = {}  # function → its commands; "": those outside of any
        self.sources: list[Command] = []
        self.shifts: dict[str, list[Command]] = {}
        self.loops: dict[str, list[Loop]] = {}
        self.sets: dict[str, set[str]] = {}  # function → names that it sets for its caller
        self._collect()

    def _add(self, function: str, name: str, setting: Setting) -> None:
        self.settings.setdefault(function, {}).setdefault(name, []).append(setting)

    def _collect(self) -> None:
        shell = self.shell
        for one in shell.assignments:
            if one.value is None:
                continue
            name = f"{one.name}[{one.index}]" if one.index else one.name
            setting = Setting("assign", one.start, one.end, one.block, one.subshell, one.conditional, one)
            self._add(one.function, name, setting)
            if not one.local:
                self.sets.setdefault(one.function, set()).add(name)
        for command in shell.commands:
            self.bodies.setdefault(command.function, []).append(command)
            if not command.words:
                continue
            name = command.name
            self.calls.setdefault(name, []).append(command)
            if name in (".", "source"):
                self.sources.append(command)
            elif name == "shift":
                self.shifts.setdefault(command.function, []).append(command)
            elif name in _READERS or name == "unset" or (name == "printf" and "-v" in (w.text for w in command.words)):
                self._unknown(command, "unset" if name == "unset" else "unknown")
        for loop in shell.loops:
            self.loops.setdefault(loop.function, []).append(loop)
            if loop.variable:
                self._add(loop.function, loop.variable, Setting("unknown", loop.start, loop.end))
        for names in self.settings.values():
            for settings in names.values():
                settings.sort(key=lambda setting: setting.start)

    def _unknown(self, command: Command, kind: Kind) -> None:
        for word in command.words[1:]:
            if word.value and word.value.isidentifier():
                setting = Setting(kind, command.start, command.end, conditional=command.conditional)
                self._add(command.function, word.value, setting)

    def function_at(self, word: Word) -> str:
        """The innermost function a word stands in; "" outside of any."""
        inner = ""
        size = -1
        for function in self.shell.functions:
            if function.start <= word.start < function.end and (size < 0 or function.end - function.start < size):
                inner, size = function.name, function.end - function.start
        return inner

    def loops_at(self, function: str, at: int) -> list[Loop]:
        """The loops over words around a place, the outermost first."""
        around = [loop for loop in self.loops.get(function, ()) if loop.variable and loop.start <= at < loop.end]
        return sorted(around, key=lambda loop: loop.start)

    def before(self, function: str, name: str, at: int) -> list[Setting]:
        """What may have set a variable before a place, in order."""
        settings = self.settings.get(function, {}).get(name, [])
        return [one for one in settings if one.end <= at and not (one.shut and not within(at, one.block))]


def within(at: int, block: tuple[int, int]) -> bool:
    """Whether a place lies in a block."""
    return block[0] <= at <= block[1]
