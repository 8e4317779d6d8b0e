"""What a failure is: its class and what is known of it, from the evidence. Knows not what becomes of it."""

import errno
import os
import re
import signal
from collections.abc import Sequence
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from lfsmake.engine.phase import Stop, read_stop
from lfsmake.engine.went_on import WENT_ON
from lfsmake.model.errors import DiskFullError, LfsmakeError
from lfsmake.model.events import Failure, LogError
from lfsmake.model.step import SCRIPTS, Body, Step
from lfsmake.sandbox import Exit

NOTHING_INSTALLED = "nothing-installed"  # what a recipe allows where that is as it should be

if TYPE_CHECKING:  # only a failure imports the patterns
    from lfsmake.engine.evidence.verdict import Verdict

_TAIL = 40  # lines of the log in a failure
_MISSED = re.compile(rf"(?:^|[\s:'\"]){SCRIPTS}/(\S+?)['\"]?: No such file")


class PhaseEnd(Struct, frozen=True):
    """A phase that failed: what ran, the folder with what the shell reported, how the sandbox ended, how many processes
    the kernel killed meanwhile for want of memory, on the whole machine, and how many jobs make could run."""

    phase: str
    bodies: tuple[Body, ...]
    control: str
    done: Exit
    oom_kills: int = 0
    jobs: int = 1


def failed_phase(step: Step, ended: PhaseEnd, *, log: str, work: str) -> Failure:
    """The failure of a phase that ended with a status that is not 0. `log` and `work` are absolute."""
    status = ended.done.status
    stop = read_stop(ended.control, ended.bodies, status, step.script)
    error, verdict = _evidence(step, ended, log, work)
    tail = tail_of(log)
    message = f"killed by {signal_name(-status)}" if status < 0 else f"exit status {status}"
    span = ended.bodies[0].span if ended.bodies else step.span
    return Failure(
        failure_class=verdict.failure_class,
        step=step.name,
        phase=ended.phase,
        message=message,
        command=stop.command,
        file=stop.file or span.file,
        line=stop.line or span.line,
        status=status,
        log=log,
        tail=tail,
        work="" if verdict.cause == "disk-full" else work,  # what it wrote is what fills the disk
        hint=(_unread(tail) if step.script is not None else "") or verdict.hint,
        cause=verdict.cause,
        error=error,
    )


def _unread(tail: Sequence[str]) -> str:
    """The hint for a script that looked for a file beside itself which is not there."""
    for line in reversed(tail):
        found = _MISSED.search(line)
        if found:
            name = found[1].rpartition("/")[2]
            return f'the script finds only what its step names: reads "{name}", with the path it has beside the script'
    return ""


def _evidence(step: Step, ended: PhaseEnd, log: str, work: str) -> tuple[LogError | None, "Verdict"]:
    """What the log and the folders of a failed phase say."""
    from lfsmake.engine.evidence.gather import gather
    from lfsmake.engine.evidence.verdict import Scene

    scene = Scene(
        phase=ended.phase,
        context=step.context,
        status=ended.done.status,
        jobs=ended.jobs,
        oom_kills=ended.oom_kills,
    )
    return gather(scene, log=log, work=work, control=ended.control)


def timed_out(step: Step, phase: str, limit: float, *, log: str, work: str) -> Failure:
    """The failure of a step that took longer than `limit` seconds."""
    return Failure(
        failure_class="timeout",
        step=step.name,
        phase=phase,
        message=f"took longer than its limit of {limit:.0f} s",
        file=step.span.file,
        line=step.span.line,
        log=log,
        tail=tail_of(log),
        work=work,
        hint="raise `time` in the recipe, or see what it waits for in the log",
    )


def went_on(step: Step, ended: PhaseEnd, stop: Stop, *, log: str, work: str) -> Failure:
    """The failure of a step whose script ended with 0 although its build was broken off at `stop`."""
    ended = msgspec.structs.replace(ended, done=ended.done._replace(status=stop.status))
    failure = failed_phase(step, ended, log=log, work=work)
    return msgspec.structs.replace(
        failure,
        message=f"exit status {stop.status}, and the script went on as if all was well",
        command=stop.command,
        file=stop.file,
        line=stop.line,
        hint=f'{failure.hint}; where this may fail: allow {WENT_ON} because "…"',
    )


def nothing_installed(step: Step, *, log: str, work: str) -> Failure:
    """The failure of a step whose script had sources to build, ended with 0, and left no file."""
    return Failure(
        failure_class="step",
        step=step.name,
        phase="install",
        message="its script ended as if all was well, and installed no file",
        file=step.span.file,
        line=step.span.line,
        log=log,
        tail=tail_of(log),
        work=work,
        hint=f"see which command failed in the log; if nothing is to be installed: "
        f'allow {NOTHING_INSTALLED} because "…"',
    )


def signal_name(number: int) -> str:
    """SIGKILL for 9, and so on; real-time signals have only numbers."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def tail_of(path: str) -> tuple[str, ...]:
    """The last lines of the log, decoded as well as they can be."""
    with open(path, "rb") as file:
        file.seek(0, os.SEEK_END)
        file.seek(max(0, file.tell() - 64 * 1024))
        lines = file.read().decode(errors="replace").splitlines()
    return tuple(lines[-_TAIL:])


def failure_of(error: LfsmakeError, step: str, log: str, work: str) -> Failure:
    """An error of the machine or the sources, met while a step ran, as the step's failure."""
    problem = error.problems[0]
    return Failure(
        failure_class=error.failure_class,
        step=step,
        phase="",
        message=problem.message,
        file=problem.span.file if problem.span else "",
        line=problem.span.line if problem.span else 0,
        log=log if os.path.exists(log) else "",
        work=work,
        hint=problem.hint,
        cause="disk-full" if isinstance(error, DiskFullError) else "",
    )


def failure_of_system(step: str, error: OSError, log: str) -> Failure:
    """What the system refused lfsmake itself, as the step's failure."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        full = DiskFullError(
            f"no space left on the device of {error.filename or 'the store'}",
            hint="make room: `lfsmake store gc`, or another --store",
        )
        return failure_of(full, step, log, "")
    where = f": {error.filename}" if error.filename else ""
    return Failure(
        failure_class="environment", step=step, phase="", message=f"{error.strerror or error}{where}", log=log
    )


def failure_of_bug(step: str, error: Exception) -> Failure:
    """A bug of lfsmake, as the step's failure."""
    import traceback

    return Failure(
        failure_class="internal",
        step=step,
        phase="",
        message=f"a bug of lfsmake: {error.__class__.__name__}: {error}",
        tail=tuple("".join(traceback.format_exception(error)).splitlines()) if os.environ.get("LFSMAKE_DEBUG") else (),
        hint="please report it, with LFSMAKE_DEBUG=1 set for the whole story",
    )
