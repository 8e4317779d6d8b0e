"""Standard output and standard error: colors, JSON, problems, a reader that went away. Knows no command."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from typing import Any

from lfsmake.lang.reading import with_line
from lfsmake.model.errors import HostError, Problem
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


def write(text: str) -> None:
    """Write to standard output. Raises BrokenPipeError, which `run` ends quietly, and HostError for the rest."""
    with _explained():
        sys.stdout.write(text)


def write_bytes(data: bytes) -> None:
    """Write bytes as they are, behind all text so far; raises as `write` does."""
    with _explained():
        sys.stdout.flush()
        sys.stdout.buffer.write(data)


def flush() -> None:
    """Have all of it written; raises as `write` does."""
    with _explained():
        sys.stdout.flush()


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise HostError(f"cannot write to standard output: {error.strerror}") from error


def emit(text: str) -> None:
    """Write a text and a newline."""
    write(text + "\n")


def emit_json(value: Any) -> None:
    """Print a value as indented JSON. Records and tuples may be in it. What is no UTF-8 of a name becomes U+FFFD."""
    import msgspec

    try:
        text = msgspec.json.encode(value)
    except UnicodeEncodeError:
        text = msgspec.json.encode(_in_utf8(msgspec.to_builtins(value)))
    emit(msgspec.json.format(text, indent=2).decode())


def _in_utf8(value: Any) -> Any:
    if isinstance(value, str):
        return "".join("\ufffd" if "\ud800" <= each <= "\udfff" else each for each in value)
    if isinstance(value, dict):
        return {_in_utf8(key): _in_utf8(each) for key, each in value.items()}
    return [_in_utf8(each) for each in value] if isinstance(value, list | tuple) else value


def report(problems: Sequence[Problem], *, color: str = "auto", folder: str = "") -> None:
    """Print problems to standard error. `folder`: what file names are shown relative to."""
    stream = sys.stderr
    try:
        columns = os.get_terminal_size(stream.fileno()).columns or 100
    except (OSError, ValueError):
        columns = 100
    text = render_all(
        [with_line(problem) for problem in problems],
        wants_color(color, stream),
        folder=folder,
        columns_wide=max(40, columns),
        plain=not encodes("…", stream.encoding),
    )
    with contextlib.suppress(OSError):  # what stdout cannot take is found again at the end
        sys.stdout.flush()
    with contextlib.suppress(OSError):  # nobody reads: the exit code still says it
        stream.write(text + "\n")
        stream.flush()


def abandon_stdout() -> None:
    """What is left in the buffer goes nowhere, so that Python's exit says nothing about it."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
