"""ensure() and known(): digests, the lock file, the choice of an origin and what is kept of it."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from lfsmake.model.errors import SourceError
from lfsmake.model.events import FetchDone
from lfsmake.sources.choose import known
from lfsmake.sources.lock import LockFile
from lfsmake.store.store import Store

CONTENT = os.urandom(50_000)
OTHER = os.urandom(50_000)


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def test_a_file_is_fetched_once_and_named_by_its_digest(site: Any, bench: Any, things: Any) -> None:
    resource = things.simple(site.put("/t.tar.xz", CONTENT), CONTENT)
    before = known(resource, bench.store, bench.lock, "auto")
    assert before is not None
    assert (before.sha256, before.path) == (things.sha256(CONTENT), "")
    got = bench.ensure(resource)
    assert got.path == str(bench.store.source_path(things.sha256(CONTENT)))
    assert Path(got.path).read_bytes() == CONTENT
    assert bench.ensure(resource) == got == known(resource, bench.store, bench.lock, "auto")
    assert len(site.gets("/t.tar.xz")) == 1
    done = [event for event in bench.events if isinstance(event, FetchDone)]
    assert [(event.file, event.size) for event in done] == [("thing-1.tar.xz", 50_000)]
    assert sorted(os.listdir(bench.store.path / "sources")) == sorted(["tmp", things.sha256(CONTENT)])
    assert os.listdir(bench.store.path / "sources" / "tmp") == []
    assert not bench.lock.path.exists()


def test_a_lying_server_is_asked_twice_and_its_file_kept_aside(site: Any, bench: Any, things: Any) -> None:
    url = site.put("/t.tar.xz", OTHER)
    with pytest.raises(SourceError) as caught:
        bench.ensure(things.resource(things.origin(url, line=7, sha256=things.sha256(CONTENT))))
    (problem,) = caught.value.problems
    assert problem.message == (
        f"thing-1.tar.xz from {url} is not what the recipe says: "
        f"its sha256 is {things.sha256(OTHER)}, not {things.sha256(CONTENT)}"
    )
    assert problem.span == things.span(7)
    assert problem.expected == f"sha256 {things.sha256(CONTENT)}"
    kept = bench.store.path / "sources" / "quarantine" / f"{things.sha256(OTHER)[:16]}-t.tar.xz"
    assert problem.hint == f"what came is kept aside in {kept}"
    assert kept.read_bytes() == OTHER
    assert len(site.gets("/t.tar.xz")) == 2
    assert not bench.store.has_source(things.sha256(OTHER))
    assert not bench.store.has_source(things.sha256(CONTENT))


def test_one_bad_answer_is_forgiven(site: Any, bench: Any, things: Any) -> None:
    answers = iter([OTHER, CONTENT])
    url = site.put("/t", lambda request: request.reply(200, next(answers)))
    assert bench.ensure(things.simple(url, CONTENT)).sha256 == things.sha256(CONTENT)
    assert bench.notes() == [f"thing-1.tar.xz from {url} is not what it should be; once more"]


def test_a_web_page_in_place_of_the_file_is_called_one(site: Any, bench: Any, things: Any) -> None:
    url = site.put("/t", b"<!DOCTYPE html><p>Please log in")
    with pytest.raises(SourceError) as caught:
        bench.ensure(things.simple(url, CONTENT))
    assert caught.value.hint.startswith("the server sent a web page instead of the file; what came is kept")


@pytest.mark.parametrize("algorithm", ["sha512", "blake2b", "md5"])
def test_every_declared_digest_counts(site: Any, bench: Any, things: Any, algorithm: str) -> None:
    url = site.put("/t.tar.xz", CONTENT)
    right = hashlib.new(algorithm, CONTENT).hexdigest()
    wrong = hashlib.new(algorithm, OTHER).hexdigest()
    good = things.resource(things.origin(url, sha256=things.sha256(CONTENT), **{algorithm: right}))
    bad = things.resource(things.origin(url, sha256=things.sha256(CONTENT), **{algorithm: wrong}))
    got = bench.ensure(good)
    with pytest.raises(SourceError, match=f"its {algorithm} is {right}, not {wrong}"):
        bench.ensure(bad)  # though the store has a file with the right sha256
    assert bench.ensure(good) == got
    assert known(bad, bench.store, bench.lock, "auto").path == ""
    assert len(site.gets("/t.tar.xz")) == 1


def test_a_source_without_a_digest_is_refused(site: Any, bench: Any, things: Any) -> None:
    url = site.put("/t", CONTENT)
    for origin in (things.origin(url), things.origin(url, signed="")):
        with pytest.raises(SourceError) as caught:
            bench.ensure(things.resource(origin))
        assert caught.value.problems[0].message == f"{url} has no digest"
    assert site.seen == []


def test_md5_alone_is_accepted_once_and_sha256_enforced_from_then_on(
    site: Any, bench: Any, things: Any, tmp_path: Path
) -> None:
    url = site.put("/t-1.tar.xz", CONTENT)
    resource = things.resource(things.origin(url, md5=md5(CONTENT)))
    assert known(resource, bench.store, bench.lock, "auto") is None
    bench.ensure(resource)
    line = f"{things.sha256(CONTENT)}  t-1.tar.xz  {url}"
    assert bench.lock.path.read_text().splitlines()[-1] == line
    # Another machine: an empty store, the lock file from the project, a server with another file of that md5.
    lock = LockFile(tmp_path / "other.lock")
    lock.put(url, "t-1.tar.xz", things.sha256(OTHER))
    lock.save()
    elsewhere = Store.open(tmp_path / "elsewhere")
    bench.store.close()
    bench.store, bench.lock = elsewhere, lock
    with pytest.raises(SourceError) as caught:
        bench.ensure(resource)
    problem = caught.value.problems[0]
    assert problem.message == (
        f"thing-1.tar.xz from {url} is not what sources.lock says: "
        f"its sha256 is {things.sha256(CONTENT)}, not {things.sha256(OTHER)}"
    )
    assert problem.hint.endswith("; if it changed rightly, remove its line from sources.lock")


def test_another_md5_in_the_recipe_is_checked_against_the_stored_file(
    site: Any, bench: Any, things: Any
) -> None:
    url = site.put("/t", CONTENT)
    bench.ensure(things.resource(things.origin(url, md5=md5(CONTENT))))
    edited = things.resource(things.origin(url, md5=md5(OTHER)))
    with pytest.raises(SourceError, match=f"its md5 is {md5(CONTENT)}, not {md5(OTHER)}"):
        bench.ensure(edited)


def test_a_lost_lock_file_is_written_again_from_the_store(site: Any, bench: Any, things: Any) -> None:
    resource = things.resource(things.origin(site.put("/t", CONTENT), md5=md5(CONTENT)))
    bench.ensure(resource)
    text = bench.lock.path.read_text()
    bench.lock.path.unlink()
    bench.reload()
    bench.ensure(resource)
    assert bench.lock.path.read_text() == text
    assert len(site.gets("/t")) == 1


def test_the_next_origin_is_tried_and_the_choice_remembered(site: Any, bench: Any, things: Any) -> None:
    good = site.put("/mirror", CONTENT)
    digest = things.sha256(CONTENT)
    first = things.origin(site.url + "/gone", line=3, sha256=digest)
    resource = things.resource(first, things.origin(good, line=5, sha256=digest))
    got = bench.ensure(resource)
    assert got.origin.url == good
    assert bench.notes() == [f"{first.url}: the server answered 404 Not Found; trying {good}"]
    again = known(resource, bench.store, bench.lock, "auto")
    assert again is not None
    assert again.origin.url == good
    assert len(site.gets("/gone")) == 1


def test_every_origin_that_failed_is_reported_at_its_place(site: Any, bench: Any, things: Any) -> None:
    lying = site.put("/lying", OTHER)
    digest = things.sha256(CONTENT)
    resource = things.resource(
        things.origin(site.url + "/gone", line=3, sha256=digest),
        things.origin(lying, line=5, sha256=digest),
    )
    with pytest.raises(SourceError) as caught:
        bench.ensure(resource)
    problems = caught.value.problems
    assert [problem.message.replace(site.url, "") for problem in problems] == [
        "thing-1.tar.xz could not be had from any of its 2 origins",
        "/gone: the server answered 404 Not Found",
        "thing-1.tar.xz from /lying is not what the recipe says: "
        f"its sha256 is {things.sha256(OTHER)}, not {digest}",
    ]
    assert [problem.span.line for problem in problems if problem.span] == [1, 3, 5]


def test_what_is_in_the_store_decides_between_origins(site: Any, bench: Any, things: Any) -> None:
    first = things.origin(site.url + "/never", sha256=things.sha256(OTHER))
    second = things.origin(site.put("/t", CONTENT), sha256=things.sha256(CONTENT))
    assert known(things.resource(first, second), bench.store, bench.lock, "auto") is None
    bench.ensure(things.resource(second))
    found = known(things.resource(first, second), bench.store, bench.lock, "auto")
    assert found is not None
    assert found.origin == second


def test_a_policy_without_an_origin_says_so(site: Any, bench: Any, things: Any) -> None:
    resource = things.simple(site.url + "/t", CONTENT)
    with pytest.raises(SourceError) as caught:
        bench.ensure(resource, "debian")
    assert str(caught.value) == "thing-1.tar.xz has no debian origin"
    assert caught.value.hint == "use `--set origin=auto`, or give the resource such an origin"
    assert known(resource, bench.store, bench.lock, "debian") is None


def test_an_unknown_policy_and_an_unknown_scheme_are_refused(bench: Any, things: Any) -> None:
    with pytest.raises(SourceError, match="'fastest' is no way to choose origins"):
        bench.ensure(things.simple("http://localhost/", CONTENT), "fastest")
    with pytest.raises(SourceError, match=r"ftp://host/file is no origin that lfsmake knows"):
        bench.ensure(things.simple("ftp://host/file", CONTENT))


def test_a_local_file_is_used_where_it_lies(bench: Any, things: Any, tmp_path: Path) -> None:
    path = tmp_path / "a b.patch"
    path.write_bytes(CONTENT)
    plain = things.resource(things.origin(str(path)))
    quoted = things.resource(things.origin(path.as_uri(), md5=md5(CONTENT)))
    for resource in (plain, quoted):
        for policy in ("auto", "upstream", "debian"):
            got = bench.ensure(resource, policy)
            assert (got.sha256, got.path) == (things.sha256(CONTENT), str(path))
            assert known(resource, bench.store, bench.lock, policy) == got
    path.write_bytes(OTHER)
    assert known(plain, bench.store, bench.lock, "auto").sha256 == things.sha256(OTHER)
    assert known(quoted, bench.store, bench.lock, "auto") is None
    with pytest.raises(SourceError, match=f"its md5 is {md5(OTHER)}, not {md5(CONTENT)}"):
        bench.ensure(quoted)
    assert not bench.lock.path.exists()


def test_a_local_file_that_is_no_file_is_named(bench: Any, things: Any, tmp_path: Path) -> None:
    for path, why in ((tmp_path / "none", "no such file or directory"), (tmp_path, "it is not a file")):
        resource = things.resource(things.origin(str(path), line=4))
        assert known(resource, bench.store, bench.lock, "auto") is None
        with pytest.raises(SourceError) as caught:
            bench.ensure(resource)
        assert caught.value.problems[0].message == f"{path}: {why}"
        assert caught.value.problems[0].span == things.span(4)


def test_a_url_that_is_none_is_an_error_of_its_origin(bench: Any, things: Any) -> None:
    with pytest.raises(SourceError) as caught:
        bench.ensure(things.simple("http://[::1/t", CONTENT))
    assert caught.value.problems[0].message == "http://[::1/t: it is not a URL: Invalid IPv6 URL"
    assert caught.value.problems[0].span == things.span()


def test_a_download_that_was_cut_off_is_verified_as_a_whole(site: Any, bench: Any, things: Any) -> None:
    url = site.put("/t", CONTENT)
    part = bench.store.new_download(url)
    part.write_bytes(OTHER[:20_000])  # rests of another file, without a word about its version
    got = bench.ensure(things.simple(url, CONTENT))
    assert Path(got.path).read_bytes() == CONTENT
    assert [headers.get("Range") for headers in site.gets("/t")] == ["bytes=20000-", None]
