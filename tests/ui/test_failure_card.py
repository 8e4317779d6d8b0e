"""The failure card: every fact of a failure in its row, wrapped where it is prose, whole where it is to be copied."""

import pytest

from lfsmake.model.events import Failure, LogError
from lfsmake.ui.card import render_card
from lfsmake.ui.text import width

FULL = Failure(
    failure_class="step",
    step="gcc-pass1",
    phase="build",
    message="exit status 2",
    command="make all-target-libgcc",
    file="/p/recipes/gcc.lfs",
    line=23,
    status=2,
    log="/srv/lfs/store/logs/20261122-140245-517320/gcc-pass1.log",
    work="/srv/lfs/store/work/failed/gcc-pass1",
    hint="look at the first error, and build with fewer jobs: `lfsmake retry -j1`",
    error=LogError(
        "gcc", "missing-header", "../gcc/system.h:12:10: fatal error: zlib.h: No such file or directory", 1204,
        "../gcc/system.h", 12, (), "add the package that brings zlib.h to the needs",
    ),
    changes=(
        "the source: gcc-14.1.0.tar.xz → gcc-14.2.0.tar.xz", 'env CFLAGS: "-O2" → "-O3"',
        "the layer of glibc: 3f2a91b0c7d2 → 77b0aa12cd34", "the patch a.patch added", "the fact jobs removed", "x", "y",
    ),
    tried=("perhaps two jobs of make got into each other's way: again with one job",),
)  # fmt: skip

WIDE = """\
recipes/gcc.lfs:23: error: gcc-pass1 failed in its build phase: exit status 2
  command  make all-target-libgcc
  error    ../gcc/system.h:12:10: fatal error: zlib.h: No such file or directory (line 1,204 of the log)
  advice   add the package that brings zlib.h to the needs
  changed  the source: gcc-14.1.0.tar.xz → gcc-14.2.0.tar.xz
           env CFLAGS: "-O2" → "-O3"
           the layer of glibc: 3f2a91b0c7d2 → 77b0aa12cd34
           the patch a.patch added
           the fact jobs removed
           and 2 more: `lfsmake -f my.lfs explain gcc-pass1`
  tried    perhaps two jobs of make got into each other's way: again with one job
  log      /srv/lfs/store/logs/20261122-140245-517320/gcc-pass1.log
  kept     /srv/lfs/store/work/failed/gcc-pass1
  look     lfsmake -f my.lfs log gcc-pass1
           lfsmake -f my.lfs shell gcc-pass1 --failed
  go on    lfsmake -k
hint: look at the first error, and build with fewer jobs: `lfsmake retry -j1`"""

NARROW = """\
recipes/gcc.lfs:23: error: gcc-pass1
  failed in its build phase: exit status
  2
  command
    make all-target-libgcc
  error
    ../gcc/system.h:12:10: fatal error:
    zlib.h: No such file or directory
    (line 1,204 of the log)
  advice
    add the package that brings zlib.h
    to the needs
  changed
    the source: gcc-14.1.0.tar.xz →
    gcc-14.2.0.tar.xz
    env CFLAGS: "-O2" → "-O3"
    the layer of glibc: 3f2a91b0c7d2 →
    77b0aa12cd34
    the patch a.patch added
    the fact jobs removed
    and 2 more:
    `lfsmake -f my.lfs explain gcc-pass1`
  tried
    perhaps two jobs of make got into
    each other's way: again with one job
  log
    /srv/lfs/store/logs/20261122-140245-517320/gcc-pass1.log
  kept
    /srv/lfs/store/work/failed/gcc-pass1
  look
    lfsmake -f my.lfs log gcc-pass1
    lfsmake -f my.lfs shell gcc-pass1 --failed
  go on
    lfsmake -k
hint: look at the first error, and
  build with fewer jobs:
  `lfsmake retry -j1`"""

WORDS = {"folder": "/p", "program": "lfsmake -f my.lfs", "again": "lfsmake -k"}


def test_a_failure_shows_all_that_is_known_of_it() -> None:
    assert render_card(FULL, **WORDS) == WIDE
    assert render_card(FULL, columns=200, **WORDS) == WIDE


def test_on_a_narrow_terminal_names_stand_above_what_they_say() -> None:
    assert render_card(FULL, columns=40, **WORDS) == NARROW


@pytest.mark.parametrize("columns", [20, 48, 60, 80, 100])
def test_wrapping_loses_nothing_and_breaks_nothing_that_is_to_be_copied(columns: int) -> None:
    shown = render_card(FULL, columns=columns, **WORDS)
    assert shown.split() == WIDE.split()
    for whole in (FULL.log, FULL.work, "lfsmake -f my.lfs shell gcc-pass1 --failed", "lfsmake -k"):
        assert whole in shown
    for line in shown.splitlines():
        words = line.split()
        copied = any(mark in line for mark in ("/", "`", "lfsmake", "make all"))
        assert width(line) <= columns or copied or len(words) == 1


def test_colors_change_only_colors() -> None:
    import re

    assert re.sub(r"\x1b\[[0-9;]*m", "", render_card(FULL, True, **WORDS)) == WIDE


def test_what_could_drive_a_terminal_is_shown_as_escapes() -> None:
    nasty = Failure("step", "a\x1b[2J", "build", "b\x07", command="c\x1b]0;t\x07", changes=("d\x1b[H",), tried=("e\r",))
    shown = render_card(nasty)
    assert not {"\x1b", "\x07", "\r"} & set(shown)
    assert "c\\x1b]0;t\\x07" in shown


def test_a_stream_without_arrows_gets_ascii() -> None:
    assert 'env CFLAGS: "-O2" -> "-O3"' in render_card(FULL, plain=True)
