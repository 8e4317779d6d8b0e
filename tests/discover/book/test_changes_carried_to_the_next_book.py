"""`lfsmake book upgrade`: what was changed here and what changed in the book, together."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lfsmake.discover.book.recipes import import_book
from lfsmake.discover.book.upgrade import Merge, merge_books
from lfsmake.model.errors import RecipeErrors
from tests.discover.book.little import little

OLD = import_book(little()).files
NEW = import_book(little("1.1", gcc="15", zlib="1.4", options=("--new",))).files


def merged(ours: dict[str, str], new: dict[str, str] = NEW) -> tuple[dict[str, str], Merge]:
    """All files afterwards, and what came of it."""
    merge = merge_books(OLD, new, ours, "1.0", "book 1.1")
    files: dict[str, str] = {}
    for name in {*ours, *merge.files}:
        text = merge.files.get(name, ours.get(name))
        if text is not None:
            files[name] = text
    return files, merge


def changed(name: str, old: str, new: str, start: dict[str, str] = OLD) -> dict[str, str]:
    assert old in start[name]
    return {**start, name: start[name].replace(old, new, 1)}


def told(merge: Merge) -> list[tuple[str, str, str]]:
    return [(one.what, one.name, one.why) for one in merge.outcomes]


def test_without_changes_here_it_is_an_import_of_the_new_book() -> None:
    files, merge = merged(dict(OLD))
    assert files == NEW
    assert merge.conflicts == ()


def test_without_changes_in_the_book_all_stays() -> None:
    ours = changed("chapter08.lfs", "--prefix=/usr", "--prefix=/opt")
    files, merge = merged(ours, OLD)
    assert (files, merge.files, told(merge)) == (ours, {}, [("kept", "package zlib", "")])


def test_both_changes_are_there() -> None:
    mine = ("chapter05.lfs", "    tests       critical\n", "    tests       critical\n    jobs        1\n")
    ours = changed(*mine)
    files, merge = merged(ours)
    assert "    jobs        1\n" in files["chapter05.lfs"]
    assert "--target=$LFS_TGT --new" in files["chapter05.lfs"]
    assert files == changed(*mine, NEW)
    assert ("merged", "package gcc-pass1", "") in told(merge)
    assert ("taken", "resource zlib", "") in told(merge)


def test_neighbouring_statements_do_not_disturb_each_other() -> None:
    old, new = "--target=$LFS_TGT\n    build:     make\n", "--target=$LFS_TGT\n    build:     make V=1\n"
    files, merge = merged(changed("chapter05.lfs", old, new))
    assert "--target=$LFS_TGT --new\n    build:     make V=1\n" in files["chapter05.lfs"]
    assert merge.conflicts == ()


def test_the_same_lines_are_a_conflict_with_both_versions() -> None:
    files, merge = merged(changed("chapter05.lfs", "--target=$LFS_TGT", "--target=$LFS_TGT --mine"))
    assert [(one.file, one.name, one.why) for one in merge.conflicts] == [
        ("chapter05.lfs", "package gcc-pass1", "changed here and in book 1.1")
    ]
    assert (
        "<<<<<<< here\n"
        "    configure: ./configure --prefix=/usr --target=$LFS_TGT --mine\n"
        "=======\n"
        "    configure: ./configure --prefix=/usr --target=$LFS_TGT --new\n"
        ">>>>>>> book 1.1\n"
    ) in files["chapter05.lfs"]
    with pytest.raises(RecipeErrors, match="a conflict of an earlier merge is not settled"):
        merged(files)


def test_what_was_added_here_stays_where_it_stood() -> None:
    mine = "# Mine.\nscript mine {\n    install: true\n}\n"
    before = "# book: ch-system-gcc\n"
    ours = changed("chapter08.lfs", before, f"{mine}\n{before}")
    files, merge = merged(ours)
    assert files["chapter08.lfs"] == NEW["chapter08.lfs"].replace(before, f"{mine}\n{before}", 1)
    assert ("kept", "script mine", "") in told(merge)


def until(name: str, mark: str) -> dict[str, str]:
    """The old files, one of them cut off where a recipe begins."""
    text = OLD[name]
    return {**OLD, name: text[: text.index(mark)].rstrip("\n") + "\n"}


def test_what_was_removed_here_stays_away() -> None:
    files, merge = merged(until("chapter08.lfs", "# book: ch-system-bash"))
    assert "package bash" not in files["chapter08.lfs"]
    assert merge.conflicts == ()
    files, merge = merged(until("chapter05.lfs", "# book: ch-tools-gcc-pass1"))
    assert "package gcc-pass1" not in files["chapter05.lfs"]
    assert [(one.name, one.why) for one in merge.conflicts] == [
        ("package gcc-pass1", "removed here, changed in book 1.1; it stays away")
    ]


def without_bash(files: dict[str, str]) -> dict[str, str]:
    text = files["chapter08.lfs"]
    return {**files, "chapter08.lfs": text[: text.index("# book: ch-system-bash")].rstrip("\n") + "\n"}


def test_what_the_book_no_longer_has_goes_unless_it_was_changed_here() -> None:
    files, merge = merged(dict(OLD), without_bash(NEW))
    assert "package bash" not in files["chapter08.lfs"]
    assert ("removed", "package bash", "") in told(merge)
    ours = changed("chapter08.lfs", '"Bash, LFS 8.5"', '"My Bash, LFS 8.5"')
    files, merge = merged(ours, without_bash(NEW))
    assert [(one.name, one.why) for one in merge.conflicts] == [
        ("package bash", "changed here, removed in book 1.1; it stays")
    ]
    assert '"My Bash, LFS 8.5"' in files["chapter08.lfs"]


def test_a_recipe_moved_to_a_file_of_ones_own_is_merged_there() -> None:
    mark = "# book: ch-tools-gcc-pass1"
    moved = OLD["chapter05.lfs"][OLD["chapter05.lfs"].index(mark) :]
    ours = {**until("chapter05.lfs", mark), "mine.lfs": moved}
    files, merge = merged(ours)
    assert "--new" in files["mine.lfs"]
    assert "package gcc-pass1" not in files["chapter05.lfs"]
    assert merge.conflicts == ()


def test_a_file_that_no_book_has_any_more_goes() -> None:
    new = {name: text for name, text in NEW.items() if name != "chapter09.lfs"}
    files, merge = merged(dict(OLD), new)
    assert "chapter09.lfs" not in files
    assert merge.files["chapter09.lfs"] is None


LINES = st.lists(st.sampled_from(["", "    jobs 1", "    # a word", '    license "MIT"']), min_size=1, max_size=3)


@settings(max_examples=12)
@given(st.sampled_from(sorted(OLD)), st.data())
def test_no_change_is_lost(name: str, data: st.DataObject) -> None:
    """Lines added anywhere in a file that the book does not change there are there afterwards, or in a conflict."""
    lines = OLD[name].split("\n")
    opening = [at for at, line in enumerate(lines) if line.endswith("{")]
    if not opening:
        return
    at = data.draw(st.sampled_from(opening)) + 1
    added = data.draw(LINES)
    ours = {**OLD, name: "\n".join([*lines[:at], *added, *lines[at:]])}
    files, merge = merged(ours)
    text = "\n".join(files.values())
    assert all(line in text for line in added if line.strip())
    if not merge.conflicts:
        for changed_in_the_book in ("--new", "zlib 1.4", "gcc 15"):
            assert changed_in_the_book in text
