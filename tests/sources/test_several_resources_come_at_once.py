"""ensure_all(): parallel, every failure reported, nothing twice, stopped at once."""

import hashlib
import os
import selectors
import signal
import subprocess
import sys
import textwrap
import threading
from pathlib import Path
from typing import Any

import pytest

from lfsmake.model.errors import InterruptedRun, SourceError
from lfsmake.model.events import FetchDone, FetchStarted
from lfsmake.sources.choose import resource_id
from lfsmake.sources.many import ensure_all

CONTENT = os.urandom(20_000)


def fetch_all(bench: Any, things: Any, resources: list[Any], **more: Any) -> dict[str, Any]:
    options = {"emit": bench.events.append, "cancelled": lambda: bench.stopped, "patience": things.quick}
    return ensure_all(resources, bench.store, bench.lock, "auto", **{**options, **more})


def test_downloads_overlap(site: Any, bench: Any, things: Any) -> None:
    meeting = threading.Barrier(3, timeout=10)  # broken unless three requests are under way at once

    def answer(request: Any) -> None:
        meeting.wait()
        request.reply(200, request.path.encode())

    paths = ("/a", "/b", "/c")
    resources = [things.simple(site.put(path, answer), path.encode(), f"{path[1:]}.tar") for path in paths]
    got = fetch_all(bench, things, resources, parallel=3)
    assert list(got) == [f"{path[1:]}.tar {site.url}{path}" for path in paths]
    assert [Path(each.path).read_bytes() for each in got.values()] == [b"/a", b"/b", b"/c"]


def test_all_failures_come_together_after_the_rest_was_fetched(site: Any, bench: Any, things: Any) -> None:
    good = things.simple(site.put("/good", CONTENT), CONTENT, "good.tar")
    bad = [things.simple(f"{site.url}/{name}", name.encode(), f"{name}.tar") for name in ("x", "y")]
    with pytest.raises(SourceError) as caught:
        fetch_all(bench, things, [bad[0], good, bad[1]], parallel=2)
    assert [problem.message for problem in caught.value.problems] == [
        f"{site.url}/x: the server answered 404 Not Found",
        f"{site.url}/y: the server answered 404 Not Found",
    ]
    assert bench.store.has_source(things.sha256(CONTENT))


def test_one_file_wanted_by_many_is_fetched_once(site: Any, bench: Any, things: Any) -> None:
    url = site.put("/t", CONTENT)
    resources = [things.simple(url, CONTENT, f"name-{number}.tar") for number in range(8)]
    got = fetch_all(bench, things, [*resources, *resources], parallel=8)
    assert set(got) == {resource_id(resource) for resource in resources}
    assert len({each.path for each in got.values()}) == 1
    assert len(site.gets("/t")) == 1
    assert sum(isinstance(event, FetchDone) for event in bench.events) == 1


def test_nothing_to_fetch_is_no_work(bench: Any, things: Any) -> None:
    assert fetch_all(bench, things, []) == {}


def test_a_stopped_run_ends_though_a_server_hangs(site: Any, bench: Any, things: Any) -> None:
    def answer(request: Any) -> None:
        request.reply(200, CONTENT[:100], announce=len(CONTENT))
        request.wfile.flush()
        bench.stopped = True
        site.closing.wait(5)

    with pytest.raises(InterruptedRun):
        fetch_all(bench, things, [things.simple(site.put("/t", answer), CONTENT)])


SCRIPT = textwrap.dedent("""
    import sys
    from pathlib import Path
    from lfsmake.model.errors import Span
    from lfsmake.model.step import Digest, Origin, Resource
    from lfsmake.sources.lock import LockFile
    from lfsmake.sources.many import ensure_all
    from lfsmake.store.store import Store

    folder, url, algorithm, digest = sys.argv[1:]
    span = Span("base.lfs", 1, 1)
    resource = Resource("t", "1", "t.tar", (Origin(url, (Digest(algorithm, digest),), span),), span)

    def emit(event):
        print(type(event).__name__, flush=True)

    store = Store.open(Path(folder) / "store")
    lock = LockFile.load(Path(folder) / "sources.lock")
    try:
        for known in ensure_all([resource], store, lock, "auto", emit=emit, cancelled=lambda: False).values():
            print(known.sha256)
    except KeyboardInterrupt:
        sys.exit(130)
""")


def start(folder: Path, url: str, algorithm: str, digest: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", SCRIPT, str(folder), url, algorithm, digest]
    root = str(Path(__file__).parents[2])
    environment = {**os.environ, "PYTHONPATH": root}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def test_two_processes_fetch_a_file_once(site: Any, tmp_path: Path, things: Any) -> None:
    both = threading.Event()

    def answer(request: Any) -> None:
        both.wait(20)
        request.reply(200, CONTENT)

    md5 = hashlib.md5(CONTENT, usedforsecurity=False).hexdigest()
    url = site.put("/t.tar", answer)
    processes = [start(tmp_path, url, "md5", md5) for _ in range(2)]
    waiting = first_line(processes)
    both.set()
    outputs = [process.communicate(timeout=60)[0] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert waiting == "Note\n"  # one of them waits for the other
    assert all(output.endswith(f"{things.sha256(CONTENT)}\n") for output in outputs)
    assert len(site.gets("/t.tar")) == 1
    lines = (tmp_path / "sources.lock").read_text().splitlines()
    assert lines[-1] == f"{things.sha256(CONTENT)}  t.tar  {url}"
    assert sum("t.tar" in line for line in lines) == 1


def first_line(processes: list[subprocess.Popen[str]]) -> str:
    """The first line that any of the processes writes."""
    with selectors.DefaultSelector() as selector:
        for process in processes:
            assert process.stdout is not None
            selector.register(process.stdout, selectors.EVENT_READ)
        ready = selector.select(60)
        return next(p.stdout.readline() for p in processes if p.stdout is ready[0][0].fileobj)


def test_a_killed_download_goes_on_where_it_stopped(site: Any, bench: Any, things: Any) -> None:
    def answer(request: Any) -> None:
        if request.range_start() is None:
            request.reply(200, CONTENT[:5000], announce=len(CONTENT), ETag='"one"')
            request.wfile.flush()
            site.closing.wait(20)
        else:
            request.whole_or_range(CONTENT, ETag='"one"')

    url = site.put("/t.tar", answer)
    process = start(bench.folder, url, "sha256", things.sha256(CONTENT))
    assert process.stdout is not None
    assert process.stdout.readline() == "FetchStarted\n"
    assert process.stdout.readline() == "FetchProgress\n"  # the bytes are in the file by now
    process.send_signal(signal.SIGKILL)
    process.communicate(timeout=60)
    got = bench.ensure(things.simple(url, CONTENT))
    assert Path(got.path).read_bytes() == CONTENT
    assert [headers.get("Range") for headers in site.gets("/t.tar")] == [None, "bytes=5000-"]
    assert [type(event) for event in bench.events[:1]] == [FetchStarted]


def test_ctrl_c_ends_a_hanging_download(site: Any, tmp_path: Path, things: Any) -> None:
    url = site.put("/t.tar", lambda request: site.closing.wait(60))
    started = threading.Event()
    hang = site.answers["/t.tar"]
    site.answers["/t.tar"] = lambda request: (started.set(), hang(request))
    process = start(tmp_path, url, "sha256", things.sha256(CONTENT))
    assert started.wait(60)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)  # the server stays silent for longer
    assert process.returncode == 130
