"""Reads `[alerts]` of lfsmake.toml. Knows how a secret is written, not its value, and no receiver."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from lfsmake.lang.alerts import DEFAULT_EVENTS, EVENTS, Alerts, Receiver, Secret
from lfsmake.lang.sizes import parse_size
from lfsmake.lang.toml_places import Places
from lfsmake.lang.words import listed, meant
from lfsmake.model.errors import Problem, Span

_KEYS = {
    "to": 'tables of receivers, such as [alerts.to.mail] with url = "mailtos://…"',
    "slow": "a number above 1: how many times its expected time a step may take",
    "disk_low": 'a size such as "2 GB"',
    "memory_low": 'a size such as "300 MB"',
    "wait": "a number of seconds, from 0 to 600",
}
_RECEIVER_KEYS = ("url", "on")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")
_SECRET = re.compile(r"\$\{(?:file:(?P<file>[^}\n]+)|(?P<name>[A-Za-z_][A-Za-z0-9_]*))\}")
_SCHEME = r"[A-Za-z][A-Za-z0-9+.-]*://"
_URL = re.compile(rf"{_SCHEME}\S*")
_HIDDEN = re.compile(
    rf"""(?P<head>url["']?\s*=\s*(?=["'])|(?=["']\s*{_SCHEME}))(?:"(?P<basic>(?:[^"\\]|\\.)*)|'(?P<plain>[^']*))"""
    rf"""|{_SCHEME}(?P<bare>\S*)"""
)
_HOW = 'a URL such as "mailtos://me:${PASSWORD}@example.org", "desktop://", or "${URL}"'


def hide_urls(line: str) -> str:
    """A line of the configuration without what its URLs say, as long as before, so that a caret points right."""

    def hidden(found: re.Match[str]) -> str:
        value = next(found[kind] for kind in ("basic", "plain", "bare") if found[kind] is not None)
        scheme = re.match(_SCHEME, value)
        start = scheme.end() if scheme else 0
        whole = found[0]
        return whole[: len(whole) - len(value) + start] + "*" * (len(value) - start)

    return _HIDDEN.sub(hidden, line)


def pieces(url: str) -> Iterator[str | Secret]:
    """The parts of a URL: text, and the secrets between."""
    at = 0
    for found in _SECRET.finditer(url):
        if found.start() > at:
            yield url[at : found.start()]
        yield Secret(name=found["name"] or "", file=(found["file"] or "").strip())
        at = found.end()
    if at < len(url):
        yield url[at:]


def read_alerts(data: object, root: str, places: Places, problems: list[Problem]) -> Alerts:
    """What the table says; what is wrong with it is added to `problems`, each at its place."""
    if not isinstance(data, dict):
        problems.append(Problem("alerts is a table", places.value("alerts"), "a table: [alerts.to.NAME]"))
        return Alerts()
    _unknown(data, _KEYS, "alerts", places, problems)
    read = _Reader(data, places, problems)
    return Alerts(
        receivers=tuple(_receivers(data.get("to", {}), places, problems)),
        slow=read.number("slow", 2.0, 1.0, 1000.0, above=True),
        disk_low=read.size("disk_low", 2 << 30),
        memory_low=read.size("memory_low", 300 << 20),
        wait=read.number("wait", 15.0, 0.0, 600.0),
        folder=root,
    )


class _Reader:
    def __init__(self, data: Mapping[str, Any], places: Places, problems: list[Problem]) -> None:
        self._data, self._places, self._problems = data, places, problems

    def number(self, key: str, default: float, least: float, most: float, *, above: bool = False) -> float:
        value = self._data.get(key, default)
        if type(value) not in (int, float) or not least <= value <= most or (above and value == least):
            return self._wrong(key, default)
        return float(value)

    def size(self, key: str, default: int) -> int:
        value = self._data.get(key)
        if value is None:
            return default
        found = parse_size(value, 1024)
        return int(self._wrong(key, default)) if found is None else found

    def _wrong(self, key: str, default: float) -> float:
        span = self._places.value(f"alerts.{key}")
        self._problems.append(Problem(f"{key} cannot be {_shown(self._data[key])}", span, _KEYS[key]))
        return default


def _receivers(data: object, places: Places, problems: list[Problem]) -> Iterator[Receiver]:
    if not isinstance(data, dict):
        problems.append(Problem("alerts.to is a table", places.value("alerts.to"), _KEYS["to"]))
        return
    for name, told in data.items():
        key = f"alerts.to.{name}"
        place = places.key(key) or places.key("alerts.to") or places.key("alerts")
        if not _NAME.fullmatch(name):
            problems.append(
                Problem(f'a receiver cannot be called "{name}"', place, "letters, digits, - and _, at most 40")
            )
        elif not isinstance(told, dict):
            problems.append(Problem(f"receiver {name} is a table", places.value(key) or place, f"[{key}]"))
        else:
            _unknown(told, _RECEIVER_KEYS, key, places, problems)
            url, on = _url(name, told, place, places, problems), _on(name, told, places, problems)
            yield Receiver(name, url, on, places.value(f"{key}.url") or place)


def _url(name: str, told: Mapping[str, Any], place: Span | None, places: Places, problems: list[Problem]) -> str:
    if "url" not in told:
        problems.append(Problem(f"receiver {name} has no url", place, _HOW))
        return ""
    url, span = told["url"], places.value(f"alerts.to.{name}.url")
    if not isinstance(url, str):
        problems.append(Problem(f"the url of receiver {name} is no string", span, _HOW))
        return ""
    if "${" in _SECRET.sub("", url):
        expected, hint = "${NAME} or ${file:PATH}", "a `${` that is none is written %24{"
        problems.append(Problem(f"the url of receiver {name} has a secret that is none", span, expected, hint))
    elif not _URL.fullmatch(_SECRET.sub("x", url)) and not (url and _SECRET.fullmatch(url)):
        problems.append(Problem(f"the url of receiver {name} is none", span, _HOW))
    return url


def _on(name: str, told: Mapping[str, Any], places: Places, problems: list[Problem]) -> tuple[str, ...]:
    given, key = told.get("on"), f"alerts.to.{name}.on"
    if given is None:
        return DEFAULT_EVENTS
    if not isinstance(given, list) or not given or not all(isinstance(word, str) for word in given):
        what = f"receiver {name}: on cannot be {_shown(given)}"
        problems.append(Problem(what, places.value(key), 'a list such as ["failure", "end"]'))
        return DEFAULT_EVENTS
    for at, word in enumerate(given):
        if word not in EVENTS:
            problems.append(
                Problem(f'unknown event "{word}"', places.element(key, at, word), listed(EVENTS), meant(word, EVENTS))
            )
    return tuple(dict.fromkeys(given))


def _unknown(
    data: Mapping[str, Any], known: Mapping[str, str] | tuple[str, ...], table: str, places: Places,
    problems: list[Problem],
) -> None:  # fmt: skip
    for key in data:
        if key not in known:
            span = places.key(f"{table}.{key}") or places.key(table)
            hint = meant(key, known)
            if table == "alerts" and not hint and isinstance(data[key], dict):
                hint = f"a receiver is a table [alerts.to.{key}]"
            problems.append(Problem(f'unknown key "{key}" in [{table}]', span, listed(known), hint))


def _shown(value: object) -> str:
    """A wrong value in short, without what could be a secret in it."""
    import json

    text = json.dumps(value, default=str, ensure_ascii=False)
    return hide_urls(text) if len(text) <= 60 else "this"
