"""The debian: origin against an archive that the test makes, signs and serves."""

import hashlib
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest

from lfsmake.model.errors import SourceError
from lfsmake.sources.choose import known
from lfsmake.sources.lock import LockFile
from lfsmake.store.store import Store

NEEDED = ("apt-get", "apt-cache", "apt-config", "gpg", "gpgv", "gpgconf")
missing = [name for name in NEEDED if shutil.which(name) is None]
if not Path("/usr/lib/apt/apt-helper").exists():
    missing.append("apt-helper")
pytestmark = pytest.mark.skipif(bool(missing), reason=f"not on this machine: {', '.join(missing)}")

FILE = "thing_1.0.orig.tar.xz"
URL = f"debian:lfs/thing/{FILE}"
CONTENT = os.urandom(30_000)


class Keys:
    """Two signing keys, one of which the machine's configuration trusts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.public = folder / "trusted.gpg"
        for name in ("good", "bad"):
            new = [
                "--passphrase",
                "",
                "--quick-generate-key",
                f"{name}@lfs.example",
                "ed25519",
                "sign",
                "never",
            ]
            self._gpg(*new)
        self._gpg("--output", str(self.public), "--export", "good@lfs.example")

    def sign(self, text: str, name: str) -> bytes:
        return self._gpg("--local-user", f"{name}@lfs.example", "--clearsign", text=text)

    def _gpg(self, *words: str, text: str = "") -> bytes:
        command = ["gpg", "--homedir", str(self.folder), "--batch", "--quiet", *words]
        return subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Keys]:
    folder = tmp_path_factory.mktemp("keys")
    folder.chmod(0o700)
    yield Keys(folder)
    subprocess.run(["gpgconf", "--homedir", str(folder), "--kill", "all"], check=True)


class Archive:
    """A Debian archive on the test's web server, and a machine whose apt is configured for it."""

    def __init__(self, site: Any, keys: Keys, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.site, self.keys = site, keys
        self.packages: dict[str, dict[str, bytes]] = {}
        parts = folder / "machine"
        parts.mkdir()
        (parts / "debian.sources").write_text(
            f"Types: deb\nURIs: {site.url}/debian\nSuites: machine\nComponents: main\nSigned-By: {keys.public}\n"
        )
        configuration = folder / "machine.conf"
        configuration.write_text(
            f'Dir::Etc::sourcelist "/dev/null"; Dir::Etc::sourceparts "{parts}";\n'
            'Acquire::http::Proxy "DIRECT"; Acquire::Retries "0";\n'
        )
        monkeypatch.setenv("APT_CONFIG", str(configuration))

    def publish(self, *, signed_by: str = "good", serve: bool = True, **versions: dict[str, bytes]) -> None:
        """Signs an index of the package `thing`: version (with _ for .) → file → content."""
        stanzas = []
        for version, files in versions.items():
            number = version.lstrip("v").replace("_", ".")
            sums = "".join(
                f"\n {hashlib.sha256(c).hexdigest()} {len(c)} {name}" for name, c in files.items()
            )
            stanzas.append(
                f"Package: thing\nBinary: thing\nVersion: {number}-1\nFormat: 3.0 (quilt)\nArchitecture: any\n"
                f"Directory: pool/main/t/thing\nChecksums-Sha256:{sums}\n"
            )
            if serve:
                for name, content in files.items():
                    self.site.put(f"/debian/pool/main/t/thing/{name}", content)
        index = "\n".join(stanzas).encode()
        digest = hashlib.sha256(index).hexdigest()
        release = (
            f"Origin: Test\nSuite: lfs\nCodename: lfs\nDate: {formatdate(usegmt=True)}\nComponents: main\n"
            f"Architectures: all\nSHA256:\n {digest} {len(index)} main/source/Sources\n"
        )
        signed = self.keys.sign(release, signed_by)
        self.site.put("/debian/dists/lfs/InRelease", lambda request: request.reply(200, signed))
        self.site.put("/debian/dists/lfs/main/source/Sources", lambda request: request.reply(200, index))

    def index_reads(self) -> int:
        return len(self.site.gets("/debian/dists/lfs/InRelease"))

    def pool_reads(self, name: str = FILE) -> int:
        return len(self.site.gets(f"/debian/pool/main/t/thing/{name}"))


@pytest.fixture
def archive(site: Any, keys: Keys, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Archive:
    return Archive(site, keys, tmp_path, monkeypatch)


@pytest.fixture
def signed(things: Any) -> Any:
    return things.resource(things.origin(URL, line=9, signed=""))


def test_a_signed_file_is_fetched_recorded_and_certain_from_then_on(
    archive: Archive, bench: Any, things: Any, signed: Any
) -> None:
    archive.publish(v1_0={FILE: CONTENT, "thing_1.0-1.debian.tar.xz": b"packaging"})
    assert known(signed, bench.store, bench.lock, "auto") is None
    got = bench.ensure(signed)
    assert Path(got.path).read_bytes() == CONTENT
    assert bench.lock.path.read_text().splitlines()[-1] == f"{things.sha256(CONTENT)}  {FILE}  {URL}"
    assert known(signed, bench.store, bench.lock, "debian") == got
    other = things.resource(things.origin("debian:lfs/thing/thing_1.0-1.debian.tar.xz", signed=""))
    assert Path(bench.ensure(other).path).read_bytes() == b"packaging"
    assert archive.index_reads() == 1
    assert not Path("/var/lib/apt/lists", "lfs").exists()


def test_the_recipe_s_digest_must_be_the_index_s(archive: Archive, bench: Any, things: Any) -> None:
    archive.publish(v1_0={FILE: CONTENT})
    wanted = things.sha256(b"another")
    with pytest.raises(SourceError) as caught:
        bench.ensure(things.resource(things.origin(URL, line=4, sha256=wanted)))
    (problem,) = caught.value.problems
    assert problem.message == (
        f"the signed index says sha256 {things.sha256(CONTENT)} for {FILE}, the recipe says {wanted}"
    )
    assert problem.span == things.span(4)
    assert archive.pool_reads() == 0


def test_a_file_that_was_replaced_is_refused_with_both_digests(
    archive: Archive, bench: Any, things: Any, signed: Any
) -> None:
    bench.lock.put(URL, FILE, things.sha256(b"older"))
    archive.publish(v1_0={FILE: CONTENT})
    with pytest.raises(SourceError) as caught:
        bench.ensure(signed)
    assert caught.value.problems[0].message == (
        f"the signed index says sha256 {things.sha256(CONTENT)} for {FILE}, "
        f"sources.lock says {things.sha256(b'older')}"
    )
    assert caught.value.hint == (
        "the file was replaced since it was recorded; if that is right, remove its line from sources.lock"
    )
    assert archive.pool_reads() == 0


def test_a_file_that_moved_is_named_with_what_is_there_now(
    archive: Archive, bench: Any, things: Any, signed: Any
) -> None:
    archive.publish(v1_1={"thing_1.1.orig.tar.xz": CONTENT}, v1_2={"thing_1.2.orig.tar.xz": CONTENT})
    with pytest.raises(SourceError) as caught:
        bench.ensure(signed)
    (problem,) = caught.value.problems
    assert problem.message == f"{URL}: the signed index does not name {FILE} (any more)"
    assert problem.hint == "it names thing_1.2.orig.tar.xz, thing_1.1.orig.tar.xz: change the recipe"
    with pytest.raises(SourceError) as caught:
        bench.ensure(things.resource(things.origin("debian:lfs/other/other_1.tar.xz", signed="")))
    assert caught.value.problems[0].message.endswith(": the signed index has no source package other")
    assert archive.index_reads() == 1


def test_an_older_index_is_read_again_for_a_file_it_lacks(
    archive: Archive, bench: Any, things: Any, signed: Any
) -> None:
    archive.publish(v0_9={"thing_0.9.orig.tar.xz": b"old"})
    bench.ensure(things.resource(things.origin("debian:lfs/thing/thing_0.9.orig.tar.xz", signed="")))
    archive.publish(v1_0={FILE: CONTENT})
    ten_minutes_ago = time.time() - 600
    os.utime(bench.store.path / "apt" / "lfs" / "fetched", (ten_minutes_ago, ten_minutes_ago))
    assert Path(bench.ensure(signed).path).read_bytes() == CONTENT
    assert archive.index_reads() == 2


def test_an_index_signed_by_a_stranger_is_refused(archive: Archive, bench: Any, signed: Any) -> None:
    archive.publish(v1_0={FILE: CONTENT}, signed_by="bad")
    with pytest.raises(SourceError) as caught:
        bench.ensure(signed)
    message = caught.value.problems[0].message
    assert message.startswith(f"{URL}: no signed index of lfs: ")
    assert caught.value.hint == (
        "look at the network and at the machine's apt sources and keys, or use another origin"
    )
    assert archive.pool_reads() == 0
    assert not bench.lock.path.exists()


def test_an_index_that_does_not_fit_its_signature_is_refused(
    archive: Archive, bench: Any, signed: Any, site: Any
) -> None:
    archive.publish(v1_0={FILE: CONTENT})
    site.put(
        "/debian/dists/lfs/main/source/Sources", lambda request: request.reply(200, b"Package: thing\n")
    )
    with pytest.raises(SourceError, match="no signed index of lfs"):
        bench.ensure(signed)


def test_a_pool_file_that_is_not_what_the_index_says_is_kept_aside(
    archive: Archive, bench: Any, things: Any, signed: Any, site: Any
) -> None:
    archive.publish(v1_0={FILE: CONTENT})
    lie = b"x" * len(CONTENT)
    site.put(f"/debian/pool/main/t/thing/{FILE}", lie)
    with pytest.raises(SourceError) as caught:
        bench.ensure(signed)
    assert f"its sha256 is {things.sha256(lie)}, not {things.sha256(CONTENT)}" in str(caught.value)
    assert "is not what the signed index says" in str(caught.value)
    assert archive.pool_reads() == 2


def test_a_dead_pool_file_leaves_the_next_origin(
    archive: Archive, bench: Any, things: Any, site: Any
) -> None:
    archive.publish(v1_0={FILE: CONTENT}, serve=False)
    second = things.origin(site.put("/mirror.tar.xz", CONTENT), sha256=things.sha256(CONTENT))
    resource = things.resource(things.origin(URL, signed=""), second)
    with pytest.raises(SourceError, match=r"404 +Not Found"):
        bench.ensure(resource, "debian")
    assert bench.ensure(resource).origin == second


def test_without_a_network_the_index_of_yesterday_serves(
    archive: Archive, bench: Any, things: Any, site: Any, signed: Any
) -> None:
    archive.publish(v1_0={FILE: CONTENT, "thing_1.0-1.dsc": b"description"})
    bench.ensure(things.resource(things.origin("debian:lfs/thing/thing_1.0-1.dsc", signed="")))
    site.put("/debian/dists/lfs/InRelease", lambda request: request.reply(503, b""))
    yesterday = time.time() - 86400
    os.utime(bench.store.path / "apt" / "lfs" / "fetched", (yesterday, yesterday))
    assert Path(bench.ensure(signed).path).read_bytes() == CONTENT
    (note,) = bench.notes()
    assert note.startswith("the index of lfs is from an earlier run: ")


def test_debian_comes_first_where_upstream_is_silent(
    archive: Archive, bench: Any, things: Any, unused_url: str, site: Any
) -> None:
    archive.publish(v1_0={FILE: CONTENT})
    upstream = things.origin(unused_url, sha256=things.sha256(CONTENT))
    resource = things.resource(upstream, things.origin(URL, signed=""))
    assert bench.ensure(resource).origin.url == URL
    (note,) = bench.notes()
    assert note == (
        "127.0.0.1 cannot be reached (connection refused): other origins come first for a day; "
        "`--set origin=upstream` asks it again"
    )
    assert bench.store.recall("unreachable", "127.0.0.1") is not None
    # The file is there under that digest, whichever origin is asked for it.
    assert bench.ensure(resource, "upstream").origin == upstream


def test_upstream_comes_first_where_it_answers(
    archive: Archive, bench: Any, things: Any, site: Any
) -> None:
    archive.publish(v1_0={FILE: CONTENT})
    upstream = things.origin(
        site.put("/t.tar.xz", b"upstream's own"), sha256=things.sha256(b"upstream's own")
    )
    resource = things.resource(upstream, things.origin(URL, signed=""))
    assert bench.ensure(resource).origin == upstream
    assert archive.index_reads() == 0
    assert bench.ensure(resource, "debian").origin.url == URL


def test_another_store_takes_the_recorded_digest(
    archive: Archive, bench: Any, things: Any, signed: Any, tmp_path: Path
) -> None:
    archive.publish(v1_0={FILE: CONTENT})
    bench.ensure(signed)
    fresh = Store.open(tmp_path / "fresh")
    got = known(signed, fresh, LockFile.load(bench.lock.path), "auto")
    fresh.close()
    assert got is not None
    assert (got.sha256, got.path) == (things.sha256(CONTENT), "")


def test_a_machine_without_apt_says_so(
    archive: Archive, bench: Any, signed: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SourceError) as caught:
        bench.ensure(signed)
    assert caught.value.problems[0].message == (
        f"{URL}: there is no apt on this machine (apt-get, apt-cache, apt-config not found)"
    )
    assert caught.value.hint == "use another origin, or run this on Debian"


@pytest.mark.parametrize(
    "url", ["debian:trixie/thing", "debian:-o/thing/f", "debian:a/b/c/d", "debian:a/../f", "debian:a/b/-f"]
)
def test_a_url_of_another_form_is_refused(bench: Any, things: Any, url: str) -> None:
    with pytest.raises(SourceError) as caught:
        bench.ensure(things.resource(things.origin(url, signed="")))
    assert caught.value.problems[0].message == f"{url} names no file of a Debian source package"
    assert caught.value.problems[0].expected == "debian:SUITE/SOURCE/FILE"
