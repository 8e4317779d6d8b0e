"""Roots put together from layers: which layers may cover which, and the conflicts among the others."""

import hashlib
from collections.abc import Sequence

from lfsmake.engine.graph import Graph
from lfsmake.model.errors import ConflictError
from lfsmake.store.conflict import find_conflicts
from lfsmake.store.store import Store

# Brought by many packages and rebuilt as a whole by one later: no conflict.
SHARED = ("usr/share/info/dir", "etc/ld.so.cache", "usr/lib/perl5/*/*/perllocal.pod")


def may_cover(graph: Graph, above: str, below: str) -> bool:
    """Whether `above` may bring a path that `below` brings too: it was built on top of it, or says so."""
    return below in graph.below(above) or below in graph.step(above).replaces


def check_conflicts(graph: Graph, store: Store, name: str, root: Sequence[tuple[str, str]]) -> None:
    """ConflictError if two unrelated layers of the root bring the same path with different contents.

    A set of layers found sound once is remembered: the layers cannot change.
    """
    if len(root) < 2:
        return
    said = "\n".join(f"{step} {layer}" for step, layer in root)
    relations = [(a, b) for i, (b, _) in enumerate(root) for a, _ in root[i + 1 :] if may_cover(graph, a, b)]
    digest = hashlib.sha256((said + repr(relations)).encode()).hexdigest()
    if store.recall("root", digest) == "sound":
        return
    covers = set(relations)
    layers = [(step, store.manifest_path(layer)) for step, layer in root]
    conflicts = find_conflicts(layers, may_cover=lambda above, below: (above, below) in covers, shared=SHARED)
    if conflicts:
        first = conflicts[0]
        more = f" (and {len(conflicts) - 1} more paths)" if len(conflicts) > 1 else ""
        raise ConflictError(
            f"{first.upper} and {first.lower} both bring {first.path}, with different contents{more}",
            span=graph.step(name).span,
            hint=f"if {first.upper} should win, write `replaces {first.lower}` in it",
        )
    store.remember("root", digest, "sound")
