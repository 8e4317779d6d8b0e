"""The failure card: what failed, where, the commands to look and to go on. Knows `Failure`, no streams."""

import signal

from lfsmake.model.events import Failure
from lfsmake.ui.color import paint
from lfsmake.ui.text import nice_path, safe


def render_card(
    failure: Failure, color: bool = False, *, folder: str = "", program: str = "lfsmake", again: str = "lfsmake"
) -> str:
    """The card without a last newline; only rows that are known.

    `program` begins the commands to look, such as `lfsmake -f my.lfs`; `again` is the command to go on.
    """
    place = "lfsmake"
    if failure.file:
        place = nice_path(failure.file, folder) + (f":{failure.line}" if failure.line else "")
    where = f" in its {failure.phase} phase" if failure.phase else ""
    message = f"{failure.step} failed{where}" if failure.step else "the run failed"
    if failure.message:
        message += f": {failure.message}"
    status = describe_status(failure.status)
    rows = [
        ("command", failure.command),
        ("status", status if status != failure.message else ""),
        ("log", nice_path(failure.log, folder)),
        ("kept", nice_path(failure.work, folder)),
    ]
    if failure.log:
        rows.append(("look", f"{program} log {failure.step}"))
    if failure.work:
        rows.append(("" if failure.log else "look", f"{program} shell {failure.step} --failed"))
    rows.append(("go on", again))
    head = f"{paint(safe(place) + ':', 'bold', color)} {paint('error:', 'red', color)} {_hanging(message, 2)}"
    lines = [head]
    for index, (name, text) in enumerate(rows):
        if text and (name or rows[index - 1][1]):
            lines.append(f"  {paint(f'{name:<7}', 'dim', color)}  {_hanging(text, 11)}")
    if failure.hint:
        lines.append(f"{paint('hint:', 'cyan', color)} {_hanging(failure.hint, 2)}")
    return "\n".join(lines)


def describe_status(status: int) -> str:
    """`exit status 2`, `killed by SIGKILL`; "" for 0, which says nothing."""
    if status >= 0:
        return f"exit status {status}" if status else ""
    try:
        return f"killed by {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def _hanging(text: str, indent: int) -> str:
    return safe(text.rstrip("\n")).replace("\n", "\n" + " " * indent)
