"""Standard output and standard error: colors, JSON, problems, a reader that went away. Knows no command."""

import os
import sys
from collections.abc import Sequence
from typing import Any

from lfsmake.model.errors import Problem
from lfsmake.ui.color import wants_color
from lfsmake.ui.problems import render_all
from lfsmake.ui.text import encodes


def prepare_streams() -> None:
    """No character may end a command: what a stream cannot encode is escaped, odd file names pass through."""
    if sys.stdout is None:  # started with it closed
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123
    for stream in (sys.stdout, sys.stderr):
        encoding = (getattr(stream, "encoding", "") or "").lower().replace("-", "")
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="surrogateescape" if encoding == "utf8" else "backslashreplace")


def emit(text: str) -> None:
    """Print a text to standard output."""
    sys.stdout.write(text + "\n")


def emit_json(value: Any) -> None:
    """Print a value as indented JSON. Records and tuples may be in it."""
    import msgspec

    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def report(problems: Sequence[Problem], *, color: str = "auto", folder: str = "") -> None:
    """Print problems to standard error. `folder`: what file names are shown relative to."""
    stream = sys.stderr
    try:
        columns = os.get_terminal_size(stream.fileno()).columns or 100
    except (OSError, ValueError):
        columns = 100
    text = render_all(
        problems,
        wants_color(color, stream),
        folder=folder,
        columns_wide=max(40, columns),
        plain=not encodes("…", stream.encoding),
    )
    try:
        sys.stdout.flush()
        stream.write(text + "\n")
        stream.flush()
    except BrokenPipeError:
        pass  # nobody reads; the exit code still says it


def abandon_stdout() -> None:
    """After a BrokenPipeError: what is left in the buffer goes nowhere, so Python's exit says nothing."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
