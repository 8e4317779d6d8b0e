"""Puts a block's statements over those of its style chain. Knows no other step and renders nothing."""

from collections.abc import Iterable
from typing import TypeVar

from msgspec.structs import replace

from lfsmake.lang.nodes import (
    AliasNode,
    Block,
    CostNode,
    Env,
    Fails,
    Field,
    FileNode,
    Limit,
    MeantNode,
    Name,
    Needs,
    OriginNode,
    PhaseNode,
    Provides,
    ReadsNode,
    Setting,
    Source,
    Statement,
    StrictNode,
    ToolNode,
    UnpackNode,
)
from lfsmake.lang.resolve_options import Active
from lfsmake.lang.resolve_report import Report
from lfsmake.lang.words import STATEMENTS, listed
from lfsmake.model.errors import Span

_ALLOWED = {kind: frozenset(words) for kind, words in STATEMENTS.items()}
_LISTS = frozenset(("with", "before", "conflicts", "replaces", "members"))

# How near a statement is to the package: styles between it and the outermost one, then enclosing `when`s.
Nearness = tuple[int, int]
T = TypeVar("T", Field | Setting | Limit | CostNode, Env, PhaseNode)


class Merged:
    """Statements by meaning. The nearest of a scalar, env or body; all of a list, outermost style's first."""

    def __init__(self, level: int = 0) -> None:
        self.level = level
        self.scalars: dict[str, tuple[Nearness, Field | Setting | Limit | CostNode]] = {}
        self.env: dict[str, tuple[Nearness, Env]] = {}
        self.bodies: dict[str, tuple[Nearness, PhaseNode]] = {}
        self.skips: dict[str, tuple[Nearness, Name]] = {}
        self.pre: dict[str, list[PhaseNode]] = {}
        self.post: dict[str, list[PhaseNode]] = {}
        self.needs: list[Needs] = []
        self.sources: list[Source] = []
        self.patches: list[Source] = []
        self.unpacks: list[UnpackNode] = []
        self.files: list[FileNode] = []
        self.provides: list[Provides] = []
        self.fails: list[Fails] = []
        self.meant: list[MeantNode] = []
        self.reads: list[ReadsNode] = []
        self.strict: StrictNode | None = None
        self.tools: list[ToolNode] = []
        self.aliases: list[AliasNode] = []
        self.names: dict[str, list[Name]] = {}  # of with, before, conflicts, replaces, members

    def child(self) -> "Merged":
        """A copy to put nearer statements over."""
        new = Merged(self.level + 1)
        new.scalars = dict(self.scalars)
        new.env = dict(self.env)
        new.bodies = dict(self.bodies)
        new.skips = dict(self.skips)
        new.pre = {phase: list(hooks) for phase, hooks in self.pre.items()}
        new.post = {phase: list(hooks) for phase, hooks in self.post.items()}
        new.needs = list(self.needs)
        return new

    def amended(self) -> "Merged":
        """A copy to put amendments over, with what only packages have, too."""
        new = Merged(self.level + 1)
        for key, held in vars(self).items():
            if isinstance(held, dict):
                setattr(new, key, {name: list(each) if isinstance(each, list) else each for name, each in held.items()})
            elif key != "level":
                setattr(new, key, list(held) if isinstance(held, list) else held)
        return new

    def text(self, key: str) -> Field | None:
        """The field of that keyword, such as `workdir`."""
        found = self.scalars.get(key)
        return found[1] if found and isinstance(found[1], Field) else None

    def setting(self, key: str) -> tuple[Name, ...]:
        """The words of that keyword, such as `context`."""
        found = self.scalars.get(key)
        return found[1].values if found and isinstance(found[1], Setting) else ()

    def skipped(self, phase: str) -> bool:
        """Whether `skip` takes the phase away: a body nearer than the skip brings it back."""
        if phase not in self.skips:
            return False
        body = self.bodies.get(phase)
        return body is None or body[0] <= self.skips[phase][0]


_WORDS: dict[type, str] = {
    UnpackNode: "unpack",
    FileNode: "file",
    Needs: "needs",
    Provides: "provides",
    Env: "env",
    CostNode: "cost",
    Fails: "fails",
    ReadsNode: "reads",
    ToolNode: "tool",
    AliasNode: "alias",
}


def _word(statement: Statement) -> str:
    """The keyword a statement begins with."""
    word = _WORDS.get(type(statement))
    if word is not None:
        return word
    if isinstance(statement, PhaseNode):
        return statement.phase.text
    return statement.key.text  # type: ignore[union-attr]  # the kinds left all have one


def _place(statement: Statement) -> Span | None:
    """Where to point for a statement: its keyword, or its first word where its node does not keep the keyword."""
    match statement:
        case Field() | Setting() | Source() | Limit() | MeantNode() | StrictNode():
            return statement.key.span
        case PhaseNode():
            return statement.phase.span
        case UnpackNode():
            return statement.resource.span
        case FileNode():
            return statement.path.span
        case Needs():
            return statement.scope.span
        case Provides() | Env() | AliasNode():
            return statement.name.span
        case Fails():
            return statement.tests[0].span
        case ReadsNode():
            return statement.paths[0].span
        case CostNode():
            return statement.quantities[0].number.span if statement.quantities else None
        case ToolNode():
            return statement.requirement.name.span
    return None


def style_words(statements: Iterable[Active]) -> tuple[Name, ...]:
    """What the nearest `style` statement names."""
    found: tuple[int, tuple[Name, ...]] = (-1, ())
    for depth, statement in statements:
        if isinstance(statement, Setting) and statement.key.text == "style" and depth > found[0]:
            found = (depth, statement.values)
    return found[1]


class Merger:
    """Puts blocks over what they inherit and reports statements that stand in the wrong block or twice."""

    def __init__(self, report: Report) -> None:
        self._report = report

    def over(self, inherited: Merged, block: Block, statements: Iterable[Active]) -> Merged:
        """`inherited` with the block's statements in force put over it; `inherited` stays as it is."""
        return self._put(inherited.child(), block, statements)

    def amend(
        self, merged: Merged, block: Block, statements: Iterable[Active], origins: tuple[OriginNode, ...]
    ) -> None:
        """Puts an amendment of the block over `merged`, which `Merged.amended` made."""
        if origins:
            if merged.sources:
                first = merged.sources[0]
                merged.sources[0] = replace(first, origins=first.origins + origins)
            else:
                self._report.add(
                    f"{block.kind.text} {block.name.text} has no source of its own",
                    origins[0].url.span,
                    hint="amend the resource that it is built from" if block.kind.text == "package" else "",
                )
        self._put(merged, block, statements)

    def _put(self, merged: Merged, block: Block, statements: Iterable[Active]) -> Merged:
        kind, allowed = block.kind.text, _ALLOWED[block.kind.text]
        for depth, statement in statements:
            word = _word(statement)
            if word not in allowed:
                homes = [f"a {other}" for other, words in STATEMENTS.items() if word in words]
                self._report.add(
                    f'"{word}" does not stand in a {kind}',
                    _place(statement),
                    expected="a statement such as " + listed(STATEMENTS[kind][:3]),
                    hint=f'"{word}" stands in {listed(homes)}',
                )
                continue
            self._take(merged, block, (merged.level, depth), word, statement)
        return merged

    def _take(self, merged: Merged, block: Block, near: Nearness, word: str, statement: Statement) -> None:
        match statement:
            case Setting() if word == "skip":
                for name in statement.values:
                    held = merged.skips.get(name.text)
                    if held is None or held[0] < near:
                        merged.skips[name.text] = (near, name)
            case Setting() if word in _LISTS:
                merged.names.setdefault(word, []).extend(statement.values)
            case Field() | Setting() | Limit() | CostNode():
                self._nearest(merged.scalars, word, near, statement, word, block)
            case Env():
                variable = statement.name.text
                self._nearest(merged.env, variable, near, statement, f"env {variable}", block)
            case PhaseNode(hook=None):
                self._nearest(merged.bodies, word, near, statement, f"{word}:", block)
            case PhaseNode():
                first = statement.hook is not None and statement.hook.text == "pre"
                hooks = merged.pre if first else merged.post
                hooks.setdefault(word, []).append(statement)
            case Needs():
                merged.needs.append(statement)
            case Source():
                (merged.sources if word == "source" else merged.patches).append(statement)
            case UnpackNode():
                merged.unpacks.append(statement)
            case FileNode():
                merged.files.append(statement)
            case Fails():
                merged.fails.append(statement)
            case MeantNode():
                merged.meant.append(statement)
            case ReadsNode():
                merged.reads.append(statement)
            case StrictNode():
                merged.strict = statement
            case Provides():
                merged.provides.append(statement)
            case ToolNode():
                merged.tools.append(statement)
            case AliasNode():
                merged.aliases.append(statement)

    def _nearest(
        self,
        into: dict[str, tuple[Nearness, T]],
        key: str,
        near: Nearness,
        statement: T,
        word: str,
        block: Block,
    ) -> None:
        held = into.get(key)
        if held is not None and held[0] == near:
            self._report.add(
                f"{word} is given twice in {block.kind.text} {block.name.text}",
                _place(statement),
                hint="keep one of them, or put the exception into when",
            )
        elif held is None or held[0] < near:
            into[key] = (near, statement)
