"""The program that enters the sandbox's id map and becomes a command there. Makes no other namespace."""

import _signal  # type: ignore[import-not-found]  # see entry.py
import os
import sys

from lfsmake.sandbox import kernel
from lfsmake.sandbox.entry import Operation, enter_user_namespace, report_error

TYPE_CHECKING = False  # see root.py
if TYPE_CHECKING:
    from lfsmake.sandbox.wire import Extent


def main() -> None:
    """`sys.argv`: package folder, status pipe, uids, gids, newuidmap, newgidmap, command…"""
    status = int(sys.argv[2])
    uids, gids = parse_extents(sys.argv[3]), parse_extents(sys.argv[4])
    helpers = [word for word in sys.argv[5:7] if word]
    argv = sys.argv[7:]
    doing = Operation()
    try:
        os.set_inheritable(status, False)
        enter_user_namespace({"uids": uids, "gids": gids, "helpers": helpers}, doing)
        # lfsmake's thread waits for this process, so its end is lfsmake's. After the change of ids, which clears it.
        kernel.prctl(kernel.PR_SET_PDEATHSIG, _signal.SIGKILL)
        _signal.signal(_signal.SIGPIPE, _signal.SIG_DFL)
        doing(f"executing {argv[0]}")
        os.execvp(argv[0], argv)  # noqa: S606
    except BaseException as error:  # it must reach lfsmake as words, whatever it is
        report_error(status, doing, error)
    os._exit(127)


def parse_extents(text: str) -> "list[Extent]":
    """`0:1000:1,1:100000:65536` as extents."""
    extents = []
    for part in text.split(","):
        inside, outside, count = part.split(":")
        extents.append((int(inside), int(outside), int(count)))
    return extents
