"""Tells what the words of a script stand for, by reading: assignments, sourced files, calls, loops. Runs nothing.

A value that cannot be told for certain is None. Where a word has several values, a loop's or of several calls, they are
told one by one; each such way through the script is a `Frame`.
"""

from collections.abc import Mapping

from lfsmake.discover.shell.expand import expand
from lfsmake.discover.shell.nodes import Command, Shell, Word
from lfsmake.discover.shell.scope import Scope, Setting, within

_FRAMES = 64  # ways through a script that are told apart
DEEP = 8  # calls within calls
_STEPS = 2000  # look-ups for one word
_WORK = 500_000  # look-ups for one script: none that people wrote comes near
_NESTED = 70  # look-ups within look-ups, ten calls of Python's each
END = 1 << 62


class Frame:
    """One way to a place: in which function of which script, called with what, at which turn of each loop."""

    __slots__ = ("args", "at", "caller", "deep", "function", "loops", "scope")

    def __init__(
        self, scope: Scope, function: str = "", args: tuple[str | None, ...] | None = None,
        caller: "Frame | None" = None, at: int = END, loops: tuple[tuple[int, int, str, str | None], ...] = (),
    ) -> None:  # fmt: skip
        self.scope, self.function, self.args, self.caller, self.at, self.loops = (
            scope,
            function,
            args,
            caller,
            at,
            loops,
        )
        self.deep: int = caller.deep + 1 if caller is not None else 0


class Values:
    """The values of one script. `files` are the scripts it reads in: (path, start of the command) → its Scope."""

    def __init__(
        self,
        shell: Shell | Scope,
        files: Mapping[tuple[str, int], Scope] | None = None,
        outside: Mapping[str, str] | None = None,
    ) -> None:
        self.scope = shell if isinstance(shell, Scope) else Scope(shell)
        self.files = {} if files is None else files
        self.outside = outside or {}
        self._scopes: dict[int, tuple[int, list[Scope], dict[str, list[tuple[Scope, str]]]]] = {}
        self.busy: set[tuple[int, str, str, int]] = set()
        self.steps = self.work = 0
        self._ways: dict[tuple[int, str, int], list[Frame]] = {}

    def word(self, word: Word, at: int | None = None) -> str | None:
        """The value of a word of the script; None if it cannot be told, or differs from one way to another."""
        found = {self.get(word, frame, at) for frame in self.frames(word)}
        return found.pop() if len(found) == 1 else None

    def likely(self, word: Word, at: int | None = None) -> str | None:
        """As `word`, but a default or the last of several assignments is taken where it is not certain which holds."""
        for frame in self.frames(word):
            value = self.get(word, frame, at, likely=True)
            if value is not None:
                return value
        return None

    def all(self, word: Word, at: int | None = None) -> tuple[str, ...]:
        """All values that a word is known to have, in order: of a loop over words, of calls of its function."""
        found = [self.get(word, frame, at) for frame in self.frames(word)]
        return tuple(dict.fromkeys(value for value in found if value is not None))

    def get(
        self,
        word: Word,
        frame: Frame,
        at: int | None = None,
        *,
        likely: bool = False,
        globs: bool = False,
        unknown: str | None = None,
    ) -> str | None:
        """The value of a word on one way.

        `globs`: `*` and `{a,b}` are kept as written instead of making it unknown; `unknown` stands for what cannot
        be told within it.
        """
        if word.value is not None:
            return word.value
        place = at if at is not None else word.start if word.start >= 0 else END
        self.steps = self.steps if self.busy else 0
        return self._expand(word.text, frame, place, likely, globs, unknown)

    def fields(
        self, word: Word, frame: Frame, *, likely: bool = False, globs: bool = False, unknown: str | None = None
    ) -> tuple[str | None, ...]:
        """The words that a word becomes: the elements of an array, the parts of an unquoted variable."""
        if word.value is not None:
            return (word.value,)
        text = word.text
        bare = text[1:-1] if word.quoted else text
        if bare in ("$@", "${@}", "$*", "${*}"):
            if frame.args is not None:
                return frame.args[self._shifted(frame, word.start) :] if frame.function else frame.args
            return (None,)
        if bare.startswith("${!") and bare.endswith(("[@]}", "[*]}")):
            items = self.items(bare[3:-4], frame, word.start, likely=likely)
            return (None,) if items is None else tuple(str(place) for place in range(len(items)))
        if bare.startswith("${") and bare.endswith(("[@]}", "[*]}")) and "$" not in bare[2:]:
            items = self.items(bare[2:-4], frame, word.start, likely=likely)
            return (None,) if items is None else items
        value = self.get(word, frame, likely=likely, globs=globs, unknown=unknown)
        if value is None or word.quoted or not text.startswith(("$", "`")):
            return (value,)
        return tuple(value.split()) if value.split() else ()

    def name(self, name: str, frame: Frame | None = None, at: int = END, *, likely: bool = False) -> str | None:
        """The value of a variable at a place."""
        self.steps = self.steps if self.busy else 0
        return self._lookup(name, frame or Frame(self.scope), at, likely)

    def items(
        self, name: str, frame: Frame | None = None, at: int = END, *, likely: bool = False
    ) -> tuple[str | None, ...] | None:
        """The elements of an array; None if it has none that can be told."""
        frame = frame or Frame(self.scope)
        key = (id(frame.scope), frame.function, name + "()", at)
        if key in self.busy or len(self.busy) > _NESTED:
            return None
        self.busy.add(key)
        try:
            return self._items(name, frame, at, likely)
        finally:
            self.busy.discard(key)

    def _items(self, name: str, frame: Frame, at: int, likely: bool) -> tuple[str | None, ...] | None:
        made: list[str | None] = []
        since: list[Word] = []
        for setting in reversed(frame.scope.before(frame.function, name, at)):
            one = setting.assignment
            if one is not None and one.value is not None and one.value.items is not None:
                since.append(one.value)
                if not one.appended:
                    break
        for value in reversed(since):
            for item in value.items or ():
                self.work += 1
                if self.work > _WORK:
                    return None
                made += self.fields(item, frame, likely=likely, globs=True)
        found = bool(since)
        if not found and frame.caller is not None:
            return self.items(name, frame.caller, frame.at, likely=likely)
        if not found and frame.function:
            return self.items(name, Frame(frame.scope), END, likely=likely)
        if not found:
            for key, scope in self.files.items():
                if key[0] == frame.scope.shell.path and name in scope.settings.get("", {}):
                    return self.items(name, Frame(scope, caller=frame, at=END), END, likely=likely)
        return tuple(made) if found else None

    def frames(self, word: Word, scope: Scope | None = None) -> list[Frame]:
        """The ways to a word: one for each call of its function and each turn of the loops around it."""
        scope = scope or self.scope
        return self.ways(scope, scope.function_at(word) if word.start >= 0 else "", word.start, 0)

    def ways(self, scope: Scope, function: str, at: int, deep: int) -> list[Frame]:
        key = (id(scope), function, len(self.files))
        frames = self._ways.get(key)
        if frames is None:
            frames = self._ways[key] = [Frame(scope, function)]  # what a function that calls itself sees
            found: list[Frame] = []
            for command in scope.calls.get(function, ()) if function else ():
                if command.function != function and deep < DEEP and len(found) < _FRAMES:
                    outer = self.ways(scope, command.function, command.start, deep + 1)
                    found += [self.called(command, frame, scope, function) for frame in outer]
            frames = self._ways[key] = found[:_FRAMES] or frames
        return self.turns(scope, function, at, frames)

    def called(self, command: Command, frame: Frame, scope: Scope, function: str) -> Frame:
        """The way into a function through a command that calls it."""
        args: list[str | None] = []
        for word in command.words[1:]:
            args += self.fields(word, frame)
        return Frame(scope, function, tuple(args), frame, command.start)

    def turns(self, scope: Scope, function: str, at: int, frames: list[Frame], bound: int = -1) -> list[Frame]:
        """Each frame once for each turn of the loops around `at`; loops around `bound` are taken as settled."""
        for loop in scope.loops_at(function, at):
            if loop.start <= bound < loop.end or loop.keyword not in ("for", "select"):
                continue
            made: list[Frame] = []
            for frame in frames:
                items: list[str | None] = []
                for word in loop.words:
                    items += self.fields(word, frame)
                for item in items or [None]:
                    loops = (*frame.loops, (loop.start, loop.end, loop.variable, item))
                    made.append(Frame(scope, function, frame.args, frame.caller, frame.at, loops))
            frames = made[:_FRAMES]
        return frames

    # looking up

    def _expand(
        self, text: str, frame: Frame, at: int, likely: bool, globs: bool = False, unknown: str | None = None
    ) -> str | None:
        def lookup(name: str) -> str | None:
            return self._lookup(name, frame, at, likely)

        return expand(text, lookup, mode="globs" if globs else "word", likely=likely, unknown=unknown)

    def _lookup(self, name: str, frame: Frame, at: int, likely: bool) -> str | None:
        self.steps += 1
        self.work += 1
        if frame.deep > DEEP or self.steps > _STEPS or self.work > _WORK or len(self.busy) > _NESTED:
            return None
        key = (id(frame.scope), frame.function, name, at)
        if key in self.busy:
            return None
        self.busy.add(key)
        try:
            if not (name[0].isalpha() or name[0] == "_"):
                return self._special(name, frame, at)
            return self._variable(name, frame, at, likely)
        finally:
            self.busy.discard(key)

    def _special(self, name: str, frame: Frame, at: int) -> str | None:
        if name == "0":
            return self.scope.shell.path or None
        args = frame.args
        if not frame.function and frame.caller is not None and args is None:
            return self._lookup(
                name, frame.caller, frame.at, False
            )  # a sourced file sees the arguments of who reads it
        if args is None:
            return None
        shift = self._shifted(frame, at)
        if shift < 0:
            return None
        if name.isdigit():
            place = int(name) - 1 + shift
            return args[place] if place < len(args) else ""
        if name == "#":
            return str(max(0, len(args) - shift))
        if name in "@*":
            rest = args[shift:]
            return None if any(arg is None for arg in rest) else " ".join(arg or "" for arg in rest)
        return None

    def _shifted(self, frame: Frame, at: int) -> int:
        """How many arguments were shifted away before a place; -1 if that cannot be told."""
        count = 0
        for command in frame.scope.shifts.get(frame.function, ()):
            if command.end <= at:
                value = command.words[1].value if len(command.words) > 1 else "1"
                if command.conditional or value is None or not value.isdigit():
                    return -1
                count += int(value)
        return count

    def _variable(self, name: str, frame: Frame, at: int, likely: bool) -> str | None:
        for start, end, variable, item in reversed(frame.loops):
            if variable == name and start <= at < end:
                return item
        scope = frame.scope
        if name.split("[")[0] in ("BASH_SOURCE", "BASH_SOURCE[0]"):
            return scope.shell.path or None
        settings = frame.scope.before(frame.function, name, at) + self._effects(name, frame, at)
        settings.sort(key=lambda setting: setting.end)
        maybe: set[str | None] = set()
        for setting in reversed(settings):
            value = self._value(name, setting, frame, likely)
            certain = not setting.conditional or (setting.block != (0, 0) and within(at, setting.block))
            if certain or (likely and value is not None):
                maybe.add(value)
                return value if len(maybe) == 1 or likely else None
            maybe.add(value)
        if "[" in name:
            return self._element(name, frame, at, likely)
        if frame.caller is not None:
            outer = self._lookup(name, frame.caller, frame.at, likely)
        elif frame.function:
            outer = self._lookup(name, Frame(scope), END, likely)
        else:
            outer = self.outside.get(name)
        if maybe and not likely:
            maybe.add(outer)
            return outer if len(maybe) == 1 else None
        return outer

    def _element(self, name: str, frame: Frame, at: int, likely: bool) -> str | None:
        """`name[index]` of an array that was set as a whole."""
        base, _, index = name.removesuffix("]").partition("[")
        if index in ("@", "*"):
            items = self.items(base, frame, at, likely=likely)
            return " ".join(item or "" for item in items) if items and None not in items else None
        if index.lstrip("-").isdigit():
            items = self.items(base, frame, at, likely=likely)
            place = int(index)
            if items and -len(items) <= place < len(items):
                return items[place]
            return self._lookup(base, frame, at, likely) if place == 0 and not items else None
        items = self.items(base, frame, at, likely=likely)
        for item in items or ():
            if item is not None and item.startswith(f"[{index}]="):
                return item[len(index) + 3 :]
        if items and index.isidentifier():  # an index is arithmetic: `${a[i]}` is `${a[$i]}`
            place_ = self._lookup(index, frame, at, likely)
            if place_ and place_.isdigit() and int(place_) < len(items):
                return items[int(place_)]
        return None

    def _value(self, name: str, setting: Setting, frame: Frame, likely: bool) -> str | None:
        """What a setting makes of a variable."""
        if setting.kind == "unset":
            return ""
        one = setting.assignment
        if one is not None and one.value is not None:
            if one.value.items is not None:
                items = self.items(name, frame, setting.end, likely=likely)
                return items[0] if items else None
            value = one.value.value
            if value is None:
                value = self._expand(one.value.text, frame, one.value.start, likely, True)
            if one.appended and value is not None:
                before = self._lookup(name, frame, setting.start, likely)
                return None if before is None else before + value
            return value
        command = setting.command
        if command is None:
            return None
        if setting.kind == "source":
            scope = self.files[frame.scope.shell.path, command.start]
            return self._lookup(name, Frame(scope, caller=frame, at=command.start), END, likely)
        found = self.function(command.name, frame.scope)
        if found is None:
            return None
        inner = self.called(command, frame, found, command.name)
        return self._lookup(name, inner, END, likely)

    def _effects(self, name: str, frame: Frame, at: int) -> list[Setting]:
        """Calls and sourced files before a place that set a variable."""
        scope = frame.scope
        made: list[Setting] = []
        for command in scope.sources:
            if command.function == frame.function and command.end <= at:
                inner = self.files.get((scope.shell.path, command.start))
                if inner is not None and self._sets(inner, "", name, 0):
                    made.append(Setting("source", command.start, command.end, command=command))
        if frame.deep < DEEP:
            for _, function in self._known(scope)[2].get(name, ()):
                if function != frame.function:
                    made += [
                        Setting("call", call.start, call.end, conditional=call.conditional, command=call)
                        for call in scope.calls.get(function, ())
                        if call.function == frame.function and call.end <= at and not call.subshell
                    ]
        return made

    def _sets(self, scope: Scope, function: str, name: str, deep: int) -> bool:
        if name in scope.settings.get(function, {}):
            return True
        if deep > DEEP:
            return False
        return any(
            self._sets(self.files[scope.shell.path, command.start], "", name, deep + 1)
            for command in scope.sources
            if command.function == function and (scope.shell.path, command.start) in self.files
        ) or any(
            name in scope.sets.get(other, ()) and any(c.function == function for c in scope.calls.get(other, ()))
            for other in scope.functions
        )

    def scopes(self, scope: Scope) -> list[Scope]:
        """A script, and those it reads in, whose functions it has."""
        return self._known(scope)[1]

    def _known(self, scope: Scope) -> tuple[int, list[Scope], dict[str, list[tuple[Scope, str]]]]:
        """How many files were known, the scripts, and which of their functions set a variable."""
        known = self._scopes.get(id(scope))
        if known is not None and known[0] == len(self.files):
            return known
        found = [self.scope] if scope is not self.scope else []
        found.append(scope)
        for inner in self.files.values():
            if inner not in found:
                found.append(inner)
        setters: dict[str, list[tuple[Scope, str]]] = {}
        for owner in found:
            for function, names in owner.sets.items():
                for name in names if function in owner.functions else ():
                    setters.setdefault(name, []).append((owner, function))
        known = self._scopes[id(scope)] = (len(self.files), found, setters)
        return known

    def function(self, name: str, scope: Scope) -> Scope | None:
        """The script whose function a command of `scope` calls; None if it is no function."""
        if name in scope.functions:
            return scope
        for other in self.scopes(scope):
            if name in other.functions:
                return other
        return None
