"""Where the files that scripts unpack can be had: the project's resources, the lists of the tree. Fetches nothing."""

import os
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase

from msgspec import Struct

LARGEST = 1 << 20  # bytes of a list that is read
_FILES = 2000  # files of a tree that are looked into
_SKIPPED = frozenset((".git", ".svn", ".hg", "node_modules"))
_LISTS = re.compile(r"(?i)wget|url|md5|sha\d*sum|b2sum|checksum|digest|list|source|package|download|\.ya?ml$|\.toml$")
_HEX = re.compile(rb"(?<![\w/.-])(?:[0-9a-fA-F]{128}|[0-9a-fA-F]{64}|[0-9a-fA-F]{32})(?![\w/.-])")
_ARCHIVE = re.compile(rb"\.(?:tar(?:\.\w+)?|tgz|tbz2|txz|zip|patch|diff)$")
_URL = re.compile(rb"https?://[^\s\"'<>\\{}$`;|]+")
_DIGEST = re.compile(
    rb"(?m)^[ \t]*([0-9a-fA-F]{32}|[0-9a-fA-F]{64}|[0-9a-fA-F]{128})[ \t]+[*]?(?:\S*/)?([\w.+~-]+)[ \t\r]*$"
)
_ALGORITHMS = {32: "md5", 64: "sha256", 128: "sha512"}


class Place(Struct, frozen=True):
    """Where a file can be had. `resource`: the project's own by that name; otherwise a URL and its digest."""

    filename: str
    resource: str = ""
    url: str = ""
    algorithm: str = ""
    digest: str = ""

    @property
    def complete(self) -> bool:
        """Whether it can be fetched: nothing is without a digest."""
        return bool(self.resource or (self.url and self.digest))


class Places:
    """What is known of files by their names. `resources`: file name → name of the project's resource."""

    def __init__(
        self, resources: Mapping[str, str], urls: Mapping[str, str], digests: Mapping[str, tuple[str, str]]
    ) -> None:
        self._resources = resources
        self._urls = urls
        self._digests = digests
        self._names = (*resources, *(name for name in urls if name not in resources))

    def of(self, wanted: str) -> Place:
        """The place of a file, or of the only one that a pattern such as `gcc-*.tar.xz` can mean."""
        filename = wanted.rpartition("/")[2]
        if any(sign in filename for sign in "*?["):
            found = [name for name in self._names if fnmatchcase(name, filename)]
            if len(found) != 1:
                return Place(filename)
            filename = found[0]
        if filename in self._resources:
            return Place(filename, resource=self._resources[filename])
        algorithm, digest = self._digests.get(filename, ("", ""))
        return Place(filename, "", self._urls.get(filename, ""), algorithm, digest)


def places(root: str, resources: Mapping[str, str]) -> Places:
    """What the lists of addresses and digests in a tree say, and the project's resources."""
    urls: dict[str, str] = {}
    digests: dict[str, tuple[str, str]] = {}
    for path in _lists(root):
        try:
            with open(path, "rb") as file:
                data = file.read(LARGEST)
        except OSError:
            continue
        if b"\0" in data:
            continue
        for found in _URL.findall(data):
            url = found.decode("utf-8", "replace").rstrip(".,)")
            name = url.partition("?")[0].rpartition("/")[2]
            if "." in name and "�" not in url:
                urls.setdefault(name, url)
        archives = {url for url in _URL.findall(data) if _ARCHIVE.search(url)}
        alone = set(_HEX.findall(data))
        pairs = _DIGEST.findall(data)
        if len(archives) == 1 and len(alone) == 1 and not pairs:  # a sidecar: one archive and its digest
            pairs = [(alone.pop(), archives.pop().rpartition(b"/")[2])]
        for value, name in pairs:
            algorithm, text = _ALGORITHMS[len(value)], name.decode("utf-8", "replace")
            held = digests.get(text)
            if held is None or len(held[1]) < len(value):
                digests[text] = algorithm, value.decode().lower()
    return Places(resources, urls, digests)


def _lists(root: str) -> Iterable[str]:
    """Plain files of the tree that may be lists, by their names."""
    count = 0
    for folder, below, names in os.walk(root):
        below[:] = sorted(name for name in below if name not in _SKIPPED)
        for name in sorted(names):
            path = os.path.join(folder, name)
            if _LISTS.search(name) and os.path.isfile(path) and os.path.getsize(path) <= LARGEST:
                count += 1
                if count > _FILES:
                    return
                yield path
