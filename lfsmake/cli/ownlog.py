"""What lfsmake itself did, as lines of JSON in `lfsmake.log` beside the folder of the runs. Knows no command's work.

It never fails anything and never makes a folder: until a first run was kept there is nowhere to write, and what one
command line has to say waits in memory for that. Nothing of the environment is written, nor what a URL hides.
"""

import contextlib
import fcntl
import os
import re
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from lfsmake import __version__
from lfsmake.model.errors import Problem

if TYPE_CHECKING:
    from lfsmake.model.events import Event

NAME = "lfsmake.log"
LARGEST = 1_000_000  # bytes; then it becomes lfsmake.log.1, and that one lfsmake.log.2
_LONGEST = 2000  # characters of one text
_LOGIN = re.compile(r"(?<=://)[^/\s@]*@")
_TOKEN = re.compile(
    r"(?i)([?&](?:access_|auth_|api_)?(?:token|key|password|passwd|secret|signature|sig)=)[^&\s#\"']+"
)


def redacted(text: str) -> str:
    """The text without what its URLs say of users, passwords and tokens; cut where it is very long."""
    whole = _TOKEN.sub(r"\1***", _LOGIN.sub("***@", text)) if "://" in text else text
    shown = whole if len(whole) <= _LONGEST else whole[:_LONGEST] + "…"
    return shown.encode("utf-8", "backslashreplace").decode("utf-8")


class OwnLog:
    """One command line's lines."""

    def __init__(self, argv: Sequence[str]) -> None:
        self._began = time.monotonic()
        self._runs = ""
        self._waiting: list[bytes] = []
        try:
            folder = os.getcwd()  # noqa: PTH109 - without pathlib it costs nothing
        except OSError:
            folder = ""
        self.add("start", argv=[redacted(word) for word in argv], lfsmake=__version__, folder=redacted(folder))

    def place(self, runs: str) -> None:
        """Where the runs are kept, as soon as that is known: the log lies beside it."""
        self._runs = runs
        self._write()

    def add(self, event: str, **fields: Any) -> None:
        """One line. Texts among the fields must be redacted."""
        line = {"at": round(time.time(), 3), "pid": os.getpid(), "event": event, **fields}
        self._waiting.append(msgspec.json.encode(line) + b"\n")
        self._write()

    def problems(self, problems: Sequence[Problem]) -> None:
        """What the user was told."""
        for problem in problems:
            span = problem.span
            where = f"{span.file}:{span.line}:{span.column}" if span is not None else ""
            text, hint = redacted(problem.message), redacted(problem.hint)
            self.add(problem.severity, text=text, where=redacted(where), hint=hint)

    def saw(self, event: "Event") -> None:
        """What of a run is worth a line here: that it began and ended, what failed, what lfsmake warned of."""
        from lfsmake.model.events import Note, Recovery, RunDone, RunStarted, StepFailed

        if isinstance(event, RunStarted):
            self.add("run", run=event.run, targets=list(event.targets), jobs=event.jobs, stale=len(event.build))
        elif isinstance(event, StepFailed):
            failure = event.failure
            self.add(
                "failed", step=event.step, phase=failure.phase, failure_class=failure.failure_class,
                cause=failure.cause, text=redacted(failure.message), retrying=event.retrying,
            )  # fmt: skip
        elif isinstance(event, Recovery):
            self.add("recovery", step=event.step, action=event.action, text=redacted(event.text))
        elif isinstance(event, Note) and event.level == "warning":
            self.add("warning", step=event.step, text=redacted(event.text))
        elif isinstance(event, RunDone):
            self.add("run-done", run=event.run, exit_code=event.exit_code)

    def end(self, code: int) -> None:
        """The last line."""
        self.add("end", exit_code=code, seconds=round(time.monotonic() - self._began, 3))

    def _write(self) -> None:
        if not self._runs or not os.path.isdir(self._runs):  # noqa: PTH112
            return
        lines, self._waiting = self._waiting, []
        path = f"{os.path.dirname(self._runs)}/{NAME}"  # noqa: PTH120
        with contextlib.suppress(OSError):  # somebody else's, a full disk: it is only a log
            handle = _opened(path)
            if os.fstat(handle).st_size >= LARGEST and _turned(handle, path):
                os.close(handle)
                handle = _opened(path)
            try:
                os.write(handle, b"".join(lines))
            finally:
                os.close(handle)


def _opened(path: str) -> int:
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK, 0o600)


def _turned(handle: int, path: str) -> bool:
    """Makes room for a new file, unless another lfsmake does so now, or did."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    if os.path.samestat(os.fstat(handle), os.stat(path)):  # noqa: PTH116
        with contextlib.suppress(FileNotFoundError):
            os.replace(f"{path}.1", f"{path}.2")  # noqa: PTH105
        os.replace(path, f"{path}.1")  # noqa: PTH105
    return True


_CURRENT: list[OwnLog] = []  # of the command line that runs


@contextlib.contextmanager
def logged(argv: Sequence[str]) -> Iterator[OwnLog]:
    """The log of one command line, for as long as it lasts."""
    made = OwnLog(argv)
    _CURRENT.append(made)
    try:
        yield made
    finally:
        _CURRENT.remove(made)


def place(runs: str) -> None:
    """The command line that runs now writes beside these runs."""
    if _CURRENT:
        _CURRENT[-1].place(runs)


def saw(event: "Event") -> None:
    """A listener of runs."""
    if _CURRENT:
        _CURRENT[-1].saw(event)
