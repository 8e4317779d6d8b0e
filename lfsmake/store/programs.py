"""How tree.py and merge.py are asked, and how their answers are read. Knows not what runs them."""

import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import msgspec
from msgspec import Struct

from lfsmake.model.errors import HostError, StoreError
from lfsmake.store import disk
from lfsmake.store.layers import Captured

T = TypeVar("T")


class Request(Struct, frozen=True):
    """A program to run, inside the id mapping of the layers' owners, and its standard input."""

    argv: tuple[str, ...]
    stdin: bytes


class Answer(Struct, frozen=True):
    """How such a program ended."""

    status: int
    stdout: bytes
    stderr: bytes


class Difference(Struct, frozen=True):
    """What is wrong with one path of a layer: "missing", "extra", or "differs: " and the fields."""

    path: str
    what: str


class Verified(Struct, frozen=True):
    """What a layer is now: its digest, and that of its manifest. Both are its name, or it is damaged."""

    digest: str
    manifest: str
    differences: tuple[Difference, ...]


class Merged(Struct, frozen=True):
    """What was written: paths that are no folders, bytes, devices left out, whether owners could be kept."""

    files: int
    size: int
    skipped: tuple[str, ...]
    owners_kept: bool


class _Counts(Struct, frozen=True):
    digest: str
    size: int
    files: int


class _Trouble(Struct, frozen=True):
    error: str
    path: str
    errno: int


def capture(
    upper: Path, manifest: Path, *, epoch: int = 0, drop: Sequence[str] = (), lowers: Sequence[Path] = ()
) -> Request:
    """Normalise and hash the tree `upper` of a step that ran on `lowers` (lowest first); see tree.py."""
    return _request(
        "tree.py",
        {
            "do": "capture",
            "root": os.fspath(upper),
            "manifest": os.fspath(manifest),
            "epoch": epoch,
            "drop": list(drop),
            "lowers": [os.fspath(lower) for lower in lowers],
        },
    )


def captured(answer: Answer, upper: Path, manifest: Path) -> Captured:
    """What `capture` of these answered. Raises StoreError, DiskFullError."""
    counts = _read(answer, _Counts, f"the layer in {upper} cannot be captured", upper)
    return Captured(counts.digest, counts.size, counts.files, os.fspath(manifest))


def verify(layer: Path, manifest: Path) -> Request:
    """Hash a layer of the store again."""
    return _request("tree.py", {"do": "verify", "root": os.fspath(layer), "manifest": os.fspath(manifest)})


def verified(answer: Answer, layer: Path) -> Verified:
    """What `verify` of this layer answered. Raises StoreError."""
    return _read(answer, Verified, f"the layer {layer} cannot be verified", layer)


def merge(layers: Sequence[Path], destination: Path) -> Request:
    """Compose layers (lowest first) to a plain folder that is empty or does not exist."""
    paths = [os.fspath(layer) for layer in layers]
    return _request("merge.py", {"layers": paths, "destination": os.fspath(destination)})


def merged(answer: Answer, destination: Path) -> Merged:
    """What `merge` into this folder answered. Raises StoreError, DiskFullError."""
    return _read(answer, Merged, f"the layers cannot be written to {destination}", destination)


def _request(program: str, what: dict[str, object]) -> Request:
    script = Path(__file__).with_name(program)
    # The standard library's JSON: a path that is not UTF-8 passes through it
    return Request((sys.executable, "-I", "-S", os.fspath(script)), json.dumps(what).encode())


def _read(answer: Answer, kind: type[T], failing: str, path: Path) -> T:
    if answer.status == 0:
        return msgspec.json.decode(answer.stdout, type=kind)
    raise _explain(answer, failing, path)


def _explain(answer: Answer, failing: str, path: Path) -> HostError:
    try:
        trouble = msgspec.json.decode(answer.stderr.splitlines()[-1], type=_Trouble)
    except (IndexError, msgspec.MsgspecError, UnicodeDecodeError):
        last = answer.stderr.decode("utf-8", "replace").strip().splitlines()[-1:] or ["it said nothing"]
        how = f"signal {-answer.status}" if answer.status < 0 else f"status {answer.status}"
        return StoreError(f"{failing}: the program ended with {how}: {last[0]}", hint="try again, then report it")
    if trouble.errno in disk.FULL:
        return disk.explain(trouble.errno, trouble.error, Path(trouble.path or path))
    where = f" at {trouble.path}" if trouble.path else ""
    return StoreError(f"{failing}: {trouble.error}{where}", hint="look at that path")
