"""One request over http: or https: and its answer. Knows proxies and redirects, not files or retries."""

from __future__ import annotations

import email.utils
import functools
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING
from urllib.parse import unquote, urljoin, urlsplit, urlunsplit

from msgspec import Struct

from lfsmake.model.errors import SourceError
from lfsmake.sources.problems import refused
from lfsmake.sources.transfer import Transfer

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, PoolManager

MOVED = "the file was moved or removed: correct the URL, or declare a further origin"
NETWORK = "look at the network and the proxy settings, or declare a further origin"
_PIECE = 1 << 16
_REDIRECTS = 10
# Answers worth another try.
_PASSING = frozenset((408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524))
_REDIRECT = frozenset((301, 302, 303, 307, 308))


class Route(Struct, frozen=True):
    """How to reach servers where the environment and the system's certificates do not say it; "" is unset."""

    proxy: str = ""
    certificates: str = ""  # path of a file with the certificate authorities to trust


class PassingError(Exception):
    """A failure that may pass. `after` is what the server asks to wait, in seconds."""

    def __init__(self, why: str, after: float = 0.0) -> None:
        super().__init__(why)
        self.after = after


@contextmanager
def answered(
    url: str, headers: dict[str, str], transfer: Transfer, route: Route
) -> Iterator[BaseHTTPResponse]:
    """The answer after all redirects: 200, 206 to a Range, or 416. Raises PassingError or SourceError."""
    seen = [url]
    while True:
        transfer.check()
        response = _ask(seen[-1], headers, transfer, route)
        try:
            if response.status in _REDIRECT:
                seen.append(_next(seen, response))
                continue
            if response.status == 200 or ("Range" in headers and response.status in (206, 416)):
                yield response
                return
            why = f"the server answered {response.status} {response.reason or ''}".rstrip()
            if response.status in _PASSING:
                raise PassingError(why, _retry_after(response))
            raise refused(shown(url), why, MOVED if response.status in (404, 410) else "")
        finally:
            response.close()


def _ask(url: str, headers: dict[str, str], transfer: Transfer, route: Route) -> BaseHTTPResponse:
    from urllib3 import Timeout, make_headers
    from urllib3.exceptions import HTTPError

    patience = transfer.patience
    parts = urlsplit(url)
    sent = {"Accept-Encoding": "identity", "User-Agent": "lfsmake", **headers}
    if parts.username:
        sent |= make_headers(basic_auth=f"{unquote(parts.username)}:{unquote(parts.password or '')}")
    try:
        return _manager(_proxy(url, route.proxy), route.certificates).request(
            "GET",
            urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2], fragment="")),
            headers=sent,
            timeout=Timeout(connect=patience.connect, read=patience.stall),
            preload_content=False,
            retries=False,
            redirect=False,
        )
    except (HTTPError, OSError) as error:
        if _is_final(error):
            raise refused(shown(url), _reason(error), NETWORK) from error
        raise PassingError(_reason(error)) from error


def _next(seen: list[str], response: BaseHTTPResponse) -> str:
    target = urljoin(seen[-1], response.headers.get("Location", ""))
    scheme = urlsplit(target).scheme
    if scheme not in ("http", "https"):
        raise refused(
            shown(seen[0]), f"the server redirects to {shown(target)}, which is not http or https"
        )
    if scheme == "http" and urlsplit(seen[-1]).scheme == "https":
        raise refused(
            shown(seen[0]), f"the server redirects from https to {shown(target)}, which is not safe"
        )
    if target in seen:
        raise refused(shown(seen[0]), f"the server redirects in a loop, back to {shown(target)}")
    if len(seen) > _REDIRECTS:
        raise refused(shown(seen[0]), f"the server redirects more than {_REDIRECTS} times")
    return target


@functools.cache
def _manager(proxy: str, certificates: str) -> PoolManager:
    """Connections are kept and shared by all threads; certificates are always verified."""
    from urllib3 import PoolManager, ProxyManager, make_headers
    from urllib3.exceptions import HTTPError

    trust = certificates or None
    if not proxy:
        return PoolManager(maxsize=8, ca_certs=trust)
    parts = urlsplit(proxy if "//" in proxy else f"http://{proxy}")
    headers = None
    if parts.username:
        login = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        headers = make_headers(proxy_basic_auth=login)
    address = urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], "", "", ""))
    try:
        return ProxyManager(address, proxy_headers=headers, maxsize=8, ca_certs=trust)
    except (HTTPError, ValueError) as error:
        raise SourceError(
            f"the proxy {address} cannot be used: {error}", hint="lfsmake knows http and https proxies"
        ) from error


def _proxy(url: str, given: str) -> str:
    """`given`, or what http_proxy, https_proxy, all_proxy and no_proxy say."""
    if given:
        return given
    from urllib.request import getproxies, proxy_bypass

    parts = urlsplit(url)
    proxies = getproxies()
    if proxy_bypass(parts.netloc.rpartition("@")[2]):
        return ""
    return proxies.get(parts.scheme) or proxies.get("all", "")


def pieces(response: BaseHTTPResponse) -> Iterator[bytes]:
    """What the server sends, as it comes and as it is: nothing is decoded, so a .tar.gz stays one."""
    from urllib3.exceptions import HTTPError

    while True:
        try:
            piece = response.read1(_PIECE, decode_content=False)
        except (HTTPError, OSError) as error:
            raise PassingError(_reason(error)) from error
        if not piece:
            return
        yield piece


def unreachable(url: str, seconds: float) -> str:
    """Why the server of `url` does not answer within `seconds`, or "" if it answers anything at all."""
    from urllib3 import Timeout
    from urllib3.exceptions import HTTPError

    try:
        response = _manager(_proxy(url, ""), "").request(
            "HEAD", url, timeout=Timeout(connect=seconds, read=seconds), retries=False, redirect=False
        )
        response.release_conn()
    except (HTTPError, OSError) as error:
        return _reason(error)
    return ""


def shown(url: str) -> str:
    """The URL without the password it may carry; one that cannot be taken apart as it is."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    if "@" not in parts.netloc:
        return url
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def _retry_after(response: BaseHTTPResponse) -> float:
    value = response.headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    when = email.utils.parsedate_tz(value) if value else None
    return max(email.utils.mktime_tz(when) - time.time(), 0.0) if when else 0.0


def _is_final(error: Exception) -> bool:
    """Whether another try would meet the same: a bad URL, an untrusted certificate, an unknown name."""
    from urllib3.exceptions import LocationValueError, NameResolutionError, ProxyError, SSLError

    if isinstance(error, ProxyError) and isinstance(error.original_error, Exception):
        return _is_final(error.original_error)
    if isinstance(error, NameResolutionError):
        return getattr(error.__cause__, "errno", 0) != socket.EAI_AGAIN
    return isinstance(error, LocationValueError | SSLError) and "EOF occurred" not in str(error)


def _reason(error: Exception) -> str:
    """One line for people."""
    from http.client import IncompleteRead

    from urllib3 import exceptions as known

    if isinstance(error, known.ProxyError):
        return f"the proxy: {_reason(error.original_error)}"
    if isinstance(error, known.NameResolutionError):
        return "the server's name cannot be resolved"
    if isinstance(error, known.NewConnectionError):
        return str(getattr(error.__cause__, "strerror", "") or "no connection").lower()
    if isinstance(error, known.ConnectTimeoutError):
        return "no connection in time"
    if isinstance(error, known.ReadTimeoutError):
        return "no byte came in time"
    if isinstance(error, known.SSLError):
        return f"the server's certificate cannot be verified: {error}"
    if isinstance(error, known.ProtocolError):
        cause = error.args[1] if len(error.args) > 1 else error
        early = isinstance(cause, known.IncompleteRead | IncompleteRead)
        return "the connection ended too early" if early else f"the connection broke: {cause}"
    return str(error) or type(error).__name__
