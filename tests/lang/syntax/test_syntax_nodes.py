"""Each statement becomes its node, at its place."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from lfsmake.lang.nodes import (
    Block,
    Book,
    Condition,
    CostNode,
    DigestNode,
    Env,
    Field,
    FileNode,
    Include,
    Limit,
    Name,
    Needs,
    OptionNode,
    OriginNode,
    PhaseNode,
    Provides,
    Quantity,
    Requirement,
    Setting,
    Shell,
    Source,
    Text,
    ToolNode,
    UnpackNode,
    When,
    WhenItems,
)
from lfsmake.lang.syntax import parse
from lfsmake.model.errors import Span

ROOT = Path(__file__).parents[3]
MD5 = "0123456789abcdef" * 2


def at(line: int, column: int, end: int) -> Span:
    return Span("x.lfs", line, column, line, end)


def name(text: str, line: int, column: int) -> Name:
    return Name(text, at(line, column, column + len(text)))


def string(text: str, line: int, column: int) -> Text:
    return Text(text, at(line, column, column + len(text) + 2))


def statement(text: str) -> Any:
    """The only statement of a package, which starts at 2:1."""
    (block,) = parse("x.lfs", f"package p {{\n{text}\n}}\n").items
    assert isinstance(block, Block)
    (node,) = block.body
    return node


def test_declarations() -> None:
    text = (
        'book "12.3"\ninclude "a.lfs"\noption init = sysv|systemd\npackage p 1 from r "T" {}\nstyle s inherits t {}\n'
    )
    assert parse("x.lfs", text).items == (
        Book(string("12.3", 1, 6)),
        Include(string("a.lfs", 2, 9)),
        OptionNode(name("init", 3, 8), (name("sysv", 3, 15), name("systemd", 3, 20))),
        Block(name("package", 4, 1), name("p", 4, 9), name("1", 4, 11), name("r", 4, 18), string("T", 4, 20), ()),
        Block(name("style", 5, 1), name("s", 5, 7), None, name("t", 5, 18), None, ()),
    )


def test_when_around_declarations() -> None:
    text = 'when a=b|c {\n    book "1"\n} else {\n    book "2"\n}\nwhen a=b {}\n'
    condition = Condition(name("a", 1, 6), (name("b", 1, 8), name("c", 1, 10)))
    assert parse("x.lfs", text).items == (
        WhenItems(condition, (Book(string("1", 2, 10)),), (Book(string("2", 4, 10)),)),
        WhenItems(Condition(name("a", 6, 6), (name("b", 6, 8),)), (), ()),
    )


@pytest.mark.parametrize(
    ("text", "node"),
    [
        ('summary "é"', Field(name("summary", 2, 1), string("é", 2, 9))),
        ("before a b", Setting(name("before", 2, 1), (name("a", 2, 8), name("b", 2, 10)))),
        ('unpack gmp "gmp"', UnpackNode(name("gmp", 2, 8), string("gmp", 2, 12))),
        ('file /a from "b"', FileNode(name("/a", 2, 6), string("b", 2, 14), None, None)),
        (
            "file /a mode 0600: b",
            FileNode(name("/a", 2, 6), None, name("0600", 2, 14), Shell("b", True, at(2, 20, 21))),
        ),
        ("provides a", Provides(name("a", 2, 10), None)),
        ("provides a 1", Provides(name("a", 2, 10), name("1", 2, 12))),
        ('env A "b"', Env(name("A", 2, 5), string("b", 2, 7))),
        (
            "cost 1 SBU 2 MB",
            CostNode((Quantity(name("1", 2, 6), name("SBU", 2, 8)), Quantity(name("2", 2, 12), name("MB", 2, 14)))),
        ),
        ("jobs 1", Limit(name("jobs", 2, 1), Quantity(name("1", 2, 6), Name("", Span("x.lfs", 2, 7))))),
        ("memory 4 GB", Limit(name("memory", 2, 1), Quantity(name("4", 2, 8), name("GB", 2, 10)))),
        ("pre build: b", PhaseNode(name("pre", 2, 1), name("build", 2, 5), Shell("b", True, at(2, 12, 13)))),
        ("build:\n  b", PhaseNode(None, name("build", 2, 1), Shell("b", False, at(3, 3, 4)))),
        (
            "needs build a>=1 b",
            Needs(
                name("build", 2, 7),
                (Requirement(name("a", 2, 13), ">=", name("1", 2, 16)), Requirement(name("b", 2, 18), "", None)),
            ),
        ),
        (
            'tool a run "b"',
            ToolNode(Requirement(name("a", 2, 6), "", None), string("b", 2, 12), None),
        ),
        ("when a=b {\n} else {\n}", When(Condition(name("a", 2, 6), (name("b", 2, 8),)), (), ())),
    ],
)
def test_statements(text: str, node: Any) -> None:
    assert statement(text) == node


def test_a_source_has_its_digests_fix_up_and_origins() -> None:
    text = f"""source "https://x" as y
md5 {MD5.upper()}
sha256 {MD5 * 2}  # the same
fixup: a
# another place
origin "debian:x/y/z"
signed
fixup:
  b"""
    assert statement(text) == Source(
        name("source", 2, 1),
        string("https://x", 2, 8),
        name("y", 2, 23),
        None,
        (DigestNode(name("md5", 3, 1), MD5), DigestNode(name("sha256", 4, 1), MD5 * 2)),
        Shell("a", True, at(5, 8, 9)),
        (
            OriginNode(
                string("debian:x/y/z", 7, 8),
                (DigestNode(name("signed", 8, 1), ""),),
                Shell("b", False, at(10, 3, 4)),
            ),
        ),
    )


def test_a_patch_has_its_strip() -> None:
    node = statement('patch "a.patch" strip 0')
    assert node == Source(name("patch", 2, 1), string("a.patch", 2, 7), None, name("0", 2, 23), (), None, ())


def test_escapes_in_strings_are_undone() -> None:
    assert statement(r'summary "a\"b\\c\nd\te \\n"').value.text == 'a"b\\c\nd\te \\n'


def test_comments_and_continued_lines_say_nothing(meaning: Callable[[str], Any]) -> None:
    loose = '\n# a\ngroup \\\n  g "#" { # b\n\n  # c\n\tmembers a \\\n b\\\n\tc # d \\\n  # e\n} # f'
    assert meaning(loose) == meaning('group g "#" {\nmembers a b c\n}\n')


def test_windows_line_ends_say_nothing_outside_of_shell(meaning: Callable[[str], Any]) -> None:
    text = "# a\ngroup g {\n    members a \\\n      b # c\n\n}\n"
    assert meaning(text.replace("\n", "\r\n")) == meaning(text)


def test_an_empty_file_is_a_recipe() -> None:
    assert [parse("x.lfs", text).items for text in ("", "\n", "  ", "# a", " # a\n\n")] == [()] * 5


def test_the_grammar_is_free_of_conflicts() -> None:
    pytest.importorskip("interegular", reason="Lark's strict mode needs it")
    from lark import Lark

    Lark((ROOT / "grammar" / "lfs.lark").read_text(encoding="utf-8"), parser="lalr", strict=True)


def test_the_design_s_examples_parse() -> None:
    path = ROOT.parent / "shared" / "design" / "examples.lfs"
    if not path.is_file():
        pytest.skip("the design's examples are not beside the checkout")
    assert len(parse(str(path), path.read_text(encoding="utf-8")).items) == 10
