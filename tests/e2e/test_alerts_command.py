"""`lfsmake alerts`, and builds that tell somebody: checked first, sent at the end, cut short by Ctrl-C."""

import json
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from queue import SimpleQueue

import pytest

pytestmark = pytest.mark.slow

PATIENCE = 60.0  # seconds: only a test that fails waits so long

FAILS = """\
script broken {
    context host
    install:
        echo "foo.c:1:1: error: it is broken"
        false
}
"""


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch) -> None:
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def hook() -> Iterator[tuple[int, "SimpleQueue[dict[str, str]]"]]:
    """(port, messages) of a webhook."""
    got: SimpleQueue[dict[str, str]] = SimpleQueue()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = json.loads(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()
            got.put(data)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port, got
    server.shutdown()
    server.server_close()
    thread.join()


def configure(project, text: str) -> None:
    project.config.write_text(project.config.read_text() + text)


def test_without_receivers_there_is_nothing_to_list(project, run):
    result = run("alerts", "list")
    assert (result.code, result.out) == (2, "")
    assert result.err == (
        f"lfsmake: error: {project.config} names no receiver of alerts\n"
        'expected: a table such as [alerts.to.mail] with url = "mailtos://…" in lfsmake.toml\n'
        "hint: docs/alerts.md shows how\n"
    )


def test_receivers_are_listed_without_their_secrets(project, run, monkeypatch):
    monkeypatch.setenv("TOKEN", "s3cret")
    configure(
        project,
        '[alerts.to.hook]\nurl = "json://example.org/${TOKEN}/literal"\non = ["end", "slow"]\n'
        '[alerts.to.mail]\nurl = "json://example.org/${UNSET}"\n',
    )
    result = run("alerts", "list")
    assert (result.code, result.out) == (
        3,
        "hook  json://…        end, slow\nmail  json://…        failure, fixed, end\n",
    )
    assert result.err == (
        "lfsmake.toml:7:7: error: receiver mail: the variable UNSET is not set\n"
        '  url = "json://********************"\n'
        "        ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^\n"
        "hint: set it, or LFSMAKE_ALERTS=off for a build that tells nobody\n"
    )
    shape = json.loads(run("alerts", "list", "--json").out)
    assert shape == {
        "version": 1,
        "receivers": [
            {"name": "hook", "to": "json://…", "on": ["end", "slow"], "problem": ""},
            {
                "name": "mail",
                "to": "json://…",
                "on": ["failure", "fixed", "end"],
                "problem": "receiver mail: the variable UNSET is not set",
            },
        ],
    }


def test_a_test_message_says_how_it_went(project, run, hook):
    port, got = hook
    configure(project, f'[alerts.to.well]\nurl = "json://127.0.0.1:{port}/?rto=60"\n')
    configure(project, '[alerts.to.no]\nurl = "jsno://s3cret"\n')
    result = run("alerts", "test")
    assert result.code == 3
    lines = sorted(result.out.splitlines())
    assert lines[0] == "no: could not be sent: apprise knows no jsno://; perhaps json:// is meant"
    assert lines[1].startswith("well: sent in ")
    assert got.get(timeout=PATIENCE)["title"].startswith("lfsmake: a test message to well on ")
    assert "s3cret" not in result.out + result.err


def test_a_receiver_that_there_is_not(project, run):
    configure(project, '[alerts.to.mail]\nurl = "json://example.org"\n')
    result = run("alerts", "test", "mial")
    assert (result.code, result.out) == (2, "")
    assert result.err == 'lfsmake: error: there is no receiver "mial"\nexpected: mail\nhint: did you mean "mail"?\n'


def test_a_receiver_that_cannot_be_told_is_an_error_before_the_build(project, run):
    configure(project, '[alerts.to.mail]\nurl = "json://example.org/${UNSET}"\n')
    result = run("hello")
    assert (result.code, result.out) == (3, "")
    assert "receiver mail: the variable UNSET is not set" in result.err


def test_the_environment_can_switch_alerts_off(project, run, monkeypatch):
    configure(project, '[alerts.to.mail]\nurl = "json://example.org/${UNSET}"\n')
    monkeypatch.setenv("LFSMAKE_ALERTS", "off")
    assert run("hello").code == 0
    monkeypatch.setenv("LFSMAKE_ALERTS", "of")
    result = run("world")
    assert (result.code, result.err) == (
        2,
        'lfsmake: error: LFSMAKE_ALERTS cannot be "of"\nexpected: on or off\nhint: LFSMAKE_ALERTS=off lfsmake …\n',
    )


def test_a_build_tells_of_its_failure_and_then_that_it_is_fixed(project, spawn, hook):
    port, got = hook
    configure(
        project,
        f'[alerts]\nwait = 60\n[alerts.to.hook]\nurl = "json://127.0.0.1:{port}/s3cret?rto=60"\n'
        'on = ["first-failure", "fixed"]\n',
    )
    recipe = project.recipes / "broken.lfs"
    recipe.write_text(FAILS)
    failed = spawn("broken")
    assert failed.returncode == 1
    message = got.get(timeout=PATIENCE)
    assert message["title"].startswith("lfsmake: broken failed in install on ")
    assert "foo.c:1:1: error: it is broken" in message["message"]
    assert "recipe   recipes/broken.lfs:5" in message["message"]
    assert "lfsmake log broken" in message["message"]
    recipe.write_text(FAILS.replace("false", "true"))
    fixed = spawn("broken")
    assert fixed.returncode == 0, fixed.stderr
    assert got.get(timeout=PATIENCE)["title"].startswith("lfsmake: broken is fixed after ")
    assert spawn("--rebuild", "broken", "broken").returncode == 0
    assert got.empty(), "it was well before"
    assert "s3cret" not in failed.stdout + failed.stderr + fixed.stdout + fixed.stderr


def test_ctrl_c_ends_the_wait_for_a_receiver_and_not_what_the_run_gave(project):
    with socket.create_server(("127.0.0.1", 0)) as stalls:
        port = stalls.getsockname()[1]
        configure(
            project,
            f'[alerts]\nwait = 600\n[alerts.to.slow]\nurl = "json://127.0.0.1:{port}/s3cret?rto=900"\non = ["end"]\n',
        )
        words = [sys.executable, "-m", "lfsmake", "hello"]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        connection, _ = stalls.accept()  # the message is on its way, and the run is over
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=PATIENCE)
        connection.close()
    assert process.returncode == 0, err
    assert "slow: warning" not in out
    assert err.endswith("lfsmake: warning: an alert to slow could not be sent in time\n")
    assert "s3cret" not in out + err


def test_no_secret_is_in_the_folder_of_the_runs(project, spawn, monkeypatch):
    monkeypatch.setenv("TOKEN", "s3cret-token")
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    text = f'[alerts]\nwait = 60\n[alerts.to.dead]\nurl = "json://127.0.0.1:{port}/${{TOKEN}}/literal-s3cret"\n'
    configure(project, text)
    done = spawn("hello")
    assert done.returncode == 0
    assert "an alert to dead could not be sent: " in done.stderr
    assert "connection refused" in done.stderr
    for folder in (project.folder / ".lfsmake", project.folder.parent / "cache"):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                assert b"s3cret" not in path.read_bytes(), path
