"""Finds the files that a script reads in, and reads them. Looks only below one folder; runs nothing."""

import os
from collections.abc import Callable

from msgspec import Struct

from lfsmake.discover.shell.nodes import Command, Shell, Word
from lfsmake.discover.shell.parse import LIMIT, read_shell
from lfsmake.discover.shell.scope import Scope
from lfsmake.discover.shell.values import Frame, Values
from lfsmake.model.errors import Span

_DEEP = 8


class Sourced(Struct, frozen=True):
    """A file read in by a script: `path` below the tree, "" if it was not found. `sure`: its word says so in full."""

    path: str
    text: str
    span: Span
    sure: bool


class Followed(Struct, frozen=True):
    """The values of a script with those of the files it reads in; `sourced` has theirs too, in order."""

    values: Values
    sourced: tuple[Sourced, ...]


class Files:
    """The scripts of a tree, each read once. `read` gives a file's bytes, None if it cannot be read."""

    def __init__(self, root: str, read: Callable[[str], bytes | None] | None = None) -> None:
        self.root = os.path.realpath(root)
        self._read = read or self._bytes
        self._scopes: dict[str, Scope | None] = {}
        self._real: dict[str, str | None] = {}

    def _bytes(self, path: str) -> bytes | None:
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            return os.read(handle, LIMIT)
        except OSError:
            return None
        finally:
            os.close(handle)

    def scope(self, path: str) -> Scope | None:
        """The script at an absolute path; None if it is not a readable file."""
        if path not in self._scopes:
            data = self._read(path)
            self._scopes[path] = None if data is None or b"\0" in data[:1024] else Scope(read_shell(path, data))
        return self._scopes[path]

    def known(self, path: str, shell: Shell) -> Scope:
        """Keeps a script that was read elsewhere."""
        scope = self._scopes.get(path)
        if scope is None or scope.shell is not shell:
            scope = self._scopes[path] = Scope(shell)
        return scope

    def follow(self, shell: Shell, outside: dict[str, str] | None = None) -> Followed:
        """The values of a script, and what it reads in. `shell.path` is absolute."""
        scope = self.known(shell.path, shell)
        files: dict[tuple[str, int], Scope] = {}
        values = Values(scope, files, outside)
        sourced: list[Sourced] = []
        self._follow(scope, values, files, sourced, [scope])
        return Followed(values, tuple(sourced))

    def _follow(
        self,
        scope: Scope,
        values: Values,
        files: dict[tuple[str, int], Scope],
        sourced: list[Sourced],
        open_: list[Scope],
    ) -> None:
        for command in scope.sources:
            if len(command.words) < 2:
                continue
            path, sure = self.find(scope, values, command, command.words[1])
            relative = os.path.relpath(path, self.root) if path else ""
            sourced.append(Sourced(relative, command.words[1].text, command.span, sure))
            inner = self.scope(path) if path else None
            if inner is None or inner in open_ or len(open_) > _DEEP:
                continue
            files[scope.shell.path, command.start] = inner
            self._follow(inner, values, files, sourced, [*open_, inner])

    def find(self, scope: Scope, values: Values, command: Command, word: Word) -> tuple[str | None, bool]:
        """The file that a word names, as seen from a script, and whether it says so in full."""
        here = os.path.dirname(scope.shell.path)
        if scope is values.scope:
            frames = values.frames(word)
        else:
            frames = [Frame(scope, scope.function_at(word), caller=Frame(values.scope))]
        for frame in frames:
            value = values.get(word, frame)
            if value:
                found = self._look(value, here)
                if found is not None:
                    return found, True
        tail = _tail(values.likely(word) or word.text)
        return (self._look(tail, here), False) if tail else (None, False)

    def _look(self, name: str, here: str) -> str | None:
        """A file by its name: from the script's folder, then each folder above it, then by its last parts."""
        parts = [part for part in name.split("/") if part not in ("", ".")]
        if name.startswith("/"):
            if self._inside(name):
                return self._file(name)
            starts = range(1, len(parts))
        else:
            starts = range(len(parts))
        for start in starts:
            if start and parts[start - 1] not in ("..",) and start > 3:
                break
            folder = here
            for _ in range(12):
                if self._inside(folder):
                    found = self._file(os.path.normpath(os.path.join(folder, *parts[start:])))
                    if found is not None:
                        return found
                if folder == self.root or len(folder) <= 1:
                    break
                folder = os.path.dirname(folder)
        return None

    def _inside(self, path: str) -> bool:
        return path == self.root or path.startswith(self.root + os.sep)

    def _file(self, path: str) -> str | None:
        """The path, if it is a file below the root by whatever links."""
        if path not in self._real:
            real = os.path.realpath(path)
            fine = self._inside(os.path.normpath(path)) and self._inside(real) and os.path.isfile(real)
            self._real[path] = path if fine else None
        return self._real[path]


def _tail(text: str) -> str:
    """What can be told of a path whose first part cannot: `"$DIR/lib/common.sh"` → `lib/common.sh`."""
    text = text.replace('"', "").replace("'", "")
    for mark in ("}", ")", "`"):
        text = text.rpartition(mark)[2] if mark in text else text
    if "$" in text:
        text = text[text.rindex("$") :].partition("/")[2]
    text = text.lstrip("/")
    return "" if set(text) & set("*?{$~") or text in ("", ".", "..") else text
