"""Where the user's cache folder is. Knows the environment's conventions only; makes nothing.

It stands alone because the fast path of the command line asks it on every start.
"""
# pathlib would double the time of the fast path:
# ruff: noqa: PTH100, PTH111

import os
from _collections_abc import Mapping  # loaded already; collections.abc would cost 4 ms


def cache_folder(environ: Mapping[str, str]) -> str:
    """`$LFSMAKE_CACHE`, else `$XDG_CACHE_HOME/lfsmake`, else `~/.cache/lfsmake`: absolute, maybe not there.

    A relative `$XDG_CACHE_HOME` is ignored, as its specification asks; a relative `$LFSMAKE_CACHE` is not.
    """
    own = environ.get("LFSMAKE_CACHE")
    if own:
        return os.path.abspath(own)
    shared = environ.get("XDG_CACHE_HOME", "")
    if not shared.startswith("/"):
        home = environ.get("HOME", "")
        shared = (home if home.startswith("/") else os.path.expanduser("~")) + "/.cache"
    return shared + "/lfsmake"
