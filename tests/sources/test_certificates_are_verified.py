"""https: certificates are checked, and nothing leads from https to http."""

import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from lfsmake.model.errors import SourceError
from lfsmake.sources import http
from lfsmake.sources.request import Route, unreachable

pytestmark = pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl to make a certificate")


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path == "/down":
            self.send_response(302)
            self.send_header("Location", "http://127.0.0.1:9/f")
            self.end_headers()
        else:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"over TLS")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Silent."""


class Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that refuses our certificate is part of the tests."""


@pytest.fixture(scope="module")
def secure(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The URL of a server and the file with the certificate it shows, which nobody else has signed."""
    folder = tmp_path_factory.mktemp("tls")
    key, certificate = folder / "key.pem", folder / "cert.pem"
    make = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost"
    command = [*make.split(), "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = Quiet(("127.0.0.1", 0), Handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://127.0.0.1:{server.server_address[1]}", certificate
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_trusted_certificate_is_accepted(secure: Any, things: Any, tmp_path: Path) -> None:
    url, certificate = secure
    http.download(f"{url}/f", tmp_path / "f", things.transfer(), route=Route(certificates=str(certificate)))
    assert (tmp_path / "f").read_bytes() == b"over TLS"


def test_an_unknown_certificate_is_refused(secure: Any, things: Any, tmp_path: Path) -> None:
    url, _ = secure
    with pytest.raises(SourceError) as caught:
        http.download(f"{url}/f", tmp_path / "f", things.transfer())
    assert str(caught.value).startswith(f"{url}/f: the server's certificate cannot be verified: ")
    assert not (tmp_path / "f").exists()
    assert "certificate cannot be verified" in unreachable(f"{url}/f", 5)


def test_a_redirect_from_https_to_http_is_refused(secure: Any, things: Any, tmp_path: Path) -> None:
    url, certificate = secure
    route = Route(certificates=str(certificate))
    with pytest.raises(SourceError) as caught:
        http.download(f"{url}/down", tmp_path / "f", things.transfer(), route=route)
    assert str(caught.value) == (
        f"{url}/down: the server redirects from https to http://127.0.0.1:9/f, which is not safe"
    )
