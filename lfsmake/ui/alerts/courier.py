"""The program that hands one message to apprise: one JSON object on standard input, one on standard output.

Started as a process of its own, for apprise takes a second of processor time and 50 MB to start, and a receiver that
stalls can be given up by ending the process. Knows nothing of lfsmake: it runs with apprise alone.

    {"check": [URL, ...]}                                       → {"why": ["", ...]}
    {"url": URL, "subject": "...", "body": "...", "type": "..."} → {"why": ["..."]}

`why` is empty where all is well; it can hold parts of the URL: whoever shows it takes the secrets out.
"""

import json
import logging
import signal
import sys
from typing import Any

_REASONS = (  # what a library's message holds → what it means
    ("connection refused", "connection refused"),
    ("timed out", "no answer in time"),
    ("timeout", "no answer in time"),
    ("name or service not known", "the host's name is not known"),
    ("name resolution", "the host's name is not known"),
    ("nodename nor servname", "the host's name is not known"),
    ("certificate verify failed", "its certificate cannot be verified"),
    ("wrong version number", "it does not speak TLS"),
    ("starttls extension not supported", "it does not offer TLS"),
    ("smtp auth extension not supported", "it takes no password"),
    ("authentication", "it refuses the user or the password"),
    ("network is unreachable", "the network cannot be reached"),
    ("no route to host", "there is no route to the host"),
    ("unexpectedly closed", "it closed the connection"),
    ("remote end closed", "it closed the connection"),
    ("connection reset", "it closed the connection"),
    ("recipients refused", "it refuses the recipient"),
    ("sender refused", "it refuses the sender"),
)


class _Kept(logging.Handler):
    """Keeps what apprise says: warnings for the answer, the rest to find the cause in."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.said: list[str] = []
        self.all: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        text = " ".join(record.getMessage().split())
        self.all.append(text)
        if record.levelno >= logging.WARNING:
            self.said.append(text)

    def why(self) -> str:
        """What went wrong, in one line."""
        everything = " ".join(self.all).lower()
        reason = next((meaning for sign, meaning in _REASONS if sign in everything), "")
        said = "; ".join(dict.fromkeys(text.rstrip(".") for text in self.said))
        return ": ".join(filter(None, (said, reason))) or "apprise does not say why"


def check(url: str) -> str:
    """Why messages could not be sent there, as far as it can be told without sending one; "" if they could."""
    import apprise

    with _listening() as kept:
        plugin = apprise.Apprise.instantiate(url)
    if plugin is not None and plugin.enabled:
        return ""
    make: Any = apprise.NotificationManager
    manager = make()
    scheme = url.partition("://")[0].lower()
    if scheme not in manager.schemas():
        import difflib

        near = difflib.get_close_matches(scheme, manager.schemas(), 1)
        return f"apprise knows no {scheme}://" + (f"; perhaps {near[0]}:// is meant" if near else "")
    found = manager[scheme]
    if not found.enabled:
        wants = found.requirements.get("packages_required") or ()
        wanted = ", ".join([wants] if isinstance(wants, str) else wants) or str(found.requirements.get("details") or "")
        return f"{scheme}:// cannot be used on this machine" + (f": it needs {wanted}" if wanted else "")
    return f"apprise cannot read what follows {scheme}://" + (f": {kept.why()}" if kept.said else "")


def send(url: str, subject: str, body: str, kind: str) -> str:
    """Why the message could not be sent; "" if it was. `kind` is apprise's: info, success, warning or failure."""
    import apprise

    asset = apprise.AppriseAsset(app_id="lfsmake", app_desc="lfsmake", app_url="", async_mode=False)
    with _listening() as kept:
        sender = apprise.Apprise(asset=asset)
        if not sender.add(url):
            return check(url) or kept.why()
        sent = sender.notify(title=subject, body=body, notify_type=kind, body_format=apprise.NotifyFormat.TEXT)
    return "" if sent else kept.why()


class _listening:  # noqa: N801 - used as a function
    def __enter__(self) -> _Kept:
        self._kept = _Kept()
        self._logger = logging.getLogger("apprise")
        self._logger.setLevel(logging.DEBUG)
        self._logger.propagate = False
        self._logger.addHandler(self._kept)
        return self._kept

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self._kept)


def answer(asked: dict[str, Any]) -> list[str]:
    """The `why` of a request."""
    try:
        if "check" in asked:
            return [check(url) for url in asked["check"]]
        return [send(asked["url"], asked["subject"], asked["body"], asked["type"])]
    except Exception as error:  # whatever a plugin of apprise does: it is an answer like any other
        return [f"{type(error).__name__} in apprise"] * len(asked.get("check", "1"))


if __name__ == "__main__":
    signal.alarm(120)  # whoever started it may have been killed: nothing of it stays behind
    stream = sys.stdout
    sys.stdout = sys.stderr  # a plugin that prints must not be read as the answer
    stream.write(json.dumps({"why": answer(json.load(sys.stdin))}) + "\n")
