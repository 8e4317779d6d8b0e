"""A cache in which the parser's tables already lie, as on any machine but for the very first run: making them takes a
second of processor time, and most tests want a cache of their own for other reasons."""

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from lfsmake.lang.tables import make_parser
from lfsmake.lang.transform import Builder


@functools.cache
def _tables() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lfsmake-tables-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    make_parser(Builder(), folder)
    return folder / "tables"


def warm(cache: Path) -> Path:
    """`cache`, a folder for LFSMAKE_CACHE, made with the tables in it."""
    for folder in (cache, cache / "nodes"):
        folder.mkdir(mode=0o700, exist_ok=True)
    shutil.copytree(_tables(), cache / "nodes" / "tables", dirs_exist_ok=True)
    return cache
