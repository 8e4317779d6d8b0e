"""Where the parser stopped and what it had read by then. Data only."""

from lark import Token
from msgspec import Struct

from lfsmake.lang.transform import BadBodyError
from lfsmake.lang.words import BLOCKS


class Open(Struct, frozen=True):
    """A block that is open: the tokens of its line up to the brace, and the line's index in the draft."""

    header: tuple[Token, ...]
    brace: Token
    line: int

    @property
    def kind(self) -> str:
        """The word it opens with: package, when, else, …; what an `amend` is about."""
        return str(self.header[self.header[0] in ("}", "amend")])


class Stop(Struct, frozen=True):
    """Where the parser could not go on, and what it had read. Line and column are indices into the draft."""

    line: int
    column: int
    expected: frozenset[str]  # names of terminals
    statement: tuple[Token, ...]  # of the line so far
    previous: tuple[Token, ...]  # the statement before it
    blocks: tuple[Open, ...]  # from the outermost
    closed: Open | None  # the block closed last
    suspect: Open | None  # the first block closed by a brace that is indented less than it
    end: bool  # of the file
    body: BadBodyError | None


def label(block: Open) -> str:
    """The block as messages call it: its kind and name, or its condition."""
    words = [str(token) for token in block.header if token.type != "STRING"]
    return " ".join(words[:2]) if block.kind in BLOCKS else f"{words[0]} {''.join(words[1:])}".replace("} ", "")
