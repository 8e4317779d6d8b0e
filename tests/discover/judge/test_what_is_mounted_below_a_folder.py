"""Deletions that go through a mount, and uses of a LFS that nothing sets, are found; what looks before is well."""

import pytest

from lfsmake.discover.judge.findings import Finding
from lfsmake.discover.judge.judge import findings
from lfsmake.discover.judge.piece import Piece, sets
from lfsmake.discover.judge.rules.lfs import mounted_now
from lfsmake.discover.shell.parse import read_shell


def piece(text: str, kind: str = "script") -> Piece:
    shell = read_shell("x.sh", text)
    return Piece(subject="x", kind=kind, shell=shell, context="", nounset=sets(shell, "u", "nounset"))  # type: ignore[arg-type]


def found(text: str, rule: str, kind: str = "script") -> list[Finding]:
    return [each for each in findings([piece(text, kind)]) if each.rule == rule]


@pytest.mark.parametrize(
    ("text", "severity", "message"),
    [
        (
            "LFS=/mnt/lfs\nmount -v --bind /dev $LFS/dev\nrm -rf $LFS\n",
            "error",
            "/mnt/lfs/dev was mounted in line 2, and /mnt/lfs is removed",
        ),
        (
            "mount -t proc proc $LFS/proc\nrm -rf ${LFS:?}/*\n",
            "error",
            "$LFS/proc was mounted in line 1, and $LFS is removed",
        ),
        (
            "mount --bind /home build/home\nmount --bind /a /b/c\nfind /b -delete\n",
            "error",
            "/b/c was mounted in line 2, and /b is removed",
        ),
        ('rm -rf "$LFS"\n', "warning", "whatever is mounted below $LFS is removed with it"),
        ("LFS=/mnt/lfs\nrm -fr /mnt/lfs/*\n", "warning", "whatever is mounted below /mnt/lfs is removed with it"),
    ],
)
def test_a_folder_with_a_mount_in_it_is_not_to_be_deleted(text: str, severity: str, message: str) -> None:
    assert [(each.severity, each.message) for each in found(text, "rm-mounted")] == [(severity, message)]


@pytest.mark.parametrize(
    "text",
    [
        "mount --bind /dev $LFS/dev\numount $LFS/dev\nrm -rf $LFS\n",
        "mountpoint -q $LFS/dev && exit 1\nrm -rf $LFS\n",
        "mount --bind /dev $LFS/dev\nrm -rf --one-file-system $LFS\n",
        "mount --bind /dev $LFS/dev\nrm -rf $LFS/sources\n",
        "rm -rf $LFS/tools\n",
        "mount --bind /dev $LFS/dev\nrm -f $LFS\n",
        "find $LFS -name '*.la' -delete\nmount\n",
        "mount | grep lfs\nrm -rf build\n",
    ],
)
def test_what_is_unmounted_or_apart_may_be_deleted(text: str) -> None:
    assert found(text, "rm-mounted") == []


def test_what_is_mounted_at_this_moment_counts() -> None:
    text = "LFS=/mnt/lfs\nrm -rf $LFS/usr\nrm -rf $LFS/*\nrm -rf /mnt/other $X\n"
    told = [each.message for each in mounted_now([piece(text)], ["/", "/mnt/lfs/usr/share", "/proc"])]
    assert told == [
        "/mnt/lfs/usr/share is mounted, and /mnt/lfs/usr is removed",
        "/mnt/lfs/usr/share is mounted, and /mnt/lfs is removed",
    ]


@pytest.mark.parametrize(
    "text",
    ["make DESTDIR=$LFS install\n", "mkdir -p $LFS/etc\n", "cp a $LFS/b\nmake DESTDIR=$LFS install\n"],
)
def test_a_lfs_that_nothing_sets_is_told_once(text: str) -> None:
    (told,) = found(text, "unset-lfs")
    assert told.severity == "note"
    assert told.message == f"where LFS is not set, {text.split()[0]} writes to the host's /"


@pytest.mark.parametrize(
    "text",
    [
        ': "${LFS:?}"\nmake DESTDIR=$LFS install\n',
        "export LFS=/mnt/lfs\nmake DESTDIR=$LFS install\n",
        "set -u\nmake DESTDIR=$LFS install\n",
        '[ -z "$LFS" ] && exit 1\nmake DESTDIR=$LFS install\n',
        ". ./settings\nmake DESTDIR=$LFS install\n",
        "./configure --host=$LFS_TGT\n",
        "echo $LFS\n",
    ],
)
def test_a_lfs_that_is_set_or_looked_at_is_well(text: str) -> None:
    assert found(text, "unset-lfs") == []


def test_a_recipe_has_its_lfs() -> None:
    assert found("make DESTDIR=$LFS install\n", "unset-lfs", "body") == []
