"""Runs a command of the host with the sandbox's ids, to read and write layers. Makes no sandbox."""

import os
import subprocess
from collections.abc import Sequence

from lfsmake.sandbox.ids import Extent, id_map
from lfsmake.sandbox.process import entry_arguments
from lfsmake.sandbox.spec import Ways


def run_mapped(
    argv: Sequence[str],
    *,
    stdin: bytes = b"",
    cwd: str | None = None,
    ways: Ways = Ways(),  # noqa: B008  # immutable
) -> subprocess.CompletedProcess[bytes]:
    """Run `argv`, which sees ids as a command in a sandbox does, and collect what it writes.

    For root that is a plain run. Does not raise when the command fails. Raises SandboxError when it cannot be
    started with these ids.
    """
    ids = id_map(ways.id_ranges)
    if ids is None:
        return subprocess.run(argv, input=stdin, cwd=cwd, capture_output=True, check=False)
    status, status_end = os.pipe()
    try:
        helpers = ids.helpers or ("", "")
        words = (str(status_end), _extents(ids.uids), _extents(ids.gids), *helpers, *argv)
        done = subprocess.run(
            entry_arguments("inner_map", *words),
            input=stdin,
            cwd=cwd,
            capture_output=True,
            check=False,
            pass_fds=(status_end,),
        )
        os.close(status_end)
        status_end = -1
        report = os.fsdecode(os.read(status, 4096))
    finally:
        os.close(status)
        if status_end >= 0:
            os.close(status_end)
    if report:
        from lfsmake.sandbox.causes import explain, gather_facts

        _, code, operation, detail = report.rstrip("\n").split("\t")
        raise explain(int(code), gather_facts(operation, detail))
    return subprocess.CompletedProcess(list(argv), done.returncode, done.stdout, done.stderr)


def _extents(extents: tuple[Extent, ...]) -> str:
    return ",".join(":".join(map(str, extent)) for extent in extents)
