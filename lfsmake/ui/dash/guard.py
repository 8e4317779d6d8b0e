"""Who may see the dashboard: names of this machine only, a token where others can reach it. Knows HTTP, no runs."""

import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import parse_qsl, urlencode

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",  # the token may be in the address
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
_UNKNOWN = (
    "This dashboard wants its token: open the address that `lfsmake dash` printed when it started.\n"
    "It ends in ?token=… and is needed once per browser.\n"
)


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach a server that listens there."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


class Guard:
    """Passes on the requests that may be answered, and puts the headers on every answer.

    A page of another origin cannot read answers (no CORS) and cannot make itself this origin by DNS either: a name
    that is not this machine's is refused. Addresses are allowed, since no name server can forge those.
    """

    def __init__(self, app: App, *, host: str, token: str = "", cookie: str = "lfsmake-dash") -> None:
        self._app = app
        self._token = token
        self._cookie = cookie
        self._names = {"localhost", host.lower(), socket.gethostname().lower(), socket.getfqdn().lower()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def guarded(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                pairs = [(name.encode(), value.encode()) for name, value in HEADERS.items()]
                given = {name.lower() for name, _ in message["headers"]}
                more = [] if b"cache-control" in given else [(b"cache-control", b"no-store")]
                message = {**message, "headers": [*message["headers"], *pairs, *more]}
            await send(message)

        headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if not self._knows(headers.get("host", "")):
            await _answer(guarded, 421, "This is not the name of this machine: use its address or localhost.\n")
        elif scope["method"] not in ("GET", "HEAD"):
            await _answer(guarded, 405, "The dashboard only shows.\n", [(b"allow", b"GET, HEAD")])
        elif self._token and not self._right(_cookie(headers.get("cookie", ""), self._cookie)):
            await self._ask(scope, guarded)
        else:
            await self._app(scope, receive, guarded)

    def _knows(self, host: str) -> bool:
        """Whether a Host header names this machine, whatever its port: it may have been forwarded."""
        name = host.lower()
        if name.startswith("["):
            name = name[1:].partition("]")[0]
        elif name.count(":") <= 1:
            name = name.partition(":")[0]
        if name.rstrip(".") in self._names:
            return True
        try:
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def _right(self, token: str) -> bool:
        return secrets.compare_digest(token.encode(), self._token.encode())

    async def _ask(self, scope: Scope, send: Send) -> None:
        """A request without the cookie: with the token it gets one, and the address without the token."""
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if not self._right(dict(query).get("token", "")):
            await _answer(send, 401, _UNKNOWN)
            return
        rest = urlencode([(name, value) for name, value in query if name != "token"])
        cookie = f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Lax; Max-Age=2592000"
        # Relative, so that no path can send a browser to another host.
        place = "./" + scope["path"].rsplit("/", 1)[-1] + (f"?{rest}" if rest else "")
        await _answer(send, 303, "", [(b"location", place.encode()), (b"set-cookie", cookie.encode())])


def _cookie(header: str, name: str) -> str:
    for part in header.split(";"):
        key, _, value = part.strip().partition("=")
        if key == name:
            return value
    return ""


async def _answer(send: Send, status: int, text: str, headers: list[tuple[bytes, bytes]] | None = None) -> None:
    body = text.encode()
    length = (b"content-length", str(len(body)).encode())
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind, length, *(headers or [])]})
    await send({"type": "http.response.body", "body": body})
