"""Digests of a file: measured in one pass, compared with what is declared. Knows no origin."""

import hashlib
from collections.abc import Callable, Iterable
from pathlib import Path

from msgspec import Struct

from lfsmake.model.errors import InterruptedRun
from lfsmake.model.step import ALGORITHMS, Digest, Origin

PIECE = 1 << 20


class Mismatch(Struct, frozen=True):
    """`got` differs from `wanted`, which `by` says ("the recipe", "sources.lock", "the signed index")."""

    algorithm: str
    wanted: str
    got: str
    by: str


def declared(origin: Origin) -> tuple[Digest, ...]:
    """The digests the recipe gives for this origin's file; "signed" is none."""
    return tuple(digest for digest in origin.digests if digest.algorithm in ALGORITHMS)


def declared_sha256(origin: Origin) -> str:
    """The sha256 the recipe gives, or ""."""
    return next((digest.value for digest in origin.digests if digest.algorithm == "sha256"), "")


def is_signed(origin: Origin) -> bool:
    """Whether the recipe leaves the digest to the signed index."""
    return any(digest.algorithm == "signed" for digest in origin.digests)


def measure(path: Path, algorithms: Iterable[str], cancelled: Callable[[], bool]) -> dict[str, str]:
    """Algorithm → lower-case hex digest of the file, sha256 always among them; the file is read once."""
    hashers = {name: _hasher(name) for name in dict.fromkeys(("sha256", *algorithms))}
    buffer = bytearray(PIECE)
    view = memoryview(buffer)
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            if cancelled():
                raise InterruptedRun("interrupted")
            for hasher in hashers.values():
                hasher.update(view[:count])
    return {name: hasher.hexdigest() for name, hasher in hashers.items()}


def mismatches(
    measured: dict[str, str],
    digests: Iterable[Digest],
    *,
    locked: str = "",
    listed: str = "",
    index: str = "",
) -> list[Mismatch]:
    """What does not fit: the recipe's digests first, then the lock file's sha256, then what `index` lists."""
    wanted = [(digest.algorithm, digest.value, "the recipe") for digest in digests]
    wanted += [("sha256", locked, "sources.lock")] if locked else []
    wanted += [("sha256", listed, index)] if listed else []
    return [
        Mismatch(algorithm, value, measured[algorithm], by)
        for algorithm, value, by in wanted
        if measured[algorithm] != value
    ]


def _hasher(name: str) -> "hashlib._Hash":
    # md5 here finds the book's file again and protects nothing: allowed even where security forbids it.
    return hashlib.new(name, usedforsecurity=False)
