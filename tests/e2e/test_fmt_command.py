"""`lfsmake fmt` rewrites files whole and in place, keeps what is not text, and names what it changed."""

import io
import os
import sys

import pytest

UGLY = 'script hello "Says hello" {\n  install: true\n}\n'
NEAT = 'script hello "Says hello" {\n    install: true\n}\n'


@pytest.fixture
def ugly(project):
    project.main.write_text(UGLY)
    return project.main


def test_the_projects_recipes_are_rewritten_once(project, run, ugly):
    assert run("fmt") == (0, "recipes/main.lfs\nlfsmake: 1 file changed, 0 as they should be\n", "")
    assert ugly.read_text() == NEAT
    assert run("fmt") == (0, "lfsmake: 0 files changed, 1 as they should be\n", "")


def test_check_changes_nothing_and_names_the_files(project, run, ugly):
    assert run("fmt", "--check") == (1, "recipes/main.lfs\nlfsmake: 1 file would change, 0 as they should be\n", "")
    assert ugly.read_text() == UGLY


def test_diff_changes_nothing_and_shows_what_would(project, run, ugly):
    assert run("fmt", "--diff", "recipes/main.lfs") == (
        1,
        "--- recipes/main.lfs\n+++ recipes/main.lfs (formatted)\n@@ -1,3 +1,3 @@\n"
        ' script hello "Says hello" {\n-  install: true\n+    install: true\n }\n',
        "",
    )
    assert ugly.read_text() == UGLY


def test_quiet_says_nothing(project, run, ugly):
    assert run("fmt", "-q") == (0, "", "")
    assert ugly.read_text() == NEAT


def test_mode_and_times_of_untouched_files_stay(project, run, ugly):
    ugly.chmod(0o640)
    neat = project.recipes / "neat.lfs"
    neat.write_text(NEAT.replace("hello", "neat"))
    before = neat.stat()
    assert run("fmt").code == 0
    assert ugly.stat().st_mode & 0o7777 == 0o640
    assert (neat.stat().st_ino, neat.stat().st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert sorted(path.name for path in project.recipes.iterdir()) == ["main.lfs", "neat.lfs"]


def test_a_link_stays_a_link_and_its_file_is_rewritten(project, run, tmp_path):
    real = tmp_path / "real.lfs"
    real.write_text(UGLY)
    link = project.folder / "link.lfs"
    link.symlink_to(real)
    assert run("fmt", "link.lfs").code == 0
    assert link.is_symlink()
    assert real.read_text() == NEAT


def test_folders_are_searched_but_not_through_links(project, run, tmp_path, ugly):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "x.lfs").write_text(UGLY)
    (project.recipes / "linked").symlink_to(outside)
    (project.recipes / "circle").symlink_to(project.recipes)
    assert run("fmt", "recipes").out == "recipes/main.lfs\nlfsmake: 1 file changed, 0 as they should be\n"
    assert (outside / "x.lfs").read_text() == UGLY


def test_a_file_with_errors_is_left_and_the_others_are_done(project, run, ugly):
    broken = project.recipes / "broken.lfs"
    broken.write_text("script {\n")
    result = run("fmt")
    assert result.code == 2
    assert result.err.startswith("recipes/broken.lfs:1:")
    assert (ugly.read_text(), broken.read_text()) == (NEAT, "script {\n")


def stdin(monkeypatch, data):
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(data)))


def test_standard_input_to_standard_output(run, monkeypatch):
    stdin(monkeypatch, UGLY.encode())
    assert run("fmt", "-") == (0, NEAT, "")
    stdin(monkeypatch, UGLY.encode())
    assert run("fmt", "--check", "-") == (1, "", "")
    stdin(monkeypatch, NEAT.encode())
    assert run("fmt", "--check", "-") == (0, "", "")


def test_standard_input_in_a_wrong_encoding(run, monkeypatch):
    stdin(monkeypatch, b"# caf\xe9\n")
    assert run("fmt", "-") == (
        2,
        "",
        "lfsmake: error: standard input is not UTF-8: byte 5\nhint: convert it: iconv -f LATIN1 -t UTF-8\n",
    )


def test_without_a_project_files_must_be_named(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert run("fmt") == (
        2,
        "",
        "lfsmake: error: there is no lfsmake.toml here or in a parent folder\n"
        "hint: name files or folders: lfsmake fmt PATH\n",
    )


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_file_that_cannot_be_rewritten_is_as_it_was(project, run, ugly):
    project.recipes.chmod(0o500)
    result = run("fmt")
    project.recipes.chmod(0o700)
    assert result.code == 3
    assert ugly.read_text() == UGLY
