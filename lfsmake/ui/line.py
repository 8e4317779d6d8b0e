"""A run on a terminal or a pipe, from its events: one live line, a line a step, the log of what failed.

Knows no engine. On a terminal the last line is redrawn in place at most ten times a second, and once a second
while nothing happens; the cursor is never hidden, so a killed process leaves nothing to restore.
"""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import TextIO

from lfsmake.model.events import Event, Failure, RunStarted, StepFailed
from lfsmake.ui.card import render_card
from lfsmake.ui.color import is_terminal, paint
from lfsmake.ui.log import tail
from lfsmake.ui.report import Line, lines_of
from lfsmake.ui.text import about, clip, clock, encodes, safe, several, width
from lfsmake.ui.view import RunView

LOG_LINES = 2000  # of a failed step's log, at most
_ERASE = "\r\x1b[K"
_FRAME = 0.1  # seconds between two drawings
_TICK = 1.0  # seconds between two drawings while nothing happens


class StatusLine:
    """A listener of events. Close it, or use it in a `with`: its line is erased and its thread ends.

    Progress goes to `stream`, failures to `errors`. `live` None asks the stream. A stream that is full or whose
    reader left gets nothing more; the run goes on. `folder`, `program` and `again` are for failure cards.
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
        now: Callable[[], float] = time.time,
        ticking: bool = True,
    ) -> None:
        self._stream = stream
        self._errors = stream if errors is None else errors
        self._color = color
        self._live = (is_terminal(stream) if live is None else live) and not quiet
        self._quiet = quiet
        self._verbose = verbose
        self._card = {"folder": folder, "program": program, "again": again}
        self._columns = columns
        self._now = now
        self._ticking = ticking
        self._plain = not encodes("·…", stream.encoding)
        self._dot = " | " if self._plain else " · "
        self._view = RunView()
        self._lock = threading.RLock()
        self._drawn = ""
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
            if shown or failed:
                self._write(self._stream, self._erased())
            for line in shown:
                self._print(line)
            if failed and isinstance(event, StepFailed):
                self._fail(event.failure)
        if self._live:
            if isinstance(event, RunStarted) and self._ticking and self._thread is None:
                self._thread = threading.Thread(target=self._run, name="status line", daemon=True)
                self._thread.start()
            self._wake.set()

    def close(self) -> None:
        """Erase the line and stop the timer; may be called twice."""
        self._stop.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
        with self._lock:
            self._write(self._stream, self._erased())

    def draw(self) -> None:
        """Redraw the live line now, if there is one and it changed."""
        with self._lock:
            if not self._live or self._stop.is_set():
                return
            text = self._text()
            if text != self._drawn:
                self._write(self._stream, f"\r{text}\x1b[K" if text else self._erased())
                self._drawn = text

    def _run(self) -> None:
        while not self._stop.is_set():
            self._wake.wait(_TICK)
            self._wake.clear()
            self.draw()
            self._stop.wait(_FRAME)

    def _erased(self) -> str:
        erase = _ERASE if self._drawn else ""
        self._drawn = ""
        return erase

    def _print(self, line: Line) -> None:
        colors = {"error": "red", "warning": "yellow", "info": "dim"}
        text = safe(line.text)
        if line.severity in colors:
            text = paint(text, colors[line.severity], self._color)
        to_errors = line.severity in ("error", "warning")
        self._write(self._errors if to_errors else self._stream, text + "\n")

    def _fail(self, failure: Failure) -> None:
        """The log of a failed step and its card."""
        rule = ("-" if self._plain else "─") * 2
        lines, more = list(failure.tail), False
        if failure.log:
            try:
                lines, more = tail(Path(failure.log), LOG_LINES)
            except OSError:
                more = bool(lines)
        if lines:
            part = f", its last {several(len(lines), 'line')}; the whole: {failure.log}" if more else ""
            head = f"{rule} log of {failure.step}{part} {rule}"
            shown = [safe(line) for line in lines] if is_terminal(self._errors) else lines
            ruled = [paint(safe(head), "dim", self._color), *shown, paint(rule * 2, "dim", self._color), ""]
            self._write(self._errors, "\n".join(ruled))
        card = render_card(failure, self._color, **self._card)
        self._write(self._errors, card + "\n")

    def _write(self, stream: TextIO, text: str) -> None:
        if not text or id(stream) in self._broken:
            return
        try:
            stream.write(text)
            stream.flush()
        except (OSError, ValueError):
            self._broken.add(id(stream))  # closed or full: the run matters more than its picture

    def _width(self) -> int:
        if self._columns is not None:
            return self._columns
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (OSError, ValueError):
            return 80

    def _text(self) -> str:
        """The live line: counts, what runs and for how long, what is left; never as wide as the terminal."""
        view, now = self._view, self._now()
        if view.over or not (view.running or view.fetching or view.pending):
            return ""
        room = self._width() - 1
        head = f"[{len(view.finished)}/{view.total}]" if view.total else ""
        left = view.remaining(now)
        end = f"{self._dot}ETA ~{about(left)}" if left is not None and left >= 1 else ""
        parts = [
            " ".join(filter(None, (step, running.phase, clock(now - running.started))))
            for step, running in view.running.items()
        ]
        for file, (done, size) in view.fetching.items():
            parts.append(f"fetch {file}" + (f" {100 * done // size} %" if size else ""))
        if not parts:
            parts = ["waiting"]
        if head:
            head += " "
        middle = safe(self._dot.join(parts))
        hidden = 0
        while len(parts) - hidden > 1 and width(head + middle + end) > room:
            hidden += 1
            shown = [*parts[: len(parts) - hidden], f"+{hidden}"]
            middle = safe(self._dot.join(shown))
        if width(head + middle + end) > room:
            end = ""
        text = clip(head + middle + end, room, "..." if self._plain else "…")
        return paint(text, "cyan", self._color)
