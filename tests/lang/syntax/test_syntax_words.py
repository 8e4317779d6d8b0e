"""Every word of the language can also be a name, and stands where the language says it may."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lfsmake.lang.nodes import Block, OptionNode, WhenItems
from lfsmake.lang.syntax import parse
from lfsmake.lang.tables import make_parser
from lfsmake.lang.transform import Builder
from lfsmake.lang.words import (
    DECLARATIONS,
    EVERY_STATEMENT,
    HEX_DIGITS,
    PHASE_WORDS,
    STATEMENTS,
    USAGE,
    listed,
    meant,
    nearest,
)

GRAMMAR = (Path(__file__).parents[3] / "grammar" / "lfs.lark").read_text(encoding="utf-8")
KEYWORDS = sorted(set(re.findall(r'"(\w+)"', GRAMMAR.partition("_END:")[2])))

# One of each statement, by its word; in the order of `EVERY_STATEMENT`.
EXAMPLES = {
    "source": 'source "a.tar"',
    "origin": 'source "a.tar"\norigin "b.tar"',
    "fixup": 'source "a.tar"\nfixup: true',
    "patch": 'patch "a.patch" strip 0',
    **{word: f'source "a.tar"\n{word} {"0" * digits}' for word, digits in HEX_DIGITS.items()},
    "signed": 'source "debian:trixie/a/a.tar"\nsigned',
    "summary": 'summary "a"',
    "homepage": 'homepage "a"',
    "license": 'license "a"',
    "context": "context host",
    "user": 'user "a"',
    "workdir": 'workdir "a"',
    "needs": "needs build a >= 1 b",
    "env": 'env A "b"',
    "skip": "skip check",
    "order": "order build check",
    "pre": "pre build: a",
    "post": "post build: a",
    **{word: f"{word}: a" for word in PHASE_WORDS},
    "style": "style a",
    "with": "with a b",
    "before": "before a b",
    "tests": "tests critical",
    "fails": 'fails "a" "b*" because "c"',
    "allow": 'allow a because "c"',
    "differs": 'differs a because "c"',
    "reads": 'reads "a" from "b"',
    "strict": "strict",
    "file": 'file /a from "b" mode 0644',
    "cost": "cost 1 SBU 2 MB",
    "memory": "memory 1 GB",
    "time": "time 1 h",
    "jobs": "jobs 1",
    "retry": "retry 1",
    "unpack": 'unpack a "b"',
    "provides": "provides a 1",
    "conflicts": "conflicts a b",
    "replaces": "replaces a b",
    "when": "when a=b {\n    skip check\n} else {\n    skip build\n}",
    "members": "members a b",
    "tool": 'tool a >= 1 run "a" package "b"',
    "alias": "alias a b",
    "kernel": "kernel 1",
}


def test_the_words_tested_are_those_of_the_grammar() -> None:
    links = {"else", "from", "inherits", "as", "strip", "mode", "run", "because"}
    assert set(KEYWORDS) == set(DECLARATIONS) | set(EVERY_STATEMENT) | links
    assert set(EXAMPLES) == set(EVERY_STATEMENT)
    assert set(USAGE) == set(DECLARATIONS) | set(EVERY_STATEMENT)


def test_no_word_is_reserved_where_a_name_may_stand_but_from() -> None:
    lark = make_parser(Builder(), None)
    places = [set(row) for row in lark.parser.parser._parse_table.states.values() if "WORD" in row]
    keywords = {terminal.name for terminal in lark.terminals if "(?!" in terminal.pattern.to_regexp()}
    assert len(places) > 20
    assert set.union(*places) & keywords == {"_FROM"}


@pytest.mark.parametrize("kind", STATEMENTS)
def test_every_statement_of_a_block_parses_there(kind: str) -> None:
    for word in STATEMENTS[kind]:
        (block,) = parse("x.lfs", f"{kind} a {{\n{EXAMPLES[word]}\n}}\n").items
        assert isinstance(block, Block)
        assert len(block.body) == 1, word


@pytest.mark.parametrize("word", [*KEYWORDS, "SBU", "MB", "GB", "h"])
def test_a_word_of_the_language_can_be_any_name(word: str, meaning: Callable[[str], Any]) -> None:
    text = """
option NAME = NAME|b
resource NAME 1 {
    source "x" as NAME
}
package NAME 5.46 from NAME "title" {
    style     NAME
    needs     build file NAME patch NAME >= 1.0 make
    before    NAME NAME
    provides  NAME 1
    conflicts NAME
    replaces  NAME NAME
    with      NAME
    env       NAME "x"
    unpack    NAME "x"
    file      /NAME from "x"
    when NAME=NAME|NAME {
        needs run NAME NAME
    }
}
package NAME NAME {
}
script NAME {
}
style NAME inherits NAME {
}
group NAME {
    members NAME NAME
}
host NAME {
    tool  NAME >= 1 run "x" package "x"
    tool  NAME package "x"
    alias NAME NAME
}
when NAME=NAME {
    option NAME = NAME
}
"""
    if word == "from":
        text = text.replace("package NAME NAME {", "package NAME {")  # there, it asks for a resource
    assert meaning(text.replace("NAME", word)) == rename(meaning(text), "NAME", word)


def rename(tree: Any, old: str, new: str) -> Any:
    """The tree with a word replaced by another."""
    if isinstance(tree, tuple):
        return tuple(rename(part, old, new) for part in tree)
    return tree.replace(old, new) if isinstance(tree, str) else tree


@pytest.mark.parametrize("word", [word + "s" for word in KEYWORDS if word + "s" not in KEYWORDS])
def test_a_word_is_known_only_as_a_whole(word: str) -> None:
    (option,) = parse("x.lfs", f"option {word} = {word}|{word}-{word}\n").items
    assert isinstance(option, OptionNode)
    assert [choice.text for choice in option.choices] == [word, f"{word}-{word}"]


@pytest.mark.parametrize(
    ("word", "text"),
    [
        ("asx", 'package p {\n    source "x" asx\n}\n'),
        ("fromx", "package p 1 fromx {\n}\n"),
        ("elsewhere", "when a=b {\n} elsewhere {\n}\n"),
        ("strip1", 'package p {\n    patch "x" strip1\n}\n'),
        ("summaryx", 'package p {\n    summaryx "x"\n}\n'),
        ("mode0644", "package p {\n    file /x mode0644: x\n}\n"),
    ],
)
def test_a_word_is_not_read_out_of_a_longer_one(
    word: str, text: str, refused: Callable[[str], tuple[Any, ...]]
) -> None:
    (problem,) = refused(text)
    line = text.split("\n")[problem.span.line - 1]
    assert line[problem.span.column - 1 : problem.span.end_column - 1] == word


def test_words_hold_versions_paths_and_variables(meaning: Callable[[str], Any]) -> None:
    words = ["libstdc++", "2.44", "1.1.0-rc1", "r2024a", "~x", "$LFS/etc", "a@b", "a,b", "50%", "é", "_x", "6.13.4_p1"]
    (block,) = meaning(f"group g {{\n    members {' '.join(words)}\n}}\n")
    assert [name[1] for name in block[-2][0][2]] == words


@pytest.mark.parametrize("operator", [">=", "<=", ">", "<", "="])
@pytest.mark.parametrize("space", ["", " "])
def test_requirements_have_versions(operator: str, space: str, meaning: Callable[[str], Any]) -> None:
    (block,) = meaning(f"group g {{\n    needs build a{space}{operator}{space}1.2 b\n}}\n")
    name = ("Name", "a", None)
    version = ("Name", "1.2", None)
    assert block[-2][0][2] == (
        ("Requirement", name, operator, version),
        ("Requirement", ("Name", "b", None), "", None),
    )


def test_when_and_else_hold_declarations() -> None:
    (when,) = parse("x.lfs", 'when a=b|c {\n    book "1"\n} else {\n    when d=e {\n    }\n}\n').items
    assert isinstance(when, WhenItems)
    assert (len(when.then), len(when.otherwise)) == (1, 1)


def test_the_nearest_word_is_found_whatever_its_case() -> None:
    assert nearest("sorce", EVERY_STATEMENT) == "source"
    assert nearest("SUMARY", EVERY_STATEMENT) == "summary"
    assert nearest("gLIBc", ["Glibc"]) == "Glibc"
    assert nearest("qqq", EVERY_STATEMENT) is None
    assert nearest("x", []) is None
    assert meant("instal", PHASE_WORDS) == 'did you mean "install"?'
    assert meant("qqq", PHASE_WORDS) == ""


def test_words_are_listed_as_in_a_sentence() -> None:
    assert [listed([]), listed(["a"]), listed(["a", "b"]), listed(["a", "b", "c"])] == ["", "a", "a or b", "a, b or c"]
