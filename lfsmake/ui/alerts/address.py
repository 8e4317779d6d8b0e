"""Where a receiver's messages go, with the secrets in, and how to keep these out of what is shown. Sends nothing."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

from msgspec import Struct

from lfsmake.lang.alerts import Receiver, Secret, scheme
from lfsmake.lang.alerts_table import hide_urls, pieces
from lfsmake.model.errors import Problem

DESKTOP = "desktop://"
_SHORTEST = 4  # letters of what is taken out of a message: a shorter word is none of use to anybody


class Address(Struct, frozen=True):
    """A URL that can be used. Never shown, and neither is anything in `secrets`."""

    name: str
    url: str
    secrets: tuple[str, ...]

    def __repr__(self) -> str:
        return f"Address({self.name!r}, {scheme(self.url)!r})"

    @property
    def desktop(self) -> bool:
        """Whether it is the desktop of whoever runs lfsmake."""
        return self.url.startswith(DESKTOP)

    def redacted(self, text: str) -> str:
        """A text in which nothing secret is left."""
        for secret in self.secrets:
            text = text.replace(secret, "***")
        return text


def resolve(receiver: Receiver, folder: str, environ: Mapping[str, str]) -> Address | Problem:
    """The address, or why it cannot be had. `folder`: what files are relative to.

    A secret is percent-encoded where it is a part of the URL; one that is the whole URL is taken as it is.
    """
    parts = list(pieces(receiver.url))
    whole = len(parts) == 1
    secrets: list[str] = []
    url = ""
    for part in parts:
        if isinstance(part, str):
            url += part
            continue
        value = _value(part, folder, environ)
        if isinstance(value, Problem):
            return Problem(f"receiver {receiver.name}: {value.message}", receiver.span, value.expected, value.hint)
        secrets.append(value)
        url += value if whole else quote(value, safe="")
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*://\S*", url):
        return Problem(f"receiver {receiver.name}: its secret is no URL", receiver.span, "a URL such as json://…")
    return Address(receiver.name, url, _secrets(url, secrets))


def place_of(problem: Problem) -> Problem:
    """The problem with its line of the configuration, whose URLs are hidden."""
    from msgspec.structs import replace

    from lfsmake.lang.reading import with_line

    found = with_line(problem)
    return replace(found, source=hide_urls(found.source)) if found.source else problem


def _value(secret: Secret, folder: str, environ: Mapping[str, str]) -> str | Problem:
    if secret.name:
        value = environ.get(secret.name, "").strip()
        if value:
            return value
        state = "empty" if secret.name in environ else "not set"
        hint = "set it, or LFSMAKE_ALERTS=off for a build that tells nobody"
        return Problem(f"the variable {secret.name} is {state}", hint=hint)
    path = Path(folder) / os.path.expanduser(secret.file)  # noqa: PTH111 - which lets an unknown ~user be
    try:
        with path.open(encoding="utf-8") as file:
            value = file.readline(10_000).strip()
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or "it is not UTF-8"
        return Problem(f"cannot read {path}: {why}", expected="a file with a secret in its first line")
    if value:
        return value
    return Problem(f"the first line of {path} is empty", expected="a file with a secret in its first line")


def _secrets(url: str, given: list[str]) -> tuple[str, ...]:
    """What must not be shown of a URL: what came from elsewhere, and every part of it but a host that has a name."""
    found = {form for value in given for form in (value, quote(value, safe=""), quote(value))}
    try:
        split = urlsplit(url)
        port = split.port
    except ValueError:
        return tuple(sorted({*found, url}, key=len, reverse=True))
    place = split.hostname or ""
    netloc = split.netloc.rpartition("@")
    words = [url, *re.split(r"[/:?&=;,]", f"{netloc[0]}/{split.path}?{split.query}&{split.fragment}")]
    if "." not in place and place != "localhost" and ":" not in place:
        words.append(netloc[2] if port is None else netloc[2].rpartition(":")[0])
    found |= {form for word in words for form in (word, unquote(word)) if len(form) >= _SHORTEST}
    return tuple(sorted((word for word in found if word), key=len, reverse=True))
