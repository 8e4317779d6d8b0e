"""The origin http: and https:. Knows requests, ranges and retries, not digests: whoever calls it verifies.

download():
  until the file is whole:
      ask for what is missing (a range, if something is there already)
      append what comes, or start over when the server cannot continue
      after a failure that may pass: wait, longer each time without a new byte
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from lfsmake.model.errors import DiskFullError
from lfsmake.sources.problems import UNREADABLE, refused
from lfsmake.sources.request import NETWORK, PassingError, Route, answered, pieces, shown
from lfsmake.sources.transfer import Transfer, disk_guarded, need_space

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

LATER = "try again later, or declare a further origin"


class _Version(Struct, frozen=True):
    """Kept beside a partial file: which version of the file it is a part of."""

    etag: str = ""
    modified: str = ""

    @property
    def validator(self) -> str:
        """For If-Range, which takes strong validators only."""
        return self.etag if self.etag and not self.etag.startswith("W/") else self.modified


def download(
    url: str, partial: Path, transfer: Transfer, *, size: int = 0, route: Route | None = None
) -> None:
    """Fills `partial` with the file at `url`, going on where an earlier try ended.

    `size`: what the file must have, in bytes; 0 if unknown. Raises SourceError once trying again is no use,
    DiskFullError (and removes `partial`), InterruptedRun (and keeps it for the next time).
    """
    attempt = 0
    most = _length(partial)
    while True:
        transfer.check()
        try:
            _attempt(url, partial, transfer, size, route or Route())
            return
        except DiskFullError:
            _discard(partial)
            raise
        except PassingError as failure:
            got = _length(partial)
            attempt = 1 if got > most else attempt + 1
            most = max(most, got)
            if attempt >= transfer.patience.tries:
                raise refused(shown(url), f"{failure} ({_tries(attempt)})", NETWORK) from failure
            if failure.after > transfer.patience.longest_pause:
                raise refused(
                    shown(url), f"{failure}; it asks to wait {failure.after:.0f} s", LATER
                ) from failure
            transfer.back_off(attempt, str(failure), failure.after)


def read(
    url: str, transfer: Transfer, *, accept: str, limit: int, route: Route | None = None
) -> tuple[bytes, str]:
    """A small page and its content type. Raises SourceError, also when it is larger than `limit` bytes."""
    attempt = 0
    while True:
        attempt += 1
        try:
            with answered(url, {"Accept": accept}, transfer, route or Route()) as response:
                body = b""
                for piece in pieces(response):
                    body += piece
                    if len(body) > limit:
                        raise refused(shown(url), f"the page is larger than {limit} bytes")
                return body, response.headers.get("Content-Type", "")
        except PassingError as failure:
            if attempt >= transfer.patience.tries:
                raise refused(shown(url), f"{failure} ({_tries(attempt)})", NETWORK) from failure
            transfer.back_off(attempt, str(failure))


def _tries(count: int) -> str:
    return "1 try" if count == 1 else f"{count} tries"


def _attempt(url: str, partial: Path, transfer: Transfer, size: int, route: Route) -> None:
    have = _length(partial)
    if size and have > size:
        _discard(partial)
        have = 0
    if size and have == size:
        return
    headers: dict[str, str] = {}
    if have:
        headers["Range"] = f"bytes={have}-"
        if validator := _version(partial).validator:
            headers["If-Range"] = validator
    with answered(url, headers, transfer, route) as response:
        start, total = _extent(response)
        if response.status == 416:
            if have and total == have:
                return
            _discard(partial)
            raise PassingError("the server cannot go on where the last try ended")
        if start not in (0, have):
            _discard(partial)
            raise PassingError(f"the server went on at byte {start} instead of {have}")
        if size and total and total != size:
            raise refused(shown(url), f"the server has {total} bytes, {size} are expected")
        with disk_guarded(partial, transfer.file):
            if start != have or not have:
                _begin(partial, response)
            transfer.started(shown(url), size or total)
            need_space(partial.parent, max(total - start, 0), transfer.file)
            _append(response, url, partial, transfer, size, total)


def _append(
    response: BaseHTTPResponse, url: str, partial: Path, transfer: Transfer, size: int, total: int
) -> None:
    done = _length(partial)
    with partial.open("ab", buffering=0) as file:
        for piece in pieces(response):
            done += len(piece)
            if size and done > size:
                raise refused(shown(url), f"the server sends more than the {size} bytes that are expected")
            left = memoryview(piece)
            while left:
                left = left[file.write(left) :]
            transfer.progress(done, size or total)
            transfer.check()
    if total and done != total:
        raise PassingError(f"the connection ended after {done} of {total} bytes")


def _extent(response: BaseHTTPResponse) -> tuple[int, int]:
    """Where in the file the answer starts, and how long the whole file is (0 if it is not said)."""
    if response.status == 200:
        length = response.headers.get("Content-Length", "")
        return 0, int(length) if length.isascii() and length.isdigit() else 0
    match = re.fullmatch(r"bytes (?:(\d+)-\d+|\*)/(\d+|\*)", response.headers.get("Content-Range", ""))
    if match is None:
        return -1, 0
    return int(match[1] or 0), int(match[2]) if match[2] != "*" else 0


def _length(partial: Path) -> int:
    try:
        return partial.stat().st_size
    except FileNotFoundError:
        return 0


def _begin(partial: Path, response: BaseHTTPResponse) -> None:
    """Empties `partial` before noting the new version, so that no crash joins parts of two versions."""
    partial.write_bytes(b"")
    version = _Version(response.headers.get("ETag", ""), response.headers.get("Last-Modified", ""))
    _beside(partial).write_bytes(msgspec.json.encode(version))


def _version(partial: Path) -> _Version:
    try:
        return msgspec.json.decode(_beside(partial).read_bytes(), type=_Version)
    except (FileNotFoundError, *UNREADABLE):
        return _Version()


def _discard(partial: Path) -> None:
    partial.unlink(missing_ok=True)
    forget(partial)


def forget(partial: Path) -> None:
    """Removes what is kept beside a partial file."""
    _beside(partial).unlink(missing_ok=True)


def _beside(partial: Path) -> Path:
    return partial.with_name(f"{partial.name}.version")
