"""The dashboard on a socket: where it listens, what it prints of itself, how it ends. Knows no routes."""

import secrets
import signal
import socket
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from lfsmake.model.errors import HostError, UsageError

_PORT = 8790  # the first that is tried; nobody's by the list of services
_TRIES = 20
_FORGET = 30_000  # milliseconds after which a browser that takes nothing counts as gone


class Address(Struct, frozen=True):
    """Where the dashboard is. `token` is "" if none is needed."""

    host: str
    port: int
    token: str = ""

    @property
    def url(self) -> str:
        """What to open in a browser."""
        host = {"0.0.0.0": socket.gethostname(), "::": socket.gethostname()}.get(self.host, self.host)  # noqa: S104
        shown = f"[{host}]" if ":" in host else host
        return f"http://{shown}:{self.port}/" + (f"?token={self.token}" if self.token else "")


def check_installed() -> None:
    """HostError if the libraries of the extra are not there."""
    try:
        import starlette  # noqa: F401
        import uvicorn  # noqa: F401
    except ImportError as error:
        raise HostError(
            f"the dashboard needs {error.name}, which is not installed",
            expected="the extra `dash`",
            hint="pip install 'lfsmake[dash]'",
        ) from error


def listen(host: str, port: int | None) -> socket.socket:
    """A socket that listens. Without a port the first free one is taken. Raises UsageError and HostError."""
    try:
        family, _, _, _, place = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[0]
    except (socket.gaierror, UnicodeError) as error:
        raise UsageError(
            f'--host: "{host}" is no address of this machine', hint="127.0.0.1 for this machine, 0.0.0.0 for all"
        ) from error
    ports = [port] if port is not None else [*range(_PORT, _PORT + _TRIES), 0]
    for candidate in ports:
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)  # what is accepted inherits both
        found.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, _FORGET)
        try:
            found.bind((place[0], candidate, *place[2:]))
            found.listen(128)
        except OSError as error:
            found.close()
            if candidate != ports[-1]:
                continue
            reason = error.strerror.lower() if error.strerror else str(error)
            raise HostError(
                f"cannot listen on {host} port {candidate}: {reason}",
                hint="leave --port out: the first free one is taken" if port is not None else "choose one with --port",
            ) from error
        return found
    raise AssertionError("the last candidate returned or raised")


def serve(
    runs: str, project: str, *, store: str, host: str, port: int | None, token: bool,
    ready: Callable[[Address], None],
) -> None:  # fmt: skip
    """Serves until Ctrl-C or a polite kill. `ready` is told the address once it can be opened.

    `store`: the one that a command without --store has. `token`: also where only this machine reaches it.
    Raises LfsmakeError.
    """
    check_installed()
    from lfsmake.ui.dash.guard import Guard, is_loopback

    secret = "" if is_loopback(host) and not token else secrets.token_urlsafe(24)
    listening = listen(host, port)
    address = Address(host, listening.getsockname()[1], secret)
    try:
        from lfsmake.ui.dash.app import Dashboard
        from lfsmake.ui.dash.board import Board

        dashboard = Dashboard(Board(runs, store), project=project, boot=secrets.token_hex(4))
        guard = Guard(dashboard.app(), host=host, token=secret, cookie=f"lfsmake-dash-{address.port}")
        _run(guard, listening, lambda: ready(address), dashboard.closing.set)
    finally:
        listening.close()


def _run(app: Any, listening: socket.socket, ready: Callable[[], None], closing: Callable[[], None]) -> None:
    import uvicorn

    class Server(uvicorn.Server):
        """Tells when it can be opened, and ends streams before it waits for them."""

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            ready()

        async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
            closing()
            await super().shutdown(sockets)

    config = uvicorn.Config(
        app,
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=1,
        timeout_keep_alive=30,
        h11_max_incomplete_event_size=16384,
    )
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        Server(config).run(sockets=[listening])
    except KeyboardInterrupt:  # uvicorn raises the signal that ended it once more
        return
    finally:
        signal.signal(signal.SIGTERM, before)
