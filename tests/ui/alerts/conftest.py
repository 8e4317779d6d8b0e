"""Receivers of this machine's own: servers of HTTP and SMTP that keep what they get, and misbehave on demand."""

import json
import socket
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from queue import SimpleQueue

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP

sys.path.insert(0, str(Path(__file__).parents[1]))


class Web:
    """A webhook. `status` is what it answers; `got` what it was sent, as (path, JSON)."""

    def __init__(self) -> None:
        self.status = 200
        self.got: SimpleQueue[tuple[str, dict[str, str]]] = SimpleQueue()
        web = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                data = json.loads(self.rfile.read(int(self.headers["content-length"])))
                web.got.put((self.path, data))  # before the answer: who has it looks here
                self.send_response(web.status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever)
        self.thread.start()

    @property
    def url(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}"

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


@pytest.fixture
def web() -> Iterator[Web]:
    made = Web()
    yield made
    made.close()


class Stall:
    """A receiver that accepts connections and never says a word. `met` is set when somebody came."""

    def __init__(self) -> None:
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        self.met = threading.Event()
        self.held: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                self.held.append(self.socket.accept()[0])
            except OSError:
                return
            self.met.set()

    def close(self) -> None:
        self.socket.shutdown(socket.SHUT_RDWR)
        for each in (self.socket, *self.held):
            each.close()


@pytest.fixture
def stall() -> Iterator[Stall]:
    made = Stall()
    yield made
    made.close()


@pytest.fixture
def closed_port() -> int:
    """A port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


class Mailbox:
    """Keeps what is mailed to it."""

    def __init__(self) -> None:
        self.got: SimpleQueue[bytes] = SimpleQueue()

    async def handle_DATA(self, server: object, session: object, envelope) -> str:  # noqa: N802 - aiosmtpd's name
        self.got.put(envelope.content)
        return "250 kept"


class _Quiet(Controller):
    """Does not wait for the host's own name, which may take a resolver's whole patience."""

    def factory(self) -> SMTP:
        return SMTP(self.handler, hostname="mail.test", enable_SMTPUTF8=True)


@pytest.fixture
def mail(closed_port: int) -> Iterator[tuple[int, Mailbox]]:
    """(port, mailbox) of a server without TLS and without passwords."""
    box = Mailbox()
    controller = _Quiet(box, hostname="127.0.0.1", port=closed_port)
    controller.start()
    yield closed_port, box
    controller.stop()
