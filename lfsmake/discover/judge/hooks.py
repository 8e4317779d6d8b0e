"""Runs a project's own checks: JSON in, findings as JSON out, in processes of their own. Knows no rule.

Whatever a hook does wrong is a finding of its own; it never ends or hangs who called it.
"""

import contextlib
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from typing import IO, Any

import msgspec
from msgspec import Struct

from lfsmake.discover.judge.findings import SEVERITIES, Finding, Rule, Severity
from lfsmake.discover.model import Script
from lfsmake.lang.check_table import Checks, Hook
from lfsmake.model.errors import Span
from lfsmake.model.step import Step

HOOK_FAILED = Rule(
    "hook-failed",
    "error",
    "a check of the project's own that did not work",
    "what it looks for is not looked for",
    "run it by hand, with what `lfsmake show --json` or `lfsmake discover --json` prints in the form that it is given",
)
RULES = (HOOK_FAILED,)
VERSION = 1
_MOST = 8 << 20  # bytes of an answer that are read
_LOOK = 0.1  # seconds between two looks at how much it has written
_SHOWN = 300  # characters of what it says of itself
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,79}")
_RUN = """\
import importlib, json, sys
module, _, name = sys.argv[1].partition(":")
sys.path.insert(0, "")
out, sys.stdout = sys.stdout, sys.stderr
found = getattr(importlib.import_module(module), name)(json.load(sys.stdin))
json.dump(found if isinstance(found, dict) else {"version": 1, "findings": list(found)}, out)
"""


class _Told(Struct, frozen=True):
    """A finding as a hook writes it. Lines and columns count from 1; 0 is unknown."""

    id: str
    message: str
    severity: Severity = "warning"
    subject: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    why: str = ""
    mend: str = ""


class _Answer(Struct, frozen=True):
    findings: list[_Told]
    version: int = VERSION


def question(steps: Iterable[Step], scripts: Iterable[Script], about: str = "both") -> bytes:
    """What a hook is given: `{"version": 1, "steps": [STEP, …], "scripts": [SCRIPT, …]}`."""
    given: dict[str, Any] = {
        "version": VERSION,
        "steps": list(steps) if about in ("steps", "both") else [],
        "scripts": list(scripts) if about in ("scripts", "both") else [],
    }
    return msgspec.json.encode(given)


def findings(checks: Checks, steps: Iterable[Step], scripts: Iterable[Script]) -> Iterator[Finding]:
    """What the hooks find, in the order they are declared."""
    steps, scripts = tuple(steps), tuple(scripts)
    places = {step.name: step.span for step in steps} | {script.id: script.span for script in scripts}
    for hook in checks.hooks:
        asked = question(steps, scripts, hook.about)
        try:
            answer = _ask(hook, asked, checks.folder)
        except _FailedError as error:
            message = f"hook {hook.name} {error}"
            yield Finding("hook-failed", "error", message, hook.span, "", HOOK_FAILED.why, HOOK_FAILED.mend)
            continue
        for told in answer.findings:
            yield _finding(hook, told, places, checks.folder)


class _FailedError(Exception):
    """What a hook did wrong, as the end of a sentence."""


def _finding(hook: Hook, told: _Told, places: dict[str, Span], folder: str) -> Finding:
    span = places.get(told.subject)
    if told.file:
        line = max(0, told.line)
        span = Span(os.path.join(folder, told.file), line, max(0, told.column))
    severity = told.severity if told.severity in SEVERITIES else "warning"
    return Finding(f"{hook.name}/{told.id}", severity, told.message, span, told.subject, told.why, told.mend)


def _ask(hook: Hook, asked: bytes, folder: str) -> _Answer:
    command = hook.command or (sys.executable, "-c", _RUN, hook.python)
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as told:
        given.write(asked)
        given.seek(0)
        try:
            process = subprocess.Popen(
                command, cwd=folder, stdin=given, stdout=out, stderr=told, start_new_session=True
            )
        except OSError as error:
            raise _FailedError(f"cannot be run: {error.strerror} ({command[0]})") from None
        try:
            status = _wait(process, hook.timeout, out)
        finally:
            _end(process)
        if status != 0:
            ended = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
            raise _FailedError(f"{ended}{_last(told)}")
        out.seek(0)
        answer = out.read()
        if not answer.strip():
            raise _FailedError(f"answered nothing{_last(told)}")
        return _decoded(answer)


def _wait(process: subprocess.Popen[bytes], seconds: float, out: IO[bytes]) -> int:
    """The exit status. Raises _FailedError for one that takes too long or writes too much."""
    end = time.monotonic() + seconds
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            status = process.wait(min(_LOOK, max(0.0, end - time.monotonic())))
            if os.fstat(out.fileno()).st_size <= _MOST:
                return status
        if os.fstat(out.fileno()).st_size > _MOST:
            raise _FailedError(f"answered more than the {_MOST:,} bytes that are read")
        if time.monotonic() >= end:
            raise _FailedError(f"did not answer in {seconds:.0f} s, and was ended")


def _end(process: subprocess.Popen[bytes]) -> None:
    """All that the hook started ends with it."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _last(told: IO[bytes]) -> str:
    size = told.seek(0, os.SEEK_END)
    told.seek(max(0, size - 65536))
    lines = told.read().decode(errors="replace").strip().splitlines()
    return f": {lines[-1][:_SHOWN]}" if lines else ""


def _decoded(data: bytes) -> _Answer:
    try:
        answer = msgspec.json.decode(data, type=_Answer)
    except msgspec.ValidationError as error:
        raise _FailedError(f"answered what is no list of findings: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        start = data[:60].decode(errors="replace")
        raise _FailedError(f"answered what is no JSON: {start!r}") from None
    if answer.version != VERSION:
        raise _FailedError(f"answered in version {answer.version}, version {VERSION} is known")
    for told in answer.findings:
        if not _ID.fullmatch(told.id):
            raise _FailedError(f"answered a finding whose id cannot be one: {told.id[:40]!r}")
    return answer
