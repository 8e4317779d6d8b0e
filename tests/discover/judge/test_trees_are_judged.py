"""Trees of scripts: makefiles are no shell, sourced files fill variables, any bytes are survived."""

from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lfsmake.discover.judge.examine import World, of_tree
from lfsmake.discover.judge.findings import Finding
from lfsmake.discover.judge.judge import findings
from lfsmake.discover.judge.piece import Piece
from lfsmake.discover.shell.parse import read_shell
from lfsmake.discover.tree import discover
from lfsmake.lang.check_table import Checks

WORLD = World(1000, 1 << 40, 1 << 40, lambda url: None, lambda resource: "")


def found_in(folder: Path) -> list[Finding]:
    return [each for each in of_tree(discover(folder), Checks(), WORLD) if each.severity != "note"]


def test_a_makefile_is_not_judged_as_shell(tmp_path: Path) -> None:
    for name in ("Makefile", "tar.mak"):
        (tmp_path / name).write_text("NAME = tar\nbuild:\n\t./configure --prefix=/usr\n\tmake\n\tmake install\n")
    assert found_in(tmp_path) == []


def test_a_variable_that_a_sourced_file_fills_is_not_empty(tmp_path: Path) -> None:
    (tmp_path / "vars.sh").write_text("TOOLS=/mnt/tools\n")
    (tmp_path / "common.sh").write_text(". ./vars.sh\n")
    script = (
        "#!/bin/bash\nset -e\nsource ./common.sh\ntar xf a-1.0.tar.xz\n./configure\nmake\nrm -rf $TOOLS/a $OTHER/a\n"
    )
    (tmp_path / "a.sh").write_text(script)
    told = [each.message for each in found_in(tmp_path) if each.rule == "unsafe-rm"]
    assert told == ["where $OTHER is empty, this removes /a"]


def test_line_ends_of_windows_are_told_once_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.sh").write_bytes(b"#!/bin/bash\nset -e\r\n./configure\r\nmake\r\n")
    (found,) = [each for each in found_in(tmp_path) if each.rule == "SC1017"]
    assert found.message == "this line ends as lines of Windows do"
    assert found.span is not None
    assert (found.span.line, found.span.column) == (2, 7)


_PARTS = st.sampled_from(
    [
        "rm -rf ",
        '"$X',
        "/a",
        "}",
        "${",
        "make -j",
        "\n",
        " || true",
        "| tee",
        "<<E\n",
        "\0",
        "\r",
        "`",
        "$((",
        "exit",
        " &",
        "é",
    ]
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.one_of(st.binary(max_size=200), st.lists(_PARTS, max_size=20).map(lambda parts: "".join(parts).encode())))
def test_any_bytes_are_judged(data: bytes) -> None:
    shell = read_shell("x.sh", data)
    for kind in ("script", "body"):
        found = findings([Piece(subject="x", kind=kind, shell=shell, context="host", own=(("a", "1.0"),))])
        assert all(each.span is not None and each.span.line >= 1 for each in found)
