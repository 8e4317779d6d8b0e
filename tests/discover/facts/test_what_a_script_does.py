"""Context, environment, tools, writes, phases, prompts, tests and costs are read in a script's commands."""

import pytest

from lfsmake.discover.facts.needs import linked
from lfsmake.discover.model import Fact
from tests.discover.facts.reading import facts, said, values


@pytest.mark.parametrize(
    ("path", "text", "context"),
    [
        ("x.sh", "./configure --host=$LFS_TGT\nmake DESTDIR=$LFS install", "lfs (the configure line, sure)"),
        ("x.sh", "./configure --prefix=/tools", "lfs (the configure line, sure)"),
        ("chroot/x.sh", "./configure --prefix=/usr", "chroot (the path, likely)"),
        ("8.3-x.sh", "./configure --prefix=/usr", "chroot (chapter 8, sure)"),
        ("lfs/x.sh", "./configure --prefix=/usr", "lfs (the path, likely)"),
        ("lfs_root/build/x.sh", "./configure --prefix=/usr", "chroot (its commands, which do not name $LFS, guess)"),
        ("x.sh", "./configure --prefix=/usr\nmake", "chroot (its commands, which do not name $LFS, guess)"),
        ("x.sh", '[ "$(id -u)" -ne 0 ] && exit 1\nmake', "root (its test of the user, likely)"),
        ("x.sh", 'if [ "$(whoami)" != lfs ]; then exit 1; fi', "lfs (its test of the user, likely)"),
        ("x.sh", "is_user lfs\nmake", "lfs (the is_user line, sure)"),
        ("x.sh", "# Run this as user lfs", "lfs (the text in line 1, likely)"),
        ("x.sh", "mount --bind /dev $LFS/dev", "root (the mount line, likely)"),
        ("x.sh", 'chroot "$LFS" /bin/bash', "root (the chroot line, sure)"),
        ("x.sh", "echo hello", None),
        ("6.72-eudev.sh", "./configure --prefix=/usr\nmake LD_LIBRARY_PATH=/tools/lib install\n",
         "chroot (its commands, which do not name $LFS, guess)"),
        ("5.30-zlib.sh", "make PREFIX=/tools install\n", "lfs (the make line, sure)"),
    ],
)  # fmt: skip
def test_who_runs_it_where(path: str, text: str, context: str | None) -> None:
    assert said(facts(text, path).context) == context


def test_variables_from_outside_are_those_that_nothing_sets() -> None:
    found = facts(
        "A=1\nfor f in *; do echo $f; done\nread B\n"
        'echo $A $B $HOME $LFS ${JOBS:-4} "$(cat $SRC/x)"\nf() { local C=1; echo $C; }\n'
    )
    assert [(fact.value, fact.sure) for fact in found.env] == [("LFS", "sure"), ("JOBS", "likely"), ("SRC", "sure")]


def test_tools_are_programs_and_neither_builtins_nor_functions() -> None:
    found = facts("die() { exit 1; }\ncd x\nmake || die\n/usr/bin/install -d /x\n./configure\nsed -i s/a/b/ f | sort\n")
    assert values(found.tools) == ["make", "install", "sed", "sort"]


def test_paths_it_writes() -> None:
    found = facts(
        "cat > /etc/hosts <<EOF\nx\nEOF\necho a >> $LFS/etc/fstab\nmkdir -p /a /b\n"
            "cp x y /usr/share/\nln -sf /bin/bash /bin/sh\n"
        "sed -i s/a/b/ /etc/profile\nmake > /dev/null 2>&1\necho a > rel\ninstall -m 644 f /etc/f\n"
    )  # fmt: skip
    assert values(found.writes) == [
        "/etc/hosts", "$LFS/etc/fstab", "/a", "/b", "/usr/share/", "/bin/sh", "/etc/profile", "/etc/f",
    ]  # fmt: skip


def test_phases_are_runs_of_lines() -> None:
    found = facts(
        "set -e\ntar xf m4-1.4.tar.xz\ncd m4-1.4\npatch -Np1 -i ../x.patch\n"
            "./configure --prefix=/usr \\\n  --x\nmake -j4\n"
        "make check || true\nmake install\nmv /usr/bin/m4 /bin\n"
    )  # fmt: skip
    assert [(one.name, one.first, one.last) for one in found.phases] == [
        ("prepare", 1, 4), ("configure", 5, 6), ("build", 7, 7), ("check", 8, 8), ("install", 9, 10),
    ]  # fmt: skip
    assert said(found.tests) == "make check (the command, sure)"


@pytest.mark.parametrize(
    ("command", "phase"),
    [
        ("cmake -B build", "configure"),
        ("cmake --build build", "build"),
        ("meson setup ..", "configure"),
        ("meson --prefix=/usr ..", "configure"),
        ("ninja", "build"),
        ("ninja test", "check"),
        ("ninja install", "install"),
        ("perl Makefile.PL", "configure"),
        ("python3 setup.py install", "install"),
        ("pip3 wheel -w dist .", "build"),
        ("pip3 install --no-index x", "install"),
        ("python3 -m pip install x", "install"),
        ("make DESTDIR=$PKG install", "install"),
        ("make DESTDIR=$PKG", "install"),
        ("make headers", "build"),
        ("make defconfig", "configure"),
        ("make -C src -j 4 modules_install", "install"),
        ("su tester -c 'PATH=$PATH make -k check'", "check"),
        ("time make", "build"),
        ("CC=gcc ../gcc-9/configure", "configure"),
        ("$BUILD/configure", "configure"),
        ("tar xf x-1.tar.gz", "prepare"),
    ],
)
def test_a_command_says_its_phase(command: str, phase: str) -> None:
    assert [one.name for one in facts(command).phases] == [phase]


def test_without_a_build_there_are_no_phases() -> None:
    assert facts("echo a > /etc/x\nln -s a b\n").phases == ()


def test_commands_that_wait_for_an_answer() -> None:
    found = facts(
            'read -p "Go on?" x\nread y < file\necho z | read z\n'
            'while read l; do echo $l; done < f\npasswd root\necho root:x | chpasswd\n'
        "vi /etc/fstab\nmake menuconfig\nmake defconfig\nselect a in b c; do break; done\n"
            "ls | less\nless x | cat\nvim -es x < y\n"
        "su - lfs\nsu tester -c 'make check'\nbash --login\nbash x.sh\nfdisk -l\nexec bash\n"
    )  # fmt: skip
    assert values(found.prompts) == [
        'read -p "Go on?" x', "passwd root", "vi /etc/fstab", "make menuconfig", "less", "su - lfs", "bash --login",
        "select a",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "sbu", "disk"),
    [
        ('echo "Approximate build time: 81 SBU (with tests)"\necho "Required disk space: 3.1 GB"', "81", "3174.4"),
        ("# SBU: 0.2\n# Disk: 31 MB", "0.2", "31"),
        ("# less than 0.1 SBU, 5,5 MB of disk space", "0.1", "5.5"),
        ("# nothing of the kind", None, None),
    ],
)
def test_time_and_disk(text: str, sbu: str | None, disk: str | None) -> None:
    found = facts(text)
    assert (found.sbu and found.sbu.value, found.disk and found.disk.value) == (sbu, disk)


def test_needs_become_scripts_of_the_tree() -> None:
    gcc = facts("# Depends on: binutils, nowhere\nmake", "gcc.sh")
    first, second = facts("make", "a/binutils-pass1.sh"), facts("make", "b/binutils-pass2.sh")
    assert [fact.value for one in linked([first, second, gcc]) for fact in one.needs] == ["b/binutils-pass2.sh"]
    array = facts("depends=(glibc 'zlib>=1.2')", "x/PKGBUILD")
    assert array.needs == (
        Fact("glibc", "depends=", "sure", array.needs[0].span), Fact("zlib", "depends=", "sure", array.needs[1].span),
    )  # fmt: skip
