"""The files that make up the recipes, and what they declare with `when` applied. Knows no package."""

import os
from collections.abc import Mapping, Sequence

from lfsmake.lang.graph import cycles
from lfsmake.lang.nodes import Amend, Block, Book, Include, Item, OptionNode, RecipeFile, WhenItems
from lfsmake.lang.resolve_options import Options
from lfsmake.lang.resolve_report import Report
from lfsmake.model.errors import Span


def inside(path: str, roots: Sequence[str]) -> bool:
    """Whether `path`, links followed, is one of `roots` or below one."""
    real = os.path.realpath(path)
    return any(real == root or real.startswith(root.rstrip(os.sep) + os.sep) for root in roots)


class Files:
    """Parsed files and how they include each other. No included file may leave `roots`, real paths."""

    def __init__(self, report: Report, roots: Sequence[str]) -> None:
        self._report = report
        self._roots = tuple(roots)
        self.parsed: dict[str, RecipeFile] = {}
        self.first: list[str] = []  # those not reached by include alone, in the order given
        self._targets: dict[Span, str] = {}  # include's string → file
        self._edges: dict[str, dict[str, Span]] = {}  # file → included file → the first include of it

    def add(self, path: str, parsed: RecipeFile) -> list[str]:
        """Takes a parsed file; gives the files it includes, as absolute paths."""
        self.parsed[path] = parsed
        edges = self._edges[path] = {}
        for include in _includes(parsed.items):
            target = self._target(path, include)
            if target:
                self._targets[include.path.span] = target
                edges.setdefault(target, include.path.span)
        return list(edges)

    def _target(self, path: str, include: Include) -> str:
        report, text, span = self._report, include.path.text, include.path.span
        folder = os.path.dirname(path)  # noqa: PTH120 - spans hold plain strings
        target = os.path.normpath(os.path.join(folder, text))  # noqa: PTH118
        if os.path.isabs(text):  # noqa: PTH117
            report.add("an include is a path below the recipes", span, hint="write it relative to this file")
        elif not inside(target, self._roots):
            report.add(
                f'"{text}" leaves the folder of the recipes', span, hint="include files below that folder"
            )
        elif not os.path.isfile(target):  # noqa: PTH113
            report.add(
                f'there is no file "{text}"',
                span,
                expected="a recipe file",
                hint=report.nearest(os.path.basename(text), _recipes_in(os.path.dirname(target))),  # noqa: PTH119, PTH120
            )
        else:
            return target
        report.incomplete = True
        return ""

    def report_cycles(self) -> None:
        """Names every cycle of includes whole."""
        for cycle in cycles({path: list(edges) for path, edges in self._edges.items()}):
            steps = list(zip(cycle, [*cycle[1:], cycle[0]], strict=True))
            names = [self._report.short(path) for path in [*cycle, cycle[0]]]
            places = [
                f"{self._report.short(other)} is included at {self._report.place(self._edges[path][other])}"
                for path, other in steps
            ]
            self._report.add(
                "files include each other: " + " → ".join(names),
                self._edges[steps[0][0]][steps[0][1]],
                hint="; ".join(places),
            )

    def options(self) -> list[OptionNode]:
        """The declared options; those that only some `when` would bring are reported."""
        out: list[OptionNode] = []
        seen: dict[str, None] = {}
        todo = list(reversed(self.first))
        while todo:
            path = todo.pop()
            if path in seen or path not in self.parsed:
                continue
            seen[path] = None
            for item in self.parsed[path].items:
                if isinstance(item, OptionNode):
                    out.append(item)
                elif isinstance(item, Include) and item.path.span in self._targets:
                    todo.append(self._targets[item.path.span])
                elif isinstance(item, WhenItems):
                    self._refuse_options((*item.then, *item.otherwise))
        for path, parsed in self.parsed.items():
            if path not in seen:
                self._refuse_options(parsed.items)
        return out

    def _refuse_options(self, items: Sequence[Item]) -> None:
        for item in items:
            if isinstance(item, WhenItems):
                self._refuse_options((*item.then, *item.otherwise))
            elif isinstance(item, OptionNode):
                self._report.add(
                    f"option {item.name.text} is declared inside when",
                    item.name.span,
                    hint="when decides by options: declare them outside",
                )

    def declarations(self, options: Options) -> "Declarations":
        """What is declared with these options in force, included files where they are included."""
        return Declarations(options, self.parsed, self._targets, self.first)


class Declarations:
    """The blocks and amendments in force, in order. `inactive` maps names left out by `when` to what brings them."""

    def __init__(
        self,
        options: Options,
        parsed: Mapping[str, RecipeFile],
        targets: Mapping[Span, str],
        first: Sequence[str],
    ) -> None:
        self.blocks: list[Block] = []
        self.amends: list[Amend] = []
        self.books: list[Book] = []
        self.inactive: dict[str, str] = {}
        self._options = options
        self._parsed = parsed
        self._targets = targets
        self._taken: set[str] = set()
        for path in first:
            self._file(path)

    def _file(self, path: str) -> None:
        if path in self._parsed and path not in self._taken:
            self._taken.add(path)
            self._take(self._parsed[path].items, "", True)

    def _take(self, items: Sequence[Item], words: str, on: bool) -> None:
        for item in items:
            if isinstance(item, Block):
                if on:
                    self.blocks.append(item)
                else:
                    self.inactive.setdefault(item.name.text, words)
            elif isinstance(item, WhenItems):
                holds = self._options.holds(item.condition)
                choices = "|".join(choice.text for choice in item.condition.choices)
                text = f"{item.condition.option.text}={choices}"
                self._take(item.then, words or f"with {text}", on and holds)
                self._take(item.otherwise, words or f"without {text}", on and not holds)
            elif isinstance(item, Amend):
                if on:
                    self.amends.append(item)
            elif isinstance(item, Book):
                if on:
                    self.books.append(item)
            elif isinstance(item, Include) and on and item.path.span in self._targets:
                self._file(self._targets[item.path.span])


def _includes(items: Sequence[Item]) -> list[Include]:
    out: list[Include] = []
    for item in items:
        if isinstance(item, Include):
            out.append(item)
        elif isinstance(item, WhenItems):
            out += _includes((*item.then, *item.otherwise))
    return out


def _recipes_in(folder: str) -> list[str]:
    try:
        return [name for name in os.listdir(folder) if name.endswith(".lfs")]
    except OSError:
        return []
