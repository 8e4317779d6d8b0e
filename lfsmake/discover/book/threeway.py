"""The merge of three versions of a declaration, by lines and in lists by words. Knows no book and no file."""

import re
from collections.abc import Iterable, Iterator, Sequence

from lfsmake.lang.format import WIDTH, format_text
from lfsmake.model.errors import RecipeErrors

_OURS = "here"
_ANCHOR = "\0"  # no recipe holds one
_LIST_OF, _WORD = "\1", "\2"
_INDENT = "    "
_STATEMENT = re.compile(r" {4}((?:needs|env|unpack|differs|allow|tool|alias|pre|post|file) +\S+|[a-z]\w*)")
_LIST = re.compile(r" {4}(needs +(?:build|run|test)|members|with|before|conflicts|replaces)((?: +[\w.+/-]+)+)")
_MARKS = ("<<<<<<<", "=======", ">>>>>>>")


def three(base: str, ours: str, theirs: str, new: str) -> tuple[str, bool]:
    """The merge of three texts by lines, and whether it has no conflict; where it has one, with marks around it.

    Changes of two statements do not disturb each other, though they stand on neighbouring lines: each statement
    stands, for the merge alone, between lines that name it. In a list of names each is a line of its own. What was
    laid out as `lfsmake fmt` does it is so afterwards.
    """
    odd = any(mark in text for mark in (_LIST_OF, _WORD) for text in (base, ours, theirs))
    lines, clean = _merged(base, ours, theirs, new, words=not odd)
    if not clean and _cuts_a_list(lines):
        lines, clean = _merged(base, ours, theirs, new, words=False)
    text = "\n".join(_joined(line for line in lines if not line.startswith(_ANCHOR)))
    return (_laid_out(text) if clean and _laid_out(ours) == ours else text), clean


def _merged(base: str, ours: str, theirs: str, new: str, *, words: bool) -> tuple[list[str], bool]:
    from merge3 import Merge3

    old, mine, their = (_prepared(text.split("\n"), words=words) for text in (base, ours, theirs))
    merge = Merge3(old, mine, their)
    start, middle, end = _MARKS
    lines = merge.merge_lines(
        name_a=_OURS, name_b=new, start_marker=start, mid_marker=middle, end_marker=end, reprocess=True
    )
    clean = not any(region[0] == "conflict" for region in merge.reprocess_merge_regions(merge.merge_regions()))
    return [line.rstrip("\n") for line in lines], clean


def _prepared(lines: Sequence[str], *, words: bool) -> list[str]:
    """The lines, each statement of a block between anchors; with `words` those of a list of names taken apart."""
    out: list[str] = []
    inside = ""
    at = 0
    while at < len(lines):
        found = _STATEMENT.match(lines[at])
        if inside and (found or lines[at].startswith("}")):
            _end(out, inside)
            inside = ""
        if found:
            inside = " ".join(found[1].split())
            out.append(_ANCHOR + inside)
        listed, after = _listed(lines, at) if words and found else ([], at)
        out += listed or [lines[at]]
        at = after if listed else at + 1
    return out


def _end(out: list[str], name: str) -> None:
    """Says behind its last line that a statement ends; what stands between it and the next is of neither."""
    place = len(out)
    while not out[place - 1].strip() or out[place - 1].startswith(f"{_INDENT}#"):
        place -= 1
    out.insert(place, f"{_ANCHOR}/{name}")


def _listed(lines: Sequence[str], at: int) -> tuple[list[str], int]:
    """A list of names that begins at a line, a word a line, and where it ends; nothing if there is none."""
    after = at + 1
    while lines[after - 1].endswith("\\") and after < len(lines):
        after += 1
    text = " ".join(line.removesuffix("\\").rstrip() for line in lines[at:after])
    found = _LIST.fullmatch(_INDENT + " ".join(text.split()))
    if found is None:
        return [], at
    return [_LIST_OF + found[1], *(_WORD + word for word in found[2].split())], after


def _cuts_a_list(lines: Iterable[str]) -> bool:
    """Whether a conflict lies within a list that was taken apart."""
    inside = False
    for line in lines:
        if line.startswith(_MARKS):
            inside = not line.startswith(_MARKS[2])
        elif inside and line.startswith((_LIST_OF, _WORD)):
            return True
    return False


def _joined(lines: Iterable[str]) -> Iterator[str]:
    """The lines, the words of a list together again, each once: here and there the same may have been added."""
    line = ""
    start = 0
    seen: set[str] = set()
    for each in lines:
        if not each.startswith(_WORD) and line:
            yield line
            line = ""
        if each.startswith(_LIST_OF):
            line = _INDENT + each[1:]
            start = len(line) + 1
            seen.clear()
        elif not each.startswith(_WORD):
            yield each
        elif each in seen:
            continue
        elif len(line) + len(each) + 2 > WIDTH:
            yield f"{line} \\"
            line = " " * start + each[1:]
        else:
            line += f" {each[1:]}"
        seen.add(each)
    if line:
        yield line


def _laid_out(text: str) -> str:
    """As `lfsmake fmt` writes it; as it is where it does not parse."""
    try:
        return format_text("", text).rstrip("\n")
    except RecipeErrors:
        return text
