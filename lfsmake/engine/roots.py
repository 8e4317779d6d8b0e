"""Roots put together from layers: which layers may cover which, and the conflicts among the others."""

import hashlib
from collections.abc import Sequence

from lfsmake.engine.graph import Graph
from lfsmake.model.errors import ConflictError
from lfsmake.store.conflict import ConflictFinder, Part
from lfsmake.store.store import Store

# Brought by many packages and made anew as a whole by one later: no conflict.
SHARED = ("usr/share/info/dir", "etc/ld.so.cache", "usr/lib/perl5/**/perllocal.pod")


def replaceable(graph: Graph, steps: Sequence[str]) -> set[tuple[str, str]]:
    """(step, other step) for each step that may bring a path the other brings too: it was built on top of it, or says
    so with `replaces`. Closed: who may replace b may replace what b may replace."""
    inside = set(steps)
    direct = {name: (graph.below(name) | set(graph.step(name).replaces)) & inside for name in steps}
    pairs: set[tuple[str, str]] = set()
    for name in steps:
        todo = list(direct[name])
        seen: set[str] = set()
        while todo:
            other = todo.pop()
            if other not in seen:
                seen.add(other)
                todo += direct[other] - seen
        pairs |= {(name, other) for other in seen}
    return pairs


def lowers_of(store: Store, layers: Sequence[str]) -> tuple[str, ...]:
    """The folders of these layers (digests, lowest first). Of one that comes twice, being what two steps made alike,
    only the upper counts: overlayfs takes no folder twice."""
    last = {layer: place for place, layer in enumerate(layers)}
    return tuple(str(store.layer_path(layer)) for place, layer in enumerate(layers) if last[layer] == place)


def check_conflicts(graph: Graph, store: Store, name: str, root: Sequence[tuple[str, str]]) -> None:
    """ConflictError if two unrelated layers of the root bring the same path with different contents.

    A set of layers found sound once is remembered: the layers cannot change.
    """
    if len(root) < 2:
        return
    pairs = replaceable(graph, [step for step, _ in root])
    said = "\n".join([*(f"{step} {layer}" for step, layer in root), *(f"{a} > {b}" for a, b in sorted(pairs))])
    digest = hashlib.sha256(said.encode()).hexdigest()
    if store.recall("root", digest) == "sound":
        return
    parts = [Part(step, layer, store.manifest_path(layer)) for step, layer in root]
    conflicts = ConflictFinder().find(parts, pairs, SHARED)
    if conflicts:
        first = conflicts[0]
        more = f" (and {len(conflicts) - 1} more paths)" if len(conflicts) > 1 else ""
        says = f"write `replaces {first.lower}` in it"
        if graph.step(first.upper).kind == "script":  # scripts replace nothing
            says = f"let it need {first.lower}"
        raise ConflictError(
            f"{first.upper} and {first.lower} both bring {first.path}, with different contents{more}",
            span=graph.step(name).span,
            hint=f"if {first.upper} should win, {says}",
        )
    store.remember("root", digest, "sound")
