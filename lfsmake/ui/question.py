"""Asks on the terminal what to do about a failed step. Knows keys and programs to look with, no engine.

The answer is a line: nothing about the terminal is changed, so that nothing can be left changed.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Literal, TextIO

from lfsmake.model.events import Failure
from lfsmake.ui.color import paint
from lfsmake.ui.log import tail
from lfsmake.ui.text import safe

Word = Literal["continue", "retry", "quit"]

_WORDS: dict[str, tuple[str, Word | None]] = {  # key → what the prompt says of it, the answer it is
    "c": ("[c]ontinue without it", "continue"),
    "r": ("[r]etry", "retry"),
    "l": ("[l]og", None),
    "s": ("[s]hell", None),
    "q": ("[q]uit", "quit"),
}
_NAMES = {"continue": "c", "retry": "r", "log": "l", "shell": "s", "quit": "q"}
_GRACE = 5.0  # seconds that a program of ours has to end after it was told to
_LINES = 200  # of a log where there is no pager


class Question:
    """One terminal. Call it from one thread; `cancel` from any.

    `source` is the descriptor answers are read from. `paused` gives the screen to us and takes it back at the end.
    `enter` gives the command for a shell in a failed step's folders.
    """

    def __init__(
        self,
        source: int,
        stream: TextIO,
        *,
        paused: Callable[[], AbstractContextManager[None]],
        enter: Callable[[str], Sequence[str]],
        color: bool = False,
    ) -> None:
        self._source = source
        self._stream = stream
        self._paused = paused
        self._enter = enter
        self._color = color
        self._typed = b""
        self._wake, self._waker = os.pipe()
        self._cancelled = threading.Event()
        self._lock = threading.Lock()
        self._child: subprocess.Popen[bytes] | None = None

    def __call__(self, step: str, failure: Failure) -> Word:
        """What is to become of the step; "quit" also when the terminal has gone or nobody wants to know any more."""
        keys = [key for key in _WORDS if (key != "l" or failure.log) and (key != "s" or failure.work)]
        choices = ", ".join(_WORDS[key][0] for key in keys[:-1]) + f" or {_WORDS[keys[-1]][0]}? "
        with self._paused():
            self._discard_typed()
            while True:
                self._write(f"{paint(safe(step), 'bold', self._color)} failed: {choices}")
                line = self._line()
                if line is None:
                    self._write("\n")
                    return "quit"
                key = _NAMES.get(line, line)
                if key not in keys:
                    continue
                word = _WORDS[key][1]
                if word is not None:
                    return word
                if key == "l":
                    self._show(failure.log)
                else:
                    self._run(self._enter(step))

    def cancel(self) -> None:
        """Ends a call that waits, and what it started."""
        self._cancelled.set()
        os.write(self._waker, b"x")
        with self._lock:
            if self._child is not None:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._child.pid, signal.SIGHUP)
                    os.killpg(self._child.pid, signal.SIGCONT)  # what is stopped hears of nothing
                hard = threading.Timer(_GRACE, self._kill, (self._child,))
                hard.daemon = True
                hard.start()

    def _kill(self, child: "subprocess.Popen[bytes]") -> None:
        """Ends what did not end when it was told to. `child` is the program that runs, or not any more."""
        with self._lock:
            if self._child is child:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(child.pid, signal.SIGKILL)

    def _discard_typed(self) -> None:
        """What was typed before the question was read is no answer to it."""
        import termios

        self._typed = b""
        with contextlib.suppress(termios.error):
            termios.tcflush(self._source, termios.TCIFLUSH)

    def _line(self) -> str | None:
        """The next line in small letters; None at the end of the input, or when cancelled."""
        while b"\n" not in self._typed:
            if self._cancelled.is_set():
                return None
            readable, _, _ = select.select([self._source, self._wake], [], [])
            if self._wake in readable:
                return None
            try:
                data = os.read(self._source, 4096)
            except OSError:  # the terminal is gone
                return None
            if not data:
                return None
            self._typed += data
        line, _, self._typed = self._typed.partition(b"\n")
        return line.decode(errors="replace").strip().lower()

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError, ValueError):
            self._stream.write(text)
            self._stream.flush()

    def _show(self, log: str) -> None:
        """The log from its end, in less, which shows escape sequences instead of obeying them; else its last lines."""
        pager = shutil.which("less")
        if pager is not None:
            self._run([pager, "+G", log])
            return
        try:
            lines, _ = tail(Path(log), _LINES)
        except OSError as error:
            lines = [f"{log}: {error.strerror}"]
        self._write("".join(f"{safe(line)}\n" for line in lines))

    def _run(self, argv: Sequence[str]) -> None:
        """The program in the foreground, in a process group of its own: its Ctrl-C is not ours."""
        environment = {name: value for name, value in os.environ.items() if name not in ("LESS", "LESSOPEN")}
        with self._lock:
            if self._cancelled.is_set():
                return
            try:
                child = self._child = subprocess.Popen(argv, stdin=self._source, env=environment, process_group=0)
            except OSError as error:
                self._write(f"{argv[0]}: {error.strerror}\n")
                return
        try:
            self._foreground(child.pid)
            with contextlib.suppress(ProcessLookupError):  # it may have asked for the terminal before it had it
                os.killpg(child.pid, signal.SIGCONT)
            child.wait()
        finally:
            with self._lock:
                self._child = None
            self._foreground(os.getpgrp())

    def _foreground(self, group: int) -> None:
        """Gives the terminal to a process group. Asked from the background, that would stop us: the signal waits."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTTOU])
        try:
            with contextlib.suppress(OSError):  # no terminal of ours, as in a session without one
                os.tcsetpgrp(self._source, group)
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
