"""Makes small trees of scripts, each in one convention. All of it is made up here."""

from collections.abc import Mapping
from pathlib import Path

BUILD = """#!/bin/bash
set -e
tar -xf {name}-{version}.tar.xz
cd {name}-{version}
./configure --prefix=/usr
make
make install
"""


def script(name: str, version: str = "1.0") -> str:
    """A script that builds a package as most do."""
    return BUILD.format(name=name, version=version)


def write(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """The files, below `folder`, which is given back."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
    return folder
