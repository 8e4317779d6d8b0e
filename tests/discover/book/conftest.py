"""Books for tests: a small one of our own with every quirk, and hostile ones made of it."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

SMALL = Path(__file__).parent / "small"
REAL = (Path(__file__).parents[4] / "shared" / "book" / "lfs-12.3").resolve()

HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE sect1 PUBLIC "-//OASIS//DTD DocBook XML V4.5//EN"
  "http://www.oasis-open.org/docbook/xml/4.5/docbookx.dtd" [
  <!ENTITY % general-entities SYSTEM "../general.ent">
  %general-entities;
  {declared}
]>
<sect1 id="changed"><title>Changed</title>
{body}
</sect1>
"""

Small = Callable[..., Path]


@pytest.fixture
def small(tmp_path: Path) -> Small:
    """A copy of the small book. `body` and `declared` are put into one of its pages, `files` written over others."""

    def make(body: str = "", declared: str = "", **files: str) -> Path:
        root = tmp_path / "book"
        shutil.copytree(SMALL, root)
        if body or declared:
            (root / "chapter01" / "what.xml").write_text(HEAD.format(body=body, declared=declared))
        for name, text in files.items():
            (root / name.replace("__", "/").replace("_xml", ".xml").replace("_ent", ".ent")).write_text(text)
        return root

    return make
