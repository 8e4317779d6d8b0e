"""Finds where in a TOML text a key and its value stand. Knows no meaning; the text is known to be TOML."""

import re

from lfsmake.model.errors import Span

_PART = r"""(?:"[^"\n]*"|'[^'\n]*'|[A-Za-z0-9_-]+)"""
_KEY = re.compile(rf"[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*=[ \t]*")
_TABLE = re.compile(rf"[ \t]*\[\[?[ \t]*({_PART}(?:[ \t]*\.[ \t]*{_PART})*)[ \t]*\]")
_INLINE = re.compile(rf"({_PART})[ \t]*=[ \t]*")
_VALUE = re.compile(r"""(?:"[^"\n]*"|'[^'\n]*'|[^\s,#}\]]+)""")


class Places:
    """Keys by their dotted names, such as "options.init"."""

    def __init__(self, path: str, text: str) -> None:
        self._path = path
        self._text = text
        self._keys: dict[str, Span] = {}
        self._values: dict[str, int] = {}  # offset of the value's first character
        self._starts = [0, *(found.end() for found in re.finditer("\n", text))]
        self._scan()

    def key(self, name: str) -> Span | None:
        """Where the key, or the table of that name, stands."""
        return self._keys.get(name)

    def value(self, name: str) -> Span | None:
        """Where the key's value begins; the key where it has none."""
        at = self._values.get(name)
        if at is None:
            return self._keys.get(name)
        found = _VALUE.match(self._text, at)
        return self._span(at, found.end() if found else at + 1)

    def element(self, name: str, number: int, text: str) -> Span | None:
        """Where string `text`, the value's element `number` from 0, stands; the value where it cannot be told."""
        at = self._values.get(name)
        if at is None:
            return None
        for quoted in re.finditer(r""""([^"\n]*)"|'([^'\n]*)'""", self._text[at:]):
            if number == 0:
                if (quoted[1] or quoted[2]) == text:
                    return self._span(at + quoted.start(), at + quoted.end())
                break
            number -= 1
        return self.value(name)

    def _scan(self) -> None:
        table = ""
        for start in self._starts:
            found = _TABLE.match(self._text, start)
            if found:
                name = _plain(found[1])
                table = name + "."
                self._keys.setdefault(name, self._span(found.start(1), found.end(1)))
                continue
            found = _KEY.match(self._text, start)
            if not found:
                continue
            name = table + _plain(found[1])
            self._enter(name, found)
            if "." in name and not table:
                self._keys.setdefault(name.split(".")[0], self._keys[name])
            if self._text.startswith("{", found.end()):
                end = self._text.find("\n", found.end())
                for inner in _INLINE.finditer(self._text, found.end(), end if end >= 0 else len(self._text)):
                    self._enter(f"{name}.{_plain(inner[1])}", inner)

    def _enter(self, name: str, found: re.Match[str]) -> None:
        if name not in self._keys or name not in self._values:
            self._keys[name] = self._span(found.start(1), found.end(1))
            self._values[name] = found.end()

    def _span(self, start: int, end: int) -> Span:
        line = self._text.count("\n", 0, start)
        column = start - self._starts[line] + 1
        return Span(self._path, line + 1, column, line + 1, column + end - start)


def _plain(dotted: str) -> str:
    return ".".join(part.strip().strip("\"'") for part in dotted.split("."))
