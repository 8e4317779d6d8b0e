"""Fills a store with a trace and a layer for every step, without running any. Knows the public Store and the planner.

What a real build leaves is left here too: for each step its key, a layer folder of its own with one file, a manifest
and a trace with the key's parts. Only the contents of the manifests are not what a capture writes.
"""

import hashlib
import os
from pathlib import Path

from lfsmake.engine.key import key_digest, key_parts
from lfsmake.engine.plan import Planner
from lfsmake.engine.session import Request, Session, open_session
from lfsmake.model.plan import Trace
from lfsmake.sandbox import remove_tree
from lfsmake.store.layers import Captured


def prime(folder: Path, cache: Path) -> int:
    """Makes every step of the project in `folder` up to date. Gives the number of steps."""
    os.environ["LFSMAKE_CACHE"] = str(cache)
    session = open_session(Request(directory=str(folder)))
    try:
        return _fill(session)
    finally:
        session.close()
        del os.environ["LFSMAKE_CACHE"]


def _fill(session: Session) -> int:
    store = session.store
    planner = Planner(session.graph, session.inputs, store)
    layers: dict[str, str] = {}
    with store.use():
        work = store.new_work("prime")
        for name in session.graph.closure(session.steps_of(())):
            key = planner.key(name, layers)
            assert key is not None
            layer = hashlib.sha256(name.encode()).hexdigest()
            upper, manifest = work / name, work / f"{name}.jsonl"
            upper.mkdir()
            (upper / name).write_text(name, encoding="utf-8")
            manifest.write_text("{}\n", encoding="utf-8")
            store.add_layer(upper, Captured(layer, len(name), 1, str(manifest)))
            digest = key_digest(key)
            store.record(
                Trace(
                    key=digest, step=name, layer=layer, check="", built=0.0, wall=0.1, cpu=0.1, rss=0,
                    size=len(name), log="", parts=key_parts(key),
                )
            )  # fmt: skip
            layers[name] = layer
        remove_tree(work)
        store.release_work(work)
    return len(layers)
