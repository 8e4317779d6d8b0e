"""Who is told of what, as lfsmake.toml has it: records only, for every command that reads it. Knows no receiver."""

from msgspec import Struct

from lfsmake.model.errors import Span

# Word → when its alert is sent, for messages and lists.
EVENTS = {
    "failure": "a step failed",
    "first-failure": "the first step of a run failed",
    "fixed": "a run went well, and the one before of the same targets had not",
    "end": "a run ended",
    "slow": "a step takes far longer than expected",
    "low-disk": "disk runs low",
    "low-memory": "memory runs low",
    "regression": "tests failed that are not expected to",
}
DEFAULT_EVENTS = ("failure", "fixed", "end")


class Secret(Struct, frozen=True):
    """A value that is not in lfsmake.toml: `${name}` of the environment, or the first line of file `${file:…}`."""

    name: str = ""
    file: str = ""


class Receiver(Struct, frozen=True):
    """Who is told, and of what: words of EVENTS. `url` is as written, so without its secrets."""

    name: str
    url: str
    on: tuple[str, ...] = DEFAULT_EVENTS
    span: Span | None = None  # of the URL

    def __repr__(self) -> str:
        return f"Receiver({self.name!r}, {scheme(self.url)!r}, {self.on!r})"


class Alerts(Struct, frozen=True):
    """Sizes in bytes. `folder`: what the files of secrets are relative to. `wait`: seconds that the end of a run waits
    for messages that are still on their way."""

    receivers: tuple[Receiver, ...] = ()
    slow: float = 2.0
    disk_low: int = 2 << 30
    memory_low: int = 300 << 20
    wait: float = 15.0
    folder: str = ""


def scheme(url: str) -> str:
    """What may be shown of a URL: `mailtos://…`. Everything behind that can be a secret."""
    name, found, _ = url.partition("://")
    plain = name.isascii() and name.replace("+", "a").replace(".", "a").replace("-", "a").isalnum()
    return f"{name}://…" if found and plain and name[0].isalpha() else "…"
