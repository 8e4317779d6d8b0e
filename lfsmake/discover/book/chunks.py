"""A recipe file as its declarations, each with the comments above it. Knows their names, not what they mean."""

from msgspec import Struct

from lfsmake.discover.book.recipes import MARK
from lfsmake.lang.nodes import Amend, Block, Book, Include, Item, OptionNode
from lfsmake.lang.syntax import parse

HEAD = "head"


class Chunk(Struct, frozen=True):
    """A piece of a file. `key` is the same in every version of it; `gap` is how many empty lines stand above it."""

    key: str
    name: str  # as people call it: "package m4"
    text: str  # without its last newline
    gap: int


def chunks_of(path: str, text: str) -> list[Chunk]:
    """The pieces of a file, in order; what stands before the first declaration is the head.

    Raises RecipeErrors if it does not parse.
    """
    lines = text.split("\n")
    starts: list[tuple[int, str, str]] = [(0, HEAD, HEAD)]
    for item in parse(path, text).items:
        line, name = _called(item)
        start = line - 1
        while start > 0 and lines[start - 1].strip().startswith("#"):
            start -= 1
        page = next((each for each in lines[start:line] if each.strip().startswith(MARK)), "")
        key = page.strip() or name
        starts.append((start, key, name))
    out: list[Chunk] = []
    seen: dict[str, int] = {}
    for (start, key, name), end in zip(starts, [*(each[0] for each in starts[1:]), len(lines)], strict=True):
        piece = lines[start:end]
        gap = 0
        while piece and not piece[0].strip():
            piece, gap = piece[1:], gap + 1
        while piece and not piece[-1].strip():
            piece = piece[:-1]
        count = seen[key] = seen.get(key, 0) + 1
        before = 0
        while start - before > 0 and not lines[start - before - 1].strip():
            before += 1
        out.append(Chunk(key if count == 1 else f"{key} #{count}", name, "\n".join(piece), max(gap, before)))
    return out


def _called(item: Item) -> tuple[int, str]:
    """The line that an item begins at, from 1, and its name."""
    match item:
        case Block():
            return item.kind.span.line, f"{item.kind.text} {item.name.text}"
        case Amend():
            return item.key.span.line, f"amend {item.kind.text} {item.name.text}"
        case Book():
            return item.version.span.line, "book"
        case Include():
            return item.path.span.line, f"include {item.path.text}"
        case OptionNode():
            return item.name.span.line, f"option {item.name.text}"
        case _:
            choices = "|".join(choice.text for choice in item.condition.choices)
            return item.condition.option.span.line, f"when {item.condition.option.text}={choices}"


def text_of(chunks: list[Chunk]) -> str:
    """The file that chunks make."""
    out = ""
    for chunk in chunks:
        if chunk.text:
            out += ("\n" * chunk.gap if out else "") + chunk.text + "\n"
    return out
