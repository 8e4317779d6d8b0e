"""Where chains of `&&` stand in a script of bash. Knows the grammar, not what the commands do."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

_LARGEST = 1 << 20  # bytes of a script that is looked into
# The last statement of these decides how they end, and somebody else judges that.
_JUDGED = frozenset(("program", "function_definition", "subshell", "command_substitution", "process_substitution"))
_CONDITIONS = frozenset(("if_statement", "elif_clause", "while_statement"))


def chains(script: bytes) -> tuple[tuple[int, int], ...]:
    """First and last line of each statement `a && b && c` whose failure ends nothing, not even under `set -e`.

    Left out: chains with `||`, negated ones, conditions, those in the background, and the last statement of a script,
    function or subshell, whose status is that of the whole.
    """
    if b"&&" not in script or len(script) > _LARGEST:
        return ()
    import tree_sitter_bash  # only a step that runs somebody's script wants the grammar
    from tree_sitter import Language, Parser

    tree = Parser(Language(tree_sitter_bash.language())).parse(script)
    out: list[tuple[int, int]] = []
    left = [tree.root_node]
    while left:
        node = left.pop()
        if node.type != "list":
            left.extend(node.named_children)
        elif _passed_over(node):
            out.append((node.start_point.row + 1, node.end_point.row + 1))
    return tuple(sorted(out))


def _passed_over(node: "Node") -> bool:
    """Whether what follows a chain runs although the chain has failed."""
    if _has_or(node) or _behind(node) == "&":
        return False
    at, parent = node, node.parent
    while parent is not None:
        if parent.type == "negated_command" or (parent.type in _CONDITIONS and _is_condition(parent, at)):
            return False
        last = _is_last(at)
        if parent.type in _JUDGED:
            return not last or (parent.type == "program" and _behind(at) == "&")
        if not last:
            return True
        at, parent = parent, parent.parent
    return False


def _has_or(node: "Node") -> bool:
    """Whether a list holds `||` among its own members; those in groups within it are theirs."""
    return any(child.type == "||" or (child.type == "list" and _has_or(child)) for child in node.children)


def _is_condition(parent: "Node", node: "Node") -> bool:
    """Whether `node` stands between `if` and `then`, or between `while` and its body."""
    body = next((child for child in parent.children if child.type in ("then", "do_group")), None)
    return body is None or node.start_byte < body.start_byte


def _is_last(node: "Node") -> bool:
    """Whether no statement follows among its siblings."""
    following = node.next_named_sibling
    while following is not None and following.type in ("comment", "heredoc_body"):
        following = following.next_named_sibling
    if following is None:
        return True
    return following.type in ("elif_clause", "else_clause", "case_item", "file_redirect", "herestring_redirect")


def _behind(node: "Node") -> str:
    """The sign behind a statement, such as `;` or `&`."""
    following = node.next_sibling
    return following.type if following is not None and not following.is_named else ""
