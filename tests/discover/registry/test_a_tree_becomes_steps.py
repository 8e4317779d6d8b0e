"""A registered tree is a recipe that runs its scripts in their order; what is edited stays through a refresh."""

import os
import tomllib
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfsmake.discover.registry.known import Place
from lfsmake.discover.registry.recipe import recipe_text
from lfsmake.discover.registry.steps import Left, Planned
from lfsmake.discover.registry.trees import add, entries, refresh, remove, show
from lfsmake.lang.config import Config, load_config
from lfsmake.lang.load import load_configured
from lfsmake.lang.nodes import Block
from lfsmake.lang.syntax import parse
from lfsmake.model.errors import LfsmakeError, RecipeErrors, UsageError
from lfsmake.model.step import Project

GCC = "e" * 32
VARS = "binutils=2.44\n"
BINUTILS = """#!/bin/bash
set -e
. "$(dirname "$0")/../vars.sh"
cd $LFS/sources
tar xf binutils-2.44.tar.xz
cd binutils-2.44
mkdir build && cd build
../configure --prefix=$LFS/tools --with-sysroot=$LFS --target=$LFS_TGT
make
make install
"""
GCC_PASS1 = """#!/bin/bash
cd $LFS/sources
tar xf gcc-14.2.0.tar.xz
cd gcc-14.2.0
tar xf ../mpc-1.3.1.tar.gz
../configure --target=$LFS_TGT --prefix=$LFS/tools
make
make install
"""
ZLIB = """#!/bin/sh
cd /sources
tar xf zlib-1.3.1.tar.xz
cd zlib-1.3.1
./configure --prefix=/usr
make
make install
"""
WGET = "https://ftp.gnu.org/gnu/gcc/gcc-14.2.0/gcc-14.2.0.tar.xz\nhttps://ftp.gnu.org/gnu/mpc/mpc-1.3.1.tar.gz\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """Chapter 5 and a script of chapter 8, as people keep them."""
    folder = tmp_path / "their-lfs"
    write(folder / "vars.sh", VARS)
    write(folder / "chapter05" / "01-binutils-pass1.sh", BINUTILS)
    write(folder / "chapter05" / "02-gcc-pass1.sh", GCC_PASS1)
    write(folder / "chapter08" / "05-zlib.sh", ZLIB)
    write(folder / "wget-list", WGET)
    write(folder / "md5sums", f"{GCC}  gcc-14.2.0.tar.xz\n")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with a resource of its own."""
    folder = tmp_path / "project"
    write(folder / "lfsmake.toml", '# ours\nrecipes = ["recipes"]  # all\n\n[options]\ninit = "sysv"\n')
    text = 'option init = sysv|systemd\nresource binutils 2.44 {\n    source "https://x/binutils-2.44.tar.xz"\n'
    write(folder / "recipes" / "own.lfs", f"{text}    md5 {'a' * 32}\n}}\nscript own {{\n    install: true\n}}\n")
    return folder


def config(project: Path) -> Config:
    return load_config(project / "lfsmake.toml")


def loaded(project: Path) -> Project:
    return load_configured(config(project), {})


def recipe(project: Path, name: str = "mine") -> Path:
    return project / "registry" / f"{name}.lfs"


def test_its_scripts_are_steps_in_their_order(project: Path, tree: Path) -> None:
    shown = add(config(project), project, tree, "mine")
    assert [(step.step, step.path, step.context, step.user) for step in shown.steps] == [
        ("mine-binutils-pass1", "chapter05/01-binutils-pass1.sh", "host", "lfs"),
        ("mine-gcc-pass1", "chapter05/02-gcc-pass1.sh", "host", "lfs"),
        ("mine-zlib", "chapter08/05-zlib.sh", "target", "root"),
    ]
    steps = loaded(project).steps
    needs = {name: [(need.scope, need.name) for need in step.needs] for name, step in steps.items()}
    assert needs["mine-gcc-pass1"][-2:] == [("build", "mine-binutils-pass1"), ("run", "mine-binutils-pass1")]
    assert needs["mine-zlib"] == [("build", "mine-gcc-pass1"), ("run", "mine-gcc-pass1")]
    binutils = steps["mine-binutils-pass1"]
    assert binutils.script is not None
    assert [read.path for read in binutils.script.reads] == ["vars.sh"]
    assert loaded(project).groups["mine-chapter5"].members == ("mine-binutils-pass1", "mine-gcc-pass1")


def test_its_sources_are_the_projects_or_those_its_lists_tell_of(project: Path, tree: Path) -> None:
    shown = add(config(project), project, tree, "mine")
    steps = loaded(project).steps
    assert [extra.name for extra in steps["mine-binutils-pass1"].extras] == ["binutils"]
    (gcc,) = steps["mine-gcc-pass1"].extras
    assert (gcc.filename, [digest.value for digest in gcc.origins[0].digests]) == ("gcc-14.2.0.tar.xz", [GCC])
    assert [step.unsure for step in shown.steps] == [
        (),
        ("mpc-1.3.1.tar.gz: nothing tells its digest",),
        ("zlib-1.3.1.tar.xz: nothing tells its address and digest",),
    ]
    assert "    # unknown: mpc-1.3.1.tar.gz: nothing tells its digest\n" in recipe(project).read_text()


def test_lfsmake_toml_keeps_what_it_says(project: Path, tree: Path) -> None:
    before = (project / "lfsmake.toml").read_text()
    add(config(project), project, tree, "mine")
    after = (project / "lfsmake.toml").read_text()
    assert after == before + '\n[registry.mine]\npath = "../their-lfs"\n'
    remove(config(project), "mine")
    assert (project / "lfsmake.toml").read_text().rstrip() == before.rstrip()
    assert not (project / "registry").exists()
    assert list(loaded(project).steps) == ["own"]


def test_a_project_can_be_nothing_but_a_tree(tmp_path: Path, tree: Path) -> None:
    (tree / "chapter05" / "01-binutils-pass1.sh").write_text(BINUTILS.replace("2.44", "2.99"))
    project = tmp_path / "new"
    project.mkdir()
    add(None, project, tree)
    settings = tomllib.loads((project / "lfsmake.toml").read_text())
    assert settings == {"registry": {"their-lfs": {"path": "../their-lfs"}}}
    assert [name for name in loaded(project).steps if "layout" not in name] == [
        "their-lfs-binutils-pass1", "their-lfs-gcc-pass1", "their-lfs-zlib",
    ]  # fmt: skip


def test_what_a_project_had_without_saying_so_it_keeps(tmp_path: Path, tree: Path) -> None:
    project = tmp_path / "new"
    project.mkdir()
    (project / "lfsmake.toml").write_text("jobs = 2\n")  # so its recipes are those of the newest book
    before = list(loaded(project).steps)
    add(config(project), project, tree, "t")
    assert (project / "lfsmake.toml").read_text() == (
        'book = "12.3"\njobs = 2\n\n[registry.t]\npath = "../their-lfs"\n'
    )
    assert list(loaded(project).steps)[: len(before)] == before
    assert loaded(project).steps["t-gcc-pass1"].extras[0].name == "gcc"


def test_a_tree_of_a_book_whose_recipes_are_shipped_has_their_sources(tmp_path: Path, tree: Path) -> None:
    project = tmp_path / "new"
    project.mkdir()
    shown = add(None, project, tree, "t")
    assert tomllib.loads((project / "lfsmake.toml").read_text())["book"] == "12.3"
    assert [place.resource for place in shown.steps[1].sources] == ["gcc", "mpc"]
    assert [extra.name for extra in loaded(project).steps["t-gcc-pass1"].extras] == ["gcc", "mpc"]


def test_a_script_that_a_driver_runs_in_the_unpacked_source_starts_there(project: Path, tmp_path: Path) -> None:
    tree = tmp_path / "driven"
    build = "#!/bin/bash\nset -e\n./configure --prefix=/usr\nmake\nmake install\n"
    write(tree / "chapter08" / "binutils-2.44.sh", build)
    write(tree / "chapter08" / "zlib-1.3.1.sh", build)
    write(
        tree / "build.sh",
        "#!/bin/bash\nset -e\ncd $LFS/sources\nfor name in binutils-2.44 zlib-1.3.1; do\n    tar -xf $name.tar.xz\n"
        "    pushd $name\n    bash ~/chapter08/$name.sh\n    popd\n    rm -rf $name\ndone\n",
    )
    add(config(project), project, tree, "d")
    text = (project / "registry" / "d.lfs").read_text()
    assert text.partition("\nscript d-binutils ")[2].partition("\n\n")[0] == (
        'from "d:chapter08/binutils-2.44.sh" "binutils 2.44, LFS 8" {\n'
        '    context target\n    unpack  binutils "binutils-2.44"\n    workdir "binutils-2.44"\n}'
    )
    assert '# unknown: it starts in the unpacked zlib-1.3.1.tar.xz: unpack RESOURCE "zlib-1.3.1", workdir "zlib' in text
    step = loaded(project).steps["d-binutils"]
    assert ([one.folder for one in step.unpacks], step.workdir, step.extras) == (["binutils-2.44"], "binutils-2.44", ())


def test_a_refresh_keeps_what_was_edited(project: Path, tree: Path) -> None:
    add(config(project), project, tree, "mine")
    text = recipe(project).read_text()
    edited = text.replace("    # unknown: zlib-1.3.1.tar.xz: nothing tells its address and digest\n", "    retry 2\n")
    assert edited != text
    write(recipe(project), edited + '\nscript own-too {\n    install: true\n}\n')
    write(tree / "chapter05" / "03-glibc.sh", GCC_PASS1.replace("gcc", "glibc").replace("14.2.0", "2.41"))
    (tree / "chapter05" / "01-binutils-pass1.sh").unlink()

    dry = refresh(config(project), "mine", write=False)
    assert recipe(project).read_text().endswith("own-too {\n    install: true\n}\n")
    found = refresh(config(project), "mine")
    assert dry == found
    assert not found.conflicts
    steps = loaded(project).steps
    assert [name for name in steps if name.startswith("mine-") and "layout" not in name] == [
        "mine-gcc-pass1", "mine-glibc", "mine-zlib",
    ]  # fmt: skip
    assert (steps["mine-zlib"].retry, "own-too" in steps) == (2, True)
    again = refresh(config(project), "mine")
    assert again.before == again.after


def test_both_changed_is_a_conflict_that_must_be_settled(project: Path, tree: Path) -> None:
    add(config(project), project, tree, "mine")
    text = recipe(project).read_text()
    write(recipe(project), text.replace('"chapter08/05-zlib.sh"', '"x"').replace("mine:chapter08/05-zlib.sh", "mine:x"))
    (tree / "chapter08" / "05-zlib.sh").rename(tree / "chapter08" / "06-zlib.sh")
    found = refresh(config(project), "mine")
    assert [each.name for each in found.conflicts] == ["script mine-zlib"]
    assert "<<<<<<< here" in recipe(project).read_text()
    with pytest.raises(RecipeErrors, match="a conflict of an earlier merge is not settled"):
        refresh(config(project), "mine")


def test_an_edited_recipe_is_kept_when_its_tree_goes(project: Path, tree: Path) -> None:
    add(config(project), project, tree, "mine")
    (entry,) = entries(config(project))
    assert (entry.name, entry.path, entry.there, entry.edited) == ("mine", str(tree), True, False)
    write(recipe(project), recipe(project).read_text() + "# mine\n")
    assert entries(config(project))[0].edited
    _, kept = remove(config(project), "mine")
    assert kept == str(recipe(project)) + ".kept"
    assert Path(kept).read_text().endswith("# mine\n")
    assert sorted(path.name for path in (project / "registry").iterdir()) == ["mine.lfs.kept"]


def refused(what: str, hint: str, *words: object) -> None:
    with pytest.raises(UsageError) as caught:
        add(*words)  # type: ignore[arg-type]
    assert (str(caught.value), caught.value.hint) == (what, hint)


def test_what_cannot_be_registered_is_told(project: Path, tree: Path, tmp_path: Path) -> None:
    before = (project / "lfsmake.toml").read_text()
    refused(f"there is no folder {tmp_path}/x", "", config(project), project, tmp_path / "x", "")
    refused('"a b" cannot be the name of a tree', "give it one: --name NAME", config(project), project, tree, "a b")
    odd = tmp_path / "new\nline"
    odd.mkdir()
    words = f"the path '{tmp_path}/new\\nline' cannot stand in lfsmake.toml"
    refused(words, "rename the folder, or link to it", config(project), project, odd, "")
    empty = tmp_path / "empty"
    write(empty / "README", "nothing\n")
    words = f"nothing in {empty} can be run as a step: no build script"
    refused(words, f"`lfsmake discover {empty}` says what is there", config(project), project, empty, "")
    write(recipe(project, "taken"), "# mine\n")
    words = f"{recipe(project, 'taken')} is there already"
    refused(words, "give the tree another name, or move that file away", config(project), project, tree, "taken")
    assert (project / "lfsmake.toml").read_text() == before
    add(config(project), project, tree, "mine")
    words = f"mine is registered already, for {tree}"
    refused(words, "lfsmake registry refresh mine", config(project), project, tree, "mine")
    refused(words, "give this one another: --name NAME", config(project), project, empty, "mine")


def test_steps_that_clash_leave_everything_as_it_was(project: Path, tree: Path) -> None:
    write(project / "recipes" / "own.lfs", "option init = sysv|systemd\nscript mine-zlib {\n    install: true\n}\n")
    before = (project / "lfsmake.toml").read_text()
    with pytest.raises(LfsmakeError, match="two scripts are called mine-zlib"):
        add(config(project), project, tree, "mine")
    assert (project / "lfsmake.toml").read_text() == before
    assert not recipe(project).exists()


def test_a_tree_that_is_gone_is_told(project: Path, tree: Path) -> None:
    add(config(project), project, tree, "mine")
    tree.rename(tree.with_name("moved"))
    for ask in (lambda: show(config(project), "mine"), lambda: refresh(config(project), "mine")):
        with pytest.raises(UsageError, match="the tree mine is gone: there is no folder"):
            ask()
    with pytest.raises(UsageError) as caught:
        show(config(project), "mne")
    assert (str(caught.value), caught.value.hint) == ('no tree is registered as "mne"', 'did you mean "mine"?')
    remove(config(project), "mine")


def test_nothing_of_a_tree_is_run(project: Path, tree: Path) -> None:
    marker = project / "ran"
    for path in tree.rglob("*.sh"):
        path.write_text(f"touch {marker}\n" + path.read_text().replace("#!/bin/bash\n", ""))
    add(config(project), project, tree, "mine")
    refresh(config(project), "mine")
    assert not marker.exists()


def test_names_in_a_tree_cannot_say_anything_to_the_recipe(project: Path, tree: Path) -> None:
    odd = 'a "quoted" {{ 7 }} \\ $(true)'
    write(tree / "chapter05" / f"03-{odd}.sh", GCC_PASS1)
    add(config(project), project, tree, "mine")
    found = [step.script.path for step in loaded(project).steps.values() if step.script is not None]
    assert f"chapter05/03-{odd}.sh" in found


def test_a_sidecar_tells_of_its_one_archive(project: Path, tree: Path) -> None:
    url, digest = "https://zlib.net/zlib-1.3.1.tar.xz", "b" * 128
    write(tree / "chapter08" / "zlib.yaml", f"name: zlib\nsource: {url}\nchecksum:\n  {digest}\n")
    shown = add(config(project), project, tree, "mine")
    (place,) = shown.steps[-1].sources
    assert (place.url, place.algorithm, place.digest) == (url, "sha512", digest)


def test_what_cannot_be_run_is_left_out_and_named(project: Path, tree: Path, tmp_path: Path) -> None:
    write(tmp_path / "out.sh", GCC_PASS1)
    (tree / "chapter05" / "03-out.sh").symlink_to(tmp_path / "out.sh")
    write(tree / "chapter05" / "04-zsh.sh", GCC_PASS1.replace("/bin/bash", "/bin/zsh"))
    write(tree / "chapter05" / "05-new\nline.sh", GCC_PASS1)
    (tree / "chapter05" / os.fsdecode(b"06-\xff.sh")).write_text(GCC_PASS1)
    shown = add(config(project), project, tree, "mine")
    reasons = {Path(left.id).name: left.why for left in shown.left}
    assert reasons.get("04-zsh.sh") == "no script for bash or sh"
    assert {step.step for step in shown.steps} >= {"mine-binutils-pass1", "mine-gcc-pass1", "mine-zlib"}
    assert not any("out" in step.path or "\n" in step.path or "\udcff" in step.path for step in shown.steps)
    recipe(project).read_text(encoding="utf-8")
    assert loaded(project).steps


TEXTS = st.text(max_size=30)


@settings(max_examples=15)
@given(
    steps=st.lists(
        st.builds(
            Planned,
            step=st.just("mine-a"),
            path=TEXTS,
            title=TEXTS,
            chapter=st.sampled_from(["", "5", "6", "x"]),
            context=st.sampled_from(["host", "target"]),
            user=st.just("lfs"),
            sources=st.tuples(st.builds(Place, filename=TEXTS)),
            reads=st.tuples(TEXTS),
            env=st.tuples(TEXTS),
            unsure=st.tuples(TEXTS),
        ),
        min_size=1,
        max_size=1,
    ),
    left=st.lists(st.builds(Left, id=TEXTS, why=TEXTS), max_size=2),
    old=st.booleans(),
)
def test_whatever_a_tree_says_the_recipe_is_one(steps: list[Planned], left: list[Left], old: bool) -> None:
    text = recipe_text("mine", steps, left, old=old)
    kinds = [item.kind.text for item in parse("mine.lfs", text).items if isinstance(item, Block)]
    assert kinds.count("script") == 1 + (steps[0].context == "host")
