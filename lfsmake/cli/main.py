"""Where `lfsmake` starts: the fast path, and all the rest if that has no answer. Imports nothing heavy."""

import sys
from _collections_abc import Sequence  # loaded already; collections.abc would cost 4 ms

from lfsmake.cli.fast import try_fast


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (without the program's name) and give its exit code."""
    words = list(sys.argv[1:] if argv is None else argv)
    code = try_fast(words)
    if code is not None:
        return code
    try:
        from lfsmake.cli.app import run
    except KeyboardInterrupt:  # whoever is quick meets Python still loading
        sys.stderr.write("lfsmake: error: interrupted\n")
        return 130
    return run(words)
