"""lfsmake.toml: where it is, what it says, what is wrong with it. Reads no recipe and knows no option's values."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from msgspec import Struct

from lfsmake.lang.alerts import Alerts
from lfsmake.lang.check_table import Checks
from lfsmake.lang.reading import read_file
from lfsmake.lang.shipped import shipped
from lfsmake.lang.sizes import HOW, parse_size
from lfsmake.lang.toml_places import Places
from lfsmake.lang.versions import sort_key
from lfsmake.lang.words import listed, meant
from lfsmake.model.errors import Problem, RecipeErrors, Span

NAME = "lfsmake.toml"
REGISTRY = "registry"  # the folder of the recipes of registered trees, beside lfsmake.toml
_TREE_NAME = 64
_LOG_KEEP = 20
_LOG_SIZE = 2000

_STORE = {"path": "a folder", "quota": HOW}

# Key → what its value must be, in words. The rules themselves are grammar/lfsmake.schema.json.
_EXPECTED = {
    "book": 'a version of the book such as "12.3"',
    "recipes": 'recipe files or folders of them, such as ["recipes"]',
    "default": 'names of steps and groups, such as ["toolchain"]',
    "store": 'a folder, or a table: path = "~/lfs-store", quota = "40 GB"',
    "jobs": "a whole number above 0",
    "log_keep": "a whole number above 0",
    "log_size": "a whole number of MB above 0",
    "on_failure": '"stop", "continue" or "ask"',
    "metrics_file": "a file",
    "options": 'a table of options, such as init = "systemd"',
    "alerts": "a table: who is told of what",
    "registry": 'tables of trees of scripts: [registry.NAME] path = "FOLDER"',
    "check": "a table: hooks of `lfsmake check`, and a keyring",
}


class Config(Struct, frozen=True):
    """What holds for a project. Paths are absolute.

    `root` is the folder of the file, or the one that stands in for it; `path` is the file, "" without one.
    `places` are the spans of values: "options.NAME", "default.0", "recipes.0", "book".
    """

    root: str
    path: str
    recipes: tuple[str, ...]
    options: dict[str, str] = {}
    default: tuple[str, ...] = ()
    store: str | None = None
    quota: int | None = None  # bytes the store may take
    jobs: int | None = None
    book: str = ""
    log_keep: int = _LOG_KEEP  # runs whose events and logs are kept
    log_size: int = _LOG_SIZE  # MB of logs that are kept
    on_failure: str = "stop"  # or "continue", "ask"
    metrics_file: str | None = None
    alerts: Alerts = Alerts()
    checks: Checks = Checks()
    registry: dict[str, str] = {}  # name of a tree of scripts → its folder
    places: dict[str, Span] = {}


def find_config(start: Path) -> Path | None:
    """The lfsmake.toml of folder `start` or of the nearest folder above it."""
    start = Path(os.path.abspath(start))  # noqa: PTH100 - resolve() would leave the folder the user is in
    for folder in (start, *start.parents):
        if os.path.isfile(folder / NAME):  # noqa: PTH113 - which is no, not an error, where nobody may look
            return folder / NAME
    return None


def books() -> dict[str, Path]:
    """The versions of the book that recipes are shipped for, oldest first, with their folders."""
    folder = shipped("recipes")
    names = [path.name for path in folder.iterdir() if path.name[0].isdigit()] if folder.is_dir() else []
    return {name: folder / name for name in sorted(names, key=sort_key)}


def load_config(path: Path) -> Config:
    """What the file says. Raises RecipeErrors with everything that is wrong with it, each at its place."""
    import tomllib

    path = Path(os.path.abspath(path))  # noqa: PTH100 - as above
    text = read_file(path)
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise RecipeErrors((_syntax(path, text, error),)) from None
    places = Places(str(path), text)
    problems = [] if _is_plain(data) else _by_schema(data, places)
    root = path.parent
    alerts = _alerts(data, root, places, problems)
    checks = _checks(data, root, places, problems)
    registry = _registry(data, root, places, problems)
    store, quota = _store(data, places, problems)
    if problems:
        raise RecipeErrors(_ordered(problems, text))
    recipes = _recipes(root, data, places, problems)
    if problems:
        raise RecipeErrors(_ordered(problems, text))
    metrics = data.get("metrics_file")
    return Config(
        root=str(root),
        path=str(path),
        recipes=(*recipes, *_registered(root, registry, recipes)),
        options=data.get("options", {}),
        default=tuple(data.get("default", ())),
        store=_absolute(root, store) if store is not None else None,
        quota=quota,
        jobs=data.get("jobs"),
        book=data.get("book", ""),
        log_keep=data.get("log_keep", _LOG_KEEP),
        log_size=data.get("log_size", _LOG_SIZE),
        on_failure=data.get("on_failure", "stop"),
        metrics_file=_absolute(root, metrics) if metrics is not None else None,
        alerts=alerts,
        checks=checks,
        registry=registry,
        places=_value_places(data, places),
    )


def _alerts(data: Mapping[str, Any], root: Path, places: Places, problems: list[Problem]) -> Alerts:
    if "alerts" not in data:
        return Alerts()
    from lfsmake.lang.alerts_table import read_alerts

    return read_alerts(data["alerts"], str(root), places, problems)


def _checks(data: Mapping[str, Any], root: Path, places: Places, problems: list[Problem]) -> Checks:
    if "check" not in data:
        return Checks()
    from lfsmake.lang.check_table import read_checks

    return read_checks(data["check"], str(root), places, problems)


def _store(data: Mapping[str, Any], places: Places, problems: list[Problem]) -> tuple[str | None, int | None]:
    """The folder, and the bytes that may be in it."""
    given = data.get("store")
    if not isinstance(given, dict):
        return (given if isinstance(given, str) else None), None
    for key in given:
        if key not in _STORE:
            span = places.key(f"store.{key}") or places.key("store")
            problems.append(Problem(f'unknown key "{key}" in [store]', span, listed(_STORE), meant(key, _STORE)))
    path = given["path"] if isinstance(given.get("path"), str) and given["path"] else None
    quota = parse_size(given.get("quota"))
    for key, found in (("path", path), ("quota", quota)):
        if key in given and found is None:
            span = places.value(f"store.{key}")
            problems.append(Problem(f"{key} cannot be {_json(given[key])}", span, _STORE[key]))
    return path, quota


def _registry(data: Mapping[str, Any], root: Path, places: Places, problems: list[Problem]) -> dict[str, str]:
    """Name → folder of the registered trees."""
    given = data.get("registry", {})
    if not isinstance(given, dict):
        return {}  # the schema says so
    out: dict[str, str] = {}
    for name, table in given.items():
        path = table.get("path") if isinstance(table, dict) else None
        span = places.key(f"registry.{name}") or places.key("registry")
        if not is_tree_name(name):
            what = "letters, digits and . _ -, a letter or digit first"
            problems.append(Problem(f'"{name}" cannot be the name of a tree', span, what))
        elif not isinstance(path, str) or not path or table.keys() != {"path"}:
            wanted = 'path = "FOLDER", and nothing else'
            problems.append(Problem(f"[registry.{name}] is not complete", span, wanted))
        else:
            out[name] = _absolute(root, path)
    return out


def is_tree_name(name: str) -> bool:
    """Whether a tree can be called so: names of files and steps are made of it."""
    plain = name.replace(".", "").replace("_", "").replace("-", "")
    return plain.isascii() and plain.isalnum() and name[0].isalnum() and len(name) <= _TREE_NAME


def _registered(root: Path, registry: Mapping[str, str], recipes: Sequence[str]) -> tuple[str, ...]:
    """The recipes of the registered trees, where no other path brings them."""
    paths = [root / REGISTRY / f"{name}.lfs" for name in registry]
    return tuple(str(path) for path in paths if str(path.parent) not in recipes and path.is_file())


def _absolute(root: Path, path: str) -> str:
    return os.path.normpath(root / Path(path).expanduser()) if path.startswith("~") else os.path.normpath(root / path)


def _recipes(root: Path, data: Mapping[str, Any], places: Places, problems: list[Problem]) -> tuple[str, ...]:
    given = data.get("recipes")
    if given is None and data.get("registry") and "book" not in data:
        return ()  # the registered trees alone
    if given is None:
        return _shipped_recipes(data.get("book", ""), places, problems)
    out = []
    for at, name in enumerate(given):
        path = Path(_absolute(root, name))
        if not path.exists():
            near = [other.name for other in path.parent.iterdir()] if path.parent.is_dir() else []
            problems.append(
                Problem(
                    f'there is no "{name}" here',
                    places.element("recipes", at, name),
                    "a recipe file or a folder of them",
                    meant(path.name, near),
                )
            )
        out.append(str(path))
    return tuple(out)


def _shipped_recipes(book: str, places: Places, problems: list[Problem]) -> tuple[str, ...]:
    known = books()
    if not book and known:
        return (str(known[next(reversed(known))]),)
    if book in known:
        return (str(known[book]),)
    problems.append(
        Problem(
            f'no recipes are shipped for book "{book}"' if book else "there are no recipes",
            places.value("book") if book else None,
            listed(known) if known else "a version of the book",
            'name your own: recipes = ["recipes"]',
        )
    )
    return ()


def _value_places(data: Mapping[str, Any], places: Places) -> dict[str, Span]:
    out = {}
    for name in data.get("options", {}):
        out[f"options.{name}"] = places.value(f"options.{name}")
    for key in ("default", "recipes"):
        for at, name in enumerate(data.get(key, ())):
            out[f"{key}.{at}"] = places.element(key, at, name)
    if "book" in data:
        out["book"] = places.value("book")
    return {key: span for key, span in out.items() if span is not None}


def _is_plain(data: Mapping[str, Any]) -> bool:
    """Whether the file is surely right; if not, the schema says what is wrong. Spares importing jsonschema."""
    if data.keys() - _EXPECTED.keys():
        return False
    for key in ("recipes", "default"):
        value = data.get(key, ["x"])
        if type(value) is not list or not value or not all(type(item) is str and item for item in value):
            return False
    for key in ("book", "store", "metrics_file"):
        value = data.get(key, "x")
        if key == "store" and type(value) is dict:
            continue  # _store says what is wrong with it
        if type(value) is not str or not value:
            return False
    if data.get("on_failure", "stop") not in ("stop", "continue", "ask"):
        return False
    numbers = [data.get(key, 1) for key in ("jobs", "log_keep", "log_size")]
    options = data.get("options", {})
    if type(data.get("registry", {})) is not dict:
        return False
    if any(type(number) is not int or number < 1 for number in numbers) or type(options) is not dict:
        return False
    return all(type(value) is str and value for value in options.values())


def _by_schema(data: Mapping[str, Any], places: Places) -> list[Problem]:
    import json

    import jsonschema

    schema = json.loads((shipped("grammar") / "lfsmake.schema.json").read_text(encoding="utf-8"))
    problems = []
    for key in data:
        if key not in _EXPECTED:
            problems.append(
                Problem(
                    f'unknown key "{key}"',
                    places.key(key),
                    listed(_EXPECTED),
                    meant(key, _EXPECTED),
                )
            )
    for error in jsonschema.Draft202012Validator(schema).iter_errors(data):
        where = list(error.absolute_path)
        if not where:
            continue  # the unknown keys, named above one by one
        key = str(where[0])
        if key in ("alerts", "registry", "check") or (key == "store" and isinstance(data["store"], dict)):
            continue  # read_alerts and _store say it better
        name, expected = key, _EXPECTED[key]
        if key == "options" and len(where) > 1:
            name, expected = str(where[1]), "one of the option's values, as a string"
            span = places.value(f"options.{name}")
            what = f"option {name}"
        else:
            span, what = places.value(key), key
        problems.append(Problem(f"{what} cannot be {_json(error.instance)}", span, expected, ""))
    return problems


def _json(value: object) -> str:
    import json

    return json.dumps(value, default=str, ensure_ascii=False)


def _syntax(path: Path, text: str, error: Exception) -> Problem:
    import re

    found = re.search(r" \(at (?:line (\d+), column (\d+)|end of document)\)$", str(error))
    message = str(error)[: found.start()] if found else str(error)
    lines = text.split("\n")
    line, column = len(lines), len(lines[-1]) + 1
    if found and found[1]:
        line, column = int(found[1]), int(found[2])
    span = Span(str(path), line, column, line, column + 1)
    from lfsmake.lang.alerts_table import hide_urls

    source = hide_urls(lines[line - 1]) if line <= len(lines) else ""
    return Problem(message[:1].lower() + message[1:], span, "TOML", 'a setting is written: key = "value"', source)


def _ordered(problems: list[Problem], text: str) -> tuple[Problem, ...]:
    from msgspec.structs import replace

    from lfsmake.lang.alerts_table import hide_urls

    lines = text.split("\n")
    ordered = sorted(dict.fromkeys(problems), key=lambda problem: _line_column(problem.span))
    return tuple(
        replace(problem, source=hide_urls(lines[problem.span.line - 1])) if problem.span else problem
        for problem in ordered
    )


def _line_column(span: Span | None) -> tuple[int, int]:
    return (span.line, span.column) if span else (0, 0)
