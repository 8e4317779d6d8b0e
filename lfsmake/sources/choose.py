"""Which origin a resource comes from, and what is certain of its file now. Knows no network."""

from typing import Literal

from msgspec import Struct

from lfsmake.model.errors import SourceError
from lfsmake.model.step import Origin, Resource
from lfsmake.sources import local
from lfsmake.sources.digests import declared, declared_sha256
from lfsmake.sources.lock import LockFile
from lfsmake.store.store import Store

Kind = Literal["local", "upstream", "debian", "pypi"]
POLICIES = ("auto", "upstream", "debian")
_ALLOWED = {"upstream": ("upstream", "pypi"), "debian": ("debian", "pypi")}


class Known(Struct, frozen=True):
    """A resource's file: the origin it is from, its sha256, its path.

    `path` is in the store, "" if it was not fetched yet; for a local origin it is where the file lies.
    """

    origin: Origin
    sha256: str
    path: str


def kind(url: str) -> Kind:
    """What an origin's URL is. Raises SourceError for a scheme that is not known."""
    if url.startswith("/"):
        return "local"
    scheme, colon, _ = url.partition(":")
    if scheme in ("http", "https") and colon:
        return "upstream"
    if colon and scheme == "debian":
        return "debian"
    if colon and scheme == "pypi":
        return "pypi"
    if url.startswith("file:/"):
        return "local"
    raise SourceError(
        f"{url} is no origin that lfsmake knows",
        expected="https:, http:, file:, debian:SUITE/SOURCE/FILE, pypi:NAME==VERSION or a path",
    )


def resource_id(resource: Resource) -> str:
    """The name under which `ensure_all` answers and the choice of an origin is remembered."""
    first = resource.origins[0].url if resource.origins else ""
    return f"{resource.filename} {first}"


def usable(resource: Resource, policy: str) -> list[Origin]:
    """The origins that `policy` allows, local ones first, then as written.

    "upstream" and "debian" allow their own kind; both allow pypi:, which is the upstream of the packages
    that the book takes from there, and local files.
    """
    allowed = _ALLOWED.get(policy, ("upstream", "debian", "pypi"))
    kinds = [(origin, kind(origin.url)) for origin in resource.origins]
    locals_ = [origin for origin, its_kind in kinds if its_kind == "local"]
    return locals_ + [origin for origin, its_kind in kinds if its_kind in allowed]


def known(resource: Resource, store: Store, lock: LockFile, policy: str) -> Known | None:
    """The origin that would be used and its file's sha256, if both are certain now.

    The digest is when the recipe declares it, the lock file has it, or the file was verified before; the
    origin is when it is the only one, was chosen before, or its file is in the store. Never asks a network.
    """
    origins = usable(resource, policy)
    if len(origins) == 1:
        return certain(origins[0], store, lock)
    there = (certain(origin, store, lock) for origin in origins if kind(origin.url) == "local")
    if found := next((each for each in there if each is not None), None):
        return found
    chosen = store.recall("origin", resource_id(resource)) if origins else None
    for origin in origins:
        if origin.url == chosen:
            return certain(origin, store, lock)
    sure = (certain(origin, store, lock) for origin in origins)
    return next((each for each in sure if each is not None and each.path), None)


def fact(origin: Origin) -> str:
    """The name under which it is remembered that a file had all that this origin declares."""
    digests = sorted(f"{digest.algorithm}:{digest.value}" for digest in declared(origin))
    return " ".join((origin.url, *digests))


def only_sha256(origin: Origin) -> bool:
    """Whether the sha256 alone proves that a file has all that this origin declares."""
    return all(digest.algorithm == "sha256" for digest in declared(origin))


def certain(origin: Origin, store: Store, lock: LockFile) -> Known | None:
    """What is certain of this origin's file now; None if its sha256 is not."""
    if kind(origin.url) == "local":
        return _certain_local(origin, store)
    sha256 = declared_sha256(origin) or lock.get(origin.url)
    trusted = sha256 is not None and only_sha256(origin)
    if not trusted:
        # A file may have the locked sha256 but not the md5 that the recipe declares now.
        verified = store.recall("digest", fact(origin))
        sha256 = sha256 or verified
        trusted = verified == sha256
    if not sha256:
        return None
    path = str(store.source_path(sha256)) if trusted and store.has_source(sha256) else ""
    return Known(origin, sha256, path)


def _certain_local(origin: Origin, store: Store) -> Known | None:
    try:
        path = local.readable(origin.url)
    except SourceError:
        return None
    sha256 = store.file_sha256(path)
    if not origin.digests:
        return Known(origin, sha256, path)
    wanted = declared_sha256(origin)
    if wanted and wanted != sha256:
        return None
    trusted = only_sha256(origin) or store.recall("digest", fact(origin)) == sha256
    return Known(origin, sha256, path) if trusted else None
