"""The pypi: origin against an index that the test serves and pip is configured for."""

import hashlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from lfsmake.model.errors import SourceError
from lfsmake.sources import pypi

CONTENT = os.urandom(10_000)
DIGEST = hashlib.sha256(CONTENT).hexdigest()
JSON = "application/vnd.pypi.simple.v1+json"


@pytest.fixture(autouse=True)
def pip_uses_our_index(site: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    pytest.importorskip("pip", reason="no pip in this environment")
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    configuration = tmp_path / "pip.conf"
    configuration.write_text(f"[global]\nindex-url = {site.url}/simple\nextra-index-url =\n")
    monkeypatch.setenv("PIP_CONFIG_FILE", str(configuration))
    pypi._pip_answers.cache_clear()
    yield configuration
    pypi._pip_answers.cache_clear()


@pytest.fixture
def index(site: Any) -> Any:
    """Serves an index page of the project some-thing in JSON, with three files."""
    files = [
        {"filename": "some_thing-1.0-py3-none-any.whl", "url": "../../wheel", "hashes": {}},
        {"filename": "some_thing-1.0.zip", "url": "../../f/some_thing-1.0.zip", "hashes": {}},
        {"filename": "Some_Thing-1.0.tar.gz", "url": "../../f/t.tar.gz", "hashes": {"sha256": DIGEST}},
        {"filename": "some_thing-1.0.1.tar.gz", "url": "../../f/other.tar.gz", "hashes": {}},
    ]
    page = json.dumps({"meta": {"api-version": "1.0"}, "name": "some-thing", "files": files}).encode()
    site.put("/simple/some-thing/", lambda request: request.reply(200, page, Content_Type=JSON))
    site.put("/f/t.tar.gz", CONTENT)
    return site


@pytest.mark.usefixtures("index")
def test_a_release_is_found_in_the_index_that_pip_uses(bench: Any, things: Any, site: Any) -> None:
    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    url = "pypi:some.Thing==1.0"
    for policy in ("upstream", "debian"):
        got = bench.ensure(things.resource(things.origin(url, md5=md5)), policy)
    assert Path(got.path).read_bytes() == CONTENT
    assert "application/vnd.pypi.simple.v1+json" in site.gets("/simple/some-thing/")[0]["Accept"]
    assert len(site.gets("/f/t.tar.gz")) == 1
    assert bench.lock.path.read_text().splitlines()[-1] == f"{DIGEST}  thing-1.tar.xz  {url}"


@pytest.mark.usefixtures("index")
def test_the_index_s_digest_must_be_the_recipe_s(bench: Any, things: Any, site: Any) -> None:
    with pytest.raises(SourceError) as caught:
        bench.ensure(things.resource(things.origin("pypi:some_thing==1.0", sha256="0" * 64)))
    assert caught.value.problems[0].message == (
        f"the package index says sha256 {DIGEST} for Some_Thing-1.0.tar.gz, the recipe says {'0' * 64}"
    )
    assert site.gets("/f/t.tar.gz") == []


@pytest.mark.usefixtures("index")
def test_the_file_with_the_resource_s_name_is_preferred(things: Any) -> None:
    released, _ = pypi.locate("pypi:some_thing==1.0", "some_thing-1.0.zip", things.transfer())
    assert released.file == "some_thing-1.0.zip"


@pytest.mark.usefixtures("index")
def test_a_release_that_is_not_there_is_named(things: Any, site: Any) -> None:
    with pytest.raises(SourceError) as caught:
        pypi.locate("pypi:some_thing==2.0", "", things.transfer())
    assert str(caught.value) == (
        f"pypi:some_thing==2.0: {site.url}/simple has no source distribution of some_thing 2.0"
    )
    with pytest.raises(SourceError, match=r"/simple/unknown/: the server answered 404 Not Found"):
        pypi.locate("pypi:unknown==1", "", things.transfer())


def test_an_html_index_is_read_too(bench: Any, things: Any, site: Any) -> None:
    page = f'<html><a href="../../f/some-thing-1.0.tar.gz#sha256={DIGEST}">x</a><a>y</a></html>'.encode()
    site.put("/simple/some-thing/", lambda request: request.reply(200, page, Content_Type="text/html"))
    site.put("/f/some-thing-1.0.tar.gz", CONTENT)
    resource = things.resource(things.origin("pypi:some-thing==1.0", sha256=DIGEST))
    assert Path(bench.ensure(resource).path).read_bytes() == CONTENT


def test_an_index_in_a_folder_and_a_further_index_are_used(
    things: Any, site: Any, tmp_path: Path, pip_uses_our_index: Path
) -> None:
    folder = tmp_path / "index" / "some-thing"
    folder.mkdir(parents=True)
    (folder / "index.html").write_text('<a href="some_thing-1.0.tar.gz">s</a>')
    pip_uses_our_index.write_text(
        f"[global]\nindex-url = {site.url}/simple\nextra-index-url = {(tmp_path / 'index').as_uri()}\n"
    )
    pypi._pip_answers.cache_clear()
    released, _ = pypi.locate("pypi:some_thing==1.0", "", things.transfer())
    assert released.url == (folder / "some_thing-1.0.tar.gz").as_uri()


@pytest.mark.parametrize("answer", [b"{", b'{"files": "\xff"}', b"[" * 100_000], ids=["cut", "not UTF-8", "endless"])
def test_an_index_that_talks_nonsense_is_an_error(things: Any, site: Any, answer: bytes) -> None:
    site.put("/simple/some-thing/", lambda request: request.reply(200, answer, Content_Type=JSON))
    with pytest.raises(SourceError, match="the index's answer cannot be read"):
        pypi.locate("pypi:some-thing==1.0", "", things.transfer())


def test_a_machine_without_pip_says_so(
    things: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "no-python"))
    monkeypatch.setattr(pypi, "PYTHONS", ())
    with pytest.raises(SourceError) as caught:
        pypi.locate("pypi:some-thing==1.0", "", things.transfer())
    assert str(caught.value).startswith("pypi:some-thing==1.0: ")
    assert caught.value.hint == "install pip, or use another origin"


def test_a_url_of_another_form_is_refused(things: Any) -> None:
    with pytest.raises(SourceError) as caught:
        pypi.locate("pypi:some-thing", "", things.transfer())
    assert caught.value.problems[0].expected == "pypi:NAME==VERSION"


def test_no_index_at_all_is_said(things: Any, pip_uses_our_index: Path) -> None:
    pip_uses_our_index.write_text("[global]\nno-index = true\n")
    pypi._pip_answers.cache_clear()
    with pytest.raises(SourceError, match="pip is configured to use no index"):
        pypi.locate("pypi:some-thing==1.0", "", things.transfer())
