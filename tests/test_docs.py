"""The documentation agrees with the program: its recipes, its lists of words, events and classes, its links."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from lfsmake.engine.failures import POLICIES
from lfsmake.lang.config import load_config
from lfsmake.lang.load import load_project
from lfsmake.lang.syntax import parse
from lfsmake.lang.words import DECLARATIONS, EVERY_STATEMENT, PHASE_WORDS, STATEMENTS, USAGE
from lfsmake.model import errors
from lfsmake.model.events import AnyEvent, Failure

TOP = Path(__file__).parents[1]
PAGES = [TOP / "README.md", TOP / "CHANGELOG.md", *sorted((TOP / "docs").glob("*.md"))]

# What a page may name: the hosts of examples and of sources, and folders that every machine has.
HOSTS = {
    "example.org",
    "ftp.figlet.org",
    "ftp.gnu.org",
    "keepachangelog.com",
    "semver.org",
    "ui.perfetto.dev",
    "www.gnu.org",
    "www.linuxfromscratch.org",
    "zlib.net",
}
FOLDERS = {
    *("bin", "dev", "etc", "lib", "lib64", "mnt", "proc", "run", "sbin"),
    *("sources", "srv", "sys", "tmp", "tools", "usr", "var"),
}

_FENCE = re.compile(r"^( *)```([^\n`]*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)
_HOST = re.compile(r"\b(?:[a-z0-9-]+\.)+(?:com|dev|io|net|org)\b")
_PATH = re.compile(r"(?<![\w.$}~/:*>)-])/([a-z][a-z0-9]*)/")
_LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
_ROW = re.compile(r"^\| `(.+?)` \| (.+?) \| (.+) \|$", re.MULTILINE)


def blocks(language: str) -> Iterator[tuple[str, str, str]]:
    """(place, what follows the language's name, text) of every fenced block in that language."""
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for found in _FENCE.finditer(text):
            name, _, rest = found[2].partition(" ")
            if name == language:
                line = text.count("\n", 0, found.start()) + 1
                yield f"{page.relative_to(TOP)}:{line}", rest.strip(), found[3]


def prose(page: Path) -> str:
    """The page without its fenced blocks and code spans."""
    return re.sub(r"`[^`\n]*`", "", _FENCE.sub("", page.read_text(encoding="utf-8")))


def rows(page: str) -> list[tuple[str, str, str]]:
    """The rows of all tables whose first cell is one code span."""
    text = (TOP / "docs" / page).read_text(encoding="utf-8")
    return [(found[1].replace("\\|", "|"), found[2], found[3]) for found in _ROW.finditer(text)]


def sections(page: str) -> dict[str, str]:
    """Heading → text below it, for headings of the third level."""
    text = (TOP / "docs" / page).read_text(encoding="utf-8")
    parts = re.split(r"^(#{2,3}) (.+)$", text, flags=re.MULTILINE)
    return {parts[at + 1].strip("`"): parts[at + 2] for at in range(1, len(parts), 3) if parts[at] == "###"}


RECIPES = list(blocks("lfs"))


@pytest.mark.parametrize(("place", "kind", "text"), RECIPES, ids=[place for place, _, _ in RECIPES])
def test_every_recipe_in_the_documentation_is_right(place: str, kind: str, text: str, tmp_path: Path) -> None:
    assert kind in ("", "project", "in-package"), place
    if kind == "in-package":
        text = f"package example 1.0 {{\n{text}}}\n"
    recipe = tmp_path / "example.lfs"
    recipe.write_text(text, encoding="utf-8")
    assert parse(str(recipe), text).items
    if kind == "project":
        assert load_project([recipe]).files == (str(recipe),)


def test_there_are_recipes_that_resolve() -> None:
    assert sum(kind == "project" for _, kind, _ in RECIPES) >= 6


@pytest.mark.parametrize(("place", "text"), [(place, text) for place, _, text in blocks("toml")])
def test_every_configuration_in_the_documentation_is_right(place: str, text: str, tmp_path: Path) -> None:
    for name in tomllib.loads(text).get("recipes", ()):
        (tmp_path / name).mkdir()
    path = tmp_path / "lfsmake.toml"
    path.write_text(text, encoding="utf-8")
    assert load_config(path).path == str(path), place


def test_the_reference_says_how_each_statement_is_written_and_where_it_stands() -> None:
    described = {
        written: {word.strip() for word in where.split(",")}
        for written, where, _ in rows("language.md")
        if where.startswith(("top level", *STATEMENTS))
    }
    expected: dict[str, set[str]] = {}
    for word in EVERY_STATEMENT:
        written = "style NAME" if word == "style" else USAGE[word]
        expected[written] = {block for block, words in STATEMENTS.items() if word in words}
    for word in DECLARATIONS:
        expected[USAGE[word]] = {"top level"}
    expected[USAGE["when"]] = {"top level", "every block"}
    assert described == expected


def test_examples_of_the_reference_use_every_statement() -> None:
    examples = "\n".join(text for place, _, text in RECIPES if place.startswith("docs/language.md"))
    opening = set(re.findall(r"^\s*(?:\} )?(\w+)\b", examples, flags=re.MULTILINE))
    opening |= {phase for phase in PHASE_WORDS if re.search(rf"^\s*{phase}:", examples, flags=re.MULTILINE)}
    assert {*EVERY_STATEMENT, *DECLARATIONS} - opening == set()


def test_every_event_is_described_with_its_fields() -> None:
    described = {
        name: {field for field, _, _ in (found.groups() for found in _ROW.finditer(text))}
        for name, text in sections("events.md").items()
    }
    expected = {kind.__struct_config__.tag: set(kind.__struct_fields__) - {"at"} for kind in get_args(AnyEvent)}
    expected["failure"] = set(Failure.__struct_fields__)
    assert described == expected


def test_every_class_of_failure_is_described_with_its_exit_code() -> None:
    described = {name: code for name, code, _ in rows("failures.md") if name in POLICIES}
    assert described == {name: str(policy.exit_code) for name, policy in POLICIES.items()}


@pytest.mark.parametrize("page", ["README.md", "docs/failures.md"])
def test_every_exit_code_is_described(page: str) -> None:
    text = (TOP / page).read_text(encoding="utf-8")
    codes = {str(value) for name, value in vars(errors).items() if name.startswith("EXIT_")}
    assert codes <= set(re.findall(r"^\| (\d+) \|", text, flags=re.MULTILINE))


def test_every_key_of_the_configuration_and_every_variable_is_described() -> None:
    import json

    schema = json.loads((TOP / "grammar" / "lfsmake.schema.json").read_text(encoding="utf-8"))
    described = {name for name, _, _ in rows("config.md")}
    of_cli = re.findall(
        r"^\| `([A-Z_]+)` \|", (TOP / "docs" / "cli.md").read_text(encoding="utf-8"), flags=re.MULTILINE
    )
    assert {*schema["properties"], *of_cli} <= described


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_every_link_leads_somewhere(page: Path) -> None:
    lost = []
    for link in _LINK.findall(prose(page)):
        name, _, heading = link.partition("#")
        if "://" in name:
            continue
        target = (page.parent / name) if name else page
        if not target.exists() or (heading and heading not in headings(target)):
            lost.append(link)
    assert lost == []


def headings(page: Path) -> set[str]:
    """The anchors of a page, as the usual viewers of Markdown make them."""
    found = re.findall(r"^#+ (.+)$", _FENCE.sub("", page.read_text(encoding="utf-8")), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in found}


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_no_page_names_a_host_or_a_folder_of_one_machine(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert set(_HOST.findall(text)) - HOSTS == set()
    assert {folder for folder in _PATH.findall(text) if folder not in FOLDERS} == set()


def test_the_page_of_checks_has_every_rule_as_it_is() -> None:
    from lfsmake.discover.judge.examine import RULES

    table = (TOP / "docs" / "checks.md").read_text(encoding="utf-8").partition("## Every finding")[2]
    rows = [line for line in table.splitlines() if line.startswith("| `")]
    plain = [(rule.id, rule.severity, rule.title, rule.why) for rule in RULES]
    texts = [tuple(text.replace("|", "&#124;") for text in row) for row in plain]
    assert rows == [f"| `{rule}` | {severity} | {title} | {why} |" for rule, severity, title, why in texts]
