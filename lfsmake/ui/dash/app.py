"""The routes of the dashboard: its page, JSON, the stream of changes, logs, metrics. Knows no sockets.

Every route reads. What blocks (files, long histories) runs in threads; the stream waits for its reader before it looks
for more, so that a slow browser costs one message and no queue.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from importlib.resources import files
from typing import Any

import msgspec
from anyio import to_thread
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from lfsmake import __version__
from lfsmake.ui.dash.board import Board, Followed
from lfsmake.ui.dash.follow import why
from lfsmake.ui.dash.logs import is_log_of, read_part
from lfsmake.ui.dash.picture import DASH_VERSION
from lfsmake.ui.history import History

STREAMS = 32  # open streams at a time
_LOOK = 0.4  # seconds between two looks of a stream at its run
_QUIET = 10.0  # seconds after which a stream says that it is alive
_RETRY = 1500  # milliseconds after which a browser comes back
_TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Dashboard:
    """The application of one project's runs. `boot` tells one start of the server from another."""

    def __init__(self, board: Board, *, project: str, boot: str) -> None:
        self.board = board
        self.project = project
        self.boot = boot
        self.closing = asyncio.Event()
        self.streams = 0
        folder = files("lfsmake.ui.dash") / "static"
        self._pages = {entry.name: entry.read_bytes() for entry in folder.iterdir() if entry.is_file()}

    def app(self) -> Starlette:
        """The ASGI application."""
        routes = [
            Route("/", self.page),
            Route("/static/{name}", self.page),
            Route("/api/about", _answering(self.about)),
            Route("/api/runs", _answering(self.runs)),
            Route("/api/run", _answering(self.run)),
            Route("/api/record", _answering(self.record)),
            Route("/api/graph", _answering(self.graph)),
            Route("/api/step", _answering(self.step)),
            Route("/api/log", _answering(self.log)),
            Route("/api/events", self.events),
            Route("/metrics", self.metrics),
        ]
        return Starlette(
            routes=routes,
            middleware=[Middleware(GZipMiddleware, minimum_size=2000, compresslevel=3)],
            exception_handlers={404: _not_found, Exception: _bug},
        )

    async def page(self, request: Request) -> Response:
        """A file of the page."""
        name = request.path_params.get("name", "index.html")
        content = self._pages.get(name)
        if content is None:
            return _problem(404, f"there is no {name}")
        kind = _TYPES.get(name[name.rfind(".") :], "application/octet-stream")
        return Response(content, media_type=kind)

    def about(self, request: Request) -> Any:
        """What this dashboard shows."""
        return {"version": DASH_VERSION, "lfsmake": __version__, "project": self.project, "boot": self.boot}

    def runs(self, request: Request) -> Any:
        """The runs, newest first."""
        return {"version": DASH_VERSION, "newest": self.board.newest(), "runs": self.board.list()}

    def run(self, request: Request) -> Any:
        """Everything that the page shows of a run."""
        return self._followed(request).changes()

    def record(self, request: Request) -> Any:
        """The run in the form of `lfsmake report --json`."""
        return self._followed(request).record()

    def graph(self, request: Request) -> Any:
        """The places of the steps in the picture."""
        return self._followed(request).layout()

    def step(self, request: Request) -> Any:
        """Everything known of a step."""
        name = request.query_params.get("step", "")
        found = self._followed(request).step(name)
        if found is None:
            raise _Lost(404, f'the run has no step "{name}"')
        return found

    def log(self, request: Request) -> Any:
        """A part of a step's log."""
        name = request.query_params.get("step", "")
        followed = self._followed(request)
        path = followed.log_path(name)
        if not path:
            raise _Lost(404, f"{name} has no log in this run")
        if not is_log_of(path, followed.run):
            raise _Lost(404, f"what the events name is no log of this run: {path}")
        try:
            return read_part(path, start=_number(request, "from"), before=_number(request, "before"))
        except OSError as error:
            raise _Lost(404, f"the log cannot be read: {why(error)}: {path}") from error

    def _followed(self, request: Request) -> Followed:
        name = request.query_params.get("run", "latest")
        found = self.board.follow(name)
        if found is None:
            raise _Lost(404, "no run is kept here" if name == "latest" else f"there is no run {name}")
        return found

    async def metrics(self, request: Request) -> Response:
        """The newest run, for Prometheus."""
        from lfsmake.ui.prometheus import CONTENT_TYPE

        return Response(await to_thread.run_sync(self._metrics), headers={"content-type": CONTENT_TYPE})

    def _metrics(self) -> str:
        from lfsmake.ui.prometheus import metrics_text

        found = self.board.follow("latest")
        return found.metrics() if found is not None else metrics_text(History(), live=False)

    async def events(self, request: Request) -> Response:
        """The stream of a run's changes, from `since` on, or from the Last-Event-ID of a browser that comes back."""
        if self.streams >= STREAMS:
            return _problem(503, f"{STREAMS} pages are open already; close one")
        run = request.query_params.get("run", "latest")
        mark = request.headers.get("last-event-id") or request.query_params.get("since", "")
        stream = self._stream(run, mark)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"x-accel-buffering": "no"})

    async def _stream(self, name: str, mark: str) -> AsyncIterator[bytes]:
        self.streams += 1
        try:
            yield b"retry: %d\n\n" % _RETRY
            boot, _, rest = mark.partition("/")
            run, _, since = rest.partition("/")
            seen = int(since) if boot == self.boot and since.isdigit() else 0
            listed, shown, quiet = "", None, _QUIET
            while not self.closing.is_set():
                followed = await to_thread.run_sync(self.board.follow, name)
                if followed is None and run:  # it was removed: what was read of it stays
                    followed = await to_thread.run_sync(self.board.follow, run)
                state = await to_thread.run_sync(self._signature)
                if followed is not None and followed.run != run:
                    run, seen = followed.run, 0
                head = (followed.run, followed.revision, followed.problem) if followed is not None else None
                if head != shown or state != listed or quiet >= _QUIET:
                    message = b'{"none":true}'
                    if followed is not None and (seen != followed.revision or shown is None or head != shown):
                        found = await to_thread.run_sync(followed.changes, seen)
                        seen = found.revision
                        message = msgspec.json.encode(found)
                    elif followed is not None:
                        message = b'{"alive":true}'
                    where = f"{self.boot}/{run}/{seen}"
                    yield b"id: %s\nevent: changes\ndata: %s\n\n" % (where.encode(), message)
                    if state != listed:
                        yield b"event: runs\ndata: %s\n\n" % msgspec.json.encode(state)
                    shown, listed, quiet = head, state, 0.0
                quiet += _LOOK
                await self._pause()
        finally:
            self.streams -= 1

    async def _pause(self) -> None:
        try:
            await asyncio.wait_for(self.closing.wait(), _LOOK)
        except TimeoutError:
            return

    def _signature(self) -> str:
        """Changes whenever the list of runs does."""
        return " ".join(f"{head.run}:{head.state}" for head in self.board.list())


class _Lost(Exception):  # noqa: N818 - an answer, not a failure of ours
    """What was asked for is not there."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def _answering(question: Callable[[Request], Any]) -> Callable[[Request], Awaitable[Response]]:
    """A route that asks in a thread, and answers with JSON."""

    def ask(request: Request) -> bytes:
        return msgspec.json.encode(question(request))

    async def answer(request: Request) -> Response:
        try:
            body = await to_thread.run_sync(partial(ask, request))
        except _Lost as lost:
            return _problem(lost.status, str(lost))
        return Response(body, media_type="application/json")

    return answer


def _number(request: Request, name: str) -> int | None:
    text = request.query_params.get(name, "")
    return int(text[:18]) if text.isascii() and text.isdigit() else None


def _problem(status: int, message: str) -> Response:
    return Response(msgspec.json.encode({"error": message}), status, media_type="application/json")


async def _not_found(request: Request, error: Exception) -> Response:
    return _problem(404, f"there is no {request.url.path}")


async def _bug(request: Request, error: Exception) -> Response:
    sys.stderr.write(f"lfsmake: warning: this is a bug in the dashboard: {type(error).__name__}: {error}\n")
    return _problem(500, f"this is a bug in lfsmake: {type(error).__name__}: {error}")
