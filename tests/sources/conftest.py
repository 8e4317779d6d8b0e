"""A web server of the tests' own that can misbehave in every way we know, and what most tests here start from."""

import contextlib
import hashlib
import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from lfsmake.model.errors import Span
from lfsmake.model.events import Event
from lfsmake.model.step import Digest, Origin, Resource
from lfsmake.sources.choose import Known
from lfsmake.sources.fetch import ensure
from lfsmake.sources.lock import LockFile
from lfsmake.sources.transfer import Patience, Transfer
from lfsmake.store.store import Store

QUICK = Patience(connect=10, stall=10, tries=3, pause=0.01, longest_pause=0.05, probe=10)
Answer = Callable[["Request"], None]


class Request(BaseHTTPRequestHandler):
    """One request, with the words the tests' answers are written in."""

    protocol_version = "HTTP/1.1"
    server: "Server"

    def do_GET(self) -> None:
        headers = {name.title(): value for name, value in self.headers.items()}
        self.server.site.seen.append((self.command, self.path, headers))
        answer = self.server.site.answers.get(self.path)
        with contextlib.suppress(ConnectionError):
            if answer is None:
                self.reply(404, b"no such file")
            else:
                answer(self)

    do_HEAD = do_GET  # noqa: N815 - the parent's name

    def reply(self, status: int, body: bytes = b"", *, announce: int | None = None, **headers: str) -> None:
        """Sends an answer; `announce` is the Content-Length, the body's own by default, none if negative."""
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        length = len(body) if announce is None else announce
        if length >= 0:
            self.send_header("Content-Length", str(length))
        if length != len(body):
            self.send_header("Connection", "close")
            self.close_connection = True
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(body)

    def whole_or_range(self, body: bytes, **headers: str) -> None:
        """Answers a range request as a good server does, If-Range included."""
        start = self.range_start()
        condition = self.headers.get("If-Range")
        if start is None or (condition and condition not in headers.values()):
            self.reply(200, body, **headers)
        elif start >= len(body):
            self.reply(416, b"", Content_Range=f"bytes */{len(body)}")
        else:
            span = f"bytes {start}-{len(body) - 1}/{len(body)}"
            self.reply(206, body[start:], Content_Range=span, **headers)

    def range_start(self) -> int | None:
        given = self.headers.get("Range")
        return int(given.removeprefix("bytes=").removesuffix("-")) if given else None

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Silent."""


class Server(ThreadingHTTPServer):
    daemon_threads = True
    site: "Site"

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up is part of the tests."""


class Site:
    """Paths and how they answer; what was asked."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.answers: dict[str, Answer] = {}
        self.seen: list[tuple[str, str, dict[str, str]]] = []
        self.closing = threading.Event()

    def put(self, path: str, answer: bytes | Answer) -> str:
        """Has `path` answered by a function, or by a file with ranges; gives its URL."""
        if isinstance(answer, bytes):
            body = answer
            self.answers[path] = lambda request: request.whole_or_range(body, ETag='"one"')
        else:
            self.answers[path] = answer
        return self.url + path

    def gets(self, path: str) -> list[dict[str, str]]:
        """The headers of each GET of `path`."""
        return [headers for method, asked, headers in self.seen if (method, asked) == ("GET", path)]


@pytest.fixture
def site() -> Iterator[Site]:
    """A web server on the loopback device."""
    server = Server(("127.0.0.1", 0), Request)
    server.site = Site(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server.site
    server.site.closing.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """The loopback device is never behind the proxy of the machine the tests run on."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


class Bench:
    """A store, a lock file and the events of what was fetched with them."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store.open(folder / "store")
        self.lock = LockFile.load(folder / "sources.lock")
        self.events: list[Event] = []
        self.stopped = False

    def ensure(self, resource: Resource, policy: str = "auto", patience: Patience = QUICK) -> Known:
        return ensure(
            resource,
            self.store,
            self.lock,
            policy,
            emit=self.events.append,
            cancelled=lambda: self.stopped,
            patience=patience,
        )

    def notes(self) -> list[str]:
        return [getattr(event, "text", "") for event in self.events if hasattr(event, "level")]

    def reload(self) -> None:
        self.lock = LockFile.load(self.folder / "sources.lock")


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """An empty store and no lock file."""
    made = Bench(tmp_path)
    yield made
    made.store.close()


class Things:
    """Makers of resources and the like, as a fixture because test modules cannot import each other."""

    quick = QUICK

    @staticmethod
    def sha256(content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()

    @staticmethod
    def span(line: int = 1) -> Span:
        return Span("base.lfs", line, 3)

    @classmethod
    def origin(cls, url: str, line: int = 1, **digests: str) -> Origin:
        """`signed=""` is the recipe's word "signed"."""
        return Origin(url, tuple(Digest(name, value) for name, value in digests.items()), cls.span(line))

    @classmethod
    def resource(cls, *origins: Origin, filename: str = "thing-1.tar.xz") -> Resource:
        return Resource("thing", "1", filename, origins, cls.span())

    @classmethod
    def simple(cls, url: str, content: bytes, filename: str = "thing-1.tar.xz") -> Resource:
        return cls.resource(cls.origin(url, sha256=cls.sha256(content)), filename=filename)

    @staticmethod
    def transfer(events: list[Event] | None = None, patience: Patience = QUICK) -> Transfer:
        sink: list[Event] = [] if events is None else events
        return Transfer("thing-1.tar.xz", sink.append, lambda: False, patience)


@pytest.fixture
def things() -> Things:
    return Things()


@pytest.fixture
def unused_url() -> str:
    """A URL on the loopback device at which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}/f"
