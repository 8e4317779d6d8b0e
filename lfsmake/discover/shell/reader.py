"""Reads the words, redirects and assignments of a script's tree, and keeps what was found. Knows no statements."""

import re
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import msgspec

from lfsmake.discover.shell.nodes import Assignment, Command, Function, Loop, Redirect, Word
from lfsmake.discover.shell.words import ansi, bare, double
from lfsmake.model.errors import Span

if TYPE_CHECKING:
    from tree_sitter import Node

DEPTH = 120  # nested blocks and words that are read
EXPANSIONS = frozenset(
    ("simple_expansion", "expansion", "command_substitution", "process_substitution", "arithmetic_expansion")
)
REDIRECTS = frozenset(("file_redirect", "heredoc_redirect", "herestring_redirect"))


class At:
    """Where in the script a node stands."""

    __slots__ = (
        "background",
        "block",
        "conditional",
        "fallback",
        "function",
        "loop",
        "piped",
        "pipeline",
        "redirects",
        "subshell",
        "tested",
    )

    def __init__(self) -> None:
        self.function = ""
        self.conditional = self.tested = self.loop = self.subshell = self.piped = self.background = False
        self.pipeline = 0
        self.fallback = ""
        self.block: tuple[int, int, bool] = (0, 0, False)  # bytes; whether it is a subshell's
        self.redirects: tuple[Redirect, ...] = ()

    def but(self, **changes: Any) -> "At":
        """The same place but for what changes."""
        new = At.__new__(At)
        new.background, new.block, new.conditional = self.background, self.block, self.conditional
        new.fallback, new.function, new.loop, new.piped = self.fallback, self.function, self.loop, self.piped
        new.pipeline, new.redirects, new.subshell, new.tested = (
            self.pipeline,
            self.redirects,
            self.subshell,
            self.tested,
        )
        for name, value in changes.items():
            setattr(new, name, value)
        return new


class WordReader:
    """One walk over the tree; everything is collected in the order it stands."""

    def __init__(self, path: str, text: str, raw: bytes) -> None:
        self.path, self.text, self.raw = path, text, raw
        self.ascii = len(text) == len(raw)
        self.commands: list[Command] = []
        self.assignments: list[Assignment] = []
        self.functions: list[Function] = []
        self.loops: list[Loop] = []
        self.sourced: list[Word] = []
        self.comments: list[tuple[int, str]] = []
        self.errors: list[Span] = []
        self.pipelines = 0
        self.salvages = 0
        self.depth = 0
        self.found: list[int] = []  # commands substituted in the word being read

    def block(self, node: "Node", at: At) -> None:
        """The statements below a node."""
        raise AssertionError("a reader of statements has it")  # pragma: no cover

    def comment(self, node: "Node") -> None:
        line = node.start_point[0] + 1
        text = self.of(node)
        if line > 1 or not text.startswith("#!"):
            self.comments.append((line, text[1:]))

    # places and texts

    def slice(self, start: int, end: int) -> str:
        return self.text[start:end] if self.ascii else self.raw[start:end].decode("utf-8", "replace")

    def of(self, node: "Node") -> str:
        return self.slice(node.start_byte, node.end_byte)

    def span(self, node: "Node") -> Span:
        (line, column), (end_line, end_column) = node.start_point, node.end_point
        if not self.ascii:
            start, end = node.start_byte, node.end_byte
            column = len(self.raw[start - column : start].decode("utf-8", "replace"))
            end_column = len(self.raw[end - end_column : end].decode("utf-8", "replace"))
        return Span(self.path, line + 1, column + 1, end_line + 1, end_column + 1)

    # assignments

    def assignment(
        self, node: "Node", at: At, exported: bool = False, local: bool = False, into: list[Assignment] | None = None
    ) -> Word:
        """Reads `name=value`; answers it as one word."""
        mark = len(self.found)
        name = index = ""
        value: Word | None = None
        appended = False
        for child in node.children:
            kind = child.type
            if kind == "variable_name":
                name = self.of(child)
            elif kind == "subscript":
                name, _, index = self.of(child).partition("[")
                index = index.rstrip("]")
            elif kind in ("=", "+="):
                appended = kind == "+="
            elif kind != "comment" and child.is_named:
                value = self.word(child, at)
        if value is None:
            value = Word("", self.span(node), "", (), False, (), node.end_byte, node.end_byte)
        found = tuple(self.found[mark:])
        self.assign(name, value, node, at, exported, local or into is not None, index, appended, into)
        whole = None if value.value is None else f"{name}={value.value}"
        text = self.of(node)
        return Word(text, self.span(node), whole, value.names, False, found, node.start_byte, node.end_byte)

    def assign(
        self, name: str, value: Word | None, node: "Node", at: At, exported: bool = False, local: bool = False,
        index: str = "", appended: bool = False, into: list[Assignment] | None = None,
    ) -> None:  # fmt: skip
        start, end, shut = at.block
        made = Assignment(
            name, value, self.span(node), exported, appended, local, at.function, end > 0, index,
            node.start_byte, node.end_byte, (start, end), shut,
        )  # fmt: skip
        (self.assignments if into is None else into).append(made)

    # words

    def literal(self, node: "Node") -> Word:
        text = self.of(node)
        return Word(text, self.span(node), text, (), False, (), node.start_byte, node.end_byte)

    def word(self, node: "Node", at: At) -> Word:
        kind = node.type
        start, end = node.start_byte, node.end_byte
        text = self.slice(start, end)
        if kind in ("word", "number", "regex", "extglob_pattern", "variable_name", "special_variable_name"):
            if node.child_count == 0:
                return Word(text, self.span(node), bare(text), (), False, (), start, end)
        elif kind == "raw_string":
            return Word(text, self.span(node), text[1:-1], (), True, (), start, end)
        elif kind == "array":
            return self.array(node, text, at)
        if self.depth > DEPTH:
            return Word(text, self.span(node), None, (), False, (), start, end)
        names: list[str] = []
        mark = len(self.found)
        self.depth += 1
        value = self.value(node, at, names)
        self.depth -= 1
        quoted = kind in ("string", "ansi_c_string", "translated_string")
        found = tuple(self.found[mark:])
        unique = tuple(dict.fromkeys(names))
        return Word(text, self.span(node), value, unique, quoted, found, start, end)

    def glued(self, words: list[Word]) -> list[Word]:
        """The words with those made one that no space parts: the grammar cuts `$1-$2` in two."""
        if all(a.end != b.start for a, b in pairwise(words)):
            return words
        made: list[Word] = []
        for word in words:
            last = made[-1] if made else None
            if last is None or last.end != word.start or last.start < 0:
                made.append(word)
                continue
            digit = re.match(r"\d", word.text) if last.text.endswith("$") else None
            names = tuple(dict.fromkeys((*last.names, *((digit[0],) if digit else ()), *word.names)))
            known = last.value is not None and word.value is not None and not digit
            value = (last.value or "") + (word.value or "") if known else None
            span = Span(self.path, last.span.line, last.span.column, word.span.end_line, word.span.end_column)
            found = last.commands + word.commands
            made[-1] = Word(last.text + word.text, span, value, names, False, found, last.start, word.end)
        return made

    def array(self, node: "Node", text: str, at: At) -> Word:
        items = []
        for child in node.children:
            if child.type == "comment":
                self.comment(child)
            elif child.is_named:
                items.append(self.word(child, at))
        items = self.glued(items)
        names = tuple(dict.fromkeys(name for item in items for name in item.names))
        found = tuple(number for item in items for number in item.commands)
        return Word(text, self.span(node), None, names, False, found, node.start_byte, node.end_byte, tuple(items))

    def value(self, node: "Node", at: At, names: list[str]) -> str | None:
        """What a node of a word stands for, None if something is expanded; collects names and commands."""
        kind = node.type
        if kind == "raw_string":
            return self.of(node)[1:-1]
        if kind == "ansi_c_string":
            return ansi(self.of(node)[2:-1])
        if kind == "string":
            text = self.of(node)
            plain = True
            for child in node.children:
                if child.is_named and child.type != "string_content":
                    self.value(child, at, names)
                    plain = False
            return double(text[1:-1]) if plain else None
        if kind == "concatenation":
            return self.joined(node, at, names)
        if kind in ("command_substitution", "process_substitution"):
            block = (node.start_byte, node.end_byte, True)
            inner = At()
            inner.function, inner.subshell, inner.block = at.function, True, block
            inner.loop, inner.conditional = at.loop, at.conditional
            self.block(node, inner)
            return None
        if node.child_count == 0:
            if kind in ("variable_name", "special_variable_name"):
                names.append(self.of(node))
                return None
            return bare(self.of(node))
        if self.depth < DEPTH:
            self.depth += 1
            for child in node.children:
                if child.is_named:
                    self.value(child, at, names)
            self.depth -= 1
        return None

    def joined(self, node: "Node", at: At, names: list[str]) -> str | None:
        values: list[str] = []
        known = True
        plain: list[str] = []  # unquoted parts as written, quoted ones blanked out
        for child in node.children:
            value = self.value(child, at, names) if child.is_named else self.of(child)
            known = known and value is not None
            values.append(value or "")
            plain.append(self.of(child) if child.type in ("word", "number") or not child.is_named else "_")
        if not known or bare("".join(plain)) is None:
            return None
        return "".join(values)

    # commands

    def lines_before(self, children: list["Node"]) -> int:
        """How many assignments stand on lines before the command: the grammar takes `a=1 b=2` to the next line's."""
        count = 0
        for number in range(len(children) - 1):
            if children[number].type != "variable_assignment":
                break
            between = self.raw[children[number].end_byte : children[number + 1].start_byte]
            if b"\n" in between.replace(b"\\\n", b""):
                count = number + 1
        return count

    def slot(self) -> int:
        """A place in the list for a command whose words are still to be read, so that commands stay in order."""
        self.commands.append(None)  # type: ignore[arg-type]
        return len(self.commands) - 1

    def fill(
        self, slot: int, words: list[Word], node: "Node", at: At, before: tuple[Assignment, ...], late: bool = False
    ) -> None:
        command = self.make(tuple(words), node, at, before)
        if late and words:  # it starts below assignments that are not its own
            first, whole = words[0].span, command.span
            span = Span(self.path, first.line, first.column, whole.end_line, whole.end_column)
            command = msgspec.structs.replace(command, start=words[0].start, span=span)
        self.commands[slot] = command
        self.found.append(slot)
        if len(words) > 1 and command.name in (".", "source"):
            self.sourced.append(words[1])

    def make(self, words: tuple[Word, ...], node: "Node", at: At, before: tuple[Assignment, ...]) -> Command:
        return Command(
            words, self.span(node), node.start_byte, node.end_byte, before, at.redirects, at.function, at.conditional,
            at.tested, at.loop, at.subshell, at.pipeline, at.piped, at.fallback, at.background,
        )  # fmt: skip

    # redirects

    def redirect(
        self, node: "Node", at: At, into: list[Redirect], after: list[tuple[str, "Node"]], extra: list[Word]
    ) -> None:
        """Reads a redirect; `after` gets commands that stand behind a heredoc's start, `extra` words of its own."""
        operator = ""
        target: Word | None = None
        text = descriptor = ""
        symbol = ""
        for child in node.children:
            kind = child.type
            if kind == "file_descriptor":
                descriptor = self.of(child)
                continue
            if kind in ("&&", "||", "|", "|&"):
                symbol = kind
            elif kind in ("heredoc_start", "heredoc_end"):
                if kind == "heredoc_start":
                    target = self.delimiter(child)
            elif kind == "heredoc_body":
                text = self.of(child)
                for part in child.children:
                    if part.type in EXPANSIONS:
                        self.word(part, at)
            elif kind == "pipeline":
                parts = [part for part in child.children if part.is_named]
                after.extend(("|", part) for part in parts)
            elif kind in REDIRECTS:
                self.redirect(child, at, into, after, extra)
            elif not child.is_named:
                operator = operator or kind
            elif symbol:
                after.append((symbol, child))
                symbol = ""
            elif target is None and node.type != "heredoc_redirect":
                target = self.word(child, at)
            elif child.type != "comment":
                extra.append(self.word(child, at))
        if operator == "<<-":
            text = re.sub(r"^\t+", "", text, flags=re.M)
        into.append(Redirect(operator, target, self.span(node), text, descriptor))

    def delimiter(self, node: "Node") -> Word:
        text = self.of(node)
        value = re.sub(r"[\"'\\]", "", text)
        return Word(text, self.span(node), value, (), value != text, (), node.start_byte, node.end_byte)
