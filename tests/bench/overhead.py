"""What the sandbox and the capture cost: a real package built by lfsmake, and its bare commands. Knows one package."""

import os
import shutil
import sys
from pathlib import Path

from tests.bench import clock
from tests.bench.clock import REPO, Taken

_BARE = """set -e
umask 022
tar -xf "$SOURCE"
cd hello-*/
./configure --prefix=/usr --disable-nls
make
make DESTDIR="$PWD/../root" install
"""
BARE, OWN = "bare commands", "lfsmake"


def measure(folder: Path, count: int, archive: Path | None) -> dict[str, list[Taken]]:
    """Both builds of recipes/example in turn, `count` times. RuntimeError if the source cannot be had.

    `archive` is hello's source, if it is at hand; otherwise lfsmake fetches it.
    """
    env = clock.environment(LFSMAKE_CACHE=str(folder / "cache"))
    recipes = folder / "recipes"
    shutil.copytree(REPO / "recipes" / "example", recipes)
    lfsmake = (sys.executable, "-m", "lfsmake", "-f", str(recipes), "-q")
    if archive is not None:
        _use(recipes / "hello.lfs", archive)
    clock.run((*lfsmake[:-1], "fetch"), folder, env)
    source = archive or next(path for path in (folder / "cache" / "store" / "sources").iterdir() if path.is_file())
    jobs = len(os.sched_getaffinity(0))

    def bare() -> Taken:
        place = folder / "bare"
        place.mkdir()
        plain = {"PATH": "/usr/bin:/bin", "LC_ALL": "POSIX", "HOME": "/root", "MAKEFLAGS": f"-j{jobs}"}
        try:
            return clock.run(("bash", "-c", _BARE), place, {**plain, "SOURCE": str(source)})
        finally:
            shutil.rmtree(place)

    def own() -> Taken:
        return clock.run((*lfsmake, "--rebuild", "hello", "hello"), folder, env, watch_memory=True)

    bare()
    own()
    return clock.rounds(count, {BARE: bare, OWN: own})


def _use(recipe: Path, archive: Path) -> None:
    """The recipe takes its source from the file at hand; the digest stays."""
    copy = recipe.parent / "hello-2.10.tar.gz"
    shutil.copyfile(archive, copy)
    lines = recipe.read_text(encoding="utf-8").splitlines(keepends=True)
    first = next(number for number, line in enumerate(lines) if line.split()[:1] == ["source"])
    lines[first] = f'    source      "{copy.name}"\n'
    recipe.write_text("".join(lines), encoding="utf-8")
