"""Where the files of a tree's scripts can be had, and their digests: lists, sidecars, archives that lie there.

Fetches nothing. Knows files by their names only.
"""

import hashlib
import os
import re
from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from pathlib import Path

from lfsmake.discover.convert.model import Archive
from lfsmake.discover.facts.names import is_archive, is_patch

_LARGEST = 1 << 20  # bytes of a text that is looked into
_MOST = 5000  # such texts; archives that are hashed
_SKIPPED = frozenset((".git", ".svn", ".hg", "node_modules"))
_NAMES = re.compile(
    r"(?i)wget|url|md5|sha\d*|b2sum|checksum|digest|list|source|package|pkg|download"
    r"|\.ya?ml$|\.toml$|\.json$|\.mak?$|\.mk$|\.txt$|\.info$"
)
_URL = re.compile(r"(?:https?|ftp)://[^\s\"'<>\\{}$`;|()]+")
_PAIR = re.compile(
    r"(?m)^[ \t]*([0-9a-fA-F]{128}|[0-9a-fA-F]{64}|[0-9a-fA-F]{32})[ \t]+[*]?(?:\S*/)?([\w.+~-]+)[ \t\r]*$"
    r"|^[ \t]*(?:MD5|SHA256|SHA512|BLAKE2b)[ \t]*\((?:\S*/)?([\w.+~-]+)\)[ \t]*=[ \t]*([0-9a-fA-F]{32,128})[ \t\r]*$"
)
_ALONE = re.compile(r"(?<![0-9a-fA-F])(?:[0-9a-fA-F]{128}|[0-9a-fA-F]{64}|[0-9a-fA-F]{32})(?![0-9a-fA-F])")


class Archives:
    """What is known of files by name. `folders` hold archives themselves, the nearest first."""

    def __init__(self, root: str, folders: Iterable[Path] = ()) -> None:
        self._urls: dict[str, str] = {}
        self._digests: dict[str, str] = {}
        self._files: dict[str, str] = {}
        self._blake = self._sha = False
        for path in _below(root):
            name = path.rpartition("/")[2]
            if is_archive(name) or is_patch(name):
                self._files.setdefault(name, path)
            elif _NAMES.search(name):
                self._read(path)
        for folder in folders:
            for path in _below(str(folder)):
                self._files.setdefault(path.rpartition("/")[2], path)
        self._hashed: dict[str, str] = {}

    def _address(self, url: str) -> None:
        url = url.rstrip(".,)")
        self.learn(url.partition("?")[0].partition("#")[0].rpartition("/")[2], url)

    def learn(self, name: str, url: str) -> None:
        """A file's address. The first one counts."""
        if url.startswith("ftp://"):
            url = "https://" + url[6:]
        if url.startswith(("http://", "https://")) and "." in name and url.isprintable() and "�" not in url:
            self._urls.setdefault(name, url)

    def _read(self, path: str) -> None:
        try:
            with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC), "rb") as file:
                data = file.read(_LARGEST)
        except OSError:
            return
        if b"\0" in data:
            return
        text = data.decode("utf-8", "replace")
        self._blake = self._blake or "b2sum" in text or "blake2" in text.lower()
        urls = [found[0] for found in _URL.finditer(text)]
        for url in urls:
            self._address(url)
        for found in _PAIR.finditer(text):
            name, digest = (found[2], found[1]) if found[1] else (found[3], found[4])
            if len(digest) in (32, 64, 128) and len(digest) > len(self._digests.get(name, "")):
                self._digests[name] = digest.lower()
        files = list(
            dict.fromkeys(
                url.partition("?")[0].rpartition("/")[2] for url in urls if is_archive(url.rpartition("/")[2])
            )
        )
        alone = list(dict.fromkeys(_ALONE.findall(text)))
        if len(files) == 1 and len(alone) == 1:  # a sidecar of one package
            self._digests.setdefault(files[0], alone[0].lower())

    def of(self, wanted: str) -> Archive:
        """The file of that name, or the only one that a pattern such as `gcc-*.tar.xz` can mean."""
        name = wanted.rpartition("/")[2]
        if any(sign in name for sign in "*?["):
            every = dict.fromkeys((*self._urls, *self._digests, *self._files))
            found = [one for one in every if fnmatchcase(one, name) and (is_archive(one) or is_patch(one))]
            if len(found) != 1:
                return Archive(name)
            name = found[0]
        url, digest = self._urls.get(name, ""), self._digests.get(name, "")
        if not digest and name in self._files:
            digest = self._hash(self._files[name])
        if not url and name in self._files:
            url = f"file://{os.path.abspath(self._files[name])}"
        algorithm = {32: "md5", 64: "sha256", 128: "blake2b" if self._blake else "sha512"}.get(len(digest), "")
        return Archive(name, url, algorithm, digest)

    def _hash(self, path: str) -> str:
        if path not in self._hashed:
            digest = hashlib.sha256()
            try:
                with open(path, "rb") as file:
                    while block := file.read(1 << 20):
                        digest.update(block)
                self._hashed[path] = digest.hexdigest()
            except OSError:
                self._hashed[path] = ""
        return self._hashed[path]


def _below(root: str) -> Iterator[str]:
    """Plain files below a folder, by name."""
    count = 0
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if name not in _SKIPPED)
        for name in sorted(names):
            path = os.path.join(folder, name)
            if os.path.isfile(path):
                count += 1
                if count > _MOST:
                    return
                yield path
