"""The statements of a piece of shell, one after the other, chains of `&&` taken apart. Knows no values and no build."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

_DEEP = 400  # links of a chain, braces within braces
_LOG = re.compile(r"(?i)(?:\.log\b|\blogs?\b|/dev/null|/dev/tty|_LOG|LOG_)")
_TESTS = frozenset(("test_command", "negated_command", "compound_statement", "subshell"))
_BETWEEN = frozenset((";", "&", "\n", ";;"))
_ASKS = frozenset(
    ("[", "[[", "test", "grep", "command", "type", "which", "diff", "cmp", "ls", "id", "mountpoint", "true", "false")
)


class Statement(Struct, frozen=True):
    """`kind` is the grammar's: command, if_statement, comment …; `start` and `end` are bytes. `text` is what is left
    of it without a redirect to a log."""

    kind: str
    text: str
    start: int
    end: int
    first: int  # lines, from 1
    last: int
    inner: tuple["Statement", ...] = ()  # of an `if` without else: what it does
    condition: str = ""
    column: int = 0
    anew: bool = False  # it begins in the folder that the text began in, as each line of a makefile does


class Quoted(Struct, frozen=True):
    """Bytes in which nothing is expanded: single quotes, here documents with a quoted delimiter."""

    start: int
    end: int


@lru_cache(maxsize=1)
def _parser() -> "Parser":
    import tree_sitter
    import tree_sitter_bash

    return tree_sitter.Parser(tree_sitter.Language(tree_sitter_bash.language()))


def statements(
    text: str, *, function: str = "", first: int = 0, last: int = 0, lines: bool = False
) -> tuple[Statement, ...] | None:
    """The statements of a script, of one function of it, or of its lines `first` to `last`.

    With `lines`, each has a shell of its own. None where the text is no shell that can be told apart, or has no such
    function.
    """
    raw = text.encode("utf-8", "replace")
    root = _parser().parse(raw).root_node
    if function:
        body = _function(root, function)
        if body is None or body.has_error:
            return None
        children = [child for child in body.children if child.type not in ("{", "}")]
    else:
        children = [
            child for child in root.children
            if not first
            or (first <= child.start_point[0] + 1 and child.end_point[0] + 1 <= last + (child.end_point[1] == 0))
        ]  # fmt: skip
        if any(child.has_error or not (child.is_named or child.type in _BETWEEN) for child in children):
            return None  # a lone `if` among them is what is left of one that is no shell
        if first and any(
            child.start_point[0] + 1 <= last and child.end_point[0] + 1 > first and child not in children
            for child in root.children
        ):
            return None  # a statement reaches over the edge
    if not lines:
        return tuple(_flat(children, raw, 0))
    found = [tuple(_flat([child], raw, 0)) for child in children]
    return tuple(
        replace(one, anew=number == 0) for group in found for number, one in enumerate(group)
    )  # fmt: skip


def _function(root: "Node", name: str) -> "Node | None":
    todo = list(root.children)
    while todo:
        node = todo.pop(0)
        if node.type == "function_definition":
            named = node.child_by_field_name("name")
            if named is not None and named.text is not None and named.text.decode("utf-8", "replace") == name:
                return node.child_by_field_name("body")
        elif node.type in ("if_statement", "list", "compound_statement"):
            todo += node.children
    return None


def _flat(nodes: Sequence["Node"], raw: bytes, deep: int) -> Iterator[Statement]:
    for number, node in enumerate(nodes):
        if not node.is_named:
            continue
        behind = nodes[number + 1] if number + 1 < len(nodes) else None
        if behind is not None and behind.type == "&":
            yield _statement(node, raw, behind.end_byte)
            continue
        yield from _one(node, raw, deep)


def _one(node: "Node", raw: bytes, deep: int) -> Iterator[Statement]:
    if deep < _DEEP:
        if node.type == "list":
            parts = _chain(node, raw)
            if parts is not None:
                for part, end in parts:
                    if end > part.end_byte:
                        yield _statement(part, raw, end)
                    else:
                        yield from _one(part, raw, deep + 1)
                return
        if node.type == "compound_statement" and node.children and node.children[0].type == "{":
            yield from _flat(node.children[1:-1], raw, deep + 1)
            return
        if node.type == "redirected_statement" and node.children and node.children[0].type == "list":
            parts = _chain(node, raw)
            if parts is not None:
                for part, end in parts:
                    yield _statement(part, raw, max(end, part.end_byte))
                return
    yield _statement(node, raw, node.end_byte)


def _chain(node: "Node", raw: bytes) -> list[tuple["Node", int]] | None:
    """The links of `a && b && c` and the byte each ends at, its redirect with it; None for anything else."""
    links: list[tuple[Node, int]] = []
    todo: list[tuple[Node, int]] = [(node, node.end_byte)]
    while todo:
        one, end = todo.pop()
        if one.type == "redirected_statement" and one.children and one.children[0].type == "list":
            todo.append((one.children[0], one.end_byte))
        elif one.type == "list":
            signs = [child.type for child in one.children if not child.is_named]
            if any(sign != "&&" for sign in signs):
                return None
            named = [child for child in one.children if child.is_named and child.type != "comment"]
            todo += [(child, end if child is named[-1] else child.end_byte) for child in named]
        else:
            links.append((one, end))
        if len(links) > _DEEP:
            return None
    links.reverse()
    if any(_asks(link, raw) for link, _ in links[:-1]):
        return None
    return links


def _asks(node: "Node", raw: bytes) -> bool:
    """Whether its failure is an answer, so that what stands behind it is not always done."""
    if node.type in _TESTS:
        return True
    if node.type in ("command", "pipeline", "redirected_statement"):
        return raw[node.start_byte : node.end_byte].split(None, 1)[0].decode("utf-8", "replace") in _ASKS
    return False


def _statement(node: "Node", raw: bytes, end: int) -> Statement:
    start = node.start_byte
    text = raw[start:end].decode("utf-8", "replace")
    kind, inner, condition = node.type, (), ""
    plain = _without_log(node, raw)
    made: tuple[Statement, ...] = inner
    if plain is not None and end == node.end_byte:
        text, kind = plain
    if node.type == "if_statement":
        made, condition = _if(node, raw)
    if text.endswith("\n"):
        text = text.rstrip("\n")
    return Statement(
        kind, text, start, end, node.start_point[0] + 1, node.end_point[0] + 1, made, condition, node.start_point[1]
    )


def _without_log(node: "Node", raw: bytes) -> tuple[str, str] | None:
    """The text and kind of a statement whose output goes to a log, without that; None if it has none."""
    if node.type == "pipeline":
        parts = [child for child in node.children if child.is_named]
        tail = raw[parts[-1].start_byte : parts[-1].end_byte].decode("utf-8", "replace") if parts else ""
        if len(parts) == 2 and tail.split()[:1] == ["tee"] and _LOG.search(tail):
            inner = _without_log(parts[0], raw)
            text = raw[parts[0].start_byte : parts[0].end_byte].decode("utf-8", "replace")
            return inner if inner is not None else (text, parts[0].type)
        return None
    if node.type != "redirected_statement" or not node.children:
        return None
    body, redirects = node.children[0], node.children[1:]
    if body.type not in ("command", "if_statement"):
        return None
    texts = [raw[one.start_byte : one.end_byte].decode("utf-8", "replace") for one in redirects]
    gone = [one for one in texts if ">" in one and (_LOG.search(one) or re.fullmatch(r"2?\s*>\s*&\s*[12]", one))]
    if len(gone) != len(texts) or not redirects:
        return None
    return raw[body.start_byte : body.end_byte].decode("utf-8", "replace"), body.type


def _if(node: "Node", raw: bytes) -> tuple[tuple[Statement, ...], str]:
    """What an `if` without another branch does, and its condition."""
    if any(child.type in ("else_clause", "elif_clause") for child in node.children):
        return (), ""
    place = next((number for number, child in enumerate(node.children) if child.type == "then"), -1)
    if place < 0:
        return (), ""
    condition = raw[node.children[0].end_byte : node.children[place].start_byte].decode("utf-8", "replace")
    return tuple(_flat(node.children[place + 1 : -1], raw, _DEEP - 20)), condition.strip().rstrip(";").strip()


def unexpanded(text: str) -> tuple[Quoted, ...]:
    """Where in a text nothing is expanded."""
    raw = text.encode("utf-8", "replace")
    found: list[Quoted] = []
    todo = [_parser().parse(raw).root_node]
    while todo:
        node = todo.pop()
        if node.type in ("raw_string", "ansi_c_string", "heredoc_body", "comment", "regex"):
            found.append(Quoted(node.start_byte, node.end_byte))
        else:
            todo += node.children
    return tuple(found)
