"""The questions that the page asks, and what comes when there is no answer."""

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Run, Served
from prometheus_client.parser import text_string_to_metric_families
from scene import GRAPH, RUN, begun, failed, started, whole_run
from streaming import get

from lfsmake import __version__


def test_a_step_in_full(begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    begin().tell(*whole_run(1000.0, until=400))
    status, answer = get(serve().port, "/api/step?step=gcc-pass1")
    record = answer["record"]
    assert (status, record["state"], record["wall"]) == (200, "built", 310.0)
    assert [phase["phase"] for phase in record["attempts"][0]["phases"]] == ["unpack", "configure", "build", "install"]
    assert (record["needs"], answer["users"]) == (["binutils-pass1"], ["glibc"])
    assert len(record["samples"]) > 50


def test_a_log_in_parts(begin: Callable[..., Run], serve: Callable[..., Served], tmp_path: Path) -> None:
    log = tmp_path / "a+b.log"
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


def test_a_log_that_the_events_name_is_a_log(
    begin: Callable[..., Run], serve: Callable[..., Served], tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("secret")
    (tmp_path / "link.log").symlink_to(tmp_path / "key")
    run = begin()
    run.tell(started(1000.0), begun("layout", 1001.0, str(tmp_path / "key")))
    run.tell(begun("glibc", 1001.0, str(tmp_path / "link.log")))
    port = serve().port
    assert get(port, "/api/log?step=layout") == (404, {"error": f"the log cannot be read: not a log: {tmp_path}/key"})
    assert get(port, "/api/log?step=glibc")[0] == 404


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
