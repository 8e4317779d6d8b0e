"""The lock file `sources.lock`: sha256 of files whose recipe declares none. Knows text, not where files are.

One line a file, sorted by file and URL: `<sha256>  <file>  <url>`. Lines that start with `#` are kept:
those right above an entry move with it, all others stay at the top.
"""

import fcntl
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

from lfsmake.model.errors import HostError, Problem, RecipeError, RecipeErrors, SourceError, Span
from lfsmake.store import disk

HEADER = (
    "# Written by lfsmake when it first verified a file whose recipe declares no sha256.",
    "# Check it in: from then on these files must have these digests.",
)
_ENTRY = re.compile(r"([0-9a-f]{64})  (\S(?:.*?\S)?)  (\S+)")


class _Entry(Struct, frozen=True):
    sha256: str
    file: str
    url: str
    comments: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        return f"{self.sha256}  {self.file}  {self.url}"


class LockFile:
    """The entries of one `sources.lock`. Threads may share it; `save` merges with what others wrote."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._entries: dict[str, _Entry] = {}
        self._top: tuple[str, ...] = HEADER
        self._new: dict[str, _Entry] = {}
        self._guard = threading.Lock()

    @classmethod
    def load(cls, path: Path) -> "LockFile":
        """Reads `path`; a missing file is an empty lock file.

        Raises RecipeErrors with the place of every line that is not an entry or contradicts another.
        """
        lock = cls(path)
        lock._entries, lock._top = _read(path)
        return lock

    def get(self, url: str) -> str | None:
        """The sha256 recorded for `url`."""
        with self._guard:
            entry = self._new.get(url) or self._entries.get(url)
            return entry.sha256 if entry else None

    def put(self, url: str, file: str, sha256: str) -> None:
        """Records a digest, in memory until `save`. Raises SourceError if another is recorded for `url`."""
        with self._guard:
            known = self._new.get(url) or self._entries.get(url)
            if known is None:
                self._new[url] = _Entry(sha256, file, url)
            elif known.sha256 != sha256:
                raise _contradiction(self.path, known, sha256)

    def save(self) -> None:
        """Writes what `put` added, atomically and together with what other processes added meanwhile.

        Raises HostError if it cannot be written, SourceError if another process recorded another digest.
        """
        with self._guard:
            if not self._new:
                return
            try:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with _folder_held(self.path.parent):
                    entries, top = _read(self.path)
                    for url, entry in self._new.items():
                        other = entries.get(url)
                        if other is not None and other.sha256 != entry.sha256:
                            raise _contradiction(self.path, other, entry.sha256)
                        entries.setdefault(url, entry)
                    _write(self.path, entries, top)
            except OSError as error:
                raise HostError(
                    f"cannot write {self.path}: {error.strerror}",
                    hint="make the folder writable: digests that no recipe declares are kept there",
                ) from error
            self._entries, self._top, self._new = entries, top, {}


def _contradiction(path: Path, known: _Entry, sha256: str) -> SourceError:
    return SourceError(
        f"sha256 of {known.file} from {known.url} is {sha256}, not {known.sha256} as recorded in {path}",
        expected=f"sha256 {known.sha256}",
        hint=f"the file changed since it was recorded; if that is right, remove its line from {path.name}",
    )


@contextmanager
def _folder_held(folder: Path) -> Iterator[None]:
    """Two processes must not merge at once. The lock is on the folder: no file is left in the project."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _read(path: Path) -> tuple[dict[str, _Entry], tuple[str, ...]]:
    try:
        raw = path.read_bytes()
    except FileNotFoundError:
        return {}, HEADER
    except OSError as error:
        raise RecipeError(f"cannot read {path}: {error.strerror}", span=Span(str(path), 1, 1)) from error
    entries: dict[str, _Entry] = {}
    where: dict[str, int] = {}
    top: list[str] = []
    above: list[str] = []
    problems: list[Problem] = []
    for number, line in enumerate(raw.decode("utf-8", "replace").splitlines(), start=1):
        line = line.rstrip()
        if line.startswith("#"):
            above.append(line)
            continue
        if not line:
            top += above
            above = []
            continue
        match = _ENTRY.fullmatch(line)
        if match is None:
            problems.append(_bad_line(path, number, line))
            continue
        entry = _Entry(match[1], match[2], match[3], tuple(above))
        above = []
        other = entries.setdefault(entry.url, entry)
        if other.sha256 != entry.sha256:
            problems.append(_twice(path, number, line, entry.url, where[entry.url]))
        where.setdefault(entry.url, number)
    if problems:
        raise RecipeErrors(tuple(problems))
    return entries, (*top, *above)


def _bad_line(path: Path, number: int, line: str) -> Problem:
    if line.startswith(("<<<<<<<", "=======", ">>>>>>>", "|||||||")):
        message, hint = (
            "a merge conflict is left in the lock file",
            "keep the lines of both sides, remove the marks",
        )
    else:
        message, hint = (
            "this line is not an entry of a lock file",
            "remove the line; the next fetch writes it again",
        )
    span = Span(str(path), number, 1, number, len(line) + 1)
    return Problem(message, span, '"<sha256>  <file>  <url>", two spaces between, or a comment', hint, line)


def _twice(path: Path, number: int, line: str, url: str, first: int) -> Problem:
    return Problem(
        f"two digests for {url}, the other on line {first}",
        Span(str(path), number, 1, number, len(line) + 1),
        "one line for each URL",
        "remove the line that is wrong",
        line,
    )


def _write(path: Path, entries: dict[str, _Entry], top: tuple[str, ...]) -> None:
    lines = [*top, ""] if top else []
    for entry in sorted(entries.values(), key=lambda each: (each.file, each.url)):
        lines += [*entry.comments, entry.text]
    disk.write_whole(path, ("\n".join(lines) + "\n").encode())
