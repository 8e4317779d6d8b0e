"""The check of glibc and of libstdc++ passes a good toolchain and names what is wrong with a bad one.

The toolchain is a script that says what the real one says: what is tested is how its words are judged.
"""

from __future__ import annotations

import platform
import shutil
import subprocess
from pathlib import Path

import pytest

from lfsmake.lang.nodes import Block, PhaseNode
from lfsmake.lang.syntax import parse

RECIPE = Path(__file__).parents[2] / "recipes" / "12.3" / "chapter05.lfs"
GCC = "tools/lib/gcc/x86_64-lfs-linux-gnu/14.2.0"

# What `x86_64-lfs-linux-gnu-gcc -v -Wl,--verbose` says, shortened to a few lines of each kind.
LOG = """\
Using built-in specs.
ignoring nonexistent directory "{LFS}/usr/local/include"
#include "..." search starts here:
#include <...> search starts here:
 {LFS}/{GCC}/include
 {LFS}/{GCC}/include-fixed
 {LFS}/usr/include
End of search list.
SEARCH_DIR("={LFS}/tools/x86_64-lfs-linux-gnu/lib64"); SEARCH_DIR("=/usr/local/lib64"); SEARCH_DIR("=/lib64"); \
SEARCH_DIR("=/usr/lib64"); SEARCH_DIR("=/usr/local/lib"); SEARCH_DIR("=/lib"); SEARCH_DIR("=/usr/lib");
attempt to open {LFS}/lib/../lib/Scrt1.o succeeded
attempt to open {LFS}/lib/../lib/crti.o succeeded
attempt to open {LFS}/{GCC}/crtbeginS.o succeeded
attempt to open {LFS}/usr/lib/../lib/libc.so failed
attempt to open {LFS}/usr/lib/libc.so.6 succeeded
found ld-linux-x86-64.so.2 at {LFS}/usr/lib/ld-linux-x86-64.so.2
attempt to open {LFS}/lib/../lib/crtn.o succeeded
"""

pytestmark = pytest.mark.skipif(
    platform.machine() != "x86_64" or not (shutil.which("gcc") and shutil.which("readelf")),
    reason="the stand-in for the toolchain compiles with an x86_64 host's gcc",
)


def check_of(package: str) -> str:
    for item in parse(str(RECIPE), RECIPE.read_text()).items:
        if isinstance(item, Block) and item.name.text == package:
            for node in item.body:
                if isinstance(node, PhaseNode) and node.phase.text == "check":
                    return node.body.text
    raise AssertionError(f"{package} has no check")


class Toolchain:
    """A folder like $LFS after chapter 5, with a compiler that prints `log` and really compiles with the host's."""

    def __init__(self, lfs: Path) -> None:
        self.lfs = lfs
        for folder in ("usr/lib", "usr/include", "lib64", "tools/bin", f"{GCC}/include", f"{GCC}/include-fixed"):
            (lfs / folder).mkdir(parents=True)
        (lfs / "lib").symlink_to("usr/lib")
        for name in ("Scrt1.o", "crti.o", "crtn.o", "libc.so.6", "libstdc++.so.6.0.33"):
            (lfs / "usr/lib" / name).touch()
        (lfs / "usr/lib/libstdc++.so").symlink_to("libstdc++.so.6.0.33")
        loader = lfs / "usr/lib/ld-linux-x86-64.so.2"
        loader.touch(mode=0o755)
        (lfs / "lib64/ld-linux-x86-64.so.2").symlink_to("../lib/ld-linux-x86-64.so.2")
        self.log = LOG.format(LFS=lfs, GCC=GCC)
        self.flags = ""

    def run(self, package: str) -> subprocess.CompletedProcess[str]:
        (self.lfs / "log").write_text(self.log)
        for name, real in (("gcc", "gcc"), ("g++", "g++")):
            compiler = self.lfs / "tools/bin" / f"x86_64-lfs-linux-gnu-{name}"
            compiler.write_text(
                "#!/bin/bash\n"
                f'[ "$1" = -print-libgcc-file-name ] && exec echo {self.lfs}/{GCC}/libgcc.a\n'
                f"/usr/bin/{real} ${{1:?}} {self.flags} && cat {self.lfs}/log\n"
            )
            compiler.chmod(0o755)
        facts = f"arch=x86_64 LFS={self.lfs} LFS_TGT=x86_64-lfs-linux-gnu\n"
        return subprocess.run(
            ["bash", "-e", "-o", "pipefail", "-c", facts + check_of(package)],
            env={"PATH": f"{self.lfs}/tools/bin:/usr/bin:/bin", "TMPDIR": str(self.lfs.parent), "LC_ALL": "POSIX"},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def toolchain(tmp_path: Path) -> Toolchain:
    return Toolchain(tmp_path / "lfs")


def test_a_good_toolchain_passes(toolchain: Toolchain) -> None:
    done = toolchain.run("glibc")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "open {LFS}/lib/../lib/Scrt1.o",
            "open /usr/lib/x86_64-linux-gnu/Scrt1.o",
            "the start file Scrt1.o is '/usr/lib/x86_64-linux-gnu/Scrt1.o', not {LFS}/usr/lib/Scrt1.o",
        ),
        (
            "crtn.o succeeded",
            "crtn.o failed",
            "the start file crtn.o is '', not {LFS}/usr/lib/crtn.o",
        ),
        (
            " {LFS}/usr/include\n",
            " {LFS}/usr/include\n /usr/include\n",
            "headers are searched in\n{LFS}/{GCC}/include\n{LFS}/{GCC}/include-fixed\n{LFS}/usr/include\n"
            "/usr/include\nand not in\n{LFS}/{GCC}/include\n{LFS}/{GCC}/include-fixed\n{LFS}/usr/include",
        ),
        (
            'SEARCH_DIR("=/lib");',
            'SEARCH_DIR("/usr/lib/x86_64-linux-gnu");SEARCH_DIR("=/lib");',
            "the linker searches the host's\n/usr/lib/x86_64-linux-gnu",
        ),
        (
            "open {LFS}/usr/lib/libc.so.6",
            "open /lib/x86_64-linux-gnu/libc.so.6",
            "the C library is '/lib/x86_64-linux-gnu/libc.so.6', not {LFS}/usr/lib/libc.so.6",
        ),
        (
            "at {LFS}/usr/lib/ld-linux-x86-64.so.2",
            "at /usr/lib64/ld-linux-x86-64.so.2",
            "the dynamic linker is '/usr/lib64/ld-linux-x86-64.so.2', not {LFS}/usr/lib/ld-linux-x86-64.so.2",
        ),
    ],
)
def test_a_wrong_word_of_the_toolchain_fails_the_step(
    toolchain: Toolchain, old: str, new: str, message: str
) -> None:
    old, new, message = (
        text.replace("{LFS}", str(toolchain.lfs)).replace("{GCC}", GCC) for text in (old, new, message)
    )
    assert old in toolchain.log
    toolchain.log = toolchain.log.replace(old, new)
    done = toolchain.run("glibc")
    assert done.returncode == 1
    assert done.stderr == f"sanity check: {message}\n"


def test_a_folder_the_linker_leaves_out_fails_the_step(toolchain: Toolchain) -> None:
    toolchain.log = toolchain.log.replace('SEARCH_DIR("=/usr/lib");', "")
    done = toolchain.run("glibc")
    assert done.returncode == 1
    assert done.stderr.startswith("sanity check: the linker does not search =/usr/lib, only\n")


def test_another_interpreter_fails_the_step(toolchain: Toolchain) -> None:
    toolchain.flags = "-Wl,-dynamic-linker,/lib/other.so.1"
    done = toolchain.run("glibc")
    assert done.returncode == 1
    assert done.stderr == (
        "sanity check: the program interpreter is '/lib/other.so.1', not /lib64/ld-linux-x86-64.so.2\n"
    )


def test_a_compiler_that_fails_shows_its_words(toolchain: Toolchain) -> None:
    toolchain.flags = "-fno-such-switch"
    done = toolchain.run("glibc")
    assert done.returncode == 1
    assert "-fno-such-switch" in done.stdout
    assert done.stderr == "sanity check: x86_64-lfs-linux-gnu-gcc cannot compile and link a program\n"


def test_the_new_cxx_library_passes_and_the_host_s_fails(toolchain: Toolchain) -> None:
    toolchain.log = f"{toolchain.lfs}/lib/../lib/Scrt1.o\n{toolchain.lfs}/lib/../lib/libstdc++.so\n"
    assert toolchain.run("libstdc++").returncode == 0
    toolchain.log = "/usr/lib/gcc/x86_64-linux-gnu/12/libstdc++.so\n"
    done = toolchain.run("libstdc++")
    assert done.returncode == 1
    assert done.stderr == (
        "sanity check: the C++ library is '/usr/lib/gcc/x86_64-linux-gnu/12/libstdc++.so', "
        f"not {toolchain.lfs}/usr/lib/libstdc++.so\n"
    )
