"""Has resources at hand: verified, in the store, never fetched twice. Knows digests and choices, no protocol.

ensure(): for each origin, the best first:
    take the file from the store if it is there, else download it (one process at a time)
    compare it with everything that is known of it; keep what differs aside
    name it in the store, remember the choice, record its sha256 in the lock file
"""

import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from msgspec import Struct

from lfsmake.model.errors import Problem, SourceError
from lfsmake.model.events import Event, FetchDone
from lfsmake.model.step import Origin, Resource
from lfsmake.sources import debian, local
from lfsmake.sources.choose import POLICIES, Known, certain, fact, kind, known, resource_id, usable
from lfsmake.sources.digests import Mismatch, declared, declared_sha256, is_signed, measure, mismatches
from lfsmake.sources.lock import LockFile
from lfsmake.sources.problems import SourcesError, line_at, placed, refused
from lfsmake.sources.reach import Reach
from lfsmake.sources.request import Route, shown
from lfsmake.sources.transfer import Patience, Transfer, turn
from lfsmake.store.store import Store

_TRIES = 2  # of one origin when what came is not what it should be: some mirrors have one bad server


class Fetcher(Struct, frozen=True):
    """What all downloads of one fetch share."""

    store: Store
    lock: LockFile
    policy: str
    emit: Callable[[Event], None]
    cancelled: Callable[[], bool]
    patience: Patience
    reach: Reach

    def transfer(self, file: str, *, once: bool = False) -> Transfer:
        """Surroundings for the download of `file`; `once`: without further tries."""
        patience = msgspec.structs.replace(self.patience, tries=1) if once else self.patience
        return Transfer(file, self.emit, self.cancelled, patience)


class _Found(Struct, frozen=True):
    """Where an origin's file is, and what the origin itself says of it."""

    file: str
    url: str
    sha256: str = ""
    size: int = 0
    index: str = ""  # what says so
    route: Route = Route()
    listed: debian.Listed | None = None


def ensure(
    resource: Resource,
    store: Store,
    lock: LockFile,
    policy: str,
    *,
    emit: Callable[[Event], None],
    cancelled: Callable[[], bool],
    patience: Patience = Patience(),  # noqa: B008 - a frozen record
) -> Known:
    """The verified file of `resource`, fetched if it is not there.

    `policy`: "auto", "upstream" or "debian". Raises SourceError with a problem for each origin that failed,
    DiskFullError, InterruptedRun.
    """
    return obtain(resource, Fetcher(store, lock, policy, emit, cancelled, patience, Reach(store)))


def obtain(resource: Resource, fetcher: Fetcher) -> Known:
    """`ensure` with what several downloads share."""
    store, lock = fetcher.store, fetcher.lock
    origins = _allowed(resource, fetcher.policy)
    now = known(resource, store, lock, fetcher.policy)
    if now is not None and now.path:
        _record(resource, now, lock)
        return now
    problems: list[Problem] = []
    order = _order(resource, origins, now, fetcher)
    for number, origin in enumerate(order, start=1):
        try:
            got = _from_origin(resource, origin, fetcher, alone=len(order) == 1)
        except SourceError as error:
            problems += placed(error, origin.span)
            if number < len(order):
                fetcher.transfer(resource.filename).note(
                    f"{error}; trying {shown(order[number].url)}", "warning"
                )
            continue
        _record(resource, got, lock)
        if len(origins) > 1:
            store.remember("origin", resource_id(resource), origin.url)
        return got
    if len(problems) == 1:
        raise SourcesError(tuple(problems))
    head = f"{resource.filename} could not be had from any of its {len(order)} origins"
    raise SourcesError((Problem(head, resource.span, source=line_at(resource.span)), *problems))


def _allowed(resource: Resource, policy: str) -> list[Origin]:
    if policy not in POLICIES:
        raise SourceError(f"{policy!r} is no way to choose origins", expected=" or ".join(POLICIES))
    origins = usable(resource, policy)
    if not origins:
        raise SourceError(
            f"{resource.filename} has no {policy} origin",
            span=resource.span,
            source=line_at(resource.span),
            hint="use `--set origin=auto`, or give the resource such an origin",
        )
    return origins


def _order(resource: Resource, origins: list[Origin], now: Known | None, fetcher: Fetcher) -> list[Origin]:
    """Best first: local files, the earlier choice, what can be reached, the rest; otherwise as written."""
    chosen = now.origin.url if now else fetcher.store.recall("origin", resource_id(resource))
    elsewhere = any(kind(origin.url) in ("debian", "pypi") for origin in origins)

    def rank(origin: Origin) -> int:
        what = kind(origin.url)
        if what == "local":
            return 0
        if origin.url == chosen:
            return 1
        if what == "upstream" and elsewhere:
            return 4 if fetcher.reach.down(origin.url, fetcher.transfer(resource.filename)) else 2
        return 3 if what in ("debian", "pypi") else 2

    return sorted(origins, key=rank)


def _record(resource: Resource, got: Known, lock: LockFile) -> None:
    """Writes to the lock file what the recipe does not say."""
    origin = got.origin
    if kind(origin.url) != "local" and not declared_sha256(origin):
        file = resource.filename if kind(origin.url) == "pypi" else _file_of(origin.url)
        lock.put(origin.url, file, got.sha256)
        lock.save()


def _from_origin(resource: Resource, origin: Origin, fetcher: Fetcher, *, alone: bool) -> Known:
    what = kind(origin.url)
    if what == "local":
        return _from_local(resource, origin, fetcher)
    if not declared(origin) and not (is_signed(origin) and what == "debian"):
        raise SourceError(
            f"{origin.url} has no digest",
            expected="sha256, sha512, blake2b or md5",
            hint="declare one in the recipe",
        )
    once = (
        not alone
        and what == "upstream"
        and bool(fetcher.reach.down(origin.url, fetcher.transfer(resource.filename)))
    )
    transfer = fetcher.transfer(resource.filename, once=once)
    partial = fetcher.store.new_download(origin.url)
    waiting = f"waiting for another lfsmake that fetches {resource.filename}"
    with turn(partial.with_name(f"{partial.name}.lock"), transfer, waiting) as descriptor:
        # Whoever held the lock before us may have fetched it.
        now = certain(origin, fetcher.store, fetcher.lock)
        if now is not None and now.path:
            return now
        if now is not None and fetcher.store.has_source(now.sha256):
            return _already_there(
                resource, origin, now.sha256, _Found(resource.filename, origin.url), fetcher
            )
        try:
            return _download(resource, origin, partial, descriptor, transfer, fetcher)
        except ValueError as error:  # of a URL that urllib cannot take apart
            raise refused(shown(origin.url), f"it is not a URL: {error}") from error


def _from_local(resource: Resource, origin: Origin, fetcher: Fetcher) -> Known:
    path = Path(local.readable(origin.url))
    measured = measure(path, [each.algorithm for each in declared(origin)], fetcher.cancelled)
    if wrong := mismatches(measured, declared(origin)):
        raise _differs(resource, str(path), wrong, "it lies where the recipe says")
    fetcher.store.remember("digest", fact(origin), measured["sha256"])
    return Known(origin, measured["sha256"], str(path))


def _already_there(
    resource: Resource, origin: Origin, sha256: str, found: _Found, fetcher: Fetcher
) -> Known:
    """The store has a file with that sha256; what else is declared must fit it too."""
    path = fetcher.store.source_path(sha256)
    measured = measure(path, [each.algorithm for each in declared(origin)], fetcher.cancelled)
    locked = "" if declared_sha256(origin) else fetcher.lock.get(origin.url) or ""
    if wrong := mismatches(
        measured, declared(origin), locked=locked, listed=found.sha256, index=found.index
    ):
        raise _differs(resource, shown(origin.url), wrong, f"the file with that sha256 is {path}")
    fetcher.store.remember("digest", fact(origin), sha256)
    return Known(origin, sha256, str(path))


def _download(
    resource: Resource, origin: Origin, partial: Path, descriptor: int, transfer: Transfer, fetcher: Fetcher
) -> Known:
    from lfsmake.sources import http

    store = fetcher.store
    folder = store.path / "apt"
    found = _locate(resource, origin, folder, transfer)
    locked = "" if declared_sha256(origin) else fetcher.lock.get(origin.url) or ""
    if found.sha256:
        sure = mismatches(
            {"sha256": found.sha256},
            [each for each in declared(origin) if each.algorithm == "sha256"],
            locked=locked,
        )
        if sure:
            raise _moved(found, sure[0])
        if store.has_source(found.sha256):
            return _already_there(resource, origin, found.sha256, found, fetcher)
    for left in reversed(range(_TRIES)):
        if found.listed is not None:
            debian.download(origin.url, found.listed, folder, partial, transfer, descriptor)
        else:
            http.download(found.url, partial, transfer, size=found.size, route=found.route)
        measured = measure(partial, [each.algorithm for each in declared(origin)], fetcher.cancelled)
        wrong = mismatches(
            measured, declared(origin), locked=locked, listed=found.sha256, index=found.index
        )
        http.forget(partial)
        if not wrong:
            break
        if left:
            transfer.note(
                f"{resource.filename} from {shown(found.url)} is not what it should be; once more",
                "warning",
            )
            partial.unlink()
        else:
            page = _is_page(partial)
            kept = store.quarantine(partial, found.file, measured["sha256"])
            raise _differs(
                resource, shown(found.url), wrong, f"what came is kept aside in {kept}", page=page
            )
    sha256 = measured["sha256"]
    size = partial.stat().st_size
    path = store.add_source(partial, sha256)
    store.remember("digest", fact(origin), sha256)
    fetcher.emit(FetchDone(at=time.time(), file=resource.filename, url=shown(found.url), size=size))
    return Known(origin, sha256, str(path))


def _locate(resource: Resource, origin: Origin, folder: Path, transfer: Transfer) -> _Found:
    what = kind(origin.url)
    if what == "debian":
        listed = debian.locate(origin.url, folder, transfer)
        return _Found(
            listed.file, listed.url, listed.sha256, listed.size, "the signed index", listed=listed
        )
    if what == "pypi":
        from lfsmake.sources import pypi

        released, route = pypi.locate(origin.url, resource.filename, transfer)
        return _Found(released.file, released.url, released.sha256, 0, "the package index", route)
    return _Found(_file_of(origin.url), origin.url)


def _file_of(url: str) -> str:
    name = shown(url).partition("?")[0].partition("#")[0].rpartition("/")[2]
    return name or url


def _is_page(path: Path) -> bool:
    with path.open("rb") as file:
        start = file.read(512).lstrip().lower()
    return start.startswith((b"<!doctype html", b"<html"))


def _moved(found: _Found, wrong: Mismatch) -> SourceError:
    hint = (
        "the file was replaced since it was recorded; if that is right, remove its line from sources.lock"
        if wrong.by == "sources.lock"
        else "the recipe means another file of that name; correct its digest or its version"
    )
    return SourceError(
        f"{found.index} says sha256 {wrong.got} for {found.file}, {wrong.by} says {wrong.wanted}",
        expected=f"sha256 {wrong.wanted}",
        hint=hint,
    )


def _differs(
    resource: Resource, where: str, wrong: list[Mismatch], kept: str, *, page: bool = False
) -> SourceError:
    first = wrong[0]
    what = "the server sent a web page instead of the file; " if page else ""
    cure = (
        "; if it changed rightly, remove its line from sources.lock" if first.by == "sources.lock" else ""
    )
    return SourceError(
        f"{resource.filename} from {where} is not what {first.by} says: "
        f"its {first.algorithm} is {first.got}, not {first.wanted}",
        expected=f"{first.algorithm} {first.wanted}",
        hint=f"{what}{kept}{cure}",
    )
