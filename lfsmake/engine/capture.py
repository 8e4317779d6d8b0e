"""Runs the store's programs that read and write trees, seen from inside the id mapping that made those trees."""

from collections.abc import Sequence
from pathlib import Path

from lfsmake.sandbox import run_mapped
from lfsmake.store import programs
from lfsmake.store.layers import Captured


def capture(upper: Path, manifest: Path, epoch: int, drop: Sequence[str], lowers: Sequence[Path]) -> Captured:
    """Normalises and hashes `upper`, made on `lowers` (lowest first). Raises StoreError, DiskFullError."""
    answer = _run(programs.capture(upper, manifest, epoch=epoch, drop=drop, lowers=lowers))
    return programs.captured(answer, upper, manifest)


def verify(layer: Path, manifest: Path) -> programs.Verified:
    """Hashes a layer again. Raises StoreError."""
    return programs.verified(_run(programs.verify(layer, manifest)), layer)


def merge(layers: Sequence[Path], destination: Path) -> programs.Merged:
    """Composes layers (lowest first) to a plain folder. Raises StoreError, DiskFullError."""
    return programs.merged(_run(programs.merge(layers, destination)), destination)


def _run(request: programs.Request) -> programs.Answer:
    done = run_mapped(request.argv, stdin=request.stdin)
    return programs.Answer(done.returncode, done.stdout, done.stderr)
