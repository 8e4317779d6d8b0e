"""A run on a terminal or a pipe, from its events: what runs at the bottom, a line a step above, what failed.

Knows no engine. On a terminal what runs is drawn again at most ten times a second, and once a second while nothing
happens, by a thread that first waits a moment: a short run needs neither it nor what it imports. Without a terminal
a line comes every few minutes when nothing else does, so that a log does not look dead.
"""

import contextlib
import os
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import TextIO

from lfsmake.model.events import Event, Failure, FetchProgress, FetchStarted, Machine, Sample, StepFailed, StepStarted
from lfsmake.ui.card import render_card
from lfsmake.ui.color import is_terminal, paint
from lfsmake.ui.excerpt import excerpt
from lfsmake.ui.live import Area, Size, reflows, size_of, terminal_columns
from lfsmake.ui.report import Line, heartbeat, lines_of
from lfsmake.ui.text import encodes, safe
from lfsmake.ui.view import RunView

BEAT = 300.0  # seconds of silence after which a line says that the run lives
_FIRST = 0.3  # seconds before the first drawing
_FRAME = 0.1  # seconds between two drawings
_TICK = 1.0  # seconds between two drawings while nothing happens
_LOOKS = 4  # at the terminal's size meanwhile
_QUIET_EVENTS = (Sample, Machine, FetchProgress)  # the next drawing shows them, none is made for them


class StatusLine:
    """A listener of events. Close it, or use it in a `with`: its rows are taken away and its thread ends.

    Progress goes to `stream`, failures to `errors`. `live` None asks the stream. A stream that is full or whose
    reader left gets nothing more; the run goes on. `folder`, `program` and `again` are for failure cards. `columns`
    and `rows` None ask the terminal each time.
    """

    def __init__(
        self,
        stream: TextIO,
        *,
        errors: TextIO | None = None,
        color: bool = False,
        live: bool | None = None,
        quiet: bool = False,
        verbose: bool = False,
        folder: str = "",
        program: str = "lfsmake",
        again: str = "lfsmake",
        columns: int | None = None,
        rows: int | None = None,
        now: Callable[[], float] = time.time,
        ticking: bool = True,
    ) -> None:
        self._stream = stream
        self._errors = stream if errors is None else errors
        self._together = _same_terminal(stream, self._errors)
        self._color = color
        self._live = (is_terminal(stream) if live is None else live) and not quiet
        self._quiet = quiet
        self._verbose = verbose
        self._card = {"folder": folder, "program": program, "again": again}
        self._size = (columns, rows)
        self._now = now
        self._ticking = ticking
        self._plain = not encodes("·…", stream.encoding)
        self._view = RunView()
        self._area = Area(reflows())
        self._said = now()  # when the last line was printed
        self._lock = threading.RLock()
        self._paused = 0
        self._held: list[tuple[TextIO, str]] = []  # what came while paused
        self._broken: set[int] = set()
        self._wake = threading.Event()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def __enter__(self) -> "StatusLine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        with self._lock:
            self._view.apply(event)
            lines = lines_of(event, self._view, live=self._live, verbose=self._verbose)
            shown = [line for line in lines if not self._quiet or line.severity == "error"]
            failed = isinstance(event, StepFailed) and not event.retrying
            if (shown or failed) and not self._area.empty:
                self._draw()  # what is printed must not stand above rows that it has made untrue
            for line in shown:
                self._print(line)
            if isinstance(event, StepFailed) and failed:
                self._fail(event.failure)
        if isinstance(event, StepStarted | FetchStarted):
            self._start()
        if self._live and not isinstance(event, _QUIET_EVENTS):
            self._wake.set()

    def catch_up(self, events: Iterable[Event]) -> None:
        """Take in what happened before anybody looked; only what runs still is shown of it."""
        with self._lock:
            for event in events:
                self._view.apply(event)
        if self._view.running or self._view.fetching:
            self._start()

    @property
    def view(self) -> RunView:
        """What is known of the run. Only to be read."""
        return self._view

    def close(self) -> None:
        """Take the rows away and stop the thread; may be called twice."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._lock:
            self._write(self._stream, self._area.clear(self._room().columns))
            self._release()

    @contextlib.contextmanager
    def paused(self) -> Iterator[None]:
        """Leaves the terminal to somebody else, to ask a question, say; what is to be printed comes afterwards."""
        with self._lock:
            self._paused += 1
            self._write(self._stream, self._area.clear(self._room().columns))
        try:
            yield
        finally:
            with self._lock:
                self._paused -= 1
                if not self._paused:
                    self._release()
            self._wake.set()

    def tick(self) -> None:
        """What is due now: a new drawing if anything changed; without a terminal, perhaps a sign of life."""
        if self._live:
            self._draw()
        elif not self._quiet:
            with self._lock:
                now = self._now()
                if now - self._said >= BEAT and not self._view.over:
                    self._said = now
                    if text := heartbeat(self._view, now):
                        self._print(Line(text, "info"))

    def _draw(self) -> None:
        from lfsmake.ui.live_rows import Style, rows_of

        with self._lock:
            if self._stop.is_set() or self._paused or id(self._stream) in self._broken:
                return
            style = Style(self._color, " | " if self._plain else " · ", "..." if self._plain else "…")
            room = self._room()
            rows = rows_of(self._view, self._now(), room, style)
            shown = self._area.show([row.text for row in rows], [row.width for row in rows], room.columns)
            self._write(self._stream, shown)

    def _start(self) -> None:
        if self._ticking and self._thread is None and not self._quiet and not self._stop.is_set():
            self._thread = threading.Thread(target=self._run, name="status line", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        self._stop.wait(_FIRST)
        while not self._stop.is_set():
            self.tick()
            if not self._live:
                self._stop.wait(BEAT / 20)
                continue
            self._stop.wait(_FRAME)
            room = self._room()
            for _ in range(_LOOKS):
                if self._wake.wait((_TICK - _FRAME) / _LOOKS) or self._room() != room:
                    break
            self._wake.clear()

    def _print(self, line: Line) -> None:
        colors = {"error": "red", "warning": "yellow", "info": "dim"}
        text = safe(line.text)
        if line.severity in colors:
            text = paint(text, colors[line.severity], self._color)
        to_errors = line.severity in ("error", "warning")
        self._say(self._errors if to_errors else self._stream, text + "\n")

    def _fail(self, failure: Failure) -> None:
        """What is worth seeing of the step's log, and the card."""
        terminal = is_terminal(self._errors)
        columns = self._size[0] if self._size[0] is not None else terminal_columns(self._errors)
        rule = ("-" if self._plain else "─") * 2
        out: list[str] = []
        for part in excerpt(failure, everything=self._verbose):
            out.append(paint(f"{rule} {safe(part.title)} {rule}", "dim", self._color))
            for place, line in enumerate(part.lines):
                text = safe(line) if terminal else line
                out.append(paint(text, "red", self._color) if place == part.error else text)
        if out:
            out.append(paint(rule * 2, "dim", self._color))
        out.append(render_card(failure, self._color, columns=columns, plain=self._plain, **self._card))
        self._say(self._errors, "\n".join(out) + "\n")

    def _say(self, stream: TextIO, text: str) -> None:
        """Whole lines, above the rows if these are on the same terminal, in one write with them."""
        if self._paused:
            self._held.append((stream, text))
            return
        self._said = self._now()
        if stream is self._stream or self._together:
            self._write(self._stream, self._area.above(text, self._room().columns))
        else:
            self._write(stream, text)

    def _release(self) -> None:
        """Print what came while nothing could be."""
        held, self._held = self._held, []
        for stream, text in held:
            self._write(stream, text)

    def _write(self, stream: TextIO, text: str) -> None:
        if not text or id(stream) in self._broken:
            return
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError):
            self._broken.add(id(stream))  # closed or full: the run matters more than its picture

    def _room(self) -> Size:
        columns, rows = self._size
        if self._area.empty and not self._live:
            return Size(columns or 80, rows or 24)  # nobody minds
        seen = size_of(self._stream) if columns is None or rows is None else Size(columns, rows)
        return Size(columns or seen.columns, rows or seen.rows)


def _same_terminal(one: TextIO, other: TextIO) -> bool:
    """Whether both are the same terminal, so that what one gets moves what is on the other."""
    if one is other:
        return True
    try:
        if not (one.isatty() and other.isatty()):
            return False
        return os.fstat(one.fileno()).st_rdev == os.fstat(other.fileno()).st_rdev
    except (OSError, ValueError):
        return False
