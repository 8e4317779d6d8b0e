"""Judges the sources of recipes: digests, versions in addresses, servers that no longer have a file, signatures, room.

Downloads nothing: of a server it takes one byte, and only where it is asked to.
"""

import contextlib
import hashlib
import re
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO
from urllib.parse import unquote

from lfsmake.discover.judge.findings import Finding, Rule
from lfsmake.discover.judge.rules.danger import SECRET
from lfsmake.model.errors import LfsmakeError, Span
from lfsmake.model.step import Origin, Project, Resource, Step

WEAK_DIGEST = Rule(
    "weak-digest",
    "note",
    "a source whose only digest is md5",
    "another file with the same md5 can be made by whoever wants to",
    "`lfsmake fetch` writes the sha256 of what it verified into sources.lock: check that file in",
)
STALE_URL = Rule(
    "stale-url",
    "warning",
    "an address of another version than the declared one",
    "the version was raised and the address was not, or the other way round",
    'write {{ version }} in the address: source "https://example.org/a-{{ version }}.tar.xz"',
)
DEAD_URL = Rule(
    "dead-url",
    "warning",
    "a server that does not have the file",
    "the next one who builds from nothing cannot",
    "correct the address, or add a further origin",
)
WRONG_DIGEST = Rule(
    "wrong-digest",
    "error",
    "a digest that is not the file's",
    "the file was changed, or the digest was not: a build stops there",
    "look which of the two is right: sha256sum FILE",
)
BAD_SIGNATURE = Rule(
    "bad-signature",
    "error",
    "a signature that does not hold",
    "the file is not what its author signed, or the key is not the author's",
    "do not use the file; look at the author's page for the key and the digest",
)
UNVERIFIED = Rule(
    "unverified-signature",
    "note",
    "a signature that was not looked at",
    "it is declared, and says nothing as long as nobody verifies it",
    "`lfsmake fetch`, install gpgv, and name a keyring in lfsmake.toml: [check] keyring",
)
NO_ROOM = Rule(
    "no-room",
    "warning",
    "a step for which the disk has no room",
    "it is not started, or stops in the middle",
    "`lfsmake store gc`, or another place: --store DIR",
)
NO_MEMORY = Rule(
    "no-memory",
    "warning",
    "a step that wants more memory than the machine has",
    "it waits for memory that never comes, or is killed",
    "build with fewer jobs (jobs 1), or elsewhere",
)
RULES = (WEAK_DIGEST, STALE_URL, DEAD_URL, WRONG_DIGEST, BAD_SIGNATURE, UNVERIFIED, NO_ROOM, NO_MEMORY)

SIGNATURES = (".sig", ".asc", ".sign")
_AT_ONCE = 8  # servers asked beside each other
_PATIENCE = 60.0  # seconds for one signature
_MB = 1 << 20


def _finding(rule: Rule, message: str, span: Span | None, subject: str) -> Finding:
    return Finding(rule.id, rule.severity, message, span, subject, rule.why, rule.mend)


def used_by(project: Project) -> dict[str, tuple[str, Resource]]:
    """file name → (a step that uses it, the resource), of all sources and patches, in the order of the steps."""
    found: dict[str, tuple[str, Resource]] = {}
    for step in project.steps.values():
        for resource in resources_of(step):
            found.setdefault(resource.filename, (step.name, resource))
    return found


def resources_of(step: Step) -> Iterator[Resource]:
    """Every file a step uses, patches too."""
    if step.source is not None:
        yield step.source
    yield from step.extras
    yield from (unpack.resource for unpack in step.unpacks)
    yield from (patch.resource for patch in step.patches)


def declared(project: Project, locked: Callable[[str], str | None]) -> Iterator[Finding]:
    """What the recipes alone tell. `locked`: the sha256 that the lock file has for a URL."""
    for subject, resource in used_by(project).values():
        for origin in resource.origins:
            if re.match(r"\w+://[^/\s:@]+:[^/\s@]+@", origin.url):
                message = f"a password in the address of {resource.filename} stands here"
                yield _finding(SECRET, message, origin.span, subject)
            kinds = {digest.algorithm for digest in origin.digests}
            if kinds == {"md5"} and locked(origin.url) is None:
                message = f"{resource.filename} has no digest but md5"
                yield _finding(WEAK_DIGEST, message, origin.span, subject)
            wrong = _wrong_digest(resource, origin, locked(origin.url))
            if wrong:
                yield _finding(WRONG_DIGEST, wrong, origin.span, subject)
            other = _other_version(resource, origin)
            if other:
                message = f"the address has {other}, {resource.name} {resource.version} is declared"
                yield _finding(STALE_URL, message, origin.span, subject)


def _wrong_digest(resource: Resource, origin: Origin, locked: str | None) -> str:
    """What is wrong with the digests of an origin: against sources.lock, and against a file that lies at hand."""
    for digest in origin.digests:
        if digest.algorithm == "sha256" and locked is not None and locked != digest.value:
            return f"sources.lock has another sha256 of {resource.filename}: {locked[:12]}…"
    path = unquote(origin.url.removeprefix("file://"))
    if not path.startswith("/") or not Path(path).is_file():
        return ""
    for digest in origin.digests:
        with contextlib.suppress(OSError, ValueError), open(path, "rb") as file:
            found = hashlib.file_digest(file, digest.algorithm).hexdigest()
            if found != digest.value:
                return f"{resource.filename} has another {digest.algorithm}: {found[:12]}…"
    return ""


def _other_version(resource: Resource, origin: Origin) -> str:
    """`name-1.2` in the last part of an address, if that is not the declared version; "" otherwise."""
    if not re.fullmatch(r"[0-9]+(?:\.[0-9]+)+[a-z]?", resource.version) or origin.url.startswith("debian:"):
        return ""
    last = origin.url.rstrip("/").rpartition("/")[2].lower()
    match = re.match(rf"{re.escape(resource.name.lower())}[-_]v?([0-9]+(?:\.[0-9]+)+[a-z]?)(?=[-.][a-z]|$)", last)
    return match[0] if match and match[1] != resource.version else ""


def asked(project: Project, ask: Callable[[str], str]) -> Iterator[Finding]:
    """What servers say. `ask`: why an https: or http: address cannot be had, "" if it can; called from threads."""
    jobs = [
        (subject, origin)
        for subject, resource in used_by(project).values()
        for origin in resource.origins
        if origin.url.startswith(("https:", "http:"))
    ]
    from concurrent.futures import ThreadPoolExecutor  # logging comes with it

    with ThreadPoolExecutor(max_workers=_AT_ONCE) as pool:
        for (subject, origin), why in zip(jobs, pool.map(lambda job: ask(job[1].url), jobs), strict=True):
            if why:
                yield _finding(DEAD_URL, why, origin.span, subject)


def ask_server(url: str) -> str:
    """Why a server does not give the first byte of a file; "" if it does."""
    from lfsmake.sources.request import PassingError, Route, answered, shown
    from lfsmake.sources.transfer import Patience, Transfer

    transfer = Transfer(url, lambda event: None, lambda: False, Patience(connect=10.0, stall=10.0))
    try:
        with answered(url, {"Range": "bytes=0-0"}, transfer, Route()):
            return ""
    except PassingError as error:
        return f"{shown(url)} cannot be had now: {error}"
    except LfsmakeError as error:
        return error.problems[0].message


def signed(project: Project, stored: Callable[[Resource], str], keyring: str) -> Iterator[Finding]:
    """Signatures declared beside what they sign. `stored`: the path of a resource's verified file, "" if it is not
    here; `keyring`: a file of keys that are trusted, "" for none."""
    files = used_by(project)
    for name, (subject, resource) in files.items():
        signs = next((name.removesuffix(end) for end in SIGNATURES if name.endswith(end)), "")
        signed_by = files.get(signs) or files.get(f"{signs}.xz") or files.get(f"{signs}.gz")  # of the archive inside
        if not signs or signed_by is None:
            continue
        span = resource.span
        signature, data = stored(resource), stored(signed_by[1])
        if keyring and not Path(keyring).is_file():
            yield _finding(UNVERIFIED, f"{name} was not verified: {keyring} is not there", span, subject)
            continue
        if not keyring or not signature or not data:
            missing = "no keyring is named" if not keyring else "the files are not in the store"
            yield _finding(UNVERIFIED, f"{name} was not verified: {missing}", span, subject)
            continue
        state, said = verify(signature, data, keyring, unpack=signed_by[1].filename[len(signs) :])
        if state == "unknown":
            yield _finding(UNVERIFIED, f"{name} was not verified: {said}", span, subject)
        elif state == "bad":
            yield _finding(BAD_SIGNATURE, f"{name}: {said}", span, subject)


def verify(signature: str, data: str, keyring: str, unpack: str = "") -> tuple[str, str]:
    """("good" | "bad" | "unknown", what gpgv says) of a detached signature. `unpack`: ".xz" or ".gz" where the
    signature is of the archive inside."""
    try:
        command = ["gpgv", "--status-fd", "1", "--keyring", keyring, "--", signature, "-"]
        with _opened(data, unpack) as content:
            done = subprocess.run(command, stdin=content, capture_output=True, timeout=_PATIENCE, check=False)
    except FileNotFoundError as error:
        return "unknown", f"there is no {error.filename}"
    except (OSError, subprocess.TimeoutExpired) as error:
        return "unknown", str(error)
    said = done.stdout.decode(errors="replace")
    words = [line.split()[1] for line in said.splitlines() if line.startswith("[GNUPG:] ")]
    if done.returncode == 0 and "VALIDSIG" in words:
        return "good", ""
    if "NO_PUBKEY" in words:
        key = re.search(r"NO_PUBKEY (\S+)", said)
        return "bad", f"the keyring has no key {key[1] if key else ''}".rstrip()
    if "BADSIG" in words:
        return "bad", "the file was changed after it was signed"
    last = done.stderr.decode(errors="replace").strip().splitlines()
    return "bad", last[-1].removeprefix("gpgv: ") if last else f"gpgv ended with {done.returncode}"


@contextlib.contextmanager
def _opened(path: str, unpack: str) -> Iterator[IO[bytes]]:
    """The file, or what is packed in it."""
    if unpack not in (".xz", ".gz"):
        with open(path, "rb") as plain:
            yield plain
        return
    import gzip
    import lzma
    import shutil
    import tempfile

    opener = lzma.open if unpack == ".xz" else gzip.open
    with opener(path, "rb") as source, tempfile.TemporaryFile() as whole:
        shutil.copyfileobj(source, whole)
        whole.seek(0)
        yield whole


def room(steps: Iterable[Step], free: int, memory: int) -> Iterator[Finding]:
    """Steps for which disk (`free` bytes) or memory (bytes of the machine) do not do; and all of them together."""
    steps = tuple(steps)
    for step in steps:
        wanted = int((step.cost.disk or 0.0) * _MB)
        if wanted > free:
            message = f"{step.name} takes {wanted // _MB:,} MB, {free // _MB:,} MB are free"
            yield _finding(NO_ROOM, message, step.span, step.name)
        if step.limits.memory and step.limits.memory > memory:
            message = f"{step.name} may use {step.limits.memory // _MB:,} MB, the machine has {memory // _MB:,} MB"
            yield _finding(NO_MEMORY, message, step.span, step.name)
    fitting = [int((step.cost.disk or 0.0) * _MB) for step in steps if (step.cost.disk or 0.0) * _MB <= free]
    if sum(fitting) > free:
        message = f"the steps that fit one by one take up to {sum(fitting) // _MB:,} MB, {free // _MB:,} MB are free"
        yield Finding(NO_ROOM.id, "note", message, None, "", NO_ROOM.why, NO_ROOM.mend)
