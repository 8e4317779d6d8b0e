"""Reads a shell script into `nodes.Shell` with tree-sitter. Runs nothing, knows no values and no other file.

It never raises: what is no shell is named in `errors`, and what stands around it is read.
"""

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from lfsmake.discover.shell.nodes import Assignment, Function, Loop, Redirect, Shell, Word
from lfsmake.discover.shell.reader import DEPTH, EXPANSIONS, REDIRECTS, At, WordReader
from lfsmake.model.errors import Span

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

LIMIT = 1 << 19  # bytes that are read: no script is longer, and what is takes minutes
_SALVAGES = 6  # times that reading starts anew behind an error
_INTERPRETER = re.compile(r"#!\s*(\S+)(?:\s+(?:-S\s+)?([^\s-]\S*))?")


@lru_cache(maxsize=1)
def _parser() -> "Parser":
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def read_shell(path: str, data: bytes | str) -> Shell:
    """The script `data`, which `path` is named in the spans. Never raises."""
    text = data.decode("utf-8", "replace") if isinstance(data, bytes) else data
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    try:
        raw = text.encode()
    except UnicodeEncodeError:  # lone surrogates of a str
        raw = text.encode("utf-8", "replace")
        text = raw.decode()
    reader = _Reader(path, text, raw)
    reader.read()
    return reader.shell()


class _Reader(WordReader):
    """One walk over the tree; everything is collected in the order it stands."""

    def read(self) -> None:
        raw = self.raw
        if len(raw) > LIMIT:
            raw = raw[:LIMIT]
            line = raw.count(b"\n") + 1
            self.errors.append(Span(self.path, line, 1, line, 1))
        self.part(raw)

    def part(self, raw: bytes) -> None:
        """Reads `raw`, the script's bytes with blanks for what is not wanted."""
        tree = _parser().parse(raw)
        self.block(tree.root_node, At())

    def shell(self) -> Shell:
        match = _INTERPRETER.match(self.text)
        interpreter = ""
        if match:
            interpreter = match[1].rpartition("/")[2]
            if interpreter == "env" and match[2]:
                interpreter = match[2].rpartition("/")[2]
        return Shell(
            self.path, self.text, interpreter, tuple(self.commands), tuple(self.assignments), tuple(self.functions),
            tuple(self.sourced), tuple(self.comments), tuple(self.errors), tuple(self.loops),
        )  # fmt: skip

    # statements

    def block(self, node: "Node", at: At) -> None:
        self.statements(node.children, at)

    def statements(self, children: list["Node"], at: At) -> None:
        for number, child in enumerate(children):
            if child.is_named:
                follower = children[number + 1] if number + 1 < len(children) else None
                background = follower is not None and follower.type == "&"
                self.statement(child, at.but(background=True) if background else at)

    def statement(self, node: "Node", at: At) -> None:
        kind = node.type
        if kind == "comment":
            self.comment(node)
        elif kind == "command":
            self.command(node, at)
        elif kind == "variable_assignment":
            self.assignment(node, at)
        elif self.depth > DEPTH:
            self.errors.append(self.span(node))
        else:
            self.depth += 1
            method = getattr(self, "on_" + kind.lower(), None)
            if method is not None:
                method(node, at)
            elif kind in EXPANSIONS or kind in ("word", "string", "concatenation", "raw_string", "number"):
                self.word(node, at)
            else:
                self.block(node, at)
            self.depth -= 1

    def on_error(self, node: "Node", at: At) -> None:
        self.errors.append(self.span(node))
        before = len(self.commands)
        self.block(node, at)
        last = max((command.end for command in self.commands[before:]), default=node.start_byte)
        start = self.raw.find(b"\n", last) + 1
        end = min(node.end_byte, LIMIT)
        if self.salvages < _SALVAGES and 0 < start < end and self.raw[start:end].strip():
            self.salvages += 1
            self.part(re.sub(rb"[^\n]", b" ", self.raw[:start]) + self.raw[start:end])

    def on_list(self, node: "Node", at: At) -> None:
        items: list[Node] = []
        operators: list[str] = []
        spare: list[Node] = []  # operators' and comments' places, the last first
        stack = [node]
        while stack:
            top = stack.pop()
            if top.type == "list":
                stack.extend(reversed(top.children))
            elif top.type in ("&&", "||"):
                operators.append(top.type)
            elif top.is_named and top.type != "comment":
                items.append(top)
            else:
                spare.append(top)
        for child in spare:
            if child.type == "comment":
                self.comment(child)
        operators += ["&&"] * (len(items) - 1 - len(operators))  # one can be missing where it is no shell
        fallbacks = [""] * len(items)
        for number in range(len(items) - 2, -1, -1):
            or_else = operators[number] == "||"
            fallbacks[number] = self.first_word(items[number + 1]) if or_else else fallbacks[number + 1]
        certain = True
        for number, item in enumerate(items):
            last = number == len(items) - 1
            here = at.but()
            if not last:
                here.tested = True
                here.redirects = ()
                here.fallback = fallbacks[number]
            if number:
                here.conditional = True
                certain = certain and operators[number - 1] == "&&" and not _is_test(items[number - 1])
                if not certain:
                    here.block = (item.start_byte, node.end_byte, at.subshell and at.block[2])
            self.statement(item, here)

    def first_word(self, node: "Node") -> str:
        """The name of the first command of a statement."""
        for _ in range(12):
            if node.type == "command":
                name = node.child_by_field_name("name")
                return self.of(name) if name is not None else ""
            named = [child for child in node.children if child.is_named and child.type != "comment"]
            if not named:
                break
            node = named[0]
        return self.of(node).split("\n", 1)[0][:40]

    def on_pipeline(self, node: "Node", at: At) -> None:
        self.pipelines += 1
        number = self.pipelines
        parts = [child for child in node.children if child.is_named and child.type != "comment"]
        for place, part in enumerate(parts):
            last = place == len(parts) - 1
            here = at.but(pipeline=number, piped=not last, block=(part.start_byte, part.end_byte, True))
            if not last:
                here.redirects = ()
            self.statement(part, here)

    def on_negated_command(self, node: "Node", at: At) -> None:
        self.block(node, at.but(tested=True))

    def on_if_statement(self, node: "Node", at: At) -> None:
        self.flush(node, at)
        condition = at.but(tested=True, redirects=(), fallback="")
        body: list[Node] = []
        in_body = False
        for child in node.children:
            if child.type == "then":
                in_body = True
            elif child.type in ("elif_clause", "else_clause", "fi"):
                self.body(body, at)
                body = []
                if child.type == "elif_clause":
                    self.on_if_statement(child, at.but(redirects=()))
                elif child.type == "else_clause":
                    self.body(child.children, at)
            elif in_body:
                body.append(child)
            elif child.is_named:
                self.statement(child, condition)
        self.body(body, at)

    def body(self, nodes: list["Node"], at: At, **changes: Any) -> None:
        """Statements that may or may not run."""
        if nodes:
            block = (nodes[0].start_byte, nodes[-1].end_byte, False)
            here = at.but(conditional=True, tested=False, fallback="", redirects=(), block=block, **changes)
            here.subshell = at.subshell
            self.statements(nodes, here)

    def on_while_statement(self, node: "Node", at: At) -> None:
        self.flush(node, at)
        first = node.children[0].type if node.children else "while"
        for child in node.children:
            if child.type == "do_group":
                self.loops.append(Loop(first, "", (), self.span(node), child.start_byte, child.end_byte, at.function))
                self.body([child], at, loop=True)
            elif child.is_named:
                self.statement(child, at.but(tested=True, loop=True, redirects=(), fallback=""))

    def on_for_statement(self, node: "Node", at: At) -> None:
        self.flush(node, at)
        keyword = node.children[0].type if node.children else "for"
        variable = ""
        words: list[Word] = []
        for child in node.children:
            if child.type == "do_group":
                place = (child.start_byte, child.end_byte)
                self.loops.append(
                    Loop(keyword, variable, tuple(self.glued(words)), self.span(node), *place, at.function)
                )
                self.body([child], at, loop=True)
            elif child.type == "variable_name" and not variable:
                variable = self.of(child)
            elif child.type == "comment":
                self.comment(child)
            elif child.is_named:
                words.append(self.word(child, at))

    def on_c_style_for_statement(self, node: "Node", at: At) -> None:
        self.flush(node, at)
        for child in node.children:
            if child.type in ("do_group", "compound_statement"):
                self.body([child], at, loop=True)

    def on_case_statement(self, node: "Node", at: At) -> None:
        self.flush(node, at)
        for child in node.children:
            if child.type == "case_item":
                opened = False
                body = []
                for part in child.children:
                    if opened and part.type not in (";;", ";&", ";;&"):
                        body.append(part)
                    opened = opened or part.type == ")"
                self.body(body, at)
            elif child.type == "comment":
                self.comment(child)
            elif child.is_named:
                self.word(child, at)

    def on_function_definition(self, node: "Node", at: At) -> None:
        name = node.child_by_field_name("name")
        body = node.child_by_field_name("body")
        if name is None or body is None:
            self.block(node, at)
            return
        title = self.of(name)
        spot = self.span(body)
        inner = Span(self.path, spot.line, spot.column + 1, spot.end_line, max(1, spot.end_column - 1))
        self.functions.append(Function(title, self.span(node), inner, node.start_byte, node.end_byte))
        here = At()
        here.function = title
        self.statement(body, here)

    def on_subshell(self, node: "Node", at: At) -> None:
        self.flush(node, at)
        block = (node.start_byte, node.end_byte, True)
        self.block(node, at.but(subshell=True, block=block, redirects=(), pipeline=0, piped=False))

    def on_compound_statement(self, node: "Node", at: At) -> None:
        self.flush(node, at)
        inner = at.but(redirects=(), pipeline=0, piped=False)
        children = node.children
        for number, child in enumerate(children):
            if child.is_named:
                background = number + 1 < len(children) and children[number + 1].type == "&"
                self.statement(child, inner.but(background=True) if background else inner)

    def on_redirected_statement(self, node: "Node", at: At) -> None:
        body: Node | None = None
        redirects: list[Redirect] = []
        after: list[tuple[str, Node]] = []
        here = at.but()
        strays: list[Word] = []
        for child in node.children:
            if child.type in REDIRECTS:
                self.redirect(child, at, redirects, after, strays)
            elif child.is_named and body is None:
                body = child
        for operator, right in after:
            if operator == "|":
                self.pipelines += 1
                here.pipeline, here.piped = self.pipelines, True
            else:
                here.tested = True
                here.fallback = self.first_word(right) if operator == "||" else here.fallback
        here.redirects = at.redirects + tuple(redirects)
        if body is None:
            self.flush(node, here)
        elif body.type == "command":
            self.command(body, here, strays)
        else:
            self.statement(body, here)
        for operator, right in after:
            if operator == "|":
                self.statement(right, at.but(pipeline=here.pipeline))
            else:
                block = at.block if operator == "&&" else (right.start_byte, right.end_byte, at.block[2])
                self.statement(right, at.but(conditional=True, block=block))

    def flush(self, node: "Node", at: At) -> None:
        """Redirects of a compound command, or of none, as a command without words."""
        if at.redirects:
            self.commands.append(self.make((), node, at, ()))

    # commands

    def on_test_command(self, node: "Node", at: At) -> None:
        slot = self.slot()
        words: list[Word] = []
        stack = list(reversed(node.children))
        while stack:
            child = stack.pop()
            if child.type in ("unary_expression", "binary_expression", "negation_expression", "ternary_expression",
                              "parenthesized_expression", "postfix_expression"):  # fmt: skip
                stack.extend(reversed(child.children))
            else:
                words.append(self.word(child, at) if child.is_named else self.literal(child))
        self.fill(slot, words, node, at, ())

    def on_declaration_command(self, node: "Node", at: At) -> None:
        slot = self.slot()
        words: list[Word] = []
        flags = ""
        keyword = self.of(node.children[0])
        for child in node.children[1:]:
            if child.type == "variable_assignment":
                exported = keyword == "export" or "x" in flags
                declared = keyword in ("declare", "typeset") and at.function != "" and "g" not in flags
                local = keyword == "local" or declared
                words.append(self.assignment(child, at, exported=exported, local=local))
            elif child.type == "variable_name":
                word = self.literal(child)
                words.append(word)
                exported = keyword == "export" or "x" in flags
                self.assign(word.text, None, child, at, exported=exported, local=keyword == "local")
            elif child.is_named:
                word = self.word(child, at)
                words.append(word)
                if word.text.startswith("-"):
                    flags += word.text[1:]
        self.fill(slot, [self.literal(node.children[0]), *words], node, at, ())

    def on_unset_command(self, node: "Node", at: At) -> None:
        slot = self.slot()
        words = [self.literal(child) if child.type == "variable_name" else self.word(child, at)
                 for child in node.children]  # fmt: skip
        self.fill(slot, words, node, at, ())

    def command(self, node: "Node", at: At, strays: list[Word] | None = None) -> None:
        slot = self.slot()
        words: list[Word] = []
        before: list[Assignment] = []
        redirects: list[Redirect] = []
        extra: list[Word] = []
        after: list[tuple[str, Node]] = []
        children = node.children
        alone = self.lines_before(children)
        for child in children[:alone]:
            self.assignment(child, at)
        for child in children[alone:]:
            kind = child.type
            if kind == "command_name":
                inner = child.children
                words.append(self.word(inner[0] if len(inner) == 1 else child, at))
            elif kind == "variable_assignment":
                self.assignment(child, at, into=before)
            elif kind in REDIRECTS:
                self.redirect(child, at, redirects, after, extra)
            elif kind == "comment":
                self.comment(child)
            elif child.is_named or kind not in ("(", ")"):
                words.append(self.word(child, at))
        words = self.glued(words) + extra + (strays or [])
        here = at.but(redirects=tuple(redirects) + at.redirects) if redirects else at
        self.fill(slot, words, node, here, tuple(before), alone > 0)


def _is_test(node: "Node") -> bool:
    """Whether a command only asks something, so that what follows && need not run."""
    while node.type in ("negated_command", "redirected_statement") and node.named_children:
        node = node.named_children[0]
    if node.type == "command":
        name = node.child_by_field_name("name")
        text = name.text if name is not None else None
        return text in (b"test", b"grep", b"command", b"type", b"which", b"[", b"hash", b"false", b"read")
    return node.type in ("test_command", "pipeline")
