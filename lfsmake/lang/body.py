"""Shell bodies between their form in a recipe and their text. Knows no grammar around them.

Two forms. The plain one is the text, indented; it ends at the first line indented less than its first line,
so its text cannot begin or end with blank lines, and no line may be indented less than the first. The margin
form carries any text: every line starts with a bar, and the text is what stands after it. No shell starts so.
"""

import re

from lfsmake.model.errors import RecipeError

_INDENT = re.compile(r"[ \t]*")
_UNSAFE = re.compile(r"[\r\0]")


def embed(body: str, indent: str) -> str:
    """The lines that, below `phase:`, give back exactly `body`; the last one has no newline.

    `indent` is spaces or tabs, deeper than the phase's own. Raises RecipeError for a carriage return or a NUL
    byte, which no shell body can hold.
    """
    unsafe = _UNSAFE.search(body)
    if unsafe:
        what = "a carriage return" if unsafe.group() == "\r" else "a NUL byte"
        line = body.count("\n", 0, unsafe.start()) + 1
        raise RecipeError(
            f"a shell body cannot hold {what} (line {line} of the body)",
            expected="text that bash can read",
            hint="write it with printf and an escape inside the body",
        )
    lines = body.split("\n")
    if is_plain(lines):
        return "\n".join(indent + line if line else "" for line in lines)
    return "\n".join(f"{indent}|{line}" for line in lines)


def is_plain(lines: list[str]) -> bool:
    """Whether the plain form can carry a text of these lines."""
    first = lines[0]
    return bool(first) and first[0] not in " \t|" and bool(lines[-1].strip(" \t"))


def dedent(indent: str, lines: list[str]) -> str:
    """The text of a plain body: its lines without `indent`; a blank line that has another is an empty one."""
    width = len(indent)
    return "\n".join([line[width:] if line.startswith(indent) else "" for line in lines])


def unbar(lines: list[str]) -> str:
    """The text of a body in margin form; every line holds a bar after its indentation."""
    return "\n".join(line.partition("|")[2] for line in lines)


def without_trailing_blanks(lines: list[str]) -> list[str]:
    """`lines` up to the last one that is not blank."""
    end = len(lines)
    while end and not lines[end - 1].strip(" \t\r"):
        end -= 1
    return lines[:end]


def indentation(line: str) -> str:
    """The spaces and tabs a line starts with."""
    found = _INDENT.match(line)
    return found.group() if found else ""
