"""Options, their values, and what `when` leaves of a block. Knows no package and no style."""

import os
from collections.abc import Mapping

from lfsmake.lang.nodes import Condition, OptionNode, Statement, When
from lfsmake.lang.resolve_report import Report
from lfsmake.lang.words import listed
from lfsmake.model.errors import Span
from lfsmake.model.step import LFS, Option

MACHINES = ("x86_64", "aarch64", "riscv64", "i686")
_SAME_MACHINE = {"amd64": "x86_64", "arm64": "aarch64", "i386": "i686", "i486": "i686", "i586": "i686"}
_BUILT_IN = {
    "arch": MACHINES,
    "tests": ("critical", "none", "all"),
    "origin": ("auto", "upstream", "debian"),
}
_FACTS = frozenset(("name", "version", "book", "self", "range", "version_of"))

# A statement and how many `when`s it stands in: the deeper one wins over its neighbours.
Active = tuple[int, Statement]


def machine() -> str:
    """This machine, in the words of option `arch`; "x86_64" for one that lfsmake has no word for."""
    name = os.uname().machine
    name = _SAME_MACHINE.get(name, name)
    return name if name in MACHINES else MACHINES[0]


def variable(name: str) -> str:
    """The shell and template name of an option: dashes become underscores."""
    return name.replace("-", "_")


class Options:
    """The options in force. Conditions are judged by them and reported when they cannot be."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.options: dict[str, Option] = {}
        self.undecided = False  # some condition could not be judged: what it would bring is not missed

    def declare(self, nodes: list[OptionNode], values: Mapping[str, str], places: Mapping[str, Span]) -> None:
        """Takes the declared options, adds the built-in ones and sets `values`.

        `places` gives the spans of values that stand in a file, as `options.NAME`.
        """
        for node in nodes:
            self._declare(node)
        for name, choices in _BUILT_IN.items():
            if name not in self.options:
                value = machine() if name == "arch" else choices[0]
                self.options[name] = Option(name, choices, value, Span("", 0, 0))
        for name, value in values.items():
            self._set(name, value, places.get(f"options.{name}"))

    def _declare(self, node: OptionNode) -> None:
        name, report = node.name.text, self._report
        if not (name.isascii() and variable(name).isidentifier() and name == name.lower()) or name in _FACTS:
            report.add(
                f'"{name}" cannot be the name of an option',
                node.name.span,
                expected="a lower-case name that a shell variable can have",
                hint=f'"{name}" means something else in templates' if name in _FACTS else "",
            )
            return
        for other in self.options.values():
            if variable(other.name) == variable(name):
                report.add(
                    f"two options are called {name}",
                    node.name.span,
                    hint=f"the first is at {report.place(other.span)}",
                )
                return
        choices = tuple(choice.text for choice in node.choices)
        for at, choice in enumerate(node.choices):
            if choice.text in choices[:at]:
                report.add(f'option {name} has the value "{choice.text}" twice', choice.span)
        here = machine()
        value = here if name == "arch" and here in choices else choices[0]
        self.options[name] = Option(name, tuple(dict.fromkeys(choices)), value, node.name.span)

    def _set(self, name: str, value: str, place: Span | None) -> None:
        option = self.options.get(name)
        report = self._report
        if option is None:
            if not report.incomplete:
                known = list(self.options)
                report.add(
                    f'unknown option "{name}"',
                    place,
                    expected=listed(known),
                    hint=report.nearest(name, known),
                )
        elif value not in option.choices:
            report.add(
                f'option {name} cannot be "{value}"',
                place,
                expected=listed(option.choices),
                hint=report.nearest(value, option.choices),
            )
        else:
            self.options[name] = Option(name, option.choices, value, option.span)

    def value(self, name: str) -> str:
        """The value in force of an option that exists."""
        return self.options[name].value

    def facts(self) -> dict[str, str]:
        """What the options bring to templates and shell: their values, LFS and LFS_TGT."""
        facts = {variable(option.name): option.value for option in self.options.values()}
        facts["LFS"] = LFS
        facts["LFS_TGT"] = f"{self.value('arch')}-lfs-linux-gnu"
        return facts

    def holds(self, condition: Condition) -> bool:
        """Whether the condition is true; reports options and values that do not exist."""
        option = self.options.get(condition.option.text)
        if option is None:
            self._report.unknown("option", condition.option, list(self.options))
            self.undecided = True
            return False
        true = False
        for choice in condition.choices:
            if choice.text == option.value:
                true = True
            elif choice.text not in option.choices:
                self._report.unknown(f"value of option {option.name}", choice, option.choices)
                self.undecided = True
        return true

    def active(self, statements: tuple[Statement, ...]) -> list[Active]:
        """The statements in force, in the order written, each with its depth."""
        out: list[Active] = []
        self._active(statements, 0, True, out)
        return out

    def _active(self, statements: tuple[Statement, ...], depth: int, on: bool, out: list[Active]) -> None:
        for statement in statements:
            if isinstance(statement, When):
                holds = self.holds(statement.condition)
                self._active(statement.then, depth + 1, on and holds, out)
                self._active(statement.otherwise, depth + 1, on and not holds, out)
            elif on:
                out.append((depth, statement))
