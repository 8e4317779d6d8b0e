"""Which files are the recipes of a project, and what their order and a cache change: nothing."""

from collections.abc import Callable
from pathlib import Path

from lfsmake.lang.load import load_project
from lfsmake.model.errors import Span
from lfsmake.model.step import Project
from tests.lang.texts import STYLES, package

Load = Callable[..., Project]


def phases(project: Project, name: str) -> dict[str, list[str]]:
    return {phase.name: [body.text for body in phase.bodies] for phase in project.steps[name].phases}


def test_a_folder_is_its_recipes_by_name_and_what_they_include_once(load: Load, tmp_path: Path) -> None:
    files = {
        "b.lfs": "script b {\n}\n",
        "a.lfs": 'include "sub/c.lfs"\nscript a {\n}\n',
        "sub/c.lfs": 'include "../b.lfs"\nscript c {\n}\n',
        "sub/unread.lfs": "nonsense\n",
        "notes.txt": "nonsense\n",
    }
    project = load(files)
    assert list(project.steps) == ["b", "c", "a"]
    assert project.files == tuple(str(tmp_path / name) for name in ("a.lfs", "b.lfs", "sub/c.lfs"))
    assert project.default == ("b", "c", "a")


def test_an_include_inside_when_counts_only_when_it_holds(load: Load) -> None:
    files = {"main.lfs": 'when tests=all {\n    include "sub/x.lfs"\n}\n', "sub/x.lfs": "script x {\n}\n"}
    assert list(load(files).steps) == []
    assert list(load(files, options={"tests": "all"}).steps) == ["x"]


def test_bodies_keep_their_place(load: Load, tmp_path: Path) -> None:
    project = load("script a {\n    install:\n        one\n        two\n}\n")
    (body,) = project.steps["a"].phases[0].bodies
    assert (body.text, body.span) == ("one\ntwo", Span(str(tmp_path / "main.lfs"), 3, 9, 3, 12))


def test_the_order_of_files_changes_no_step(write: Callable[[str, str], Path]) -> None:
    parts = [
        STYLES,
        package("x", "    style near\n    needs build y\n"),
        package("y", "    needs run z\n"),
        package("z"),
    ]
    paths = [write(f"{at}.lfs", text) for at, text in enumerate(parts)]
    first = load_project(paths)
    for turned in (paths[::-1], paths[2:] + paths[:2]):
        other = load_project(turned)
        assert other.steps == first.steps
        assert list(other.steps) != list(first.steps)


def test_parsed_files_may_come_from_a_cache(load: Load, tmp_path: Path) -> None:
    text = STYLES + package("a", "    style near\n")
    plain = load(text)
    folder = tmp_path / "cache"
    assert load(text, cache_dir=folder).steps == plain.steps
    assert load(text, cache_dir=folder).steps == plain.steps
