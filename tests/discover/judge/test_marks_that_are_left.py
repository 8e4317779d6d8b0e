"""Marks that an import or the registry left in recipes are found, each for the step that it stands in."""

from pathlib import Path

from lfsmake.discover.judge.marks import findings
from lfsmake.model.errors import Span
from lfsmake.model.step import Step

RECIPE = """\
# import: the whole of it
script one {
    # import: a.tar.xz has no digest
    install:
        make
}
script two {
    # unknown: b.tar.xz: nothing tells its digest
    install:
        # import: what does x mean
        make  # import: no mark
}
"""


def steps_in(file: str) -> dict[str, Step]:
    return {
        name: Step(name, "script", "", "", "host", "root", "", (), Span(file, line, 1))
        for name, line in (("one", 2), ("two", 7))
    }


def told(path: Path, chosen: list[str]) -> list[tuple[str, int, int, str]]:
    return [
        (each.subject, each.span.line, each.span.column, each.message)
        for each in findings([str(path)], steps_in(str(path)), chosen)
        if each.span is not None
    ]


def test_each_mark_is_a_finding_of_its_step(tmp_path: Path) -> None:
    path = tmp_path / "a.lfs"
    path.write_text(RECIPE)
    assert told(path, ["one", "two"]) == [
        ("", 1, 1, "not decided: the whole of it"),
        ("one", 3, 5, "not decided: a.tar.xz has no digest"),
        ("two", 10, 9, "not decided: what does x mean"),
    ]
    assert told(path, ["two"]) == [("two", 10, 9, "not decided: what does x mean")]


def test_marks_of_the_registry_count_in_its_own_recipes(tmp_path: Path) -> None:
    path = tmp_path / "a.lfs"
    path.write_text(RECIPE)
    (tmp_path / "a.lfs.generated").write_text(RECIPE)
    assert ("two", 8, 5, "not decided: b.tar.xz: nothing tells its digest") in told(path, ["two"])


def test_files_that_are_no_recipes_or_gone_have_none(tmp_path: Path) -> None:
    (tmp_path / "lfsmake.toml").write_text("# import: x\n")
    (tmp_path / "bad.lfs").write_bytes(b"# import: \xff\n")
    files = [str(tmp_path / name) for name in ("lfsmake.toml", "bad.lfs", "gone.lfs")]
    assert list(findings(files, {}, [])) == []
