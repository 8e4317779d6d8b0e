"""Files beside a script that describe its package: yaml, toml, json with one value a key. Reads text, never code."""

import posixpath
import re
from collections.abc import Mapping

from msgspec import Struct

from lfsmake.discover.facts.lines import Lines
from lfsmake.discover.facts.names import book_name
from lfsmake.discover.model import Surroundings

_ENDS = (".yaml", ".yml", ".toml", ".json", ".ini", ".conf", ".info", ".meta", ".desc")
_PAIR = re.compile(r"^[ \t]*[\"']?(?P<key>[A-Za-z][\w-]*)[\"']?[ \t]*[:=][ \t]*(?P<value>.*?)[ \t]*,?[ \t]*$")
_ITEM = re.compile(r"^[ \t]*-[ \t]*(?:name[ \t]*:[ \t]*)?[\"']?(?P<value>[A-Za-z][\w.+-]*)[\"']?[ \t]*(?:[<>=].*)?$")
_NEEDS = frozenset(
    (
        "dependencies",
        "depends",
        "requires",
        "needs",
        "deps",
        "build-depends",
        "build_depends",
        "makedepends",
        "build_dependencies",
    )
)


class Sidecar(Struct, frozen=True):
    """What a sidecar says. `values` has its top keys in lower case; `needs` the names it lists."""

    path: str
    values: Mapping[str, str]
    needs: tuple[str, ...] = ()

    def get(self, *keys: str) -> str:
        """The first of the keys that it has; "" without any."""
        return next((self.values[key] for key in keys if self.values.get(key)), "")


def read(path: str, text: str) -> Sidecar:
    """A sidecar's values; whatever it does not understand is left out."""
    values: dict[str, str] = {}
    needs: list[str] = []
    listing = ""
    pending = ""
    for line in text.splitlines()[:2000]:
        plain = re.sub(r"\s+#.*$", "", line) if not line.lstrip().startswith("#") else ""
        if not plain.strip() or len(plain) > 2000:
            continue
        nested = plain[0] in " \t"
        item = _ITEM.match(plain)
        if listing and item:
            needs.append(book_name(item["value"]))
            continue
        if pending and nested and pending not in values:
            values[pending] = plain.strip().strip("\"'")
            pending = ""
            continue
        pair = _PAIR.match(plain)
        if pair is None or plain.lstrip().startswith("- "):
            continue
        key, value = pair["key"].lower(), pair["value"].strip().strip("\"'")
        if nested and not path.endswith((".json", ".toml")) and listing:
            continue
        listing = key if key in _NEEDS else "" if not nested else listing
        pending = key if value in ("", "|", ">", ">-", "|-") else ""
        if key in _NEEDS and value:
            needs += [book_name(name) for name in re.findall(r"[A-Za-z][\w.+-]*", value)]
        elif value and not pending and (not nested or path.endswith(".json")):
            values.setdefault(key, value)
    return Sidecar(path, values, tuple(dict.fromkeys(needs)))


def find(lines: Lines, around: Surroundings) -> Sidecar | None:
    """The sidecar that a script names, or that lies beside it under its name."""
    if not around.texts:
        return None
    script = lines.script
    folder = posixpath.dirname(script.path)
    named: list[str] = []
    for one in lines.shell.assignments:
        if one.value is not None and one.value.text.rstrip("\"'").endswith(_ENDS) and lines.within(one.span.line):
            value = lines.values.likely(one.value)
            named.append(value or one.value.text.strip("\"'"))
    for line in lines.own:
        named += [word.value for word in line.command.words[1:] if word.value and word.value.endswith(_ENDS)]
    for name in named:
        for start in (folder, "", posixpath.dirname(folder)):
            path = posixpath.normpath(posixpath.join(start, name.lstrip("/")))
            if path in around.texts and path.endswith(_ENDS):
                return read(path, around.texts[path])
    if script.part:
        return None
    base = posixpath.splitext(script.path)[0]
    last = posixpath.basename(folder)
    for stem in (base, *(posixpath.join(folder, name) for name in ("package", last, "meta", "info", "pkg"))):
        for end in _ENDS:
            if stem + end in around.texts:
                return read(stem + end, around.texts[stem + end])
    return None
