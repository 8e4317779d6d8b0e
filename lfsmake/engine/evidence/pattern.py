"""What an error in a log looks like, as records. Knows no tool and no log.

The weight of a pattern says how sure it is that its line is why something failed:

    3  a tool says so, and stops                       foo.c:3:1: error: …
    2  a tool says so, and others may go on after it   cp: cannot stat 'x': No such file or directory
    1  it sounds like it                               error: something
    0  it only repeats what was said before            collect2: error: ld returned 1 exit status
"""

import functools
import re

from msgspec import Struct

SURE, FAIR, WEAK, ECHO = 3, 2, 1, 0
Q = "[‘’'`\"“”]"  # a quotation mark, in whatever language the tool quotes
LOC = r"(?:(?P<file>[^\s:][^:\n]*):(?P<line>\d+):(?:\d+(?:-\d+)?:)?|^<command-line>:) "  # file:line:column:


class Pattern(Struct, frozen=True):
    """A kind of error. `needle` is in every line that `regex` matches: looked for first, since that is fast.

    Groups of the expression: `file` and `line` where the error points, `name` what the advice is about (`{name}`),
    `tool` who says it, in place of `tool` here.
    """

    tool: str
    kind: str
    needle: str
    regex: str
    weight: int = SURE
    advice: str = ""

    def search(self, text: str) -> re.Match[str] | None:
        """The match in a line."""
        return _compiled(self.regex).search(text)


@functools.cache
def _compiled(regex: str) -> re.Pattern[str]:
    # All of them together take a second to compile, a log needs a few.
    return re.compile(regex)


class Family:
    """The patterns of one tool, as they are written down: one call each, the more special ones first."""

    def __init__(self, tool: str) -> None:
        self.tool = tool
        self.patterns: list[Pattern] = []

    def __call__(
        self, kind: str, needle: str, regex: str, weight: int = SURE, advice: str = "", tool: str = ""
    ) -> None:
        """Adds a pattern; the expression is searched for anywhere in the line."""
        self.patterns.append(Pattern(tool or self.tool, kind, needle, regex, weight, advice))
