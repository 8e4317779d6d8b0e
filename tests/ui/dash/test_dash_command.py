"""`lfsmake dash` from the command line: what it prints, how it ends, what it says when it cannot."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from streaming import Stream, get

from tests.warm import warm

REPO = Path(__file__).parents[3]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """That of a project in `tmp_path`."""
    (tmp_path / "recipes").mkdir()
    (tmp_path / "recipes" / "a.lfs").write_text("this does not parse")
    (tmp_path / "lfsmake.toml").write_text('recipes = ["recipes"]\n')
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LFSMAKE")}
    return {**kept, "LFSMAKE_CACHE": str(warm(tmp_path / "cache")), "PYTHONPATH": str(REPO)}


@pytest.fixture
def start(tmp_path: Path, environment: dict[str, str]) -> Iterator[object]:
    """`start(*words)`: a dashboard, and the address it printed."""
    made: list[subprocess.Popen[str]] = []

    def begin(*words: str) -> tuple[subprocess.Popen[str], str]:
        child = subprocess.Popen(
            [sys.executable, "-m", "lfsmake", "dash", *words],
            cwd=tmp_path, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        made.append(child)
        assert child.stdout is not None
        first = child.stdout.readline()
        found = re.fullmatch(r"lfsmake: the dashboard is at (http://\S+)\n", first)
        assert found, first
        return child, found[1]

    yield begin
    for child in made:
        child.kill()
        child.communicate()


def run(tmp_path: Path, environment: dict[str, str], *words: str) -> tuple[int, str, str]:
    done = subprocess.run(
        [sys.executable, "-m", "lfsmake", "dash", *words],
        cwd=tmp_path, env=environment, text=True, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM])
def test_it_serves_until_it_is_told_to_end(start, end: signal.Signals) -> None:
    child, url = start()
    port = int(url.rsplit(":", 1)[1].strip("/"))
    stream = Stream(port)
    assert stream.until().data == {"none": True}
    child.send_signal(end)
    assert child.stdout.read() == "lfsmake: Ctrl-C ends it; builds go on\n"
    assert (child.wait(120), child.stderr.read()) == (0, "")
    stream.close()


def test_with_a_token_only_the_printed_address_opens(start) -> None:
    _, url = start("--token", "-q")
    found = re.fullmatch(r"http://127\.0\.0\.1:(\d+)/\?token=([\w-]{32})", url)
    assert found, url
    assert get(int(found[1]), "/")[0] == 401
    assert get(int(found[1]), f"/?token={found[2]}")[0] == 303


def test_a_port_in_use_is_said(tmp_path: Path, environment: dict[str, str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert run(tmp_path, environment, "--port", str(port)) == (
            3,
            "",
            f"lfsmake: error: cannot listen on 127.0.0.1 port {port}: address already in use\n"
            "hint: leave --port out: the first free one is taken\n",
        )


def test_wrong_words_are_said(tmp_path: Path, environment: dict[str, str]) -> None:
    assert run(tmp_path, environment, "--port", "99999") == (
        2,
        "",
        'lfsmake: error: --port needs a number from 1 to 65535, not "99999"\nhint: leave it out: a free one is taken\n',
    )
    assert run(tmp_path, environment, "--host", "no such host") == (
        2,
        "",
        'lfsmake: error: --host: "no such host" is no address of this machine\n'
        "hint: 127.0.0.1 for this machine, 0.0.0.0 for all\n",
    )


def test_without_the_extra_it_says_what_to_install(tmp_path: Path, environment: dict[str, str]) -> None:
    (tmp_path / "starlette.py").write_text("raise ModuleNotFoundError('none', name='starlette')")
    environment["PYTHONPATH"] += f":{tmp_path}"
    assert run(tmp_path, environment) == (
        3,
        "",
        "lfsmake: error: the dashboard needs starlette, which is not installed\n"
        "expected: the extra `dash`\n"
        "hint: pip install 'lfsmake[dash]'\n",
    )
