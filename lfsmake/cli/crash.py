"""A bug of ours: a report in a file, one line on the screen. Knows nothing of what was done."""

import os
import platform
import sys
import tempfile
import time
import traceback
from collections.abc import Sequence
from pathlib import Path

from lfsmake import __version__
from lfsmake.model.errors import Problem
from lfsmake.store.place import cache_folder


def write_report(error: BaseException, argv: Sequence[str]) -> Problem:
    """Write the report and give what to tell the user. The environment's values are not in it."""
    what = traceback.format_exception_only(error)[-1].strip()
    lines = [
        f"lfsmake {__version__}, Python {platform.python_version()}, {platform.platform()}",
        f"command line: {list(argv)!r}",
        f"folder: {_folder()}",
        f"time: {time.strftime('%Y-%m-%dT%H:%M:%S%z')}",
        "",
        "".join(traceback.format_exception(error)),
    ]
    where = _write("\n".join(lines))
    hint = "run it again with LFSMAKE_DEBUG=1 and report what it prints"
    if where:
        hint = f"please report it with {where}"
    return Problem(f"this is a bug in lfsmake: {what}", hint=hint)


def _folder() -> str:
    try:
        return str(Path.cwd())
    except OSError as error:
        return error.strerror or ""


def _write(text: str) -> str:
    """The path of the report: in the cache folder, else the temporary one; "" if neither can be written."""
    name = time.strftime("crash-%Y%m%d-%H%M%S-")
    for folder in (Path(cache_folder(os.environ)) / "crashes", Path(tempfile.gettempdir())):
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle, path = tempfile.mkstemp(prefix=name, suffix=".txt", dir=folder)
            with open(handle, "w", encoding="utf-8", errors="backslashreplace") as stream:  # noqa: PTH123
                stream.write(text)
        except OSError:
            continue
        return path
    return ""


def wants_traceback() -> bool:
    """Whether the user asked for tracebacks on the screen."""
    return os.environ.get("LFSMAKE_DEBUG", "") not in ("", "0")


def print_traceback(error: BaseException) -> None:
    """For LFSMAKE_DEBUG=1."""
    traceback.print_exception(error, file=sys.stderr)
