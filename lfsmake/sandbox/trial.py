"""Finds out what this machine's sandbox can do by starting one. Decides nothing from versions alone."""

import os
import tempfile

from lfsmake.model.errors import SandboxError
from lfsmake.sandbox.ids import SINGLE_ID_COST, id_map, missing_for_ranges
from lfsmake.sandbox.process import appends_lowers, start
from lfsmake.sandbox.remove import remove_tree
from lfsmake.sandbox.spec import Capabilities, Spec, Ways


def probe(folder: str | None = None, *, ways: Ways = Ways()) -> Capabilities:  # noqa: B008  # immutable
    """Run a command in a small sandbox, its layers in a new folder below `folder` (default: the temporary one).

    Pass the store's folder: whether overlayfs can write depends on the file system. Raises SandboxError with the
    cause and the cure where it does not work.
    """
    ids = id_map(ways.id_ranges)
    try:
        base = tempfile.mkdtemp(prefix="lfsmake-probe-", dir=folder)
    except OSError as error:
        raise SandboxError(
            f"no layers can be made in {folder or tempfile.gettempdir()}: {error.strerror}",
            hint="make the folder and give it to the user that runs lfsmake, or choose another with --store DIR",
        ) from None
    try:
        for name in ("lower", "upper", "work"):
            os.mkdir(f"{base}/{name}")
        with open(f"{base}/lower/gone", "wb"):
            pass
        spec = Spec(
            context="host",
            target="/mnt/lfs",
            lowers=(f"{base}/lower",),
            upper=f"{base}/upper",
            work=f"{base}/work",
            mountpoints=(),
            binds=(),
            argv=("/bin/sh", "-c", "rm gone && : >written"),
            env=(("PATH", "/usr/bin:/bin"),),
            cwd="/mnt/lfs",
        )
        quiet = os.open(os.devnull, os.O_WRONLY)
        try:
            ended = start(spec, stdout=quiet, stderr=quiet, ways=ways).wait()
        finally:
            os.close(quiet)
        written = sorted(os.listdir(f"{base}/upper"))
        if ended.status != 0 or written != ["gone", "written"]:
            raise SandboxError(
                f"a command in the sandbox could not write to its root (exit status {ended.status})",
                hint=f"{base} may lie on a file system without user extended attributes or whiteouts;"
                " put the store on ext4, xfs, btrfs or tmpfs with --store DIR",
            )
    finally:
        remove_tree(base)
    single = ids is not None and not ids.helpers
    missing = missing_for_ranges() if single else ""
    return Capabilities(
        as_root=ids is None,
        id_ranges=not single,
        single_id_cost=SINGLE_ID_COST + (f"; {missing}" if missing else "") if single else "",
        overlay=True,
        append_lowers=appends_lowers(ways),
        kernel=os.uname().release,
    )
