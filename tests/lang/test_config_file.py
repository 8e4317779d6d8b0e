"""lfsmake.toml: found here or above, read whole, and every wrong key named at its place in one go."""

import subprocess
import sys
from pathlib import Path

import pytest

from lfsmake.lang.config import Config, books, find_config, load_config
from lfsmake.lang.load import load_configured
from lfsmake.model.errors import RecipeErrors, Span
from tests.lang.texts import wrong

STORE = 'a folder, or a table: path = "~/lfs-store", quota = "40 GB"'


def test_everything_it_can_say(toml: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/me")
    (toml.parent / "recipes").mkdir()
    toml.write_text(
        'book = "12.3"\nrecipes = ["recipes"]\ndefault = ["toolchain", "zlib"]\nstore = "~/lfs-store"\njobs = 4\n\n'
        '[options]\ninit = "systemd"\n',
        encoding="utf-8",
    )
    path = str(toml)
    assert load_config(toml) == Config(
        root=str(toml.parent),
        path=path,
        recipes=(str(toml.parent / "recipes"),),
        options={"init": "systemd"},
        default=("toolchain", "zlib"),
        store="/home/me/lfs-store",
        jobs=4,
        book="12.3",
        places={
            "options.init": Span(path, 8, 8, 8, 17),
            "default.0": Span(path, 3, 12, 3, 23),
            "default.1": Span(path, 3, 25, 3, 31),
            "recipes.0": Span(path, 2, 12, 2, 21),
            "book": Span(path, 1, 8, 1, 14),
        },
    )


def test_an_empty_file_means_the_shipped_recipes_of_the_newest_book(toml: Path) -> None:
    toml.write_text("", encoding="utf-8")
    assert load_config(toml).recipes == (str(list(books().values())[-1]),)


def test_a_store_is_relative_to_the_file(toml: Path) -> None:
    toml.write_text('store = "../cache"', encoding="utf-8")
    assert load_config(toml).store == str(toml.parent.parent / "cache")


def test_the_store_as_a_table_has_a_quota(toml: Path) -> None:
    toml.write_text('[store]\npath = "cache"\nquota = "1.5 GB"\n', encoding="utf-8")
    config = load_config(toml)
    assert (config.store, config.quota) == (str(toml.parent / "cache"), 1_500_000_000)
    toml.write_text('store = { quota = "40kB" }\n', encoding="utf-8")
    config = load_config(toml)
    assert (config.store, config.quota) == (None, 40_000)


def test_what_is_wrong_with_the_table_of_the_store(toml: Path) -> None:
    text = '[store]\npath = 3\nquota = "much"\nquote = "4 GB"\n'
    assert wrong(toml, text) == [
        ("2:8-9", "path cannot be 3", "a folder", "", "path = 3"),
        ("3:9-15", 'quota cannot be "much"', 'a size such as "40 GB"', "", 'quota = "much"'),
        ("4:1-6", 'unknown key "quote" in [store]', "path or quota", 'did you mean "quota"?', 'quote = "4 GB"'),
    ]
    assert wrong(toml, "store = 3\n") == [("1:9-10", "store cannot be 3", STORE, "", "store = 3")]


def test_found_here_or_in_a_folder_above(toml: Path) -> None:
    deep = toml.parent / "a" / "b"
    deep.mkdir(parents=True)
    assert find_config(deep) is None
    toml.write_text("", encoding="utf-8")
    assert find_config(deep) == toml
    assert find_config(toml.parent) == toml
    (deep / "lfsmake.toml").write_text("", encoding="utf-8")
    assert find_config(deep) == deep / "lfsmake.toml"


def test_every_wrong_key_is_named_at_once(toml: Path) -> None:
    text = 'book = 12.3\nrecipe = ["r"]\njobs = 0\nstore = ""\ndefault = "x"\n\n[options]\ninit = 3\n[extra]\nx = 1\n'
    known = (
        "book, recipes, default, store, jobs, log_keep, log_size, on_failure, metrics_file, options, alerts, registry"
        " or check"
    )
    assert wrong(toml, text) == [
        ("1:8-12", "book cannot be 12.3", 'a version of the book such as "12.3"', "", "book = 12.3"),
        ("2:1-7", 'unknown key "recipe"', known, 'did you mean "recipes"?', 'recipe = ["r"]'),
        ("3:8-9", "jobs cannot be 0", "a whole number above 0", "", "jobs = 0"),
        ("4:9-11", 'store cannot be ""', STORE, "", 'store = ""'),
        ("5:11-14", 'default cannot be "x"', 'names of steps and groups, such as ["toolchain"]', "", 'default = "x"'),
        ("8:8-9", "option init cannot be 3", "one of the option's values, as a string", "", "init = 3"),
        ("9:2-7", 'unknown key "extra"', known, "", "[extra]"),
    ]


@pytest.mark.parametrize("text", ["jobs = true", "jobs = 1.5", 'jobs = "4"', "jobs = -1"])
def test_jobs_are_a_whole_number(toml: Path, text: str) -> None:
    assert wrong(toml, text)[0][1:3] == (
        text.replace("= ", "be ").replace("jobs", "jobs cannot"),
        "a whole number above 0",
    )


@pytest.mark.parametrize(
    ("text", "place", "message", "source"),
    [
        ("book = \n", "1:8-9", "invalid value", "book = "),
        ('book = "12.3"\nbook = "12.4"\n', "2:14-15", "cannot overwrite a value", 'book = "12.4"'),
        ("[options\n", "1:9-10", "expected ']' at the end of a table declaration", "[options"),
        ('book = """12', "1:13-14", 'expected \'"""\'', 'book = """12'),
    ],
)
def test_what_is_not_toml(toml: Path, text: str, place: str, message: str, source: str) -> None:
    ((at, said, expected, hint, line),) = wrong(toml, text)
    if message != 'expected \'"""\'':  # the standard library's words for it differ between versions
        assert said == message
    assert (at, expected, hint, line) == (place, "TOML", 'a setting is written: key = "value"', source)


def test_recipes_that_are_not_there(toml: Path) -> None:
    (toml.parent / "recipes").mkdir()
    assert wrong(toml, 'recipes = [\n    "recipes",\n    "recipez",\n]\n') == [
        (
            "3:5-14",
            'there is no "recipez" here',
            "a recipe file or a folder of them",
            'did you mean "recipes"?',
            '    "recipez",',
        )
    ]


def test_a_book_without_shipped_recipes(toml: Path) -> None:
    ((place, message, expected, hint, _),) = wrong(toml, 'book = "1.0"\n')
    assert (place, message) == ("1:8-13", 'no recipes are shipped for book "1.0"')
    assert expected.endswith(list(books())[-1])
    assert hint == 'name your own: recipes = ["recipes"]'


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ('[options]\nspeed = "fast"\n', "2:9-15"),
        ('options = { speed = "fast" }\n', "1:21-27"),
        ('options.speed = "fast"\n', "1:17-23"),
        ('[ "options" ]\n"speed" = \'fast\'\n', "2:11-17"),
    ],
)
def test_a_wrong_option_is_reported_where_the_file_sets_it(toml: Path, text: str, place: str) -> None:
    (toml.parent / "a.lfs").write_text("option speed = slow|faster\n", encoding="utf-8")
    toml.write_text('recipes = ["."]\n' + text, encoding="utf-8")
    with pytest.raises(RecipeErrors) as caught:
        load_configured(load_config(toml), {})
    (problem,) = caught.value.problems
    assert problem.span is not None
    line, rest = place.split(":", 1)
    assert f"{problem.span.column}-{problem.span.end_column}" == rest
    assert (problem.span.file, problem.span.line) == (str(toml), int(line) + 1)
    assert (problem.message, problem.expected) == ('option speed cannot be "fast"', "slow or faster")


def test_an_option_set_elsewhere_wins_and_has_no_place(toml: Path) -> None:
    (toml.parent / "a.lfs").write_text("option speed = slow|fast\n", encoding="utf-8")
    toml.write_text('recipes = ["."]\n[options]\nspeed = "nonsense"\n', encoding="utf-8")
    config = load_config(toml)
    assert load_configured(config, {"speed": "fast"}).options["speed"].value == "fast"
    with pytest.raises(RecipeErrors) as caught:
        load_configured(config, {"speed": "fats"})
    assert [problem.span for problem in caught.value.problems] == [None]
    assert caught.value.problems[0].hint == 'did you mean "fast"?'


def test_an_unknown_default_target_and_another_book_are_reported_where_they_stand(toml: Path) -> None:
    (toml.parent / "a.lfs").write_text('book "12.3"\nscript setup {\n    install: true\n}\n', encoding="utf-8")
    toml.write_text('book = "12.2"\nrecipes = ["."]\ndefault = ["setpu"]\n', encoding="utf-8")
    with pytest.raises(RecipeErrors) as caught:
        load_configured(load_config(toml), {})
    found = [(problem.span.line, problem.message, problem.hint) for problem in caught.value.problems if problem.span]
    assert found == [
        (1, 'the recipes are for book "12.3", not "12.2"', "they say so at a.lfs:1:6"),
        (3, 'unknown target "setpu"', 'did you mean "setup"?'),
    ]


def test_a_right_file_does_not_import_jsonschema(toml: Path) -> None:
    toml.write_text('jobs = 2\n[options]\ninit = "sysv"\n', encoding="utf-8")
    program = (
        "import sys; from pathlib import Path; from lfsmake.lang.config import load_config\n"
        "load_config(Path(sys.argv[1]))\n"
        "assert 'jsonschema' not in sys.modules, 'jsonschema was imported'"
    )
    subprocess.run([sys.executable, "-c", program, str(toml)], check=True)
