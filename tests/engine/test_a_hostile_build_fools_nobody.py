"""What a build leaves in the folders it shares with lfsmake, which runs as root, is read as data and never followed."""

from pathlib import Path

import pytest

from .conftest import Sandboxed


def test_links_in_place_of_our_files_are_not_written_through(project: Sandboxed) -> None:
    victim = project.folder / "victim"
    victim.write_text("precious", encoding="utf-8")
    project.recipe(
        f"""script evil {{
    context host
    build:
        for name in report cwd body-0 body-1 phase.sh file-0 rc; do
            rm -f /run/lfsmake/$name
            ln -s {victim} /run/lfsmake/$name
        done
    install: touch $LFS/done
}}
"""
    )
    project.run("evil")
    assert victim.read_text(encoding="utf-8") == "precious"
    project.recipe("script evil {\n    context host\n    install: touch $LFS/done\n}\n")
    project.run("evil")
    assert victim.read_text(encoding="utf-8") == "precious"


@pytest.mark.parametrize("kind", ["ln -s /etc/shadow", "mkfifo", "mkdir"])
def test_a_report_that_is_no_file_is_no_report(project: Sandboxed, kind: str) -> None:
    project.recipe(
        f"""script evil {{
    context host
    build:
        rm -f /run/lfsmake/report /run/lfsmake/cwd
        {kind} /run/lfsmake/report
        exit 7
}}
"""
    )
    done = project.run("evil", code=1)
    assert "evil failed in its build phase: exit status 7" in done.stderr
    assert "root:" not in done.stderr


def test_a_workdir_that_became_a_link_leads_nowhere_on_the_host(project: Sandboxed, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    project.tarball("evil-1", {"file": "x\n"})
    project.recipe(
        f"""package evil 1 {{
    context host
    source "evil-1.tar.gz"
    workdir "build/deep"
    prepare: ln -s {outside} build
    build: touch made
}}
"""
    )
    project.run("evil", code=1)
    assert list(outside.iterdir()) == []
