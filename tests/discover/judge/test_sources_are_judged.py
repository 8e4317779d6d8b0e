"""Sources: weak digests, addresses of other versions, dead servers, signatures by real gpg, room."""

import hashlib
import http.server
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from lfsmake.discover.judge.sources import ask_server, asked, declared, room, signed, verify
from lfsmake.lang.load import load_project
from lfsmake.model.step import Project, Resource

RECIPES = """\
package gcc 14.2.0 {{
    source "{url}/gcc-13.2.0.tar.xz"
        md5 {md5}
    source "{url}/gone.tar.xz"
        sha256 {sha}
    build: make
}}
"""
MD5, SHA = "0" * 32, "0" * 64


def project(folder: Path, text: str) -> Project:
    (folder / "a.lfs").write_text(text, encoding="utf-8")
    return load_project([folder])


def test_what_the_recipes_alone_tell(tmp_path: Path) -> None:
    recipes = project(tmp_path, RECIPES.format(url="https://example.org", md5=MD5, sha=SHA))
    found = list(declared(recipes, lambda url: None))
    assert [(each.rule, each.message, each.span.line, each.subject) for each in found if each.span] == [
        ("weak-digest", "gcc-13.2.0.tar.xz has no digest but md5", 2, "gcc"),
        ("stale-url", "the address has gcc-13.2.0, gcc 14.2.0 is declared", 2, "gcc"),
    ]
    assert [each.rule for each in declared(recipes, {"https://example.org/gcc-13.2.0.tar.xz": SHA}.get)] == [
        "stale-url"
    ]


@pytest.mark.parametrize("name", ["gcc-14.2.0.tar.xz", "gcc-14.2.0-rest.tar.xz", "gcc-doc.tar.xz", "other-1.0.tar.xz"])
def test_addresses_of_the_declared_version_are_well(tmp_path: Path, name: str) -> None:
    text = f'package gcc 14.2.0 {{\n    source "https://x/{name}"\n        sha256 {SHA}\n    build: make\n}}\n'
    assert list(declared(project(tmp_path, text), lambda url: None)) == []


def test_a_digest_that_is_not_the_file_s_is_told(tmp_path: Path) -> None:
    (tmp_path / "a b.patch").write_bytes(b"x")
    right = hashlib.sha256(b"x").hexdigest()
    text = 'script a {{\n    source "a b.patch"\n        sha256 {}\n    build: make\n}}\n'
    assert list(declared(project(tmp_path, text.format(right)), lambda url: None)) == []
    (found,) = declared(project(tmp_path, text.format(SHA)), lambda url: None)
    assert (found.rule, found.severity, found.message) == (
        "wrong-digest", "error", f"a b.patch has another sha256: {right[:12]}…"
    )  # fmt: skip


def test_a_lock_file_that_says_otherwise_is_told(tmp_path: Path) -> None:
    text = f'script a {{\n    source "https://x/a.tar"\n        sha256 {SHA}\n    build: make\n}}\n'
    (found,) = declared(project(tmp_path, text), lambda url: "1" * 64)
    assert (found.rule, found.message) == ("wrong-digest", "sources.lock has another sha256 of a.tar: 111111111111…")
    assert list(declared(project(tmp_path, text), lambda url: SHA)) == []


@pytest.fixture
def server() -> Iterator[str]:
    """A server that has one file."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404 if "gone" in self.path else 200)
            self.send_header("content-length", "1")
            self.end_headers()
            self.wfile.write(b"x")

        def log_message(self, *_: object) -> None:
            pass

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()
    thread.join()


def test_a_server_that_lost_the_file_is_named(tmp_path: Path, server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    (found,) = asked(project(tmp_path, RECIPES.format(url=server, md5=MD5, sha=SHA)), ask_server)
    assert (found.rule, found.severity) == ("dead-url", "warning")
    assert found.message == f"{server}/gone.tar.xz: the server answered 404 Not Found"


@pytest.fixture(scope="module")
def signatures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data`, its signature `data.sig`, the keyring `keys.gpg` and another one, `other.gpg`."""
    if shutil.which("gpg") is None or shutil.which("gpgv") is None:
        pytest.skip("no gpg here")
    folder = tmp_path_factory.mktemp("signatures")
    for name in ("keys", "other"):
        home = tmp_path_factory.mktemp(name)
        home.chmod(0o700)
        gpg = ["gpg", "--homedir", str(home), "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", ""]
        subprocess.run([*gpg, "--quick-gen-key", "tests@example.org", "ed25519", "sign", "never"], check=True)
        (folder / f"{name}.gpg").write_bytes(subprocess.run([*gpg, "--export"], check=True, capture_output=True).stdout)
        if name == "keys":
            (folder / "data").write_bytes(b"the file\n")
            subprocess.run(
                [*gpg, "--output", str(folder / "data.sig"), "--detach-sign", str(folder / "data")], check=True
            )
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False)
    return folder


def test_signatures_are_verified_against_the_keyring(signatures: Path, tmp_path: Path) -> None:
    data, signature = str(signatures / "data"), str(signatures / "data.sig")
    assert verify(signature, data, str(signatures / "keys.gpg")) == ("good", "")
    state, said = verify(signature, data, str(signatures / "other.gpg"))
    assert (state, said.startswith("the keyring has no key ")) == ("bad", True)
    changed = tmp_path / "data"
    changed.write_bytes(b"another file\n")
    assert verify(signature, str(changed), str(signatures / "keys.gpg")) == (
        "bad",
        "the file was changed after it was signed",
    )
    assert verify(data, data, str(signatures / "keys.gpg"))[0] == "bad"
    assert verify(str(tmp_path / "gone"), data, str(signatures / "keys.gpg"))[0] == "bad"


def test_a_signature_of_what_is_packed(signatures: Path, tmp_path: Path) -> None:
    import lzma

    packed = tmp_path / "data.xz"
    packed.write_bytes(lzma.compress(b"the file\n"))
    good = verify(str(signatures / "data.sig"), str(packed), str(signatures / "keys.gpg"), unpack=".xz")
    assert good == ("good", "")


def test_declared_signatures_are_looked_at(signatures: Path, tmp_path: Path) -> None:
    text = (
        'package a 1.0 {\n    source "https://x/data"\n        sha256 ' + SHA + "\n"
        '    source "https://x/data.sig"\n        sha256 ' + SHA + "\n    build: make\n}\n"
    )
    recipes = project(tmp_path, text)

    def stored(resource: Resource) -> str:
        return str(signatures / resource.filename)

    assert list(signed(recipes, stored, str(signatures / "keys.gpg"))) == []
    (bad,) = signed(recipes, stored, str(signatures / "other.gpg"))
    assert (bad.rule, bad.severity, bad.subject) == ("bad-signature", "error", "a")
    (none,) = signed(recipes, stored, "")
    assert none.message == "data.sig was not verified: no keyring is named"
    (lost,) = signed(recipes, stored, "/nowhere.gpg")
    assert lost.message == "data.sig was not verified: /nowhere.gpg is not there"
    (away,) = signed(recipes, lambda resource: "", str(signatures / "keys.gpg"))
    assert away.message == "data.sig was not verified: the files are not in the store"


def test_steps_that_do_not_fit_are_named_before_they_start(tmp_path: Path) -> None:
    text = "script a {\n    cost 1 SBU 500 MB\n    memory 8 GB\n    build: make\n}\nscript b {\n    build: make\n}\n"
    steps = project(tmp_path, text).steps.values()
    found = list(room(steps, 100 << 20, 4 << 30))
    assert [(each.rule, each.message) for each in found] == [
        ("no-room", "a takes 500 MB, 100 MB are free"),
        ("no-memory", "a may use 8,192 MB, the machine has 4,096 MB"),
    ]
    assert list(room(steps, 1 << 40, 1 << 40)) == []
