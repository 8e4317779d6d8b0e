"""The target context: the overlay is the root, made of nothing but layers; what a step deletes is deleted above it."""

import pytest

from .conftest import Sandboxed

# A small system out of the host's own programs, as chapter 6 makes one out of sources.
SYSTEM = r"""
script system {
    context host
    install:
        mkdir -p $LFS/usr/bin $LFS/etc
        ln -s usr/bin $LFS/bin
        for program in bash cat chmod chown cp find grep gzip id install ls mkdir mv rm rmdir sed tar touch uname; do
            cp -L "$(type -P $program)" $LFS/usr/bin/
        done
        for program in $LFS/usr/bin/*; do
            ldd $program | grep -o '/[^ ]*'
        done | sort -u | while read -r library; do
            install -D -m 755 $library $LFS$library
        done
        echo old > $LFS/etc/old
        mkdir -p $LFS/etc/conf.d
        echo a > $LFS/etc/conf.d/a
}
"""
INSIDE = r"""
package tool 1 {
    context target
    source "tool-1.tar.gz"
    needs build system
    build: sed s/hello/goodbye/ words > made
    install:
        install -D -m 644 made /usr/share/tool/words
        rm /etc/old
        rm -r /etc/conf.d
        mkdir /etc/conf.d
        echo b > /etc/conf.d/b
        echo "$version" > /etc/tool-version
}
script look {
    context target
    needs build tool system
    install:
        [ ! -e /etc/old ]
        [ "$(ls /etc/conf.d)" = b ]
        grep goodbye /usr/share/tool/words
        [ ! -e /usr/bin/gcc ]
        [ ! -e /home ]
        [ "$(id -u)" = 0 ]
        [ "$PATH" = /usr/bin:/usr/sbin ]
        chmod 600 /etc/tool-version
}
"""


@pytest.fixture
def system(project: Sandboxed) -> Sandboxed:
    project.tarball("tool-1", {"words": "hello world\n"})
    project.recipe(SYSTEM + INSIDE)
    return project


def test_a_step_sees_only_its_layers_and_its_deletions_are_kept(system: Sandboxed) -> None:
    system.run("look")
    assert system.outcomes() == {"system": "built", "tool": "built", "look": "built"}
    layer = system.store / "layers" / system.layers()["tool"]
    assert sorted(path.name for path in layer.iterdir()) == ["etc", "usr"], "no /tmp, /sources, /proc in a layer"


def test_the_merged_tree_is_what_the_last_step_saw(system: Sandboxed) -> None:
    system.recipe(SYSTEM + INSIDE + "group all {\n    members system tool look\n}\n")
    system.run("all")
    system.run("export", "all", "tree")
    tree = system.folder / "tree"
    assert not (tree / "etc/old").exists()
    assert [path.name for path in (tree / "etc/conf.d").iterdir()] == ["b"]
    assert (tree / "usr/share/tool/words").read_text() == "goodbye world\n"
    assert (tree / "etc/tool-version").stat().st_mode & 0o777 == 0o600


def test_a_shell_in_the_root_of_a_step(system: Sandboxed) -> None:
    system.run("tool")
    done = system.run("shell", "tool", "--", "/usr/bin/cat", "/etc/tool-version", "/usr/share/tool/words")
    assert done.stdout == "1\ngoodbye world\n"
    system.run("shell", "tool", "--", "/usr/bin/rm", "/etc/tool-version")
    again = system.run("shell", "tool", "--", "/usr/bin/cat", "/etc/tool-version")
    assert again.stdout == "1\n", "what is changed in a shell is thrown away"


def test_two_layers_that_bring_one_path_are_a_conflict(system: Sandboxed) -> None:
    both = """
script one {
    context target
    needs build system
    install: echo one > /etc/who
}
script two {
    context target
    needs build system
    install: echo two > /etc/who
}
script sees {
    context target
    needs build one two system
    install: touch /etc/seen
}
"""
    system.recipe(SYSTEM + both)
    system.run("sees", code=1)
    (failure,) = [event["failure"] for event in system.events() if event["event"] == "step-failed"]
    assert failure["failure_class"] == "conflict"
    assert failure["message"] == "two and one both bring etc/who, with different contents"
    assert failure["hint"] == "if two should win, let it need one"
