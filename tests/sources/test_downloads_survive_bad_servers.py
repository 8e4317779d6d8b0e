"""http.download against servers that fail, stall, lie about lengths, redirect and refuse ranges."""

import gzip
import os
import re
from pathlib import Path
from typing import Any

import pytest

from lfsmake.model.errors import InterruptedRun, SourceError
from lfsmake.model.events import FetchStarted, Note
from lfsmake.sources import http
from lfsmake.sources.transfer import Patience, Transfer

CONTENT = os.urandom(300_000)


@pytest.fixture
def partial(tmp_path: Path) -> Path:
    return tmp_path / "thing.part"


def test_a_server_that_recovers_is_asked_again(site: Any, things: Any, partial: Path) -> None:
    answers = iter([503, 500, 200])
    url = site.put("/f", lambda request: request.reply(next(answers), CONTENT))
    http.download(url, partial, things.transfer())
    assert partial.read_bytes() == CONTENT
    assert len(site.gets("/f")) == 3


def test_every_wait_is_told_and_doubles_with_jitter(site: Any, things: Any, partial: Path) -> None:
    events: list[Any] = []
    url = site.put("/f", lambda request: request.reply(503, b"busy"))
    patience = Patience(tries=4, pause=0.4)
    with pytest.raises(SourceError):
        http.download(url, partial, Transfer("thing.tar", events.append, lambda: False, patience))
    told = [event.text for event in events if isinstance(event, Note)]
    waits = [re.fullmatch(r"thing\.tar: the server answered 503 .+; again in (\d\.\d) s", text) for text in told]
    seconds = [float(found[1]) for found in waits if found]
    assert len(seconds) == len(told) == 3
    assert all(0.5 * full - 0.05 <= wait <= full + 0.05 for wait, full in zip(seconds, (0.4, 0.8, 1.6), strict=True))


def test_a_server_that_does_not_recover_is_given_up(site: Any, things: Any, partial: Path) -> None:
    url = site.put("/f", lambda request: request.reply(503, b"busy"))
    with pytest.raises(SourceError) as caught:
        http.download(url, partial, things.transfer())
    assert str(caught.value) == f"{url}: the server answered 503 Service Unavailable (3 tries)"
    assert caught.value.hint == "look at the network and the proxy settings, or declare a further origin"
    assert len(site.gets("/f")) == 3


def test_a_missing_file_is_asked_for_once(site: Any, things: Any, partial: Path) -> None:
    with pytest.raises(SourceError) as caught:
        http.download(site.url + "/nothing", partial, things.transfer())
    assert str(caught.value) == f"{site.url}/nothing: the server answered 404 Not Found"
    assert len(site.gets("/nothing")) == 1
    assert not partial.exists()


def test_retry_after_is_obeyed_up_to_a_bound(site: Any, things: Any, partial: Path) -> None:
    answers = iter(["0", "3600"])
    url = site.put("/f", lambda request: request.reply(429, b"", Retry_After=next(answers)))
    with pytest.raises(SourceError) as caught:
        http.download(url, partial, things.transfer())
    assert str(caught.value) == f"{url}: the server answered 429 Too Many Requests; it asks to wait 3600 s"
    assert len(site.gets("/f")) == 2


def test_a_stalled_download_is_resumed(site: Any, things: Any, partial: Path) -> None:
    def answer(request: Any) -> None:
        if request.range_start() is None:
            request.reply(200, CONTENT[:100_000], announce=len(CONTENT), ETag='"one"')
            request.wfile.flush()
            site.closing.wait(5)
        else:
            request.whole_or_range(CONTENT, ETag='"one"')

    url = site.put("/f", answer)
    http.download(url, partial, things.transfer(patience=Patience(stall=0.3, pause=0.01)))
    assert partial.read_bytes() == CONTENT
    assert [headers.get("Range") for headers in site.gets("/f")] == [None, "bytes=100000-"]
    assert site.gets("/f")[1]["If-Range"] == '"one"'


def test_a_server_that_never_answers_is_given_up(site: Any, things: Any, partial: Path) -> None:
    url = site.put("/f", lambda request: site.closing.wait(5))
    with pytest.raises(SourceError, match=r"no byte came in time \(2 tries\)"):
        http.download(url, partial, things.transfer(patience=Patience(stall=0.1, tries=2, pause=0.01)))


def test_a_trickle_is_not_a_stall(site: Any, things: Any, partial: Path) -> None:
    def answer(request: Any) -> None:
        request.reply(200, b"", announce=24)
        for _ in range(24):
            request.wfile.write(b"x")
            request.wfile.flush()
            site.closing.wait(0.05)

    url = site.put("/f", answer)
    http.download(url, partial, things.transfer(patience=Patience(stall=0.9, tries=1)))
    assert partial.read_bytes() == b"x" * 24
    assert len(site.gets("/f")) == 1


def test_truncated_answers_are_joined_as_long_as_there_is_progress(
    site: Any, things: Any, partial: Path
) -> None:
    def answer(request: Any) -> None:
        start = request.range_start() or 0
        body = CONTENT[start:]
        span = f"bytes {start}-{len(CONTENT) - 1}/{len(CONTENT)}"
        request.reply(206 if start else 200, body[:40_000], announce=len(body), Content_Range=span)

    http.download(site.put("/f", answer), partial, things.transfer())
    assert partial.read_bytes() == CONTENT
    assert len(site.gets("/f")) == 8


def test_truncation_without_progress_is_given_up(site: Any, things: Any, partial: Path) -> None:
    url = site.put("/f", lambda request: request.reply(200, CONTENT[:50_000], announce=len(CONTENT)))
    with pytest.raises(SourceError) as caught:
        http.download(url, partial, things.transfer())
    assert str(caught.value) == f"{url}: the connection ended too early (3 tries)"


def test_a_truncated_chunked_answer_is_noticed(site: Any, things: Any, partial: Path) -> None:
    def answer(request: Any) -> None:
        request.send_response(200)
        request.send_header("Transfer-Encoding", "chunked")
        request.end_headers()
        whole = len(site.gets("/f")) > 1
        request.wfile.write(b"5\r\nhello\r\n" + (b"6\r\n world\r\n0\r\n\r\n" if whole else b"6\r\n wo"))
        request.close_connection = True

    http.download(site.put("/f", answer), partial, things.transfer())
    assert partial.read_bytes() == b"hello world"
    assert len(site.gets("/f")) == 2


def test_an_announced_length_that_is_too_short_ends_the_file_there(
    site: Any, things: Any, partial: Path
) -> None:
    url = site.put("/f", lambda request: request.reply(200, CONTENT, announce=1000))
    http.download(url, partial, things.transfer())
    assert partial.read_bytes() == CONTENT[:1000]


def test_a_server_without_ranges_sends_all_again(site: Any, things: Any, partial: Path) -> None:
    partial.write_bytes(CONTENT[:1000])
    url = site.put("/f", lambda request: request.reply(200, CONTENT))
    http.download(url, partial, things.transfer())
    assert site.gets("/f")[0]["Range"] == "bytes=1000-"
    assert partial.read_bytes() == CONTENT


def test_a_file_that_changed_meanwhile_is_fetched_from_its_start(
    site: Any, things: Any, partial: Path
) -> None:
    new = os.urandom(200_000)

    def answer(request: Any) -> None:
        if request.range_start() is None:
            request.reply(200, CONTENT[:50_000], announce=len(CONTENT), ETag='"old"')
        else:
            request.whole_or_range(new, ETag='"new"')

    http.download(site.put("/f", answer), partial, things.transfer())
    assert partial.read_bytes() == new


def test_a_weak_etag_is_not_used_to_resume(site: Any, things: Any, partial: Path) -> None:
    stamp = "Sun, 22 Nov 2026 10:00:00 GMT"

    def answer(request: Any) -> None:
        if request.range_start() is None:
            request.reply(200, CONTENT[:9], announce=len(CONTENT), ETag='W/"one"', Last_Modified=stamp)
        else:
            request.whole_or_range(CONTENT, Last_Modified=stamp)

    http.download(site.put("/f", answer), partial, things.transfer())
    assert site.gets("/f")[1]["If-Range"] == stamp
    assert partial.read_bytes() == CONTENT


def test_a_partial_file_that_is_already_whole_is_kept(site: Any, things: Any, partial: Path) -> None:
    partial.write_bytes(CONTENT)
    http.download(site.put("/f", CONTENT), partial, things.transfer())
    assert partial.read_bytes() == CONTENT
    assert len(site.gets("/f")) == 1


def test_a_partial_file_longer_than_the_file_is_dropped(site: Any, things: Any, partial: Path) -> None:
    partial.write_bytes(CONTENT + b"more")
    http.download(site.put("/f", CONTENT), partial, things.transfer())
    assert partial.read_bytes() == CONTENT


def test_a_range_that_was_not_asked_for_is_not_used(site: Any, things: Any, partial: Path) -> None:
    partial.write_bytes(CONTENT[:1000])

    def answer(request: Any) -> None:
        if request.range_start() is None:
            request.reply(200, CONTENT)
        else:
            total = len(CONTENT)
            request.reply(206, CONTENT[2000:], Content_Range=f"bytes 2000-{total - 1}/{total}")

    http.download(site.put("/f", answer), partial, things.transfer())
    assert partial.read_bytes() == CONTENT


def test_an_encoded_answer_is_kept_as_it_came(site: Any, things: Any, partial: Path) -> None:
    archive = gzip.compress(b"a tar archive")
    url = site.put("/f.tar.gz", lambda request: request.reply(200, archive, Content_Encoding="gzip"))
    http.download(url, partial, things.transfer())
    assert partial.read_bytes() == archive
    assert site.gets("/f.tar.gz")[0]["Accept-Encoding"] == "identity"


def test_a_file_of_another_size_than_expected_is_refused(site: Any, things: Any, partial: Path) -> None:
    url = site.put("/f", CONTENT)
    with pytest.raises(SourceError) as caught:
        http.download(url, partial, things.transfer(), size=10)
    assert str(caught.value) == f"{url}: the server has 300000 bytes, 10 are expected"
    endless = site.put("/g", lambda request: request.reply(200, CONTENT, announce=-1))
    with pytest.raises(SourceError, match="the server sends more than the 10 bytes that are expected"):
        http.download(endless, partial, things.transfer(), size=10)


def test_redirects_are_followed_with_their_range(site: Any, things: Any, partial: Path) -> None:
    partial.write_bytes(CONTENT[:1000])
    site.put("/real", CONTENT)
    site.put("/b", lambda request: request.reply(307, b"", Location=f"{site.url}/real"))
    url = site.put("/a", lambda request: request.reply(302, b"", Location="b"))
    http.download(url, partial, things.transfer())
    assert partial.read_bytes() == CONTENT
    assert site.gets("/real")[0]["Range"] == "bytes=1000-"


def test_a_redirect_loop_is_named(site: Any, things: Any, partial: Path) -> None:
    site.put("/b", lambda request: request.reply(302, b"", Location="/a"))
    url = site.put("/a", lambda request: request.reply(302, b"", Location="/b"))
    with pytest.raises(SourceError) as caught:
        http.download(url, partial, things.transfer())
    assert str(caught.value) == f"{url}: the server redirects in a loop, back to {url}"
    assert len(site.seen) == 2


def test_endless_redirects_end(site: Any, things: Any, partial: Path) -> None:
    for number in range(20):
        site.put(f"/{number}", lambda r, n=number: r.reply(302, b"", Location=f"/{n + 1}"))
    with pytest.raises(SourceError, match="the server redirects more than 10 times"):
        http.download(site.url + "/0", partial, things.transfer())


def test_a_redirect_to_a_local_file_is_refused(site: Any, things: Any, partial: Path) -> None:
    url = site.put("/a", lambda request: request.reply(302, b"", Location="file:///etc/passwd"))
    with pytest.raises(SourceError) as caught:
        http.download(url, partial, things.transfer())
    assert str(caught.value) == (
        f"{url}: the server redirects to file:///etc/passwd, which is not http or https"
    )


def test_a_refused_connection_is_tried_again(things: Any, partial: Path, unused_url: str) -> None:
    with pytest.raises(SourceError) as caught:
        http.download(unused_url, partial, things.transfer())
    assert str(caught.value) == f"{unused_url}: connection refused (3 tries)"


def test_a_login_in_the_url_is_used_and_never_shown(site: Any, things: Any, partial: Path) -> None:
    secret = site.url.replace("//", "//me:pass%40word@") + "/f"
    site.put("/f", lambda request: request.reply(403, b""))
    with pytest.raises(SourceError) as caught:
        http.download(secret, partial, things.transfer())
    assert str(caught.value) == f"{site.url}/f: the server answered 403 Forbidden"
    assert site.gets("/f")[0]["Authorization"] == "Basic bWU6cGFzc0B3b3Jk"


def test_a_proxy_of_the_environment_is_used(
    site: Any, things: Any, partial: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", site.url)
    url = "http://files.invalid/f"
    site.answers[url] = lambda request: request.reply(200, b"by way of the proxy")
    http.download(url, partial, things.transfer())
    assert partial.read_bytes() == b"by way of the proxy"
    monkeypatch.setenv("no_proxy", "files.invalid")
    partial.unlink()
    with pytest.raises(SourceError, match="cannot be resolved"):
        http.download(url, partial, things.transfer())


def test_progress_and_start_are_told(site: Any, things: Any, partial: Path) -> None:
    events: list[Any] = []
    url = site.put("/f", CONTENT)
    http.download(url, partial, things.transfer(events))
    started = events[0]
    assert isinstance(started, FetchStarted)
    assert (started.file, started.url, started.size) == ("thing-1.tar.xz", url, len(CONTENT))
    assert events[1].done > 0
    assert events[1].size == len(CONTENT)


def test_a_stopped_download_keeps_what_it_has(site: Any, things: Any, partial: Path) -> None:
    url = site.put("/f", CONTENT)
    stop: list[object] = []
    transfer = Transfer("thing", stop.append, lambda: len(stop) > 1, things.quick)
    with pytest.raises(InterruptedRun):
        http.download(url, partial, transfer)
    got = partial.stat().st_size
    assert 0 < got < len(CONTENT)
    http.download(url, partial, things.transfer())
    assert partial.read_bytes() == CONTENT
    assert site.gets("/f")[1]["Range"] == f"bytes={got}-"
