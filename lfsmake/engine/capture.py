"""Captures a folder as a layer, seen from inside the id mapping it was made in. Knows the tree tool, not steps."""

import sys
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from lfsmake.model.errors import DiskFullError, StoreError
from lfsmake.sandbox import run_mapped
from lfsmake.store import tree
from lfsmake.store.layers import Captured


class _Trouble(Struct):
    error: str
    path: str = ""
    errno: int = 0


def capture(upper: str, manifest: str, epoch: int, drop: Sequence[str], lowers: Sequence[str]) -> Captured:
    """Normalises and hashes `upper`, writes `manifest`. Raises StoreError or DiskFullError."""
    order = {"do": "capture", "root": upper, "manifest": manifest, "epoch": epoch, "drop": drop, "lowers": lowers}
    answer = tree_tool(order)
    found = msgspec.json.decode(answer)
    return Captured(digest=found["digest"], size=found["size"], files=found["files"], manifest=manifest)


def tree_tool(order: dict[str, object]) -> bytes:
    """What the tree tool answers, run in the id mapping."""
    done = run_mapped((sys.executable, "-I", "-S", tree.__file__), stdin=msgspec.json.encode(order))
    if done.returncode == 0:
        return done.stdout
    import errno

    try:
        trouble = msgspec.json.decode(done.stderr, type=_Trouble)
    except msgspec.DecodeError:
        trouble = _Trouble(done.stderr.decode(errors="replace").strip())
    where = f": {trouble.path}" if trouble.path else ""
    if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
        raise DiskFullError(
            f"no space left on the device of {order['root']}",
            hint="make room: `lfsmake store gc`, or another --store",
        )
    raise StoreError(f"the layer cannot be captured: {trouble.error}{where}")
