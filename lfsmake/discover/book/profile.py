"""Which elements a book of one revision and architecture has. Knows attributes only."""

import re
from collections.abc import Collection

from msgspec import Struct

from lfsmake.discover.book.model import Revision

_SEPARATORS = re.compile(r"[,;\s]+")
_PLAIN = ("x86_64", "i686")  # what a book that tells architectures apart by other names calls "default"


class Profile(Struct, frozen=True):
    """`arch` as the book spells it: `x86_64`; `ml_32` and the like in the multilib book."""

    revision: Revision
    arch: str = "x86_64"

    def asks(self, attributes: dict[str, str]) -> bool:
        """Whether an element with these attributes is part of this book: each names it, or is not there."""
        return _names(attributes.get("revision"), (self.revision,)) and _names(
            attributes.get("arch"), (self.arch, "default") if self.arch in _PLAIN else (self.arch,)
        )


    def known(self, architectures: Collection[str]) -> bool:
        """Whether a book that names these architectures has this one; what it does not tell apart is for any PC."""
        return self.arch in architectures or self.arch in _PLAIN


def words_of(value: str) -> list[str]:
    """The words of a profiling attribute."""
    return [word for word in _SEPARATORS.split(value) if word]


def _names(value: str | None, wanted: tuple[str, ...]) -> bool:
    """No value, or one of only separators, asks for nothing."""
    words = words_of(value) if value is not None else []
    return not words or any(word in wanted for word in words)
