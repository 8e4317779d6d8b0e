"""The lines of a text that does not parse, changed so that the rest can be looked at. Knows layout only.

A change may move lines; `numbers` keeps where each came from: problems point into the text as it is written.
"""

import re

from lfsmake.lang.body import indentation
from lfsmake.lang.words import DECLARATIONS, EVERY_STATEMENT

_FIRST_WORD = re.compile(r"[ \t]*([\w+.\-]+)")
_KNOWN = frozenset((*DECLARATIONS, *EVERY_STATEMENT))
_ALONE = frozenset(("book", "include", "option"))  # declarations without a block


class Draft:
    """Lines without their newlines, and for each the index it has in the text."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.numbers = list(range(len(self.lines)))

    def text(self) -> str:
        """The text as changed so far."""
        return "\n".join(self.lines)

    def indent(self, at: int) -> str:
        """What line `at` starts with."""
        return indentation(self.lines[at])

    def word(self, at: int) -> str:
        """The first word of line `at`, "" where it starts with something else."""
        found = _FIRST_WORD.match(self.lines[at])
        return found.group(1) if found else ""

    def blank(self, start: int, end: int) -> None:
        """Empty the lines from `start` to before `end`."""
        for at in range(start, min(end, len(self.lines))):
            self.lines[at] = ""

    def insert(self, at: int, *lines: str) -> None:
        """New lines before line `at`, which came from where the line above them did."""
        self.lines[at:at] = lines
        self.numbers[at:at] = [self.numbers[max(at - 1, 0)]] * len(lines)

    def statement_end(self, start: int) -> int:
        """One past the last line of the statement that begins at `start`: continued lines, shell body."""
        end = start + 1
        while end < len(self.lines) and self.lines[end - 1].rstrip().endswith("\\"):
            end += 1
        if not self.lines[end - 1].rstrip().endswith(":"):
            return end
        outer = len(self.indent(start))
        while end < len(self.lines) and (not self.lines[end].strip() or len(self.indent(end)) > outer):
            end += 1
        return end

    def skip(self, start: int, last: int, words: tuple[str, ...]) -> None:
        """Empty the statement from line `start` to, at least, `last`, and those below it that open with `words`."""
        end = self.statement_end(max(start, last))
        while end < len(self.lines) and self.word(end) in words:
            end = self.statement_end(end)
        self.blank(start, end)

    def block_end(self, start: int) -> int:
        """One past the closing line of the block that line `start` opens, judged by indentation."""
        if "}" in self.lines[start].partition("{")[2]:
            return start + 1
        outer = len(self.indent(start))
        for at in range(start + 1, len(self.lines)):
            line = self.lines[at].strip()
            if not line or len(self.indent(at)) > outer:
                continue
            if len(self.indent(at)) < outer:
                return at
            if line.startswith("}"):
                if not line.endswith("{"):
                    return at + 1
            elif self.declares(at):
                return at
        return len(self.lines)

    def declares(self, at: int) -> bool:
        """Whether line `at` looks like the start of a declaration."""
        word = self.word(at)
        return word in _ALONE or (word in DECLARATIONS and self.lines[at].rstrip().endswith("{"))

    def after_shell(self, start: int, outer: int) -> int:
        """The first line from `start` that is no shell: a brace or a known word, indented `outer` at most."""
        for at in range(start, len(self.lines)):
            line = self.lines[at].strip()
            if line and len(self.indent(at)) <= outer and (self.word(at) in _KNOWN or self._closes(at)):
                return at
        return len(self.lines)

    def _closes(self, at: int) -> bool:
        """Whether line `at` is a closing brace of ours, and not of a text within the shell: by what follows."""
        if not self.lines[at].lstrip().startswith("}"):
            return False
        after = self.next_full(at + 1)
        return after == len(self.lines) or self.lines[after].lstrip()[0] == "}" or self.word(after) in _KNOWN

    def next_full(self, start: int) -> int:
        """The first line from `start` that is not empty and no comment; the number of lines if none is."""
        for at in range(start, len(self.lines)):
            line = self.lines[at].strip()
            if line and line[0] != "#":
                return at
        return len(self.lines)
