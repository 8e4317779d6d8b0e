"""Finds paths that two unrelated layers of one root bring with different contents. Knows manifests only."""

import re
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

import msgspec
from msgspec import Struct

from lfsmake.model.errors import StoreError
from lfsmake.store import disk
from lfsmake.store.tree import glob_regex

START = len(b'{"path":"')
HARDLINK = b',"hardlink":'  # tells how the path is stored, not what it holds


class Part(Struct, frozen=True):
    """One layer of a root: the step it is from, its digest, its manifest."""

    step: str
    digest: str
    manifest: Path


class Conflict(Struct, frozen=True):
    """A path that `upper` brings over `lower`'s without being allowed to; both are step names."""

    path: str
    lower: str
    upper: str


class _Folder(Struct, frozen=True):
    mode: str
    opaque: bool = False


FOLDERS = msgspec.json.Decoder(_Folder)


class ConflictFinder:
    """Keeps the manifests it has read: the roots of a run share most of their layers."""

    def __init__(self) -> None:
        self._contents: dict[str, dict[bytes, bytes]] = {}

    def find(
        self,
        parts: Sequence[Part],
        may_replace: Collection[tuple[str, str]],
        shared: Iterable[str] = (),
    ) -> list[Conflict]:
        """All conflicts of a root of `parts`, lowest first.

        `may_replace` holds (upper step, lower step), and must be closed: one that may replace b, which may replace
        a, may replace a. Paths that match `shared` (see `tree.glob_regex`) never conflict, nor do folders of equal
        mode. What a path's provider was replaced by is what counts: only the visible ones are compared.
        """
        visible: dict[bytes, bytes] = {}
        providers: dict[bytes, list[int]] = {}  # of paths with more than one; all bring what is visible
        first: dict[bytes, int] = {}
        found: list[tuple[bytes, int, int]] = []
        for number, part in enumerate(parts):
            contents = self._load(part)
            for path in visible.keys() & contents.keys():
                content = contents[path]
                before = providers.get(path) or [first[path]]
                if content == visible[path]:
                    if not content.startswith(b"folder"):
                        providers[path] = [*before, number]
                    continue
                for lower in before:
                    if (part.step, parts[lower].step) not in may_replace and part.step != parts[lower].step:
                        found.append((path, lower, number))
                providers[path] = [number]
            visible.update(contents)
            first.update(dict.fromkeys(contents, number))
        allowed = re.compile(glob_regex(shared))
        return [
            Conflict(text, parts[lower].step, parts[upper].step)
            for path, lower, upper in sorted(found)
            if not allowed.fullmatch(text := path.decode())
        ]

    def _load(self, part: Part) -> dict[bytes, bytes]:
        contents = self._contents.get(part.digest)
        if contents is None:
            with disk.at(part.manifest):
                text = part.manifest.read_bytes()
            try:
                contents = self._contents[part.digest] = read_contents(text)
            except (ValueError, msgspec.MsgspecError) as failure:
                raise StoreError(
                    f"the manifest {part.manifest} is damaged",
                    hint="run `lfsmake store verify` to find and drop damaged layers",
                ) from failure
        return contents


def read_contents(manifest: bytes) -> dict[bytes, bytes]:
    """Path (JSON-escaped) → what is there, equal exactly if it is the same for a root; without the folder itself.

    Raises ValueError, MsgspecError.
    """
    contents: dict[bytes, bytes] = {}
    for line in manifest.splitlines():
        end = line.index(b'"', START)
        rest = line[end + 1 :]
        if rest.startswith(b',"kind":"directory"'):
            folder = FOLDERS.decode(line)
            rest = b"folder %b %d" % (folder.mode.encode(), folder.opaque)
        elif HARDLINK in rest:
            rest = rest[: rest.index(HARDLINK)] + b"}"
        contents[line[START:end]] = rest
    contents.pop(b".", None)
    return contents
