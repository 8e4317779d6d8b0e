"""The store: opens its folder and delegates to the modules beside it. Knows not how layers are made."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from lfsmake.model.errors import StoreError
from lfsmake.model.plan import Trace
from lfsmake.store import disk, locks
from lfsmake.store.database import Database
from lfsmake.store.files import FileDigests
from lfsmake.store.layers import Captured, Layers
from lfsmake.store.sources import Sources
from lfsmake.store.traces import Traces
from lfsmake.store.works import KeptWork, Works

VERSION = 1  # of the folder's format
FOLDERS = ("layers", "manifests", "sources", "work", "locks", "logs")


class Store:
    """One store folder. Threads may share it; processes share the folder.

    Every method raises StoreError when the store cannot be used and DiskFullError when a write finds no room,
    and leaves nothing half-written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._database = Database(path / "traces.sqlite")
        self._traces = Traces(self._database)
        self._files = FileDigests(self._database)
        self._layers = Layers(path / "layers", path / "manifests")
        self._sources = Sources(path / "sources")
        self._works = Works(path / "work", path / "locks" / ".works")
        self._used: int | None = None  # the descriptor of the lock that `use` holds

    @classmethod
    def open(cls, path: Path) -> Store:
        """Open the store in the folder `path`, which is made (0700) if it does not exist or is empty."""
        path = path.absolute()
        with disk.at(path):
            prepare(path)
        return cls(path)

    def close(self) -> None:
        """Write what is pending, release work folders, close the database."""
        try:
            self._files.flush()
        finally:
            self._works.close()
            self._database.close()

    # Layers

    def layer_path(self, digest: str) -> Path:
        """Where the layer's tree is, or would be."""
        return self._layers.path(digest)

    def manifest_path(self, digest: str) -> Path:
        """Where the layer's manifest is, or would be."""
        return self._layers.manifest(digest)

    def layer_digests(self) -> set[str]:
        """The digests of all layers there are."""
        return self._layers.digests()

    def add_layer(self, upper: Path, captured: Captured) -> None:
        """Move a captured tree into the store. If it has it already, `upper` stays where it is."""
        if self._layers.add(upper, captured):
            with self._database.transaction(bump=True):
                pass

    def discard_layer(self, digest: str) -> Path:
        """Take a layer out of the store; gives the work folder of ours that it is in now, for removal."""
        with self._database.transaction(bump=True):
            return self._layers.discard(digest, self._works)

    def mark_used(self, digests: Iterable[str]) -> None:
        """These layers are used now: a collection within a quota takes them last."""
        self._layers.mark_used(digests)

    def last_used(self, digest: str) -> float:
        """When the layer was used last, or added: seconds since the epoch; 0 if that cannot be told."""
        return self._layers.last_used(digest)

    # Traces

    def traces(self, keys: Iterable[str]) -> dict[str, Trace]:
        """The traces that exist for these keys."""
        return self._traces.of_keys(keys)

    def summaries(self) -> dict[str, tuple[str, str]]:
        """Key → layer, check; of all traces."""
        return self._traces.summaries()

    def last_trace(self, step: str) -> Trace | None:
        """The trace of the step that was recorded last."""
        return self._traces.last(step)

    def durations(self) -> dict[str, float]:
        """Step → wall seconds of the trace that was recorded last."""
        return self._traces.durations()

    def layer_sizes(self) -> dict[str, int]:
        """Step → bytes of its newest layer."""
        return self._traces.sizes()

    def record(self, trace: Trace) -> None:
        """Keep the trace, in place of an older one with its key. Its layer must be in the store by now."""
        self._traces.record(trace)

    def forget(self, keys: Iterable[str]) -> None:
        """Remove these traces."""
        self._traces.forget(keys)

    def trace_index(self) -> list[tuple[str, str, str, str]]:
        """Key, step, layer and log of all traces, the one recorded last first."""
        return self._traces.newest_first()

    def generation(self) -> str:
        """A text that changes whenever traces or layers change, by whatever process."""
        return self._database.generation()

    @property
    def generation_path(self) -> Path:
        """A file whose status (size, times, inode) changes whenever `generation` does; absent in a new store."""
        return self._database.mark

    # Sources

    def source_path(self, sha256: str) -> Path:
        """Where the source with this digest is, or would be."""
        return self._sources.path(sha256)

    def has_source(self, sha256: str) -> bool:
        """Whether the source with this digest is there."""
        return self._sources.path(sha256).exists()

    def new_download(self, name: str) -> Path:
        """Where the partial file of `name` (a URL) is kept, to be resumed. One writer: hold a lock for it."""
        return self._sources.new_download(name)

    def add_source(self, tmp: Path, sha256: str) -> Path:
        """Give a download, whose digest the caller has verified, its place; read-only from then on."""
        return self._sources.add(tmp, sha256)

    def quarantine(self, tmp: Path, name: str, sha256: str) -> Path:
        """Keep a file aside that is not what it should be; it is never used."""
        return self._sources.quarantine(tmp, name, sha256)

    # Facts and files

    def remember(self, kind: str, name: str, value: str) -> None:
        """Keep a small fact."""
        with self._database.transaction() as connection:
            connection.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", (kind, name, value))

    def recall(self, kind: str, name: str) -> str | None:
        """The fact remembered last."""
        found = self._database.rows("SELECT value FROM facts WHERE kind = ? AND name = ?", (kind, name))
        return found[0][0] if found else None

    def file_sha256(self, path: Path | str) -> str:
        """The digest of any file, read again only when its status changed. OSError for the file itself."""
        return self._files.sha256(path)

    def flush(self) -> None:
        """Write the digests that `file_sha256` found."""
        self._files.flush()

    def prune_files(self) -> int:
        """Forget digests of files that are gone; gives how many."""
        return self._files.prune()

    # Work folders and logs

    def new_work(self, step: str) -> Path:
        """A new folder for the step, ours until `release_work` or our death; `.lock` in it is the store's."""
        return self._works.new(step)

    def release_work(self, work: Path) -> None:
        """No longer hold the folder, which the caller has removed."""
        self._works.release(work)

    def dead_works(self, *, claim: bool = True) -> list[Path]:
        """Work folders whose holder died. If claimed they are ours to remove now, then to `release_work`."""
        return self._works.dead(claim=claim)

    def keep_failed(self, work: Path, step: str) -> KeptWork:
        """Put a work folder of ours aside as the step's failed one; `old` in the answer is to be removed."""
        return self._works.keep_failed(work, step)

    def failed_work(self, step: str) -> Path:
        """Where the step's failed work folder is, if there is one."""
        return self._works.failed(step)

    def log_path(self, run: str, step: str) -> Path:
        """Where the step's log of that run is; its folder exists afterwards."""
        path = self.path / "logs" / disk.file_name(run) / f"{disk.file_name(step)}.log"
        with disk.at(path):
            path.parent.mkdir(0o700, exist_ok=True)
        return path

    # Locks

    def lock_step(
        self,
        key: str,
        *,
        on_wait: Callable[[], None] = locks.nothing,
        cancelled: Callable[[], bool] = locks.never,
    ) -> AbstractContextManager[None]:
        """One holder a key, over all processes and threads. `on_wait` is called once if another has it."""
        path = self.path / "locks" / disk.file_name(key)
        return locks.key_lock(path, on_wait=on_wait, cancelled=cancelled)

    @contextmanager
    def use(
        self, *, on_wait: Callable[[], None] = locks.nothing, cancelled: Callable[[], bool] = locks.never
    ) -> Iterator[None]:
        """Held by every run: nothing is collected meanwhile. Waits for a collection that is under way."""
        with locks.shared_lock(self.path / "lock", on_wait=on_wait, cancelled=cancelled) as held:
            self._used = held
            try:
                yield
            finally:
                self._used = None

    def exclusive(self, *, wait: bool = False) -> AbstractContextManager[None]:
        """Held by a collection: no other run is under way. StoreError when one is and not `wait`.

        Within `use` it is this run that collects: it must not be running a step.
        """
        if self._used is not None:
            return locks.raised(self._used, self.path / "lock")
        return locks.lone_lock(self.path / "lock", wait=wait)


def prepare(path: Path) -> None:
    """Make or check the store folder. Raises StoreError, OSError."""
    if not path.exists():
        path.mkdir(0o700, parents=True, exist_ok=True)
    status = path.stat()
    if not stat.S_ISDIR(status.st_mode):
        raise StoreError(f"the store {path} is not a folder", hint="choose another folder with --store")
    if status.st_uid != os.geteuid():
        raise StoreError(
            f"the store {path} belongs to user {status.st_uid}, and lfsmake runs as user {os.geteuid()}",
            hint="run lfsmake as its owner, or choose another folder with --store",
        )
    try:
        text = (path / "VERSION").read_text("ascii", "replace")
    except FileNotFoundError:
        create(path)
        return
    if not text.strip().isdecimal():
        raise StoreError(
            f"{path} is not a store of lfsmake: its VERSION says {text[:40].strip()!r}",
            expected=f"{VERSION}",
            hint="choose another folder with --store",
        )
    if int(text) > VERSION:
        raise StoreError(
            f"the store {path} has format {int(text)}; this lfsmake knows up to {VERSION}",
            hint="upgrade lfsmake, or choose another folder with --store",
        )
    if not os.access(path, os.W_OK | os.X_OK):
        (path / "VERSION").open("r+b").close()  # says why, in the system's words


def create(path: Path) -> None:
    """Lay out an empty folder, or one that a first run killed here left; VERSION comes last."""
    known = {*FOLDERS, "VERSION"}
    names = sorted(os.listdir(path))
    strange = [name for name in names if name not in known and not name.startswith("VERSION.")]
    if strange:
        raise StoreError(
            f"{path} is not a store of lfsmake: it has no VERSION, but {strange[0]!r}",
            hint="choose an empty or new folder with --store",
        )
    for name in FOLDERS:
        (path / name).mkdir(0o700, exist_ok=True)
    disk.write_whole(path / "VERSION", f"{VERSION}\n".encode())
