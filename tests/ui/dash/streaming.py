"""A browser's ears: requests, and server-sent events as they come."""

import http.client
import json
from collections.abc import Iterator
from typing import Any, NamedTuple


class Message(NamedTuple):
    """One server-sent event."""

    mark: str
    kind: str
    data: Any


def get(port: int, url: str, **headers: str) -> tuple[int, Any]:
    """(status, what came: JSON taken apart, else text)."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("GET", url, headers=headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        kind = answer.headers.get("content-type", "")
        return answer.status, json.loads(text) if kind == "application/json" else text
    finally:
        connection.close()


class Stream:
    """An open stream; `close` leaves it as a closed page does."""

    def __init__(self, port: int, url: str = "/api/events", **headers: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.connection.request("GET", url, headers=headers)
        self.answer = self.connection.getresponse()

    def messages(self) -> Iterator[Message]:
        """Every message, as it comes, until the server ends."""
        mark, kind, data = "", "message", ""
        while raw := self.answer.readline():
            line = raw.decode().rstrip("\n")
            name, _, value = line.partition(": ")
            if name == "id":
                mark = value
            elif name == "event":
                kind = value
            elif name == "data":
                data = value
            elif not line and data:
                yield Message(mark, kind, json.loads(data))
                mark, kind, data = "", "message", ""

    def until(self, *, kind: str = "changes", **wanted: Any) -> Message:
        """The first message of that kind whose header (or itself) has these values."""
        for message in self.messages():
            if message.kind != kind:
                continue
            if not wanted:
                return message
            header = message.data.get("header", message.data)
            if all(header.get(name) == value for name, value in wanted.items()):
                return message
        raise AssertionError("the stream ended before that")

    def close(self) -> None:
        self.answer.close()
        self.connection.close()
