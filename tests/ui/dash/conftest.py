"""A project's folder of runs, and a real server on the loopback."""

import asyncio
import fcntl
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from scene import RUN, line

from lfsmake.model.events import Event

pytest.importorskip("starlette", reason="the extra `dash` is not installed")


class Run:
    """A run's file of events, written as lfsmake does: it holds the lock while it lives."""

    def __init__(self, runs: Path, name: str = RUN, *, live: bool = True) -> None:
        self.name = name
        self.folder = runs / name
        self.folder.mkdir(parents=True)
        self.path = self.folder / "events.jsonl"
        self._file = self.path.open("ab", buffering=0)
        if live:
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def tell(self, *events: Event) -> None:
        """Appends events."""
        self._file.write(b"".join(map(line, events)))

    def raw(self, data: bytes) -> None:
        """Appends anything."""
        self._file.write(data)

    def end(self) -> None:
        """The writer is gone, whatever it has written."""
        self._file.close()


class Served:
    """A dashboard on a port of its own, in a thread."""

    def __init__(self, runs: Path, *, port: int = 0, store: str = "", **options: Any) -> None:
        import uvicorn

        from lfsmake.ui.dash.app import Dashboard
        from lfsmake.ui.dash.board import Board
        from lfsmake.ui.dash.guard import Guard

        self.socket = socket.socket()
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.dashboard = Dashboard(Board(str(runs), store), project="lfs", boot=f"boot{id(self)}")
        guard = Guard(self.dashboard.app(), host="127.0.0.1", **options)
        config = uvicorn.Config(guard, lifespan="off", log_config=None, timeout_graceful_shutdown=1)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self._run)
        self.ready = threading.Event()
        self.thread.start()
        assert self.ready.wait(10)

    def _run(self) -> None:
        async def main() -> None:
            self.loop = asyncio.get_running_loop()
            serving = asyncio.create_task(self.server.serve(sockets=[self.socket]))
            while not self.server.started:
                await asyncio.sleep(0.01)
            self.ready.set()
            await serving

        asyncio.run(main())

    def stop(self) -> None:
        """Ends it as Ctrl-C does."""
        if self.thread.is_alive():
            self.loop.call_soon_threadsafe(self.dashboard.closing.set)
            self.server.should_exit = True
            self.thread.join(10)
        self.socket.close()
        assert not self.thread.is_alive()


@pytest.fixture
def runs(tmp_path: Path) -> Path:
    """The folder of runs; it is not there yet."""
    return tmp_path / ".lfsmake" / "runs"


@pytest.fixture
def logs(tmp_path: Path) -> Path:
    """The folder of the run's logs, as a store has it."""
    folder = tmp_path / "store" / "logs" / RUN
    folder.mkdir(parents=True)
    return folder


@pytest.fixture
def begin(runs: Path) -> Iterator[Callable[..., Run]]:
    """`begin(name)`: a run that lives until the test ends, or until its `end()`."""
    made: list[Run] = []

    def make(name: str = RUN, *, live: bool = True) -> Run:
        made.append(Run(runs, name, live=live))
        return made[-1]

    yield make
    for run in made:
        run.end()


@pytest.fixture
def serve(runs: Path) -> Iterator[Callable[..., Served]]:
    """`serve()`: a dashboard of the runs."""
    made: list[Served] = []

    def make(**options: Any) -> Served:
        made.append(Served(runs, **options))
        return made[-1]

    yield make
    for served in made:
        served.stop()
