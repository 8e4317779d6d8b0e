"""A project that was resolved is kept, and given again only while nothing it was made of has changed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from lfsmake.lang import resolved
from lfsmake.lang.config import Config
from lfsmake.lang.load import load_configured
from lfsmake.lang.resolved import kept_or_resolved
from lfsmake.model.errors import RecipeErrors
from lfsmake.model.step import Project

HOUR = 3600 * 10**9

RECIPE = """option flavour = plain|sweet
include "parts/more.lfs"
resource extra {
    source "extra.txt"
}
script tea "{{ flavour }}" {
    with extra
    file /etc/tea from "tea.conf"
    install: brew
}
"""


class Kept:
    """A project folder whose resolutions are counted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "project"
        self.cache = folder / "cache"
        self.config = Config(root=str(self.folder), path="", recipes=(str(self.folder),))
        self.resolved = 0
        (self.folder / "parts").mkdir(parents=True)
        self.write("main.lfs", RECIPE)
        self.write("parts/more.lfs", "script milk {\n    install: pour\n}\n")
        self.write("extra.txt", "sugar")
        self.write("tea.conf", "flavour = {{ flavour }}\n")

    def write(self, name: str, text: str) -> None:
        (self.folder / name).write_text(text, encoding="utf-8")

    def get(self, options: dict[str, str] | None = None, config: Config | None = None) -> Project:
        """The project, kept or resolved; always what resolving it anew gives."""
        config, options = config or self.config, options or {}

        def resolve() -> Project:
            self.resolved += 1
            return load_configured(config, options)

        project = kept_or_resolved(config, options, self.cache, resolve)
        assert project == load_configured(config, options)
        return project


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Files written a moment ago are not trusted: for these tests the clock runs an hour ahead."""
    now = resolved.time.time_ns
    monkeypatch.setattr(resolved.time, "time_ns", lambda: now() + HOUR)
    return Kept(tmp_path)


def test_nothing_changed(kept: Kept) -> None:
    first = kept.get()
    assert kept.get() == first
    assert kept.resolved == 1


def rename(kept: Kept) -> None:
    (kept.folder / "main.lfs").rename(kept.folder / "other.lfs")


def delete_source(kept: Kept) -> None:
    kept.write("main.lfs", RECIPE.replace("extra.txt", "tea.conf"))
    (kept.folder / "extra.txt").unlink()


def replace_with_the_same_size_and_times(kept: Kept) -> None:
    path, new = kept.folder / "tea.conf", kept.folder / "new"
    before = path.stat()
    new.write_text(path.read_text().replace("flavour =", "FLAVOUR ="))
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(path)


CHANGES: dict[str, Callable[[Kept], None]] = {
    "a recipe": lambda kept: kept.write("main.lfs", RECIPE.replace("brew", "brew --long")),
    "an included recipe": lambda kept: kept.write("parts/more.lfs", "script milk {\n    install: drip\n}\n"),
    "a template": lambda kept: kept.write("tea.conf", "taste = {{ flavour }}\n"),
    "a new recipe": lambda kept: kept.write("zest.lfs", "script zest {\n    install: grate\n}\n"),
    "another name": rename,
    "a source that is gone": delete_source,
    "a file put in its place": replace_with_the_same_size_and_times,
}


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_counts(kept: Kept, what: str) -> None:
    kept.get()
    CHANGES[what](kept)
    kept.get()
    assert kept.resolved == 2


def test_a_file_that_is_no_recipe_does_not_count(kept: Kept) -> None:
    kept.get()
    kept.write(".main.lfs.swp", "an editor's")
    kept.get()
    assert kept.resolved == 1


def test_options_and_configuration_count(kept: Kept) -> None:
    kept.get()
    assert kept.get({"flavour": "sweet"}).steps["tea"].title == "sweet"
    kept.get(config=replace(kept.config, default=("milk",)))
    assert kept.resolved == 3
    kept.get()
    kept.get(config=replace(kept.config, store="/elsewhere", jobs=7))
    assert kept.resolved == 3


def test_another_lfsmake_resolves_again(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    kept.get()
    monkeypatch.setattr(resolved, "__version__", "99")
    kept.get()
    assert kept.resolved == 2


def test_a_folder_that_now_leads_elsewhere_counts(kept: Kept, tmp_path: Path) -> None:
    """The same files, reached through a link that leaves the project, are refused."""
    kept.get()
    (kept.folder / "parts").rename(tmp_path / "parts")
    (kept.folder / "parts").symlink_to(tmp_path / "parts")
    with pytest.raises(RecipeErrors, match=r'"parts/more\.lfs" leaves the folder of the recipes'):
        kept.get()


def test_a_mistake_is_found_every_time(kept: Kept) -> None:
    kept.write("main.lfs", "script tea {\n    needs build nothing\n    install: brew\n}\n")
    for _ in range(2):
        with pytest.raises(RecipeErrors):
            kept.get()
    assert kept.resolved == 2


@pytest.mark.parametrize("damage", [b"", b"{}", b"\n{}", b"\xff\n\xff"])
def test_a_damaged_entry_is_made_again(kept: Kept, damage: bytes) -> None:
    kept.get()
    (entry,) = kept.cache.iterdir()
    entry.write_bytes(damage)
    kept.get()
    kept.get()
    assert kept.resolved == 2


def test_a_folder_others_can_write_to_is_not_used(kept: Kept) -> None:
    kept.get()
    kept.cache.chmod(0o777)
    kept.get()
    assert kept.resolved == 2


@pytest.mark.parametrize(("later", "entries"), [(resolved.TICK - 1, 0), (resolved.TICK, 1)])
def test_a_file_that_is_too_new_is_not_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, later: int, entries: int
) -> None:
    """It may change again within the same tick of the clock that stamps files."""
    kept = Kept(tmp_path)
    newest = max(path.stat().st_ctime_ns for path in kept.folder.rglob("*") if path.is_file())
    monkeypatch.setattr(resolved.time, "time_ns", lambda: newest + later)
    kept.get()
    assert len(list(kept.cache.iterdir())) == entries


def test_a_path_that_is_no_text_is_resolved_every_time(kept: Kept) -> None:
    odd = kept.folder.parent / os.fsdecode(b"\xff")
    kept.folder.rename(odd)
    config = replace(kept.config, root=str(odd), recipes=(str(odd),))
    kept.get(config=config)
    kept.get(config=config)
    assert kept.resolved == 2


def test_only_some_projects_are_kept(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolved, "KEPT", 2)
    for number in range(4):
        kept.get(config=replace(kept.config, default=("milk",) * (number + 1)))
    assert len(list(kept.cache.iterdir())) == 2
