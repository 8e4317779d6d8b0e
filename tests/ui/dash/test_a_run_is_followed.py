"""The stream: all of a run first, then what changes, from where a browser left off, over every kind of break."""

import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import msgspec
import pytest
from conftest import Run, Served
from scene import GRAPH, begun, built, failed, started, whole_run
from streaming import Stream, get

from lfsmake.model.events import PhaseStarted, RunDone, StepCancelled, StepFailed

LATER = "20261122-111500-000000"


def steps_of(data: dict) -> dict[str, str]:
    return {step["step"]: step["state"] for step in data.get("steps", ())}


def test_everything_first_then_what_changes(begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    run = begin()
    run.tell(started(1000.0), begun("layout", 1001.0))
    stream = Stream(serve().port)
    first = stream.until()
    assert first.data["since"] == 0
    assert steps_of(first.data) == {**dict.fromkeys(GRAPH, "waiting"), "layout": "running"}
    header = first.data["header"]
    assert (header["state"], header["targets"], header["done"], header["total"]) == ("running", ["system"], 0, 14)
    run.tell(built("layout", 1002.0, 1.0), begun("binutils-pass1", 1002.1))
    seen: dict[str, str] = {}
    while "binutils-pass1" not in seen:
        changes = stream.until().data
        assert changes["since"] > 0
        seen |= steps_of(changes)
    assert seen == {"layout": "built", "binutils-pass1": "running"}
    stream.close()


def test_a_browser_that_comes_back_gets_what_it_missed(
    begin: Callable[..., Run], serve: Callable[..., Served]
) -> None:
    run = begin()
    run.tell(started(1000.0), begun("layout", 1001.0))
    served = serve()
    stream = Stream(served.port)
    mark = stream.until().mark
    stream.close()
    run.tell(built("layout", 1002.0, 1.0))
    back = Stream(served.port, **{"last-event-id": mark})
    changes = back.until(done=1).data
    assert changes["since"] > 0
    assert steps_of(changes) == {"layout": "built"}
    back.close()
    asked = Stream(served.port, f"/api/events?since={mark}")
    assert steps_of(asked.until(done=1).data) == {"layout": "built"}
    asked.close()


def test_after_a_restart_of_the_server_a_browser_gets_everything(
    begin: Callable[..., Run], serve: Callable[..., Served]
) -> None:
    run = begin()
    run.tell(started(1000.0), begun("layout", 1001.0))
    before = serve()
    stream = Stream(before.port)
    mark = stream.until().mark
    before.stop()
    stream.answer.read()  # it ends, and cleanly
    stream.close()
    after = Stream(serve(port=before.port).port, **{"last-event-id": mark})
    message = after.until()
    assert (message.data["since"], len(message.data["steps"])) == (0, len(GRAPH))
    after.close()


@pytest.mark.parametrize("mark", ["x", "//", "a/b/c", "a/b/99999999999999999999999", "é", "a/b/-1"])
def test_a_mark_that_is_none_of_ours_means_everything(
    mark: str, begin: Callable[..., Run], serve: Callable[..., Served]
) -> None:
    begin().tell(started(1000.0))
    served = serve()
    stream = Stream(served.port, f"/api/events?since={quote(mark)}")
    assert stream.until().data["since"] == 0
    stream.close()


def test_no_run_then_one_that_starts_elsewhere_then_a_newer_one(
    begin: Callable[..., Run], serve: Callable[..., Served]
) -> None:
    stream = Stream(serve().port)
    assert stream.until().data == {"none": True}
    run = begin()
    run.tell(started(1000.0))
    assert stream.until(state="running").data["since"] == 0
    run.tell(RunDone(at=1001.0, run=run.name, exit_code=0, built=0, unchanged=0, up_to_date=14, failed=0, skipped=0,
                     wall=1.0))  # fmt: skip
    run.end()
    stream.until(state="done")
    begin(LATER).tell(started(2000.0, run=LATER))
    newer = stream.until(run=LATER).data
    assert (newer["since"], newer["header"]["state"]) == (0, "running")
    stream.close()


def test_a_run_that_was_killed_is_said_to_be(begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    run = begin()
    run.tell(started(1000.0), begun("layout", 1001.0), PhaseStarted(at=1001.0, step="layout", phase="install"))
    stream = Stream(serve().port)
    stream.until(state="running")
    run.end()
    killed = stream.until(state="killed").data
    assert steps_of(killed)["layout"] == "cancelled"
    assert killed["header"]["ended"] == 1001.0
    stream.close()


def test_failures_come_whole(begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    run = begin()
    run.tell(started(1000.0), begun("glibc", 1001.0))
    stream = Stream(serve().port)
    assert "failures" in stream.until().data
    event = failed("glibc", 1010.0, "/srv/x.log")
    run.tell(event)
    changes = stream.until().data
    assert msgspec.convert(changes["failures"], list[StepFailed]) == [event]
    assert "notes" not in changes
    stream.close()


def test_a_failure_that_was_not_the_end_is_told_anew(
    begin: Callable[..., Run], serve: Callable[..., Served]
) -> None:
    run = begin()
    run.tell(started(1000.0), begun("m4", 1001.0), failed("m4", 1009.0))
    stream = Stream(serve().port)
    (before,) = stream.until().data["failures"]
    run.tell(begun("m4", 1011.0))  # as `--on-failure ask` does when the answer is to retry
    (after,) = stream.until().data["failures"]
    assert (before.get("retrying", False), after["retrying"]) == (False, True)
    stream.close()


def test_the_list_of_runs_tells_when_it_changes(begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    run = begin()
    run.tell(started(1000.0))
    served = serve()
    stream = Stream(served.port)
    assert stream.until(kind="runs").data == f"{run.name}:running"
    run.end()
    assert stream.until(kind="runs").data == f"{run.name}:killed"
    stream.close()
    status, answer = get(served.port, "/api/runs")
    assert (status, answer["newest"], [head["state"] for head in answer["runs"]]) == (200, run.name, ["killed"])


def test_too_many_streams_are_refused_and_closed_ones_are_not_counted(
    begin: Callable[..., Run], serve: Callable[..., Served], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lfsmake.ui.dash.app.STREAMS", 2)
    begin().tell(started(1000.0))
    served = serve()
    streams = [Stream(served.port), Stream(served.port)]
    for stream in streams:
        stream.until()
    assert get(served.port, "/api/events") == (503, {"error": "2 pages are open already; close one"})
    streams[0].close()
    while served.dashboard.streams > 1:
        pass
    again = Stream(served.port)
    again.until()
    again.close()
    streams[1].close()


def test_a_browser_that_reads_nothing_costs_one_message(
    begin: Callable[..., Run], serve: Callable[..., Served]
) -> None:
    """Its stream waits for it: what happens meanwhile is folded into the next message, not queued."""
    graph = {f"step-{at}": () for at in range(100)}
    run = begin()
    run.tell(started(1000.0, graph))
    served = serve()
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect(("127.0.0.1", served.port))
    deaf.sendall(b"GET /api/events HTTP/1.1\r\nhost: localhost\r\n\r\n")
    other = Stream(served.port)
    other.until()
    whole = 2_000_000  # bytes of one message about all these steps
    for at in range(8):
        reason = f"{at}" * (whole // 100)
        run.tell(*(StepCancelled(at=1001.5 + at, step=step, reason=reason) for step in graph))
        while other.until().data.get("steps", [{}])[-1].get("reason") != reason:
            pass
    transports = [connection.transport for connection in served.server.server_state.connections]
    held = max(transport.get_write_buffer_size() for transport in transports)
    deaf.close()
    other.close()
    assert 0 < held < 2 * whole


def test_the_whole_of_a_finished_run(runs: Path, begin: Callable[..., Run], serve: Callable[..., Served]) -> None:
    run = begin()
    run.tell(*whole_run(1000.0, fails="coreutils"))
    run.end()
    status, answer = get(serve().port, "/api/run")
    assert status == 200
    assert (answer["version"], answer["header"]["state"], answer["header"]["exit_code"]) == (1, "failed", 1)
    assert answer["header"]["counts"] == {
        "total": 14, "waiting": 0, "running": 0, "built": 12, "unchanged": 0, "up_to_date": 0, "failed": 1,
        "skipped": 1, "cancelled": 0, "flaky": 0,
    }  # fmt: skip
    assert [link["step"] for link in answer["critical"]][:4] == ["layout", "binutils-pass1", "gcc-pass1", "glibc"]
    assert len(answer["failures"]) == 2
    assert answer["tests"][0]["step"] == "glibc"
