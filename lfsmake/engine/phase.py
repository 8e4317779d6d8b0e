"""The shell of a phase: its script, and what it reports of where it stopped. Knows bash, not sandboxes."""

import os
import shlex
from collections.abc import Sequence

from msgspec import Struct

from lfsmake.engine.place import CONTROL
from lfsmake.model.step import Body, Step

_SCRIPT = """\
{options}
{facts}
__lfsmake_report() {{
    local status=$? line=$1 source=$2 command=$3
    trap - ERR
    printf '%s\\0%s\\0%s\\0%s\\0' "$status" "$line" "$source" "$command" >> {control}/report
}}
set -E
trap '__lfsmake_report "$LINENO" "${{BASH_SOURCE[0]}}" "$BASH_COMMAND"' ERR
cd -- {cwd}
{bodies}
pwd -P > {control}/cwd
"""


class Stop(Struct, frozen=True):
    """Where a phase stopped: the command as bash saw it and the line of the recipe, 0 if unknown."""

    command: str = ""
    file: str = ""
    line: int = 0


def write_phase(
    control: str, step: Step, bodies: Sequence[Body], *, cwd: str, facts: Sequence[tuple[str, str]]
) -> tuple[str, ...]:
    """Writes the phase's script and bodies into `control`; returns the argument list that runs it.

    Each body is a file of its own, so the line that bash names is the body's and leads back to the recipe.
    """
    for name in ("report", "cwd"):
        with open(f"{control}/{name}", "w"):
            pass
    lines = []
    for number, body in enumerate(bodies):
        with open(f"{control}/body-{number}", "w", encoding="utf-8") as file:
            file.write(body.text + "\n")
        lines.append(f". {CONTROL}/body-{number}")
    exported = {name for name, _ in step.env}
    script = _SCRIPT.format(
        options="set +h",  # the book's: tools are found anew as soon as they are installed
        facts="\n".join(f"{name}={shlex.quote(value)}" for name, value in facts if name not in exported),
        control=CONTROL,
        cwd=shlex.quote(cwd),
        bodies="\n".join(lines),
    )
    with open(f"{control}/phase.sh", "w", encoding="utf-8") as file:
        file.write(script)
    return ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail", f"{CONTROL}/phase.sh")


def read_stop(control: str, bodies: Sequence[Body]) -> Stop:
    """What the ERR trap reported first: the innermost command that failed."""
    with open(f"{control}/report", encoding="utf-8", errors="replace") as file:
        fields = file.read().split("\0")
    if len(fields) < 4:
        return Stop()
    _, line, source, command = fields[:4]
    name = os.path.basename(source)
    if not name.startswith("body-") or not line.isdigit():
        return Stop(command)
    body = bodies[int(name.removeprefix("body-"))]
    offset = int(line) - 1 if body.span.column else 0  # column 0: a body of ours
    return Stop(command, body.span.file, body.span.line + offset)


def read_cwd(control: str, fallback: str) -> str:
    """The working directory the phase ended in, carried over to the next."""
    with open(f"{control}/cwd", encoding="utf-8", errors="surrogateescape") as file:
        return file.read().rstrip("\n") or fallback
