"""`lfsmake log STEP`: print a step's log, or part of it, or follow it. Needs no recipes."""

import os
import sys
import time
from collections.abc import Sequence
from typing import BinaryIO

import click

from lfsmake.cli.options import Settings, Words, declare, step_argument
from lfsmake.cli.output import emit_json, flush, write, write_bytes
from lfsmake.engine.logfiles import LogFile, Section
from lfsmake.lang.words import PHASE_WORDS
from lfsmake.model.errors import EXIT_OK, LfsmakeError, UsageError

_CHUNK = 1 << 16
_LINE = 1 << 16  # bytes of a line that is held until its end comes
_POLL = 0.3  # seconds between two looks at a growing log
_SHAPE = """
`{"version": 1, "step": "glibc", "logs": [LOG, …]}`, the newest first; nothing is printed of them. A LOG is `{"run":
"…", "path": "/…", "size": BYTES, "written": SECONDS, "phases": [{"phase": "build", "start": BYTE, "end": BYTE}, …]}`;
`written` is in seconds since the epoch.
"""


class _Count(click.ParamType):  # type: ignore[type-arg]
    name = "number"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        text = str(value)
        if not (text.isascii() and text.isdigit()) or len(text) > 9 or int(text) < 1:
            raise UsageError(f'-n needs a number of lines from 1 up, not "{text}"', hint="for example -n 50")
        return int(text)


@declare(
    "log",
    step_argument(),
    click.Option(["-f", "--follow"], is_flag=True, help="print what is added, until the step ends"),
    click.Option(
        ["--phase"], metavar="PHASE", type=Words("--phase", ("unpack", *PHASE_WORDS)), help="that phase's part of it"
    ),
    click.Option(["--run"], metavar="RUN", help="of that run: its name, a beginning of it, or -1 as `runs` has it"),
    click.Option(["-n", "--lines"], metavar="N", type=_Count(), help="only the last N lines"),
    examples=(
        ("lfsmake log glibc", "the whole log"),
        ("lfsmake log glibc -f -n 20", "follow it while glibc is built"),
        ("lfsmake log glibc --phase check --run -1", "its tests in the run before the newest"),
        ("lfsmake -f my.lfs log hi", "before `log`, -f names recipes, as ever"),
    ),
    json=_SHAPE,
)
def command(
    settings: Settings, step: str, follow: bool, phase: str | None, run: str | None, lines: int | None
) -> int:
    """Print the newest log of a step. On a terminal, escape sequences in it are shown, not obeyed.

    It does not need the recipes: a log can be read while they are wrong.
    """
    from lfsmake.cli.opened import runs_path, store_path
    from lfsmake.engine.logfiles import choose, logs_of

    store, runs = str(store_path(settings)), runs_path(settings)
    logs = logs_of(store, step)
    if not logs:
        raise _no_log(settings, store, step)
    if run is not None:
        logs = [choose(logs, step, run, runs)]
    if settings.json:
        emit_json({"version": 1, "step": step, "logs": [_shape(log, step) for log in logs]})
        return EXIT_OK
    try:
        _print(_Shown(step, phase, lines), logs[0], (store, runs) if follow and run is None else None)
    except KeyboardInterrupt:
        if not follow:
            raise
    except FileNotFoundError:
        raise UsageError(
            f"the log of {step} was removed just now: {logs[0].path}", hint="another lfsmake keeps fewer of them"
        ) from None
    return EXIT_OK


def _no_log(settings: Settings, store: str, step: str) -> LfsmakeError:
    """Why there is no log of that name: what it is by the recipes, if these can be read, else names that are near."""
    from lfsmake.cli.opened import opened
    from lfsmake.engine.logfiles import steps_with_logs
    from lfsmake.lang.words import meant
    from lfsmake.model.errors import RecipeErrors

    try:
        with opened(settings) as session:
            session.log_path(step)
    except RecipeErrors:
        hint = meant(step, steps_with_logs(store)) or f"it was never built with this store: `lfsmake {step}`"
        return UsageError(f"{step} has no log", hint=hint)
    except LfsmakeError as error:
        return error
    return UsageError(f"{step} has no log of its own", hint="name the step itself: `lfsmake list` has them all")


def _shape(log: LogFile, step: str) -> dict[str, object]:
    from lfsmake.engine.logfiles import sections

    found: Sequence[Section] = ()
    try:
        with open(log.path, "rb") as stream:  # noqa: PTH123 - places are strings in what the engine says
            found = sections(stream, step)
    except OSError:
        pass  # removed meanwhile
    return {"run": log.run, "path": log.path, "size": log.size, "written": log.written, "phases": found}


class _Shown:
    """What of a log is printed, and how: bytes as they are into a pipe or file, lines made safe on a terminal."""

    def __init__(self, step: str, phase: str | None, lines: int | None) -> None:
        self.step = step
        self.phase = phase
        self.lines = lines
        self._tty = sys.stdout.isatty()
        self._held = b""  # of a line whose end has not come
        self._mark = f"==> {step}: ".encode(errors="surrogateescape")
        self._inside = phase is None
        self._rest = b""  # the same, where a phase is looked for
        self.phases: Sequence[str] = ()

    def begin(self, stream: BinaryIO) -> None:
        """Prints what is there; afterwards the stream stands at the end of that."""
        from lfsmake.engine.logfiles import last_lines, sections

        end = stream.seek(0, os.SEEK_END)
        parts = [(0, end)]
        if self.phase is not None:
            found = sections(stream, self.step)
            end = found[-1].end if found else end
            parts = [(part.start, part.end) for part in found if part.phase == self.phase]
            self._inside = bool(found) and found[-1].phase == self.phase
            self.phases = [part.phase for part in found]
        if self.lines is not None and parts:
            parts = [(last_lines(stream, self.lines, *parts[-1]), parts[-1][1])]
        for start, stop in parts:
            stream.seek(start)
            while start < stop and (data := stream.read(min(_CHUNK, stop - start))):
                self._show(data)
                start += len(data)
        stream.seek(end)

    def more(self, stream: BinaryIO) -> None:
        """Prints what was added."""
        while data := stream.read(_CHUNK):
            if self.phase is None:
                self._show(data)
                continue
            *whole, rest = (self._rest + data).split(b"\n")
            for line in whole:
                if line.startswith(self._mark):
                    self._inside = line[len(self._mark) :] == self.phase.encode()
                if self._inside:
                    self._show(line + b"\n")
            self._rest = rest
            if len(rest) > _LINE:
                self._rest = b""
                if self._inside:
                    self._show(rest)
        flush()

    def _show(self, data: bytes) -> None:
        if not self._tty:
            write_bytes(data)
            return
        from lfsmake.ui.log import shown_line
        from lfsmake.ui.text import safe

        *lines, self._held = (self._held + data).split(b"\n")
        for line in lines:
            write(safe(shown_line(line)) + "\n")
        if len(self._held) > _LINE:  # a line without an end: shown as it comes
            write(safe(shown_line(self._held)))
            self._held = b""

    def end(self) -> None:
        """Prints the last line where it has no newline."""
        if self._rest and self._inside:
            self._show(self._rest)
        if self._held:
            from lfsmake.ui.log import shown_line
            from lfsmake.ui.text import safe

            write(safe(shown_line(self._held)))
        self._rest = self._held = b""
        flush()


def _print(shown: _Shown, log: LogFile, followed: tuple[str, str] | None) -> None:
    """Prints a log; with `followed`, (store, runs), also what comes until the step no longer runs.

    If it starts again, its next log follows.
    """
    from lfsmake.engine.logfiles import logs_of

    path = log.path
    while path:
        with open(path, "rb") as stream:  # noqa: PTH123 - as above
            shown.begin(stream)
            flush()
            next_path = ""
            while followed is not None:
                running = _runs(followed[1], shown.step)
                shown.more(stream)
                newest = next(iter(logs_of(followed[0], shown.step)), None)
                if running and newest is not None and not _same(newest.path, stream):
                    next_path = newest.path
                    break
                if not running:
                    break
                time.sleep(_POLL)
        shown.end()
        path = next_path
    if shown.phase is not None and shown.phase not in shown.phases and followed is None:
        phases = ", ".join(dict.fromkeys(shown.phases)) or "none"
        raise UsageError(f"the log of {shown.step} has no {shown.phase} phase", hint=f"it has: {phases}")


def _runs(runs: str, step: str) -> bool:
    """Whether the step runs now, as the newest run's own record tells it."""
    from lfsmake.engine.journal import is_live, read_events, runs_in
    from lfsmake.engine.status import summarise

    newest = next(iter(runs_in(runs)), None)
    if newest is None or not is_live(runs, newest):
        return False
    run = summarise(newest, read_events(runs, newest), live=True)
    return run is not None and any(running.step == step for running in run.running)


def _same(path: str, stream: BinaryIO) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(stream.fileno()))  # noqa: PTH116 - as above
    except OSError:
        return True
