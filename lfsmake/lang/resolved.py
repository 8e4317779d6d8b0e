"""Keeps resolved projects in the user's own cache folder while nothing they were made of changes. Resolves nothing.

A kept project answers only for the same configuration and options, the same lfsmake, the same list of recipes in
every folder, and files whose size, times and inode are what they were. It is JSON, decoded into the types it must have.
"""
# os.path on strings: this checks every file of a project, ten thousand of them in 20 ms, and pathlib would take 100
# ruff: noqa: PTH112, PTH113, PTH116, PTH118, PTH120

import gc
import hashlib
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from lfsmake import __version__, model
from lfsmake.lang.alerts import Alerts
from lfsmake.lang.check_table import Checks
from lfsmake.lang.config import Config
from lfsmake.lang.folder import own_folder, write
from lfsmake.lang.resolve_options import machine
from lfsmake.model.step import Project

KEPT = 16  # projects; one of 10,000 steps is 23 MB
TICK = 20_000_000  # nanoseconds: twice the coarsest tick in which a kernel may stamp two writes alike

Stamp = tuple[int, int, int, int]  # size, mtime and ctime in nanoseconds, inode


class Evidence(Struct, frozen=True):
    """What a resolved project depended on besides its configuration, as it was when it was read."""

    recipes: dict[str, tuple[str, ...]]  # folder of the configuration → the recipes in it
    folders: dict[str, str]  # folder of a file → the real one: nothing has come to lie outside the project
    files: dict[str, Stamp]


def kept_or_resolved(
    config: Config, options: Mapping[str, str], cache_dir: Path, resolve: Callable[[], Project]
) -> Project:
    """The project kept for this configuration if it still holds, else what `resolve` gives, kept for the next time.

    `cache_dir` is made if it does not exist. Raises what `resolve` raises; that is never kept.
    """
    folder = own_folder(cache_dir)
    if folder is None:
        return resolve()
    try:
        entry = folder / _identity(config, options)
    except UnicodeEncodeError:  # a path that is no UTF-8 has no place in JSON
        return resolve()
    project = _load(entry, config)
    if project is None:
        read, recipes = time.time_ns(), _recipes(config)
        project = resolve()
        _keep(entry, project, _evidence(project, recipes, read))
    return project


def _keep(entry: Path, project: Project, evidence: Evidence | None) -> None:
    if evidence is None:
        return
    with suppress(UnicodeEncodeError):
        write(entry, msgspec.json.encode(evidence) + b"\n" + msgspec.json.encode(project))
        _clean(entry.parent)


def _load(entry: Path, config: Config) -> Project | None:
    try:
        data = entry.read_bytes()
        end = data.index(b"\n")
        evidence = msgspec.json.decode(memoryview(data)[:end], type=Evidence)
        if not _holds(evidence, config):
            return None
        return _decode(memoryview(data)[end + 1 :])
    except (OSError, ValueError):
        return None


def _decode(data: memoryview) -> Project:
    collecting = gc.isenabled()
    gc.disable()  # nothing made here is garbage; looking for some takes half of the time
    try:
        return msgspec.json.decode(data, type=Project)
    finally:
        if collecting:
            gc.enable()


def _holds(evidence: Evidence, config: Config) -> bool:
    if evidence.recipes != _recipes(config):
        return False
    if any(os.path.realpath(folder) != real for folder, real in evidence.folders.items()):
        return False
    return all(_stamp(path) == stamp for path, stamp in evidence.files.items())


def _evidence(project: Project, recipes: dict[str, tuple[str, ...]], read: int) -> Evidence | None:
    """None if a file may have changed since `read`, nanoseconds since the epoch, or is gone."""
    try:
        files = {path: _stamp(path) for path in project.files}
    except OSError:
        return None
    if any(stamp[2] > read - TICK for stamp in files.values()):
        return None
    folders = dict.fromkeys(map(os.path.dirname, files))
    return Evidence(recipes, {folder: os.path.realpath(folder) for folder in folders}, files)


def _stamp(path: str) -> Stamp:
    seen = os.stat(path)
    return seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino


def _recipes(config: Config) -> dict[str, tuple[str, ...]]:
    """The recipes in each folder that the configuration names, as resolution finds them."""
    found = {}
    for path in config.recipes:
        if os.path.isdir(path):
            names = sorted(name for name in os.listdir(path) if name.endswith(".lfs"))
            found[path] = tuple(name for name in names if os.path.isfile(os.path.join(path, name)))
    return found


def _identity(config: Config, options: Mapping[str, str]) -> str:
    """The name of the entry: everything a project depends on besides files. Not what only runs or errors need."""
    plain = replace(config, store=None, quota=None, jobs=None, log_keep=0, log_size=0, places={})
    told = replace(plain, alerts=Alerts(), checks=Checks())
    parts = (__version__, _code(), machine(), told, dict(options))
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()


def _code() -> list[tuple[str, int, int]]:
    """The files of the language and the model: what they give may change while lfsmake's version does not."""
    found = []
    for folder in (os.path.dirname(__file__), os.path.dirname(model.__file__)):
        with os.scandir(folder) as entries:
            for entry in entries:
                if entry.name.endswith(".py"):
                    seen = entry.stat()
                    found.append((entry.path, seen.st_size, seen.st_mtime_ns))
    return sorted(found)


def _clean(folder: Path) -> None:
    """Forget the entries made longest ago once there are more than `KEPT`."""
    with suppress(OSError):
        entries = sorted(os.scandir(folder), key=lambda each: each.stat().st_mtime)
        for entry in entries[: max(0, len(entries) - KEPT)]:
            Path(entry.path).unlink(missing_ok=True)
