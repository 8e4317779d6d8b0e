"""How long `lfsmake discover` takes on a tree of many scripts of the usual kind, made up here."""

import subprocess
import sys
from pathlib import Path

from tests.bench.clock import REPO, Taken, environment, run

SCRIPT = """#!/bin/bash
# {chapter}.{number}. Package{index}-1.{index}
set -e
source "$(dirname "$0")/../common.sh"

NAME=package{index}
VERSION=1.{index}

echo "Building $NAME"
cd $LFS/sources
tar -xf $NAME-$VERSION.tar.xz
cd $NAME-$VERSION

patch -Np1 -i ../$NAME-$VERSION-fixes-1.patch
sed -i 's/a/b/' Makefile.in
case $(uname -m) in
  x86_64) sed -e '/m64=/s/lib64/lib/' -i.orig config/t-linux64 ;;
esac

mkdir -v build
cd build
../configure --prefix=/usr          \\
             --host=$LFS_TGT        \\
             --build=$(../config.guess) \\
             --disable-static
make $MAKEFLAGS
if [ "$TESTS" = yes ]; then
    make check 2>&1 | tee "$LOGS/$NAME-check.log"
fi
make DESTDIR=$LFS install
rm -fv $LFS/usr/lib/lib$NAME.la

cd $LFS/sources
rm -rf $NAME-$VERSION
"""
COMMON = """LFS=/mnt/lfs
LFS_TGT=$(uname -m)-lfs-linux-gnu
LOGS=/var/log/lfs
die() { echo "$@" >&2; exit 1; }
"""


def tree(folder: Path, scripts: int) -> Path:
    """A tree of that many scripts, 100 a folder, with a driver."""
    calls = ["#!/bin/bash"]
    folder.mkdir(parents=True)
    for index in range(scripts):
        chapter, number = divmod(index, 100)
        home = folder / f"chapter{chapter + 5}"
        home.mkdir(exist_ok=True)
        name = f"{number:03}-package{index}.sh"
        (home / name).write_text(SCRIPT.format(chapter=chapter + 5, number=number, index=index))
        calls.append(f"./chapter{chapter + 5}/{name}")
    (folder / "common.sh").write_text(COMMON)
    (folder / "all.sh").write_text("\n".join(calls) + "\n")
    return folder


def measure(folder: Path, scripts: int, rounds: int) -> list[Taken]:
    """What `lfsmake discover --json` took on such a tree; RuntimeError if it did not find every script."""
    place = tree(folder / str(scripts), scripts)
    env = environment(LFSMAKE_CACHE=str(folder / "cache"))
    command = (sys.executable, "-m", "lfsmake", "discover", str(place), "--json")
    done = subprocess.run(command[:-1], cwd=REPO, env=env, capture_output=True, text=True, check=True)
    if f": {scripts:,} build scripts" not in done.stdout.partition("\n")[0]:
        raise RuntimeError(f"not all were found: {done.stdout.partition(chr(10))[0]}")
    return [run(command, folder, env) for _ in range(rounds)]
