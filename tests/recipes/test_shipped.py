"""The recipes that are shipped: they load, they are formatted, their shell parses, their fix-ups mend what they say."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lfsmake.lang.config import load_config
from lfsmake.lang.format import format_text
from lfsmake.lang.load import load_configured, load_project
from lfsmake.model.step import Body, Project

RECIPES = Path(__file__).parents[2] / "recipes"
BOOK = RECIPES / "12.3"


@pytest.fixture(scope="module")
def project() -> Project:
    return load_configured(load_config(BOOK / "lfsmake.toml"), {"arch": "x86_64"})


def bodies(project: Project) -> Iterator[tuple[str, Body]]:
    for resource in project.resources.values():
        for origin in resource.origins:
            if origin.fixup:
                yield f"{resource.name} fixup", origin.fixup
    for step in project.steps.values():
        for phase in step.phases:
            for body in phase.bodies:
                yield f"{step.name} {phase.name}", body


def fixup(project: Project, resource: str) -> str:
    (text,) = (origin.fixup.text for origin in project.resources[resource].origins if origin.fixup)
    return text


def run(text: str, folder: Path) -> subprocess.CompletedProcess[str]:
    command = ["bash", "-e", "-o", "pipefail", "-c", text]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("path", sorted(RECIPES.rglob("*.lfs")), ids=lambda path: path.name)
def test_a_shipped_recipe_is_formatted(path: Path) -> None:
    assert format_text(str(path), path.read_text()) == path.read_text()


@pytest.mark.parametrize("init", ["sysv", "systemd"])
@pytest.mark.parametrize("origin", ["auto", "upstream", "debian"])
def test_the_book_loads_with_every_option(init: str, origin: str) -> None:
    project = load_configured(load_config(BOOK / "lfsmake.toml"), {"init": init, "origin": origin})
    assert project.book == "12.3"
    assert project.options["init"].value == init


def test_the_toolchain_is_what_is_built_by_default(project: Project) -> None:
    assert project.groups["toolchain"].members == (
        "lfs-layout", "binutils-pass1", "gcc-pass1", "linux-headers", "glibc", "libstdc++",
    )  # fmt: skip
    assert set(project.default) in ({"toolchain"}, set(project.groups["toolchain"].members))


def test_whoever_gets_a_step_gets_what_it_runs_with(project: Project) -> None:
    def closure(name: str, *scopes: str) -> set[str]:
        found: set[str] = set()
        open_names = [name]
        while open_names:
            for need in project.steps[open_names.pop()].needs:
                if need.scope in scopes and need.name not in found:
                    found.add(need.name)
                    open_names.append(need.name)
        return found

    assert closure("gcc-pass1", "run") == {"lfs-layout", "binutils-pass1"}
    assert closure("libstdc++", "run") == {"lfs-layout", "linux-headers", "glibc"}
    assert closure("libstdc++", "build", "run") == set(project.groups["toolchain"].members) - {"libstdc++"}
    assert closure("linux-headers", "build", "run") == {"lfs-layout"}


def test_every_chapter_5_step_runs_as_lfs_on_a_checked_host(project: Project) -> None:
    for step in project.steps.values():
        assert (step.context, step.user, step.hosts) == ("host", "lfs", ("host-tools",)), step.name


def test_the_sanity_checks_run_after_the_installation_unless_tests_are_off(project: Project) -> None:
    for name in ("glibc", "libstdc++"):
        assert [phase.name for phase in project.steps[name].phases][-2:] == ["install", "check"]
        assert project.steps[name].check
    off = load_configured(load_config(BOOK / "lfsmake.toml"), {"tests": "none"})
    assert not any(step.check for step in off.steps.values())


def test_every_source_can_be_had_upstream_and_from_debian(project: Project) -> None:
    example = load_project([RECIPES / "example"])
    for resource in [*project.resources.values(), *(step.source for step in example.steps.values())]:
        assert resource is not None
        kinds = {origin.url.split(":")[0] for origin in resource.origins}
        assert kinds == {"https", "debian"}, resource.name


def test_all_shell_parses(project: Project) -> None:
    seen = 0
    for what, body in bodies(project):
        done = subprocess.run(["bash", "-n"], input=body.text, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, ""), what
        seen += 1
    assert seen > 20


def test_gcc_s_fixup_unpacks_the_inner_archive_and_stamps_the_rule(project: Project, tmp_path: Path) -> None:
    inner = tmp_path / "gcc-14.2.0" / "gcc"
    inner.mkdir(parents=True)
    rule = "s-tm-texi: build/genhooks$(build_exeext) $(srcdir)/doc/tm.texi.in\n"
    after = "\n$(OTHER): x\n\tuntouched\n"
    recipe = "\t$(RUN_GEN)\n\t@if x; then \\\n\t  false; \\\n\tfi\n"
    (inner / "Makefile.in").write_text(f"before:\n\tfirst\n\n{rule}{recipe}{after}")
    subprocess.run(["tar", "-cJf", "gcc-14.2.0-dfsg.tar.xz", "gcc-14.2.0"], cwd=tmp_path, check=True)
    (tmp_path / "newlib-4.4.0.tar.xz").touch()
    done = run(fixup(project, "gcc"), tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "gcc/Makefile.in").read_text() == f"before:\n\tfirst\n\n{rule}\t$(STAMP) $@\n{after}"
    assert not list(tmp_path.glob("*.tar.xz"))


def test_glibc_s_fixup_takes_the_manual_out_and_notices_when_it_cannot(project: Project, tmp_path: Path) -> None:
    config = tmp_path / "Makeconfig"
    config.write_text("all-subdirs = csu assert \\\n\t iconv manual po\t \\\n\t dlfcn elf\n")
    assert run(fixup(project, "glibc"), tmp_path).returncode == 0
    assert config.read_text() == "all-subdirs = csu assert \\\n\t iconv po\t \\\n\t dlfcn elf\n"
    config.write_text("subdirs = csu manual po\n")
    assert run(fixup(project, "glibc"), tmp_path).returncode == 1


@pytest.mark.parametrize("target", [[], ["all"], ["check"], ["install"], ["distclean"]])
def test_gmp_s_stand_in_makefile_has_every_target(project: Project, tmp_path: Path, target: list[str]) -> None:
    assert run(fixup(project, "gmp"), tmp_path).returncode == 0
    made = ["make", "-f", "doc/Makefile.in", *target]
    assert subprocess.run(made, cwd=tmp_path, capture_output=True, check=False).returncode == 0


def test_the_layout_is_refused_on_a_machine_the_book_does_not_cover(project: Project, tmp_path: Path) -> None:
    (body,) = project.steps["lfs-layout"].phases[0].bodies
    done = run(f"LFS={tmp_path} arch=riscv64\n{body.text}", tmp_path)
    assert done.returncode == 1
    assert done.stderr == "LFS 12.3 is a book for x86_64 and i686; it has no commands for riscv64\n"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arch", ["x86_64", "i686"])
def test_the_layout_is_the_book_s(project: Project, tmp_path: Path, arch: str) -> None:
    (body,) = project.steps["lfs-layout"].phases[0].bodies
    assert run(f"LFS={tmp_path} arch={arch}\n{body.text}", tmp_path).returncode == 0
    made = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if not path.is_symlink())
    wide = ["lib64"] if arch == "x86_64" else []
    assert made == sorted(["etc", "tools", "usr", "usr/bin", "usr/lib", "usr/sbin", "var", *wide])
    assert {name: (tmp_path / name).readlink() for name in ("bin", "lib", "sbin")} == {
        "bin": Path("usr/bin"), "lib": Path("usr/lib"), "sbin": Path("usr/sbin"),
    }  # fmt: skip
