"""The commands of a page become phases, and none comes before one that the book has first."""

from hypothesis import given
from hypothesis import strategies as st

from lfsmake.discover.book.model import Instruction
from lfsmake.discover.book.phases import Left, phases_of
from tests.discover.book.little import page, said


def shaped(*instructions: Instruction, **more: object) -> dict[str, object]:
    made = phases_of(page("ch-system-x", *instructions, number="8.1", **more), package=True)
    found: dict[str, object] = {"bodies": dict(made.bodies)}
    for key in ("order", "workdir", "env", "unpacks", "critical", "left", "options", "fills", "choices"):
        if getattr(made, key):
            found[key] = getattr(made, key)
    return found


def test_the_hints_name_the_phases() -> None:
    assert shaped(
        said("sed -i s/a/b/ Makefile", "pre"),
        said("./configure", "configure"),
        said("make", "make"),
        said("make check", "test"),
        said("make install", "install"),
        said("ln -s a b", "adjust"),
    ) == {
        "bodies": {
            "prepare": "sed -i s/a/b/ Makefile",
            "configure": "./configure",
            "build": "make",
            "check": "make check",
            "install": "make install\nln -s a b",
        }
    }


def test_the_order_of_the_page_wins_over_its_hints() -> None:
    assert shaped(
        said("sed -i s/a/b/ Makefile", "make"), said("patch -p1 < x", "pre"), said("make", "make"),
        said("make install", "install"), said("make docs", "make"),
    ) == {
        "bodies": {
            "build": "sed -i s/a/b/ Makefile\npatch -p1 < x\nmake",
            "install": "make install\nmake docs",
        }
    }  # fmt: skip


def test_without_hints_the_commands_tell() -> None:
    assert shaped(
        said("sed -i s/a/b/ configure"), said("CC=gcc ./configure"), said("make"), said("make check"),
        said("make install"), said("rm -f /usr/lib/libx.a"),
    ) == {
        "bodies": {
            "prepare": "sed -i s/a/b/ configure",
            "configure": "CC=gcc ./configure",
            "build": "make",
            "check": "make check",
            "install": "make install\nrm -f /usr/lib/libx.a",
        }
    }  # fmt: skip


def test_a_build_folder_is_a_workdir_and_what_follows_is_run_there() -> None:
    assert shaped(
        said("sed -i s/a/b/ x", "pre"),
        said("mkdir -v build\ncd       build", "pre"),
        said("echo a > configparms", "pre"),
        said("../configure", "configure"),
    ) == {
        "bodies": {"prepare": "sed -i s/a/b/ x", "configure": "echo a > configparms\n../configure"},
        "workdir": "build",
    }


def test_archives_that_are_unpacked_beside_the_sources() -> None:
    text = "tar -xf ../mpfr-4.2.tar.xz\nmv -v mpfr-4.2 mpfr\ntar -xf ../gmp-6.tar.xz\nmv -v gmp-6 gmp"
    assert shaped(said(text, "pre"), said("./configure", "configure")) == {
        "bodies": {"configure": "./configure"},
        "unpacks": (("mpfr-4.2.tar.xz", "mpfr"), ("gmp-6.tar.xz", "gmp")),
    }
    other = "tar -xf ../docs.tar.xz\nmv -v html /usr/share/doc"
    assert shaped(said(other, "install")) == {"bodies": {"install": other}}


def test_a_check_behind_the_install_says_so() -> None:
    assert shaped(
        said("make", "make"),
        said("make install", "install"),
        said("cc dummy.c\nreadelf -l a.out | grep ld"),
        said("rm -v a.out"),
    ) == {
        "bodies": {
            "build": "make",
            "install": "make install",
            "check": "cc dummy.c\nreadelf -l a.out | grep ld\n\nrm -v a.out",
        },
        "order": ("build", "install", "check"),
        "critical": True,
    }


def test_beside_tests_a_look_at_what_was_installed_stays_in_its_place() -> None:
    found = shaped(
        said("make", "make"), said("make check", "test"), said("make install", "install"), said("cc dummy.c"),
        said("mv a b", "install"), critical=True,
    )  # fmt: skip
    assert found == {
        "bodies": {"build": "make", "check": "make check", "install": "make install\ncc dummy.c\nmv a b"},
        "critical": True,
    }


def test_variables_reach_the_commands_that_use_them() -> None:
    assert shaped(
        said("helpers=$(ls)", "configure"), said("make $helpers", "make"), said("install $helpers", "install"),
        said("make check", "test"),
    ) == {
        "bodies": {"install": "helpers=$(ls)\nmake $helpers\ninstall $helpers", "check": "make check"},
    }  # fmt: skip
    assert shaped(said("export BUILD_ZLIB=False", "pre"), said("make", "make")) == {
        "bodies": {"prepare": "export BUILD_ZLIB=False", "build": "make"},
        "env": (("BUILD_ZLIB", "False"),),
    }


def test_a_check_starts_where_the_build_left_off() -> None:
    assert shaped(said("cd unix\n./configure", "configure"), said("make", "make"), said("make test", "test")) == {
        "bodies": {"configure": "cd unix\n./configure", "build": "make", "check": "cd unix\nmake test"}
    }


def test_what_the_sandbox_does_or_asks_for_an_answer_is_left_out_and_told() -> None:
    found = shaped(
        said("mkdir -pv $LFS/proc\nmount -vt proc proc $LFS/proc", "install"),
        said("if [ -h $LFS/dev/shm ]; then\n  install -d x\nelse\n  mount -t tmpfs tmpfs x\nfi"),
        said("passwd root", "install"),
        said("exec env -i \\\n   /bin/bash --login", "install"),
        said("cat > /etc/x << EOF\nexit\nEOF", "install"),
    )
    mounts = "the sandbox mounts and unmounts what a step sees"
    assert found == {
        "bodies": {"install": "mkdir -pv $LFS/proc\n\ncat > /etc/x << EOF\nexit\nEOF"},
        "left": (
            Left("mount -vt proc proc $LFS/proc", mounts),
            Left("if [ -h $LFS/dev/shm ]; then …", mounts),
            Left("passwd root", "it waits for an answer"),
            Left("exec env -i /bin/bash --login", "each step has a shell of its own"),
        ),
    }


def test_a_look_at_results_that_fails_where_no_test_did_is_left_out() -> None:
    found = shaped(said("make check", "test"), said("grep '^FAIL:' $(find -name '*.log')", "test"))
    assert found == {
        "bodies": {"check": "make check"},
        "left": (Left("grep '^FAIL:' $(find -name '*.log')", "lfsmake reads the results of tests itself"),),
    }


def test_what_is_for_the_readers_eyes_is_left_out() -> None:
    assert shaped(said("make", "make"), said("rm -rf /", nodump=True)) == {"bodies": {"build": "make"}}


def test_the_kernel_has_a_configuration_that_nobody_is_asked_for() -> None:
    found = shaped(said("make mrproper", "pre"), said("make menuconfig", nodump=True), said("make", "make"))
    assert found == {
        "bodies": {"prepare": "make mrproper", "configure": "make defconfig", "build": "make"},
        "left": (Left("make menuconfig", "it waits for an answer; make defconfig stands in its place"),),
    }


def test_what_the_reader_chooses_becomes_a_variable_or_is_told() -> None:
    assert shaped(
        said("PAGE=<paper_size> ./configure", "configure", replaceable=("<paper_size>",)),
        said("make -j$(nproc)", "make", replaceable=("$(nproc)",)),
        said("ln -sfv /usr/share/zoneinfo/<xxx> /etc/localtime", "install", replaceable=("<xxx>",)),
        said('cat > /etc/fstab << "EOF"\n/dev/<xxx> / ext4\nEOF', "install", replaceable=("<xxx>",)),
    ) == {
        "bodies": {
            "configure": "PAGE=$paper ./configure",
            "build": "make -j$(nproc)",
            "install": "ln -sfv /usr/share/zoneinfo/$TIMEZONE /etc/localtime\n\n"
            'cat > /etc/fstab << "EOF"\n/dev/<xxx> / ext4\nEOF',
        },
        "env": (("TIMEZONE", "UTC"),),
        "options": (("paper", ("A4", "letter")),),
        "fills": ("<xxx>",),
        "choices": ("$(nproc)",),
    }


REMAPS = st.sampled_from(["pre", "configure", "make", "test", "install", "adjust", ""])


@given(st.lists(REMAPS, max_size=9))
def test_no_command_overtakes_another(remaps: list[str]) -> None:
    """Whatever the hints: every command is there once, and those that are no checks stand as the page has them."""
    instructions = [said(f"command-{at}", remap) for at, remap in enumerate(remaps)]
    made = phases_of(page("ch-system-x", *instructions, number="8.1"), package=True)
    run = [line for name, body in made.bodies if name != "check" for line in body.split()]
    assert run == sorted(run, key=lambda word: int(word.removeprefix("command-")))
    checks = [line for name, body in made.bodies if name == "check" for line in body.split()]
    assert sorted([*run, *checks]) == sorted(f"command-{at}" for at in range(len(remaps)))


@given(st.lists(st.tuples(st.text(alphabet="ab$=<>[]{}#|\\\n \t'\"`(){};&", max_size=40), REMAPS), max_size=5))
def test_any_text_is_survived(commands: list[tuple[str, str]]) -> None:
    section = page("ch-system-x", *(said(text, remap) for text, remap in commands), number="8.1")
    for package in (True, False):
        made = phases_of(section, package=package)
        assert all(body.strip() for _, body in made.bodies)
