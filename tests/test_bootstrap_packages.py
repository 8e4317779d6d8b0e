"""bootstrap installs what the recipes' host declaration names, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

from lfsmake.lang.nodes import Block, ToolNode
from lfsmake.lang.syntax import parse

ROOT = Path(__file__).parents[1]


def test_the_packages_of_bootstrap_are_those_of_the_host_declaration() -> None:
    path = ROOT / "recipes" / "12.3" / "host.lfs"
    (host,) = parse(str(path), path.read_text()).items
    assert isinstance(host, Block)
    declared = {tool.package.text for tool in host.body if isinstance(tool, ToolNode) and tool.package}
    assert len(declared) > 15

    listed = re.search(r"^HOST_PACKAGES='([^']*)'", (ROOT / "bootstrap").read_text(), re.MULTILINE)
    assert listed is not None
    assert listed[1].split() == sorted(declared)
