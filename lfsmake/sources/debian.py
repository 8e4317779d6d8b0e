"""The origin debian:SUITE/SOURCE/FILE. Knows apt with a configuration of its own, not the store.

locate():
  fetch the suite's index, whose signature apt verifies, unless that was done within the hour
  look FILE up in it; if it is not there, fetch the index anew, once
Nothing of the machine's apt is changed, and no privileges are needed.
"""

import re
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from msgspec import Struct

from lfsmake.model.errors import InterruptedRun, SourceError
from lfsmake.sources.aptsources import (
    entry_for,
    machine_codename,
    machine_entries,
    plain_uri,
    private_configuration,
    private_sources,
    stanzas,
)
from lfsmake.sources.problems import refused
from lfsmake.sources.transfer import Transfer, child_environment, disk_full, need_space, turn

INDEX_AGE = 3600.0  # seconds an index counts as new
_JUST_FETCHED = 60.0  # seconds in which fetching it again for a missing file is no use
_APT_HELPER = Path("/usr/lib/apt/apt-helper")
_URL = re.compile(r"debian:([A-Za-z0-9][\w.+~-]*)/([a-z0-9][a-z0-9.+-]*)/([A-Za-z0-9][\w.+~:-]*)")
_POLL = 0.02
_NAMED = 5  # files of the index in a hint


class Listed(Struct, frozen=True):
    """What the signed index says of a file: its URL, sha256, size in bytes, the package's version."""

    file: str
    url: str
    sha256: str
    size: int
    version: str


def file_of(url: str) -> str:
    """FILE of debian:SUITE/SOURCE/FILE. Raises SourceError if the URL has another form."""
    return _parts(url)[2]


def unusable() -> str:
    """Why this machine has no such origin, or ""."""
    missing = [name for name in ("apt-get", "apt-cache", "apt-config") if shutil.which(name) is None]
    if not _APT_HELPER.exists():
        missing.append(str(_APT_HELPER))
    return f"there is no apt on this machine ({', '.join(missing)} not found)" if missing else ""


def locate(url: str, folder: Path, transfer: Transfer) -> Listed:
    """Finds the file of `url` in its suite's signed index. `folder` keeps a private apt for each suite.

    Raises SourceError: no apt, no such suite, a bad signature, a file the index does not name (any more).
    """
    suite, source, file = _parts(url)
    if why := unusable():
        raise refused(url, why, "use another origin, or run this on Debian")
    home = folder / suite
    home.mkdir(parents=True, exist_ok=True, mode=0o700)
    waiting = f"waiting for another lfsmake that reads the index of {suite}"
    with turn(home / "lock", transfer, waiting) as lock:
        base = _configure(url, suite, home)
        age = _age(home / "fetched")
        if age > INDEX_AGE:
            _fetch_index(url, suite, home, transfer, lock)
            age = 0.0
    # Without the lock, so that threads look up at once; apt replaces an index by renaming.
    found = _look_up(url, source, file, base, home, transfer)
    if isinstance(found, SourceError) and age > _JUST_FETCHED:
        with turn(home / "lock", transfer, waiting) as lock:
            if _age(home / "fetched") > _JUST_FETCHED:
                _fetch_index(url, suite, home, transfer, lock)
        found = _look_up(url, source, file, base, home, transfer)
    if isinstance(found, SourceError):
        raise found
    return found


def download(url: str, listed: Listed, folder: Path, partial: Path, transfer: Transfer, lock: int) -> None:
    """Fills `partial` by apt's own means, so that its proxies, logins and mirrors count. The caller verifies.

    `lock`: a descriptor that the child keeps open. Raises SourceError, DiskFullError, InterruptedRun.
    """
    have = partial.stat().st_size if partial.exists() else 0
    if have == listed.size:
        return
    need_space(partial.parent, listed.size - have, transfer.file)
    transfer.started(listed.url, listed.size)
    home = folder / _parts(url)[0]
    code, output = _apt(
        [str(_APT_HELPER), "-c", str(home / "apt.conf"), "download-file", listed.url, str(partial)],
        transfer,
        (lock,),
        lambda: transfer.progress(partial.stat().st_size if partial.exists() else 0, listed.size),
    )
    failed = partial.with_name(f"{partial.name}.FAILED")
    failed.unlink(missing_ok=True)
    if code != 0 or not partial.exists():
        if "No space left" in output or "Disk quota" in output:
            partial.unlink(missing_ok=True)
            raise disk_full(partial.parent, transfer.file, listed.size)
        raise refused(listed.url, _last_words(output), "use another origin, or try again later")


def _parts(url: str) -> tuple[str, str, str]:
    match = _URL.fullmatch(url)
    if match is None:
        raise SourceError(
            f"{url} names no file of a Debian source package", expected="debian:SUITE/SOURCE/FILE"
        )
    return match[1], match[2], match[3]


_configured: dict[Path, str] = {}


def _configure(url: str, suite: str, home: Path) -> str:
    """Writes the private configuration, once a process; returns the archive's address."""
    if home in _configured and (home / "apt.conf").exists():
        return _configured[home]
    entry = entry_for(machine_entries(), suite, machine_codename())
    if entry is None:
        raise refused(url, "the machine's apt configuration names no Debian archive", "use another origin")
    for part in ("state/lists/partial", "cache/archives/partial", "sources.list.d"):
        (home / part).mkdir(parents=True, exist_ok=True)
    sources = home / "sources.list.d" / "lfsmake.sources"
    text = private_sources(entry, suite)
    if not sources.exists() or sources.read_text() != text:
        sources.write_text(text)
        (home / "fetched").unlink(missing_ok=True)
    (home / "apt.conf").write_text(private_configuration(home))
    _configured[home] = plain_uri(entry.uri).rstrip("/")
    return _configured[home]


def _age(stamp: Path) -> float:
    try:
        return max(time.time() - stamp.stat().st_mtime, 0.0)
    except FileNotFoundError:
        return float("inf")


def _fetch_index(url: str, suite: str, home: Path, transfer: Transfer, lock: int) -> None:
    command = ["apt-get", "-c", str(home / "apt.conf"), "--quiet", "update"]
    code, output = _apt(command, transfer, (lock,), lambda: None)
    stamp = home / "fetched"
    if code == 0:
        stamp.touch()
    elif stamp.exists():
        # The index that is there was verified when it came; without a network it is as good as ever.
        transfer.note(f"the index of {suite} is from an earlier run: {_last_words(output)}", "warning")
    else:
        raise refused(
            url,
            f"no signed index of {suite}: {_last_words(output)}",
            "look at the network and at the machine's apt sources and keys, or use another origin",
        )


def _look_up(
    url: str, source: str, file: str, base: str, home: Path, transfer: Transfer
) -> Listed | SourceError:
    command = ["apt-cache", "-c", str(home / "apt.conf"), "showsrc", "--only-source", source]
    code, output = _apt(command, transfer, (), lambda: None)
    if code != 0 and "Unable to locate" not in output:
        return refused(url, f"the index cannot be read: {_last_words(output)}")
    versions = [fields for fields in stanzas(output) if fields.get("package") == source]
    others: list[str] = []
    for fields in versions:
        for line in fields.get("checksums-sha256", "").splitlines():
            words = line.split()
            if len(words) != 3:
                continue
            if words[2] == file:
                address = f"{base}/{fields.get('directory', '')}/{file}"
                return Listed(file, address, words[0], int(words[1]), fields.get("version", ""))
            if ".orig" in words[2] and not words[2].endswith(".asc"):
                others.append(words[2])
    if not versions:
        return refused(url, f"the signed index has no source package {source}")
    names = list(dict.fromkeys(reversed(others))) or ["no upstream file"]
    now = ", ".join(names[:_NAMED]) + (" and older ones" if len(names) > _NAMED else "")
    return refused(
        url, f"the signed index does not name {file} (any more)", f"it names {now}: change the recipe"
    )


def _apt(
    command: list[str], transfer: Transfer, keep: tuple[int, ...], tick: Callable[[], None]
) -> tuple[int, str]:
    """Runs one of apt's programs; exit status and all it said. Stops it when the run is stopped."""
    with subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=child_environment(),
        pass_fds=keep,
        start_new_session=True,  # a Ctrl-C is ours to pass on
    ) as process:
        try:
            while True:
                try:
                    output, _ = process.communicate(timeout=_POLL)
                    return process.returncode, output.decode("utf-8", "replace")
                except subprocess.TimeoutExpired:
                    tick()
                    transfer.check()
        except (InterruptedRun, KeyboardInterrupt):
            process.terminate()
            raise


def _last_words(output: str) -> str:
    """What apt says went wrong, on one line."""
    lines = [line.strip() for line in output.splitlines()]
    errors = [line[2:].strip() for line in lines if line.startswith("E:")]
    telling = [line for line in errors if line != "Download Failed"] or errors
    telling = telling or [line for line in lines if line]
    return telling[0] if telling else "apt said nothing"
