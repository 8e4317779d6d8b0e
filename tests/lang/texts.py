"""Pieces of recipes, and what is wrong with a configuration, for the tests of the language."""

from pathlib import Path

import pytest

from lfsmake.lang.config import load_config
from lfsmake.model.errors import RecipeErrors

SHA = "ab" * 32
SOURCE = f'source "https://x.org/{{{{ name }}}}-{{{{ version }}}}.tar.xz"\n    sha256 {SHA}\n'
STYLES = """
style base {
    configure: ./configure
    build: make
    check: make check
    install: make install
    env CFLAGS "-O2"
    env LANG "C"
    user "lfs"
    pre install: echo base first
    post install: echo base last
    needs build tools
    skip configure
}
style near inherits base {
    build: ninja
    env CFLAGS "-O3 {{ name }}"
    post install: echo near last
    needs run runtime
    workdir "build"
}
script tools {
    install: true
}
script runtime {
    install: true
}
"""


def package(name: str, body: str = "", version: str = "1.0") -> str:
    """A package with a source."""
    return f"package {name} {version} {{\n    {SOURCE}{body}}}\n"


def script(body: str, name: str = "a") -> str:
    """A script with this body."""
    return f"script {name} {{\n    {body}\n}}\n"


def wrong(path: Path, text: str) -> list[tuple[str, str, str, str, str]]:
    """(place, message, expected, hint, source line) of everything wrong with this lfsmake.toml."""
    path.write_text(text, encoding="utf-8")
    with pytest.raises(RecipeErrors) as caught:
        load_config(path)
    out = []
    for problem in caught.value.problems:
        place = f"{problem.span.line}:{problem.span.column}-{problem.span.end_column}" if problem.span else ""
        out.append((place, problem.message, problem.expected, problem.hint, problem.source))
    return out
