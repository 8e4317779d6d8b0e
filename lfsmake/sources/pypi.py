"""The origin pypi:NAME==VERSION. Knows indexes and pip's configuration; never runs a package's code.

The index is asked directly (its JSON form, or HTML where it has none) because `pip download` would run the
setup code of a source distribution. Which index: what pip itself is configured to use; no host is in here.
"""

import functools
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

import msgspec
from msgspec import Struct

from lfsmake.model.errors import SourceError
from lfsmake.sources import local
from lfsmake.sources.problems import UNREADABLE, refused
from lfsmake.sources.request import Route, shown
from lfsmake.sources.transfer import Transfer, child_environment

_URL = re.compile(r"pypi:([A-Za-z0-9][A-Za-z0-9._-]*)==([A-Za-z0-9][A-Za-z0-9.!+_-]*)")
_ARCHIVES = (".tar.gz", ".tar.xz", ".tar.bz2", ".tgz", ".zip")
_JSON = "application/vnd.pypi.simple.v1+json"
_PAGE = 64 << 20  # bytes; the largest pages of real indexes have a few megabytes
PYTHONS = ("python3", "/usr/bin/python3")  # asked for their pip when ours has none
# Asks pip for the options it would use, from its files and its environment, without running anything.
_ASK_PIP = """
import json
from pip._internal.commands import create_command
options, _ = create_command("download").parser.parse_args([])
index = [] if options.no_index else [options.index_url, *options.extra_index_urls]
print(json.dumps({"indexes": index, "certificates": options.cert or "", "proxy": options.proxy or ""}))
"""


class PipSettings(Struct, frozen=True):
    """What pip is configured to use: addresses of indexes, a certificates file, a proxy."""

    indexes: tuple[str, ...] = ()
    certificates: str = ""
    proxy: str = ""


class Released(Struct, frozen=True):
    """A source distribution as an index lists it. `sha256` is "" where the index gives none."""

    file: str
    url: str
    sha256: str


def locate(url: str, filename: str, transfer: Transfer) -> tuple[Released, Route]:
    """Finds the source distribution, the one called `filename` if there are several, and how to reach it.

    Raises SourceError: no pip, no such release, no index that answers.
    """
    match = _URL.fullmatch(url)
    if match is None:
        raise SourceError(f"{url} names no release", expected="pypi:NAME==VERSION")
    settings = _settings(url)
    route = Route(settings.proxy, settings.certificates)
    reasons: list[str] = []
    for index in settings.indexes:
        try:
            files = _files(index, match[1], route, transfer)
        except SourceError as error:
            reasons.append(str(error))
            continue
        fitting = [each for each in files if _is_release(each.file, match[1], match[2])]
        fitting.sort(key=lambda each: (each.file != filename, not each.file.endswith(".tar.gz")))
        if fitting:
            return fitting[0], route
        reasons.append(f"{shown(index)} has no source distribution of {match[1]} {match[2]}")
    raise refused(url, "; ".join(reasons) or "pip is configured to use no index")


@functools.cache
def _pip_answers() -> tuple[bytes, str]:
    """What some pip of this machine answers, or why none does."""
    why = "no pip was found"
    for python in dict.fromkeys((sys.executable, *PYTHONS)):
        try:
            answer = subprocess.run(
                [python, "-I", "-c", _ASK_PIP],
                capture_output=True,
                env=child_environment(),
                stdin=subprocess.DEVNULL,
                timeout=60,
                check=False,
            )
        except (OSError, subprocess.TimeoutExpired) as error:
            why = f"{python} cannot be asked: {error}"
            continue
        if answer.returncode == 0:
            return answer.stdout, ""
    return b"", why


def _settings(url: str) -> PipSettings:
    answer, why = _pip_answers()
    if why:
        raise refused(url, why, "install pip, or use another origin")
    try:
        return msgspec.json.decode(answer, type=PipSettings)
    except UNREADABLE as error:
        raise refused(url, f"pip's settings cannot be read: {error}", "use another origin") from error


def _files(index: str, name: str, route: Route, transfer: Transfer) -> list[Released]:
    project = re.sub(r"[-_.]+", "-", name).lower()
    page = f"{index.rstrip('/')}/{project}/"
    if urlsplit(page).scheme == "file":
        return _from_html(Path(local.readable(f"{page}index.html")).read_bytes(), page)
    from lfsmake.sources import http

    accept = f"{_JSON}, text/html;q=0.2"
    body, kind = http.read(page, transfer, accept=accept, limit=_PAGE, route=route)
    return _from_json(body, page) if "json" in kind else _from_html(body, page)


class _JsonFile(Struct, frozen=True):
    filename: str
    url: str
    hashes: dict[str, str] = {}


class _JsonPage(Struct, frozen=True):
    files: tuple[_JsonFile, ...]


def _from_json(body: bytes, page: str) -> list[Released]:
    try:
        files = msgspec.json.decode(body, type=_JsonPage).files
    except UNREADABLE as error:
        raise refused(shown(page), f"the index's answer cannot be read: {error}") from error
    return [
        Released(each.filename, urljoin(page, each.url), each.hashes.get("sha256", "")) for each in files
    ]


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.found += [value for name, value in attrs if name == "href" and value]


def _from_html(body: bytes, page: str) -> list[Released]:
    links = _Links()
    links.feed(body.decode("utf-8", "replace"))
    files = []
    for link in links.found:
        address, fragment = urldefrag(urljoin(page, link))
        sha256 = fragment.removeprefix("sha256=").lower() if fragment.startswith("sha256=") else ""
        files.append(Released(unquote(Path(urlsplit(address).path).name), address, sha256))
    return files


def _is_release(file: str, name: str, version: str) -> bool:
    """Whether `file` is NAME-VERSION.tar.gz, however the name is spelled."""
    suffix = next((suffix for suffix in _ARCHIVES if file.endswith(suffix)), "")
    stem = file.removesuffix(suffix) if suffix else ""
    given, dash, release = stem.rpartition("-")

    def plain(text: str) -> str:
        return re.sub(r"[-_.]+", "-", text).lower()

    return bool(dash) and release == version and plain(given) == plain(name)
