"""A run that built something keeps the logs of its store within the bounds of lfsmake.toml."""


def test_logs_beyond_the_bounds_go_after_a_run(project) -> None:
    config = project.folder / "lfsmake.toml"
    config.write_text('recipes = ["recipes"]\nlog_keep = 1\nlog_size = 1\n', encoding="utf-8")
    project.recipe("script s {\n    context host\n    install: touch $LFS/s\n}\n")
    project.run("s")
    old = project.store / "logs" / "20200101-000000-000000" / "s.log"
    old.parent.mkdir()
    old.write_text("old\n", encoding="utf-8")
    project.run("s")  # nothing to do
    assert old.exists()
    project.run("--rebuild", "s", "s")
    assert not old.parent.exists()
    (left,) = (project.store / "logs").iterdir()
    assert [path.name for path in left.iterdir()] == ["s.log"]
