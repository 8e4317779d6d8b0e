"""Whatever lies in a folder is survived and, where it was not read, named: links, pipes, data, others' sources."""

import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfsmake.discover.scan.makefiles import read_makefile
from lfsmake.discover.scan.walk import Entry, walk
from lfsmake.discover.tree import discover
from lfsmake.model.errors import UsageError
from tests.discover.scan.trees import script, write


def skipped(folder: Path) -> dict[str, str]:
    return dict(discover(folder).skipped)


def test_upstreams_own_sources_are_not_read(tmp_path: Path) -> None:
    write(tmp_path, {"build.sh": script("m4"), "m4-1.4/configure": "#!/bin/sh\nmake\n",
        "m4-1.4/Makefile.in": "all:\n\tmake\n",
                     "m4-1.4/src/install-sh": "#!/bin/sh\nmake\n", "linux/Kconfig": "config X\n",
                         "linux/Makefile": "all:\n\tmake\n",
                     "linux/COPYING": "GPL\n", "linux/scripts/x.sh": "#!/bin/sh\nmake\n"})  # fmt: skip
    assert [one.id for one in discover(tmp_path).scripts] == ["build.sh"]
    assert skipped(tmp_path) == {
        "linux": "holds unpacked sources: COPYING, Kconfig",
        "m4-1.4": "holds unpacked sources: Makefile.in, configure",
    }


def test_what_git_and_others_keep_is_not_named_at_all(tmp_path: Path) -> None:
    write(
        tmp_path,
        {".git/hooks/pre-commit": script("m4"), "node_modules/x/y.sh": script("m4"), "a.sh": script("m4")},
    )
    assert [one.id for one in discover(tmp_path).scripts] == ["a.sh"]
    assert skipped(tmp_path) == {}


def test_data_pipes_and_large_files(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"a.sh": script("m4"), "b.sh": b"#!/bin/sh\n\0\0make\n", "c.sh": b"#!/bin/sh\n" + b"echo\n" * 500_000},
    )
    os.mkfifo(tmp_path / "pipe.sh")
    assert [one.id for one in discover(tmp_path).scripts] == ["a.sh"]
    assert skipped(tmp_path) == {
        "b.sh": "is binary",
        "c.sh": "is too large to be a script: 2,500,010 bytes",
        "pipe.sh": "is no ordinary file",
    }


def test_links(tmp_path: Path) -> None:
    write(tmp_path / "tree", {"a.sh": script("m4")})
    write(tmp_path, {"outside.sh": script("sed")})
    for name, target in {
        "out.sh": "../outside.sh",
        "loop.sh": "loop.sh",
        "gone.sh": "nowhere",
        "again": ".",
    }.items():
        (tmp_path / "tree" / name).symlink_to(target)
    assert [one.id for one in discover(tmp_path / "tree").scripts] == ["a.sh"]
    found = skipped(tmp_path / "tree")
    assert found["out.sh"] == "is a link that leads out of the tree"
    assert found["again"] == "is a link to a folder, which is not followed"
    assert found["gone.sh"] == "cannot be read: no such file or directory"
    assert found["loop.sh"].startswith("cannot be read: ")


def test_names_that_are_no_text(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/\xff\n.sh")).write_text(script("m4"))
    (one,) = discover(tmp_path).scripts
    assert one.id == "�\n.sh"
    assert one.name is not None
    assert one.name.value == "m4"


def test_a_folder_deeper_than_anybody_makes(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["d"] * 45)
    deep.mkdir(parents=True)
    write(deep, {"a.sh": script("m4")})
    assert discover(tmp_path).scripts == ()
    assert list(skipped(tmp_path).values()) == ["lies more than 40 folders deep"]


def test_an_empty_folder(tmp_path: Path) -> None:
    found = discover(tmp_path)
    assert (found.scripts, found.conventions, found.books, found.skipped) == ((), (), (), ())


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_no_folder(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError) as error:
        discover(tmp_path / name)
    why = "no such file or directory" if name == "nowhere" else "not a directory"
    assert str(error.value) == f"{tmp_path / name} cannot be read as a folder: {why}"


NAMES = st.sampled_from(
    [
        "a.sh",
        "5.10-gcc.sh",
        "Makefile",
        "Pkgfile",
        "chapter05/01-x",
        "build_order",
        "x.yaml",
        "m4/build",
        "b.mk",
        "run.sh",
    ]
)
PIECES = st.sampled_from(
    [
        "tar xf ", "./configure\n", "make\n", "$(", "${x%", "`", "\n\t", "<< EOF\n", "EOF\n", "all: a\n", "define x\n",
        "endef\n", "if ", "fi\n", "{\n", "}\n", "# 5.2. Gcc-1\n", "begin a-1 tar.gz\n", "for i in a b; do\n", "done\n",
        "source ./a.sh\n", "a.sh ", "../", "\\\n", "'", '"', "\0", "\r\n", "a() {\n", "$(MAKE) b\n", "a := $(a)\n",
        "include *\n", "a=(", ")\n", "é", "\ud7ff", "case x in\n", ";;\n", "esac\n", "name=x\n",
    ]
)  # fmt: skip
TEXTS = st.one_of(
    st.binary(max_size=200),
    st.lists(PIECES, max_size=30).map(lambda pieces: "".join(pieces).encode("utf-8", "replace")),
)


@settings(max_examples=60, deadline=None)
@given(files=st.dictionaries(NAMES, TEXTS, max_size=5))
def test_no_text_ends_it(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> None:
    folder = write(tmp_path_factory.mktemp("tree"), files)
    found = discover(folder)
    ids = [one.id for one in found.scripts]
    assert len(ids) == len(set(ids))
    assert [one.position for one in found.scripts if one.position] == list(
        range(1, 1 + sum(1 for one in found.scripts if one.position))
    )
    for one in found.scripts:
        assert one.why
        assert 1 <= one.span.line <= max(one.span.line, one.span.end_line)


@settings(max_examples=150, deadline=None)
@given(text=TEXTS)
def test_a_makefile_as_shell_keeps_its_lines(text: bytes) -> None:
    made = read_makefile(Entry("Makefile", text))
    lines = text.decode("utf-8", "replace").replace("\r\n", "\n").count("\n") + 1
    assert made.shell.count("\n") + 1 == lines
    assert all(1 <= target.first <= target.last <= lines for target in made.targets)


def test_a_walk_names_files_below_the_top_only(tmp_path: Path) -> None:
    write(tmp_path, {"configure": "#!/bin/sh\n", "Makefile.in": "x\n", "a/b.sh": "make\n"})
    assert [entry.path for entry in walk(tmp_path).entries] == ["Makefile.in", "a/b.sh", "configure"]
