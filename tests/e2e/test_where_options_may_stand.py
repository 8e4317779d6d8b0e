"""Options stand before or after targets and commands; the first word that is a command's name is the command."""

import pytest

from lfsmake.cli.app import arrange


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("", "build"),
        ("hello", "build hello"),
        ("-k hello -j 4", "build -k hello -j 4"),
        ("plan", "plan"),
        ("-C dir plan", "plan -C dir"),
        ("-Cdir plan hello", "plan -Cdir hello"),
        ("--store=dir plan", "plan --store=dir"),
        ("--store plan list", "list --store plan"),
        ("-vC plan list", "list -vC plan"),
        ("-j4 -k plan", "plan -j4 -k"),
        ("build plan", "build plan"),
        ("-- plan", "build -- plan"),
        ("hello plan", "build hello plan"),
        ("-f my.lfs log hello -f", "log --file my.lfs hello -f"),
        ("-fmy.lfs log hello", "log --file=my.lfs hello"),
        ("-v store -q gc -n", "gc -v -q -n"),
        ("--help", "--help"),
        ("-k --help", "--help"),
        ("--help plan", "plan --help"),
        ("hello --help", "build hello --help"),
        ("-j4 --version", "--version"),
        ("fmt -", "fmt -"),
    ],
)
def test_words_are_arranged(typed, meant):
    meant = meant.split()
    if meant[0] == "gc":
        meant.insert(0, "store")
    assert arrange(typed.split()) == meant


def test_common_options_on_both_sides_mean_the_same(project, run):
    before = run("-C", "recipes", "--set", "init=systemd", "list", "options", "--json")
    after = run("list", "options", "--json", "--set", "init=systemd", "-C", "recipes")
    assert before == after
    assert '"value": "systemd"' in before.out


def test_relative_paths_are_seen_from_the_folder_entered(project, run, monkeypatch):
    monkeypatch.chdir("/")
    assert run("-C", str(project.folder), "-f", "recipes/main.lfs", "check").out == "lfsmake: 2 steps, no problems\n"


def test_places_are_shown_from_where_the_user_stands(project, run, monkeypatch):
    project.main.write_text("package {\n")
    monkeypatch.chdir(project.folder.parent)
    assert run("-C", "project", "check").err.startswith("project/recipes/main.lfs:1:")


def test_a_target_named_like_a_command_is_built_with_build(project, run):
    project.config.write_text('recipes = ["recipes"]\n')
    project.main.write_text("script plan {\n    context host\n    install: true\n}\n")
    assert run("-n", "build", "plan").out.startswith("would build plan: never built\n")


def test_the_version(run):
    from lfsmake import __version__

    assert run("--version") == (0, f"lfsmake {__version__}\n", "")


def test_the_version_is_the_packages():
    import tomllib
    from pathlib import Path

    from lfsmake import __version__

    data = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert data["project"].get("version", __version__) == __version__
