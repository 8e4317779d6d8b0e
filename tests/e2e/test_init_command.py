"""`lfsmake init` makes a project that works at once, whole or not at all, and overwrites nothing."""

import pytest


@pytest.fixture
def empty(tmp_path, monkeypatch):
    folder = tmp_path / "new"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def test_a_new_project_can_be_checked_at_once(empty, run):
    assert run("init") == (
        0,
        "lfsmake: made lfsmake.toml and recipes/ for book 12.3\nLook at the recipes, check both in, then: lfsmake -n\n",
        "",
    )
    assert sorted(path.name for path in empty.iterdir()) == ["lfsmake.toml", "recipes"]
    assert (empty / "lfsmake.toml").read_text() == (
        "# What lfsmake builds in this folder and below. `lfsmake list` names targets and options.\n"
        'book = "12.3"\nrecipes = ["recipes"]\ndefault = ["toolchain"]\n\n# [options]\n# init = "systemd"\n'
    )
    checked = run("check")
    assert (checked.code, checked.err) == (0, "")
    assert not (empty / "recipes" / "lfsmake.toml").exists()


def test_the_copy_can_be_edited(empty, run):
    assert run("init", "12.3", "-q") == (0, "", "")
    for path in (empty / "recipes").rglob("*.lfs"):
        assert path.stat().st_mode & 0o200


@pytest.mark.parametrize("name", ["lfsmake.toml", "recipes"])
def test_nothing_is_overwritten(empty, run, name):
    (empty / name).symlink_to("dangling")
    assert run("init") == (
        2,
        "",
        f"lfsmake: error: {name} exists already in {empty}\nhint: start in an empty folder, or move it away first\n",
    )
    assert [path.name for path in empty.iterdir()] == [name]
