"""The merge of three versions of a declaration: neighbouring statements apart, lists of names by their words."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lfsmake.discover.book.threeway import three

NAMES = "man-pages iana-etc glibc zlib bzip2 xz lz4 zstd file readline m4 bc flex tcl expect dejagnu pkgconf binutils"


def group(names: str, rest: str = "") -> str:
    """A group of these members, laid out as `lfsmake fmt` does it."""
    from lfsmake.lang.format import format_text

    return format_text("", f'group all "All" {{\nmembers {names}\n{rest}}}\n').rstrip("\n")


def test_names_of_a_list_merge_by_themselves() -> None:
    ours = NAMES.replace(" glibc", "").replace(" bc ", " calculator ") + " nano"
    theirs = NAMES.replace(" bzip2", "").replace("readline", "readline bzip2 ninja")
    both = "man-pages iana-etc zlib xz lz4 zstd file readline bzip2 ninja m4 calculator flex tcl expect dejagnu pkgconf"
    assert three(group(NAMES), group(ours), group(theirs), "new") == (group(f"{both} binutils nano"), True)


def test_a_name_that_both_added_is_there_once() -> None:
    made = three(group(NAMES), group(f"nano {NAMES}"), group(f"{NAMES} nano"), "new")
    assert made == (group(f"nano {NAMES}"), True)


def test_the_same_place_of_a_list_is_a_conflict_of_its_lines() -> None:
    text, clean = three(group("one two three"), group("one mine three"), group("one their three"), "new")
    assert not clean
    assert text == (
        'group all "All" {\n<<<<<<< here\n    members one mine three\n=======\n    members one their three\n'
        ">>>>>>> new\n}"
    )


def test_a_statement_added_behind_one_that_the_book_changed() -> None:
    block = 'host here "Here" {{\n    tool   bash >= 3\n    kernel {0}\n{1}}}'
    more = "    alias  sh bash\n"
    assert three(block.format("4.19", ""), block.format("4.19", more), block.format("5.4", ""), "new") == (
        block.format("5.4", more),
        True,
    )


@pytest.mark.parametrize("before", ["    # what it wants\n", "\n", "\n    # one\n    # two\n", ""])
def test_what_stands_between_two_statements_is_of_neither(before: str) -> None:
    block = 'script one "One" {{\n    needs build {0}\n{1}    install: {2}\n}}'
    base, ours = block.format("glibc", before, "true"), block.format("glibc", before, "false")
    assert three(base, ours, block.format("glibc zlib", before, "true"), "new") == (
        block.format("glibc zlib", before, "false"),
        True,
    )


def test_a_layout_of_ones_own_stays() -> None:
    base = 'script one "One" {\n    jobs 1\n    retry  2\n\n    install: true\n}'
    theirs = base.replace("true", "false")
    assert three(base, base.replace("1", "2"), theirs, "new") == (theirs.replace("1", "2"), True)


names = st.lists(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), min_size=1, max_size=26, unique=True).map(" ".join)


@given(names, names)
def test_a_list_that_only_one_side_changed_is_that_side_s(old: str, new: str) -> None:
    assert three(group(old), group(new), group(old), "new") == (group(new), True)
    assert three(group(old), group(old), group(new), "new") == (group(new), True)


@given(st.text("\0\1\2\n #\\{}am", max_size=60), st.text("\1\2\n #\\{}am", max_size=60))
def test_any_text_is_survived(ours: str, theirs: str) -> None:
    three("    members a b\n", f"    members {ours}", f"    members {theirs}", "new")
