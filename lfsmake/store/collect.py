"""Collection: what of a store nothing needs any more, and its removal; disk usage. Knows no steps beyond names."""

from __future__ import annotations

import os
import re
import stat
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from lfsmake.store import disk
from lfsmake.store.store import Store

DAY = 86_400.0  # seconds
SIZE = re.compile(rb',"size":(\d+),"sha256":"[0-9a-f]{64}"(?!.*,"hardlink":)')


class Policy(Struct, frozen=True):
    """What a collection keeps besides what `roots` (cache keys) need.

    With a `quota` of bytes, layers that were built, sources and kept folders of failures go only while the store
    takes more, what was not used for longest first; and the folders go only where `steps` does not name the step.
    """

    roots: tuple[str, ...] = ()
    traces: int = 1  # newest ones of each step
    steps: tuple[str, ...] | None = None  # only of these; None: of every step
    logs: int = 20  # newest runs; logs that a kept trace names stay as well
    download_age: float = 7 * DAY  # seconds since the last byte of an unfinished or rejected download
    failed: bool = True  # kept work folders of failed steps
    sources: tuple[str, ...] | None = None  # sha256 of those to keep; None keeps all
    quota: int | None = None


class Thing(Struct, frozen=True):
    """One thing to remove. `size` in bytes on the disk, as far as this user can see it."""

    kind: str  # "layer", "work", "failed", "download", "log", "source", "manifest"
    path: Path
    size: int


class Collected(Struct, frozen=True):
    """What is, or was, to be removed. `traces` are cache keys; `left`: the bytes that the store takes afterwards,
    known with a quota only."""

    things: tuple[Thing, ...]
    traces: tuple[str, ...]
    left: int | None = None

    @property
    def size(self) -> int:
        """Bytes that this frees."""
        return sum(thing.size for thing in self.things)


class Usage(Struct, frozen=True):
    """Bytes on the disk by what they are for, and bytes still free."""

    layers: int
    sources: int
    downloads: int  # unfinished and rejected
    work: int
    failed: int
    logs: int
    records: int  # database and manifests
    other: int  # kept in the store's folder by other rooms
    free: int


def plan_collection(store: Store, policy: Policy, now: float | None = None) -> Collected:
    """What `collect` would remove now. Live work folders are never in it. Changes nothing."""
    return look(store, policy, now, claim=False)


def look(store: Store, policy: Policy, now: float | None, *, claim: bool) -> Collected:
    """What to remove; `claim` makes dead work folders ours."""
    now = time.time() if now is None else now
    index = store.trace_index()
    kept = choose(store, policy, index)
    spare: list[Thing] = []
    if policy.quota is not None:
        built = {layer for _, _, layer, _ in index}
        spare = used_last(store, policy, kept, built)
        kept = kept | (built & store.layer_digests())
    dropped = [key for key, _, layer, _ in index if layer not in kept]
    named = {log for _, _, layer, log in index if layer in kept and log}
    things = [
        *layers(store, kept),
        *works(store, policy, claim=claim),
        *downloads(store, now - policy.download_age),
        *logs(store, named, policy.logs),
    ]
    if policy.quota is None:
        return Collected((*things, *sources(store, policy.sources)), tuple(dropped))
    left = total(usage(store)) - sum(thing.size for thing in things)
    for thing in spare:
        if left <= policy.quota:
            break
        left -= thing.size
        things.append(thing)
    gone = {thing.path.name for thing in things if thing.kind == "layer"}
    return Collected(
        tuple(things), tuple(key for key, _, layer, _ in index if layer in gone or layer not in kept), left
    )


def collect(
    store: Store, policy: Policy, remove_tree: Callable[[Path], None], now: float | None = None
) -> Collected:
    """Remove what nothing needs, while no run uses the store; gives what was removed.

    `remove_tree` deletes a folder with files of other users in it. Traces go first: killed at any instant, a
    collection leaves no trace without its layer, and the next one finds the rest.
    Raises StoreError when the store is in use.
    """
    with store.exclusive():
        plan = look(store, policy, now, claim=True)
        store.forget(plan.traces)
        for thing in plan.things:
            remove(store, thing, remove_tree)
        store.prune_files()
        for path in leftovers(store):
            path.unlink(missing_ok=True)
    return plan


def usage(store: Store) -> Usage:
    """What the store takes on the disk."""
    path = store.path
    sizes = {name: disk_size(path / name) for name in sorted(os.listdir(path)) if name != "layers"}
    failed = disk_size(path / "work" / "failed")
    pending = disk_size(path / "sources" / "tmp") + disk_size(path / "sources" / "quarantine")
    records = sum(size for name, size in sizes.items() if name.startswith("traces."))
    records += sizes.pop("manifests", 0)
    own = ("layers", "sources", "work", "logs", "locks")
    other = sum(size for name, size in sizes.items() if name not in own and not name.startswith("traces."))
    return Usage(
        layers=sum(layer_size(store, digest) for digest in store.layer_digests()),
        sources=sizes.get("sources", 0) - pending,
        downloads=pending,
        work=sizes.get("work", 0) - failed,
        failed=failed,
        logs=sizes.get("logs", 0),
        records=records,
        other=other,
        free=disk.free_bytes(path),
    )


def total(used: Usage) -> int:
    """Bytes that the store takes."""
    return sum(getattr(used, name) for name in used.__struct_fields__ if name != "free")


def choose(store: Store, policy: Policy, index: Iterable[tuple[str, str, str, str]]) -> set[str]:
    """The layers that are needed, of those there are. `index`: key, step, layer and log of traces, newest first."""
    present = store.layer_digests()
    roots = set(policy.roots)
    steps = None if policy.steps is None else set(policy.steps)
    seen: dict[str, int] = {}
    kept: set[str] = set()
    for key, step, layer, _ in index:
        if layer not in present:
            continue
        seen[step] = seen.get(step, 0) + 1
        newest = seen[step] <= policy.traces and (steps is None or step in steps)
        if newest or key in roots:
            kept.add(layer)
    return kept


def used_last(store: Store, policy: Policy, kept: Collection[str], built: Collection[str]) -> list[Thing]:
    """What may go for want of room: layers that were built, sources, folders of failures; used longest ago first."""
    found = []
    for thing in layers(store, {*kept, *(store.layer_digests() - set(built))}):
        if thing.kind == "layer":
            found.append((store.last_used(thing.path.name), thing))
    for thing in sources(store, policy.sources):
        status = thing.path.stat()
        found.append((max(status.st_atime, status.st_mtime), thing))
    ours = {disk.file_name(step) for step in policy.steps or ()}
    for path in children(store.path / "work" / "failed"):
        if policy.failed and path.name not in ours:
            found.append((path.lstat().st_mtime, Thing("failed", path, disk_size(path))))
    return [thing for _, thing in sorted(found, key=lambda pair: pair[0])]


def layers(store: Store, kept: Collection[str]) -> Iterator[Thing]:
    """Layers that are not kept, and manifests whose layer is gone."""
    present = store.layer_digests()
    for digest in sorted(present - set(kept)):
        yield Thing("layer", store.layer_path(digest), layer_size(store, digest))
    with disk.at(store.path / "manifests"), os.scandir(store.path / "manifests") as entries:
        for entry in sorted(entries, key=lambda entry: entry.name):
            if entry.name.removesuffix(".jsonl") not in present:
                yield Thing("manifest", Path(entry.path), disk_size(Path(entry.path)))


def works(store: Store, policy: Policy, *, claim: bool) -> Iterator[Thing]:
    """Work folders whose holder died, and those of failed steps where the policy lets them go."""
    for path in store.dead_works(claim=claim):
        yield Thing("work", path, disk_size(path))
    if not policy.failed:
        for path in children(store.path / "work" / "failed"):
            yield Thing("failed", path, disk_size(path))


def downloads(store: Store, before: float) -> Iterator[Thing]:
    """Unfinished and rejected downloads that did not change since `before`."""
    for folder in ("tmp", "quarantine"):
        for path in children(store.path / "sources" / folder):
            if path.lstat().st_mtime < before:
                yield Thing("download", path, disk_size(path))


def logs(store: Store, kept: Collection[str], count: int) -> Iterator[Thing]:
    """Logs of all but the newest `count` runs, unless a kept trace names them."""
    runs = sorted(children(store.path / "logs"), key=last_written, reverse=True)
    for run in runs[count:]:
        found = list(children(run)) if run.is_dir() and not run.is_symlink() else []
        unneeded = [path for path in found if str(path.relative_to(store.path)) not in kept]
        if len(unneeded) == len(found):
            yield Thing("log", run, disk_size(run))
        else:
            yield from (Thing("log", path, disk_size(path)) for path in unneeded)


def last_written(run: Path) -> float:
    """When the run's logs were written last; its folder's own time changes when one of them is collected."""
    found = children(run) if run.is_dir() and not run.is_symlink() else []
    return max((path.lstat().st_mtime for path in found), default=run.lstat().st_mtime)


def sources(store: Store, kept: Iterable[str] | None) -> Iterator[Thing]:
    """Sources that are not kept."""
    if kept is None:
        return
    wanted = set(kept)
    for path in children(store.path / "sources"):
        if path.name not in (*wanted, "tmp", "quarantine"):
            yield Thing("source", path, disk_size(path))


def leftovers(store: Store) -> list[Path]:
    """Empty or tiny files of killed runs: locks, and the parts of files that were being replaced."""
    locks = [path for path in children(store.path / "locks") if not path.name.startswith(".")]
    return locks + [path for path in children(store.path) if path.name.endswith(".tmp")]


def remove(store: Store, thing: Thing, remove_tree: Callable[[Path], None]) -> None:
    """Remove one thing."""
    with disk.at(thing.path):
        if thing.kind == "layer":
            work = store.discard_layer(thing.path.name)
        elif thing.kind in ("work", "failed"):
            work = thing.path
        elif thing.path.is_dir() and not thing.path.is_symlink():
            remove_tree(thing.path)
            return
        else:
            thing.path.unlink(missing_ok=True)
            return
        remove_tree(work)
        store.release_work(work)


def children(folder: Path) -> list[Path]:
    """What is in the folder, sorted; nothing if it does not exist."""
    try:
        return [folder / name for name in sorted(os.listdir(folder))]
    except FileNotFoundError:
        return []


def layer_size(store: Store, digest: str) -> int:
    """Bytes of the layer's contents, from its manifest: its folders may be closed to this user."""
    try:
        text = store.manifest_path(digest).read_bytes()
    except FileNotFoundError:
        return disk_size(store.layer_path(digest))
    return sum(int(size) for size in SIZE.findall(text))


def disk_size(path: Path) -> int:
    """Bytes on the disk of the file or tree, hard links once; what this user may not see counts nothing."""
    total = 0
    seen: set[tuple[int, int]] = set()
    todo = [os.fspath(path)]
    while todo:
        name = todo.pop()
        try:
            status = os.lstat(name)
            if status.st_nlink == 1 or (status.st_dev, status.st_ino) not in seen:
                total += status.st_blocks * 512
                seen.add((status.st_dev, status.st_ino))
            if stat.S_ISDIR(status.st_mode):
                todo += [os.path.join(name, entry) for entry in os.listdir(name)]  # noqa: PTH118
        except OSError:
            continue
    return total
