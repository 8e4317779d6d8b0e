"""The questions that the page asks, and what comes when there is no answer."""

import gzip
import http.client
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest
from conftest import Run, Served
from prometheus_client.parser import text_string_to_metric_families
from scene import GRAPH, RUN, begun, failed, started, whole_run
from streaming import get

from lfsmake import __version__
from lfsmake.model.events import Invocation


def test_a_step_in_full(begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    begin().tell(*whole_run(1000.0, until=400))
    status, answer = get(serve().port, "/api/step?step=gcc-pass1")
    record = answer["record"]
    assert (status, record["state"], record["wall"]) == (200, "built", 310.0)
    assert [phase["phase"] for phase in record["attempts"][0]["phases"]] == ["unpack", "configure", "build", "install"]
    assert (record["needs"], answer["users"]) == (["binutils-pass1"], ["glibc"])
    assert len(record["samples"]) > 50


def test_a_log_in_parts(begin: Callable[..., Run], serve: Callable[..., Served], logs: Path) -> None:
    log = logs / "a+b.log"
    log.write_bytes(b"\x1b[31mone\x1b[0m\ntwo\nthr")
    begin().tell(started(1000.0, {"a+b": ()}), begun("a+b", 1001.0, str(log)))
    served = serve()
    assert get(served.port, "/api/log?step=a%2Bb") == (
        200,
        {"size": 20, "start": 0, "end": 17, "lines": ["one", "two"], "rest": "thr", "replaced": False},
    )
    assert get(served.port, "/api/log?step=a%2Bb&from=13")[1]["lines"] == ["two"]
    assert get(served.port, "/api/log?step=a%2Bb&before=13")[1]["lines"] == ["one"]
    log.unlink()
    assert get(served.port, "/api/log?step=a%2Bb") == (
        404,
        {"error": f"the log cannot be read: no such file or directory: {log}"},
    )


@pytest.mark.parametrize(
    ("url", "status", "error"),
    [
        ("/api/run?run=20990101-000000-000000", 404, "there is no run 20990101-000000-000000"),
        ("/api/run?run=../../../etc", 404, "there is no run ../../../etc"),
        ("/api/run?run=/etc", 404, "there is no run /etc"),
        ("/api/step?step=nothing", 404, 'the run has no step "nothing"'),
        ("/api/log?step=layout", 404, "layout has no log in this run"),
        ("/api/log?step=linux-headers&from=x", 404, "linux-headers has no log in this run"),
        ("/nowhere", 404, "there is no /nowhere"),
        ("/static/nothing.js", 404, "there is no nothing.js"),
        ("/static/..%2fapp.py", 404, "there is no /static/../app.py"),
    ],
)
def test_what_is_not_there_is_said(
    url: str, status: int, error: str, begin: Callable[..., Run], serve: Callable[..., Served]
) -> None:
    begin().tell(started(1000.0), begun("layout", 1001.0))
    assert get(serve().port, url) == (status, {"error": error})


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("{top}/key.log", "what the events name is no log of this run: {top}/key.log"),
        ("/etc/shadow", "what the events name is no log of this run: /etc/shadow"),
        ("{logs}/../../../key.log", "what the events name is no log of this run: {logs}/../../../key.log"),
        ("{logs}/link.log", "what the events name is no log of this run: {logs}/link.log"),
        ("{logs}/near.log", "the log cannot be read: too many levels of symbolic links: {logs}/near.log"),
        ("{logs}/key", "the log cannot be read: not a log: {logs}/key"),
        ("{top}/logs/other/x.log", "what the events name is no log of this run: {top}/logs/other/x.log"),
    ],
)
def test_only_a_log_of_the_run_is_shown(
    name: str, error: str, begin: Callable[..., Run], serve: Callable[..., Served], tmp_path: Path, logs: Path
) -> None:
    for path in (tmp_path / "key.log", logs / "key", logs / "x.log"):
        path.write_text("secret")
    (logs / "link.log").symlink_to(tmp_path / "key.log")
    (logs / "near.log").symlink_to(logs / "x.log")
    said = {"top": tmp_path, "logs": logs}
    begin().tell(started(1000.0), begun("layout", 1001.0, name.format(**said)))
    assert get(serve().port, "/api/log?step=layout") == (404, {"error": error.format(**said)})


def test_a_store_behind_a_link_has_logs(
    begin: Callable[..., Run], serve: Callable[..., Served], tmp_path: Path, logs: Path
) -> None:
    (logs / "layout.log").write_text("fine\n")
    (tmp_path / "link").symlink_to(tmp_path / "store")
    begin().tell(started(1000.0), begun("layout", 1001.0, f"{tmp_path}/link/logs/{RUN}/layout.log"))
    assert get(serve().port, "/api/log?step=layout")[1]["lines"] == ["fine"]


def test_a_large_answer_is_made_small(begin: Callable[..., Run], serve: Callable[..., Served], logs: Path) -> None:
    (logs / "layout.log").write_text("the same line\n" * 4000)
    begin().tell(*whole_run(1000.0), begun("layout", 2001.0, str(logs / "layout.log")))
    port = serve().port
    for url in ("/api/run", "/api/record", "/api/log?step=layout"):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        connection.request("GET", url, headers={"accept-encoding": "gzip"})
        answer = connection.getresponse()
        packed = answer.read()
        connection.close()
        assert answer.headers["content-encoding"] == "gzip"
        assert len(gzip.decompress(packed)) > 3 * len(packed)


def test_the_commands_mean_the_run_that_is_shown(begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    asked = Invocation(
        files=("/srv/my book/x.lfs",), options={"init": "sysv"}, store="/srv/store", on_failure="continue"
    )
    begin().tell(msgspec.structs.replace(started(1000.0), invocation=asked))
    words = "lfsmake -f '/srv/my book/x.lfs' --set init=sysv"
    header = get(serve().port, "/api/run")[1]["header"]
    assert header["program"] == f"{words} --store /srv/store"
    assert header["again"] == f"{words} --store /srv/store -k system"
    header = get(serve(store="/srv/store").port, "/api/run")[1]["header"]
    assert (header["program"], header["again"]) == (words, f"{words} -k system")


def test_before_the_first_run(serve: Callable[..., Served]) -> None:
    port = serve().port
    assert get(port, "/api/runs") == (200, {"version": 1, "newest": "", "runs": []})
    assert get(port, "/api/run") == (404, {"error": "no run is kept here"})
    assert get(port, "/metrics")[0] == 200
    status, page = get(port, "/")
    assert (status, "<title>lfsmake</title>" in page) == (200, True)


def test_the_page_brings_all_it_needs(serve: Callable[..., Served]) -> None:
    import re

    port = serve().port
    pages = [get(port, "/")[1]]
    wanted = set(re.findall(r'(?:src|href)="(/static/[^"]+)"', pages[0]))
    assert wanted
    while wanted:
        url = wanted.pop()
        status, text = get(port, url)
        assert status == 200, url
        wanted |= {f"/static/{name}" for name in re.findall(r'from "\./([^"]+)"', text)} - {url}
        assert not re.search(r"https?://(?!www\.w3\.org/)", text), url
    assert not re.search(r"<script>|<style|style=|onclick=", pages[0])


def test_the_graph_of_a_run(begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    begin().tell(started(1000.0))
    status, layout = get(serve().port, "/api/graph")
    assert (status, layout["kind"], len(layout["nodes"])) == (200, "layers", len(GRAPH))


def test_metrics_are_what_prometheus_reads(begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    begin().tell(*whole_run(1000.0, until=400))
    status, text = get(serve().port, "/metrics")
    families = {family.name: family for family in text_string_to_metric_families(text)}
    assert (status, families["lfsmake_run_running"].samples[0].value) == (200, 1.0)
    assert families["lfsmake_run_info"].samples[0].labels["run"] == RUN


def test_the_record_is_that_of_reports(begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    begin().tell(started(1000.0), failed("glibc", 1001.0))
    status, record = get(serve().port, f"/api/record?run={RUN}")
    assert (status, record["run"], record["state"], len(record["failures"])) == (200, RUN, "running", 1)


def test_about(serve: Callable[..., Served]) -> None:
    served = serve()
    assert get(served.port, "/api/about") == (
        200,
        {"version": 1, "lfsmake": __version__, "project": "lfs", "boot": served.dashboard.boot},
    )
