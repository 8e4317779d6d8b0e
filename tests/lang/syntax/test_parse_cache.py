"""What was parsed once is not parsed again, and a cache that is wrong is as good as none."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lark import Lark

from lfsmake.lang import cache, syntax, tables
from lfsmake.lang.cache import parse_cached
from lfsmake.lang.folder import own_folder
from lfsmake.lang.syntax import parse
from lfsmake.lang.tables import make_parser
from lfsmake.lang.transform import Builder
from lfsmake.model.errors import RecipeErrors

RECIPE = "package a 1 {\n    needs build b >= 2\n    install:\n        make\n}\n"


@pytest.fixture
def recipe(tmp_path: Path) -> Path:
    path = tmp_path / "a.lfs"
    path.write_text(RECIPE)
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "cache"


def entries(store: Path) -> list[Path]:
    return sorted((store / "nodes").iterdir())


def test_the_nodes_are_those_of_the_text(recipe: Path, store: Path) -> None:
    expected = [parse(str(recipe), RECIPE)]
    assert parse_cached([recipe], store) == expected
    assert len(entries(store)) == 1
    assert parse_cached([recipe], store) == expected


def test_a_full_hit_does_not_load_the_parser(recipe: Path, store: Path) -> None:
    program = """
import sys
from pathlib import Path
from lfsmake.lang.cache import parse_cached
parse_cached([Path(sys.argv[1])], Path(sys.argv[2]))
print("lark" in sys.modules)
"""
    root = str(Path(__file__).parents[3])
    run = [sys.executable, "-c", program, str(recipe), str(store)]
    said = [subprocess.run(run, check=True, capture_output=True, text=True, cwd=root).stdout.strip() for _ in range(2)]
    assert said == ["True", "False"]


def test_another_text_or_another_name_is_another_entry(recipe: Path, store: Path) -> None:
    parse_cached([recipe], store)
    recipe.write_text(RECIPE.replace("make", "ninja"))
    (changed,) = parse_cached([recipe], store)
    assert changed == parse(str(recipe), RECIPE.replace("make", "ninja"))
    other = recipe.with_name("b.lfs")
    recipe.rename(other)
    (moved,) = parse_cached([other], store)
    assert moved.path == str(other)
    assert len(entries(store)) == 3


def test_another_grammar_is_another_entry(recipe: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parse_cached([recipe], store)
    monkeypatch.setattr(cache, "_language", lambda: "another")
    parse_cached([recipe], store)
    assert len(entries(store)) == 2


@pytest.mark.parametrize("damage", [b"", b"{", b"null", b'{"path":"a.lfs","items":[{"type":"x"}]}', b"\x80\x04N."])
def test_a_damaged_entry_is_made_again(recipe: Path, store: Path, damage: bytes) -> None:
    expected = parse_cached([recipe], store)
    (entry,) = entries(store)
    good = entry.read_bytes()
    entry.write_bytes(damage)
    assert parse_cached([recipe], store) == expected
    assert entry.read_bytes() == good


def test_an_entry_of_another_file_is_not_believed(recipe: Path, store: Path) -> None:
    expected = parse_cached([recipe], store)
    (entry,) = entries(store)
    entry.write_bytes(entry.read_bytes().replace(str(recipe).encode(), b"/elsewhere"))
    assert parse_cached([recipe], store) == expected


def test_the_folder_is_its_user_s_alone(recipe: Path, store: Path) -> None:
    parse_cached([recipe], store)
    for folder in (store, store / "nodes"):
        assert folder.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("mode", [0o777, 0o720, 0o1777])
def test_a_folder_others_may_write_to_is_not_used(recipe: Path, store: Path, mode: int) -> None:
    expected = parse_cached([recipe], store)
    (entry,) = entries(store)
    entry.write_bytes(entry.read_bytes().replace(b'"make"', b'"evil"'))
    (store / "nodes").chmod(mode)
    assert parse_cached([recipe], store) == expected
    (store / "nodes").chmod(0o700)
    store.chmod(mode)
    assert parse_cached([recipe], store) == expected


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_a_folder_of_another_user_is_not_used(recipe: Path, store: Path) -> None:
    (store / "nodes").mkdir(parents=True, mode=0o700)
    os.chown(store / "nodes", 65534, 65534)
    assert own_folder(store / "nodes") is None
    parse_cached([recipe], store)
    assert entries(store) == []


def test_a_cache_that_cannot_be_made_is_done_without(recipe: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert parse_cached([recipe], tmp_path / "file" / "cache") == [parse(str(recipe), RECIPE)]


def test_the_problems_of_all_files_come_together(recipe: Path, store: Path) -> None:
    other = recipe.with_name("b.lfs")
    recipe.write_text("sorce\n")
    other.write_text("qqq\n")
    with pytest.raises(RecipeErrors) as caught:
        parse_cached([recipe, other], store)
    assert [(problem.span.file, problem.message) for problem in caught.value.problems if problem.span] == [
        (str(recipe), 'unknown word "sorce"'),
        (str(other), 'unknown word "qqq"'),
    ]


def test_old_entries_go_when_there_are_many(recipe: Path, store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT", 3)
    (store / "nodes").mkdir(parents=True)
    store.chmod(0o700)
    (store / "nodes").chmod(0o700)
    for number in range(6):
        (store / "nodes" / str(number)).write_text("")
        os.utime(store / "nodes" / str(number), (number, number))
    parse_cached([recipe], store)
    names = [entry.name for entry in entries(store)]
    assert len(names) == 3
    assert {"4", "5"} < set(names)


def test_stored_tables_make_the_same_parser(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = make_parser(Builder(), store)
    monkeypatch.setattr(tables, "_from_grammar", None)  # calling it would fail
    builder = Builder()
    loaded: Lark = make_parser(builder, store)
    assert loaded is not made
    builder.begin("x.lfs", RECIPE)
    assert loaded.parse(RECIPE) == parse("x.lfs", RECIPE).items


@pytest.mark.parametrize("damage", [b"", b"{}", b'{"data":{},"memo":{}}', b"\x80\x04N."])
def test_damaged_tables_are_made_again(store: Path, damage: bytes) -> None:
    make_parser(Builder(), store)
    (entry,) = (store / "tables").iterdir()
    entry.write_bytes(damage)
    builder = Builder()
    builder.begin("x.lfs", RECIPE)
    assert make_parser(builder, store).parse(RECIPE) == parse("x.lfs", RECIPE).items
    assert entry.read_bytes().startswith(b'{"data":{"parser":')


def test_a_prepared_parser_takes_its_tables_from_the_cache(store: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_parser(Builder(), store)
    monkeypatch.setattr(syntax, "_MADE", [])
    monkeypatch.setattr(tables, "_from_grammar", None)  # calling it would fail
    syntax.prepare(store)
    assert len(parse("x.lfs", RECIPE).items) == 1
