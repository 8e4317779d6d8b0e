"""The shell of a phase: its script, and what it reports of where it stopped. Knows bash, not sandboxes."""

import os
import re
import shlex
import stat
from collections.abc import Sequence

from msgspec import Struct

from lfsmake.engine.place import CONTROL
from lfsmake.engine.script_env import script_env
from lfsmake.model.step import SCRIPTS, Body, File, ScriptFile, Step

_LONGEST_ANSWER = 1 << 20  # bytes

_SCRIPT = """\
{options}
{facts}
__lfsmake_report() {{
    local status=$?
    printf '%s\\0' "$status" "$BASH_SUBSHELL" "$@" >> {control}/report
}}
set -E
trap '__lfsmake_report "$LINENO" "${{PIPESTATUS[*]}}" "${{BASH_SOURCE[0]}}" "$BASH_COMMAND"' ERR
mkdir -p -- {cwd}
cd -- {cwd}
{bodies}
pwd -P > {control}/cwd || :
"""

_ASSIGNED = re.compile(r"[A-Za-z_][A-Za-z0-9_]*\+?=.*[$`]", re.DOTALL)


class Stop(Struct, frozen=True):
    """Where a phase stopped: the command as bash saw it and the line of the recipe, 0 if unknown."""

    command: str = ""
    file: str = ""
    line: int = 0
    status: int = 0  # where it did not end the phase


def write_phase(
    control: str,
    step: Step,
    bodies: Sequence[Body],
    *,
    cwd: str,
    facts: Sequence[tuple[str, str]],
    files: Sequence[File] = (),
) -> tuple[str, ...]:
    """Writes the phase's script, bodies and files into `control`, which is new; returns the argument list that runs it.

    Each body is a file of its own, so the line that bash names is the body's and leads back to the recipe.
    """
    for number, copy in enumerate(files):
        with open(f"{control}/file-{number}", "w", encoding="utf-8") as out:
            out.write(copy.text)
    lines = []
    for number, body in enumerate(bodies):
        with open(f"{control}/body-{number}", "w", encoding="utf-8") as file:
            file.write(body.text + "\n")
        lines.append(f". {CONTROL}/body-{number}")
    if step.script is not None:
        with open(f"{control}/script-env", "w", encoding="utf-8") as file:
            file.write(script_env(step.script))
    exported = {name for name, _ in step.env}
    script = _SCRIPT.format(
        options="set +h",  # the book's: tools are found anew as soon as they are installed
        facts="\n".join(f"{name}={shlex.quote(value)}" for name, value in facts if name not in exported),
        control=CONTROL,
        cwd=shlex.quote(cwd),
        bodies="\n".join(lines),
    )
    with open(f"{control}/phase.sh", "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(script)
    return ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", f"{CONTROL}/phase.sh")


class _Report(Struct, frozen=True):
    """A command that failed. `subshell`: how deep it ran below the phase's own shell. `pipe`: how each member of its
    pipeline ended."""

    status: int
    subshell: int
    line: int
    pipe: tuple[str, ...]
    source: str
    command: str

    @property
    def name(self) -> str:
        """The file it stands in, such as `body-0`."""
        return os.path.basename(self.source)


def read_stop(control: str, bodies: Sequence[Body], status: int, script: ScriptFile | None = None) -> Stop:
    """The innermost command that made the phase end with `status`, of those that the ERR trap reported.

    A command that fails in a substitution is reported though nothing comes of it; one that makes its subshell fail
    is reported before the command that the subshell is part of.
    """
    reports = _reports(f"{control}/report")
    outer = [place for place, report in enumerate(reports) if report.subshell == 0]
    if not outer or reports[outer[-1]].status != status:
        return Stop()  # the shell ended itself: `exit 3`, an unset variable
    place = outer[-1]
    found = reports[place]
    first = outer[-2] + 1 if len(outer) > 1 else 0
    line = found.line
    while (inner := _inside(found, reports[first:place])) is not None:
        if not _ASSIGNED.match(found.command):  # bash counts the lines of a substitution from its end
            line = inner.line
        place -= 1
        found = inner
    command = found.command
    if len(found.pipe) > 1 and found.pipe[-1] == "0":  # bash tells only the last command of a pipeline
        command = f"… | {command}"
    number = found.name.removeprefix("body-")
    if not found.name.startswith("body-") or not number.isdecimal() or int(number) >= len(bodies):
        return Stop(command)
    body = bodies[int(number)]
    if script is not None and body.text == script.command:
        return _stop_of_script(control, script, status)
    offset = min(line - 1, body.text.count("\n")) if body.span.column else 0  # column 0: a body of ours
    return Stop(command, body.span.file, body.span.line + max(offset, 0))


def _reports(path: str) -> list[_Report]:
    fields = _answer(path).decode(errors="replace").split("\0")[:-1]
    return [
        _Report(int(ended), int(subshell), int(line), tuple(pipe.split()), source, command)
        for ended, subshell, line, pipe, source, command in zip(*[iter(fields)] * 6, strict=False)
        if (ended + subshell + line).isdigit()
    ]


def _stop_of_script(control: str, script: ScriptFile, status: int) -> Stop:
    """The command that a script ended with `status` by; its own file, without a line, where nothing tells."""
    reports = [report for report in _reports(f"{control}/script-report") if report.status == status]
    for report in reversed(reports):
        for path, file in ((script.path, script.file), *((read.path, read.file) for read in script.reads)):
            if report.source == f"{SCRIPTS}/{path}":
                return Stop(report.command, file, report.line)
    return Stop("", script.file, 0)


def failed_commands(control: str, script: ScriptFile) -> tuple[Stop, ...]:
    """The commands of the script itself that failed without ending it, in the order they ran, each place once."""
    out: dict[tuple[str, int], Stop] = {}
    for report in _reports(f"{control}/script-report"):
        for path, file in ((script.path, script.file), *((read.path, read.file) for read in script.reads)):
            if report.source == f"{SCRIPTS}/{path}" and report.subshell == 0:
                out.setdefault((file, report.line), Stop(report.command, file, report.line, report.status))
    return tuple(out.values())


def _inside(outer: _Report, before: Sequence[_Report]) -> _Report | None:
    """The command in a subshell that `outer` failed by, if it is a subshell, a pipeline or an assignment."""
    if len(outer.pipe) == 1 and not outer.command.startswith("(") and not _ASSIGNED.match(outer.command):
        return None
    inner = before[-1] if before else outer
    deeper = inner.subshell > outer.subshell
    return inner if deeper and inner.status == outer.status and inner.name == outer.name else None


def read_cwd(control: str, fallback: str) -> str:
    """The working directory the phase ended in, carried over to the next."""
    return os.fsdecode(_answer(f"{control}/cwd")).rstrip("\n") or fallback


def _answer(path: str) -> bytes:
    """What the phase wrote, if it is a plain file: the build could have put a link or a pipe in its place."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return b""
    try:
        return os.read(descriptor, _LONGEST_ANSWER) if stat.S_ISREG(os.fstat(descriptor).st_mode) else b""
    finally:
        os.close(descriptor)
