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
    """Keeps the manifests it has read, compared with each other: the roots of a run share most of them."""

    def __init__(self) -> None:
        self._contents: dict[str, dict[bytes, bytes]] = {}  # digest → path → what is there
        self._first: dict[bytes, str] = {}  # path → digest of the first layer read that brings it
        self._further: dict[bytes, list[str]] = {}  # path → digests of the others
        self._mixed: set[bytes] = set()  # paths that not all layers bring alike
        self._differing: dict[tuple[str, str], list[bytes]] = {}  # two digests, sorted → paths brought differently

    def find(
        self,
        parts: Sequence[Part],
        may_replace: Collection[tuple[str, str]],
        shared: Iterable[str] = (),
    ) -> list[Conflict]:
        """All conflicts of a root of `parts`, lowest first.

        `may_replace` holds (upper step, lower step), and must be closed: if a may replace b, and b may replace c, a
        may replace c. Paths that match `shared` (see `tree.glob_regex`) never conflict, nor do folders of equal
        mode. A layer is compared with what is visible below it, not with what was replaced already.
        """
        for part in parts:
            self._load(part)
        suspects: set[bytes] = set()
        for number, upper in enumerate(parts):
            for lower in parts[:number]:
                if (upper.step, lower.step) not in may_replace:
                    first, second = sorted((lower.digest, upper.digest))
                    suspects.update(self._differing.get((first, second), ()))
        allowed = re.compile(glob_regex(shared))
        found: list[Conflict] = []
        for path in sorted(suspects):
            text = path.decode()
            if not allowed.fullmatch(text):
                pairs = self._clashes(path, parts, may_replace)
                found += [Conflict(text, lower, upper) for lower, upper in pairs]
        return found

    def _clashes(
        self, path: bytes, parts: Sequence[Part], may_replace: Collection[tuple[str, str]]
    ) -> list[tuple[str, str]]:
        """The steps (lower, upper) that clash over one path."""
        clashes: list[tuple[str, str]] = []
        visible: bytes | None = None
        providers: list[str] = []  # the steps that bring what is visible
        for part in parts:
            content = self._contents[part.digest].get(path)
            if content is None:
                continue
            if content == visible:
                providers.append(part.step)
                continue
            clashes += [(step, part.step) for step in providers if (part.step, step) not in may_replace]
            visible, providers = content, [part.step]
        return clashes

    def _load(self, part: Part) -> None:
        """Read the layer's manifest, and compare it with all others read before, once."""
        if part.digest in self._contents:
            return
        with disk.at(part.manifest):
            text = part.manifest.read_bytes()
        try:
            contents = read_contents(text)
        except (ValueError, msgspec.MsgspecError) as failure:
            raise StoreError(
                f"the manifest {part.manifest} is damaged",
                hint="run `lfsmake store verify` to find and drop damaged layers",
            ) from failure
        common = contents.keys() & self._first.keys()
        for path in common:
            others = self._further.setdefault(path, [])
            if path in self._mixed or contents[path] != self._contents[self._first[path]][path]:
                self._mixed.add(path)
                for other in (self._first[path], *others):
                    if contents[path] != self._contents[other][path]:
                        first, second = sorted((other, part.digest))
                        self._differing.setdefault((first, second), []).append(path)
            others.append(part.digest)
        self._first.update(dict.fromkeys(contents.keys() - common, part.digest))
        self._contents[part.digest] = contents


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
