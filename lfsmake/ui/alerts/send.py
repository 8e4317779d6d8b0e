"""Hands messages over: to the desktop through notify-send, to all else through apprise in a process of its own.

Knows no events. A process that does not end in time is ended.
"""

import contextlib
import html
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path

from lfsmake.ui.alerts.address import Address
from lfsmake.ui.alerts.message import Alert

LIMIT = 40.0  # seconds that sending one message may take
_COURIER = Path(__file__).with_name("courier.py")
_NOTIFY = "notify-send"


class Sender:
    """Sends to one address. May be called by one thread, and cancelled from any."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._process: subprocess.Popen[bytes] | None = None
        self._cancelled = False
        self._lock = threading.Lock()

    def __call__(self, alert: Alert) -> str:
        """Why the alert could not be sent, with nothing secret in it; "" if it was."""
        if self._address.desktop:
            return self._to_desktop(alert)
        asked = {"url": self._address.url, "subject": alert.subject, "body": alert.body, "type": alert.tone}
        return self._address.redacted(self._ask(asked)[0])

    def cancel(self) -> None:
        """What is being sent is given up, and nothing more is sent."""
        with self._lock:
            self._cancelled = True
            if self._process is not None:
                _end(self._process)

    def _to_desktop(self, alert: Alert) -> str:
        urgency = "critical" if alert.tone == "failure" else "normal"
        body = html.escape("\n".join(alert.body.split("\n")[2:7]), quote=False)
        words = [_NOTIFY, f"--urgency={urgency}", "--app-name=lfsmake", "--", alert.subject, body]
        done = self._run(words, b"", seconds=10.0)
        if isinstance(done, str):
            return done
        code, _, errors = done
        return "" if code == 0 else _last_line(errors) or f"{_NOTIFY} ended with status {code}"

    def _ask(self, asked: Mapping[str, object]) -> list[str]:
        done = self._run(_courier(), _encoded(asked), seconds=LIMIT)
        return [done] if isinstance(done, str) else _why(done[1], done[2])

    def _run(self, words: Sequence[str], given: bytes, *, seconds: float) -> tuple[int, bytes, bytes] | str:
        """(exit status, output, errors) of a program, or why there are none."""
        with self._lock:
            if self._cancelled:
                return "given up"
            try:
                process = self._process = _start(words)
            except OSError as error:
                return f"cannot run {words[0]}: {error.strerror}"
        try:
            out, errors = process.communicate(given, timeout=seconds)
        except subprocess.TimeoutExpired:
            _end(process)
            process.communicate()
            return f"no answer in {seconds:.0f} seconds"
        finally:
            with self._lock:
                self._process = None
        return process.returncode, out, errors


def check_all(addresses: Sequence[Address]) -> list[str]:
    """Why messages could not be sent to each address, as far as can be told without sending one; "" if they could."""
    if not addresses:
        return []
    sender = Sender(addresses[0])
    answers = sender._ask({"check": [address.url for address in addresses]})
    if len(answers) != len(addresses):
        answers = [answers[0]] * len(addresses)
    return [address.redacted(why) for address, why in zip(addresses, answers, strict=True)]


def lacks(address: Address) -> tuple[str, str]:
    """(what this machine lacks for an address, how to get it), both "" if nothing is known to be missing."""
    if address.desktop:
        if shutil.which(_NOTIFY) is None:
            return f"there is no {_NOTIFY}", "install it (Debian: libnotify-bin)"
    elif apprise_place() is None:
        return "apprise is not installed", "pip install 'lfsmake[alerts]'"
    return "", ""


def apprise_place() -> str | None:
    """The file of the library, without loading it; None if it is not installed."""
    from importlib.util import find_spec

    found = find_spec("apprise")
    return found.origin if found is not None else None


def _courier() -> list[str]:
    return [sys.executable, "-P", str(_COURIER)]


def _encoded(asked: Mapping[str, object]) -> bytes:
    import msgspec

    return msgspec.json.encode(asked)


def _why(out: bytes, errors: bytes) -> list[str]:
    import msgspec

    try:
        why = msgspec.json.decode(out, type=dict[str, list[str]])["why"]
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, KeyError):
        why = []
    return why or [_last_line(errors) or "apprise gave no answer"]


def _start(words: Sequence[str]) -> "subprocess.Popen[bytes]":
    environment = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MFLAGS")}
    # A session of its own: Ctrl-C is for lfsmake, which decides what becomes of a message.
    return subprocess.Popen(
        words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, cwd="/",
        start_new_session=True,
    )  # fmt: skip


def _end(process: "subprocess.Popen[bytes]") -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def _last_line(errors: bytes) -> str:
    lines = errors.decode("utf-8", "replace").split("\n")
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
